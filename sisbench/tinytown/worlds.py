"""From a number to a world: which category it is, when and in what weather, and how its street runs."""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from types import ModuleType

from sisbench.tinytown import carriageway, ground
from sisbench.tinytown.bend import Bend
from sisbench.tinytown.cameras import Camera, cameras
from sisbench.tinytown.categories import CATEGORIES
from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Mesh, Scene
from sisbench.tinytown.shading.point import Air
from sisbench.tinytown.site import Site
from sisbench.tinytown.street import Street, Town
from sisbench.tinytown.weather import Weather, weather

EDITION = "tinytown-v1"
"""Version of the generator: it is part of every key, so that another version has other worlds."""


@dataclass(frozen=True)
class World:
    """A world as it is planned; `mesh` is built when it is first asked for.

    Attributes:
        number: Of the world, from 0.
        edition: Version of the generator.
        category: One of `CATEGORIES`.
        split: "train" or "val".
        weather: Its conditions.
        street: Its cross-section, and what crosses it.
        bend: How it runs.
        cameras: One per view.
        air: What of the weather surfaces must know.
        seed: Of sampling and sensor noise, 32 bits.
    """

    number: int
    edition: str
    category: str
    split: str
    weather: Weather
    street: Street
    bend: Bend
    cameras: dict[str, Camera]
    air: Air
    seed: int

    @functools.cached_property
    def mesh(self) -> Mesh:
        """The built world."""
        return self.town().site.scene.build()

    def town(self) -> Town:
        """Build the world, and return it before the street is bent."""
        town = Town(Site(Scene(self.bend), self.weather), _key(self.number, self.edition), self.street)
        module = _module(self.category)
        ground.land(town, town.key.pick("base", module.BASES))
        carriageway.pave(town)
        module.fill(town)
        return town

    @property
    def facts(self) -> dict[str, str | int | float | bool]:
        """What a list of worlds should tell of this one; lengths in metres, curvature in 1 / metres."""
        street, conditions = self.street, self.weather
        return {
            "world": self.number,
            "edition": self.edition,
            "category": self.category,
            "split": self.split,
            "time": conditions.time,
            "season": conditions.season,
            "wet": round(conditions.wet, 3),
            "snow": conditions.snow,
            "fog": conditions.foggy,
            "lanes_along": street.lanes[0],
            "lanes_against": street.lanes[1],
            "lane_width": round(street.width, 3),
            "median": street.middle if street.median else "none",
            "tracks": len(carriageway.tracks(street)),
            "junctions": len(street.junctions),
            "crossings": len(street.crossings()),
            "curvature": round(self.bend.curvature, 6),
            "rise": round(self.bend.rise, 3),
        }


def world(number: int, edition: str = EDITION) -> World:
    """Plan a world; nothing is built yet.

    Categories take turns, and of four worlds of a category the last is for validation: any multiple of 48 worlds is
    balanced.

    Args:
        number: From 0.
        edition: Version of the generator.

    Raises:
        ValueError: If the number is negative.
    """
    if number < 0:
        raise ValueError(f"the number of a world is {number}; numbers start at 0")
    key = _key(number, edition)
    category = CATEGORIES[number % len(CATEGORIES)]
    module = _module(category)
    street: Street = module.plan(key.child("plan"))
    conditions = weather(key.child("weather"))
    bend = _bend(key.child("bend"), *module.BEND)
    autumn = key.uniform("leaves", 0.2, 1.0) if conditions.season == "autumn" else 0.0
    light = conditions.light
    air = Air(conditions.wet, float(conditions.snow), light.dark, light.lit, autumn, key.child("air").seed)
    split = "val" if (number // len(CATEGORIES)) % 4 == 3 else "train"
    views = cameras(key.child("cameras"), bend, street.eye)
    return World(number, edition, category, split, conditions, street, bend, views, air, key.seed)


def _key(number: int, edition: str) -> Key:
    return Key(edition, "world", number)


def _module(category: str) -> ModuleType:
    return importlib.import_module(f"sisbench.tinytown.categories.{category}")


def _bend(key: Key, curvature: float, rise: float) -> Bend:
    """Draw how a street runs: straight in one of six, level in one of five."""
    turn = 0.0 if key.chance("straight", 0.16) else key.sign("turn") * curvature * key.uniform("curvature", 0.4, 1.0)
    climb = 0.0 if key.chance("level", 0.2) else key.sign("way") * rise * key.uniform("rise", 0.2, 1.0)
    return Bend(turn, climb, key.uniform("reach", 10.0, 40.0))
