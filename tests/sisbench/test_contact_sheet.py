"""The contact sheet shows real pixels, and its command writes a PNG."""

import numpy as np
import torch
from click.testing import CliRunner
from PIL import Image

from sisbench import datasets
from sisbench.cli.data import data
from sisbench.contact_sheet import colorize, contact_sheet
from sisbench.data import Samples
from sisbench.encode import instance_edges
from sisbench.errors import InputError
from tests.trees import cityscapes_tree

TINYTOWN = datasets.get("tinytown")


def contains(sheet, picture):
    """Whether a picture lies somewhere in the sheet, by the place of its first row."""
    height, width = picture.shape[-2:]
    windows = np.lib.stride_tricks.sliding_window_view(sheet.numpy(), (3, 1, width))[0, :, :, :, 0]
    starts = np.argwhere((windows == picture[:, 0].numpy()).all(axis=(2, 3)))
    return any(np.array_equal(sheet[:, y : y + height, x : x + width], picture) for y, x in starts)


def test_colours_are_those_of_the_card():
    layout = torch.tensor([[[7, 26], [23, 200]]])
    colours = colorize(layout, TINYTOWN.card)
    assert colours.shape == (1, 3, 2, 2)
    assert colours.dtype == torch.uint8
    assert colours[0, :, 0, 0].tolist() == [128, 64, 128]
    assert colours[0, :, 0, 1].tolist() == [0, 0, 142]
    assert colours[0, :, 1, 1].tolist() == [0, 0, 0]


def test_every_picture_of_every_sample_is_on_the_sheet():
    samples = Samples(TINYTOWN, datasets.locate(TINYTOWN, TINYTOWN.root()), "val", limit=2)
    sheet = contact_sheet(samples)
    assert sheet.dtype == torch.uint8
    for sample in samples:
        edges = (255 * instance_edges(sample.instance)).to(torch.uint8).expand(3, -1, -1)
        for picture in (sample.image, colorize(sample.layout, samples.card), edges):
            assert contains(sheet, picture)


def test_a_set_without_aerial_views(tmp_path):
    dataset = datasets.get("cityscapes")
    samples = Samples(dataset, datasets.locate(dataset, cityscapes_tree(tmp_path, 1, 1)), "val")
    sheet = contact_sheet(samples)
    assert sheet.shape[2] == 3 * 512 + 4 * 6  # photo, layout, edges
    assert contains(sheet, samples[0].image)


class TestCommand:
    def test_it_writes_a_png(self, tmp_path):
        path = tmp_path / "sheets/sheet.png"
        result = CliRunner().invoke(data, ["show", "tinytown", "--count", "3", "--output", str(path)])
        assert result.exit_code == 0
        assert "3 samples of tinytown, split val" in result.stdout
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert image.height > 3 * 128

    def test_the_default_place_is_named_after_the_split(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        result = CliRunner().invoke(data, ["show", "tinytown", "--count", "1", "--split", "train"])
        assert result.exit_code == 0
        assert [path.name for path in tmp_path.iterdir()] == ["tinytown-train.png"]

    def test_unknown_names_write_nothing(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for arguments in (["show", "tinytwon"], ["show", "tinytown", "--split", "valid"]):
            assert isinstance(CliRunner().invoke(data, arguments).exception, InputError)
        assert list(tmp_path.iterdir()) == []
