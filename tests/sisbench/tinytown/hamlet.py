"""Worlds with the plan, the weather and the cameras of real ones, and next to nothing in them: they cost no time."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from sisbench.tinytown import worlds
from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Mesh, Place, Scene


@dataclass(frozen=True)
class Hamlet(worlds.World):
    """A lawn, a road, a house and three cars."""

    @functools.cached_property
    def mesh(self) -> Mesh:
        """The built world."""
        scene, key = Scene(self.bend), Key("hamlet", self.number)
        scene.course("grass", key.child("lawn")).part("plain", (0.1, 0.2, 0.05)).sheet((-90, 300), (-90, 90), -0.06)
        scene.course("road", key.child("road")).part("plain", (0.1, 0.1, 0.1)).sheet((-90, 300), (-5, 5), 0.0)
        scene.body("house", Place(14, -12), key.child("house")).part("plain", (0.5, 0.3, 0.2)).box((0, 0, 3), (8, 6, 6))
        for number in range(3):
            car = scene.body("car", Place(10 + 8 * number, 2), key.child("car", number))
            car.part("plain", (0.4, 0.1, 0.1)).box((0, 0, 0.8), (4, 1.7, 1.5))
        return scene.build()


def world(number: int) -> worlds.World:
    """Plan a world."""
    plan = worlds.world(number)
    return Hamlet(**{name: getattr(plan, name) for name in worlds.World.__dataclass_fields__})
