"""A run that has trained, from its folder: its job again, its generator, and the discriminator against it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from torch import nn

import generators
from sisbench.errors import InputError
from sisbench.job import Job, Overrides, plan
from sisbench.training import GENERATOR, loaded

SPEC, DISCRIMINATOR = "spec.json", "discriminator.pth"


def job_of(folder: Path, root: Path | None = None) -> Job:
    """Return the job of a run, by the specification in its folder.

    Args:
        folder: A run's folder.
        root: Place of the data set, as for a run.

    Raises:
        InputError: It is no run's folder, or the run is of a method, data set or recipe that is not known here.
    """
    path = folder / SPEC
    try:
        spec = json.loads(path.read_text())
        names = {name: str(spec[name]) for name in ("method", "dataset", "protocol", "recipe")}
        resolved: dict[str, Any] = spec["resolved_recipe"]
        overrides = {**spec["overrides"], "without": tuple(spec["overrides"]["without"])}
        seed, limit = int(spec["seed"]), spec["limit"]
        networks: dict[str, Any] = {name: dict(resolved[name]) for name in ("model", "discriminator", "loss_weights")}
    except FileNotFoundError as error:
        raise InputError(
            f"{folder} is no folder of a run: it has no {SPEC}. Give the folder that 'sisbench run' or 'train' wrote."
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} is damaged ({type(error).__name__}: {error}). Train the run again.") from error
    weights = folder / GENERATOR
    job = plan(
        names["method"],
        names["dataset"],
        root=root,
        protocol=names["protocol"],
        recipe=names["recipe"],
        weights_file=weights if weights.is_file() else None,  # what a training began from is no matter any more
        overrides=Overrides(**overrides),
        seed=seed,
        limit=limit,
        scored=False,
    )
    # the networks are as they were trained, whatever has become of the recipe
    return dataclasses.replace(job, recipe=dataclasses.replace(job.recipe, **networks))


def generator_of(folder: Path, job: Job) -> generators.Generator:
    """Return a run's generator, in evaluation mode.

    Raises:
        InputError: The run has none, or not yet.
        generators.GeneratorError: It is damaged.
    """
    if not (folder / GENERATOR).is_file():
        raise InputError(f"{folder} holds no trained weights ({GENERATOR}). Let 'sisbench train' finish it first.")
    return loaded(job, folder).eval()


def segmenting_discriminator(folder: Path, job: Job) -> nn.Module:
    """Return the discriminator of a run, if it labels the pixels of real images, in evaluation mode.

    Raises:
        InputError: The method has no such discriminator, or the run's is not there.
        generators.GeneratorError: It is damaged.
    """
    if not job.info.objective.segments:
        able = [name for name in generators.names() if generators.info(name).objective.segments]
        raise InputError(
            f"{folder} is a run of {job.info.name}, whose discriminator labels no pixels. Give a run of "
            f"{', '.join(able)}."
        )
    path = folder / DISCRIMINATOR
    if not path.is_file():
        raise InputError(
            f"{folder} holds no discriminator ({path.name}): the run was made from given weights, has not finished, or "
            "is of a version that kept none. Train it ('sisbench train')."
        )
    weights = {name: value for name, value in job.recipe.loss_weights.items() if name != "vgg"}
    objective = job.info.objective(job.generator(), dataclasses.replace(job.recipe, loss_weights=weights))
    network = objective.discriminator_module()
    assert network is not None
    generators.load_state(network, generators.read_state(path), str(path))
    return network.eval()
