"""Shapes that many objects share: built once, cast wherever one of their kind stands.

A mould holds the triangles of an object by the names of its parts ("paint", "glass", "tyre"), smoothed where faces
meet at a gentle angle. `cast` puts it into the scene in the colours of one object, at the cost of one array operation
a part.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
        start(body, finishes[name]).add(surface, size=size)


def start(body: Body, look: Finish) -> Part:
    """Start a part of an object that looks as a finish says."""
    return body.part(look.material, look.color, look.accent, look.kind, (0, 0, 0), **look.params)


def merged(surfaces: Sequence[Surface]) -> Surface:
    """Put surfaces together."""
    return np.concatenate([s[0] for s in surfaces]), np.concatenate([s[1] for s in surfaces])


def posed(surface: Surface, *turns: Array, at: Vector = (0, 0, 0)) -> Surface:
    """Turn a surface, first by the first rotation (3, 3), then by the others, then move it."""
    triangles, normals = surface
    for turn in turns:
        triangles, normals = shapes.turned(triangles, turn), shapes.turned(normals, turn)
    return triangles + np.asarray(at, np.float32), normals


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


def tube(
    path: Sequence[Vector],
    radii: Sequence[float | tuple[float, float]],
    sections: int = 6,
    side: Vector = (0, 1, 0),
    ends: bool = True,
) -> Surface:
    """A smooth, tapered, bent tube.

    Args:
        path: Centres of its rings, from one end to the other.
        radii: Of each ring; a pair is (radius along `side`, radius across it).
        sections: Corners of a ring; the first lies towards `side`, the others follow clockwise as seen along the path.
        side: Direction that the first radius is measured along.
        ends: Whether both ends are closed.

    Returns:
        For each of its two triangles per cell: first halves of all cells, ring by ring, then second halves, then ends.
    """
    return tubes([path], radii, sections, side, ends)


def tubes(
    paths: Sequence[Sequence[Vector]],
    radii: Sequence[float | tuple[float, float]],
    sections: int = 6,
    side: Vector = (0, 1, 0),
    ends: bool = True,
) -> Surface:
    """Tubes along several paths of as many corners, of the same radii: see `tube`."""
    centres = np.array(paths, np.float64)
    pairs = np.array([r if isinstance(r, tuple) else (r, r) for r in radii])
    ways = np.empty_like(centres)
    ways[:, 1:-1] = _unit(centres[:, 2:] - centres[:, 1:-1]) + _unit(centres[:, 1:-1] - centres[:, :-2])
    ways[:, 0], ways[:, -1] = centres[:, 1] - centres[:, 0], centres[:, -1] - centres[:, -2]
    ways = _unit(ways)
    toward = np.array(side, np.float64)
    u = _unit(toward - (ways * toward).sum(-1, keepdims=True) * ways)
    v = np.empty_like(u)  # ways x u, written out: np.cross takes several times as long
    for k, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
        v[..., k] = ways[..., i] * u[..., j] - ways[..., j] * u[..., i]
    circle = _circle(sections)
    u, v = u[:, :, None], v[:, :, None]
    a, b = pairs[:, None, :1], pairs[:, None, 1:]
    points = centres[:, :, None] + circle[:, :1] * a * u + circle[:, 1:] * b * v
    size = np.sqrt(pairs[:, 0] * pairs[:, 1])
    gap = np.sqrt(((centres[:, 1:] - centres[:, :-1]) ** 2).sum(-1)) + 1e-9
    taper = np.zeros(centres.shape[:2])
    taper[:, :-1] += (size[:-1] - size[1:]) / gap
    taper[:, 1:] += (size[:-1] - size[1:]) / gap
    taper[:, 1:-1] /= 2
    normals = _unit(circle[:, :1] * b * u + circle[:, 1:] * a * v)  # of an ellipse: the radii change places
    normals = _unit(normals + taper[:, :, None, None] * ways[:, :, None])
    corners = _corners(len(paths), len(radii), sections, ends)
    return (
        points.reshape(-1, 3).astype(np.float32)[corners],
        normals.reshape(-1, 3).astype(np.float32)[corners],
    )  # fmt: skip


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    unit: NDArray[np.float64] = vectors / (np.sqrt((vectors * vectors).sum(-1, keepdims=True)) + 1e-12)
    return unit


@functools.cache
def _circle(sections: int) -> NDArray[np.float64]:
    return np.array([(math.cos(a), math.sin(a)) for a in (2 * math.pi * k / sections for k in range(sections))])


@functools.cache
def _corners(count: int, rows: int, sections: int, ends: bool) -> NDArray[np.int64]:
    """Which points are the corners of each triangle of `count` tubes."""
    first, second, caps = [], [], []
    for one in range(count):
        for i in range(rows - 1):
            for j in range(sections):
                low, high = (one * rows + i) * sections, (one * rows + i + 1) * sections
                k = (j + 1) % sections
                first.append((low + j, low + k, high + k))
                second.append((low + j, high + k, high + j))
        if ends:
            low, high = one * rows * sections, (one * rows + rows - 1) * sections
            caps += [(low, low + j + 1, low + j) for j in range(1, sections - 1)]
            caps += [(high, high + j, high + j + 1) for j in range(1, sections - 1)]
    return np.array(first + second + caps)


def add_wheel(mould: Mould, at: Vector, side: int, radius: float, rim: float, width: float, sections: int = 10) -> None:
    """Add a road wheel to a mould, as parts tyre, rim and, between its spokes, black.

    Args:
        mould: The mould.
        at: Middle of its outer face.
        side: 1 where that faces left, -1 right.
        radius: Of the tyre.
        rim: Radius of the rim.
        width: Of the tyre.
        sections: Corners around it; with ten or more, the rim has spokes; with six, it is a mere disc.
    """
    tyre, spokes, gaps = _wheel(radius, rim, width, sections)
    mould.part("tyre").add(tyre, at=at, size=(1, side, 1))
    mould.part("rim").add(spokes, at=at, size=(1, side, 1))
    if gaps is not None:
        mould.part("black").add(gaps, at=at, size=(1, side, 1))


@functools.cache
def _wheel(radius: float, rim: float, width: float, sections: int) -> tuple[Surface, Surface, Surface | None]:
    turns = shapes.turn_x(-math.pi / 2), shapes.turn_y(math.pi / 2)  # z to y, then a corner of the circle down
    shoulder = -0.15 * width
    tyre = shapes.lathe([(radius, -width), (radius, shoulder), (rim if sections > 6 else 0.0, 0.0)], sections)
    face = shapes.lathe([(rim, 0.0), (0.0, -0.25 * width if sections > 6 else 0.01)], sections)
    tyre, face = posed(tyre, *turns), posed(face, *turns)
    if sections < 10:
        return tyre, face, None
    spoke = np.arange(len(face[0])) % 2 == 0
    return tyre, (face[0][spoke], face[1][spoke]), (face[0][~spoke], face[1][~spoke])


def axle(mould: Mould, x: float, width: float, radius: float, tyre: float = 0.3, sections: int = 9) -> None:
    """Add two wheels to a mould, as parts tyre and rim.

    Args:
        mould: The mould.
        x: Where the axle is.
        width: From the outer face of one wheel to the other's.
        radius: Of the tyres.
        tyre: Their width.
        sections: Corners around them.
    """
    for side in (1, -1):
        add_wheel(mould, (x, side * width / 2, radius), side, radius, 0.6 * radius, tyre, sections)


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
