"""Forest road: woods on both sides, clearings, hardly any traffic."""

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
    """Plan the road: two lanes, shoulders, a path beside it in some."""
    left, right = (_sections.country(key.child("left"), 0.3, 0.1), _sections.country(key.child("right"), 0.3, 0.1))
    lanes = key.pick("lanes", ((1, 1), (2, 1), (1, 0)), (85, 8, 7))
    return Street(
        lanes,
        key.uniform("width", 2.8, 3.5),
        middle=key.pick("middle", ("line", "none", "double", "yellow"), (5, 2, 2, 2)),
        own=0,
        junctions=_sections.junctions(key.child("junctions"), 0.35, 0.0, 0.0, 0.3),
        left=left,
        right=right,
    )


def fill(town: Town) -> None:
    """Build the road."""
    key, street, site = town.key.child("fill"), town.street, town.site
    for side in SIDES:
        one = key.child(side)
        mix = {"wood": 10.0, "meadow": 1.6, "lawn": 0.6, "pond": 0.5, "field": 0.6, "house": 0.35, "bays": 0.2}
        develop(town, side, Land(mix, (7.0, 12.0), (5.0, 9.0), 0.0, 34.0, (1.5, 0.5, 0.2, 8.0)), (-50.0, 130.0))
        if one.chance("rail", 0.35):
            start = one.uniform("start", -40, 15)
            barriers.guard_rail(
                site,
                one.child("rail"),
                (start, start + one.uniform("long", 35, 90)),
                side * (street.half(side) + max(0.5, street.side(side).shoulder)),
            )
        elif one.chance("fence", 0.2):
            barriers.fence(
                site,
                one.child("fence"),
                (-20.0, 80.0),
                side * (street.edge(side) + 0.6),
                "rail" if one.chance("rails", 0.5) else None,
            )
    traffic.ahead(town, 0.65)
    traffic.drive(
        town,
        key.uniform("traffic", 0.15, 0.5),
        {"car": 6.0, "van": 0.8, "truck": 0.9, "lorry": 0.6, "cyclist": 1.5, "motorcycle": 1.5, "caravan": 0.4},
    )
    traffic.racks(town, 0.3)
    if key.chance("poles", 0.25):
        _roadside.wires(town, key.sign("poles on"), off=1.4)
    _roadside.signs(town, 19.0, 0.6)
    traffic.walkers(town, 2 + key.integer("people", 5))
    _backdrop.woods(town, (44.0, 58.0, 90.0), (12.0, 19.0))
    _backdrop.hills(town)
