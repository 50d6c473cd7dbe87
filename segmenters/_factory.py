"""From a name to a network that is ready to label images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from segmenters import _mmseg
from segmenters._base import Segmenter
from segmenters._errors import SegmenterError
from segmenters._families import Family, family_of
from segmenters._registry import DEFAULT, build, check_reading, info, split
from segmenters._weights import find_files, load

CITYSCAPES_CLASSES = 19
"""Train ids of Cityscapes, the label space of most segmenters of this field."""


def create(
    name: str,
    num_classes: int | None = None,
    weights: Path | Sequence[Path] | None = None,
    *,
    input_scale: float | None = None,
    reading: str = DEFAULT,
) -> Segmenter:
    """Create a segmenter, on the CPU and in evaluation mode.

    Args:
        name: "arch" for untrained weights (or those of a file), "arch.tag" for known ones; "mmseg:CONFIG" for a model
            of mmsegmentation, with the path of its configuration or the name of one that the package brings; or a
            prefix of `segmenters.families` and what it opens.
        num_classes: Classes of the label maps. None: those of the tag or configuration, else 19 (Cityscapes train ids).
        weights: A file to load instead of looking for the known one: a state dict, bare or as the "state_dict" of a
            checkpoint, .safetensors or .pth. Where a release has a file for each part (encoder and decoder of UPerNet):
            their folder, one of them, or both.
        input_scale: Factor by which images are resized before the network. None: that of the tag, else 1.
        reading: How images are read, one of `info(name).readings`; "default" is the first of them.

    Raises:
        SegmenterError: Unknown name or reading, damaged file, or a state of another network or number of classes.
        WeightsMissing: The known weights are not on this machine; the message says where to put them.
    """
    if _mmseg.handles(name):
        return _mmseg.create(name, num_classes, weights, input_scale, reading)
    if (family := family_of(name)) is not None:
        return _member(family, name, num_classes, weights, input_scale, reading)
    arch, known = split(name)
    if known is not None and num_classes not in (None, known.num_classes):
        raise SegmenterError(
            f"{name} tells {known.num_classes} classes apart ({known.label_space}), not {num_classes}. "
            f"Leave num_classes out, or create {arch!r} with a file of your own."
        )
    if num_classes is None:
        num_classes = known.num_classes if known else CITYSCAPES_CLASSES
    if input_scale is None:
        input_scale = known.input_scale if known else 1.0
    readings = info(name).readings
    check_reading(name, reading, readings)
    segmenter = build(arch, num_classes, input_scale)
    segmenter.reading = readings[0] if reading == DEFAULT else reading
    if weights is not None:
        load(segmenter, weights, arch)
    elif known is not None:
        load(segmenter, find_files(arch, known), arch, known.sha256)
    return segmenter.eval()


def find(name: str) -> Path:
    """Return the file of known weights, "arch.tag", without loading it; of several files, the first.

    Raises:
        SegmenterError: Unknown name, or one without a tag.
        WeightsMissing: The file is not on this machine; the message says where to put it.
    """
    arch, known = split(name)
    if known is None:
        raise SegmenterError(f"{name!r} names an architecture, not weights; expected 'arch.tag'. See segmenters.info.")
    return find_files(arch, known)[0]


def _member(
    family: Family,
    name: str,
    num_classes: int | None,
    weights: Path | Sequence[Path] | None,
    input_scale: float | None,
    reading: str,
) -> Segmenter:
    """Open a segmenter of a family.

    Raises:
        SegmenterError: It cannot be opened, or is asked for classes, weights, a scale or a reading that it does not
            have.
    """
    if weights is not None:
        raise SegmenterError(f"{name} names its own weights; others were given with it. Leave them out.")
    found = family.opener(name.removeprefix(family.prefix))
    if num_classes not in (None, found.num_classes):
        raise SegmenterError(f"{name} tells {found.num_classes} classes apart, not {num_classes}. Name no number.")
    if input_scale not in (None, found.input_scale) or reading not in (DEFAULT, *found.readings):
        raise SegmenterError(
            f"{name} reads images at their size and in one way; an input_scale of {input_scale} and the reading "
            f"{reading!r} are not offered. Leave both out."
        )
    return found.eval()
