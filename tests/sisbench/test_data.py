"""Samples and training batches: decoding, faults, determinism, resumption, shares, flips."""

import itertools
import shutil
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image

from sisbench import data, datasets, images
from sisbench.data import Samples, training_batches
from sisbench.encode import condition
from sisbench.errors import InputError
from sisbench.files import Tree
from tests.trees import tinytown_tree

DATASET = datasets.get("tinytown")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return tinytown_tree(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def root(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "data")


@pytest.fixture(scope="module")
def samples(whole):
    return Samples(DATASET, Tree(whole), "val", size=(16, 32))  # 12 samples


def batches(samples, count, **options):
    options = {"batch_size": 4, "seed": 3, **options}
    return list(itertools.islice(training_batches(samples, **options), count))


def same(left, right):
    return len(left) == len(right) and all(
        torch.equal(a, c) and torch.equal(b, d) for (a, b), (c, d) in zip(left, right, strict=True)
    )


class TestSamples:
    def test_shapes_and_kinds(self, whole):
        samples = Samples(DATASET, Tree(whole), "val")
        assert len(samples) == len(samples.keys) == len(samples.items) == 12
        sample = samples[3]
        assert (sample.image.shape, sample.image.dtype) == ((3, 128, 256), torch.uint8)
        assert (sample.layout.shape, sample.layout.dtype) == ((128, 256), torch.int64)
        assert (sample.instance.shape, sample.instance.dtype) == ((128, 256), torch.int64)
        assert sample.key == samples.keys[3]
        assert sample.category == "forest"
        assert torch.equal(samples[-1].image, samples[11].image)
        with pytest.raises(IndexError):
            samples[12]
        assert sum(1 for _ in samples) == 12

    def test_resizing_is_that_of_the_decoders(self, samples):
        sample, item = samples[5], samples.items[5]
        assert torch.equal(sample.image, images.decode_photo(item.image, (16, 32)))
        assert torch.equal(sample.layout, images.decode_ids(item.layout, (16, 32)))
        assert torch.equal(sample.instance, images.decode_ids(item.instance, (16, 32)))

    def test_a_sample_may_be_changed_without_harm(self, samples):
        before = samples[0]
        before.image.zero_()
        before.layout.zero_()
        assert samples[0].image.any()
        assert samples[0].layout.any()

    def test_the_cache_is_bounded(self, whole, monkeypatch):
        monkeypatch.setattr(data, "CACHE_BYTES", 12 * 16 * 32 * 9 - 1)
        uncached = Samples(DATASET, Tree(whole), "val", size=(16, 32))
        monkeypatch.setattr(data, "CACHE_BYTES", 12 * 16 * 32 * 9)
        cached = Samples(DATASET, Tree(whole), "val", size=(16, 32))
        for samples in (uncached, cached):
            assert torch.equal(samples[0].image, samples[0].image)
        assert len(uncached._cache) == 0
        assert len(cached._cache) == 1

    def test_a_limit_spreads_over_the_split(self, whole):
        limited = Samples(DATASET, Tree(whole), "val", limit=3)
        assert [samples_key.split("_")[0] for samples_key in limited.keys] == ["boulevard", "highway", "plaza"]
        assert len(Samples(DATASET, Tree(whole), "val", limit=99)) == 12
        with pytest.raises(InputError, match="a limit of 0 samples"):
            Samples(DATASET, Tree(whole), "val", limit=0)

    def test_the_digest_follows_content_not_place_or_size(self, whole, root):
        first = Samples(DATASET, Tree(whole), "val").digest()
        assert Samples(DATASET, Tree(root), "val", size=(16, 32)).digest() == first
        assert Samples(DATASET, Tree(root), "val", limit=11).digest() != first
        item = DATASET.index(Tree(root), "val")[0]
        path = root / item.layout.name
        Image.open(path).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(path)
        assert Samples(DATASET, Tree(root), "val").digest() != first


class TestFaults:
    def first(self, root, ending):
        folder = "leftImg8bit" if "leftImg8bit" in ending else "gtFine"
        return min((root / folder / "val/boulevard").glob(f"*{ending}"))

    def refusal(self, root, match):
        with pytest.raises(InputError, match=match):
            Samples(DATASET, Tree(root), "val")[0]

    def test_ids_outside_the_space(self, root):
        path = self.first(root, "labelIds.png")
        ids = np.array(Image.open(path))
        ids[0, :2] = (77, 255)
        Image.fromarray(ids).save(path)
        self.refusal(
            root,
            r"_gtFine_labelIds\.png: label ids 77 \(1 pixel\), 255 \(1 pixel\) are outside the label space 0 to 34",
        )

    @pytest.mark.parametrize("ending", ["_leftImg8bit.webp", "_instanceIds.png"])
    def test_unequal_sizes(self, root, ending):
        path = self.first(root, ending)
        Image.open(path).resize((128, 64), Image.Resampling.NEAREST).save(path)
        self.refusal(root, rf"{ending}: the (photo|instance map) is 128x64, but its label map .* is 256x128")

    @pytest.mark.parametrize("ending", ["_leftImg8bit.webp", "_gtFine_labelIds.png", "_instanceIds.png"])
    def test_truncated_files(self, root, ending):
        path = self.first(root, ending)
        path.write_bytes(path.read_bytes()[:500])
        self.refusal(root, f"{ending}: is no readable image")

    def test_a_fault_met_by_a_worker_is_reported_too(self, root):
        for path in (root / "gtFine/val").glob("*/*labelIds.png"):
            path.write_bytes(b"")
        with pytest.raises(InputError, match=r"^/.*_gtFine_labelIds\.png: ") as caught:
            batches(Samples(DATASET, Tree(root), "val"), 1, workers=1)
        assert "Traceback" not in str(caught.value)


class TestTrainingBatches:
    def test_a_batch_is_encoded_samples(self, samples):
        ((cond, real),) = batches(samples, 1, flip=0)
        assert (cond.shape, cond.dtype) == ((4, 36, 16, 32), torch.float32)
        assert (real.shape, real.dtype) == ((4, 3, 16, 32), torch.float32)
        assert -1 <= real.min() < real.max() <= 1
        known = {
            images.to_pm1(s.image).numpy().tobytes(): condition(s.layout, s.instance, samples.card) for s in samples
        }
        for one_cond, one_real in zip(cond, real, strict=True):
            assert torch.equal(known[one_real.numpy().tobytes()], one_cond)

    def test_every_epoch_visits_every_sample_once_in_a_new_order(self, samples):
        names = {images.to_pm1(s.image).numpy().tobytes(): s.key for s in samples}
        visited = [names[real.numpy().tobytes()] for _, reals in batches(samples, 9, flip=0) for real in reals]
        epochs = [visited[i : i + 12] for i in (0, 12, 24)]
        assert all(sorted(epoch) == list(samples.keys) for epoch in epochs)
        assert len({tuple(epoch) for epoch in epochs}) == 3

    def test_the_last_incomplete_batch_is_dropped(self, samples):
        names = {images.to_pm1(s.image).numpy().tobytes(): s.key for s in samples}
        visited = [
            names[real.numpy().tobytes()] for _, reals in batches(samples, 4, batch_size=5, flip=0) for real in reals
        ]
        assert len(set(visited[:10])) == len(set(visited[10:])) == 10

    def test_a_set_smaller_than_a_batch_runs_on(self, samples):
        names = {images.to_pm1(s.image).numpy().tobytes(): s.key for s in samples}
        visited = [
            names[real.numpy().tobytes()] for _, reals in batches(samples, 3, batch_size=16, flip=0) for real in reals
        ]
        assert set(Counter(visited).values()) == {4}  # 48 positions, 12 samples

    @pytest.mark.parametrize("start", [1, 2, 3, 7])
    def test_starting_later_is_the_same_sequence(self, samples, start):
        assert same(batches(samples, 9)[start:], batches(samples, 9 - start, start_step=start))

    def test_skipped_steps_decode_nothing(self, whole):
        samples = Samples(DATASET, Tree(whole), "val", size=(16, 32))
        batches(samples, 1, start_step=10**9)
        assert len(samples._cache) == 4

    def test_seeds_differ_and_repeat(self, samples):
        assert same(batches(samples, 3), batches(samples, 3))
        assert not same(batches(samples, 3), batches(samples, 3, seed=4))

    @pytest.mark.parametrize("world_size", [2, 4])
    def test_processes_share_the_same_batch(self, samples, world_size):
        parts = [batches(samples, 5, rank=rank, world_size=world_size) for rank in range(world_size)]
        joined = [tuple(torch.cat(pieces) for pieces in zip(*step, strict=True)) for step in zip(*parts, strict=True)]
        assert same(joined, batches(samples, 5))

    def test_workers_change_nothing(self, samples):
        state = torch.random.get_rng_state()
        with_workers = batches(samples, 4, start_step=2, workers=1)
        assert torch.equal(torch.random.get_rng_state(), state)
        assert same(with_workers, batches(samples, 4, start_step=2))

    def test_flips_are_drawn_by_share_and_turn_everything(self, samples):
        plain, flipped = batches(samples, 3, flip=0), batches(samples, 3, flip=1)
        for (cond, real), (turned_cond, turned_real) in zip(plain, flipped, strict=True):
            assert torch.equal(turned_real, real.flip(-1))
            assert torch.equal(turned_cond, cond.flip(-1))
        mixed = batches(samples, 60, flip=0.5)
        turned = sum(
            int(not torch.equal(a, b))
            for (_, reals), (_, others) in zip(mixed, batches(samples, 60, flip=0), strict=True)
            for a, b in zip(reals, others, strict=True)
        )
        assert 90 < turned < 150  # 240 draws, expectation 120, five standard deviations are 39

    def test_the_order_is_fixed_for_good(self):
        assert data.epoch_order(0, 0, 8) == data.epoch_order(0, 0, 8)
        assert data.epoch_order(0, 0, 8) == (2, 0, 6, 5, 3, 1, 7, 4)
        assert data.epoch_order(0, 1, 8) != data.epoch_order(0, 0, 8) != data.epoch_order(1, 0, 8)

    def test_bad_arguments(self, samples):
        with pytest.raises(InputError, match="a batch of 5 cannot be divided among 2 processes"):
            training_batches(samples, 5, 0, world_size=2)
        with pytest.raises(InputError, match="a batch of 0"):
            training_batches(samples, 0, 0)
        with pytest.raises(ValueError, match="rank 2 of 2"):
            training_batches(samples, 4, 0, rank=2, world_size=2)
