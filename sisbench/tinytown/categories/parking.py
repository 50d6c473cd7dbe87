"""Car park: rows of marked bays with cars along an aisle or a road, big shops behind them."""

from __future__ import annotations

from sisbench.tinytown import traffic
from sisbench.tinytown.categories import _backdrop, _roadside, _sections
from sisbench.tinytown.categories._lots import Land, develop
from sisbench.tinytown.keys import Key
from sisbench.tinytown.street import SIDES, Side, Street, Town

BEND = (1 / 500, 1.0)
BASES = ("grass", "asphalt")


def plan(key: Key) -> Street:
    """Plan the aisle between bays, or a road past car parks."""
    aisle = key.chance("aisle", 0.5)
    junctions = _sections.junctions(key.child("junctions"), 0.4, 0.4, 1.5)
    if aisle:
        bare = Side(shoulder=0.0, curb=False)
        return Street(
            (1, 1),
            key.uniform("width", 3.0, 3.6),
            middle=key.pick("middle", ("none", "line"), (3, 1)),
            left=bare,
            right=bare,
            zebras=_sections.zebra(key.child("zebra"), 0.4),
        )
    left, right = (
        _sections.urban(key.child("left"), (1.6, 3.0), 0.3, 0.15, 0.5),
        _sections.urban(key.child("right"), (1.6, 3.0), 0.3, 0.2, 0.5),
    )
    lanes = key.pick("lanes", ((1, 1), (2, 2), (2, 1)), (7, 2, 1))
    return Street(
        lanes,
        key.uniform("width", 3.0, 3.5),
        middle=key.pick("middle", ("line", "none", "yellow")),
        own=0,
        junctions=junctions,
        zebras=_sections.zebra(key.child("zebra"), 0.4),
        left=left,
        right=right,
    )


def fill(town: Town) -> None:
    """Build the car park."""
    key, street = town.key.child("fill"), town.street
    aisle = not street.left.curb and not street.right.curb
    full = key.sign("full")
    for side in SIDES:
        mix = {"store": 8.0, "bays": 6.0, "lawn": 0.6, "station": 0.4}
        if not aisle and side != full:
            mix = {
                "store": 2.0,
                "bays": 4.0,
                "block": 3.0,
                "hall": 1.0,
                "house": 0.8,
                "lawn": 1.2,
                "square": 0.5,
                "works": 0.4,
            }
        develop(town, side, Land(mix, (9.0, 22.0), (0.5, 4.0), 0.5, 40.0, (0.6, 0.6, 3.0, 5.0)))
        traffic.parked(town, side, 0.7)
    traffic.ahead(town, 0.6)
    traffic.drive(
        town, key.uniform("traffic", 0.2, 0.7), {"car": 8.0, "van": 1.0, "bus": 0.3, "motorcycle": 0.8, "cyclist": 0.8}
    )
    traffic.cross_traffic(town)
    _roadside.signals(town)
    traffic.crossers(town, 3)
    traffic.racks(town, 0.55)
    _roadside.bus_stop(town, 0.25)
    for side in SIDES:
        if not aisle and key.chance(f"trees {side}", 0.6):
            _roadside.trees(town, side, key.uniform("tree step", 8, 14), 0.7)
    if not aisle:
        _roadside.lights(town, 26.0, 8.0)
    _roadside.signs(town, 18.0, 0.5)
    _roadside.street_furniture(town, 12.0, 0.4)
    traffic.walkers(town, 8 + key.integer("people", 8))
    _backdrop.woods(town, (75.0, 115.0), (8.0, 14.0))
    if key.chance("city", 0.6):
        _backdrop.city(town, (70.0, 100.0), (9.0, 24.0), gap=0.5)
    _backdrop.hills(town)
