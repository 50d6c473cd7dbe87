"""Plaza: paved ground with market stalls, parasols, a fountain, people; a road or tracks along some."""

from __future__ import annotations

import math

from sisbench.tinytown import traffic
from sisbench.tinytown.categories import _backdrop, _roadside, _sections
from sisbench.tinytown.categories._lots import Land, develop
from sisbench.tinytown.categories._squares import furnish
from sisbench.tinytown.categories.boulevard import middle
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import buildings, furniture
from sisbench.tinytown.street import SIDES, Side, Street, Town

BEND = (1 / 700, 0.8)
BASES = ("paved", "asphalt")


def plan(key: Key) -> Street:
    """Plan the place: no road at all, a quiet road through it, or tracks."""
    kind = key.pick("kind", ("open", "road", "tram"), (45, 30, 25))
    wide = {side: key.uniform(f"wide {side}", 9.0, 20.0) for side in SIDES}
    if kind == "road":
        sides = {
            s: Side(
                cycle=1.6 if key.chance(f"cycle {s}", 0.25) else 0.0, walk=wide[s] * 0.7, curb=key.chance("kerbs", 0.5)
            )
            for s in SIDES
        }
        return Street(
            (1, 1),
            key.uniform("width", 2.9, 3.3),
            middle=key.pick("middle", ("none", "line")),
            left=sides[1],
            right=sides[-1],
            junctions=_sections.junctions(key.child("junctions"), 0.4, 0.6),
            zebras=_sections.zebra(key.child("zebra"), 0.5),
        )
    sides = {s: Side(walk=wide[s], curb=False) for s in SIDES}
    shift = key.uniform("shift", -3.0, 3.0)
    if kind == "tram":
        return Street(
            (0, 0),
            median=key.pick("tracks", (3.4, 6.4)),
            middle="tram",
            left=sides[1],
            right=sides[-1],
            shift=-key.uniform("beside", 5.6, 7.0),
        )
    return Street((0, 0), middle="none", left=sides[1], right=sides[-1], shift=shift)


def fill(town: Town) -> None:
    """Build the place."""
    key, street, site = town.key.child("fill"), town.street, town.site
    tall = key.pick("tall", ((9.0, 15.0), (12.0, 20.0), (14.0, 30.0)))
    for side in SIDES:
        mix = {"block": 12.0, "square": 0.6, "lawn": 0.8, "church": 0.5, "works": 0.3, "tower": 0.2}
        develop(town, side, Land(mix, tall, (0.0, 0.5), 0.9))
        traffic.parked(town, side, 0.6)
    end = key.uniform("end", 48.0, 110.0)
    open_ = street.lanes == (0, 0)
    if open_ and street.middle != "tram" and key.chance("closed", 0.75):
        close(town, key.child("end"), end, tall)
    traffic.trams(town)
    traffic.ahead(town, 0.75)
    traffic.drive(town, key.uniform("traffic", 0.2, 0.8), {**traffic.CITY, "cyclist": 2.5})
    _roadside.signals(town)
    traffic.crossers(town, 4)
    middle_ = key.pick("center", ("fountain", "sculpture", "clock", "none"), (4, 3, 1, 2))
    spot = key.uniform("center x", 14.0, 30.0), key.uniform("center y", -6.0, 6.0) if open_ else street.edge(1) * 0.7
    if middle_ != "none" and street.middle != "tram" and town.claims.take(*spot, 8.0, 8.0):
        getattr(furniture, middle_)(site, key.child("center"), town.place(*spot))
    if street.middle == "tram":
        middle(town)
    traffic.racks(town, 0.8)
    for side in SIDES:
        if key.chance(f"trees {side}", 0.55):
            _roadside.trees(town, side, key.uniform("tree step", 6, 10), 0.8, (5.0, 8.5))
        inner, outer = street.walk(side)
        z = street.level(0.0, side * (inner + 1))
        y = sorted((side * max(inner, 1.0 if open_ else 0.0), side * (outer - 1.0)))
        furnish(town, key.child("furnish", side), (6.0, min(end, 55.0) - 4), (y[0], y[1]), z, 26)
        furnish(town, key.child("furnish behind", side), (-35.0, -9.0), (y[0], y[1]), z, 8)
    _roadside.lights(town, 18.0, key.uniform("lamps", 3.8, 5.5))
    _roadside.signs(town, 18.0, 0.6)
    traffic.walkers(town, 14 + key.integer("people", 14), near=0.7)
    _backdrop.city(town, (64.0, 94.0), (tall[0], tall[1] + 8))
    _backdrop.hills(town)


def close(town: Town, key: Key, x: float, tall: tuple[float, float]) -> None:
    """Blocks across the far end, an alley between them."""
    y = -town.street.edge(-1)
    index = 0
    while y < town.street.edge(1):
        one = key.child(index)
        wide = one.uniform("wide", 10, 18)
        place = town.place(x + 7, y + wide / 2, -math.pi / 2)
        buildings.block(town.site, one, place._replace(z=0.0), (wide, 13.0, one.uniform("tall", *tall)), shop=True)
        y += wide + (5.0 if one.chance("alley", 0.25) else 0.0)
        index += 1
