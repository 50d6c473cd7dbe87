"""Images of a split: written one at a time, each from its own seed, and those that are missing only."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

import generators
from sisbench import images, regions
from sisbench.contact_sheet import colorize
from sisbench.data import Sample, Samples
from sisbench.errors import InputError
from sisbench.files import Tree, write_json
from sisbench.job import Job
from sisbench.preparation import equip
from sisbench.styles import posterior, style_encoder
from sisbench.views import ViewSample, condition_of

if TYPE_CHECKING:
    from lightning_fabric import Fabric

IMAGES, MANIFEST, SHEET, REGIONS = "images", "images.json", "samples.png", "regions"

Progress = Callable[[str, int, int], None]
"""Told of work done: stage ("read", "prepare", "train", "generate", "evaluate"), units done, units in all."""


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""


def generate(
    job: Job,
    state: Mapping[str, Tensor],
    samples: Samples,
    folder: Path,
    fabric: Fabric,
    progress: Progress = silent,
) -> int:
    """Write the image of every sample into the folder's `images/`, those that are missing.

    Where the job has several images for each layout, those of a sample lie in `images/KEY/`; the first is the one that
    a job of one image makes. Images are made one at a time and their noise is drawn from (seed, key), so an image
    depends on nothing but weights, sample and seed: not on a batch, an interruption or the number of processes, which
    take every n-th sample. A network whose images depend on their batch makes those of so many samples in a row at a
    time (`Generator.images_together`); processes take every n-th batch.

    Returns:
        Number of images that this process has made.

    Raises:
        InputError: Some samples fill no batch.
    """
    together = images_together(job, len(samples))
    network = job.generator()
    network.load_state_dict(dict(state))
    encoder, of_encoder = style_encoder(job, folder, network)
    prepared = equip(network, folder) | of_encoder
    if fabric.is_global_zero:
        start_over_unless(folder / IMAGES, folder / MANIFEST, identity(job, state, samples, prepared))
    fabric.barrier()
    network.to(fabric.device).eval()
    if encoder is not None:
        encoder.to(fabric.device)
    made = 0
    mine = range(fabric.global_rank * together, len(samples), fabric.world_size * together)
    for done, start in enumerate(mine, start=1):
        made += _make(job, network, samples, range(start, start + together), folder, fabric.device, encoder)
        progress("generate", done * together, len(mine) * together)
    return made


def images_together(job: Job, n_samples: int) -> int:
    """Return how many samples' images a job makes at a time.

    Raises:
        InputError: Some of the samples fill no batch.
    """
    together = job.info.generator.images_together(job.recipe.model)
    if left := n_samples % together:
        fewer = f"Evaluate as many as do ('--limit {n_samples - left}')" if n_samples > left else "Evaluate more"
        raise InputError(
            f"{job.info.name} ({job.recipe_name}) makes images {together} at a time, for they depend on their batch; "
            f"of {n_samples} samples {left} fill none. {fewer}, or choose a recipe that makes them one by one."
        )
    return together


def _make(
    job: Job,
    network: generators.Generator,
    samples: Samples,
    batch: range,
    folder: Path,
    device: torch.device,
    encoder: nn.Module | None,
) -> int:
    """Write the images of a batch that are missing; return how many."""
    paths = [image_paths(folder / IMAGES, samples.keys[index], job.images_per_layout) for index in batch]
    if all(path.exists() for row in paths for path in row):
        return 0
    inputs, made = [Inputs(job, samples[index], network, device, encoder=encoder) for index in batch], 0
    cond = torch.cat([each.cond for each in inputs])
    paint = network.of_layout(cond) if job.images_per_layout > 1 else functools.partial(network, cond)
    for number, row in enumerate(zip(*paths, strict=True)):
        if all(path.exists() for path in row):
            continue
        noise = [drawn for each in inputs if (drawn := each.noise(number)) is not None]
        with torch.no_grad():
            painted = paint(torch.cat(noise) if noise else None)
        for path, each, image in zip(row, inputs, painted.split(1), strict=True):
            if not path.exists():
                images.save_png(path, each.finished(image))
                made += 1
    for index, each in zip(batch, inputs, strict=True):
        if each.hole is not None:
            save_region(folder / REGIONS / f"{samples.keys[index]}.png", each.hole)
    return made


def identity(
    job: Job, state: Mapping[str, Tensor], samples: Samples, prepared: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What determines the generated images, as JSON; it lies beside them (`MANIFEST`).

    Args:
        job: The run.
        state: The generator's weights.
        samples: What images are made of.
        prepared: What the method has prepared from the training set, if anything (`preparation.equip`).
    """
    made_from = {"prepared_sha256": prepared["sha256"]} if prepared else {}
    made_from |= {"regions": job.protocol.regions} if job.protocol.regions else {}
    return {
        **made_from,
        "state_sha256": generators.state_digest(state),
        "seed": job.seed,
        "quantisation": job.protocol.quantisation,
        "samples_sha256": samples.digest(),
        "images_per_layout": job.images_per_layout,
    }


def start_over_unless(target: Path, manifest: Path, expected: Mapping[str, Any]) -> None:
    """Remove a folder of pictures unless they were made from this: pictures of other weights are not this run's.

    Args:
        target: The folder; its content is kept where the manifest agrees.
        manifest: JSON file that says what the pictures were made from; written where it does not agree.
        expected: What they are to be made from.
    """
    if not says(manifest, expected):
        if target.exists():
            shutil.rmtree(target)  # what cannot be removed must not pass as made from other weights
        write_json(manifest, expected)


def says(manifest: Path, expected: Mapping[str, Any]) -> bool:
    """Whether a manifest is there, whole, and says that pictures were made from this."""
    try:
        return bool(json.loads(manifest.read_bytes()) == expected)
    except (OSError, ValueError):
        return False


class Inputs:
    """What the network makes the images of one sample from.

    Args:
        job: The run.
        sample: The sample.
        network: Its generator.
        device: Where the network is.
        hole: Pixels to be painted, bool (H, W); None is what the protocol draws, all where it draws nothing.
        encoder: Encodes the style of the photo, where the recipe takes it from there.
    """

    def __init__(
        self,
        job: Job,
        sample: Sample,
        network: generators.Generator,
        device: torch.device,
        hole: Tensor | None = None,
        encoder: nn.Module | None = None,
    ) -> None:
        self._job, self._key, self._network, self._device = job, sample.key, network, device
        self._encoder = encoder
        self._photo, self.hole = sample.image, hole_of(job, sample) if hole is None else hole
        cond = condition_of(sample, job.card, job.encoding)[None]
        if network.edits:
            assert self.hole is not None  # a job of a method that edits has a protocol with regions
            cond = generators.edit_condition(cond, self.hole[None], images.to_pm1(sample.image)[None])
        self.cond = cond.to(device)

    def noise(self, number: int) -> Tensor | None:
        """Draw the noise of one image from (seed, key), and the number of the image where it is not the first."""
        job = self._job
        parts = ("noise", self._key) if number == 0 else ("noise", self._key, str(number))
        rng = torch.Generator().manual_seed(generators.derive_seed(job.seed, *parts))
        noise = self._network.noise_of(number, rng)
        if noise is None and job.images_per_layout > 1:
            raise InputError(
                f"{job.info.name} ({job.recipe_name}) takes no noise: its {job.images_per_layout} images of a layout "
                "would all be equal. Choose a method or recipe that does (such as '--method spade --recipe "
                "quick-style'), or a protocol of one image per layout."
            )
        if noise is None:
            return None
        noise = noise.to(self._device)
        return noise if self._encoder is None else posterior(self._encoder, self._photo, noise)

    def finished(self, image: Tensor) -> Tensor:
        """Return the file's image of what the network has made: in 8 bits, where there is a region the photo around it.

        Args:
            image: (1, 3, H, W) in [-1, 1].

        Returns:
            uint8 (3, H, W), on the CPU.
        """
        painted = images.quantise(image[0].cpu())
        return painted if self.hole is None else torch.where(self.hole, painted, self._photo)


def hole_of(job: Job, sample: Sample) -> Tensor | None:
    """Return the pixels that are painted under the job's protocol, bool (H, W); None where all are."""
    scheme = job.protocol.regions
    return regions.of_sample(scheme, sample.key, sample.layout, sample.instance, job.card) if scheme else None


def save_region(path: Path, hole: Tensor) -> None:
    """Write a region as a picture that is black where the photo stays."""
    images.save_label_png(path, hole, [(0, 0, 0), (255, 255, 255)])


def images_digest(root: Path) -> str:
    """SHA-256 over the names and contents of all files in a folder or zip archive, sorted by name.

    Raises:
        InputError: Nothing is there, or a file cannot be read.
    """
    tree = Tree(root, "a set of generated images", "Name the folder or zip archive that holds them.")
    total = hashlib.sha256()
    for name in tree.names():
        content = hashlib.sha256(tree.file(name).read()).hexdigest()
        total.update(f"{name}\0{content}\n".encode(errors="surrogateescape"))
    return total.hexdigest()


def image_paths(folder: Path, key: str, count: int) -> list[Path]:
    """Files of one sample's pictures: KEY.png, or KEY/00.png and so on where there are several."""
    if count == 1:
        return [folder / f"{key}.png"]
    return [folder / key / f"{number:02d}.png" for number in range(count)]


def write_samples_sheet(job: Job, samples: Samples, folder: Path, count: int = 12) -> None:
    """Write a picture to look at: label map, generated image and real photo of samples spread over the split.

    Where regions are painted, the photo without its region stands before the image. Of a cross-view task the source
    photo and the target view's semantics take the place of the label map.
    """
    chosen = [samples[i * len(samples) // min(count, len(samples))] for i in range(min(count, len(samples)))]
    made = [images.decode_photo(image_paths(folder / IMAGES, s.key, job.images_per_layout)[0]) for s in chosen]
    rows = [
        torch.cat((*_inputs(s, samples), *_masked(job, s), image, s.image), dim=2)
        for s, image in zip(chosen, made, strict=True)
    ]
    columns = [torch.cat(rows[i::2], dim=1) for i in range(2) if rows[i::2]]
    height = max(column.shape[1] for column in columns)
    padded = [torch.nn.functional.pad(c, (0, 4, 0, height - c.shape[1]), value=255) for c in columns]
    images.save_png(folder / SHEET, torch.cat(padded, dim=2))


def _masked(job: Job, sample: Sample) -> list[Tensor]:
    """What a method that edits sees of the photo, grey in the region; nothing where whole images are made."""
    hole = hole_of(job, sample)
    return [] if hole is None else [sample.image.masked_fill(hole, 127)]


def _inputs(sample: Sample, samples: Samples) -> tuple[Tensor, ...]:
    """Return pictures of what an image is made from."""
    if isinstance(sample, ViewSample):
        return sample.source, sample.semantics
    return (colorize(sample.layout, samples.card),)
