"""Trainings that start from another one: what is taken over, what is kept still, and for how long."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning_fabric import Fabric
from torch import Tensor

import generators
from generators import Generator, GeneratorError, Objective, Recipe
from tests.generators.tiny import SIZE, Case, random_cond, random_image

COARSE = Case("pix2pixhd", "quick-half", {"width": 4})
FINE = Case("pix2pixhd", "quick-local")  # width 2, so that its global network has 4


def batches(start: int) -> Iterator[tuple[Tensor, Tensor]]:
    return ((random_cond(6, True, SIZE, 2, step), random_image(2, SIZE, step)) for step in itertools.count(start))


def recipe_of(case: Case, **changes: Any) -> Recipe:
    return dataclasses.replace(case.recipe, **{"steps": 4, "decay_steps": 2, "batch_size": 2, **changes})


def train(
    case: Case, folder: Path, start: Path | None = None, recipe: Recipe | None = None, **options: Any
) -> tuple[Generator, Objective]:
    folder.mkdir(exist_ok=True)
    recipe = recipe or recipe_of(case, start_steps=3 if case is FINE else 0)
    network = case.generator()
    objective = case.objective(network)
    if start is not None:
        generators.start_from(start, network, objective, recipe.start)
    settings = {"seed": 7, "checkpoint_seconds": 0.0, **options}
    generators.train(Fabric(accelerator="cpu", devices=1), network, objective, batches, recipe, folder, **settings)
    return network, objective


@pytest.fixture(scope="module")
def coarse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coarse")
    train(COARSE, folder)
    return folder


def test_the_fine_network_takes_over_all_of_the_coarse_one_but_its_head(coarse: Path) -> None:
    network, fresh = FINE.generator(), FINE.generator().state_dict()
    generators.start_from(coarse, network, FINE.objective(network), ("model.",))
    source = generators.read_state(coarse / "generator.pth")
    for name, value in network.state_dict().items():
        assert torch.equal(value, source[name] if name.startswith("model.") else fresh[name]), name
    heads = [name for name in source if name not in network.state_dict()]
    assert len(heads) == 2  # weight and bias of the last convolution


def test_the_discriminator_comes_too_and_its_new_scale_is_the_finest(coarse: Path, tmp_path: Path) -> None:
    network = FINE.generator()
    recipe = dataclasses.replace(FINE.recipe, discriminator={**FINE.recipe.discriminator, "scales": 3})
    objective = generators.info("pix2pixhd").objective(network, recipe)
    fresh = {name: value.clone() for name, value in objective.state_dict().items()}
    generators.start_from(coarse, network, objective, ("model.",))
    source = generators.read_state(coarse / "discriminator.pth")
    for name, value in objective.state_dict().items():
        old = source.get(name.removeprefix("discriminator."))
        assert (old is None) == name.startswith("discriminator.scale2"), name
        assert torch.equal(value, fresh[name] if old is None else old), name

    generators.start_from(coarse / "generator.pth", FINE.generator(), objective, ("model.",))  # a file is of G alone


def test_a_further_training_of_the_same_network_takes_everything(coarse: Path) -> None:
    network = COARSE.generator(seed=4)
    generators.start_from(coarse, network, COARSE.objective(network), ())
    assert generators.state_digest(network.state_dict()) == generators.state_digest(
        generators.read_state(coarse / "generator.pth")
    )


@pytest.mark.parametrize(
    ("case", "required", "message"),
    [
        (FINE, (), r"cannot be the start of this Pix2PixHD: .* model1_1\.1\.weight and \d+ more are missing"),
        (dataclasses.replace(FINE, options={"downsamplings": 3}), ("model.",), "cannot be the start"),
        (dataclasses.replace(FINE, options={"blocks": 8}), ("model.",), "are missing"),
        (dataclasses.replace(FINE, options={"width": 3}), ("model.",), "its widths differ"),
    ],
    ids=["all required", "another depth", "more blocks", "another width"],
)
def test_a_start_that_does_not_fit_is_refused(
    coarse: Path, case: Case, required: tuple[str, ...], message: str
) -> None:
    network = case.generator()
    with pytest.raises(GeneratorError, match=message):
        generators.start_from(coarse, network, case.objective(network), required)


def test_a_start_of_other_labels_says_how_many_it_holds(coarse: Path) -> None:
    case = dataclasses.replace(FINE, recipe_name="cityscapes-1024p", options={"downsamplings": 2, "blocks": 6})
    network = case.generator()
    with pytest.raises(GeneratorError, match="made for 7 condition channels, this network for 36"):
        generators.start_from(coarse, network, case.objective(network), ("model.",))


def test_another_discriminator_may_stay_behind(coarse: Path) -> None:
    network = FINE.generator()
    recipe = dataclasses.replace(FINE.recipe, discriminator={**FINE.recipe.discriminator, "width": 3})
    objective = generators.info("pix2pixhd").objective(network, recipe)
    with pytest.raises(GeneratorError, match=r"(?s)its widths differ.*fresh one, give .*generator\.pth as the start"):
        generators.start_from(coarse, network, objective, ("model.",))
    generators.start_from(coarse / "generator.pth", network, objective, ("model.",))


def test_a_start_where_there_is_nothing(tmp_path: Path) -> None:
    network = FINE.generator()
    with pytest.raises(GeneratorError, match="does not exist, from which the training is to start"):
        generators.start_from(tmp_path / "no", network, FINE.objective(network), ("model.",))
    with pytest.raises(GeneratorError, match=r"holds no generator\.pth, from which"):
        generators.start_digest(tmp_path)
    (tmp_path / "generator.pth").write_bytes(b"no weights")
    with pytest.raises(GeneratorError, match="cannot be read as a file of tensors"):
        generators.start_from(tmp_path, network, FINE.objective(network), ("model.",))


def test_what_a_training_starts_from_has_a_digest(coarse: Path, tmp_path: Path) -> None:
    of_folder, of_file = generators.start_digest(coarse), generators.start_digest(coarse / "generator.pth")
    assert of_folder != of_file
    for name in ("generator.pth", "discriminator.pth"):
        (tmp_path / name).write_bytes((coarse / name).read_bytes())
    assert generators.start_digest(tmp_path) == of_folder  # whatever its place and what else lies there


class Killed(Exception):
    pass


def kill_at(step: int) -> Callable[[int, Mapping[str, float]], None]:
    def report(done: int, terms: Mapping[str, float]) -> None:
        if done == step:
            raise Killed

    return report


def test_what_came_from_there_is_kept_still_at_first_and_trains_later(coarse: Path, tmp_path: Path) -> None:
    begin, _ = FINE.generator(), None
    generators.start_from(coarse, begin, FINE.objective(begin), ("model.",))
    for steps, moved in ((3, False), (4, True)):
        recipe = recipe_of(FINE, start_steps=3, steps=steps, decay_steps=0)
        network, _ = train(FINE, tmp_path / str(steps), coarse, recipe)
        for name, parameter in network.named_parameters():
            if name.startswith("model.") and parameter.ndim > 1:
                assert torch.equal(parameter, begin.get_parameter(name)) != moved, name
            elif parameter.ndim > 1:
                assert not torch.equal(parameter, begin.get_parameter(name)), name
            assert parameter.requires_grad or not moved


@pytest.mark.parametrize("cuts", [(2,), (3,), (4,), (2, 5)], ids=str)
def test_a_run_that_was_cut_ends_like_one_that_was_not(coarse: Path, tmp_path: Path, cuts: tuple[int, ...]) -> None:
    train(FINE, tmp_path / "whole", coarse)
    for step in cuts:
        with pytest.raises(Killed):
            train(FINE, tmp_path / "cut", coarse, log_every=1, report=kill_at(step))
    train(FINE, tmp_path / "cut", coarse)
    for name in ("generator.pth", "discriminator.pth"):
        first, second = ((tmp_path / folder / name).read_bytes() for folder in ("whole", "cut"))
        assert first == second, name


def test_epochs_of_keeping_still_become_steps() -> None:
    recipe = generators.info("pix2pixhd").recipes["cityscapes-1024p"]
    assert (recipe.epochs, recipe.decay_epochs, recipe.start_epochs, recipe.start) == (50, 50, 10, ("model.",))
    resolved = recipe.resolved(2975)
    assert (resolved.start_epochs, resolved.start_steps, resolved.total_steps) == (0, 29750, 297500)
    with pytest.raises(GeneratorError, match="in epochs or in steps"):
        dataclasses.replace(recipe, epochs=0, decay_epochs=0, steps=10)
    longer = generators.info("pix2pixhd").recipes["cityscapes-1024p-long"]
    assert (longer.epochs, longer.decay_epochs, longer.start_epochs) == (100, 100, 20)
