"""Images whose noise is drawn anew: everywhere, where a class is, or in a region of one's own (OASIS, Fig. 1)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

import generators
from sisbench import decoding, images
from sisbench.card import Card
from sisbench.data import Sample, Samples
from sisbench.errors import InputError, first
from sisbench.files import sha256
from sisbench.generation import Inputs, Progress, identity, silent, start_over_unless
from sisbench.job import Job
from sisbench.preparation import equip

if TYPE_CHECKING:
    from lightning_fabric import Fabric

RESAMPLED = "resampled"


@dataclass(frozen=True)
class Part:
    """Which pixels of an image get new noise.

    Attributes:
        name: Name of the folder of its images.
        labels: Label ids, for a class; empty for all else.
        region: Pixels, bool (H, W), for a mask; None for all else.
        facts: What it is, as JSON.
    """

    name: str
    labels: tuple[int, ...]
    region: Tensor | None
    facts: Mapping[str, Any]

    def pixels(self, sample: Sample) -> Tensor | None:
        """Return the pixels of a sample that get new noise, bool (H, W); None for all of them."""
        if self.region is not None or not self.labels:
            return self.region
        return torch.isin(sample.layout, torch.tensor(self.labels))


@dataclass(frozen=True)
class Redrawing:
    """Which images are made.

    Attributes:
        part: Pixels that get new noise.
        pixelwise: Whether every pixel gets noise of its own; else the whole part shares one vector.
        rounds: Images of each layout.
        keys: Layouts to make; none is every layout that has pixels in the part.
    """

    part: Part
    pixelwise: bool = False
    rounds: int = 1
    keys: Sequence[str] = ()


def parse(text: str, card: Card, size: tuple[int, int]) -> Part:
    """Understand "global", "class:NAME" or "region:FILE".

    A class is named as on the data set's card. A region is a picture of one channel, black where noise is kept.

    Args:
        text: What a user wrote.
        card: Whose classes are named.
        size: Height and width of the images, and of a region's file.

    Raises:
        InputError: Another text, an unknown class, or a file that is missing, damaged, of another size or kind, or all
            black.
    """
    kind, _, value = text.partition(":")
    if text == "global":
        return Part("global", (), None, {"part": "global"})
    if kind == "class" and value:
        ids = tuple(label.id for label in card.labels if label.name == value)
        if not ids:
            names = ", ".join(label.name for label in card.labels)
            raise InputError(f"{card.title} has no class {value!r}; it has {names}. Check '--resample'.")
        return Part(f"class-{plain_name(value)}", ids, None, {"part": "class", "labels": list(ids)})
    if kind == "region" and value:
        path = Path(value)
        return Part(
            f"region-{plain_name(path.stem)}",
            (),
            read_mask(path, size, "noise"),
            {"part": "region", "mask_sha256": sha256(path)},
        )
    raise InputError(
        f"'--resample' got {text!r}; expected 'global', 'class:NAME' with a class of {card.title}, or 'region:FILE' "
        "with a picture that is black where noise is kept."
    )


def generate_resampled(
    job: Job,
    state: Mapping[str, Tensor],
    samples: Samples,
    folder: Path,
    fabric: Fabric,
    how: Redrawing,
    progress: Progress = silent,
) -> Path:
    """Write images with new noise in a part of their pixels into `resampled/PART/KEY/00.png` and so on.

    Noise of the other pixels is that of the image in `images/`. New noise is drawn from (seed, key, round) and does not
    depend on the part. Other pixels change as far as the network sees from them into the part: their noise is the same,
    but layers read neighbours, on coarse maps those that are far away.

    Args:
        job: The run.
        state: The generator's weights.
        samples: Layouts.
        folder: The run's folder.
        fabric: Processes; each takes every n-th layout.
        how: Which images.
        progress: Told of layouts done, as stage "generate".

    Returns:
        The folder of the images.

    Raises:
        InputError: The method takes no noise, or none by pixel; a key that is no layout's; no layout has the class.
    """
    network = job.generator()
    network.load_state_dict(dict(state))
    prepared = equip(network, folder)
    _require_noise(job, network, how)
    chosen = _chosen(samples, how.part, how.keys)
    target = folder / RESAMPLED / (f"{how.part.name}-pixelwise" if how.pixelwise else how.part.name)
    made_from = {**identity(job, state, samples, prepared), **how.part.facts, "pixelwise": how.pixelwise}
    if fabric.is_global_zero:
        start_over_unless(target, target.with_name(f"{target.name}.json"), made_from)
    fabric.barrier()
    network.to(fabric.device).eval()
    mine = chosen[fabric.global_rank :: fabric.world_size]
    for done, index in enumerate(mine, start=1):
        sample = samples[index]
        paths = [target / sample.key / f"{number:02d}.png" for number in range(how.rounds)]
        inputs = Inputs(job, sample, network, fabric.device)
        for number, path in enumerate(paths):
            if not path.exists():
                noise = _noise(job, sample, network, inputs, how, number)
                with torch.no_grad():
                    image = network(inputs.cond, noise)
                images.save_png(path, inputs.finished(image))
        progress("generate", done, len(mine))
    return target


def _noise(
    job: Job,
    sample: Sample,
    network: generators.Generator,
    inputs: Inputs,
    how: Redrawing,
    number: int,
) -> Tensor:
    rng = torch.Generator().manual_seed(generators.derive_seed(job.seed, "resample", sample.key, str(number)))
    pixels = how.part.pixels(sample)
    if pixels is None and not how.pixelwise:
        new = network.sample_noise(1, rng)
        assert new is not None  # `_require_noise` has looked
        return new.to(inputs.cond.device)
    kept = inputs.noise(0)
    assert kept is not None
    return generators.resample_noise(kept, network.size, rng, pixels, how.pixelwise)


def _require_noise(job: Job, network: generators.Generator, how: Redrawing) -> None:
    if network.sample_noise(1, torch.Generator().manual_seed(0)) is None:
        raise InputError(
            f"{job.info.name} ({job.recipe_name}) takes no noise, so there is nothing to draw anew. Choose a method or "
            "recipe that does, such as '--method oasis'."
        )
    if not network.noise_maps and (how.part.name != "global" or how.pixelwise):
        raise InputError(
            f"{job.info.name} ({job.recipe_name}) has one noise vector for the whole image; only '--resample global' "
            "can draw it anew. Choose a method with 3D noise, such as '--method oasis'."
        )


def _chosen(samples: Samples, part: Part, keys: Sequence[str]) -> list[int]:
    places = {key: place for place, key in enumerate(samples.keys)}
    if unknown := [key for key in keys if key not in places]:
        told, known = ", ".join(first(unknown)), samples.keys[0]
        raise InputError(f"there are no layouts {told}; expected keys such as {known!r}. Check '--key'.")
    wanted = [places[key] for key in keys] or list(range(len(samples)))
    if not part.labels:
        return wanted
    found = [index for index in wanted if bool(torch.isin(samples[index].layout, torch.tensor(part.labels)).any())]
    if not found:
        raise InputError(f"no layout has a pixel of {part.name.replace('-', ' ', 1)}. Choose another class or layout.")
    return found


def read_mask(path: Path, size: tuple[int, int], kept: str) -> Tensor:
    """Read a region, a picture of one channel, as bool (H, W): where it is not black.

    Args:
        path: The picture.
        size: Height and width that it must have.
        kept: What is kept where it is black, for messages.

    Raises:
        InputError: The file is missing, damaged, of another size or kind, or all black.
    """
    if not path.is_file():
        raise InputError(f"the region {path} is no file. Give a picture that is black where {kept} is kept.")
    picture = decoding.stored(path)
    if (picture.height, picture.width) != size:
        raise InputError(
            f"the region {path} is {picture.width}x{picture.height}; the images are {size[1]}x{size[0]}. Draw it at "
            "that size: a mask is not resized."
        )
    if picture.mode not in ("1", "L", "P"):
        raise InputError(
            f"the region {path} is a picture of kind {picture.mode!r}; expected one of one channel ('L' or '1'), black "
            f"where {kept} is kept."
        )
    region = torch.from_numpy(np.array(picture, dtype=np.uint8) != 0)
    if not bool(region.any()):
        raise InputError(f"the region {path} is black all over: no pixel would be made anew. Mark some.")
    return region


def plain_name(text: str) -> str:
    """Return a text as part of the name of a folder."""
    return re.sub(r"\W+", "_", text)
