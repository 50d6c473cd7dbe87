"""Lots of trade: halls, yards, filling stations, building sites."""

from __future__ import annotations

import math

from sisbench.tinytown import traffic
from sisbench.tinytown.categories._fronts import front
from sisbench.tinytown.categories._lots import Lot
from sisbench.tinytown.ground import sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import barriers, buildings, furniture, people, plants, vehicles
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import Town


def hall(town: Town, key: Key, lot: Lot) -> None:
    """A hall of works or a warehouse, its yard before it."""
    site = town.site
    back = max(5.0, key.uniform("back", 7.0, 15.0))
    deep = min(lot.depth - back, key.uniform("deep", 15.0, 24.0))
    surface = key.pick("yard", ("asphalt", "concrete", "gravel"), (5, 4, 2))
    kind = "gravel" if surface == "gravel" else "parking"
    sheet(town, kind, surface, key.child("yard"), (lot.start, lot.end), lot.y(0), lot.z)
    size = (lot.width - key.uniform("gap", 3.0, 9.0), deep, key.uniform("height", 5.5, 11.0))
    buildings.hall(site, key.child("hall"), lot.at(lot.middle, back + deep / 2), size)
    if lot.far:
        return
    if key.chance("strip", 0.45):
        sheet(town, "grass", "grass", key.child("strip"), (lot.start + 5, lot.end), lot.y(0, 2.2), lot.z + 0.008)
        for one in key.children("tree", 4):
            if one.chance("here", 0.6):
                plants.tree(
                    site,
                    one,
                    lot.at(one.uniform("x", lot.start + 7, lot.end - 2), 1.2),
                    height=one.uniform("tall", 4, 9),
                    detail=0.7,
                )
    front(town, key.child("front"), lot, (lot.start + 6.5, lot.end))
    stores(town, key.child("stores"), lot, 3.0, back - 2.0)


def stores(town: Town, key: Key, lot: Lot, near: float, far: float) -> None:
    """Put trucks, cars, containers and crates on a yard."""
    site = town.site
    x, index = lot.start + 3.0, 0
    while x < lot.end - 3:
        one = key.child(index)
        what = one.pick("what", ("truck", "car", "container", "crate", "trailer", "none"), (3, 4, 5, 4, 1, 2))
        room = {"truck": 5.0, "car": 3.0, "container": 7.0, "crate": 2.5, "trailer": 5.0, "none": 4.0}[what]
        back = one.uniform("back", near, max(near + 0.1, far))
        spot = lot.at(x + room / 2, back, one.uniform("skew", -0.08, 0.08))
        deep = {"truck": 10.0, "container": 2.6, "car": 4.6, "trailer": 9.0}.get(what, 1.5)
        if back + deep / 2 < far + 2.5 and back - deep / 2 > 0.6 and x + room < lot.end:
            if what in ("truck", "car"):
                traffic.vehicle(
                    town, one, what, spot._replace(yaw=spot.yaw + one.sign("way") * math.pi / 2), parked=True
                )
            elif what == "container":
                furniture.container(site, one, spot)
            elif what == "trailer":
                vehicles.trailer(site, one, spot._replace(yaw=spot.yaw + math.pi / 2))
            elif what == "crate":
                furniture.crate(site, one, spot)
        x += room + 2.5 * one.unit("gap")
        index += 1


def station(town: Town, key: Key, lot: Lot) -> None:
    """A filling station."""
    sheet(town, "parking", "concrete", key.child("ground"), (lot.start, lot.end), lot.y(0), lot.z)
    buildings.gas_station(town.site, key.child("station"), lot.at(lot.middle, 15))
    if not lot.far:
        for one in key.children("car", 2):
            x = lot.middle + one.uniform("x", -9, 9)
            vehicles.car(town.site, one, Place(x, lot.side * (lot.front + 4.0), one.pick("way", (0.0, math.pi)), lot.z))


def yard(town: Town, key: Key, lot: Lot) -> None:
    """A storage yard: gravel, containers, boats or caravans, a fence."""
    site = town.site
    sheet(town, "gravel", "gravel", key.child("ground"), (lot.start, lot.end), lot.y(0), lot.z)
    if lot.far:
        return
    front(town, key.child("front"), lot, (lot.start, lot.end - 6))
    what = key.pick("what", ("mixed", "containers", "caravans", "boats"), (4, 3, 2, 2))
    if what == "mixed":
        stores(town, key.child("near"), lot, 4.0, 14.0)
        stores(town, key.child("back"), lot, 20.0, lot.depth - 6)
        return
    for row, back in enumerate((5.0, 14.0, 23.0)):
        for index in range(int((lot.width - 3) / 7.5)):
            one = key.child(row, index)
            place = lot.at(
                lot.start + 5 + 7.5 * index, back + one.uniform("back", -1, 1), one.uniform("skew", -0.1, 0.1)
            )
            if not one.chance("here", 0.8):
                continue
            if what == "containers":
                furniture.container(site, one, place, stacked=one.pick("stacked", (1, 2, 3), (6, 3, 1)))
            elif what == "caravans":
                vehicles.caravan(site, one, place._replace(yaw=place.yaw + math.pi / 2))
            else:
                model = one.pick("model", ("rowing boat", "motor boat", "yacht"))
                vehicles.boat(site, one, place._replace(yaw=place.yaw + math.pi / 2, z=place.z + 0.5), model=model)


def works(town: Town, key: Key, lot: Lot) -> None:
    """A building site: soil, a concrete skeleton with scaffolds, an excavator, a crane, a hoarding."""
    site = town.site
    sheet(
        town,
        "soil",
        "gravel",
        key.child("ground"),
        (lot.start, lot.end),
        lot.y(0),
        lot.z,
        ((0.17, 0.12, 0.075), (0.27, 0.20, 0.13)),
    )
    built = key.chance("skeleton", 0.75)
    if built:
        back = key.uniform("back", 9.0, 13.0)
        size = (lot.width * 0.68, 12.0, key.uniform("height", 7.0, 22.0))
        buildings.skeleton(site, key.child("skeleton"), lot.at(lot.middle, back + 6), size)
        if key.chance("crane", 0.7):
            furniture.crane(site, key.child("crane"), lot.at(lot.middle + 0.42 * lot.width, back + 14))
    if lot.far:
        return
    x = lot.start + key.uniform("digger", 0.2, 0.45) * lot.width
    if key.chance("digs", 0.75):
        vehicles.excavator(
            site, key.child("excavator"), lot.at(x, 5.0 if built else 9.0, key.uniform("dig turn", 0.0, 6.28))
        )
    if key.chance("tips", 0.5):
        vehicles.truck(
            site, key.child("truck"), lot.at(lot.end - 7, 4.5, key.uniform("truck turn", -0.15, 0.15)), model="tipper"
        )
    for one in key.children("heap", 3):
        if one.chance("here", 0.6):
            heap = site.scene.body(
                "soil", lot.at(one.uniform("x", lot.start + 3, lot.end - 3), one.uniform("back", 2.5, 7)), one
            )
            wide = one.uniform("wide", 1.2, 2.6)
            heap.part("gravel", (0.20, 0.14, 0.09), (0.30, 0.22, 0.15)).ball(
                (0, 0, 0), (wide, wide * 0.8, wide * 0.55), detail=2
            )
    for one in key.children("crate", 3):
        if one.chance("here", 0.6):
            furniture.crate(
                site, one, lot.at(one.uniform("x", lot.start + 2, lot.end - 2), one.uniform("back", 1.5, 4))
            )
    if key.chance("hut", 0.5):
        furniture.container(site, key.child("hut"), lot.at(lot.end - 4, 8.5))
    for one in key.children("worker", 3):
        if one.chance("here", 0.6):
            x, back = one.uniform("x", lot.start + 2, lot.end - 2), one.uniform("back", 1, 7)
            people.person(site, one, lot.at(x, back, one.uniform("turn", 0, 6.28)), activity="working")
    y = lot.side * (lot.front + 0.4)
    if key.chance("hoarding", 0.5):
        barriers.fence(site, key.child("fence"), (lot.start, lot.end - 5), y)
    else:
        barriers.works_barrier(site, key.child("barrier"), (lot.start, lot.end), y)
