"""The one loop of the position descriptor that array operations would make many times over, compiled by numba.

Compiled for the machine at its first use and kept beside this file, or in the user's cache; where neither can be
written, compiled once a process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function at its first use."""
    try:
        found: F = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder for the cache can be written
        found = numba.njit(nogil=True)(function)
    return found


@compiled
def count_bins(
    bins: NDArray[np.uint8],
    pixels: NDArray[np.int64],
    contour: NDArray[np.int64],
    rows: NDArray[np.int64],
    counts: NDArray[np.integer],
) -> None:
    """Count for every pixel of an instance how many of its contour's pixels lie in which bin.

    Contour pixels that follow each other often have one bin, and an addition waits for the one before to the same
    place: so they are counted in four places by turns.

    Args:
        bins: Bin of every offset, flattened; below 128.
        pixels: Place in `bins` of each pixel's offset from the origin, (P,).
        contour: What a contour pixel takes off that place, (C,).
        rows: Row of `counts` that each pixel has, (P,).
        counts: Receives the counts, (at least P, K): bins from K on are dropped.
    """
    first, second = np.zeros(128, np.int32), np.zeros(128, np.int32)
    third, fourth = np.zeros(128, np.int32), np.zeros(128, np.int32)
    n = len(contour)
    by_turns = n // 4 * 4
    for i in range(len(pixels)):
        place = pixels[i]
        first[:] = 0
        second[:] = 0
        third[:] = 0
        fourth[:] = 0
        for j in range(0, by_turns, 4):
            first[bins[place - contour[j]]] += 1
            second[bins[place - contour[j + 1]]] += 1
            third[bins[place - contour[j + 2]]] += 1
            fourth[bins[place - contour[j + 3]]] += 1
        for j in range(by_turns, n):
            first[bins[place - contour[j]]] += 1
        row = counts[rows[i]]
        for k in range(len(row)):
            row[k] = first[k] + second[k] + third[k] + fourth[k]


@compiled
def fill_shares(pixels: NDArray[np.int64], counts: NDArray[np.integer], found: NDArray[np.float32]) -> None:
    """Write counts over their sums, where these are not 0.

    Args:
        pixels: Row of `found` that each row of counts has, (P,).
        counts: (P, K).
        found: Receives the shares, (at least P, K); zeros.
    """
    for i in range(len(pixels)):
        counted, row = counts[i], found[pixels[i]]
        total = 0
        for k in range(len(counted)):
            total += counted[k]
        if total:
            whole = np.float32(total)
            for k in range(len(counted)):
                row[k] = np.float32(counted[k]) / whole
