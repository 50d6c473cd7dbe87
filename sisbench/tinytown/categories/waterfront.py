"""Waterfront: a promenade with a quay and boats on one side, a town on the other."""

from __future__ import annotations

import math

import numpy as np

from sisbench.tinytown import shapes, traffic
from sisbench.tinytown.categories import _backdrop, _roadside, _sections
from sisbench.tinytown.categories._lots import Land, develop
from sisbench.tinytown.ground import END, START, sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import barriers, buildings, furniture, horizon, people, plants, vehicles
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import SIDES, Junction, Side, Street, Town

BEND = (1 / 260, 0.8)
BASES = ("grass", "paved")


def plan(key: Key) -> Street:
    """Plan the street: a promenade towards the water, a pavement on the other side."""
    side = water_side(key)
    lanes = key.pick("lanes", ((1, 1), (2, 2), (1, 0)), (65, 25, 10))
    tram = lanes == (1, 1) and key.chance("tram", 0.33)
    promenade = Side(
        parking=2.2 if key.chance("parking", 0.3) else 0.0,
        cycle=1.8 if key.chance("cycle", 0.35) else 0.0,
        verge=key.uniform("verge", 1.5, 4.0) if key.chance("green", 0.4) else 0.0,
        walk=key.pick("walk", (1.6, 2.4, 3.5, 6.0)),
    )
    town = _sections.urban(key.child("town"), (2.0, 4.0), 0.5, 0.2, 0.2)
    found = _sections.junctions(key.child("junctions"), 0.45, 0.6)
    return Street(
        lanes,
        key.uniform("width", 3.0, 3.4),
        3.4 if tram else 0.0,
        "tram" if tram else key.pick("middle", ("line", "none", "double")),
        left=promenade if side > 0 else town,
        right=town if side > 0 else promenade,
        own=key.integer("own", lanes[0]),
        junctions=tuple(j for j in (_one_sided(j, -side) for j in found)),
        zebras=_sections.zebra(key.child("zebra"), 0.3),
    )


def water_side(key: Key) -> int:
    """Return the side of the water, more often the one that the camera drives on."""
    return -1 if key.chance("water", 0.62) else 1


def _one_sided(junction: Junction, side: int) -> Junction:
    return Junction(junction.x, junction.half, (side,), junction.walk, junction.zebra, junction.lights)


def fill(town: Town) -> None:
    """Build the street, the water and what floats on it."""
    key, _street, _site = town.key.child("fill"), town.street, town.site
    side = water_side(town.key.child("plan"))
    kind = key.pick("town", ("city", "village", "harbour"), (5, 3, 2))
    mix = {
        "city": {"block": 12.0, "square": 1.0, "lawn": 1.0, "tower": 0.6, "works": 0.4, "bays": 0.5},
        "village": {"house": 6.0, "block": 3.0, "lawn": 2.0, "church": 0.3, "wood": 0.5, "terrace": 2.0},
        "harbour": {"hall": 5.0, "block": 4.0, "yard": 3.0, "bays": 1.0, "works": 0.6, "lawn": 0.5},
    }[kind]
    tall = {"city": (12.0, 28.0), "village": (7.0, 12.0), "harbour": (9.0, 18.0)}[kind]
    develop(town, -side, Land(mix, tall, (0.0, 3.5), 0.6))
    for s in SIDES:
        traffic.parked(town, s, 0.7)
    water(town, key.child("water"), side)
    traffic.trams(town)
    traffic.ahead(town, 0.7)
    traffic.drive(town, key.uniform("traffic", 0.4, 1.2), {**traffic.CITY, "cyclist": 2.0})
    traffic.cross_traffic(town)
    _roadside.signals(town)
    traffic.crossers(town, 3)
    _roadside.bus_stop(town, 0.25)
    traffic.racks(town, 0.65)
    _roadside.lights(town, 20.0)
    for s in SIDES:
        if key.chance(f"trees {s}", 0.6):
            _roadside.trees(town, s, key.uniform("tree step", 7, 12), 0.75)
    _roadside.signs(town, 18.0)
    _roadside.street_furniture(town, 7.0, 0.6)
    traffic.walkers(town, 12 + key.integer("people", 14))
    _backdrop.city(town, (52.0, 88.0), (tall[0], tall[1] + 6), (-side,))
    _backdrop.hills(town)


def beach(town: Town, key: Key, side: int) -> float:
    """Sand with parasols, palms and people; returns where the water begins."""
    edge, site = town.street.edge(side), town.site
    end = edge + key.uniform("wide", 7.0, 18.0)
    sand = key.pick("sand", (((0.46, 0.38, 0.26), (0.55, 0.47, 0.34)), ((0.38, 0.33, 0.25), (0.48, 0.43, 0.34))))
    z = town.street.land(side) - 0.02
    sheet(town, "sand", "gravel", key.child("sand"), (START, END), (side * edge, side * (end - 3.0)), z, sand)
    wet = tuple(tuple(0.6 * c for c in color) for color in sand)
    shore = site.scene.course("sand", key.child("shore")).part(
        "gravel", (wet[0][0], wet[0][1], wet[0][2]), (wet[1][0], wet[1][1], wet[1][2])
    )
    cuts = [float(x) for x in range(int(START), int(END) + 1, 6)]
    rows = [(side * (end - 3.0), z), (side * (end + 0.8), -0.06)]
    grid = np.array([[(x, y, h) for y, h in rows] for x in cuts], np.float32)
    shore.add(shapes.quads(np.stack([grid[:-1, 0], grid[1:, 0], grid[1:, 1], grid[:-1, 1]], 1)))
    for one in key.children("thing", 16):
        x, y = one.uniform("x", -20.0, 80.0), side * one.uniform("y", edge + 1.5, end - 3.0)
        what = one.pick("what", ("parasol", "person", "palm", "boat", "group"), (3, 4, 4, 1, 2))
        if not town.claims.take(x, y, 2.5, 2.5):
            continue
        place = Place(x, y, one.uniform("turn", 0.0, 6.28), z)
        if what == "parasol":
            furniture.parasol(site, one, place)
        elif what == "palm":
            plants.tree(site, one, place, species="palm")
        elif what == "boat":
            vehicles.boat(site, one, place._replace(z=z + 0.25), model="rowing boat")
        elif what == "group":
            people.group(site, one, place, 2)
        else:
            people.person(site, one, place)
    return end


def quay(town: Town, key: Key, side: int) -> None:
    """The wall of the shore, with a railing, a low wall or bollards on it."""
    street, site = town.street, town.site
    edge = street.edge(side)
    stone = site.scene.course("quay", key.child("quay"))
    grey = key.uniform("grey", 0.28, 0.44)
    height = 0.3 + street.land(side) + 0.08
    stone.part("concrete", (grey, grey * 0.97, grey * 0.93)).strip(START, END, side * (edge + 0.35), 0.7, -0.3, height)
    guard = key.pick("guard", ("railing", "wall", "bollards", "railing"), (5, 2, 2, 3))
    y = side * (edge + 0.35)
    if guard == "railing":
        barriers.railing(site, key.child("railing"), (-80.0, 170.0), y)
    elif guard == "wall":
        barriers.wall(site, key.child("wall"), (-80.0, 170.0), y, height=key.uniform("low", 0.7, 1.0))
    else:
        for x, one in town.spread("bollards", side, 6.0, (-20.0, 70.0)):
            furniture.bollard(site, one, Place(x, y, 0.0, street.land(side) + 0.08))


def water(town: Town, key: Key, side: int) -> None:
    """Quay, railing, water, boats, the other shore."""
    street, site = town.street, town.site
    edge = street.edge(side)
    kind = key.pick("kind", ("river", "sea"), (6, 4))
    if key.chance("beach", 0.25):
        kind = "sea"
        edge = beach(town, key.child("beach"), side)
    else:
        quay(town, key, side)
    color = key.pick("color", ((0.02, 0.05, 0.07), (0.03, 0.06, 0.05), (0.05, 0.055, 0.045)))
    sheet(
        town,
        kind,
        "water",
        key.child("surface"),
        (-740.0, 1020.0),
        (side * (edge + 0.6), side * 640.0),
        -0.045,
        (color, color),
        ripple=key.uniform("ripple", 0.4, 1.0),
    )
    moored = key.chance("moored", 0.5)
    for one in key.children("boat", 14):
        x, away = (
            one.uniform("x", -40.0, 110.0),
            2.8 if moored and one.chance("at the quay", 0.6) else one.uniform("away", 4.0, 45.0),
        )
        if one.chance("here", 0.75) and town.claims.take(x, side * (edge + away), 14.0, 4.4):
            model = one.pick("small", ("rowing boat", "motor boat", "yacht")) if away < 4.0 else None
            turn = one.pick("way", (0.0, math.pi)) + (0.03 if away < 4.0 else 0.2) * one.normal("yaw")
            vehicles.boat(site, one, Place(x, side * (edge + away), turn, -0.05), model=model)
    far = key.uniform("shore", 150.0, 290.0)
    if kind == "sea" and key.chance("open sea", 0.5):
        far = 420.0
    shore = key.pick("shore is", ("city", "wood", "mixed"))
    sheet(town, "grass", "grass", key.child("bank"), (-740.0, 1020.0), (side * far, side * 640.0), 0.05)
    for index in range(9):
        one = key.child("shore", index)
        x = -190.0 + 62.0 * index
        if shore != "wood" and one.chance("blocks", 0.8):
            for part in one.children("block", 2):
                place = Place(
                    x + part.uniform("x", 0, 50),
                    side * (far + part.uniform("back", 8, 40)),
                    0.0 if side > 0 else math.pi,
                )
                buildings.far_block(
                    site, part, place, (part.uniform("wide", 14, 32), 13.0, part.uniform("tall", 8, 42))
                )
        if shore != "city" or one.chance("trees", 0.4):
            horizon.forest_wall(site, one.child("trees"), (x, x + 60.0), side * (far + 6.0), one.uniform("tall", 8, 14))
