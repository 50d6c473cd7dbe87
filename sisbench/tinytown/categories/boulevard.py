"""Boulevard: a median with trams or trees, rows of trees, wide pavements before mid-rise blocks."""

from __future__ import annotations

import math

from sisbench.tinytown import traffic
from sisbench.tinytown.carriageway import tracks
from sisbench.tinytown.categories import _backdrop, _roadside, _sections
from sisbench.tinytown.categories._green import detail
from sisbench.tinytown.categories._lots import Land, develop
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import furniture, plants
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import SIDES, Street, Town

BEND = (1 / 210, 1.2)
BASES = ("paved", "asphalt", "grass")


def plan(key: Key) -> Street:
    """Plan the street: a median in all, with tracks in most."""
    middle = key.pick("middle", ("tram", "trees", "grass"), (88, 8, 4))
    median = key.uniform("median", 3.0, 7.5) if middle == "tram" else key.uniform("median", 2.4, 7.0)
    lanes = key.pick("lanes", ((2, 2), (1, 1), (3, 3)), (60, 30, 10))
    left, right = (
        _sections.urban(key.child("left"), (3.2, 6.0), 0.5, 0.3, 0.35),
        _sections.urban(key.child("right"), (3.2, 6.0), 0.5, 0.35, 0.35),
    )
    return Street(
        lanes,
        key.uniform("width", 3.0, 3.4),
        median,
        middle,
        own=key.integer("own", lanes[0]),
        junctions=_sections.junctions(key.child("junctions"), 0.7, 0.8),
        zebras=_sections.zebra(key.child("zebra"), 0.3),
        left=left,
        right=right,
    )


def fill(town: Town) -> None:
    """Build the street."""
    key, street = town.key.child("fill"), town.street
    tall = key.pick("tall", ((12.0, 18.0), (15.0, 24.0), (10.0, 22.0)))
    for side in SIDES:
        setback = key.child(side).pick("setback", ((0.0, 0.5), (0.0, 0.5), (3.0, 6.0)))
        mix = {
            "block": 12.0,
            "square": 0.9,
            "lawn": 0.9,
            "works": 0.4,
            "bays": 0.4,
            "house": 0.4,
            "tower": 0.2,
            "church": 0.15,
        }
        develop(town, side, Land(mix, tall, setback, 0.7))
        traffic.parked(town, side, 0.75)
    traffic.trams(town)
    traffic.ahead(town, 0.55)
    traffic.drive(town, key.uniform("traffic", 0.5, 1.8))
    traffic.cross_traffic(town)
    _roadside.signals(town)
    traffic.crossers(town, 4)
    _roadside.bus_stop(town, 0.4)
    traffic.racks(town, 0.6)
    middle(town)
    if street.middle != "trees":
        _roadside.lights(town, 24.0)
    for side in SIDES:
        _roadside.trees(town, side, key.uniform("tree step", 7.0, 12.0), 0.85, (6.0, 10.0))
    _roadside.signs(town, 16.0)
    _roadside.street_furniture(town)
    traffic.walkers(town, 10 + key.integer("people", 18))
    _backdrop.city(town, (52.0, 86.0), (tall[0], tall[1] + 8))
    _backdrop.hills(town)


def middle(town: Town) -> None:
    """Furnish the median: masts over tracks, else trees and lamps."""
    street, site = town.street, town.site
    if street.middle == "tram":
        lines = tracks(street)
        span = street.median / 2 - 0.35
        for x, one in town.spread("masts", 1, 22.0, (-40.0, 130.0)):
            side = 0.0 if len(lines) == 2 else 1.0
            if len(lines) == 2 or town.claims.take(x, span, 0.5, 0.4):
                furniture.catenary(site, one, Place(x, side * span), span)
        for y in lines:
            points = [(float(x), y, 5.6) for x in range(-100, 220, 20)]
            furniture.wires(site, town.key.child("contact wire", round(y * 10)), points)
        return
    for x, one in town.spread("median", 1, 9.0, (-40.0, 120.0), margin=2.0):
        if not street.has_room_for_crown(x, 0.0):
            continue
        if street.middle == "trees" and not one.chance("lamp", 0.3):
            tall = one.uniform("tall", 5.0, 9.0)
            plants.tree(site, one, Place(x, 0.0, 0.0, 0.13), height=tall, detail=detail(x, 0.0))
        elif one.chance("light", 0.6):
            furniture.street_light(site, one, Place(x, 0.0, math.pi / 2, 0.13), height=8.0, double=True)
        else:
            plants.bush(site, one, Place(x, one.uniform("y", -0.4, 0.4), 0.0, 0.13))
