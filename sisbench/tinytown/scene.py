"""A world under construction: objects with a kind, made of parts with a material, made of triangles.

    scene = Scene(Bend(curvature=1 / 300))
    hut = scene.body("house", Place(12, 8), key)                 # keeps its shape when the street bends
    walls = hut.part("plaster", (0.6, 0.5, 0.4))
    walls.box((0, 0, 1.5), (4, 3, 3))                            # metres, in the frame of the place
    kerb = scene.course("curb", key)                             # follows the street
    kerb.part("concrete", (0.5, 0.5, 0.5)).strip(-60, 140, y=3.2, width=0.3, z=0, height=0.15)

`Scene.build` turns it into arrays and the ray tracer's tree (`Mesh`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown import shapes
from sisbench.tinytown.bend import WIDE, Bend
from sisbench.tinytown.corners import carry, weld
from sisbench.tinytown.keys import Key
from sisbench.tinytown.kinds import NUMBERS
from sisbench.tinytown.materials import MATERIALS
from sisbench.tinytown.shapes import Array, Surface, Vector

Color = tuple[float, float, float]
"""Linear RGB reflectance, 0 to 1."""

Frame = tuple[float, float, float, float, float, float]
"""Of an object: its origin in the layout, cosine and sine of its yaw, and 1 if it is rigid, 0 if it bends."""

_STEP = 6.0  # metres between the corners of what follows the street


class Place(NamedTuple):
    """Where an object stands in the layout: metres, radians counter-clockwise from the street's direction."""

    x: float = 0.0
    y: float = 0.0
    yaw: float = 0.0
    z: float = 0.0

    def local(self, x: float, y: float, z: float = 0.0, yaw: float = 0.0) -> Place:
        """Return the place at (x, y, z) in this one's frame."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return Place(self.x + c * x - s * y, self.y + s * x + c * y, self.yaw + yaw, self.z + z)


class Lamp(NamedTuple):
    """A point light of the night: place in world coordinates, linear colour, power."""

    position: tuple[float, float, float]
    color: Color
    power: float


class Taker(Protocol):
    """What parts hand their triangles to: an object of the scene, or a mould that is used many times."""

    def add(self, index: int, triangles: Array, normals: Array) -> None:
        """Take triangles of the part of an index."""


class Part:
    """Triangles of one material and one colour scheme, in the frame of their object."""

    def __init__(self, body: Taker, index: int) -> None:
        self._body = body
        self._index = index

    def add(
        self, surface: Surface, turn: Array | None = None, at: Vector = (0, 0, 0), size: Vector | float = 1
    ) -> None:
        """Add triangles, scaled by `size`, then turned (3, 3), then moved to `at`."""
        triangles, normals = surface
        if isinstance(size, int | float):
            if size != 1:
                triangles = triangles * np.float32(size)
        else:
            scale = np.asarray(size, np.float32)
            triangles = triangles * scale
            if not (scale[0] == scale[1] == scale[2]):
                normals = normals / scale
                normals = normals / shapes.length(normals)
        if turn is not None:
            triangles, normals = shapes.turned(triangles, turn), shapes.turned(normals, turn)
        if at[0] or at[1] or at[2]:
            triangles = triangles + np.asarray(at, np.float32)
        self._body.add(self._index, triangles, normals)

    def box(self, center: Vector, size: Vector, turn: Array | None = None) -> None:
        """Add a box of a size, around its centre."""
        self.add(shapes.box(), turn, center, size)

    def cylinder(
        self, center: Vector, radius: float, height: float, turn: Array | None = None, sections: int = 12
    ) -> None:
        """Add an upright cylinder (or a turned one) around its centre."""
        self.add(shapes.cylinder(sections), turn, center, (radius, radius, height))

    def ball(self, center: Vector, radius: Vector | float, turn: Array | None = None, detail: int = 1) -> None:
        """Add a ball, or an ellipsoid where `radius` has three numbers."""
        size = (radius, radius, radius) if isinstance(radius, int | float) else radius
        self.add(shapes.ball(detail), turn, center, size)

    def cone(self, base: Vector, radius: float, height: float, sections: int = 10) -> None:
        """Add a cone that stands on its base."""
        self.add(shapes.cone(sections), None, base, (radius, radius, height))

    def bar(self, start: Vector, end: Vector, radius: float, sections: int = 6) -> None:
        """Add a round bar between two points."""
        a, b = np.asarray(start, np.float64), np.asarray(end, np.float64)
        length = math.sqrt(float((b - a) @ (b - a)))
        turn = shapes.along(b - a)
        self.add(shapes.cylinder(sections), turn, (a + b) / 2, (radius, radius, length))

    def prism(
        self, profile: Sequence[Vector], half_width: float, top_half_width: float | None = None, at: Vector = (0, 0, 0)
    ) -> None:
        """Add a convex side profile of (x, z), extruded to both sides in y."""
        self.add(shapes.prism(profile, half_width, top_half_width), at=at)

    def quad(self, a: Vector, b: Vector, c: Vector, d: Vector) -> None:
        """Add one quadrilateral, corners in order around it."""
        self.add(shapes.quads(np.array([[a, b, c, d]], np.float32)))

    def sheet(self, x: tuple[float, float], y: tuple[float, float], z: float) -> None:
        """Add a level rectangle, cut so that it can follow the street."""
        along = np.array(_cuts(*x), np.float32)
        across = sorted({y[0], y[1], *(wide for wide in (-WIDE, WIDE) if min(y) < wide < max(y))})
        grid = np.empty((len(across), len(along), 3), np.float32)
        grid[..., 0], grid[..., 1], grid[..., 2] = along, np.array(across, np.float32)[:, None], z
        corners = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], 2)
        self.add(shapes.quads(corners.reshape(-1, 4, 3)))

    def strip(self, start: float, end: float, y: float, width: float, z: float = 0.0, height: float = 0.0) -> None:
        """Add a long box along the street: a kerb, a wall, a rail; `z` is its underside."""
        edges = _cuts(start, end)
        low, high = y - width / 2, y + width / 2
        ring = [(low, z), (high, z), (high, z + height), (low, z + height)]
        corners = np.array([[(x, *p) for p in ring] for x in edges], np.float32)  # (cuts, 4, 3)
        nexts = np.roll(corners, -1, axis=1)
        sides = np.stack([corners[:-1], corners[1:], nexts[1:], nexts[:-1]], 2)[:, 1:]  # nobody sees the underside
        self.add(shapes.quads(np.concatenate([sides.reshape(-1, 4, 3), corners[[0, -1]]])))


class Body:
    """An object: one kind, one instance, any number of parts.

    Rigid bodies keep their shape and turn with the street; others are bent corner by corner.
    """

    def __init__(self, scene: Scene, kind: str, place: Place, key: Key, instance: int, rigid: bool) -> None:
        self.scene, self.place, self.key = scene, place, key
        self._kind, self.instance = kind, instance
        self._frame = (place.x, place.y, place.z, math.cos(place.yaw), math.sin(place.yaw), float(rigid))

    def part(
        self,
        material: str,
        color: Color,
        accent: Color = (0.2, 0.2, 0.2),
        kind: str | None = None,
        origin: Vector = (0, 0, 0),
        **params: float,
    ) -> Part:
        """Start a part.

        Args:
            material: Name in `materials.MATERIALS`.
            color: Main colour, linear RGB.
            accent: Second colour; what it is for depends on the material.
            kind: Kind of this part, if it is not the object's.
            origin: Where the pattern of the material begins, in the frame of the place; the triangles' frame stays.
            **params: What the material asks for, by name.
        """
        facts = MATERIALS[material]
        if unknown := set(params) - set(facts.params):
            raise TypeError(f"material {material!r} knows no {sorted(unknown)}; it has {facts.params}")
        values = [float(params.get(name, 0.0)) for name in facts.params]
        start = self.place.local(*origin) if any(origin) else self.place
        record = _Record(
            NUMBERS[kind or self._kind], self.instance, facts.number, self.key.seed, (*color, *accent), values,
            (start.x, start.y, start.z, *self._frame[3:5]),
        )  # fmt: skip
        return Part(self, self.scene.record(record))

    def add(self, index: int, triangles: Array, normals: Array) -> None:
        """Add triangles, in the frame of the place, to the part of an index."""
        self.scene.add(index, triangles, normals, self._frame)

    def lamp(self, at: Vector, color: Color, power: float) -> None:
        """Put a light of the night at a point in the frame of the place."""
        spot = self.place.local(*at)
        self.scene.lamp((spot.x, spot.y, spot.z), color, power)


@dataclass(frozen=True)
class _Record:
    """What every triangle of a part shares."""

    kind: int
    instance: int
    material: int
    seed: int
    colors: tuple[float, ...]
    params: list[float]
    frame: tuple[float, ...]


@dataclass(frozen=True)
class Mesh:
    """A finished world: n triangles of m parts, all metres.

    Attributes:
        tracer: The ray tracer's scene.
        world: Corners, float32 (n, 3, 3).
        layout: Corners before the street was bent, float32 (n, 3, 3): what textures go by.
        normals: Unit normals at the corners, world coordinates, float32 (n, 3, 3).
        part: Part of each triangle, int32 (n,).
        kind: Kind of each part, uint8 (m,).
        instance: Object of each part, uint16 (m,), from 1.
        material: Material of each part, int32 (m,).
        seed: Noise of each part, int64 (m,), 0 to 2**32 - 1.
        colors: Colour and accent of each part, float64 (m, 6).
        params: Parameters of its material, float64 (m, 8).
        frame: Origin, and cosine and sine of the yaw, float64 (m, 5).
        lamps: Position, colour and power of every lamp, float64 (k, 7).
    """

    tracer: Any
    world: Array
    layout: Array
    normals: Array
    part: NDArray[np.int32]
    kind: NDArray[np.uint8]
    instance: NDArray[np.uint16]
    material: NDArray[np.int32]
    seed: NDArray[np.int64]
    colors: NDArray[np.float64]
    params: NDArray[np.float64]
    frame: NDArray[np.float64]
    lamps: NDArray[np.float64]


@dataclass
class Scene:
    """A world under construction.

    Args:
        bend: How the street runs.
    """

    bend: Bend = field(default_factory=Bend)
    _records: list[_Record] = field(default_factory=list)
    _chunks: list[tuple[int, Array, Array, Frame]] = field(default_factory=list)
    _lamps: list[Lamp] = field(default_factory=list)
    _instances: int = 0

    def body(self, kind: str, place: Place, key: Key, holder: Body | None = None) -> Body:
        """Start an object that keeps its shape: a car, a person, a building.

        Args:
            kind: One of `kinds.KINDS`.
            place: Where it stands.
            key: For the noise of its surfaces.
            holder: Who carries it: both are one instance, wherever a label space gives them one label.
        """
        if holder is not None:
            return Body(self, kind, place, key, holder.instance, rigid=True)
        self._instances += 1
        return Body(self, kind, place, key, self._instances, rigid=True)

    def course(self, kind: str, key: Key, place: Place = Place()) -> Body:  # noqa: B008  (it cannot change)
        """Start an object that follows the street: a lane, a wall, a wire; its frame is the layout's, or one in it."""
        self._instances += 1
        return Body(self, kind, place, key, self._instances, rigid=False)

    def lamp(self, at: tuple[float, float, float], color: Color, power: float) -> None:
        """Add a light of the night at a point of the layout."""
        x, y, z = self.bend.spot(at[0], at[1])
        self._lamps.append(Lamp((x, y, z + at[2]), color, power))

    def record(self, record: _Record) -> int:
        """Number a part."""
        self._records.append(record)
        return len(self._records) - 1

    def add(self, index: int, triangles: Array, normals: Array, frame: Frame) -> None:
        """Add triangles and their normals in the frame of an object."""
        self._chunks.append((index, triangles, normals, frame))

    def build(self) -> Mesh:
        """Bend the world and hand it to the ray tracer."""
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        counts = [len(chunk[1]) for chunk in self._chunks]
        part = np.repeat(np.array([chunk[0] for chunk in self._chunks], np.int32), counts)
        frames = np.array([chunk[3] for chunk in self._chunks])
        which = np.repeat(np.arange(len(counts)), counts)
        own, directions = (np.concatenate([chunk[column] for chunk in self._chunks]) for column in (1, 2))
        place = frames.astype(np.float32)
        layout, normals = carry(own, directions, which, np.zeros_like(place[:, :3]), place[:, 3:5], place[:, :3])
        world, normals = self._bent(layout, normals, frames, which)
        tracer = EmbreeScene()
        TriangleMesh(tracer, *weld(world))
        records = self._records
        return Mesh(
            tracer, world, layout, normals, part,
            np.array([r.kind for r in records], np.uint8),
            np.array([r.instance for r in records], np.uint16),
            np.array([r.material for r in records], np.int32),
            np.array([r.seed for r in records], np.int64),
            np.array([r.colors for r in records], np.float64),
            np.array([r.params + [0.0] * (8 - len(r.params)) for r in records], np.float64),
            np.array([r.frame for r in records], np.float64),
            np.array([(*x.position, *x.color, x.power) for x in self._lamps], np.float64).reshape(-1, 7),
        )  # fmt: skip

    def _bent(
        self, layout: Array, normals: Array, frames: NDArray[np.float64], which: NDArray[np.int64]
    ) -> tuple[Array, Array]:
        """Corners and normals in world coordinates."""
        if self.bend.straight:
            return layout, normals
        world, normals = self.bend.rigid(layout, normals, frames[:, :2], which)
        loose = (frames[:, 5] == 0)[which]
        world[loose] = self.bend.points(layout[loose])
        normals[loose] = shapes.flat(world[loose])[1]
        return world, normals


def _cuts(start: float, end: float) -> list[float]:
    """Places to cut a long body so that it can follow the street: finer where it is near."""
    edges = [start]
    while edges[-1] < end:
        far = max(0.0, -edges[-1] - 60, edges[-1] - 140)
        edges.append(min(end, edges[-1] + _STEP + far / 2))
    return edges
