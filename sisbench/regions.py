"""Which region of a photo is painted, where a training or an evaluation of editing draws it.

Nothing is published of the regions that editing methods were trained and scored with, so the schemes are ours. Their
names are never reused. `objects-v1`: with even odds

- the bounding box of an object, enlarged by a quarter of its height and width on each side (an object to be added or
  changed, with what surrounds it), or
- a rectangle anywhere, its sides between 1/8 and 1/2 of the image's (mostly background, as where objects are erased).

An object is what has one label and one instance id (of data sets without instances: one label), in a bounding box of
at least 1/256 of the image and at most half its height and width. An image without any gets the rectangle.

`four-objects-v1` is the union of four such regions: short trainings learn from every painted pixel, and one region is a
tenth of an image or less.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from sisbench.card import Card

OBJECTS, FOUR_OBJECTS = "objects-v1", "four-objects-v1"
SCHEMES = (OBJECTS, FOUR_OBJECTS)

_LEAST = 256
"""An object's bounding box is at least this part of the image."""

Box = tuple[int, int, int, int]
"""Top, left, bottom, right; the latter two are the first row and column behind it."""


def draw(scheme: str, layout: Tensor, instance: Tensor | None, *seed: object) -> Tensor:
    """Draw a region.

    Args:
        scheme: Of `SCHEMES`.
        layout: Label ids, integers (H, W).
        instance: Instance ids, integers (H, W), where there are any.
        *seed: What the draw depends on besides the maps, and on nothing else.

    Returns:
        bool (H, W), with at least one pixel.

    Raises:
        ValueError: No such scheme (a programming error).
    """
    if scheme not in SCHEMES:
        raise ValueError(f"no regions are called {scheme!r}; there are {', '.join(SCHEMES)}")
    if scheme == FOUR_OBJECTS:
        return torch.stack([draw(OBJECTS, layout, instance, *seed, number) for number in range(4)]).any(0)
    height, width = layout.shape
    kind, *rest = _uniform(6, scheme, *seed)
    boxes = boxes_of_objects(layout, instance) if kind < 0.5 else []
    if boxes:
        top, left, bottom, right = boxes[int(rest[0] * len(boxes))]
        down, across = (bottom - top) // 4, (right - left) // 4
        top, left, bottom, right = top - down, left - across, bottom + down, right + across
    else:
        rows, columns = (max(1, round(n * (1 + 3 * u) / 8)) for n, u in ((height, rest[1]), (width, rest[2])))
        top, left = int(rest[3] * (height - rows + 1)), int(rest[4] * (width - columns + 1))
        bottom, right = top + rows, left + columns
    region = torch.zeros(height, width, dtype=torch.bool)
    region[max(0, top) : bottom, max(0, left) : right] = True
    return region


def of_sample(scheme: str, key: str, layout: Tensor, instance: Tensor | None, card: Card) -> Tensor:
    """Return the region of an evaluated sample, bool (H, W); it depends on the sample and on nothing else.

    Instance maps that a data set may have or lack (`card.instances` is False) do not count.
    """
    return draw(scheme, layout, instance if card.instances else None, "evaluate", key)


def boxes_of_objects(layout: Tensor, instance: Tensor | None) -> list[Box]:
    """Return the bounding boxes of what counts as an object, by label, then instance id."""
    height, width = layout.shape
    codes = layout.long() if instance is None else layout.long() * 2**32 + instance.long()
    _, numbers = np.unique(codes.numpy(), return_inverse=True)
    boxes = []
    for rows, columns in ndimage.find_objects(numbers.reshape(height, width) + 1):
        tall, wide = rows.stop - rows.start, columns.stop - columns.start
        if tall <= height / 2 and wide <= width / 2 and _LEAST * tall * wide >= height * width:
            boxes.append((rows.start, columns.start, rows.stop, columns.stop))
    return boxes


def _uniform(count: int, *seed: object) -> list[float]:
    """Return numbers in [0, 1), the same on every machine and in every version."""
    text = "\0".join(map(str, seed))
    digest = hashlib.blake2b(text.encode(), digest_size=8 * count).digest()
    return [int.from_bytes(digest[8 * i : 8 * i + 8], "little") / 2**64 for i in range(count)]
