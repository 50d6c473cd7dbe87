"""Batch statistics of the average, renewed at the end of a training (`Recipe.ema_refresh`); and D's weights, kept."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

import generators
from generators import GeneratorError, Recipe
from generators._training import DISCRIMINATOR, WEIGHTS
from generators.layers.ema import EMA
from tests.generators.test_training import Killed, kill_at, run
from tests.generators.tiny import Case, random_cond, random_image

SIZE = (64, 64)
OASIS = Case("oasis", "quick", {"z_dim": 4}, size=SIZE)


def recipe(refresh: int) -> Recipe:
    return dataclasses.replace(OASIS.recipe, steps=2, decay_steps=0, batch_size=2, ema_decay=0.5, ema_refresh=refresh)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Conditions without edges, of this file's size."""

    def endless(start: int) -> Iterator[tuple[Tensor, Tensor]]:
        for step in itertools.count(start):
            yield random_cond(6, False, SIZE, 2, step), random_image(2, SIZE, step)

    monkeypatch.setattr("tests.generators.test_training.batches", endless)


@pytest.mark.usefixtures("batches")
def test_statistics_come_from_the_batches_behind_the_last_step(tmp_path: Path) -> None:
    without, _, _ = run(tmp_path / "without", OASIS, recipe(0))
    renewed, _, _ = run(tmp_path / "renewed", OASIS, recipe(3))
    by_hand = OASIS.generator().train()
    by_hand.load_state_dict(without)
    for number in range(3):
        torch.manual_seed(generators.derive_seed(7, "refresh", number, 0))
        with torch.no_grad():
            by_hand.stages(random_cond(6, False, SIZE, 2, 2 + number), by_hand.sample_noise(2))
    state = by_hand.state_dict()
    assert all(torch.equal(renewed[key], state[key]) for key in state)
    moved = {key.rpartition(".")[2] for key in state if not torch.equal(without[key], renewed[key])}
    assert moved == {"running_mean", "running_var", "num_batches_tracked", "weight_u", "weight_v"}
    written = generators.read_state(tmp_path / "renewed" / WEIGHTS)
    assert generators.state_digest(written) == generators.state_digest(renewed)


@pytest.mark.usefixtures("batches")
def test_a_run_that_was_cut_ends_with_the_same_statistics(tmp_path: Path) -> None:
    run(tmp_path / "whole", OASIS, recipe(3))
    with pytest.raises(Killed):
        run(tmp_path / "cut", OASIS, recipe(3), report=kill_at(2))
    run(tmp_path / "cut", OASIS, recipe(3))
    whole = (tmp_path / "whole" / WEIGHTS).read_bytes()
    assert (tmp_path / "cut" / WEIGHTS).read_bytes() == whole
    (tmp_path / "cut" / WEIGHTS).unlink()  # as if it had been killed after the last checkpoint
    run(tmp_path / "cut", OASIS, recipe(3))
    assert (tmp_path / "cut" / WEIGHTS).read_bytes() == whole


@pytest.mark.usefixtures("batches")
def test_the_whole_state_is_averaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules: list[bool] = []

    class Watched(EMA[generators.Generator]):
        def __init__(self, network: generators.Generator, decay: float, whole_state: bool = False) -> None:
            super().__init__(network, decay, whole_state)
            rules.append(whole_state)

    monkeypatch.setattr("generators._training.EMA", Watched)
    run(tmp_path / "oasis", OASIS, recipe(0))
    run(tmp_path / "other", OASIS, dataclasses.replace(recipe(0), ema_whole_state=False))
    assert rules == [True, False]


@pytest.mark.usefixtures("batches")
def test_the_discriminator_is_kept_beside_the_generator(tmp_path: Path) -> None:
    _, _, objective = run(tmp_path, OASIS, recipe(0))
    discriminator = objective.discriminator_module()
    assert discriminator is not None
    kept = generators.read_state(tmp_path / DISCRIMINATOR)
    assert generators.state_digest(kept) == generators.state_digest(discriminator.state_dict())


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(GeneratorError, match="not negative"):
        recipe(-1)
