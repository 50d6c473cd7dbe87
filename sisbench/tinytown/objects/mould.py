"""Shapes that many objects share: built once, cast wherever one of their kind stands.

A mould holds the triangles of an object by the names of its parts ("paint", "glass", "tyre"), smoothed where faces meet
at a gentle angle. `cast` puts it into the scene in the colours of one object, at the cost of one array operation a part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.scene import Body, Color, Part
from sisbench.tinytown.shapes import Array, Surface, Vector

Casting = dict[str, Surface]
"""Surfaces by the names of parts."""

BLACK: Color = (0.012, 0.012, 0.013)
RUBBER: Color = (0.022, 0.022, 0.024)


class Finish(NamedTuple):
    """How a part of an object looks.

    Attributes:
        material: Name in `materials.MATERIALS`.
        color: Main colour.
        accent: Second colour.
        params: Parameters of the material, by name.
        kind: Kind of the part, if it is not the object's.
    """

    material: str
    color: Color
    accent: Color = (0.2, 0.2, 0.2)
    params: Mapping[str, float] = {}
    kind: str | None = None


class Mould:
    """Collects triangles by the names of parts."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._chunks: list[list[Surface]] = []

    def part(self, name: str) -> Part:
        """Return the part of a name, to add shapes to."""
        if name not in self._names:
            self._names.append(name)
            self._chunks.append([])
        return Part(self, self._names.index(name))

    def add(self, index: int, triangles: Array, normals: Array) -> None:
        """Take triangles of the part of an index."""
        self._chunks[index].append((triangles, normals))

    def casting(self) -> Casting:
        """Return the surface of every part."""
        return {name: merged(chunks) for name, chunks in zip(self._names, self._chunks, strict=True) if chunks}


def cast(body: Body, casting: Casting, finishes: Mapping[str, Finish], size: Vector | float = 1.0) -> None:
    """Put a mould's shape into the scene.

    Args:
        body: The object.
        casting: Its shape.
        finishes: How each of its parts looks.
        size: Scale.
    """
    for name, surface in casting.items():
        look = finishes[name]
        body.part(look.material, look.color, look.accent, look.kind, **look.params).add(surface, size=size)


def merged(surfaces: Sequence[Surface]) -> Surface:
    """Put surfaces together."""
    return np.concatenate([s[0] for s in surfaces]), np.concatenate([s[1] for s in surfaces])


def creased(triangles: Array, angle: float = 38.0) -> Surface:
    """Give triangles smooth normals, except across edges sharper than an angle.

    Args:
        triangles: float32 (n, 3, 3).
        angle: Degrees between the normals of two faces.
    """
    cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    length = np.sqrt((cross * cross).sum(1))
    solid = length > 1e-9
    triangles, cross = triangles[solid], cross[solid]
    unit = cross / length[solid][:, None]
    corners = np.rint(triangles.reshape(-1, 3) * 1e4).astype(np.int64)
    _, place = np.unique(corners, axis=0, return_inverse=True)
    place = place.reshape(-1)
    face = np.repeat(np.arange(len(triangles)), 3)
    same = place[:, None] == place[None, :]  # moulds have a few hundred corners
    near = unit[face] @ unit[face].T > math.cos(math.radians(angle))
    normals = (same & near).astype(np.float32) @ cross[face]
    normals /= np.maximum(np.sqrt((normals * normals).sum(1, keepdims=True)), np.float32(1e-12))
    return triangles, normals.reshape(-1, 3, 3).astype(np.float32)


def grid(rows: Array, closed: bool = False) -> Array:
    """Corners of the cells of a grid of points.

    Args:
        rows: float32 (m, n, 3).
        closed: Whether the last column meets the first.

    Returns:
        float32 (m - 1, n - 1 or n, 4, 3), corners in order around each cell.
    """
    if closed:
        rows = np.concatenate([rows, rows[:, :1]], 1)
    return np.stack([rows[:-1, :-1], rows[:-1, 1:], rows[1:, 1:], rows[1:, :-1]], 2)


def halves(cells: Array) -> Array:
    """Cut quadrilaterals (..., 4, 3) into triangles (n, 3, 3)."""
    flat = cells.reshape(-1, 4, 3)
    return np.concatenate([flat[:, (0, 1, 2)], flat[:, (0, 2, 3)]])


def mirrored(triangles: Array) -> Array:
    """Triangles together with their mirror image in y, which keeps its outside outside."""
    other = triangles[:, ::-1] * np.array([1, -1, 1], np.float32)
    return np.concatenate([triangles, other])


def rings(
    path: Sequence[Vector], radii: Sequence[float | tuple[float, float]], sections: int, side: Vector = (0, 1, 0)
) -> Array:
    """Rings of points around a path, for `grid`.

    Args:
        path: Centres, from one end to the other.
        radii: Of each ring; a pair is (radius along `side`, radius across it).
        sections: Points of a ring.
        side: Direction that the first radius is measured along.

    Returns:
        float32 (len(path), sections, 3); the first point of a ring lies towards `side`.
    """
    centres = np.array(path, np.float64)
    steps = centres[1:] - centres[:-1]
    steps /= np.sqrt((steps * steps).sum(1, keepdims=True)) + 1e-12
    ways = np.concatenate([steps[:1], steps[:-1] + steps[1:], steps[-1:]])
    ways /= np.sqrt((ways * ways).sum(1, keepdims=True)) + 1e-12
    u = np.asarray(side, np.float64) - (ways * np.asarray(side)).sum(1, keepdims=True) * ways
    u /= np.sqrt((u * u).sum(1, keepdims=True)) + 1e-12
    v = np.cross(ways, u)
    pairs = np.array([r if isinstance(r, tuple) else (r, r) for r in radii])
    circle = np.array([(math.cos(a), math.sin(a)) for a in (2 * math.pi * k / sections for k in range(sections))])
    offsets = (circle[None, :, :1] * pairs[:, None, :1]) * u[:, None] + (circle[None, :, 1:] * pairs[:, None, 1:]) * v[:, None]
    return np.asarray(centres[:, None] + offsets, np.float32)


def loft(points: Array, ends: bool = True) -> Surface:
    """A smooth skin over rings, as of `rings`.

    Args:
        points: float32 (m, n, 3).
        ends: Whether to close both ends.
    """
    around = np.roll(points, -1, 1) - np.roll(points, 1, 1)
    along = np.concatenate([points[1:2] - points[:1], points[2:] - points[:-2], points[-1:] - points[-2:-1]])
    normal = np.cross(around, along)
    normal /= np.sqrt((normal * normal).sum(-1, keepdims=True)) + np.float32(1e-12)
    triangles, normals = halves(grid(points, closed=True)), halves(grid(normal, closed=True))
    if not ends:
        return triangles, normals
    fan = np.arange(1, points.shape[1] - 1)
    zero = np.zeros_like(fan)
    low = points[0][np.stack([zero, fan + 1, fan], 1)]
    high = points[-1][np.stack([zero, fan, fan + 1], 1)]
    low_n, high_n = normal[0][np.stack([zero, fan + 1, fan], 1)], normal[-1][np.stack([zero, fan, fan + 1], 1)]
    return np.concatenate([triangles, low, high]), np.concatenate([normals, low_n, high_n])


def tube(
    path: Sequence[Vector],
    radii: Sequence[float | tuple[float, float]],
    sections: int = 6,
    side: Vector = (0, 1, 0),
    ends: bool = True,
) -> Surface:
    """A smooth, tapered, bent tube: see `rings`."""
    return loft(rings(path, radii, sections, side), ends)


def wheel(radius: float, rim: float, width: float, sections: int) -> tuple[Surface, Surface]:
    """A road wheel: tyre and rim, axle along y, outer face at y = 0, hub at the origin.

    Args:
        radius: Of the tyre.
        rim: Radius of the rim.
        width: Of the tyre; it reaches to y = -width.
        sections: Corners around it.
    """
    turn = shapes.turn_x(-math.pi / 2)  # z to y
    tyre = shapes.lathe([(radius, -width), (radius, -0.15 * width), (rim, 0.0)], sections)
    face = shapes.lathe([(rim, 0.0), (0.0, -0.25 * width)], sections)
    return (tyre[0] @ turn.T, tyre[1] @ turn.T), (face[0] @ turn.T, face[1] @ turn.T)


def axle(mould: Mould, x: float, width: float, radius: float, tyre: float = 0.3, sections: int = 10) -> None:
    """Add two wheels to a mould, as parts tyre and rim.

    Args:
        mould: The mould.
        x: Where the axle is.
        width: From the outer face of one wheel to the other's.
        radius: Of the tyres.
        tyre: Their width.
        sections: Corners around them.
    """
    rubber, rim = wheel(radius, 0.6 * radius, tyre, sections)
    for side in (1, -1):
        at = (x, side * width / 2, radius)
        mould.part("tyre").add(rubber, at=at, size=(1, side, 1))
        mould.part("rim").add(rim, at=at, size=(1, side, 1))


def lights(mould: Mould, front: float, rear: float, y: float, low: tuple[float, float], size: float = 0.2) -> None:
    """Add head and tail lights to a mould, as parts head and tail.

    Args:
        mould: The mould.
        front: x of the head lights.
        rear: x of the tail lights.
        y: Of their centres, to both sides.
        low: Heights of the head and the tail lights.
        size: Their width.
    """
    for side in (1, -1):
        mould.part("head").box((front, side * y, low[0]), (0.06, 1.5 * size, 0.9 * size))
        mould.part("tail").box((rear, side * y, low[1]), (0.05, size, 1.3 * size))


def lamps(parked: bool = False) -> dict[str, Finish]:
    """How lights, tyres and rims of large vehicles look."""
    on = 0.0 if parked else 1.0
    return {
        "head": Finish("emitter", (0.55, 0.57, 0.58), params={"power": 0.25 + 0.35 * on, "night_power": 3.0 * on}),
        "tail": Finish("emitter", (0.42, 0.008, 0.012), params={"power": 0.25, "night_power": 1.6 * on}),
        "tyre": Finish("plain", RUBBER),
        "rim": Finish("metal", (0.32, 0.32, 0.33)),
        "black": Finish("plain", BLACK),
        "plate": Finish("plain", (0.72, 0.72, 0.70)),
        "glass": Finish("glass", (0.025, 0.03, 0.034)),
        "metal": Finish("metal", (0.40, 0.41, 0.42)),
    }
