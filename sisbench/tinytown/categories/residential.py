"""Residential street: detached and terraced houses in gardens, parked cars, little traffic."""

from __future__ import annotations

from sisbench.tinytown import traffic
from sisbench.tinytown.categories import _backdrop, _roadside, _sections
from sisbench.tinytown.categories._lots import Land, develop
from sisbench.tinytown.keys import Key
from sisbench.tinytown.street import SIDES, Street, Town

BEND = (1 / 200, 2.6)
BASES = ("grass",)


def plan(key: Key) -> Street:
    """Plan the street: two narrow lanes, parking lanes, pavements with and without verges."""
    left, right = (
        _sections.urban(key.child("left"), (1.5, 2.6), 0.45, 0.08, 0.45),
        _sections.urban(key.child("right"), (1.5, 2.6), 0.45, 0.12, 0.45),
    )
    lanes = key.pick("lanes", ((1, 1), (2, 2), (1, 0)), (85, 7, 8))
    return Street(
        lanes,
        key.uniform("width", 2.8, 3.4),
        middle=key.pick("middle", ("none", "line", "yellow"), (4, 5, 2)),
        own=0,
        junctions=_sections.junctions(key.child("junctions"), 0.5, 0.2, 1.8),
        zebras=_sections.zebra(key.child("zebra"), 0.2),
        left=left,
        right=right,
    )


def fill(town: Town) -> None:
    """Build the street."""
    key = town.key.child("fill")
    mixes = (
        {"house": 12.0, "terrace": 0.0, "block": 0.4},
        {"house": 6.0, "terrace": 12.0, "block": 1.0},
        {"house": 5.0, "terrace": 3.0, "block": 4.0},
    )
    fronts = key.pick(
        "fronts",
        ((3.0, 2.0, 3.0, 3.0), (8.0, 1.0, 1.0, 1.0), (1.0, 1.0, 6.0, 2.0), (1.0, 6.0, 2.0, 1.0), (0.5, 0.5, 0.5, 8.0)),
    )
    setback = key.pick("setback", ((3.0, 5.0), (4.5, 8.0), (2.0, 3.0)))
    mix = {**key.pick("mix", mixes, (6, 2, 3)), "lawn": 0.7, "works": 0.35, "bays": 0.25, "church": 0.1, "square": 0.15}
    for side in SIDES:
        develop(town, side, Land(mix, (7.0, 13.0), setback, 0.25, 30.0, fronts))
        traffic.parked(town, side, key.uniform("parked", 0.4, 0.8))
    traffic.ahead(town, 0.7)
    traffic.drive(town, key.uniform("traffic", 0.15, 0.8), {**traffic.CITY, "bus": 0.3, "cyclist": 1.5, "truck": 0.5})
    traffic.cross_traffic(town)
    _roadside.signals(town)
    traffic.crossers(town, 2)
    traffic.racks(town, 0.45)
    _roadside.bus_stop(town, 0.15)
    _roadside.lights(town, 30.0, key.uniform("lamps", 4.5, 7.0), key.pick("lit", ((-1,), (1,), SIDES)))
    for side in SIDES:
        if key.chance(f"trees {side}", 0.65):
            _roadside.trees(town, side, key.uniform("tree step", 8, 16), 0.7, (4.0, 9.5))
    if key.chance("poles", 0.4):
        _roadside.wires(town, key.sign("poles on"))
    _roadside.signs(town, 20.0)
    _roadside.street_furniture(town, 14.0, 0.4)
    traffic.walkers(town, 8 + key.integer("people", 9))
    _backdrop.woods(town, (48.0, 95.0), (7.0, 13.0))
    _backdrop.hamlet(town, key.child("hamlet"), 6, (50.0, 90.0), (-50.0, 200.0))
    _backdrop.hills(town)
