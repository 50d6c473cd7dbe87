"""Networks that are tested by batch statistics: their images are made ten at a time, and by nothing but the run."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

import sisbench
from sisbench import images, pictures
from sisbench.errors import InputError
from sisbench.generation import Inputs, generate
from sisbench.job import Job, Overrides, plan
from sisbench.pipeline import make_fabric
from sisbench.training import initialised


def job(limit: int = 20, recipe: str = "quick-train-mode", seed: int | None = None) -> Job:
    small = Overrides(steps=0, width=2)
    made = plan("pix2pix", "tinytown", direction="a2g", recipe=recipe, overrides=small, limit=limit, seed=seed)
    deeper = {**made.recipe.model, "levels": 6}  # with five, as in the quick recipes, nothing is dropped
    return dataclasses.replace(made, recipe=dataclasses.replace(made.recipe, model=deeper))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(job(), tmp_path_factory.mktemp("made"))


def make(job: Job, folder: Path) -> Path:
    generate(job, initialised(job).state_dict(), job.samples("val"), folder, make_fabric("cpu"))
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted((folder / "images").rglob("*.png"))}


@torch.no_grad()
def test_ten_samples_in_a_row_are_a_batch_and_each_has_the_noise_of_its_key(made: Path) -> None:
    samples, network = job().samples("val"), initialised(job()).eval()
    inputs = [Inputs(job(), samples[index], network, torch.device("cpu")) for index in range(10, 20)]
    noise = [each.noise(0) for each in inputs]
    assert all(drawn is not None for drawn in noise)
    together = network(torch.cat([each.cond for each in inputs]), torch.cat([x for x in noise if x is not None]))
    found = contents(made)
    assert len(found) == 20
    for index, image in zip(range(10, 20), together, strict=True):
        path = made / "images" / f"{samples.keys[index]}.png"
        assert torch.equal(images.decode_photo(path), images.quantise(image))


def test_an_image_that_is_missing_is_made_as_it_was(made: Path, tmp_path: Path) -> None:
    expected = contents(made)
    again = make(job(), tmp_path)
    removed = sorted((again / "images").rglob("*.png"))[::3]
    for path in removed:
        path.unlink()
    assert generate(job(), initialised(job()).state_dict(), job().samples("val"), again, make_fabric("cpu")) == 7
    assert contents(again) == expected


def test_dropout_goes_by_the_seed_of_the_run(made: Path, tmp_path: Path) -> None:
    other = job(seed=job().seed + 1)
    network = initialised(job())
    generate(other, network.state_dict(), other.samples("val"), tmp_path, make_fabric("cpu"))
    found, expected = contents(tmp_path), contents(made)
    assert found.keys() == expected.keys()
    assert all(found[key] != expected[key] for key in found)


def test_stages_of_single_images_are_not_saved(made: Path) -> None:
    torch.save(initialised(job()).state_dict(), made / "generator.pth")
    reasons = pictures.save(job(), made, ["stages"])
    assert reasons == {"stages": "pix2pix (quick-train-mode) makes images 10 at a time, stages are of one"}
    assert not (made / "stages").exists()


def test_samples_that_fill_no_batch_are_refused_before_the_training(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"10 at a time.*of 17 samples 7 fill none.*'--limit 10'"):
        sisbench.run(job(17), tmp_path / "run", device="cpu")
    assert not (tmp_path / "run" / "generator.pth").exists()
    assert len(contents(make(job(17, "quick"), tmp_path / "one by one"))) == 17
