"""How protocols see images: resized before the network, answered at the size of the truth, each network run once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

import segmenters
from segmenters import RealScore, Segmenter, Weights
from sisbench import datasets, evaluate, images, presets, reading
from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.data import Samples
from sisbench.evaluation import Evaluation, Value
from sisbench.metrics.miou import confusion, mean_iou
from sisbench.reading import FAR_UNDER, Reader, View
from sisbench.reals import truth_of
from tests.trees import ade20k_tree, coco_stuff_tree

SIZE = (128, 256)
CPU = torch.device("cpu")


class Brightness(Segmenter):
    """Class of a pixel by its brightness; counts the images that its network has seen, by their size."""

    def __init__(self, num_classes: int = 19, input_scale: float = 1.0) -> None:
        super().__init__(num_classes, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), input_scale)
        self.loaded = segmenters.Loaded(Path("brightness.pth"), "0" * 64, {})
        self.seen: list[tuple[int, ...]] = []

    def logits(self, normalised: Tensor) -> Tensor:
        self.seen += [tuple(normalised.shape[-2:])] * len(normalised)
        levels = torch.linspace(0, 1, self.num_classes)[:, None, None]
        return -((normalised.mean(1, keepdim=True) - levels) ** 2)

    def evidences(self, image: Tensor, sizes: Sequence[tuple[int, int] | None]) -> list[Tensor]:
        scores = self.scores(image)
        targets = [image.shape[-2:] if size is None else size for size in sizes]
        return [F.interpolate(scores, target, mode="bilinear") for target in targets]


@pytest.fixture
def samples() -> Samples:
    dataset = datasets.get("tinytown")
    return Samples(dataset, datasets.locate(dataset), "val", limit=3)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Brightness]:
    """The segmenters that were made."""
    found: list[Brightness] = []

    def create(name: str, num_classes: int, weights: Path | None, *, input_scale: float, reading: str) -> Segmenter:
        assert reading in segmenters.info(name).readings
        found.append(Brightness(num_classes, input_scale))
        return found[-1].eval()

    monkeypatch.setattr(reading.segmenters, "create", create)
    return found


def choice(**fields: object) -> Segmentation:
    return Segmentation("drn_d_22_quarter.tinytown", **fields)  # type: ignore[arg-type]


def protocol(name: str, segmentation: Segmentation) -> Protocol:
    return Protocol(name, "this test", ("miou",), (Scoring("tinytown", SIZE, segmentation),))


def expected(samples: Samples, segmentation: Segmentation, truth_size: tuple[int, int]) -> float:
    """The preset by hand: one image at a time, no feeds."""
    total = torch.zeros(19, 19, dtype=torch.int64)
    for place, sample in enumerate(samples):
        seen = sample.image
        if isinstance(segmentation.input_size, tuple):
            height, width = segmentation.input_size
            picture = Image.fromarray(seen.permute(1, 2, 0).numpy()).resize((width, height), Image.Resampling.BICUBIC)
            seen = torch.from_numpy(np.array(picture)).permute(2, 0, 1)
        predicted = Brightness().eval()(seen[None], truth_size)
        stored = Image.open(samples.items[place].layout.open())
        ids = np.array(stored.resize((truth_size[1], truth_size[0]), Image.Resampling.NEAREST)).astype(np.int64)
        total += confusion(predicted, truth_of(torch.from_numpy(ids), samples.card)[None], 19)[0]
    return mean_iou(total)


def miou(evaluation: Evaluation) -> float:
    score = evaluation.results["miou"]
    assert isinstance(score, Value), score
    return score.value


@pytest.mark.parametrize(
    ("segmentation", "truth_size"),
    [
        (choice(), SIZE),
        (choice(input_size=(256, 512), truth_size=(256, 512)), (256, 512)),
        (choice(truth_size=(256, 512)), (256, 512)),
        (choice(input_size=(64, 128), truth_size=(64, 128)), (64, 128)),
        (choice(input_size="native", truth_size="native"), SIZE),
    ],
)
def test_a_preset_is_what_it_says(
    samples: Samples, made: list[Brightness], segmentation: Segmentation, truth_size: tuple[int, int]
) -> None:
    fakes = {sample.key: sample.image for sample in samples}
    found = evaluate(fakes, samples, protocol("x", segmentation))
    assert miou(found) == expected(samples, segmentation, truth_size)
    assert found.results == found.real
    assert len(made) == 1


def test_presets_share_networks_and_their_runs(samples: Samples, made: list[Brightness]) -> None:
    several = [
        protocol("native", choice()),
        protocol("native-wrong", choice(ignored_pixels="count_wrong", reading="single")),
        protocol("logits-up", choice(truth_size=(256, 512))),
        protocol("up", choice(input_size=(256, 512), truth_size=(256, 512))),
        protocol("scale", choice(input_scale=2.0)),
    ]
    fakes = {sample.key: sample.image for sample in samples}
    found = evaluate(fakes, samples, several, metrics=["miou", "miou_rules"])
    assert [segmenter.input_scale for segmenter in made] == [1.0, 2.0]
    per_side = [SIZE] * 3 + [(256, 512)] * 3  # native with its rules and logits-up are one run, up another
    assert sorted(made[0].seen) == sorted(2 * per_side)
    assert made[1].seen == 6 * [(256, 512)]
    alone = [evaluate(fakes, samples, one, metrics=["miou", "miou_rules"]) for one in several]
    assert found == alone


def test_maps_of_files_of_unequal_sizes(tmp_path: Path, made: list[Brightness]) -> None:
    rng = np.random.default_rng(0)
    for number, (height, width) in enumerate([(40, 30), (25, 60)]):
        for place, picture in (
            ("photos", rng.integers(0, 256, (height, width, 3), dtype=np.uint8)),
            ("maps", rng.integers(7, 9, (height, width), dtype=np.uint8)),
            ("fakes", rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)),
        ):
            (tmp_path / place).mkdir(exist_ok=True)
            Image.fromarray(picture).save(tmp_path / place / f"{number}.png")
    native = choice(input_size="native", truth_size="native")
    one = Protocol("native", "this test", ("miou",), (Scoring("tinytown", (16, 16), native),))
    folders = {"layouts": tmp_path / "maps", "dataset": "tinytown"}
    found = evaluate(tmp_path / "fakes", tmp_path / "photos", one, **folders)
    assert sorted(made[0].seen) == [(25, 60), (25, 60), (40, 30), (40, 30)]
    total = torch.zeros(19, 19, dtype=torch.int64)
    for number in range(2):
        truth = truth_of(images.decode_ids(tmp_path / "maps" / f"{number}.png"), datasets.get("tinytown").card)
        fake = images.decode_photo(tmp_path / "fakes" / f"{number}.png", tuple(truth.shape))  # type: ignore[arg-type]
        total += confusion(Brightness().eval()(fake[None]), truth[None], 19)[0]
    assert miou(found) == mean_iou(total)


@pytest.mark.parametrize(("name", "tree"), [("coco_stuff", coco_stuff_tree), ("ade20k", ade20k_tree)])
def test_photos_of_unequal_sizes_have_truths_of_their_own(
    name: str, tree: Callable[..., Path], tmp_path: Path, made: list[Brightness]
) -> None:
    dataset = datasets.get(name)
    split = Samples(dataset, datasets.locate(dataset, tree(tmp_path, train=0, val=2)), "val")
    rows = presets.evaluate_all({sample.key: sample.image for sample in split}, split, dataset.card)
    for row in rows:
        assert row.evaluation is not None
        assert row.evaluation.results == row.evaluation.real  # the images are the photos, at 256x256
        assert isinstance(row.evaluation.results["miou_all"], Value)
    seen = [size for segmenter in made for size in segmenter.seen]
    if name == "ade20k":
        assert seen == [(256, 256)] * 8  # two readings of two images and two photos
    else:
        native = [tuple(split.layout(place).shape) for place in range(2)]
        assert len(set(native)) == 2
        assert sorted(seen) == sorted([(256, 256), (256, 256), (512, 512), (512, 512), *native] * 2)
        assert len(made) == 1  # one network for all presets


def test_rules_of_counting_make_no_other_view() -> None:
    one = View.of(choice())
    assert one == View.of(choice(ignored_pixels="count_wrong", iou_classes="all", truth_size=(8, 8), reading="single"))
    assert one == View.of(choice(input_resample="bilinear"))  # nothing is resized
    assert one != View.of(choice(input_size=(8, 8)))
    assert View.of(Segmentation("nobody.knows")).reading == "default"


def test_a_large_answer_is_computed_for_a_few_images_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    segmenter = Brightness().eval()
    reader = Reader(View.of(choice()), segmenter, CPU)
    batch = torch.randint(0, 256, (5, 3, 8, 8), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    whole = reader.read(batch, [None, (32, 32)])
    calls: list[int] = []

    def counted(image: Tensor, sizes: Sequence[tuple[int, int] | None]) -> list[Tensor]:
        calls.append(len(image))
        return Segmenter.label_maps(segmenter, image, sizes)

    monkeypatch.setattr(segmenter, "label_maps", counted)
    monkeypatch.setattr(reading, "SCORES_PER_CALL", 2 * 32 * 32 * 19)
    again = reader.read(batch, [None, (32, 32)])
    assert calls == [2, 2, 1]
    assert [[m.shape for m in maps] for maps in whole] == [[(8, 8)] * 5, [(32, 32)] * 5]
    assert all(torch.equal(x, y) for a, b in zip(whole, again, strict=True) for x, y in zip(a, b, strict=True))


def test_corners_are_kept_by_the_filter_of_that_name() -> None:
    image = torch.tensor([[[0, 100], [50, 250]]], dtype=torch.uint8).expand(3, -1, -1)
    large = images.resize_photo(image, (3, 5), "bilinear-corners")
    assert large[0].tolist() == [[0, 25, 50, 75, 100], [25, 62, 100, 138, 175], [50, 100, 150, 200, 250]]
    assert images.resize_photo(image, (2, 2), "bilinear-corners") is image


@pytest.mark.parametrize("size", [(5, 9), (64, 31), (16, 24)])
def test_ids_are_resized_as_they_are_read(tmp_path: Path, size: tuple[int, int]) -> None:
    ids = np.random.default_rng(0).integers(0, 256, (16, 24), dtype=np.uint8)
    Image.fromarray(ids).save(tmp_path / "ids.png")
    assert torch.equal(
        images.resize_ids(images.decode_ids(tmp_path / "ids.png"), size), images.decode_ids(tmp_path / "ids.png", size)
    )


def known(monkeypatch: pytest.MonkeyPatch, miou: float, dataset: str = "tinytown") -> None:
    score = RealScore(miou, "single", dataset, "val", SIZE, "a record")
    weights = Weights("tinytown", "x.pth", 19, "train ids", "here", "CC0-1.0", real_scores=(score,))
    info = segmenters.Info("drn_d_22_quarter", "", "", (weights,), ("single",))
    monkeypatch.setattr(reading.segmenters, "info", lambda name: info)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("metric", ["miou", "miou_rules"])
def test_a_segmenter_that_fails_on_real_images_makes_a_warning(
    samples: Samples, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, metric: str
) -> None:
    fakes = {sample.key: 255 - sample.image for sample in samples}
    plain = evaluate(fakes, samples, metrics=["miou"])
    assert plain.warnings == ()
    real = plain.real["miou"]
    assert isinstance(real, Value)
    known(monkeypatch, real.value / FAR_UNDER * 1.01)
    for _ in range(2):  # the second time the scores of the real images are those of the cache
        found = evaluate(fakes, samples, metrics=[metric], cache_dir=tmp_path)
        (warning,) = found.warnings
        assert warning.startswith(
            f"wrong-looking segmenter (score on real images {real.value:.3f}, expected about "
            f"{real.value / FAR_UNDER * 1.01:.3f}): "
        )
        assert "tinytown val at 256x128: a record" in warning
        assert Evaluation.from_json(found.to_json()) == found
    known(monkeypatch, real.value / FAR_UNDER * 0.99)
    assert evaluate(fakes, samples, metrics=[metric]).warnings == ()
    known(monkeypatch, 1.0, "cityscapes")
    assert evaluate(fakes, samples, metrics=[metric]).warnings == ()


def test_weights_of_our_training_carry_their_score(samples: Samples) -> None:
    view = View.of(choice(input_scale=2.0))
    reader = Reader(view, reading.open_segmenter(view, samples.card, CPU), CPU)
    facts = json.loads(segmenters.create(view.segmenter).loaded.metadata["facts"])  # type: ignore[union-attr]
    assert reader.doubt("tinytown", facts["real_miou"]) == ""
    assert reader.doubt("cityscapes", 0.0) == ""
    doubt = reader.doubt("tinytown", 0.4 * facts["real_miou"])
    assert f"expected about {facts['real_miou']:.3f}" in doubt
    assert "score of the training" in doubt
