"""Construction: road works in a street of a town, building sites beside it."""

from __future__ import annotations

import math

from sisbench.tinytown import traffic
from sisbench.tinytown.categories import _backdrop, _roadside, _sections
from sisbench.tinytown.categories._lots import Land, develop
from sisbench.tinytown.ground import sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import barriers, furniture, people, vehicles
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import SIDES, Street, Town

BEND = (1 / 200, 2.0)
BASES = ("asphalt", "grass", "paved")


def plan(key: Key) -> Street:
    """Plan the street: that of a town or of its outskirts."""
    lanes = key.pick("lanes", ((2, 1), (2, 2), (1, 1), (1, 2)), (30, 30, 25, 15))
    town = key.chance("town", 0.65)
    walk = (2.4, 4.5) if town else (1.5, 2.4)
    left, right = (
        _sections.urban(key.child("left"), walk, 0.3, 0.15, 0.2),
        _sections.urban(key.child("right"), walk, 0.3, 0.2, 0.2),
    )
    return Street(
        lanes,
        key.uniform("width", 3.1, 3.6),
        middle=key.pick("middle", ("line", "double", "yellow")),
        own=0,
        junctions=_sections.junctions(key.child("junctions"), 0.45, 0.6),
        zebras=_sections.zebra(key.child("zebra"), 0.2),
        left=left,
        right=right,
    )


def fill(town: Town) -> None:
    """Build the street."""
    key = town.key.child("fill")
    city = key.chance("city", 0.6)
    main = key.sign("site")
    rest: dict[str, float] = {"block": 9.0, "tower": 0.3, "square": 0.4, "lawn": 0.8, "bays": 0.4}
    if not city:
        rest = {"house": 6.0, "block": 2.5, "hall": 1.5, "lawn": 1.2, "yard": 0.8, "meadow": 0.5}
    tall = (10.0, 24.0) if city else (7.0, 13.0)
    for side in SIDES:
        mix = {**rest, "works": 9.0 if side == main else 1.4}
        develop(town, side, Land(mix, tall, (0.0, 0.6) if city else (3.0, 6.0), 0.4))
    road_works(town, key.child("works"), main if key.chance("same side", 0.6) else -main)
    for side in SIDES:
        traffic.parked(town, side, 0.5)
    traffic.ahead(town, 0.6)
    traffic.drive(town, key.uniform("traffic", 0.5, 1.6), {**traffic.CITY, "truck": 2.5, "van": 2.0})
    traffic.cross_traffic(town)
    _roadside.signals(town)
    traffic.crossers(town, 3)
    traffic.racks(town, 0.5)
    _roadside.lights(town, 28.0)
    for side in SIDES:
        if key.chance(f"trees {side}", 0.4):
            _roadside.trees(town, side, 11.0, 0.6)
    _roadside.signs(town, 9.0, 0.75)
    _roadside.street_furniture(town, 11.0, 0.4)
    traffic.walkers(town, 8 + key.integer("people", 8))
    if city:
        _backdrop.city(town, (52.0, 86.0), (tall[0], tall[1] + 10))
    else:
        _backdrop.woods(town, (52.0, 90.0), (7.0, 13.0))
        _backdrop.hamlet(town, key.child("hamlet"), 5)
    for one in key.children("far crane", 2):
        if one.chance("here", 0.5):
            furniture.crane(
                town.site, one, Place(one.uniform("x", 70, 170), one.sign("side") * one.uniform("y", 40, 75))
            )
    _backdrop.hills(town)


def road_works(town: Town, key: Key, side: int) -> None:
    """Close the outer strip of the carriageway: dug up, fenced off, machines and people in it."""
    street, site = town.street, town.site
    outer = street.half(side) - 0.15
    closed = max(
        2.6, street.side(side).parking + street.side(side).cycle + (street.width if street.count(side) > 1 else 0.0)
    )
    inner = outer - closed
    start = key.uniform("start", 9.5, 18.0)
    if abs(side * inner - street.eye) < 2.4 and side * street.eye > 0:
        start = max(start, 13.0)
    end = start + key.uniform("long", 22.0, 50.0)
    for j in street.junctions:
        if j.x - j.half < end and j.x > start:
            end = j.x - j.half - 5.0
    if end - start < 8:
        return
    town.claims.take((start + end) / 2, side * (inner + outer) / 2, end - start, closed + 0.5)
    dug = key.pick("dug", ("soil", "gravel"))
    sheet(town, "soil", "gravel", key.child(dug), (start + 2, end - 2), (side * (inner + 0.5), side * outer), 0.012)
    barriers.works_barrier(site, key.child("barrier"), (start, end), side * inner)
    for index in range(7):
        share = index / 6
        x = start - 9.0 + 9.0 * share
        y = side * (outer - share * closed)
        if not (abs(x) < 9.2 and abs(y - street.eye) < 2.4):
            furniture.cone(site, key.child("cone", index), Place(x, y))
    for one in key.children("cone on the line", 5):
        furniture.cone(site, one, Place(one.uniform("x", start, end), side * (inner + 0.5)))
    middle = side * (inner + outer) / 2
    at = start + 5.0
    while at < end - 5:
        one = key.child(round(at))
        what = one.pick("what", ("excavator", "truck", "heap", "people", "crate", "container"), (4, 2, 3, 4, 2, 1))
        if what == "excavator":
            vehicles.excavator(site, one, Place(at, middle, one.pick("way", (0.0, math.pi)) + 0.3 * one.normal("yaw")))
        elif what == "truck":
            vehicles.truck(site, one, Place(at + 2, middle, one.pick("way", (0.0, math.pi))), model="tipper")
        elif what == "heap":
            heap = site.scene.body("soil", Place(at, middle), one)
            wide = min(1.3, closed / 2.2)
            heap.part("gravel", (0.20, 0.15, 0.10), (0.32, 0.25, 0.17)).ball(
                (0, 0, 0), (1.6, wide, one.uniform("tall", 0.5, 1.1)), detail=2
            )
        elif what == "people":
            for who in one.children("worker", 2):
                x, y = at + who.uniform("x", -1.4, 1.4), middle + who.uniform("y", -0.9, 0.9)
                people.person(site, who, Place(x, y, who.uniform("turn", 0, 6.28)), activity="working")
        elif what == "crate":
            furniture.crate(site, one, Place(at, middle))
        else:
            furniture.container(site, one, Place(at + 1, middle))
        at += {"excavator": 8.0, "truck": 12.0, "container": 8.0}.get(what, 4.0)
