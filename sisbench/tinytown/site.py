"""Where objects are built: the scene, and the weather that changes how they look."""

from __future__ import annotations

from typing import NamedTuple

from sisbench.tinytown.scene import Scene
from sisbench.tinytown.weather import Weather


class Site(NamedTuple):
    """A world under construction and its conditions.

    Attributes:
        scene: Takes the triangles.
        weather: Season (bare or coloured trees), wetness (umbrellas), time (lamps).
    """

    scene: Scene
    weather: Weather
