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
    bins: NDArray[np.uint8], pixels: NDArray[np.int64], contour: NDArray[np.int64], counts: NDArray[np.int32]
) -> None:
    """Count for every pixel of an instance how many of its contour's pixels lie in which bin.

    Args:
        bins: Bin of every offset, flattened.
        pixels: Place in `bins` of each pixel's offset from the origin, (P,).
        contour: What a contour pixel takes off that place, (C,).
        counts: Receives the counts, (P, number of bins); zeros.
    """
    for i in range(len(pixels)):
        place, row = pixels[i], counts[i]
        for j in range(len(contour)):
            row[bins[place - contour[j]]] += 1
