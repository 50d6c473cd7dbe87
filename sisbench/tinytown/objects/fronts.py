"""A building under construction: the bay grid of its front, its walls by height."""

from __future__ import annotations

import math

from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches, rooftops
from sisbench.tinytown.objects.roofs import Span
from sisbench.tinytown.objects.skins import Skin
from sisbench.tinytown.scene import Part, Place
from sisbench.tinytown.site import Site

Size = tuple[float, float, float]

BASE = -1.5
"""Walls reach this far below the ground, so that no gap shows where the street slopes, metres."""


_NEAR = 75.0  # metres from the camera within which details are built


def near(place: Place) -> bool:
    """Whether a building is near enough to the cameras to deserve details."""
    return math.hypot(place.x - 10.0, place.y) < _NEAR


class Front:
    """A building under construction: its body, its skin, and the bay grid of its front.

    Args:
        site: Where to build.
        key: Of the building.
        place: Middle of the footprint; the front looks to local -y.
        kind: Of the object.
        size: Width, depth, height of the walls, metres.
        skin: Its cladding.
        shop: Whether the ground floor has shop windows.
    """

    def __init__(
        self, site: Site, key: Key, place: Place, kind: str, size: Size, skin: Skin, shop: bool = False
    ) -> None:
        self.site, self.key, self.skin, self.shop = site, key, skin, shop
        self.body = site.scene.body(kind, place, key)
        self.width, self.depth, self.height = size
        self.x, self.y = (-self.width / 2, self.width / 2), (-self.depth / 2, self.depth / 2)
        self.x0, self.y0 = self.x[0], self.y[0]
        self.bays = max(1, round(self.width / skin.bay))
        self.floors = max(1, round(self.height / skin.floor))
        self.detailed = near(place)
        self._walls: dict[tuple[float, bool, bool], Part] = {}

    def walls(self, x: Span, y: Span, z: Span, windows: bool = True) -> Part:
        """Add the four walls of a rectangle; returns their part, which walls of the same height share."""
        shop = self.shop and y[0] <= self.y0
        named = (round(z[1], 3), shop, windows)
        if named not in self._walls:
            origin = (self.x0, self.y0, 0.0)
            self._walls[named] = self.skin.part(self.body, self.site, z[1], origin, shop, windows=windows)
        self._walls[named].add(batches.walls([(x[0], y[0], z[0])], [(x[1], y[1], z[1])]))
        return self._walls[named]

    def flat(self, name: str, x: Span, y: Span, z: float, parapet: float | None = None, clutter: float = 1.0) -> None:
        """Add a flat roof with a key of its own."""
        key = self.key.child("roof", name)
        rim = key.pick("parapet", (0.12, 0.45, 0.8)) if parapet is None else parapet
        rooftops.flat(self.site, self.body, key, x, y, z, self.skin.color, parapet=rim, clutter=clutter)

    def bay(self, index: float) -> float:
        """Return x of the left side of a bay."""
        return self.x0 + index * self.skin.bay
