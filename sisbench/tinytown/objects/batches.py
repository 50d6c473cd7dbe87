"""Many simple bodies as one surface: what would be thousands of calls is a few array operations.

All functions return `(triangles, normals)`, float32 (n, 3, 3), as `sisbench.tinytown.shapes` does. Arrays are made by
additions, multiplications and square roots alone, which every processor rounds alike.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.shapes import Array, Surface

Floats = NDArray[np.float64]

_SIDES = (0, 1, 2, 3)  # faces of `_faces` that are walls


@functools.cache
def _faces() -> Array:
    """The unit cube's faces, float32 (6, 4, 3): front (-y), right, back, left, top, bottom."""
    corners = [
        [(0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 1)],
        [(1, 0, 0), (1, 1, 0), (1, 1, 1), (1, 0, 1)],
        [(1, 1, 0), (0, 1, 0), (0, 1, 1), (1, 1, 1)],
        [(0, 1, 0), (0, 0, 0), (0, 0, 1), (0, 1, 1)],
        [(0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 1)],
        [(0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 0)],
    ]
    return np.array(corners, np.float32)


def join(surfaces: Sequence[Surface]) -> Surface:
    """Several surfaces as one."""
    return np.concatenate([s[0] for s in surfaces]), np.concatenate([s[1] for s in surfaces])


def boxes(low: ArrayLike, high: ArrayLike) -> Surface:
    """Boxes without undersides, between their lowest and highest corners, (n, 3) each."""
    return _blocks(low, high, (*_SIDES, 4))


def walls(low: ArrayLike, high: ArrayLike) -> Surface:
    """The four walls of boxes, between their lowest and highest corners, (n, 3) each."""
    return _blocks(low, high, _SIDES)


def lids(low: ArrayLike, high: ArrayLike) -> Surface:
    """The tops of boxes, between their lowest and highest corners, (n, 3) each."""
    return _blocks(low, high, (4,))


def _blocks(low: ArrayLike, high: ArrayLike, faces: tuple[int, ...]) -> Surface:
    a, b = np.asarray(low, np.float32).reshape(-1, 1, 1, 3), np.asarray(high, np.float32).reshape(-1, 1, 1, 3)
    return shapes.quads((a + (b - a) * _faces()[list(faces)]).reshape(-1, 4, 3))


def cubes(centers: ArrayLike, sizes: ArrayLike) -> Surface:
    """Whole boxes around their centres, (n, 3) each; one size serves for all."""
    c, s = np.asarray(centers, np.float32).reshape(-1, 3), np.asarray(sizes, np.float32)
    return _blocks(c - s / 2, c + s / 2, (*_SIDES, 4, 5))


def bars(
    starts: ArrayLike, ends: ArrayLike, radii: ArrayLike, tips: ArrayLike | None = None, sections: int = 5
) -> Surface:
    """Round bars without ends, smooth around.

    Args:
        starts: Where they begin, (n, 3).
        ends: Where they end, (n, 3); no bar may have length 0.
        radii: At their starts, (n,) or one for all.
        tips: Radii at their ends; None: the same.
        sections: Sides of each.
    """
    a, b = np.asarray(starts, np.float64).reshape(-1, 3), np.asarray(ends, np.float64).reshape(-1, 3)
    first = np.broadcast_to(np.asarray(radii, np.float64), len(a))[:, None, None]
    last = first if tips is None else np.broadcast_to(np.asarray(tips, np.float64), len(a))[:, None, None]
    d = unit(b - a)
    side = np.where(np.abs(d[:, :1]) < 0.7, np.array([[1.0, 0, 0]]), np.array([[0, 1.0, 0]]))
    u = unit(cross(d, side))
    v = cross(d, u)
    around = [(math.cos(2 * math.pi * k / sections), math.sin(2 * math.pi * k / sections)) for k in range(sections)]
    out = np.stack([c * u + s * v for c, s in around], 1)  # (n, sections, 3)
    low, high = a[:, None] + out * first, b[:, None] + out * last
    turned = np.roll(out, -1, 1)
    corners = np.stack([low, np.roll(low, -1, 1), np.roll(high, -1, 1), high], 2)
    normals = np.stack([out, turned, turned, out], 2)
    return _split(corners.reshape(-1, 4, 3)), _split(normals.reshape(-1, 4, 3))


def tubes(points: Sequence[ArrayLike], radius: float, sections: int = 4) -> Surface:
    """Bent bars through lists of points, each (k, 3): wires, arms of lamps, frames of swings."""
    paths = [np.asarray(path, np.float64) for path in points]
    starts = np.concatenate([path[:-1] for path in paths])
    ends = np.concatenate([path[1:] for path in paths])
    return bars(starts, ends, radius, sections=sections)


def balls(centers: ArrayLike, radii: ArrayLike, detail: int = 0) -> Surface:
    """Balls or ellipsoids (20 triangles each at detail 0), (n, 3) each; radii one number, (3,) or (n, 3)."""
    c = np.asarray(centers, np.float32).reshape(-1, 1, 1, 3)
    r = np.asarray(radii, np.float32)
    r = r.reshape(-1, 1, 1, 3) if r.ndim and r.shape[-1] == 3 else r.reshape(-1, 1, 1, 1)
    triangles, normals = shapes.ball(detail)
    placed = triangles * r + c
    normals = np.broadcast_to(_unit32(normals / r), placed.shape)
    return placed.reshape(-1, 3, 3), np.ascontiguousarray(normals).reshape(-1, 3, 3)


def copies(surface: Surface, at: ArrayLike, size: ArrayLike = 1.0) -> Surface:
    """One surface at several points, (n, 3), each with its own size (n,)."""
    places = np.asarray(at, np.float32).reshape(-1, 1, 1, 3)
    scale = np.broadcast_to(np.asarray(size, np.float32), len(places)).reshape(-1, 1, 1, 1)
    triangles = (surface[0] * scale + places).reshape(-1, 3, 3)
    return triangles, np.tile(surface[1], (len(places), 1, 1))


def taper(low: tuple[float, float], high: tuple[float, float], bottom: float, top: float) -> Surface:
    """A box that widens upward, from half sizes to half sizes."""
    a = [(-low[0], -low[1], bottom), (low[0], -low[1], bottom), (low[0], low[1], bottom), (-low[0], low[1], bottom)]
    b = [(-high[0], -high[1], top), (high[0], -high[1], top), (high[0], high[1], top), (-high[0], high[1], top)]
    faces = [(a[k], a[(k + 1) % 4], b[(k + 1) % 4], b[k]) for k in range(4)]
    return shapes.quads(np.array([*faces, tuple(b)], np.float32))


def leaves(key: Key, points: Floats, outward: Floats, size: float, tilt: float = 0.8, soft: float = 0.6) -> Surface:
    """Triangles of foliage that face outward, each tilted at random.

    Args:
        key: Of the plant.
        points: Their centres, (n, 3).
        outward: Unit vectors from the inside of the crown, (n, 3).
        size: Typical distance of a corner from the centre, metres.
        tilt: How much they tilt; 0 lies on the crown's surface.
        soft: Share of the crown's direction in the normals: 0 flutters, 1 is smooth.
    """
    n = len(points)
    plane = unit(outward + tilt * key.normals("tilt", n, 3))
    axis = unit(key.normals("axis", n, 3))
    u = unit(cross(plane, axis) + 1e-6)
    v = cross(plane, u)
    far = size * (0.6 + 0.8 * key.units("size", n, 3))
    a = u * (1.5 * far[:, :1])  # longer than wide: the outline of a crown is made of tips
    b = (v * 0.8 - u * 0.6) * far[:, 1:2]
    c = (v * -0.8 - u * 0.6) * far[:, 2:]
    triangles = points[:, None] + np.stack([a, b, c], 1)
    normals = unit(plane * (1 - soft) + outward * soft)
    return triangles.astype(np.float32), np.repeat(normals[:, None], 3, 1).astype(np.float32)


def moved(points: ArrayLike, x: float, y: float, z: float) -> Floats:
    """Points, (n, 3), all moved by the same distances."""
    out: Floats = np.asarray(points, np.float64) + np.array((x, y, z))
    return out


def directions(key: Key, name: str, count: int) -> Floats:
    """Random unit vectors, (count, 3)."""
    return unit(key.normals(name, count, 3) + 1e-9)


def unit(vectors: Floats) -> Floats:
    """Vectors, (..., 3), at length 1."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    length = np.sqrt(x * x + y * y + z * z)
    out: Floats = vectors / np.maximum(length, 1e-12)[..., None]
    return out


def cross(a: Floats, b: Floats) -> Floats:
    """Cross products of vectors, (n, 3); faster than NumPy's."""
    a0, a1, a2 = a[..., 0], a[..., 1], a[..., 2]
    b0, b1, b2 = b[..., 0], b[..., 1], b[..., 2]
    return np.stack([a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0], -1)


def _split(corners: NDArray[np.generic]) -> Array:
    """Quadrilaterals (n, 4, 3) to triangles."""
    return np.concatenate([corners[:, (0, 1, 2)], corners[:, (0, 2, 3)]]).astype(np.float32)


def _unit32(vectors: Array) -> Array:
    return unit(vectors.astype(np.float64)).astype(np.float32)
