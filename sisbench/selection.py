"""The best of the generators that a training kept, by a metric on the evaluated images themselves.

Published numbers of OASIS are of the checkpoint with the lowest FID on the very split that they are of. A recipe that
repeats that says so (`Recipe.select`), and so do its records.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import torch

import generators
from sisbench.errors import InputError
from sisbench.evaluation import NotAvailable
from sisbench.files import write_bytes, write_json
from sisbench.generation import IMAGES, Progress, generate, silent
from sisbench.job import Job
from sisbench.scoring import ImageFolder, evaluate

if TYPE_CHECKING:
    from lightning_fabric import Fabric

KEPT, SELECTION, GENERATOR = "kept", "selection.json", "generator.pth"


def require_metric(job: Job) -> None:
    """Find out before a training whether this machine computes the metric that its recipe selects by.

    Raises:
        InputError: It does not; the message gives the reason.
    """
    probe = torch.zeros(2, 3, 64, 64, dtype=torch.uint8)
    score = evaluate(probe, probe, metrics=[job.recipe.select]).results[job.recipe.select]
    if isinstance(score, NotAvailable):
        raise InputError(
            f"recipe {job.recipe_name!r} of {job.info.name} selects its best generator by {job.recipe.select}, which "
            f"this machine cannot compute: {score.reason} Or choose a recipe that takes the last one."
        )


def select(job: Job, folder: Path, fabric: Fabric, progress: Progress = silent) -> None:
    """Score every kept generator, and put the best in the place of the run's; an interrupted selection goes on.

    Leaves `selection.json`: the metric, its value at each step, and the step that was taken.
    """
    name, samples = job.recipe.select, job.samples(job.protocol.real_split)
    values: dict[str, float] = {}
    for path in sorted((folder / KEPT).glob("*.pth")):
        score = path.with_suffix(".json")
        if not score.exists():
            place = path.with_suffix("")
            generate(job, generators.read_state(path), samples, place, fabric, progress)
            fabric.barrier()
            if fabric.is_global_zero:
                found = evaluate(
                    ImageFolder(place / IMAGES), samples, job.protocol, metrics=[name], device=fabric.device
                )
                value = found.results[name]
                if isinstance(value, NotAvailable):
                    raise InputError(f"{name} of {path} cannot be computed: {value.reason}")
                write_json(score, {"value": value.value, "higher_is_better": found.higher_is_better[name]})
                shutil.rmtree(place)
            fabric.barrier()
        stored = json.loads(score.read_text())
        values[path.stem] = -stored["value"] if stored["higher_is_better"] else stored["value"]
    best = min(values, key=lambda step: (values[step], step))
    if fabric.is_global_zero:
        write_bytes(folder / GENERATOR, (folder / KEPT / f"{best}.pth").read_bytes())
        by_step = {step: json.loads((folder / KEPT / f"{step}.json").read_text())["value"] for step in values}
        write_json(folder / SELECTION, {"metric": name, "by_step": by_step, "taken": best})
    fabric.barrier()
