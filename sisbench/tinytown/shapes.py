"""Triangles of the simple bodies that everything is built of, with normals at their corners.

Functions return `(triangles, normals)`, both float32 (n, 3, 3): corners in metres, unit normals. Round bodies have the
normals of the surface that they stand for, so that they look round with few triangles. Sines and cosines are those of
`math`: NumPy's differ between processors in the last bit.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Surface = tuple[Array, Array]
Vector = Sequence[float] | NDArray[np.floating]
_Float = TypeVar("_Float", np.float32, np.float64)


def turn_z(angle: float) -> Array:
    """Rotation about the vertical axis, float32 (3, 3), radians counter-clockwise from above."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]], np.float32)


def turn_x(angle: float) -> Array:
    """Rotation about the x axis (roll), float32 (3, 3)."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]], np.float32)


def turn_y(angle: float) -> Array:
    """Rotation about the y axis, float32 (3, 3); positive angles turn x down."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]], np.float32)


def along(direction: Vector) -> Array:
    """Rotation, float32 (3, 3), that takes the z axis to a direction."""
    d = np.asarray(direction, np.float64)
    d = d / math.sqrt(float(d @ d))
    side = np.array([1.0, 0, 0]) if abs(d[0]) < 0.9 else np.array([0, 1.0, 0])
    u = np.cross(d, side)
    u /= math.sqrt(float(u @ u))
    return np.stack([u, np.cross(d, u), d], 1).astype(np.float32)


def turned(vectors: Array, turn: Array) -> Array:
    """Rotate vectors, float32 (..., 3), by a rotation (3, 3).

    Written out: the order of additions of a matrix product is the library's choice, and for stacks of small matrices it
    takes five times as long.
    """
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    out = np.empty_like(vectors)
    if turn[2, 2] == 1:
        out[..., 0] = turn[0, 0] * x + turn[0, 1] * y
        out[..., 1] = turn[1, 0] * x + turn[1, 1] * y
        out[..., 2] = z
        return out
    for i in range(3):
        out[..., i] = turn[i, 0] * x + turn[i, 1] * y + turn[i, 2] * z
    return out


def length(vectors: NDArray[_Float]) -> NDArray[_Float]:
    """Lengths of vectors (..., 3), as (..., 1). A sum over an axis of three takes up to ten times as long."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    size: NDArray[_Float] = np.sqrt(x * x + y * y + z * z)
    return size[..., None]


def flat(triangles: Array) -> Surface:
    """Give triangles the normals of their planes."""
    a, b = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    normal = np.empty_like(a)  # np.cross takes five times as long for the small bodies that worlds are made of
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        normal[:, i] = a[:, j] * b[:, k] - a[:, k] * b[:, j]
    normal /= np.maximum(length(normal), np.float32(1e-12))
    return triangles, np.repeat(normal[:, None], 3, axis=1)


def quads(corners: Array) -> Surface:
    """Two triangles of each quadrilateral, float32 (n, 4, 3), corners in order around it."""
    return flat(np.concatenate([corners[:, (0, 1, 2)], corners[:, (0, 2, 3)]]))


@functools.cache
def box() -> Surface:
    """The cube from -1/2 to 1/2."""
    import trimesh

    return flat(_triangles(trimesh.creation.box((1, 1, 1))))


@functools.cache
def cylinder(sections: int) -> Surface:
    """Radius 1, height 1 along z, centred; its side is smooth."""
    import trimesh

    triangles, normals = flat(_triangles(trimesh.creation.cylinder(1, 1, sections=sections)))
    side = np.abs(normals[:, 0, 2]) < 0.5
    normals[side] = _unit(triangles[side] * np.array([1, 1, 0], np.float32))
    return triangles, normals


@functools.cache
def ball(detail: int) -> Surface:
    """Radius 1: an icosahedron, subdivided `detail` times (20, 80, 320 triangles), with a sphere's normals."""
    import trimesh

    triangles = _triangles(trimesh.creation.icosphere(detail))
    return triangles, _unit(triangles)


@functools.cache
def cone(sections: int) -> Surface:
    """Radius 1 at z = 0, tip at z = 1."""
    import trimesh

    return flat(_triangles(trimesh.creation.cone(1, 1, sections=sections)))


@functools.cache
def torus(minor: float, sections: int) -> Surface:
    """Ring of radius 1 around z; `minor` is the radius of its tube."""
    import trimesh

    triangles = _triangles(trimesh.creation.torus(1, minor, major_sections=sections, minor_sections=5))
    ring = triangles * np.array([1, 1, 0], np.float32)
    return triangles, _unit(triangles - _unit(ring))


def prism(profile: Sequence[Vector], half_width: float, top_half_width: float | None = None) -> Surface:
    """Extrude a convex side profile to both sides.

    Args:
        profile: (x, z) corners in order.
        half_width: Extent to each side in y.
        top_half_width: Extent at the highest z; in between it changes evenly. None: `half_width`.
    """
    p = np.asarray(profile, np.float32)
    low, high = p[:, 1].min(), p[:, 1].max()
    width = np.full(len(p), half_width, np.float32)
    if top_half_width is not None:
        width += np.float32(top_half_width - half_width) * (p[:, 1] - low) / (high - low)
    right = np.stack([p[:, 0], -width, p[:, 1]], 1)
    left = np.stack([p[:, 0], width, p[:, 1]], 1)
    sides, _ = quads(np.stack([right, np.roll(right, -1, 0), np.roll(left, -1, 0), left], 1))
    fan = np.arange(1, len(p) - 1)
    first = np.zeros_like(fan)
    ends = [right[np.stack([first, fan, fan + 1], 1)], left[np.stack([first, fan + 1, fan], 1)]]
    return flat(np.concatenate([sides, *ends]))


def lathe(profile: Sequence[Vector], sections: int = 10) -> Surface:
    """Turn a profile of (radius, z), from bottom to top, around the z axis; smooth around it."""
    circle = _circle(sections)
    p = np.asarray(profile, np.float32)
    rings = np.empty((len(p), sections + 1, 3), np.float32)
    rings[..., :2] = circle * p[:, :1, None]
    rings[..., 2] = p[:, 1:]
    step = p[1:] - p[:-1]
    length = np.sqrt(step[:, 0] * step[:, 0] + step[:, 1] * step[:, 1])
    length[length == 0] = 1
    slopes = np.empty((len(step), sections + 1, 3), np.float32)
    slopes[..., :2] = circle * (step[:, 1] / length)[:, None, None]
    slopes[..., 2] = (-step[:, 0] / length)[:, None]
    low, high = p[:-1, 0] > 0, p[1:, 0] > 0  # a ring on the axis is a point: no triangle has its side there
    a, b, c, d = rings[:-1, :-1], rings[:-1, 1:], rings[1:, 1:], rings[1:, :-1]
    left, right = slopes[:, :-1], slopes[:, 1:]
    triangles = [np.stack([a, b, c], 2)[low], np.stack([a, c, d], 2)[high]]
    normals = [np.stack([left, right, right], 2)[low], np.stack([left, right, left], 2)[high]]
    return (
        np.concatenate([t.reshape(-1, 3, 3) for t in triangles]),
        np.concatenate([n.reshape(-1, 3, 3) for n in normals]),
    )


@functools.cache
def _circle(sections: int) -> Array:
    """Points around the origin at distance 1, the first one again at the end, float32 (sections + 1, 2)."""
    angles = [2 * math.pi * k / sections for k in range(sections)]
    return np.array([(math.cos(a), math.sin(a)) for a in [*angles, 0.0]], np.float32)


def _triangles(mesh: object) -> Array:
    vertices, faces = mesh.vertices, mesh.faces  # type: ignore[attr-defined]
    return np.ascontiguousarray(np.asarray(vertices, np.float32)[np.asarray(faces)])


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(length(vectors), np.float32(1e-12)), np.float32)
