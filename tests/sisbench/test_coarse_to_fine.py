"""pix2pixHD's two extras from the command line: a training that starts from a coarser one, and instance ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

import generators
from sisbench import datasets
from sisbench.cli import main
from sisbench.data import Samples, training_batches
from sisbench.encode import Encoding, condition
from sisbench.errors import InputError
from sisbench.images import size_of
from sisbench.job import Overrides, plan

HALF = ("--method", "pix2pixhd", "--dataset", "tinytown", "--recipe", "quick-half", "--steps", "2")
LOCAL = ("--method", "pix2pixhd", "--dataset", "tinytown", "--recipe", "quick-local", "--steps", "7")
IDS = Encoding(instances=True)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_a_coarse_training_then_a_fine_one(tmp_path: Path) -> None:
    half, fine, other = (tmp_path / name for name in ("half", "fine", "other"))
    done = call("train", *HALF, "--output", str(half))
    assert done.exit_code == 0, done.output
    assert {"generator.pth", "discriminator.pth"} <= {path.name for path in half.iterdir()}

    command = ("run", *LOCAL, "--limit", "2", "--device", "cpu", "--cache", str(tmp_path / "cache"))
    done = call(*command, "--start", str(half), "--output", str(fine))
    assert done.exit_code == 0, done.output
    spec = json.loads((fine / "record.json").read_text())["spec"]
    assert spec["start_sha256"] == generators.start_digest(half)
    assert spec["resolved_recipe"]["start_steps"] == 1  # 150 of 950 steps, of 7
    assert {size_of(path) for path in (fine / "images").iterdir()} == {(128, 256)}

    done = call("train", *HALF, "--seed", "1", "--output", str(other))
    assert done.exit_code == 0, done.output
    done = call(*command, "--start", str(other), "--output", str(fine))
    assert done.exit_code == 2
    assert "belongs to another run: start_sha256 differ" in done.output.replace("\n", " ")


def test_a_fine_training_asks_for_its_start(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"recipe 'quick-local' of pix2pixhd goes on from a coarser training.*--start"):
        plan("pix2pixhd", "tinytown", recipe="quick-local")
    weights = tmp_path / "G.pth"
    weights.write_bytes(b"")
    plan("pix2pixhd", "tinytown", recipe="quick-local", weights_file=weights)  # nothing is trained
    with pytest.raises(InputError, match="Give one of them"):
        plan("pix2pixhd", "tinytown", recipe="quick-local", weights_file=weights, start=weights)
    with pytest.raises(generators.GeneratorError, match="does not exist, from which the training is to start"):
        plan("pix2pixhd", "tinytown", recipe="quick-local", start=tmp_path / "no").spec()


def test_the_command_line_says_so_too(tmp_path: Path) -> None:
    for extra in ((), ("--start", str(tmp_path / "no"))):
        done = call("run", *LOCAL, *extra, "--output", str(tmp_path / "run"))
        assert done.exit_code == 2
        assert "start" in done.output and "Traceback" not in done.output
    assert not (tmp_path / "run").exists()


def test_a_training_alone_may_have_another_size_than_the_protocol_scores() -> None:
    with pytest.raises(InputError, match="trains at 64x128, protocol 'tinytown-v1' scores tinytown at 128x256"):
        plan("pix2pixhd", "tinytown", recipe="quick-half")
    job = plan("pix2pixhd", "tinytown", recipe="quick-half", scored=False)
    assert job.size == (64, 128)
    assert job.generator().size == (64, 128)
    assert job.samples("val")[0].layout.shape == (64, 128)


def test_a_shorter_training_keeps_still_for_the_same_share() -> None:
    recipes = generators.info("pix2pixhd").recipes
    assert Overrides(steps=95).apply(recipes["quick-local"]).start_steps == 15
    short = Overrides(steps=50).apply(recipes["cityscapes-1024p"])
    assert (short.start_epochs, short.start_steps) == (0, 5)


def test_a_run_without_a_start_states_none() -> None:
    assert "start_sha256" not in plan("pix2pixhd", "tinytown").spec()


def test_instance_ids_are_the_last_channel_as_they_are() -> None:
    card = datasets.get("cityscapes").card
    layout = torch.tensor([[7, 26, 26]])
    instance = torch.tensor([[7, 26000, 26001]])
    cond = condition(layout, instance, card, IDS)
    assert cond.shape == (37, 1, 3)
    assert torch.equal(cond[:-1], condition(layout, instance, card))
    assert cond[-1].tolist() == [[7, 26000, 26001]]
    with pytest.raises(InputError, match="expected one of shape"):
        condition(layout, None, card, Encoding(edges=False, instances=True))
    with pytest.raises(InputError, match="the instance id 16777216 is too large"):
        condition(layout, instance + 2**24 - 26001, card, IDS)


def test_labels_stand_for_instances_where_a_data_set_has_none() -> None:
    card = datasets.get("ade20k").card
    layout = torch.tensor([[0, 3, 150]])
    cond = condition(layout, None, card, IDS)
    assert cond.shape == (152, 1, 3)
    assert cond[-1].tolist() == [[0, 3, 150]]


def test_instance_ids_are_flipped_with_the_photo() -> None:
    dataset = datasets.get("tinytown")
    samples = Samples(dataset, datasets.locate(dataset), "val", limit=1)
    as_it_is, flipped = (
        next(training_batches(samples, 1, 0, flip=flip, encoding=IDS))[0][0, -1] for flip in (0.0, 1.0)
    )
    instance = samples[0].instance
    assert instance is not None
    assert torch.equal(as_it_is, instance.float())
    assert torch.equal(flipped, instance.float().flip(-1))


def test_jobs_with_instance_features_have_the_ids() -> None:
    for recipe, instances in (("quick", False), ("quick-features", True)):
        job = plan("pix2pixhd", "tinytown", recipe=recipe)
        assert job.encoding.instances == instances
        assert job.generator().cond_channels == 36 + instances
