"""Weights of a run's generator: those given, those that it has trained before, or a training."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

import generators
from generators import Recipe
from sisbench import weights
from sisbench.cache import folder_of_method
from sisbench.data import training_batches
from sisbench.generation import Progress, silent
from sisbench.job import Job
from sisbench.preparation import Pairs, equip
from sisbench.selection import SELECTION, require_metric, select
from sisbench.view_batches import Jitter, view_batches
from sisbench.views import ViewSamples

if TYPE_CHECKING:
    from lightning_fabric import Fabric

GENERATOR = "generator.pth"


@dataclass(frozen=True)
class Obtained:
    """A run's weights.

    Attributes:
        state: The generator's state, on the CPU.
        origin: How it came about, as JSON.
        parameters: Number of the generator's parameters (see `generators.parameter_count`).
    """

    state: dict[str, Tensor]
    origin: dict[str, Any]
    parameters: int


def obtain_weights(
    job: Job, folder: Path, fabric: Fabric, checkpoint_seconds: float = 20.0, progress: Progress = silent
) -> Obtained:
    """Read the given weights, or those that this run has trained, or train; what is prepared for it must be there."""
    if not job.info.generator.trains:
        return Obtained({}, {"origin": "none", "checkpoint": "the method has no weights"}, 0)
    selects = job.weights is None and bool(job.recipe.select)
    if job.weights is None and not (folder / GENERATOR).exists():
        if selects:
            require_metric(job)
        train(job, initialised(job), folder, fabric, checkpoint_seconds, progress)
    if selects and not (folder / SELECTION).exists():
        select(job, folder, fabric, progress)
    network = loaded(job, folder)
    origin: dict[str, Any]
    if job.weights is not None:
        origin = {"origin": "file", "sha256": generators.weights_digest(job.weights), "checkpoint": "as given"}
    else:
        chosen = f"best by {job.recipe.select} on the evaluated images" if selects else "last step"
        chosen += ", average of the generator" if job.recipe.ema_decay is not None else ""
        origin = {"origin": "trained", "checkpoint": chosen}
    return Obtained(network.state_dict(), origin, generators.parameter_count(network))


def initialised(job: Job) -> generators.Generator:
    """Build the run's network with fresh weights, which the seed determines."""
    torch.manual_seed(generators.derive_seed(job.seed, "init"))  # spectral norm draws its vectors when it is built
    return job.generator()


def loaded(job: Job, folder: Path) -> generators.Generator:
    """Build the run's network with its weights: those given, or those that it has trained.

    Raises:
        generators.GeneratorError: There are none, or they are of another network.
    """
    path = job.weights or folder / GENERATOR
    network = initialised(job)
    if not network.trains:
        return network
    generators.load_state(network, generators.read_state(path), str(path))
    return network


def train(
    job: Job,
    network: generators.Generator,
    folder: Path,
    fabric: Fabric,
    checkpoint_seconds: float = 20.0,
    progress: Progress = silent,
) -> None:
    """Train the job's recipe; leaves `generator.pth` in the folder.

    The network and torch's global generator are as the run's seed says (see `initialised`).
    """
    equip(network, folder)
    samples = job.training_samples()
    recipe = job.recipe.resolved(len(samples))
    generators.initialise(network, recipe)
    objective = job.info.objective(network, recipe, _vgg_weights(recipe))
    objective.cache_in(folder_of_method(job.info.name))
    if job.start is not None:
        generators.start_from(job.start, network, objective, recipe.start)

    workers = 0 if samples.fits_in_memory else min(4, os.cpu_count() or 1)
    rank, processes = fabric.global_rank, fabric.world_size
    seed = generators.derive_seed(job.seed, "data")

    def batches(start: int) -> Any:
        if isinstance(samples, ViewSamples):
            jitter = Jitter.of(recipe, job.size)
            return view_batches(
                samples, recipe.batch_size, seed, jitter, start, rank, processes, workers, fabric.device
            )
        return training_batches(
            samples,
            recipe.batch_size,
            seed,
            start,
            rank,
            processes,
            recipe.flip,
            workers=workers,
            device=fabric.device,
            encoding=job.encoding,
            scheme=recipe.regions,
        )

    progress("train", 0, recipe.total_steps)
    generators.train(
        fabric,
        network,
        objective,
        batches,
        recipe,
        folder,
        seed=job.seed,
        steps_per_epoch=_steps_per_epoch(job.recipe, len(samples)),
        checkpoint_seconds=checkpoint_seconds,
        report=lambda step, terms: progress("train", step, recipe.total_steps),
        training_set=Pairs(job.samples("train") if job.recipe.load_size else samples, job.encoding),
    )


def _steps_per_epoch(recipe: Recipe, n_samples: int) -> int:
    """Steps between changes of the learning rate: an epoch's, where the recipe counts in epochs."""
    return max(1, n_samples // recipe.batch_size) if recipe.decay_epochs or recipe.lr_table else 1


def _vgg_weights(recipe: Recipe) -> Path | None:
    """Find the perceptual loss's weights; where they are missing, the objective says what to do."""
    if not recipe.loss_weights.get("vgg"):
        return None
    try:
        return weights.find(recipe.vgg_weights)
    except weights.Unavailable:
        return None
