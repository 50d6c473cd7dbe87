"""Where one sample per pixel is not enough."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown.shading._compile import entry, shader

Floats = NDArray[np.float32]

CONTRAST = 0.35
"""Difference of the logarithm of luminance, between neighbours, that counts as an edge."""


@shader
def _differ(
    part: NDArray[np.int32], planes: Floats, bright: NDArray[np.float64], y: int, x: int, v: int, u: int
) -> bool:
    if part[y, x] != part[v, u] or abs(bright[y, x] - bright[v, u]) > CONTRAST:
        return True
    same = planes[y, x, 0] * planes[v, u, 0] + planes[y, x, 1] * planes[v, u, 1] + planes[y, x, 2] * planes[v, u, 2]
    return part[y, x] >= 0 and bool(same < 0.8)


@entry
def edges(part: NDArray[np.int32], planes: Floats, color: Floats) -> NDArray[np.bool_]:
    """Mark pixels whose right or lower neighbour shows another part, another plane or another brightness.

    Args:
        part: Part of the mesh, -1 for the sky, (H, W).
        planes: Normals, (H, W, 3).
        color: Linear radiance, (H, W, 3).

    Returns:
        Both pixels of every such pair, bool (H, W).
    """
    height, width = part.shape
    bright = np.empty((height, width))
    for y in range(height):
        for x in range(width):
            bright[y, x] = math.log((color[y, x, 0] + color[y, x, 1] + color[y, x, 2]) / 3 + 0.03)
    out = np.zeros((height, width), np.bool_)
    for y in range(height):
        for x in range(width):
            if x + 1 < width and _differ(part, planes, bright, y, x, y, x + 1):
                out[y, x] = out[y, x + 1] = True
            if y + 1 < height and _differ(part, planes, bright, y, x, y + 1, x):
                out[y, x] = out[y + 1, x] = True
    return out
