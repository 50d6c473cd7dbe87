"""Downtown: closed rows of tall blocks, shops, busy pavements, dense traffic."""

from __future__ import annotations

from sisbench.tinytown import traffic
from sisbench.tinytown.categories import _backdrop, _roadside, _sections
from sisbench.tinytown.categories._lots import Land, develop
from sisbench.tinytown.keys import Key
from sisbench.tinytown.street import SIDES, Street, Town

BEND = (1 / 210, 1.4)
BASES = ("paved", "asphalt")


def plan(key: Key) -> Street:
    """Plan the street: one to three lanes each way, one-way in some, trams in a few."""
    lanes = key.pick("lanes", ((2, 2), (1, 1), (2, 1), (3, 3), (2, 0), (3, 2)), (30, 25, 10, 12, 13, 10))
    tram = 0 not in lanes and lanes[0] < 3 and key.chance("tram", 0.36)
    left, right = (
        _sections.urban(key.child("left"), (2.8, 5.5), 0.5, 0.3, 0.12),
        _sections.urban(key.child("right"), (2.8, 5.5), 0.5, 0.35, 0.12),
    )
    found = _sections.junctions(key.child("junctions"), 0.78, 0.8)
    return Street(
        lanes,
        key.uniform("width", 3.0, 3.4),
        key.pick("tracks", (3.2, 6.4)) if tram else 0.0,
        "tram" if tram else key.pick("middle", ("line", "double", "yellow")),
        own=key.integer("own", lanes[0]),
        junctions=found,
        zebras=() if found and found[0].x > 0 else _sections.zebra(key.child("zebra"), 0.5),
        left=left,
        right=right,
    )


def fill(town: Town) -> None:
    """Build the street."""
    key = town.key.child("fill")
    tall = key.pick("tall", ((12.0, 26.0), (16.0, 36.0), (22.0, 52.0)))
    towers = key.pick("towers", (0.3, 1.5, 4.0))
    for side in SIDES:
        mix = {"block": 12.0, "tower": towers, "square": 0.7, "lawn": 0.7, "works": 0.5, "bays": 0.4, "church": 0.1}
        develop(town, side, Land(mix, tall, (0.0, 0.6), 0.8))
        traffic.parked(town, side, 0.8)
    traffic.ahead(town, 0.6)
    traffic.trams(town)
    traffic.drive(town, key.uniform("traffic", 0.8, 2.6))
    traffic.cross_traffic(town)
    _roadside.signals(town)
    traffic.crossers(town, 3 + key.integer("crossers", 4))
    _roadside.bus_stop(town, 0.5)
    traffic.racks(town, 0.65)
    _roadside.lights(town, 25.0)
    for side in SIDES:
        if key.chance(f"trees {side}", 0.6):
            _roadside.trees(town, side, key.uniform("tree step", 8, 14), 0.6)
    _roadside.signs(town, 14.0)
    _roadside.street_furniture(town)
    traffic.walkers(town, key.integer("people", 26) + 12)
    _backdrop.city(town, (50.0, 84.0), (tall[0] + 4, tall[1] * 1.4))
    _backdrop.hills(town)
