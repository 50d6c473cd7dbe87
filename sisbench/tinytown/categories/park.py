"""Park road: lawns, trees, ponds, paths, people and bicycles."""

from __future__ import annotations

from sisbench.tinytown import traffic
from sisbench.tinytown.categories import _backdrop, _roadside, _sections
from sisbench.tinytown.categories._lots import Land, develop
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import barriers
from sisbench.tinytown.street import SIDES, Street, Town

BEND = (1 / 200, 3.2)
BASES = ("grass",)


def plan(key: Key) -> Street:
    """Plan the road: two narrow lanes, with or without kerbs."""
    kerb = key.chance("kerbs", 0.65)
    west, east = key.child("left"), key.child("right")
    left, right = (
        _sections.urban(west, (1.6, 3.4), 0.25, 0.1, 0.4) if kerb else _sections.country(west, 0.6),
        _sections.urban(east, (1.6, 3.4), 0.25, 0.25, 0.4) if kerb else _sections.country(east, 0.6),
    )
    lanes = key.pick("lanes", ((1, 1), (2, 2), (1, 0)), (82, 10, 8))
    return Street(
        lanes, key.uniform("width", 2.7, 3.3), middle=key.pick("middle", ("none", "line"), (6, 4)),
        junctions=_sections.junctions(key.child("junctions"), 0.35, 0.05, key.pick("tracks", (0.0, 2.0)), 0.2),
        zebras=_sections.zebra(key.child("zebra"), 0.3), left=left, right=right,
    )  # fmt: skip


def fill(town: Town) -> None:
    """Build the road."""
    key = town.key.child("fill")
    built = key.pick("built", (0, -1, 1), (60, 20, 20))
    for side in SIDES:
        mix = {"lawn": 10.0, "pond": 3.0, "wood": 1.5, "meadow": 2.0, "square": 0.4, "bays": 0.4}
        if side == built:
            mix = {"lawn": 4.0, "block": 4.0, "house": 3.0, "church": 0.4, "meadow": 1.0}
        develop(town, side, Land(mix, (9.0, 18.0), (2.5, 6.0), 0.3, 38.0, (1.5, 1.0, 1.5, 9.0)))
        traffic.parked(town, side, 0.5)
        if key.chance(f"railing {side}", 0.15):
            barriers.railing(town.site, key.child("railing", side), (-30.0, 8.0), side * (town.street.edge(side) + 0.2))
    traffic.ahead(town, 0.85)
    traffic.drive(
        town, key.uniform("traffic", 0.15, 0.6), {"car": 5.0, "cyclist": 5.0, "motorcycle": 0.6, "van": 0.6, "bus": 0.3}
    )
    traffic.crossers(town, 3)
    traffic.racks(town, 0.6)
    _roadside.lights(town, 24.0, key.uniform("lamps", 3.5, 5.0))
    for side in SIDES:
        if key.chance(f"trees {side}", 0.5):
            _roadside.trees(town, side, key.uniform("tree step", 7, 11), 0.85, (6.0, 11.0))
    _roadside.signs(town, 23.0, 0.5)
    _roadside.street_furniture(town, 9.0, 0.5)
    traffic.walkers(town, 12 + key.integer("people", 12))
    _backdrop.woods(town, (60.0, 110.0), (9.0, 15.0))
    if key.chance("city", 0.35):
        _backdrop.city(town, (120.0,), (14.0, 34.0), gap=0.5)
    _backdrop.hills(town)
