"""Pictures that explain a run's images: what its generator computed on the way, and what the segmenter reads off them.

They lie beside the images as further files and are no part of the run: they change no image, no number, no record.

- `stages/NAME/KEY.png`: every entry of `Generator.pictures` that is a picture. Three channels in [-1, 1] become a photo
  (LGGAN: `local`, `global`). One channel in [0, 1] becomes a grey map, black 0 and white 1 (LGGAN: `weight_local`,
  `weight_global`); two channels become two of them, `NAME_0` and `NAME_1`. An entry that has a picture for each class
  becomes `NAME-CLASS` for the classes that a layout has (LGGAN: `class-road`), with the label's name on the card.
- `stages/label_map/KEY.png`: beside them the label map, a palette PNG of label ids in the colours of the card.
- `semantics/KEY.png`: the label map that the protocol's segmenter reads off the generated image, at the size at which
  it is compared with the true one. A palette PNG: its pixels are train ids, its colours those of the card.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import generators
import segmenters
from sisbench import images
from sisbench.data import Samples
from sisbench.encode import channels_of
from sisbench.errors import InputError, Problems, first, unknown_name
from sisbench.generation import (
    IMAGES,
    MANIFEST,
    Inputs,
    Progress,
    identity,
    image_paths,
    says,
    silent,
    start_over_unless,
)
from sisbench.job import Job
from sisbench.preparation import equip
from sisbench.reading import Reader, View, open_segmenter
from sisbench.stage_folders import LABEL_MAP, STAGES, class_stage
from sisbench.styles import style_encoder
from sisbench.training import GENERATOR, loaded

SEMANTICS = "semantics"
KINDS = (STAGES, SEMANTICS)

_ROUNDING = 1e-3
"""How far a softmax or tanh of half precision may leave its range."""


def save(
    job: Job, folder: Path, kinds: Collection[str], device: torch.device | str = "cpu", progress: Progress = silent
) -> dict[str, str]:
    """Save pictures of a run whose images are there; those that exist already are kept.

    Args:
        job: The run.
        folder: Its folder.
        kinds: Of `KINDS`.
        device: Where the networks run.
        progress: Told of work done.

    Returns:
        By name ("stages/classes", "semantics"), why something was not saved.

    Raises:
        InputError: An unknown kind, images that are missing or were made from other weights.
    """
    require_kinds(kinds)
    network = loaded(job, folder)
    samples = job.samples(job.protocol.real_split)
    encoder, of_encoder = style_encoder(job, folder, network)
    made_from = identity(job, network.state_dict(), samples, equip(network, folder) | of_encoder)
    _require_images(job, folder, samples, made_from)
    network.to(device).eval()
    if encoder is not None:
        encoder.to(device)
    makers: Mapping[str, Callable[[], dict[str, str]]] = {
        STAGES: lambda: _save_stages(job, network, samples, folder, made_from, torch.device(device), progress, encoder),
        SEMANTICS: lambda: _save_semantics(job, samples, folder, made_from, torch.device(device), progress),
    }
    together = job.info.generator.images_together(job.recipe.model)
    reasons: dict[str, str] = {}
    for kind in KINDS:
        if kind == STAGES in kinds and together > 1:
            reasons[STAGES] = (
                f"{job.info.name} ({job.recipe_name}) makes images {together} at a time, stages are of one"
            )
        elif kind in kinds:
            reasons |= makers[kind]()
    return reasons


def require_kinds(kinds: Collection[str]) -> None:
    """Raise an InputError for an unknown kind of pictures."""
    for kind in kinds:
        if kind not in KINDS:
            raise unknown_name("a kind of pictures", kind, KINDS, "sisbench run --help")


def _require_images(job: Job, folder: Path, samples: Samples, made_from: Mapping[str, Any]) -> None:
    if not says(folder / MANIFEST, made_from):
        raise InputError(
            f"the images in {folder / IMAGES} were made from other weights or data than are there now (see "
            f"{folder / MANIFEST} and {job.weights or folder / GENERATOR}): pictures would not fit. Run again "
            "with another '--output'."
        )
    paths = [p for key in samples.keys for p in image_paths(folder / IMAGES, key, job.images_per_layout)]
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        raise Problems(
            f"{len(missing)} of {len(paths)} images of the run are not there:",
            first(missing),
            "Remove record.json, and run again: the missing ones are made.",
        )


def _save_stages(
    job: Job,
    network: generators.Generator,
    samples: Samples,
    folder: Path,
    made_from: Mapping[str, Any],
    device: torch.device,
    progress: Progress,
    encoder: nn.Module | None,
) -> dict[str, str]:
    target, count = folder / STAGES, job.images_per_layout
    start_over_unless(target, folder / f"{STAGES}.json", made_from)
    labels = _label_names(job)
    reasons: dict[str, str] = {}
    names: list[str] | None = None  # the first sample tells what there is
    for index, key in enumerate(samples.keys):
        if names is None or not all(p.exists() for name in names for p in image_paths(target / name, key, count)):
            inputs = Inputs(job, samples[index], network, device, encoder=encoder)
            for number in range(count):
                with torch.no_grad():
                    found = network.pictures(inputs.cond, inputs.noise(number))
                pictures, refused = _drawn({n: value for n, value in found.items() if not isinstance(value, Mapping)})
                by_class, unfit = _drawn(_of_classes(found, labels))
                for name in pictures.keys() & reasons.keys():
                    del pictures[name]
                for name in refused.keys() & set(names or ()):  # it was a picture of the samples before
                    shutil.rmtree(target / name)
                reasons = unfit | refused | reasons
                names = list(pictures)
                # those of classes first, since the others tell that a sample is done
                for name, picture in (by_class | pictures).items():
                    path = image_paths(target / name, key, count)[number]
                    if not path.exists():
                        images.save_png(path, picture)
        label_map = target / LABEL_MAP / f"{key}.png"
        if names and not label_map.exists():
            images.save_label_png(label_map, samples[index].layout, job.card.palette())
        progress("stages", index + 1, len(samples))
    if not names and not reasons:
        return {STAGES: f"{job.info.name} computes nothing but the image"}
    return {f"{STAGES}/{name}": reason for name, reason in reasons.items()}


def _label_names(job: Job) -> list[str]:
    """Return the names of a layout's channels."""
    if job.encoding.classes or job.info.generator.crossview:
        return []
    names = {label.id: label.name for label in job.card.labels}
    return [names.get(value, str(value)) for value in channels_of(job.card, job.encoding.unlabeled)]


def _of_classes(found: generators.Stages, labels: Sequence[str]) -> generators.Stages:
    """Return the entries that have a picture for each class, by name and class."""
    return {
        class_stage(name, labels[channel] if isinstance(channel, int) and labels else str(channel)): value
        for name, pictures in found.items()
        if isinstance(pictures, Mapping)
        for channel, value in pictures.items()
    }


def _drawn(stages: generators.Stages) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return what can be drawn of one sample's stages as uint8 (3, H, W), and why the rest cannot."""
    pictures: dict[str, Tensor] = {}
    reasons: dict[str, str] = {}
    for stage, value in stages.items():
        if stage == "image":
            continue
        if reason := _unfit(stage, value):
            reasons[stage] = reason
            continue
        channels = value.shape[1]
        names = [f"{stage}_{channel}" for channel in range(2)] if channels == 2 else [stage]
        least, most, lowest = float(value.min()), float(value.max()), -1 if channels == 3 else 0
        if not lowest - _ROUNDING <= least <= most <= 1 + _ROUNDING:
            reasons |= dict.fromkeys(names, f"has values from {least:.3g} to {most:.3g}, beyond [{lowest}, 1]")
        elif channels == 3:
            pictures[stage] = images.quantise(value[0].cpu())
        else:
            maps = images.quantise(2 * value[0].cpu() - 1)
            pictures |= {name: plane.expand(3, -1, -1) for name, plane in zip(names, maps, strict=True)}
    return pictures, reasons


def _unfit(stage: str, value: object) -> str:
    """Why a stage is no picture, by its name and kind; empty where it may be one."""
    if not re.fullmatch(r"\w[\w.-]*", stage, re.ASCII):
        return "its name is no plain name of a folder"
    if not isinstance(value, Tensor):
        return f"is no image but a {type(value).__name__}"
    if value.ndim != 4 or len(value) != 1 or value.shape[1] not in (1, 2, 3) or not value.is_floating_point():
        kind = str(value.dtype).removeprefix("torch.")
        return (
            f"is {kind} of shape {tuple(value.shape)}; pictures are made of (1, C, H, W) in floating point, with C of "
            "1 or 2 (weights) or 3 (a photo)"
        )
    return ""


def _save_semantics(
    job: Job,
    samples: Samples,
    folder: Path,
    made_from: Mapping[str, Any],
    device: torch.device,
    progress: Progress,
) -> dict[str, str]:
    choice, classes = job.scoring.segmentation, job.card.train_classes
    if choice is None:
        return {SEMANTICS: f"protocol {job.protocol.name!r} names no segmenter for {job.card.name}"}
    view = View.of(choice)
    try:
        segmenter = open_segmenter(view, job.card, device)
    except segmenters.SegmenterError as error:
        return {SEMANTICS: str(error)}
    reader = Reader(view, segmenter, device)
    target, count = folder / SEMANTICS, job.images_per_layout
    network = {"segmenter": choice.segmenter, "segmenter_sha256": reader.sha256}
    start_over_unless(target, folder / f"{SEMANTICS}.json", {**made_from, **network})
    palette = [label.color for label in classes]
    asks_native = "native" in (view.input_size, choice.truth_size)
    for index, key in enumerate(samples.keys):
        files = (image_paths(folder / place, key, count) for place in (IMAGES, SEMANTICS))
        for source, path in zip(*files, strict=True):
            if not path.exists():
                natives = [_sides(samples.layout(index))] if asks_native else []
                photo = images.decode_photo(source)[None]
                with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
                    ((labels,),) = reader.read(photo, [choice.truth_size], natives)
                images.save_label_png(path, labels, palette)
        progress("semantics", index + 1, len(samples))
    return {}


def _sides(layout: Tensor) -> tuple[int, int]:
    return layout.shape[0], layout.shape[1]
