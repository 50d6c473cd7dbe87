"""Images of a split: written one at a time, each from its own seed, and those that are missing only."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

import generators
from sisbench import images
from sisbench.contact_sheet import colorize
from sisbench.data import Samples
from sisbench.encode import condition
from sisbench.errors import InputError
from sisbench.files import write_json
from sisbench.job import Job

if TYPE_CHECKING:
    from lightning_fabric import Fabric

IMAGES, SHEET = "images", "samples.png"

Progress = Callable[[str, int, int], None]
"""Told of work done: stage ("read", "train", "generate", "evaluate"), units done, units in all."""


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def generate(
    job: Job,
    state: Mapping[str, Tensor],
    samples: Samples,
    folder: Path,
    fabric: Fabric,
    progress: Progress = silent,
) -> None:
    """Write the image of every sample into the folder's `images/`, those that are missing.

    Where the job has several images for each layout, those of a sample lie in `images/KEY/`; the first is the one that
    a job of one image makes. Images are made one at a time and their noise is drawn from (seed, key), so an image
    depends on nothing but weights, sample and seed: not on a batch, an interruption or the number of processes, which
    take every n-th sample.
    """
    target = folder / IMAGES
    identity = {
        "state_sha256": generators.state_digest(state),
        "seed": job.seed,
        "quantisation": job.protocol.quantisation,
        "samples_sha256": samples.digest(),
        "images_per_layout": job.images_per_layout,
    }
    manifest = folder / "images.json"
    if fabric.is_global_zero and (not manifest.exists() or json.loads(manifest.read_text()) != identity):
        shutil.rmtree(target, ignore_errors=True)  # images of other weights are not this run's
        write_json(manifest, identity)
    fabric.barrier()
    network = job.generator()
    network.load_state_dict(dict(state))
    network.to(fabric.device).eval()
    mine = range(fabric.global_rank, len(samples), fabric.world_size)
    for done, index in enumerate(mine, start=1):
        paths = _image_paths(target, samples.keys[index], job.images_per_layout)
        if not all(path.exists() for path in paths):
            sample = samples[index]
            instance = None if sample.instance is None else sample.instance[None]
            cond = condition(sample.layout[None], instance, job.card)[:, : network.cond_channels]
            for number, path in enumerate(paths):
                if not path.exists():
                    noise = _noise(job, network, sample.key, number)
                    with torch.no_grad():
                        image = network(cond.to(fabric.device), None if noise is None else noise.to(fabric.device))
                    images.save_png(path, images.quantise(image[0].cpu()))
        progress("generate", done, len(mine))


def _image_paths(folder: Path, key: str, count: int) -> list[Path]:
    """Files of one sample's images."""
    if count == 1:
        return [folder / f"{key}.png"]
    return [folder / key / f"{number:02d}.png" for number in range(count)]


def _noise(job: Job, network: generators.Generator, key: str, number: int) -> Tensor | None:
    """Draw the noise of one image from (seed, key), and the number of the image where it is not the first."""
    parts = ("noise", key) if number == 0 else ("noise", key, str(number))
    noise = network.sample_noise(1, torch.Generator().manual_seed(generators.derive_seed(job.seed, *parts)))
    if noise is None and job.images_per_layout > 1:
        raise InputError(
            f"{job.info.name} ({job.recipe_name}) takes no noise: its {job.images_per_layout} images of a layout would "
            "all be equal. Choose a method or recipe that does (such as '--method spade --recipe quick-style'), or a "
            "protocol of one image per layout."
        )
    return noise


def write_samples_sheet(job: Job, samples: Samples, folder: Path, count: int = 12) -> None:
    """Write a picture to look at: label map, generated image and real photo of samples spread over the split."""
    chosen = [samples[i * len(samples) // min(count, len(samples))] for i in range(min(count, len(samples)))]
    made = [images.decode_photo(_image_paths(folder / IMAGES, s.key, job.images_per_layout)[0]) for s in chosen]
    rows = [
        torch.cat((colorize(s.layout, samples.card), image, s.image), dim=2)
        for s, image in zip(chosen, made, strict=True)
    ]
    columns = [torch.cat(rows[i::2], dim=1) for i in range(2) if rows[i::2]]
    height = max(column.shape[1] for column in columns)
    padded = [torch.nn.functional.pad(c, (0, 4, 0, height - c.shape[1]), value=255) for c in columns]
    images.save_png(folder / SHEET, torch.cat(padded, dim=2))
