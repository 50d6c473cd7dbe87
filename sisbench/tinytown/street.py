"""The plan of a street: lanes, strips beside them, junctions; and what is taken on it.

Layout frame: x along the street, y to the left of its middle, z up, metres. Traffic keeps to the right: lanes at y < 0
lead along x. `side` is -1 for the right of the street and 1 for its left; distances from the middle have no sign.

    |y|  0 ... median ... lanes ... cycle lane ... parking ... (kerb) ... verge ... pavement ... edge: land begins
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Place
from sisbench.tinytown.site import Site

SIDES = (-1, 1)
KERB = 0.2
"""Width of a kerb, metres."""
PAVEMENT = 0.14
"""Height of a pavement above the carriageway, metres."""
NEAR = (-60.0, 160.0)
"""Where things stand along the street, metres."""
CLEAR = (9.0, 2.2)
"""Half size of the rectangle around the ground camera that stays free, along and across, metres."""


@dataclass(frozen=True)
class Side:
    """Strips beside the lanes, from the inside out; widths in metres, 0 leaves one out.

    Attributes:
        cycle: Cycle lane on the carriageway.
        parking: Parking lane.
        verge: Grass between carriageway and pavement.
        walk: Pavement.
        curb: Whether there is a kerb; without one everything lies level with the lanes.
        shoulder: Unpaved or paved edge beyond lanes without a kerb.
    """

    cycle: float = 0.0
    parking: float = 0.0
    verge: float = 0.0
    walk: float = 0.0
    curb: bool = True
    shoulder: float = 0.0


@dataclass(frozen=True)
class Junction:
    """A street that meets or crosses this one.

    Attributes:
        x: Its middle.
        half: Half the width of its carriageway.
        sides: On which sides of this street it is.
        walk: Width of its pavements; 0 for a track.
        zebra: Whether walkers cross this street before and behind it.
        lights: Whether it has traffic lights.
    """

    x: float
    half: float
    sides: tuple[int, ...] = SIDES
    walk: float = 2.5
    zebra: bool = True
    lights: bool = False

    @property
    def reach(self) -> float:
        """Half the width that it takes, pavements included."""
        return self.half + self.walk


@dataclass(frozen=True)
class Street:
    """A cross-section that stays the same along a street, and what crosses it.

    Attributes:
        lanes: Numbers of lanes along x (right) and against it (left); two zeros where nobody drives.
        width: Of a lane.
        median: Width between the two directions.
        middle: What is between: "line", "double", "yellow", "none" where `median` is 0; "grass", "trees", "tram",
            "wall", "rail", "paved" on a median.
        right: Strips on the right.
        left: Strips on the left.
        own: Lane of the camera on the right, 0 next to the middle.
        junctions: Streets that cross.
        zebras: x of crossings for walkers.
        shift: Of the camera to the left, within its lane.
    """

    lanes: tuple[int, int] = (1, 1)
    width: float = 3.3
    median: float = 0.0
    middle: str = "line"
    right: Side = Side()
    left: Side = Side()
    own: int = 0
    junctions: tuple[Junction, ...] = ()
    zebras: tuple[float, ...] = ()
    shift: float = 0.0

    def side(self, side: int) -> Side:
        """Return the strips of one side."""
        return self.left if side > 0 else self.right

    def count(self, side: int) -> int:
        """Return the number of lanes on one side."""
        return self.lanes[side > 0]

    def lane(self, side: int, index: int) -> float:
        """Return y of the middle of a lane, numbered from the middle of the street."""
        return side * (self.median / 2 + (index + 0.5) * self.width)

    def drive(self, side: int) -> float:
        """Return where the driving lanes end."""
        return self.median / 2 + self.count(side) * self.width

    def parking(self, side: int) -> float:
        """Return where the parking lane begins."""
        return self.drive(side) + self.side(side).cycle

    def half(self, side: int) -> float:
        """Return where the carriageway ends and the kerb begins."""
        return self.parking(side) + self.side(side).parking

    def walk(self, side: int) -> tuple[float, float]:
        """Return where the pavement begins and ends."""
        strips = self.side(side)
        start = self.half(side) + strips.shoulder + (KERB if strips.curb else 0.0) + strips.verge
        return start, start + strips.walk

    def edge(self, side: int) -> float:
        """Return where land begins."""
        return self.walk(side)[1]

    def land(self, side: int) -> float:
        """Return the height of the land beside the street."""
        return PAVEMENT - 0.03 if self.side(side).curb else -0.02

    def level(self, x: float, y: float) -> float:
        """Return the height of the ground, metres."""
        side = 1 if y > 0 else -1
        away = abs(y)
        if away <= self.half(side) or any(side in j.sides and abs(x - j.x) < j.half for j in self.junctions):
            return 0.0
        if away > self.edge(side):
            return self.land(side)
        return PAVEMENT if self.side(side).curb else 0.0

    @property
    def eye(self) -> float:
        """Y of the camera."""
        lane = self.lane(-1, self.own) if self.lanes[0] else 0.0
        return lane + self.shift

    def stretches(self, side: int, start: float, end: float, margin: float = 0.0) -> list[tuple[float, float]]:
        """Return the parts of start .. end that no crossing street takes, on one side."""
        return between(start, end, [(j.x, j.reach + margin) for j in self.junctions if side in j.sides])

    def has_room_for_crown(self, x: float, y: float) -> bool:
        """Whether a tree is far enough from the camera for its branches not to hang before it."""
        return abs(x) > CLEAR[0] + 3.0 or abs(y - self.eye) > 2 * CLEAR[1]

    def open_at(self, x: float, side: int, margin: float = 0.0) -> bool:
        """Whether x is clear of crossing streets and of crossings for walkers."""
        return all(abs(x - j.x) > j.reach + margin or side not in j.sides for j in self.junctions) and all(
            abs(x - z) > 2.5 + margin for z in self.crossings()
        )

    def crossings(self) -> list[float]:
        """Return x of all crossings for walkers, those of junctions too."""
        at = list(self.zebras)
        for j in self.junctions:
            if j.zebra:
                at += [j.x - j.half - 2.6, j.x + j.half + 2.6]
        return sorted(at)


def between(start: float, end: float, gaps: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return what is left of start .. end without gaps, each given by its middle and half width."""
    parts = []
    for middle, half in sorted(gaps):
        if middle - half > start:
            parts.append((start, min(middle - half, end)))
        start = max(start, middle + half)
        if start >= end:
            break
    if start < end:
        parts.append((start, end))
    return [(a, b) for a, b in parts if b - a > 0.5]


class Claims:
    """Ground that is taken: rectangles along the street, so that nothing stands in anything else."""

    _CELL = 12.0

    def __init__(self) -> None:
        self._taken: dict[int, list[tuple[float, float, float, float]]] = {}

    def take(self, x: float, y: float, length: float, width: float) -> bool:
        """Take a rectangle around a point, unless a part of it is taken already."""
        a, b, c, d = x - length / 2, x + length / 2, y - width / 2, y + width / 2
        cells = range(math.floor(a / self._CELL), math.floor(b / self._CELL) + 1)
        for cell in cells:
            for e, f, g, h in self._taken.get(cell, ()):
                if a < f and e < b and c < h and g < d:
                    return False
        for cell in cells:
            self._taken.setdefault(cell, []).append((a, b, c, d))
        return True


@dataclass(frozen=True)
class Town:
    """A world under construction: where it is built, by which plan, what is taken.

    Attributes:
        site: Takes the triangles, knows the weather.
        key: Of the world.
        street: The plan.
        claims: Ground that is taken; the surroundings of the camera are, from the start.
    """

    site: Site
    key: Key
    street: Street
    claims: Claims = field(default_factory=Claims)

    def __post_init__(self) -> None:
        self.claims.take(0.0, self.street.eye, 2 * CLEAR[0], 2 * CLEAR[1])

    def place(self, x: float, y: float, yaw: float = 0.0) -> Place:
        """Return a place on the ground."""
        return Place(x, y, yaw, self.street.level(x, y))

    def stretch(self, side: int, away: float) -> float:
        """Return by how much the bend pulls things apart (> 1) or together, `away` metres from the middle."""
        return 1 - side * away * self.site.scene.bend.curvature

    def spread(
        self, name: str, side: int, step: float, x: tuple[float, float] = NEAR, margin: float = 1.0
    ) -> Iterator[tuple[float, Key]]:
        """Return places along one side, about `step` metres apart, clear of crossings, each with a key."""
        key = self.key.child(name, "left" if side > 0 else "right")
        at, index = x[0] + step * key.unit("start"), 0
        while at < x[1]:
            if self.street.open_at(at, side, margin):
                yield at, key.child(index)
            index += 1
            at += step * key.child("gap", index).uniform("share", 0.8, 1.2)
