"""The data set, and what is derived from it, can be made again; a run on it names the plug-in in its record."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import segmenters
import sisbench
import torch
from PIL import Image
from sisbench import datasets
from sisbench.files import Tree

from sisbench_example_plugin import draw
from sisbench_example_plugin.blocktown import CARD, DATASET


@pytest.mark.parametrize("split", list(CARD.counts))
def test_the_files_hold_what_is_drawn(split: str) -> None:
    items = DATASET.index(datasets.locate(DATASET), split)
    assert [int(item.key) for item in items] == list(draw.numbers(split))
    for item in items:
        photo, layout = draw.scene(int(item.key))
        assert item.image is not None
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(item.image.read()))), photo)
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(item.layout.read()))), layout)


def test_the_segmenter_has_the_colours_that_are_drawn() -> None:
    network = segmenters.create("nearest_color.blocktown")
    assert torch.equal(network.get_parameter("colors"), draw.mean_colors())


def test_what_is_unpaired_is_told(tmp_path: Path) -> None:
    draw.write(tmp_path)
    for name in ("train/photos/1.png", "train/labels/2.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.touch()
    listing = DATASET.scan(Tree(tmp_path), "train")
    assert [problem.rpartition("/")[2] for problem in listing.problems] == [
        "1.png: has no label map",
        "2.png: has no photo",
    ]


def test_listing_loads_no_torch() -> None:
    code = (
        "import sys; from sisbench import datasets, protocols;"
        "datasets.get('blocktown'); protocols.get('blocktown-v1');"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_run_names_the_plugin(tmp_path: Path) -> None:
    job = sisbench.plan("tiny_unet", "blocktown")
    command = ["run", "--method", "tiny_unet", "--dataset", "blocktown", "--steps", "1", "--limit", "2"]
    options = ["--device", "cpu", "--output", str(tmp_path / "run")]
    subprocess.run([sys.executable, "-m", "sisbench", *command, *options], check=True, capture_output=True)
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert record["spec"]["protocol"] == job.protocol.name == "blocktown-v1"
    assert set(record["evaluation"]["results"]) == {"miou", "accuracy", "lab_mae", "ssim", "psnr"}
    assert record["provenance"]["plugins"] == {"sisbench-example-plugin": "0.1.0"}
