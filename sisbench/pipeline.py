"""One run: a method on a data set under a protocol, from weights or from nothing to a record.

Every stage finds what an interrupted run has left and does what is missing; a re-issued command ends in the record that
an undisturbed one would have written. Stages: prepare (where a method makes something of the training set beforehand),
train (or take weights), generate the evaluated split, evaluate, record.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

import generators
from sisbench import per_image
from sisbench._device import model_name
from sisbench.data import Samples
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation
from sisbench.files import write_json
from sisbench.generation import IMAGES, Progress, generate, images_digest, images_together, silent, write_samples_sheet
from sisbench.job import Job
from sisbench.preparation import Tell, equip, prepare
from sisbench.record import RunRecord, environment
from sisbench.scoring import ImageFolder, evaluate, evaluate_samples
from sisbench.styles import style_encoder
from sisbench.training import obtain_weights

if TYPE_CHECKING:
    from lightning_fabric import Fabric

RECORD, SPEC = "record.json", "spec.json"


def run(
    job: Job,
    folder: Path,
    *,
    device: str = "auto",
    cache_dir: Path | None = None,
    checkpoint_seconds: float = 20.0,
    progress: Progress = silent,
    tell: Tell = lambda line: None,
) -> RunRecord | None:
    """Do what is missing of a run, and return its record.

    Args:
        job: The run.
        folder: Its folder; one run has one folder.
        device: "auto", "cpu" or "cuda".
        cache_dir: Folder for findings on the real images, shared by runs.
        checkpoint_seconds: Time between checkpoints of the training.
        progress: Told of work done.
        tell: Told what a stage will take and has taken, where that is worth a line.

    Returns:
        The record; None on all but the first process of a distributed run.

    Raises:
        InputError, generators.GeneratorError: Bad input; nothing half-written is left.
    """
    fabric = make_fabric(device)
    if fabric.is_global_zero:
        claim(job, folder)
    fabric.barrier()
    record_path = folder / RECORD
    if record_path.exists():
        return RunRecord.read(record_path) if fabric.is_global_zero else None
    timing: dict[str, float] = {}
    samples = job.samples(job.protocol.real_split)
    images_together(job, len(samples))  # those that could not be made are known before hours of training
    for index in range(len(samples)):  # damaged data is found before hours of training; what fits is kept decoded
        samples[index]
        progress("read", index + 1, len(samples))

    prepares = job.info.generator.prepares
    if prepares:
        _timed(timing, "prepare", lambda: prepare(job, folder, fabric, progress, tell))
    obtained = _timed(timing, "train", lambda: obtain_weights(job, folder, fabric, checkpoint_seconds, progress))
    timing["generate_images"] = _timed(
        timing, "generate", lambda: _generate(job, obtained.state, samples, folder, fabric, progress)
    )
    if not fabric.is_global_zero:
        return None
    evaluation = _timed(timing, "evaluate", lambda: _evaluate(job, samples, folder, fabric, cache_dir, progress))
    write_samples_sheet(job, samples, folder)
    _, of_encoder = style_encoder(job, folder)
    record = RunRecord(
        spec=job.spec(),
        evaluation=evaluation,
        provenance={
            "weights": {**obtained.origin, "state_sha256": generators.state_digest(obtained.state)},
            "parameters": obtained.parameters,
            **({"prepared": equip(job.generator(), folder)} if prepares else {}),
            **({"style_encoder": of_encoder} if of_encoder else {}),
            "images_sha256": images_digest(folder / IMAGES),
            "complete": samples.complete,
            "processes": fabric.world_size,
            **environment(str(fabric.device), torch.get_num_threads(), model_name(fabric.device)),
        },
        timing=timing,
    ).sealed()
    per_image.write(per_image.beside(record_path), evaluation.keys, evaluation.per_image)
    record.write(record_path)
    return record


def make_fabric(device: str = "auto") -> Fabric:
    """Launch Fabric: one process, or the processes that `torchrun` has started."""
    from lightning_fabric import Fabric  # two seconds that only training and generating need

    processes = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_WORLD_SIZE", str(processes)))
    fabric = Fabric(
        accelerator=device,
        devices=local if processes > 1 else 1,
        num_nodes=processes // local,
        strategy="ddp" if processes > 1 else "auto",
        precision="32-true",
    )
    fabric.launch()
    return fabric


def claim(job: Job, folder: Path) -> None:
    """Make a folder this run's own, or check that it is.

    Raises:
        InputError: Another run's folder, or a folder that holds other things.
    """
    path, spec = folder / SPEC, job.spec()
    if path.exists():
        try:
            found = json.loads(path.read_text())
        except (OSError, json.JSONDecodeError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is damaged ({error}). Remove the folder {folder}, or use another one.") from error
        for leftover in folder.rglob(".*.part"):  # of a process that was killed while it wrote
            leftover.unlink(missing_ok=True)
        different = sorted(key for key in spec.keys() | found.keys() if spec.get(key) != found.get(key))
        if different:
            raise InputError(
                f"{folder} belongs to another run: {', '.join(different)} differ (such as {different[0]}: "
                f"{found.get(different[0])!r} there, {spec.get(different[0])!r} here). Use another '--output'."
            )
        return
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder} holds files but no run. Use an empty folder for '--output', or none.")
    write_json(path, spec)


def _generate(
    job: Job, state: dict[str, Tensor], samples: Samples, folder: Path, fabric: Fabric, progress: Progress
) -> int:
    """Generate; return how many images all processes have made, once the last of them is done."""
    made = torch.tensor(generate(job, state, samples, folder, fabric, progress), device=fabric.device)
    total = fabric.all_reduce(made, reduce_op="sum")
    assert isinstance(total, Tensor)
    return int(total)


def _evaluate(
    job: Job, samples: Samples, folder: Path, fabric: Fabric, cache_dir: Path | None, progress: Progress
) -> Evaluation:
    def told(done: int, total: int) -> None:
        progress("evaluate", done, total)

    device = fabric.device
    if job.images_per_layout > 1:
        return evaluate_samples(
            folder / IMAGES, job.protocol, dataset=job.card.name, keys=samples.keys, device=device, progress=told
        )
    return evaluate(
        ImageFolder(folder / IMAGES), samples, job.protocol, device=device, cache_dir=cache_dir, progress=told
    )


def _timed(timing: dict[str, float], stage: str, work: Callable[[], Any]) -> Any:
    start = time.monotonic()
    result = work()
    timing[stage] = round(time.monotonic() - start, 3)
    return result
