"""Rural road: fields, meadows, farms, lone trees, a village here and there."""

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
    """Plan the road: two lanes, shoulders; a kerb and a pavement in villages."""
    village = 0.75 if key.chance("village", 0.25) else 0.05
    left, right = (
        _sections.country(key.child("left"), 0.2, village),
        _sections.country(key.child("right"), 0.2, village),
    )
    return Street(
        (1, 1),
        key.uniform("width", 2.7, 3.5),
        middle=key.pick("middle", ("line", "none", "double", "yellow"), (5, 3, 1, 2)),
        junctions=_sections.junctions(key.child("junctions"), 0.4, 0.0, key.pick("tracks", (0.0, 0.0, 1.5)), 0.3),
        left=left,
        right=right,
    )


def fill(town: Town) -> None:
    """Build the road."""
    key, street, site = town.key.child("fill"), town.street, town.site
    curbs = street.left.curb or street.right.curb
    for side in SIDES:
        one = key.child(side)
        mix = {
            "field": 6.0,
            "meadow": 3.0,
            "farm": 2.2,
            "house": 3.0 if curbs else 0.8,
            "wood": 1.2,
            "pond": 0.4,
            "church": 0.25,
            "yard": 0.2,
            "lawn": 0.5,
        }
        develop(town, side, Land(mix, (7.0, 12.0), (4.0, 9.0), 0.1, 36.0, (4.0, 1.2, 1.2, 4.0)))
        if one.chance("rail", 0.12):
            barriers.guard_rail(
                site,
                one.child("rail"),
                (-20.0, 60.0),
                side * (street.half(side) + max(0.5, street.side(side).shoulder)),
            )
        if one.chance("alley", 0.3):
            _roadside.trees(town, side, one.uniform("step", 8, 15), 0.85, (6.0, 12.0))
    traffic.ahead(town, 0.65)
    traffic.drive(
        town,
        key.uniform("traffic", 0.15, 0.55),
        {"car": 6.0, "van": 0.8, "truck": 1.2, "lorry": 0.4, "cyclist": 1.5, "motorcycle": 1.5, "caravan": 0.3},
    )
    traffic.racks(town, 0.3)
    if key.chance("poles", 0.65):
        _roadside.wires(town, key.sign("poles on"), off=1.6)
    _roadside.signs(town, 22.0, 0.6)
    if curbs:
        _roadside.lights(town, 34.0, 6.0, (key.sign("lit"),))
    traffic.walkers(town, 2 + key.integer("people", 5))
    _backdrop.woods(town, (95.0, 150.0), (8.0, 15.0))
    _backdrop.hamlet(town, key.child("hamlet"), 6, (55.0, 150.0))
    _backdrop.hills(town)
