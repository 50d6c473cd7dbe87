"""Panel files: what stands where, in which colours, and what is said when something is missing."""

import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from sisbench import datasets
from sisbench.errors import InputError
from sisbench.files import Tree
from sisbench.tinytown import spaces
from sisbench.tinytown.panels import write_panels

IDS = np.array([23, 7, 11, 21, 26, 17, 4], np.uint8)  # sky, road, building, vegetation, car, pole, static


def picture(seed, width=256):
    return np.random.default_rng(seed).integers(0, 256, (16, width // 16, 3), np.uint8).repeat(16, 0).repeat(16, 1)


def label_map(seed, width=256):
    fields = IDS[np.random.default_rng(seed).integers(0, len(IDS), (16, width // 16))]
    return fields.repeat(16, 0).repeat(16, 1)


VIEWS = {"ground": 256, "aerial": 256, "panorama": 1024}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A rendering as far as panels look at it, of noise."""
    root = tmp_path_factory.mktemp("town")
    lines = []
    for number, (split, category) in enumerate((("train", "park"), ("train", "plaza"), ("val", "park"))):
        for at, (view, width) in enumerate(VIEWS.items()):
            paths = spaces.get("cityscapes").paths(view, split, category, number)
            for name in (paths.photo, paths.layout):
                (root / name).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture(10 * number + at, width)).save(root / paths.photo, lossless=True)
            Image.fromarray(label_map(10 * number + at, width)).save(root / paths.layout)
        views = {view: {"height": 256, "width": width} for view, width in VIEWS.items()}
        lines.append({"world": number, "category": category, "split": split, "space": "cityscapes", "views": views})
    (root / "worlds.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return root


def panels(town, tmp_path, style, layout):
    """Write panels, and return those of world 1, in a list."""
    assert write_panels(
        Tree(town),
        style,
        layout,
        tmp_path,
    ) == {"train": 2, "val": 1}
    (path,) = (tmp_path / "train").glob("plaza_000001.*")
    image = np.asarray(Image.open(path))
    assert image.shape[0] == 256
    return np.split(image, image.shape[1] // 256, axis=1)


def colours(labels):
    return spaces.get("cityscapes").palette[labels]


def close(jpeg, exact):
    """Whether a compressed picture is the exact one, and not another; colours bleed at edges."""
    difference = np.abs(jpeg.astype(int) - exact)[:, 16:-16]
    return bool(difference.mean() < 8)


GROUND, AERIAL, PANORAMA = 10, 11, 12  # seeds of world 1


class TestDayton:
    def test_selectiongan(self, town, tmp_path):
        found = panels(town, tmp_path, "dayton", "selectiongan")
        expected = [picture(AERIAL), picture(GROUND), colours(label_map(AERIAL)), colours(label_map(GROUND))]
        assert len(found) == 4
        assert all((a == b).all() for a, b in zip(found, expected, strict=True))
        assert (tmp_path / "train.txt").read_text() == "park_000000.a2g.png\nplaza_000001.a2g.png\n"
        assert (tmp_path / "val.txt").read_text() == "park_000002.a2g.png\n"

    def test_x_fork(self, town, tmp_path):
        found = panels(town, tmp_path, "dayton", "x-fork")
        expected = [picture(GROUND), picture(AERIAL), colours(label_map(GROUND)), colours(label_map(AERIAL))]
        assert all((a == b).all() for a, b in zip(found, expected, strict=True))
        assert (tmp_path / "val.txt").read_text() == "park_000002.g2a.png\n"

    def test_lggan(self, town, tmp_path):
        found = panels(town, tmp_path, "dayton", "lggan")
        assert len(found) == 6
        grey = {23: 50, 7: 20, 11: 40, 21: 60, 26: 10, 17: 30}
        for panel, seed in ((found[4], AERIAL), (found[5], GROUND)):
            labels = label_map(seed)
            for label, value in grey.items():
                assert (panel[labels == label] == value).all()
            assert (panel[labels == 4] == 0).all()  # static keeps its colour, black


class TestCvusa:
    def test_selectiongan(self, town, tmp_path):
        found = panels(town, tmp_path, "cvusa", "selectiongan")
        quarter = label_map(PANORAMA, 1024)[:, :256]
        annotation = np.array([(0, 0, 255)], np.uint8).repeat(256, 0)
        annotation[[23, 7, 21]] = [(0, 0, 0), (255, 0, 0), (0, 255, 0)]
        assert close(found[0], picture(AERIAL))
        assert close(found[1], picture(PANORAMA, 1024)[:, :256])
        assert found[2][:, 16:-16].max() == 0  # the codec mixes colours across the edges of panels
        assert close(found[3], annotation[quarter])
        assert (tmp_path / "val.txt").read_text() == "park_000002.a2g.jpg\n"

    def test_x_fork_reads_the_annotation_as_it_is_stored(self, town, tmp_path):
        found = panels(town, tmp_path, "cvusa", "x-fork")
        assert close(found[0], picture(PANORAMA, 1024)[:, :256])
        assert found[2][:, 16:-16].max() < 12
        assert found[3][:, 16:].max() == 0

    def test_lggan_has_cityscapes_maps_of_both_views(self, town, tmp_path):
        found = panels(town, tmp_path, "cvusa", "lggan")
        assert close(found[2], colours(label_map(AERIAL)))
        assert close(found[3], colours(label_map(PANORAMA, 1024)[:, :256]))


def test_an_archive_is_read_in_place(town, tmp_path):
    with zipfile.ZipFile(tmp_path / "town.zip", "w") as archive:
        for path in town.rglob("*.*"):
            archive.write(path, f"tinytown/{path.relative_to(town)}")
    assert write_panels(Tree(tmp_path / "town.zip"), "dayton", "selectiongan", tmp_path / "a") == {"train": 2, "val": 1}
    write_panels(Tree(town), "dayton", "selectiongan", tmp_path / "b")
    for path in (tmp_path / "a").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()


class TestRefused:
    def change(self, town, tmp_path, edit):
        lines = [json.loads(line) for line in (town / "worlds.jsonl").read_text().splitlines()]
        for line in lines:
            edit(line)
        (tmp_path / "worlds.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return Tree(tmp_path)

    def test_a_view_that_was_not_rendered(self, town, tmp_path):
        tree = self.change(town, tmp_path, lambda line: line["views"].pop("panorama"))
        command = "sisbench data render tinytown --size 256x256 --views aerial,panorama"
        with pytest.raises(
            InputError, match=f"world 0: there is no panorama view. Render what they need with '{command}"
        ):
            write_panels(tree, "cvusa", "selectiongan", tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_another_size(self, town, tmp_path):
        tree = self.change(town, tmp_path, lambda line: line["views"]["ground"].update(height=128, width=256))
        with pytest.raises(InputError, match="the ground view is 128x256, not 256x256"):
            write_panels(tree, "dayton", "lggan", tmp_path / "out")

    def test_another_label_space(self, town, tmp_path):
        tree = self.change(town, tmp_path, lambda line: line.update(space="ade20k"))
        with pytest.raises(InputError, match="the label space is ade20k, not cityscapes"):
            write_panels(tree, "dayton", "lggan", tmp_path / "out")

    def test_the_edition_in_the_package(self, tmp_path):
        dataset = datasets.get("tinytown")
        with pytest.raises(
            InputError, match=r"Render what they need with 'sisbench data render tinytown --size 256x256"
        ):
            write_panels(datasets.locate(dataset, dataset.root()), "dayton", "lggan", tmp_path / "out")

    def test_a_folder_of_something_else(self, tmp_path):
        with pytest.raises(InputError, match=r"holds no worlds\.jsonl; expected a finished rendering"):
            write_panels(Tree(tmp_path), "dayton", "lggan", tmp_path / "out")

    def test_a_damaged_list(self, tmp_path):
        (tmp_path / "worlds.jsonl").write_text("[1, 2\n")
        with pytest.raises(InputError, match=r"worlds\.jsonl: .*expected one JSON object a line"):
            write_panels(Tree(tmp_path), "dayton", "lggan", tmp_path / "out")

    def test_names_that_nothing_has(self, town, tmp_path):
        with pytest.raises(InputError, match="'daytona' is not a style of panels; closest: 'dayton'"):
            write_panels(Tree(town), "daytona", "lggan", tmp_path / "out")
        with pytest.raises(InputError, match="'xfork' is not a layout of panels; closest: 'x-fork'"):
            write_panels(Tree(town), "dayton", "xfork", tmp_path / "out")

    def test_a_photo_that_is_missing_is_named(self, town, tmp_path):
        tree = self.change(town, tmp_path, lambda line: None)
        with pytest.raises(InputError, match=f"cannot read {tmp_path}/aerial/train/park/park_000000"):
            write_panels(tree, "dayton", "lggan", tmp_path / "out")
