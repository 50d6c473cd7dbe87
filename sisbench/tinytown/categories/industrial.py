"""Industrial street: halls, yards with trucks and containers, chimneys, poles with wires."""

from __future__ import annotations

from sisbench.tinytown import traffic
from sisbench.tinytown.categories import _backdrop, _roadside, _sections
from sisbench.tinytown.categories._lots import Land, develop
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import buildings
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import SIDES, Side, Street, Town

BEND = (1 / 200, 1.6)
BASES = ("asphalt", "grass")

MIX = {"car": 5.0, "van": 2.0, "truck": 3.0, "lorry": 1.5, "motorcycle": 0.5, "cyclist": 0.5, "bus": 0.3}


def plan(key: Key) -> Street:
    """Plan the street: wide lanes, a pavement on one side or both."""

    def side(at: Key) -> Side:
        if at.chance("bare", 0.3):
            return _sections.country(at, 0.2)
        return _sections.urban(at, (1.5, 2.6), 0.25, 0.1, 0.4)

    lanes = key.pick("lanes", ((1, 1), (2, 2), (2, 1)), (75, 15, 10))
    return Street(
        lanes,
        key.uniform("width", 3.3, 3.9),
        middle=key.pick("middle", ("line", "none", "yellow", "double"), (5, 2, 2, 2)),
        own=key.integer("own", lanes[0]),
        junctions=_sections.junctions(key.child("junctions"), 0.45, 0.35, 1.5),
        left=side(key.child("left")),
        right=side(key.child("right")),
    )


def fill(town: Town) -> None:
    """Build the street."""
    key, street = town.key.child("fill"), town.street
    for side in SIDES:
        mix = {
            "hall": 10.0,
            "yard": 3.0,
            "bays": 1.2,
            "lawn": 1.0,
            "block": 1.2,
            "store": 0.8,
            "station": 0.5,
            "wood": 0.5,
            "works": 0.8,
            "house": 0.5,
            "meadow": 0.8,
        }
        develop(town, side, Land(mix, (7.0, 15.0), (1.0, 5.0), 0.1, 38.0, (6.0, 2.5, 1.5, 3.0)))
        traffic.parked(town, side, 0.6)
    traffic.ahead(town, 0.6)
    traffic.drive(town, key.uniform("traffic", 0.4, 1.2), MIX)
    traffic.cross_traffic(town, MIX)
    _roadside.signals(town)
    traffic.crossers(town, 2)
    traffic.racks(town, 0.45)
    _roadside.bus_stop(town, 0.2)
    if key.chance("poles", 0.6):
        _roadside.wires(town, key.sign("poles on"))
    _roadside.lights(town, 32.0, key.uniform("lamps", 7.0, 9.5), key.pick("lit", ((-1,), (1,), SIDES)))
    for side in SIDES:
        if key.chance(f"trees {side}", 0.4):
            _roadside.trees(town, side, key.uniform("tree step", 9, 18), 0.6)
    _roadside.signs(town, 18.0)
    _roadside.street_furniture(town, 18.0, 0.3)
    traffic.walkers(town, 4 + key.integer("people", 6))
    for one in key.children("chimney", 2):
        if one.chance("here", 0.5):
            side = one.sign("side")
            buildings.chimney(
                town.site,
                one,
                Place(one.uniform("x", 35, 140), side * (street.edge(side) + one.uniform("away", 42, 70))),
            )
    for one in key.children("silo", 3):
        if key.chance("silos", 0.4):
            side = key.sign("silo side")
            buildings.silo(
                town.site,
                one,
                Place(
                    key.uniform("silo x", 30, 90) + one.uniform("off", 5, 7) * (one.integer("k", 3) - 1),
                    side * (street.edge(side) + 46),
                ),
            )
    if key.chance("far halls", 0.7):
        _backdrop.city(town, (64.0, 96.0), (8.0, 18.0), gap=0.5)
    _backdrop.woods(town, (80.0, 125.0), (8.0, 14.0))
    _backdrop.hills(town)
