"""Training batches of cross-view samples: windows, flips and orders, as functions of seed and step."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter

import pytest
import torch
from torch import Tensor

from sisbench import datasets, images
from sisbench.errors import InputError
from sisbench.view_batches import Jitter, view_batches
from sisbench.views import Pictures, ViewSamples, cut, view_condition, window

PLAIN = Jitter((16, 16))


def samples(size: tuple[int, int] = (16, 16), limit: int = 4) -> ViewSamples:
    data = datasets.get("tinytown_a2g")
    return ViewSamples(data, datasets.locate(data), "train", size, limit)


def taken(*args: object, steps: int = 6, **options: object) -> list[tuple[Tensor, Tensor]]:
    return list(itertools.islice(view_batches(*args, **options), steps))  # type: ignore[arg-type]


def test_epochs_visit_every_sample() -> None:
    split = samples()
    by_photo = {images.to_pm1(split[i].image).numpy().tobytes(): i for i in range(4)}
    batches = taken(split, 2, 5, PLAIN, steps=4)
    order = [by_photo[image.numpy().tobytes()] for _, real in batches for image in real]
    assert sorted(order[:4]) == sorted(order[4:]) == [0, 1, 2, 3]
    cond, real = batches[0]
    assert (cond.shape, real.shape) == ((2, 12, 16, 16), (2, 3, 16, 16))
    sample = split[order[0]]
    assert torch.equal(cond[0], view_condition(sample.source, sample.semantics, sample.layout))


def test_a_batch_is_a_function_of_the_step() -> None:
    jitter = Jitter((12, 12), flip=0.5)
    whole = taken(samples(), 2, 5, jitter)
    for later, (cond, real) in zip(taken(samples(), 2, 5, jitter, 3, steps=3), whole[3:], strict=True):
        assert torch.equal(later[0], cond)
        assert torch.equal(later[1], real)
    halves = [taken(samples(), 2, 5, jitter, 0, rank, 2) for rank in range(2)]
    for number, (cond, _) in enumerate(whole):
        assert torch.equal(torch.cat([half[number][0] for half in halves]), cond)
    assert not torch.equal(taken(samples(), 2, 6, jitter, steps=1)[0][0], whole[0][0])


def test_workers_give_the_same_batches() -> None:
    jitter = Jitter((12, 12), flip=0.5)
    for (cond, real), (other, truth) in zip(
        taken(samples(), 2, 5, jitter, steps=3), taken(samples(), 2, 5, jitter, workers=1, steps=3), strict=True
    ):
        assert torch.equal(cond, other)
        assert torch.equal(real, truth)


def test_one_window_is_cut_from_all_pictures() -> None:
    rows = torch.arange(20, dtype=torch.uint8).view(1, 20, 1).expand(3, 20, 20)
    columns = torch.arange(20, dtype=torch.uint8).view(1, 1, 20).expand(3, 20, 20)
    found = cut(Pictures(rows, columns, rows, columns[:1]), (16, 16), 0, "seed", 3)
    top, left = window((4, 4), 0, "seed", 3)
    assert found.source[0, :, 0].tolist() == found.semantics[0, :, 0].tolist() == list(range(top, top + 16))
    assert found.target[0, 0].tolist() == found.groups[0, 0].tolist() == list(range(left, left + 16))


@pytest.mark.parametrize(("crop_from", "offsets"), [(0, range(30)), (1, range(1, 31))])
def test_offsets_are_those_of_the_codes(crop_from: int, offsets: range) -> None:
    """286 to 256: 0..29 in SelectionGAN and LGGAN, 1..30 in the Torch methods; all equally often."""
    drawn = [window((30, 30), crop_from, "seed", number) for number in range(3000)]
    for axis in range(2):
        counts = Counter(offset[axis] for offset in drawn)
        assert set(counts) == set(offsets)
        assert max(counts.values()) < 2 * min(counts.values())
    assert len({top - left for top, left in drawn}) > 30  # both are drawn, each on its own
    assert window((0, 0), crop_from, "seed") == (0, 0)


def test_flips_turn_everything_or_the_photos_alone() -> None:
    split = samples(limit=1)
    sample = split[0]
    (cond, real), *_ = taken(split, 1, 5, Jitter((16, 16), flip=1.0), steps=1)
    assert torch.equal(real[0], images.to_pm1(sample.image).flip(-1))
    assert torch.equal(cond[0], view_condition(sample.source, sample.semantics, sample.layout).flip(-1))
    (cond, real), *_ = taken(split, 1, 5, Jitter((16, 16), flip=1.0, flip_maps=False), steps=1)
    assert torch.equal(real[0], images.to_pm1(sample.image).flip(-1))
    assert torch.equal(cond[0], view_condition(sample.source.flip(-1), sample.semantics, sample.layout))
    flips = [
        torch.equal(r[0], images.to_pm1(sample.image))
        for _, r in taken(split, 1, 5, Jitter((16, 16), flip=0.5), steps=64)
    ]
    assert 16 < sum(flips) < 48


def test_with_replacement_an_epoch_is_no_permutation() -> None:
    split = samples()
    by_photo = {images.to_pm1(split[i].image).numpy().tobytes(): i for i in range(4)}
    drawn = dataclasses.replace(PLAIN, replacement=True)
    order = [by_photo[real[0].numpy().tobytes()] for _, real in taken(split, 1, 5, drawn, steps=100)]
    assert set(order) == {0, 1, 2, 3}
    assert any(len(set(order[start : start + 4])) < 4 for start in range(0, 100, 4))


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="a window of 32x32 cannot be cut from samples of 16x16"):
        taken(samples(), 2, 5, Jitter((32, 32)), steps=1)
    with pytest.raises(InputError, match="a batch of 3 cannot be divided among 2"):
        taken(samples(), 3, 5, PLAIN, 0, 0, 2, steps=1)
