"""What is done to every corner of a world at once: turning and moving bodies, welding.

Compiled: with arrays alone, every step would walk all corners again. The arithmetic is float32 in the order that is
written, so that a corner lands in the same place on every machine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown.shading._compile import entry

Floats = NDArray[np.float32]


@entry
def carry(
    corners: Floats, normals: Floats, which: NDArray[np.int64], start: Floats, turn: Floats, end: Floats
) -> tuple[Floats, Floats]:
    """Turn bodies about the vertical axis through one point, and move that point to another.

    Args:
        corners: Of n triangles, (n, 3, 3).
        normals: At the corners, (n, 3, 3).
        which: Body of each triangle, (n,).
        start: The points of k bodies, (k, 3).
        turn: Cosines and sines, (k, 2).
        end: Where the points go, (k, 3).

    Returns:
        Corners and normals, (n, 3, 3) each.
    """
    moved, turned = np.empty_like(corners), np.empty_like(normals)
    for i in range(len(corners)):
        body = which[i]
        cosine, sine = turn[body, 0], turn[body, 1]
        for j in range(3):
            x, y = corners[i, j, 0] - start[body, 0], corners[i, j, 1] - start[body, 1]
            moved[i, j, 0] = x * cosine - y * sine + end[body, 0]
            moved[i, j, 1] = x * sine + y * cosine + end[body, 1]
            moved[i, j, 2] = corners[i, j, 2] - start[body, 2] + end[body, 2]
            x, y = normals[i, j, 0], normals[i, j, 1]
            turned[i, j, 0] = x * cosine - y * sine
            turned[i, j, 1] = x * sine + y * cosine
            turned[i, j, 2] = normals[i, j, 2]
    return moved, turned


@entry
def weld(corners: Floats) -> tuple[Floats, NDArray[np.int32]]:
    """Find the corners that triangles share, bit by bit: the ray tracer takes them one after another, slowly.

    Args:
        corners: Of n triangles, (n, 3, 3).

    Returns:
        Different corners, (k, 3), and where each corner of the triangles is among them, (n, 3).
    """
    count = 3 * len(corners)
    points = corners.reshape(count, 3)
    bits = points.view(np.int32)
    size = 1
    while size < 2 * count:
        size *= 2
    table = np.full(size, -1, np.int32)  # open addressing: the number of a kept corner, or -1
    kept = np.empty(count, np.int32)
    index = np.empty(count, np.int32)
    found = 0
    for i in range(count):
        mixed = np.int64(bits[i, 0]) * 73856093 ^ np.int64(bits[i, 1]) * 19349663 ^ np.int64(bits[i, 2]) * 83492791
        mixed = (mixed ^ mixed >> 17) * 0x9E3779B1
        slot = (mixed ^ mixed >> 15) & (size - 1)
        while table[slot] >= 0:
            other = kept[table[slot]]
            if bits[other, 0] == bits[i, 0] and bits[other, 1] == bits[i, 1] and bits[other, 2] == bits[i, 2]:
                break
            slot = (slot + 1) & (size - 1)
        if table[slot] < 0:
            table[slot] = found
            kept[found] = i
            found += 1
        index[i] = table[slot]
    return points[kept[:found]], index.reshape(-1, 3)
