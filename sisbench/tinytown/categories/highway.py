"""Highway: many fast lanes, a barrier between them, gantries, noise walls, bridges."""

from __future__ import annotations

import math

import numpy as np

from sisbench.tinytown import shapes, traffic
from sisbench.tinytown.categories import _backdrop, _roadside
from sisbench.tinytown.categories._lots import Land, develop
from sisbench.tinytown.ground import END, START, grass, sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import barriers, furniture, horizon, plants
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import SIDES, Side, Street, Town

BEND = (1 / 210, 2.4)
BASES = ("grass",)

MIX = {"car": 9.0, "van": 1.5, "truck": 1.5, "lorry": 1.6, "bus": 0.5, "motorcycle": 1.2, "caravan": 0.3}


def plan(key: Key) -> Street:
    """Plan the road: two or three lanes each way, emergency lanes or shoulders; a lesser road in some."""
    lanes = key.pick("lanes", ((3, 3), (2, 2), (2, 1)), (45, 45, 10))
    median = 0.0 if lanes == (2, 1) else key.pick("median", (1.4, 2.4, 5.0, 8.0), (3, 3, 2, 1))
    middle = (
        "double"
        if not median
        else key.pick("middle", ("wall", "rail", "grass") if median < 4 else ("grass", "rail", "trees"))
    )
    strips = Side(shoulder=key.uniform("shoulder", 1.4, 3.0), curb=False)
    return Street(
        lanes,
        key.uniform("width", 3.5, 3.8),
        median,
        middle,
        own=key.integer("own", lanes[0]),
        left=strips,
        right=strips,
    )


def fill(town: Town) -> None:
    """Build the road."""
    key, street, site = town.key.child("fill"), town.street, town.site
    walls = key.pick("walls", ((), (-1,), (1,), SIDES), (5, 2, 2, 2))
    for side in SIDES:
        one = key.child(side)
        edge = street.edge(side)
        mix = {"meadow": 5.0, "wood": 4.0, "field": 2.5, "hall": 0.7, "house": 0.5, "lawn": 1.0, "yard": 0.3}
        near = edge + one.uniform("verge", 4.0, 9.0)
        if side in walls:
            mix = {"house": 4.0, "block": 4.0, "hall": 2.0, "lawn": 1.5, "wood": 1.0}
            near = edge + 10.0
        sheet(
            town,
            "grass",
            "grass",
            one.child("verge"),
            (START, END),
            (side * edge, side * near),
            street.land(side) - 0.004,
        )
        develop(town, side, Land(mix, (10.0, 24.0), (3.0, 8.0), 0.0, 34.0, (2.0, 0.3, 1.0, 6.0)), front=near)
        if side in walls:
            barriers.noise_wall(site, one.child("noise wall"), (-130.0, 260.0), side * (edge + 3.5))
            _roadside.scatter(town, one.child("shrubs"), 10, (-20.0, 90.0), (5.0, 9.0), side, (4.0, 8.0))
        if one.chance("guard rail", 0.75):
            barriers.guard_rail(site, one.child("guard rail"), (-60.0, 170.0), side * (edge + 0.5))
    half = street.median / 2
    if street.middle == "wall":
        barriers.jersey(site, key.child("barrier"), (-100.0, 260.0), 0.0)
    elif street.median:
        for side in SIDES:
            barriers.guard_rail(site, key.child("median rail", side), (-80.0, 200.0), side * (half - 0.45))
    if street.middle == "trees":
        for x, one in town.spread("median", 1, 8.0, (-30.0, 110.0)):
            plants.bush(site, one, Place(x, one.uniform("y", -0.8, 0.8)), one.uniform("radius", 0.5, 1.1))
    traffic.ahead(town, 0.7, kinds=(0, 1), ways=(4, 1, 0, 0))
    traffic.drive(town, key.uniform("traffic", 0.8, 2.4), MIX, (-90.0, 190.0))
    for one in key.children("gantry", 2):
        if one.chance("here", 0.55):
            x = one.uniform("x", 26.0, 60.0) + 70.0 * (one.integer("far", 2))
            furniture.gantry(site, one, x, (-street.edge(-1) - 0.8, -half if half > 0.6 else street.edge(1) + 0.8))
    if key.chance("lights", 0.5):
        for x, one in town.spread("lights", -1, 36.0, (-40.0, 150.0)):
            where = Place(x, 0.0 if street.median else -street.edge(-1) - 1.2, math.pi / 2)
            furniture.street_light(site, one, where, height=10.0, double=street.median > 0)
    _roadside.signs(town, 23.0, 0.6)
    if key.chance("bridge", 0.35):
        bridge(town, key.child("bridge"), key.uniform("bridge x", 55.0, 110.0))
    elif key.chance("posts", 0.5):
        _roadside.wires(town, key.sign("poles on"), off=6.0)
    _backdrop.woods(town, (75.0, 120.0), (9.0, 17.0))
    if key.chance("city", 0.35):
        _backdrop.city(town, (105.0, 140.0), (14.0, 40.0), gap=0.45)
    else:
        _backdrop.hamlet(town, key.child("hamlet"), 5)
    horizon.hills(site, town.key.child("hills"))


def bridge(town: Town, key: Key, x: float) -> None:
    """A bridge across the road, with a railing."""
    street = town.street
    reach = max(street.edge(-1), street.edge(1))
    body = town.site.scene.body("bridge", Place(x, 0.0), key)
    grey = key.uniform("grey", 0.3, 0.46)
    deck = body.part("concrete", (grey, grey * 0.98, grey * 0.95))
    wide = key.uniform("wide", 6.0, 11.0)
    deck.box((0, 0, 6.0), (wide, 2 * reach + 90, 1.1))
    for along in SIDES:
        deck.box((along * (wide / 2 - 0.15), 0, 6.8), (0.3, 2 * reach + 90, 0.6))
        body.part("metal", (0.3, 0.32, 0.33)).box((along * (wide / 2 - 0.15), 0, 7.5), (0.06, 2 * reach + 90, 0.08))
        for y in (-reach - 2.5, reach + 2.5, *((0.0,) if street.median > 1.2 else ())):
            deck.cylinder((along * wide * 0.25, y, 2.75), 0.45, 5.6)
    for side in SIDES:
        slope = body.part("grass", *grass(town), kind="grass")
        a, b = side * (reach + 4.0), side * (reach + 17.0)
        for along in SIDES:
            u, v = along * (wide / 2 + 0.2), along * (wide / 2 + 11.0)
            slope.quad((u, b, 5.9), (u, side * 140.0, 5.9), (v, side * 140.0, -0.1), (v, b, -0.1))
        slope.quad((-wide / 2, a, -0.1), (wide / 2, a, -0.1), (wide / 2, b, 5.4), (-wide / 2, b, 5.4))
        slope.add(
            shapes.flat(
                np.array(
                    [
                        [(along * wide / 2, a, -0.1), (along * (wide / 2 + 11), b, -0.1), (along * wide / 2, b, 5.6)]
                        for along in SIDES
                    ],
                    np.float32,
                )
            )
        )
        body.part("asphalt", (0.09, 0.09, 0.095), kind="road", half_width=999.0).quad(
            (-wide / 2, side * reach, 6.57),
            (wide / 2, side * reach, 6.57),
            (wide / 2, side * 140.0, 6.57),
            (-wide / 2, side * 140.0, 6.57),
        )
    for one in key.children("car", 2):
        if one.chance("here", 0.5):
            traffic.vehicle(
                town,
                one,
                one.pick("kind", ("car", "truck")),
                Place(x, one.uniform("y", -25, 25), one.sign("way") * math.pi / 2, 6.57),
            )
