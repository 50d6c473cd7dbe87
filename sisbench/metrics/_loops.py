"""Loops over pixels that array operations would make a dozen times, compiled by numba: one reading, in the cache.

Equal to rounding, in float64, to the array operations that stand in for them on accelerators (`ssim`, `lbp`, `psnr`,
`sd`, `crossview_pixels`), and in every count (`miou`). Compiled for the machine at the first use and kept beside this
file, or in the user's cache; where neither can be written, compiled once a process. They let other threads run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from sisbench.card import IGNORED

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function at its first use; no fast-math, so sums have one order and results one value."""
    try:
        found: F = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder for the cache can be written
        found = numba.njit(nogil=True)(function)
    return found


@compiled
def mean_ssim(x: NDArray[Any], y: NDArray[Any], w: NDArray[np.float64], c1: float, c2: float) -> float:
    """Mean SSIM of two planes over the places of an 11x11 window inside them.

    A row of the image is smoothed along itself into a ring of eleven; from the ring follows one row of the result.

    Args:
        x: Plane (H, W), at least 11x11, on the scale 0..255.
        y: Plane of the same shape.
        w: The window along one axis, symmetric, float64 (11,).
        c1: The formula's first constant.
        c2: Its second.
    """
    height, width = x.shape
    columns = width - 10
    rows = np.empty((4, width))
    ring = np.empty((4, 11, columns))
    moments = np.empty((4, columns))
    w0, w1, w2, w3, w4, w5 = w[0], w[1], w[2], w[3], w[4], w[5]
    total = 0.0
    for i in range(height):
        for j in range(width):
            a, b = float(x[i, j]), float(y[i, j])
            rows[0, j] = a
            rows[1, j] = b
            rows[2, j] = a * b
            rows[3, j] = a * a + b * b
        for q in range(4):
            r, t = rows[q], ring[q, i % 11]
            for j in range(columns):
                t[j] = (
                    w0 * (r[j] + r[j + 10])
                    + w1 * (r[j + 1] + r[j + 9])
                    + w2 * (r[j + 2] + r[j + 8])
                    + w3 * (r[j + 3] + r[j + 7])
                    + w4 * (r[j + 4] + r[j + 6])
                    + w5 * r[j + 5]
                )
        if i < 10:
            continue
        k = i + 1  # row of the ring that is the oldest
        for q in range(4):
            g, m = ring[q], moments[q]
            r0, r1, r2, r3 = g[k % 11], g[(k + 1) % 11], g[(k + 2) % 11], g[(k + 3) % 11]
            r4, r5, r6, r7 = g[(k + 4) % 11], g[(k + 5) % 11], g[(k + 6) % 11], g[(k + 7) % 11]
            r8, r9, r10 = g[(k + 8) % 11], g[(k + 9) % 11], g[(k + 10) % 11]
            for j in range(columns):
                m[j] = (
                    w0 * (r0[j] + r10[j])
                    + w1 * (r1[j] + r9[j])
                    + w2 * (r2[j] + r8[j])
                    + w3 * (r3[j] + r7[j])
                    + w4 * (r4[j] + r6[j])
                    + w5 * r5[j]
                )
        for j in range(columns):
            mx, my, xy, squares = moments[0, j], moments[1, j], moments[2, j], moments[3, j]
            product, power = mx * my, mx * mx + my * my
            moments[0, j] = (2 * product + c1) * (2 * (xy - product) + c2) / ((power + c1) * (squares - power + c2))
        row = 0.0
        for j in range(columns):
            row += moments[0, j]
        total += row
    return float(total / ((height - 10) * columns))


@compiled
def patterns(
    image: NDArray[np.uint8],
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    basic: NDArray[np.uint8],
    circle: NDArray[np.uint8],
) -> None:
    """Compute local binary patterns of gray values.

    Args:
        image: Gray values (H, W), at least 3x3.
        rows: Of the two rows between which a diagonal neighbour lies, the weight of the lower one: float64 (2, H - 2),
            for neighbours above and below.
        columns: Likewise of the right one of two columns: (2, W - 2), for neighbours to the left and to the right.
        basic: Where the patterns with the eight neighbours go, (H - 2, W - 2); bits as in `lbp.OFFSETS`.
        circle: Where those go whose diagonal neighbours are interpolated on the unit circle.
    """
    height, width = image.shape
    for i in range(height - 2):
        above, below = rows[0, i], rows[1, i]
        for j in range(width - 2):
            left, right = columns[0, j], columns[1, j]
            nw, n, ne = image[i, j], image[i, j + 1], image[i, j + 2]
            w, c, e = image[i + 1, j], image[i + 1, j + 1], image[i + 1, j + 2]
            sw, s, se = image[i + 2, j], image[i + 2, j + 1], image[i + 2, j + 2]
            straight = (e >= c) | (n >= c) << 2 | (w >= c) << 4 | (s >= c) << 6
            basic[i, j] = straight | (ne >= c) << 1 | (nw >= c) << 3 | (sw >= c) << 5 | (se >= c) << 7
            # Along rows first, then along columns, as scikit-image does it: rounding decides between equals.
            n_right, n_left = (1 - right) * n + right * ne, (1 - left) * nw + left * n
            c_right, c_left = (1 - right) * c + right * e, (1 - left) * w + left * c
            s_right, s_left = (1 - right) * s + right * se, (1 - left) * sw + left * s
            circle[i, j] = (
                straight
                | ((1 - above) * n_right + above * c_right >= c) << 1
                | ((1 - above) * n_left + above * c_left >= c) << 3
                | ((1 - below) * c_left + below * s_left >= c) << 5
                | ((1 - below) * c_right + below * s_right >= c) << 7
            )


@compiled
def squared_error(x: NDArray[np.uint8], y: NDArray[np.uint8]) -> int:
    """Sum of squared differences of two flat arrays of bytes, exact."""
    total = np.int64(0)
    for i in range(len(x)):
        difference = np.int32(x[i]) - np.int32(y[i])  # a byte alone would wrap
        total += np.int64(difference * difference)
    return int(total)


@compiled
def sharpness_error(x: NDArray[np.uint8], y: NDArray[np.uint8], together: bool) -> int:
    """Sum of absolute differences between the absolute gradients of two images, exact.

    Args:
        x: Bytes (3, H, W), at least 2x2.
        y: Bytes of the same shape.
        together: Whether the gradients to the left and to the upper neighbour are added before they are compared, as
            in `sd`, or compared each on its own, as in `crossview_pixels`.
    """
    total = np.int64(0)
    for channel in range(x.shape[0]):
        for i in range(1, x.shape[1]):
            for j in range(1, x.shape[2]):
                a, b = np.int32(x[channel, i, j]), np.int32(y[channel, i, j])
                left = abs(a - np.int32(x[channel, i, j - 1])) - abs(b - np.int32(y[channel, i, j - 1]))
                upper = abs(a - np.int32(x[channel, i - 1, j])) - abs(b - np.int32(y[channel, i - 1, j]))
                total += np.int64(abs(left + upper) if together else abs(left) + abs(upper))
    return int(total)


@compiled
def pair_counts(
    predicted: NDArray[np.integer[Any]], truth: NDArray[np.integer[Any]], counts: NDArray[np.int64]
) -> bool:
    """Add the pixels of one image to a confusion matrix.

    Neighbours in a label map are mostly alike, so pixels are counted run by run: there is less to write than to read.

    Args:
        predicted: Flat array of classes.
        truth: Flat array of classes, or `IGNORED` for pixels that do not count.
        counts: Rows are true classes, columns predicted ones, (C, C); nothing is added to it in case of an error.

    Returns:
        Whether all classes are in range, those predicted where the truth is ignored included.
    """
    size, classes = len(truth), counts.shape[0]
    if size == 0:
        return True
    table = np.zeros((classes + 1, classes), dtype=np.int64)  # the last row is of ignored pixels
    start, guess, label = 0, predicted[0], truth[0]
    for i in range(1, size + 1):
        if i < size and predicted[i] == guess and truth[i] == label:
            continue
        row = classes if label == IGNORED else int(label)
        if guess < 0 or guess >= classes or row < 0 or row > classes or (row == classes and label != IGNORED):
            return False
        table[row, guess] += i - start
        if i < size:
            start, guess, label = i, predicted[i], truth[i]
    counts += table[:classes]
    return True
