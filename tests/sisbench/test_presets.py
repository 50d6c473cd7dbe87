"""One set of images under every preset of mIoU, and under every rule."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from sisbench import datasets, evaluate, presets, protocols
from sisbench.card import Card
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.evaluation import NotAvailable, Value
from sisbench.presets import Row
from tests.trees import cityscapes_tree

CARD = datasets.get("tinytown").card


@pytest.fixture(scope="module")
def samples() -> Samples:
    dataset = datasets.get("tinytown")
    return Samples(dataset, datasets.locate(dataset), "val", limit=4)


@pytest.fixture(scope="module")
def fakes(samples: Samples) -> dict[str, Tensor]:
    return {sample.key: (sample.image * 0.9).to(torch.uint8) for sample in samples}


@pytest.fixture(scope="module")
def rows(samples: Samples, fakes: dict[str, Tensor]) -> list[Row]:
    return presets.evaluate_all(fakes, samples, CARD)


def names(card: Card) -> list[list[str]]:
    return [[protocol.name for protocol in group] for group in presets.of(card)]


def test_the_preset_on_the_card_comes_first_and_those_that_segment_alike_are_one() -> None:
    found = names(datasets.get("cityscapes").card)
    assert found[0] == ["spade-2019"]
    assert ["cityscapes-native", "oasis-2021"] in found
    assert {"cityscapes-up", "cityscapes-logits-up", "cityscapes-128-ms"} <= {name for group in found for name in group}
    assert names(datasets.get("ade20k").card) == [["spade-2019", "ade-csail-ms", "oasis-2021"], ["ade-256"]]
    coco = names(datasets.get("coco_stuff").card)
    assert coco == [["spade-2019", "coco-256", "oasis-2021"], ["coco-512"], ["coco-orig"]]


def test_every_number_is_that_of_the_preset_alone(rows: list[Row], samples: Samples, fakes: dict[str, Tensor]) -> None:
    assert [name for row in rows for name in row.presets] == [name for group in names(CARD) for name in group]
    for row in rows:
        for name, choice in row.presets.items():
            alone = evaluate(fakes, samples, protocols.get(name), metrics=["miou"])
            assert row.evaluation is not None
            for both, ours in ((alone.results, row.evaluation.results), (alone.real, row.evaluation.real)):
                assert both["miou"] == ours[f"miou_{choice.iou_classes}"]
                assert both["accuracy"] == ours[f"accuracy_{choice.ignored_pixels}"]


def test_counting_ignored_pixels_as_wrong_costs_their_share(rows: list[Row], samples: Samples) -> None:
    """The two accuracies are of the same correct pixels: their ratio is the share of pixels with a true class."""
    table = torch.tensor(CARD.train_id_table())
    counted = torch.cat([(table[sample.layout] != 255).flatten() for sample in samples]).double().mean().item()
    assert counted < 1
    for row in rows:
        assert row.evaluation is not None
        if next(iter(row.presets.values())).truth_size is None:
            exclude, wrong = (row.evaluation.real[f"accuracy_{rule}"] for rule in ("exclude", "count_wrong"))
            assert isinstance(exclude, Value)
            assert isinstance(wrong, Value)
            assert wrong.value / exclude.value == pytest.approx(counted)


def test_the_table(rows: list[Row]) -> None:
    lines = presets.table(rows).splitlines()
    assert lines[0] == "tinytown val, 4 generated images, every preset of mIoU under every rule"
    assert lines[2].split() == [
        *("preset", "images", "mIoU", "union", "mIoU", "truth", "mIoU", "all"),
        *("acc.", "exclude", "acc.", "count_wrong"),
    ]
    generated = [line for line in lines if line.split()[1:2] == ["generated"]]
    assert [line.split()[0] for line in generated] == [next(iter(row.presets)) for row in rows]
    assert sum(line.split()[:1] == ["real"] for line in lines) == len(rows)  # below each of them
    up = next(line for line in generated if line.startswith("tinytown-up"))
    assert up.count("*") == 2
    assert up.endswith("*")  # counts ignored pixels as wrong
    assert max(map(len, lines[:15])) <= 120


def test_images_of_another_size_leave_presets_out_and_say_why(samples: Samples) -> None:
    dataset = datasets.get("tinytown")
    small = Samples(dataset, datasets.locate(dataset), "val", size=(64, 128), limit=2)
    rows = presets.evaluate_all({s.key: s.image for s in small}, small, CARD)
    scored = {name for row in rows if row.evaluation for name in row.presets}
    assert scored == {"tinytown-up", "tinytown-64-ms"}
    text = presets.table(rows)
    assert "tinytown-native, tinytown-logits-up" in text or "tinytown-logits-up, tinytown-native" in text
    assert "takes images of 256x128 pixels; these are 128x64" in text


def test_weights_that_are_missing_are_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SISBENCH_WEIGHTS", "TORCH_HOME", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    dataset = datasets.get("cityscapes")
    split = Samples(dataset, datasets.locate(dataset, cityscapes_tree(tmp_path / "data", train=0, val=1)), "val")
    rows = presets.evaluate_all({s.key: s.image for s in split}, split, dataset.card)
    assert all(row.evaluation for row in rows)
    assert all(isinstance(row.evaluation.real["miou_all"], NotAvailable) for row in rows if row.evaluation)
    text = presets.table(rows)
    assert text.count("drn-d-105_ms_cityscapes.pth") == 1
    assert "same as cityscapes-native: oasis-2021" in text


def test_bad_requests(samples: Samples, fakes: dict[str, Tensor]) -> None:
    with pytest.raises(InputError, match="give them as a folder or a mapping"):
        presets.evaluate_all(iter(fakes.items()), samples, CARD)
    dataset = datasets.get("coco_stuff")
    with pytest.raises(InputError, match=r"no preset of mIoU of coco_stuff takes these images: spade-2019, .*256x128"):
        presets.evaluate_all(fakes, samples, dataset.card)
