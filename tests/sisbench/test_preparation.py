"""Methods that make something of the training set first, in whole runs."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch

import generators
from sisbench.errors import InputError
from sisbench.images import decode_photo
from sisbench.job import Job, Overrides, plan
from sisbench.pipeline import run
from sisbench.preparation import Pairs
from sisbench.record import RunRecord


def job(method: str) -> Job:
    return plan(method, "tinytown", limit=4)


def test_a_baseline_runs_to_a_record(tmp_path: Path) -> None:
    lines: list[str] = []
    record = run(job("nearest_neighbour"), tmp_path / "run", device="cpu", tell=lines.append)
    assert record is not None
    prepared = record.provenance["prepared"]
    assert prepared["samples"] == 360
    assert record.provenance["weights"]["origin"] == "none"
    assert record.provenance["parameters"] == 0
    assert set(record.timing) == {"prepare", "train", "generate", "generate_images", "evaluate"}
    before, after = lines
    assert before.startswith("preparing an index of layouts and photos of 360 training samples: about 47.2 MB in ")
    assert after.startswith("prepared in ")
    assert after.endswith("47.2 MB")

    chosen = decode_photo(next((tmp_path / "run" / "images").rglob("*.png")))
    photos = [sample.image for sample in job("nearest_neighbour").samples("train")]
    assert any(torch.equal(chosen, photo) for photo in photos)

    # the record alone removed: nothing is built again, nothing else comes out
    (tmp_path / "run" / "record.json").unlink()
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "prepared").iterdir()}
    again = run(job("nearest_neighbour"), tmp_path / "run", device="cpu")
    assert again is not None
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "prepared").iterdir()} == stamps
    assert again.evaluation == record.evaluation
    assert again.provenance["prepared"] == prepared
    assert again.provenance["images_sha256"] == record.provenance["images_sha256"]
    assert RunRecord.read(tmp_path / "run" / "record.json").provenance["prepared"] == prepared


def test_images_are_made_anew_of_something_else(tmp_path: Path) -> None:
    run(job("mean_colour"), tmp_path / "run", device="cpu")
    manifest = json.loads((tmp_path / "run" / "images.json").read_text())
    prepared = RunRecord.read(tmp_path / "run" / "record.json").provenance["prepared"]
    assert manifest["prepared_sha256"] == prepared["sha256"]


def test_a_method_that_prepares_nothing_has_no_such_folder_nor_entry(tmp_path: Path) -> None:
    tiny = plan("spade", "tinytown", limit=2, overrides=Overrides(steps=0, width=2))
    record = run(tiny, tmp_path / "run", device="cpu")
    assert record is not None
    assert "prepared" not in record.provenance
    assert "prepare" not in record.timing
    assert not (tmp_path / "run" / "prepared").exists()


def test_a_damaged_preparation_is_told(tmp_path: Path) -> None:
    run(job("mean_colour"), tmp_path / "run", device="cpu")
    (tmp_path / "run" / "record.json").unlink()
    (tmp_path / "run" / "prepared" / "00003.safetensors").write_bytes(b"x")
    with pytest.raises(generators.GeneratorError, match=r"00003\.safetensors is not what was built"):
        run(job("mean_colour"), tmp_path / "run", device="cpu")


@pytest.mark.parametrize("overrides", [Overrides(steps=3), Overrides(width=4), Overrides(steps=0)])
def test_a_method_without_weights_refuses_what_is_for_training(overrides: Overrides) -> None:
    with pytest.raises(InputError, match=r"mean_colour has no weights.*Leave out"):
        plan("mean_colour", "tinytown", overrides=overrides)


def test_a_method_without_weights_refuses_weights(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mean_colour has no weights"):
        plan("mean_colour", "tinytown", weights_file=tmp_path / "w.pth")


def test_pairs_are_what_methods_see() -> None:
    spade = dataclasses.replace(job("mean_colour"), info=generators.info("spade"))
    samples = spade.samples("train")
    pairs = Pairs(samples, spade.encoding)
    cond, photo = pairs[7]
    assert len(pairs) == 360
    assert cond.shape == (35 + 1, 128, 256)
    assert torch.equal(cond[:35].argmax(0), samples[7].layout)
    assert torch.equal(photo, samples[7].image)
    assert pairs.digest() == samples.digest()
