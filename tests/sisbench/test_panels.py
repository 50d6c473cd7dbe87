"""Panel files of Dayton and CVUSA: every layout in both directions, and what is said of files that do not fit."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from sisbench import data_check, datasets, panels, protocols
from sisbench.contracts import datasets as contract
from sisbench.datasets import Dataset
from sisbench.datasets._views import NO_GROUP, group_ids
from sisbench.datasets.cvusa import ANNOTATION
from sisbench.errors import InputError, Problems
from sisbench.files import Tree
from sisbench.scoring import evaluate
from sisbench.views import ViewSample, ViewSamples, evaluated_samples, open_samples, window
from tests.panel_trees import _card, in_colors, labels, panel_tree, photo

DAYTON, CVUSA = datasets.get("dayton"), datasets.get("cvusa")
ALL = [("dayton", layout) for layout in ("selectiongan", "x-fork", "lggan")] + [
    ("cvusa", layout) for layout in ("selectiongan", "x-fork", "lggan")
]


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    root = tmp_path_factory.mktemp("panels")
    return {(style, layout): panel_tree(root / f"{style}-{layout}", style, layout) for style, layout in ALL}


def opened(name: str, root: Path, direction: str = "a2g", split: str = "val") -> ViewSamples:
    samples = open_samples(datasets.viewed(name, direction), Tree(root), split)
    assert isinstance(samples, ViewSamples)
    return samples


def counted(dataset: Dataset) -> Dataset:
    """Return a data set whose card counts what the trees hold."""
    return dataclasses.replace(dataset, card=dataclasses.replace(dataset.card, counts={"train": 2, "val": 2}))


def pixels(picture: np.ndarray) -> Tensor:
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)


def by_classes(ids: np.ndarray) -> Tensor:
    return torch.tensor(group_ids(_card().labels))[torch.from_numpy(ids).long()]


def damaged(root: Path, to: Path, change: dict[str, np.ndarray] | None = None, panel: int = 0) -> Path:
    """Copy a tree, with other pixels in a panel of its first validation file."""
    import shutil

    shutil.copytree(root, to)
    path = sorted((to / "val").iterdir())[0]
    picture = np.array(Image.open(path))
    for where, color in (change or {}).items():
        rows = slice(0, int(where))
        picture[rows, 256 * panel : 256 * (panel + 1)] = color
    Image.fromarray(picture).save(path)
    return path


@pytest.mark.parametrize("layout", ["selectiongan", "x-fork", "lggan"])
@pytest.mark.parametrize("direction", ["a2g", "g2a"])
def test_dayton(trees: dict[tuple[str, str], Path], layout: str, direction: str) -> None:
    samples = opened("dayton", trees["dayton", layout], direction)
    assert samples.keys == (
        ("park_000002.a2g", "plaza_000003.a2g") if layout != "x-fork" else ("park_000002.g2a", "plaza_000003.g2a")
    )
    assert samples.card.name == f"dayton_{direction}"
    sample = samples[0]
    ground, aerial = (photo(20), labels(20, True)), (photo(21), labels(21, False))
    source, target = (aerial, ground) if direction == "a2g" else (ground, aerial)
    assert torch.equal(sample.source, pixels(source[0]))
    assert torch.equal(sample.image, pixels(target[0]))
    assert torch.equal(sample.semantics, pixels(in_colors(target[1])))
    assert torch.equal(sample.layout, by_classes(target[1]))
    assert set(sample.layout.unique().tolist()) == (
        {0, 1, 2, 3, 4, 5, NO_GROUP} if direction == "a2g" else {0, 1, 2, 3, 5, NO_GROUP}
    )


@pytest.mark.parametrize("layout", ["selectiongan", "x-fork"])
def test_cvusa_with_its_own_annotation(trees: dict[tuple[str, str], Path], layout: str) -> None:
    sample = opened("cvusa", trees["cvusa", layout])[0]
    ids = labels(22, True, 1024)[:, :256]
    classes = np.select([ids == 23, ids == 7, ids == 21], [0, 2, 3], 1)
    groups = np.array([group for _, group, _ in ANNOTATION])[classes]
    agreeing = (sample.layout.numpy() == groups).mean()
    assert agreeing > 0.97  # JPEG blurs edges of strong colours
    with pytest.raises(InputError, match="needs the panel 'aerial semantics', which files of the"):
        opened("cvusa", trees["cvusa", layout], "g2a")


def test_cvusa_with_maps_of_both_views(trees: dict[tuple[str, str], Path]) -> None:
    for direction, ids in (("a2g", labels(22, True, 1024)[:, :256]), ("g2a", labels(21, False))):
        sample = opened("cvusa", trees["cvusa", "lggan"], direction)[0]
        right, none = sample.layout == by_classes(ids), sample.layout == NO_GROUP
        assert float(right.float().mean()) > 0.9  # grey values are compared exactly, and JPEG may blur some
        assert float((right | none).float().mean()) > 0.98


def test_the_layout_of_one_width_is_named_by_a_file(trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    damaged(trees["dayton", "x-fork"], tmp_path / "t")
    (tmp_path / "t/PANELS").unlink()
    sample = opened("dayton", tmp_path / "t")[0]  # SelectionGAN's order, which these files do not have
    assert torch.equal(sample.source, pixels(photo(20)))
    (tmp_path / "t/PANELS").write_text("x-fork\n")
    assert torch.equal(opened("dayton", tmp_path / "t")[0].source, pixels(photo(21)))
    (tmp_path / "t/PANELS").write_text("xfork\n")
    with pytest.raises(InputError, match=r"PANELS: a layout of Dayton.*x-fork"):
        opened("dayton", tmp_path / "t")
    (tmp_path / "t/PANELS").write_text("lggan\n")
    with pytest.raises(InputError, match=r"is 1024x256.*lggan: 1536x256"):
        opened("dayton", tmp_path / "t")


def test_wrong_widths_say_which_layout_has_which(trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    path = damaged(trees["dayton", "selectiongan"], tmp_path / "t")
    (tmp_path / "t/PANELS").unlink()
    Image.new("RGB", (2560, 256)).save(path)
    with pytest.raises(InputError) as caught:
        opened("dayton", tmp_path / "t")
    for part in (str(path), "2560x256", "selectiongan: 1024x256", "x-fork: 1024x256", "lggan: 1536x256", "PANELS"):
        assert part in str(caught.value)
    Image.new("RGB", (1000, 256)).save(path)
    with pytest.raises(InputError, match="1000x256"):
        opened("dayton", tmp_path / "t")


def test_a_map_of_other_colours_is_no_map(trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    path = damaged(trees["dayton", "selectiongan"], tmp_path / "t", {"200": np.array([9, 9, 9])}, panel=3)
    with pytest.raises(InputError) as caught:
        opened("dayton", tmp_path / "t")[0]
    assert f"{path}: the panel 'ground semantics' is no map" in str(caught.value)
    assert "(9, 9, 9) in 51200" in str(caught.value)
    assert opened("dayton", tmp_path / "t", "g2a")[0].key == path.stem  # the other direction does not look at it


def test_a_black_map_serves_the_other_direction_alone(trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    damaged(trees["dayton", "selectiongan"], tmp_path / "t", {"256": np.array([0, 0, 0])}, panel=2)
    assert opened("dayton", tmp_path / "t")[0].key
    with pytest.raises(InputError, match=r"'aerial semantics' is black.*Choose the other direction"):
        opened("dayton", tmp_path / "t", "g2a")[0]


def test_pixels_of_other_colours_are_of_no_group(trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    damaged(trees["dayton", "selectiongan"], tmp_path / "t", {"16": np.array([70, 131, 180])}, panel=3)
    sample: ViewSample = opened("dayton", tmp_path / "t")[0]
    assert bool((sample.layout[:16] == NO_GROUP).all())
    assert sample.semantics[:, 0, 0].tolist() == [70, 131, 180]  # colours stay as they are


def test_sizes_follow_the_codes(trees: dict[tuple[str, str], Path]) -> None:
    """Every panel is resized bicubic; grey values that were blended are of no group."""
    data = datasets.get("dayton_a2g")
    small = open_samples(data, Tree(trees["dayton", "lggan"]), "val", (72, 72))[0]
    assert isinstance(small, ViewSample)
    expected = Image.fromarray(in_colors(labels(20, True))).resize((72, 72), Image.Resampling.BICUBIC)
    assert torch.equal(small.semantics, pixels(np.asarray(expected)))
    share = float((small.layout == NO_GROUP).float().mean())
    whole = opened("dayton", trees["dayton", "lggan"])[0]
    assert share > float((whole.layout == NO_GROUP).float().mean()) + 0.1


class TestCrops:
    """The variant of the protocol with the windows of the published test commands."""

    def test_a_window_of_the_enlarged_panels(self, trees: dict[tuple[str, str], Path]) -> None:
        tree, protocol = Tree(trees["dayton", "lggan"]), protocols.get("crossview-2018-crop")
        data = datasets.get("dayton_a2g")
        samples = evaluated_samples(data, tree, protocol)
        assert isinstance(samples, ViewSamples)
        whole = open_samples(data, tree, "val", (286, 286))
        assert isinstance(whole, ViewSamples)
        offsets = set()
        for number, key in enumerate(samples.keys):
            top, left = window((30, 30), 0, "evaluate", key)
            offsets.add((top, left))
            rows, columns = slice(top, top + 256), slice(left, left + 256)
            found, expected = samples[number], whole[number]
            assert torch.equal(found.source, expected.source[:, rows, columns])
            assert torch.equal(found.semantics, expected.semantics[:, rows, columns])
            assert torch.equal(found.layout, expected.layout[rows, columns])
            photo = expected.image[:, rows, columns]
            lower = (photo >= 1) & (photo <= 63)  # the levels that the way by [-1, 1] takes down by one
            assert torch.equal(found.image, photo - lower.to(torch.uint8))
        assert len(offsets) == 2
        assert samples.digest() != evaluated_samples(data, tree, protocols.get("crossview-2018")).digest()

    def test_it_is_for_both_data_sets_and_directions(self) -> None:
        crop, plain = protocols.get("crossview-2018-crop"), protocols.get("crossview-2018")
        assert crop.metrics == plain.metrics
        for name in ("dayton_a2g", "dayton_g2a", "cvusa_a2g", "cvusa_g2a"):
            assert crop.scoring(name).classifier == plain.scoring(name).classifier
        assert (crop.load_size, plain.load_size) == ((286, 286), None)
        with pytest.raises(InputError, match="does not cover data set 'tinytown_a2g'"):
            crop.scoring("tinytown_a2g")

    def test_samples_of_another_protocol_are_refused(self, trees: dict[tuple[str, str], Path]) -> None:
        samples = evaluated_samples(
            datasets.get("dayton_a2g"), Tree(trees["dayton", "lggan"]), protocols.get("crossview-2018-crop")
        )
        fakes = {key: torch.zeros(3, 256, 256, dtype=torch.uint8) for key in samples.keys}
        with pytest.raises(InputError, match=r"has the size to be loaded at None, but the samples have \(286, 286\)"):
            evaluate(fakes, samples, "crossview-2018", metrics=["crossview_pixels"])
        found = evaluate(fakes, samples, "crossview-2018-crop", metrics=["crossview_pixels"])
        assert found.n == 2


class TestLists:
    def test_a_list_selects(self, trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
        damaged(trees["dayton", "selectiongan"], tmp_path / "t")
        (tmp_path / "t/val.txt").write_text("plaza_000003.jpg\n")  # native names have no direction
        samples = opened("dayton", tmp_path / "t")
        assert samples.keys == ("plaza_000003.a2g",)
        assert samples.selection.startswith("list val.txt: 1 of 2 files, SHA-256 ")
        (tmp_path / "t/val.txt").unlink()
        assert len(opened("dayton", tmp_path / "t")) == 2

    def test_the_test_split_may_be_called_test_and_lists_lie_elsewhere(self, trees, tmp_path):
        damaged(trees["dayton", "selectiongan"], tmp_path / "in/t")
        (tmp_path / "in/t/val").rename(tmp_path / "in/t/test")
        (tmp_path / "in/t/val.txt").unlink()
        (tmp_path / "in/t/splits").mkdir()
        (tmp_path / "in/t/splits/val-19zl.csv").write_text("x/park_000002.png,y/1.jpg,z/1.png\n")
        assert opened("dayton", tmp_path / "in").keys == ("park_000002.a2g",)  # one top folder is looked into

    def test_absent_and_doubled_names_are_told(self, trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
        damaged(trees["dayton", "selectiongan"], tmp_path / "t")
        (tmp_path / "t/val.txt").write_text("park_000002.a2g.png\nnone_000009\npark_000002\n")
        with pytest.raises(Problems) as caught:
            opened("dayton", tmp_path / "t")
        assert "val.txt: holds 1 name more than once: park_000002" in str(caught.value)
        assert "val.txt: 1 sample of 2 have no panel file in" in str(caught.value)
        assert "none_000009" in str(caught.value)
        (tmp_path / "t/val.txt").write_text("")
        with pytest.raises(Problems, match=r"val\.txt: is empty"):
            opened("dayton", tmp_path / "t")

    def test_folders_that_hold_nothing_are_told(self, tmp_path: Path) -> None:
        with pytest.raises(Problems, match="holds no folder 'test/' or 'val/' of panel files, nor a list of them"):
            opened("dayton", tmp_path)
        (tmp_path / "test").mkdir()
        with pytest.raises(Problems, match="no panel files"):
            opened("dayton", tmp_path)

    def test_two_files_of_one_sample_are_told(self, trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
        path = damaged(trees["dayton", "selectiongan"], tmp_path / "t")
        path.with_name("park_000002.g2a.png").write_bytes(path.read_bytes())
        with pytest.raises(Problems, match="a second panel file of one sample"):
            opened("dayton", tmp_path / "t")


class TestCheck:
    @pytest.mark.parametrize(("style", "layout"), ALL)
    def test_what_fits_passes(self, trees: dict[tuple[str, str], Path], style: str, layout: str) -> None:
        verdict = data_check.check(counted(datasets.get(style)), Tree(trees[style, layout]))
        assert verdict.samples == {"train": 2, "val": 2}
        assert verdict.files == 4
        serves = "a2g and g2a" if style == "dayton" or layout == "lggan" else "a2g"
        assert f"val: {layout} panels, which serve {serves}" in verdict.notes
        assert set(verdict.labels) == ({1, 3, 4, 5} if style == "cvusa" and layout != "lggan" else {0, 1, 2, 3, 4, 5})

    def test_the_card_counts_the_published_splits(self, trees: dict[tuple[str, str], Path]) -> None:
        with pytest.raises(Problems, match="split 'train' has 2 complete samples; the card counts 55000"):
            data_check.check(DAYTON, Tree(trees["dayton", "lggan"]))
        assert (DAYTON.card.counts, CVUSA.card.counts) == (
            {"train": 55000, "val": 21048},
            {"train": 35532, "val": 8884},
        )

    def test_foreign_colours_are_counted_and_named(self, trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
        path = damaged(trees["dayton", "selectiongan"], tmp_path / "t", {"2": np.array([1, 2, 3])}, panel=3)
        with pytest.raises(Problems) as caught:
            data_check.check(counted(DAYTON), Tree(tmp_path / "t"))
        told = (
            f"{path}: panel 'ground semantics' has colours outside the palette: 512 of 65536 pixels have other colours"
        )
        assert f"{told}, (1, 2, 3) in 512" in str(caught.value)

    def test_groups_that_disagree_are_told(self, trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
        damaged(trees["dayton", "lggan"], tmp_path / "t", {"1": np.array([60, 60, 60])}, panel=5)
        with pytest.raises(Problems, match="panel 'ground groups' disagrees with 'ground semantics' in 256 pixels"):
            data_check.check(counted(DAYTON), Tree(tmp_path / "t"))

    def test_exchanged_views_are_noticed(self, trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
        damaged(trees["dayton", "x-fork"], tmp_path / "t")
        (tmp_path / "t/PANELS").unlink()
        with pytest.raises(Problems, match=r"100 % of the sky is in the panel 'aerial semantics'.*x-fork"):
            data_check.check(counted(DAYTON), Tree(tmp_path / "t"))
        damaged(trees["cvusa", "x-fork"], tmp_path / "c")
        (tmp_path / "c/PANELS").unlink()
        with pytest.raises(Problems, match=r"panel 'ground semantics' is black\. Check the order"):
            data_check.check(counted(CVUSA), Tree(tmp_path / "c"))

    def test_a_damaged_file_is_named(self, trees: dict[tuple[str, str], Path], tmp_path: Path) -> None:
        path = damaged(trees["dayton", "selectiongan"], tmp_path / "t")
        path.write_bytes(path.read_bytes()[:3000])
        with pytest.raises(Problems) as caught:
            data_check.check(counted(DAYTON), Tree(tmp_path / "t"))
        assert str(path) in str(caught.value)

    def test_a_direction_that_the_files_cannot_serve(self, trees: dict[tuple[str, str], Path]) -> None:
        with pytest.raises(InputError, match="Choose the other direction, or files of the layout lggan"):
            data_check.check(datasets.get("cvusa_g2a"), Tree(trees["cvusa", "selectiongan"]))

    def test_directions_of_files_of_their_own_are_checked_as_these(self) -> None:
        data = datasets.get("tinytown_g2a")
        assert data_check.check(data, datasets.locate(data), ["val"]).samples == {"val": 120}


@pytest.mark.parametrize("name", ["dayton", "cvusa", "dayton_g2a", "tinytown_a2g"])
def test_cards_are_consistent(name: str) -> None:
    contract.card_is_consistent(name)
    contract.default_protocol_covers_it(name)


def test_palettes_can_be_told_apart_in_lossy_files() -> None:
    for dataset in (DAYTON, CVUSA):
        assert dataset.views is not None
        for layout in dataset.views.panels:
            if layout.name == "x-fork" and dataset is CVUSA:
                continue  # values 0 to 3, which no JPEG of quality below 100 keeps: these files must be read as PNG
            colors = list(layout.colors)
            for number, color in enumerate(colors):
                for other in colors[:number]:
                    same = layout.colors[color] == layout.colors[other]
                    assert same or np.square(np.subtract(color, other)).sum() > 0
    assert panels.NEAR == 48
