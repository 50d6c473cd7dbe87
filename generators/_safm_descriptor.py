"""SAFM's shape-aware position descriptor: where in its instance a pixel lies, seen from the instance's contour.

For every pixel p of an instance, the pixels of the contour are counted by distance (six rings, logarithmic, relative to
the largest distance in the instance) and by direction (twelve sectors); the 72 counts are divided by their sum. An
instance is all pixels of one id, connected or not. Its contour are the pixels with one of four neighbours in the
outside: the background that is connected with the frame of the image, which itself counts as outside. So the border
of a hole is no contour, and neither is anything that lies in a hole.

The official code compares all pixels with all contour pixels in floating point, on a GPU. A bin depends on the
difference p - c alone, and on the instance through its largest distance. So the bins of all differences of an
instance's box are tabulated (sectors by comparing integers, once for every image size; rings by the official formula
in float32, once for every square of a distance), and what is left for every pair is one look-up. Counts are equal.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

RINGS, SECTORS = 6, 12
CHANNELS = RINGS * SECTORS
"""Channel 12 * ring + sector; ring 0 is the farthest, sector 0 begins where p is left of c and goes on to below."""

EDGES = np.array([0.12499999, 0.21763764, 0.37892914, 0.6597539, 1.1486983, 2.0], np.float32)
"""Largest distances of the rings, from the nearest on, in halves of the largest in the instance: six numbers at equal
ratios from 1/8 to 2, as torch gives them in float32. The first is below 1/8: a distance of 1/16 is in the next ring."""


class Counts(NamedTuple):
    """What was counted of an instance map; all else is zero.

    Attributes:
        pixels: Places of the pixels that have an instance, in the flattened map, ascending, (P,).
        counts: Their contour pixels by bin, (P, 72).
    """

    pixels: NDArray[np.int64]
    counts: NDArray[np.integer]

    def descriptor(self, size: tuple[int, int]) -> NDArray[np.float32]:
        """Return the counts over their sums, float32 (72, H, W), channels last in memory."""
        found = np.zeros((size[0] * size[1], CHANNELS), np.float32)
        self.fill(found)
        return found.reshape(*size, CHANNELS).transpose(2, 0, 1)

    def fill(self, found: NDArray[np.float32]) -> None:
        """Write the counts over their sums into a descriptor, (H * W, 72), of zeros."""
        from generators._safm_loops import fill_shares  # compiles, which only this needs

        fill_shares(self.pixels, self.counts, found)


def owned(ids: NDArray[np.int64], first: int) -> NDArray[np.int64]:
    """Return the places in the flattened map, (H, W), of pixels that have an instance: an id of `first` or more."""
    return np.flatnonzero(ids >= first)


def count(ids: NDArray[np.int64], first: int = 1) -> Counts:
    """Count the contour's pixels in every bin of every pixel.

    Args:
        ids: Instance ids, (H, W); ids below `first` are no instances.
        first: Smallest id of an instance, at least 1: 1000 on Cityscapes, whose smaller ids are labels.
    """
    if first < 1:
        raise ValueError(f"0 is the id of no instance; the smallest is at least 1, got {first}")
    pixels = owned(ids, first)
    owners = ids.ravel()[pixels]
    values = np.unique(owners)
    numbers = np.searchsorted(values, owners)
    numbered, rows = np.zeros(ids.shape, np.int64), np.zeros(ids.shape, np.int64)
    numbered.ravel()[pixels] = numbers + 1
    rows.ravel()[pixels] = np.arange(len(pixels))  # places among the pixels that have an instance
    largest = np.bincount(numbers).max(initial=0)  # no count is larger
    counts = np.empty((len(pixels), CHANNELS), np.uint16 if largest <= np.iinfo(np.uint16).max else np.int32)
    for number, box in enumerate(ndimage.find_objects(numbered, len(values)), start=1):
        mask = numbered[box] == number
        count_instance(mask, ids.shape, rows[box][mask], counts)
    return Counts(pixels, counts)


def count_instance(
    mask: NDArray[np.bool_], size: tuple[int, ...], rows: NDArray[np.int64], counts: NDArray[np.integer]
) -> None:
    """Count the contour's pixels in every bin of every pixel of an instance.

    Args:
        mask: Its pixels, (h, w).
        size: Height and width of the image, at least those of the mask.
        rows: Row of `counts` of each pixel, row by row of the mask, (P,).
        counts: Receives the counts, (at least P, 72).
    """
    from generators._safm_loops import count_bins  # compiles, which only this needs

    (height, width), wide = mask.shape, 2 * mask.shape[1] - 1
    rings = rings_of(largest_square(mask), (height - 1) ** 2 + (width - 1) ** 2)
    sectors, squares = offsets(size[0], size[1])
    window = (slice(size[0] - height, size[0] + height - 1), slice(size[1] - width, size[1] + width - 1))
    bins = rings[squares[window]] + sectors[window]
    y, x = mask.nonzero()
    contour_y, contour_x = outer_contour(mask).nonzero()
    places, shifts = (y + height - 1) * wide + x + width - 1, contour_y * wide + contour_x
    count_bins(bins.ravel(), places, shifts, rows, counts)


def outer_contour(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels of a mask, (H, W), that border on the outside: the background around it, the frame included."""
    parts, _ = ndimage.label(np.pad(~mask, 1, constant_values=True))
    outside = parts == parts[0, 0]
    beside = outside[:-2, 1:-1] | outside[2:, 1:-1] | outside[1:-1, :-2] | outside[1:-1, 2:]
    found: NDArray[np.bool_] = mask & beside
    return found


def largest_square(mask: NDArray[np.bool_]) -> int:
    """Return the square of the largest distance of two pixels of a mask, which are first or last of their rows."""
    rows = np.flatnonzero(mask.any(axis=1))
    first, last = mask[rows].argmax(axis=1), mask.shape[1] - 1 - mask[rows, ::-1].argmax(axis=1)
    y, x = np.concatenate((rows, rows)), np.concatenate((first, last))
    return int((np.subtract.outer(y, y) ** 2 + np.subtract.outer(x, x) ** 2).max())


def rings_of(largest: int, upto: int) -> NDArray[np.uint8]:
    """Return the first bin of the ring of every square of a distance.

    The official formula in its own precision: a ring is told by the number of edges that 2 * r / max r does not pass.

    Args:
        largest: Square of the largest distance in the instance; of 0, which divides 0 by 0, nothing has a ring.
        upto: The last square to tabulate.

    Returns:
        uint8, (upto + 1,): 0, 12, ... 60 from the farthest ring to the nearest, 72 for none.
    """
    if not largest:
        return np.full(upto + 1, CHANNELS, np.uint8)
    r = np.sqrt(np.arange(upto + 1, dtype=np.float32))
    # ascending distances: where each edge is passed says it for all of them
    passed = np.searchsorted(2 * r / np.sqrt(np.float32(largest)), EDGES, side="right")
    rings = np.full(upto + 1, CHANNELS, np.uint8)
    for edge in reversed(range(RINGS)):
        rings[: passed[edge]] = (RINGS - 1 - edge) * SECTORS
    return rings


@functools.lru_cache(maxsize=4)
def offsets(height: int, width: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return sector and squared length of every difference p - c of two pixels of an image.

    Angles are counted from "p is left of c" over "below": sector k begins at 30 k degrees and holds its beginning. Two
    equal pixels are in the sector of "right", as atan2(0, -0) is pi.

    Returns:
        Sectors 0 to 11, uint8, and squares, each (2 * H - 1, 2 * W - 1); the pair of equal pixels is in the middle.
    """
    dy, dx = np.ogrid[1 - height : height, 1 - width : width]
    below, left = np.broadcast_arrays(dy, -dx)
    quadrants = [(left > 0) & (below >= 0), (left <= 0) & (below > 0), (left < 0) & (below <= 0)]
    quadrants.append((left >= 0) & (below < 0))
    sectors = np.full(below.shape, 6, np.uint8)
    for number, where in enumerate(quadrants):
        a, b = (left, below) if number % 2 == 0 else (below, left)  # squares do not see the signs
        a, b = a[where] ** 2, b[where] ** 2
        sectors[where] = 3 * number + (3 * b >= a) + (b >= 3 * a)
    return sectors, dy**2 + dx**2
