"""From a name to a network that is ready to label images."""

from __future__ import annotations

from pathlib import Path

from segmenters._base import Segmenter
from segmenters._errors import SegmenterError
from segmenters._registry import build, info, split
from segmenters._weights import find_file, load

CITYSCAPES_CLASSES = 19
"""Train ids of Cityscapes, the label space of most segmenters of this field."""

DEFAULT = "default"
"""Name of the first reading of any architecture."""


def create(
    name: str,
    num_classes: int | None = None,
    weights: Path | None = None,
    *,
    input_scale: float | None = None,
    reading: str = DEFAULT,
) -> Segmenter:
    """Create a segmenter, on the CPU and in evaluation mode.

    Args:
        name: "arch" for untrained weights (or those of a file), "arch.tag" for known ones.
        num_classes: Classes of the label maps. None: those of the tag, else 19 (Cityscapes train ids).
        weights: A file to load instead of looking for the known one: a bare state dict, .safetensors or .pth.
        input_scale: Factor by which images are resized before the network. None: that of the tag, else 1.
        reading: How images are read, one of `info(name).readings`; "default" is the first of them.

    Raises:
        SegmenterError: Unknown name or reading, damaged file, or a state of another network or number of classes.
        WeightsMissing: The known weights are not on this machine; the message says where to put them.
    """
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
    if reading not in (DEFAULT, *readings):
        raise SegmenterError(f"{arch} has no reading {reading!r}; it has {', '.join(readings)}. Name one of them.")
    segmenter = build(arch, num_classes, input_scale)
    segmenter.reading = readings[0] if reading == DEFAULT else reading
    if weights is not None:
        load(segmenter, weights)
    elif known is not None:
        load(segmenter, find_file(arch, known), known.sha256)
    return segmenter.eval()


def find(name: str) -> Path:
    """Return the file of known weights, "arch.tag", without loading it.

    Raises:
        SegmenterError: Unknown name, or one without a tag.
        WeightsMissing: The file is not on this machine; the message says where to put it.
    """
    arch, known = split(name)
    if known is None:
        raise SegmenterError(f"{name!r} names an architecture, not weights; expected 'arch.tag'. See segmenters.info.")
    return find_file(arch, known)
