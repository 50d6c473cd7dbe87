"""The weights that come with the package: they load, and they see the scenes they were trained for."""

import json
from pathlib import Path

import pytest
import torch

import segmenters
from segmenters._weights import SHIPPED
from sisbench import datasets
from sisbench.data import Samples
from sisbench.segmenter_training import score

KNOWN = [(arch, w) for arch in segmenters.names() for w in segmenters.info(arch).weights if w.shipped]


@pytest.mark.parametrize(("arch", "known"), KNOWN, ids=[f"{arch}.{w.tag}" for arch, w in KNOWN])
def test_shipped_weights_say_what_they_are(arch: str, known: segmenters.Weights) -> None:
    segmenter = segmenters.create(f"{arch}.{known.tag}")
    assert segmenter.loaded is not None
    assert segmenter.loaded.sha256 == known.sha256
    assert segmenter.loaded.path == segmenters.find(f"{arch}.{known.tag}")
    assert segmenter.loaded.path.stat().st_size < 4_000_000
    facts = json.loads(segmenter.loaded.metadata["facts"])
    assert facts["arch"] == arch
    assert (facts["num_classes"], facts["input_scale"]) == (known.num_classes, known.input_scale)
    assert facts["command"] == known.origin


def test_every_file_of_the_folder_is_known() -> None:
    assert {path.name for path in SHIPPED.iterdir()} == {w.file for _, w in KNOWN}


def test_tinytown_weights_score_on_real_images() -> None:
    """A floor below the score on all held-out images, for one image of each category."""
    dataset = datasets.get("tinytown")
    val = Samples(dataset, datasets.locate(dataset, None), "val", limit=12)
    scores = score(segmenters.create("drn_d_22_quarter.tinytown"), val)
    assert scores["miou"].value > 0.35
    assert scores["accuracy"].value > 0.8


def test_twice_the_size_is_worth_it() -> None:
    """The protocol scores at `input_scale` 2; at 1 these weights are blind, and nobody should find out by accident."""
    dataset = datasets.get("tinytown")
    val = Samples(dataset, datasets.locate(dataset, None), "val", limit=6)
    name = "drn_d_22_quarter.tinytown"
    assert segmenters.create(name).input_scale == 2.0
    at_two, at_one = score(segmenters.create(name), val), score(segmenters.create(name, input_scale=1.0), val)
    assert at_two["accuracy"].value > at_one["accuracy"].value + 0.04


def test_a_damaged_package_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arch, known = KNOWN[0]
    content = bytearray((SHIPPED / known.file).read_bytes())
    content[-1] ^= 1
    (tmp_path / known.file).write_bytes(content)
    monkeypatch.setattr("segmenters._weights.SHIPPED", tmp_path)
    with pytest.raises(segmenters.SegmenterError, match=f"{known.file} is not the expected file: its SHA-256"):
        segmenters.create(f"{arch}.{known.tag}")
    (tmp_path / known.file).unlink()
    with pytest.raises(segmenters.WeightsMissing, match="a file of the package, is gone"):
        segmenters.create(f"{arch}.{known.tag}")


def test_labels_do_not_depend_on_the_batch() -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (3, 3, 40, 56), dtype=torch.uint8, generator=generator)
    segmenter = segmenters.create("drn_d_22_quarter.tinytown")
    alone = torch.cat([segmenter.log_probabilities(image[None]) for image in images])
    torch.testing.assert_close(segmenter.log_probabilities(images), alone, rtol=1e-4, atol=1e-4)
