"""Land beside a street, cut into lots: what is on them makes the category, and categories share the kinds of lots."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import NEAR, Town


@dataclass(frozen=True)
class Land:
    """What is built along one side of a street.

    Attributes:
        mix: Weights of kinds of lots, by the names of `WIDTHS`.
        height: Least and largest height of blocks, metres.
        setback: Least and largest distance of buildings from the street, metres.
        shops: Probability that a block has shops.
        depth: Of lots, metres.
        fronts: Weights of "fence", "wall", "hedge", "open" between lots and the street.
    """

    mix: Mapping[str, float]
    height: tuple[float, float] = (9.0, 20.0)
    setback: tuple[float, float] = (0.0, 0.6)
    shops: float = 0.5
    depth: float = 34.0
    fronts: tuple[float, float, float, float] = (3.0, 2.0, 2.0, 3.0)


class Lot(NamedTuple):
    """A piece of land.

    Attributes:
        side: Of the street.
        start: Least x, metres.
        end: Largest x.
        front: Distance from the middle of the street at which it begins.
        depth: How far back it goes.
        z: Height of the ground.
        land: What is usual here.
    """

    side: int
    start: float
    end: float
    front: float
    depth: float
    z: float
    land: Land

    @property
    def width(self) -> float:
        """Metres along the street."""
        return self.end - self.start

    @property
    def middle(self) -> float:
        """X of the middle."""
        return (self.start + self.end) / 2

    @property
    def far(self) -> bool:
        """Whether it is so far from the cameras that little is needed."""
        return self.start > 85 or self.end < -32

    def at(self, x: float, back: float, turn: float = 0.0) -> Place:
        """Return a place `back` metres from the front; what stands there faces the street, turned by `turn`."""
        return Place(x, self.side * (self.front + back), (0.0 if self.side > 0 else math.pi) + turn, self.z)

    def y(self, back: float, other: float | None = None) -> tuple[float, float]:
        """Return the y of two distances from the front, in order; without `other`, of the whole depth."""
        a, b = self.side * (self.front + back), self.side * (self.front + (self.depth if other is None else other))
        return min(a, b), max(a, b)


WIDTHS = {
    "block": (9.0, 22.0),
    "tower": (20.0, 34.0),
    "house": (11.0, 19.0),
    "terrace": (6.0, 9.0),
    "hall": (26.0, 44.0),
    "store": (34.0, 55.0),
    "farm": (34.0, 50.0),
    "church": (24.0, 32.0),
    "station": (28.0, 36.0),
    "lawn": (12.0, 34.0),
    "field": (40.0, 90.0),
    "meadow": (20.0, 60.0),
    "wood": (16.0, 40.0),
    "square": (18.0, 34.0),
    "bays": (22.0, 42.0),
    "yard": (18.0, 34.0),
    "works": (20.0, 32.0),
    "pond": (26.0, 44.0),
}
"""Least and largest width of each kind of lot, metres along the street."""

Builder = Callable[[Town, Key, Lot], None]

_ROOMS = ("_blocks", "_homes", "_yards", "_green", "_squares", "_car_parks")


def builder(name: str) -> Builder:
    """Return the function that fills a kind of lot."""
    for module in _ROOMS:
        found: Builder | None = getattr(importlib.import_module(f"{__package__}.{module}"), name, None)
        if found:
            return found
    raise KeyError(name)


def develop(town: Town, side: int, land: Land, x: tuple[float, float] = NEAR, front: float | None = None) -> None:
    """Cut one side of the street into lots and fill them.

    Args:
        town: The world.
        side: Side of the street.
        land: What is usual here.
        x: From where to where.
        front: Distance from the middle at which lots begin; None: where the pavement ends.
    """
    street = town.street
    edge = street.edge(side) if front is None else front
    names, weights = tuple(land.mix), tuple(land.mix.values())
    narrow = min(WIDTHS[name][0] for name in names)
    key = town.key.child("lots", "left" if side > 0 else "right", round(edge))
    for start, end in street.stretches(side, *x):
        at, index = start, 0
        while end - at > 4.0:
            one = key.child(round(start), index)
            name = one.pick("kind", names, weights)
            width = one.uniform("width", *WIDTHS[name])
            if end - at < narrow + 2:
                name, width = "lawn", end - at
            elif at + width > end - narrow:
                width = end - at
                if width < WIDTHS[name][0]:
                    name = next((n for n in names if WIDTHS[n][0] <= width <= WIDTHS[n][1]), "lawn")
            lot = Lot(side, at, at + width, edge, land.depth, street.land(side), land)
            builder(name)(town, one.child(name), lot)
            at += width
            index += 1
