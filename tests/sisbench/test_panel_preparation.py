"""Panel files of raw data: what is cut, where it goes, and what is told of files that are missing or wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from PIL import Image

from sisbench import datasets
from sisbench.cli import main
from sisbench.datasets.cvusa import ANNOTATION
from sisbench.errors import InputError, Problems
from sisbench.files import Tree
from sisbench.panel_preparation import prepare_panels
from sisbench.views import ViewSample, open_samples
from tests.panel_trees import annotation, in_colors, labels, photo, raw_cvusa, raw_dayton


def first(name: str, root: Path, direction: str = "a2g", split: str = "train") -> ViewSample:
    sample = open_samples(datasets.viewed(name, direction), Tree(root), split)[0]
    assert isinstance(sample, ViewSample)
    return sample


@pytest.mark.parametrize(("layout", "panels"), [("selectiongan", 4), ("x-fork", 4), ("lggan", 6)])
def test_dayton(tmp_path: Path, layout: str, panels: int) -> None:
    raw, out = raw_dayton(tmp_path / "raw"), tmp_path / "out"
    assert prepare_panels("dayton", raw, out, layout) == {"train": 2, "val": 1}
    path = out / "train/A.x1.y2.a90.a2g.png"
    with Image.open(path) as image:
        assert image.size == (256 * panels, 256)
    assert (out / "PANELS").read_text() == f"{layout}\n"
    for direction, seed in (("a2g", 0), ("g2a", 1)):
        sample = first("dayton", out, direction)
        with Image.open(raw / ("ground" if direction == "a2g" else "aerial") / "A.x1.y2.a90.png") as stored:
            expected = np.asarray(stored.resize((256, 256), Image.Resampling.BICUBIC))
        assert torch.equal(sample.image.permute(1, 2, 0), torch.from_numpy(expected.copy()))
        colors = in_colors(labels(seed, direction == "a2g"))
        assert torch.equal(sample.semantics.permute(1, 2, 0), torch.from_numpy(colors))
    other = open_samples(datasets.viewed("dayton"), Tree(out), "val")
    assert other.keys == ("C.x5.y6.a0.a2g",)


def test_groups_are_the_same_by_colour_and_by_panel(tmp_path: Path) -> None:
    raw = raw_dayton(tmp_path / "raw")
    prepare_panels("dayton", raw, tmp_path / "four", "selectiongan")
    prepare_panels("dayton", raw, tmp_path / "six", "lggan")
    assert torch.equal(first("dayton", tmp_path / "four").layout, first("dayton", tmp_path / "six").layout)


def test_cvusa(tmp_path: Path) -> None:
    raw = raw_cvusa(tmp_path / "raw")
    for layout in ("selectiongan", "x-fork"):
        out = tmp_path / layout
        assert prepare_panels("cvusa", raw, out, layout) == {"train": 2, "val": 1}
        sample = first("cvusa", out)
        with (
            Image.open(raw / "bingmap/19/0000001.jpg") as aerial,
            Image.open(raw / "streetview/panos/0000001.jpg") as pano,
        ):
            centre = aerial.crop((263, 263, 487, 487)).resize((256, 256), Image.Resampling.BICUBIC)
            quarter = pano.crop((0, 0, 308, 224)).resize((256, 256), Image.Resampling.BICUBIC)
        assert torch.equal(sample.source.permute(1, 2, 0), torch.from_numpy(np.array(centre)))
        assert torch.equal(sample.image.permute(1, 2, 0), torch.from_numpy(np.array(quarter)))
        ids = Image.fromarray(annotation(1)[:, :308]).resize((256, 256), Image.Resampling.NEAREST)
        groups = np.array([group for _, group, _ in ANNOTATION])[np.asarray(ids)]
        assert torch.equal(sample.layout, torch.from_numpy(groups))
        expected = ANNOTATION[1][2] if layout == "selectiongan" else (1, 1, 1)
        assert tuple(sample.semantics[:, 0, 0].tolist()) == expected  # the first stripe of sample 1 is man-made


def test_cvusa_with_refinenet_maps(tmp_path: Path) -> None:
    raw = raw_cvusa(tmp_path / "raw")
    with pytest.raises(Problems, match=r"aerial_semantics: no files"):
        prepare_panels("cvusa", raw, tmp_path / "out", "lggan")
    for number in (1, 2, 3):
        for view in ("aerial", "ground"):
            path = raw / f"{view}_semantics/{number:07d}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(in_colors(labels(number, view == "ground"))).save(path)
    prepare_panels("cvusa", raw, tmp_path / "out", "lggan")
    assert torch.equal(
        first("cvusa", tmp_path / "out", "g2a").semantics.permute(1, 2, 0),
        torch.from_numpy(in_colors(labels(1, False))),
    )


def test_an_interrupted_call_goes_on(tmp_path: Path) -> None:
    raw, out = raw_dayton(tmp_path / "raw"), tmp_path / "out"

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_panels("dayton", raw, out, progress=stop)
    kept = (out / "train/A.x1.y2.a90.a2g.png").stat().st_mtime_ns
    assert prepare_panels("dayton", raw, out) == {"train": 2, "val": 1}
    assert (out / "train/A.x1.y2.a90.a2g.png").stat().st_mtime_ns == kept
    with pytest.raises(InputError, match="holds panels of the selectiongan layout, not lggan"):
        prepare_panels("dayton", raw, out, "lggan")


class TestBadInput:
    def test_views_without_counterpart(self, tmp_path: Path) -> None:
        raw = raw_dayton(tmp_path / "raw")
        (raw / "aerial/A.x1.y2.a90.png").unlink()
        (raw / "ground_semantics/C.x5.y6.a0.png").unlink()
        with pytest.raises(Problems) as caught:
            prepare_panels("dayton", raw, tmp_path / "out")
        assert f"A.x1.y2.a90 has no file in {raw / 'aerial'}" in str(caught.value)
        assert f"C.x5.y6.a0 has no file in {raw / 'ground_semantics'}" in str(caught.value)
        assert not list((tmp_path / "out").rglob("*.png"))

    def test_lists_that_are_missing_or_wrong(self, tmp_path: Path) -> None:
        raw = raw_dayton(tmp_path / "raw")
        (raw / "train.txt").write_text("A.x1.y2.a90.jpg\nA.x1.y2.a90.jpg\n")
        with pytest.raises(InputError, match=r"train\.txt: holds 1 name more than once: A\.x1\.y2\.a90"):
            prepare_panels("dayton", raw, tmp_path / "out")
        (raw / "train.txt").unlink()
        with pytest.raises(InputError, match="has no list of the split 'train'"):
            prepare_panels("dayton", raw, tmp_path / "out")
        raw = raw_cvusa(tmp_path / "cvusa")
        (raw / "splits/train-19zl.csv").write_text("bingmap/19/0000001.jpg,streetview/panos/0000001.jpg\n")
        (raw / "streetview/panos/0000003.jpg").unlink()
        with pytest.raises(Problems) as caught:
            prepare_panels("cvusa", raw, tmp_path / "out")
        assert "line 1 names 2 files; expected aerial, ground, annotation" in str(caught.value)
        assert "names streetview/panos/0000003.jpg, which is not there" in str(caught.value)

    def test_maps_of_other_colours_and_values(self, tmp_path: Path) -> None:
        raw = raw_dayton(tmp_path / "raw")
        picture = np.array(Image.open(raw / "ground_semantics/A.x1.y2.a90.png"))
        picture[0, :5] = (1, 2, 3)
        Image.fromarray(picture).save(raw / "ground_semantics/A.x1.y2.a90.png")
        with pytest.raises(Problems, match=r"5 of 65536 pixels have other colours, \(1, 2, 3\) in 5"):
            prepare_panels("dayton", raw, tmp_path / "out")
        assert (tmp_path / "out/train/B.x3.y4.a180.a2g.png").is_file()  # what can be made is made
        raw = raw_cvusa(tmp_path / "cvusa")
        ids = annotation(1).copy()
        ids[0, :7] = 9
        Image.fromarray(ids).save(raw / "annotations/0000001.png")
        Image.fromarray(photo(1)[:200, :200]).save(raw / "bingmap/19/0000002.jpg")
        with pytest.raises(Problems) as caught:
            prepare_panels("cvusa", raw, tmp_path / "out2")
        assert "has the values 9 (7 pixels); CVUSA's annotation has 0 sky, 1 man-made" in str(caught.value)
        assert "is 200x200; CVUSA's aerial photos are 750x750" in str(caught.value)

    def test_names(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="'tinytown' is not a data set that panels are made of"):
            prepare_panels("tinytown", tmp_path, tmp_path / "out")
        with pytest.raises(InputError, match="'xfork' is not a layout of panels; closest: 'x-fork'"):
            prepare_panels("dayton", tmp_path, tmp_path / "out", "xfork")


def test_the_commands(tmp_path: Path) -> None:
    raw = raw_dayton(tmp_path / "raw")
    args = ["data", "prepare", "dayton", "--root", str(raw), "--output", str(tmp_path / "out"), "--layout", "lggan"]
    done = CliRunner().invoke(main, args)
    assert (done.exit_code, done.output) == (0, f"{tmp_path / 'out'}: 2 train, 1 val\n")
    done = CliRunner().invoke(main, ["data", "check", "dayton", "--root", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert "the card counts 55000" in done.output
    assert "2 problems" in done.output  # the counts of both splits, and nothing else
