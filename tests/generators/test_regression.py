"""Trainings without a discriminator: one side in optimisers, log and checkpoint; cut, and continued like any other."""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor

import generators
from generators import GeneratorError, Objective, Stages
from generators._training import CHECKPOINT, LOG, WEIGHTS
from tests.generators.tiny import Case, random_cond, random_image

SIZE = (32, 64)
CASE = Case("spade", "quick", {"upsampling": "normal"}, size=SIZE)
RECIPE = dataclasses.replace(CASE.recipe, loss_weights={"l1": 2.0}, steps=2, decay_steps=2, batch_size=2, lr_d=None)


class Regression(Objective):
    """The absolute difference and nothing else."""

    spoiled = math.inf  # call from which the loss is no number

    def discriminator_module(self) -> None:
        return None

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        self.spoiled -= 1
        return {"l1": (stages["image"] - real).abs().mean() * (math.nan if self.spoiled < 0 else 1.0)}


def batches(start: int) -> Iterator[tuple[Tensor, Tensor]]:
    for step in itertools.count(start):
        yield random_cond(6, True, SIZE, 2, step), random_image(2, SIZE, step)


def train(folder: Path, stop: int | None = None, spoiled: float = math.inf) -> generators.Generator:
    def report(done: int, terms: Mapping[str, float]) -> None:
        if done == stop:
            raise KeyboardInterrupt

    network = CASE.generator()
    objective = Regression(network, RECIPE)
    objective.spoiled = spoiled
    fabric = Fabric(accelerator="cpu", devices=1)
    options = {"seed": 7, "log_every": 1, "checkpoint_seconds": 0.0}
    generators.train(fabric, network, objective, batches, RECIPE, folder, report=report, **options)  # type: ignore[arg-type]
    return network


def test_one_side_steps_is_logged_and_saved(tmp_path: Path) -> None:
    network = train(tmp_path)
    lines = [json.loads(line) for line in (tmp_path / LOG).read_text().splitlines()]
    assert [set(line) for line in lines] == [{"step", "g/l1"}] * 4
    checkpoint = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert set(checkpoint) == {"identity", "step", "generator", "objective", "optimizer_g"}
    assert checkpoint["objective"] == {}

    expected = CASE.generator().train()
    adam = torch.optim.Adam(expected.parameters(), lr=RECIPE.lr_g, betas=RECIPE.betas)
    for step, factor in enumerate((1.0, 1.0, 1.0, 0.5)):
        cond, real = next(batches(step))
        adam.param_groups[0]["lr"] = RECIPE.lr_g * factor
        adam.zero_grad()
        (2 * (expected.stages(cond)["image"] - real).abs().mean()).backward()
        adam.step()
    for name, parameter in expected.named_parameters():
        torch.testing.assert_close(network.get_parameter(name), parameter, msg=name)


def test_a_run_that_was_cut_ends_like_one_that_was_not(tmp_path: Path) -> None:
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    train(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "cut", stop=3)
    assert torch.load(tmp_path / "cut" / CHECKPOINT, weights_only=True)["step"] == 2
    train(tmp_path / "cut")
    for file in (WEIGHTS, LOG):
        assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_a_loss_that_is_no_number_stops_it_and_the_checkpoint_stays(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="the loss term 'g/l1' is nan at step 3"):
        train(tmp_path, spoiled=2)
    assert torch.load(tmp_path / CHECKPOINT, weights_only=True)["step"] == 2


def test_a_discriminator_needs_a_learning_rate(tmp_path: Path) -> None:
    network = CASE.generator()
    with pytest.raises(GeneratorError, match=r"no learning rate for the discriminator\. Give it 'lr_d'"):
        generators.train(
            Fabric(accelerator="cpu", devices=1), network, CASE.objective(network), batches, RECIPE, tmp_path, seed=0
        )
    assert not list(tmp_path.iterdir())
