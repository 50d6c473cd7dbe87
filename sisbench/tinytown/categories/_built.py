"""Lots with buildings on them."""

from __future__ import annotations

import math

from sisbench.tinytown import traffic
from sisbench.tinytown.categories._lots import Lot
from sisbench.tinytown.ground import sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import barriers, buildings, furniture, people, plants, vehicles
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import PAVEMENT, Town


def block(town: Town, key: Key, lot: Lot) -> None:
    """A block of a closed row, its court behind it."""
    depth = key.uniform("depth", 11.0, 15.0)
    tall = key.uniform("height", *lot.land.height)
    back = key.uniform("setback", *lot.land.setback)
    pull = max(1.0, town.stretch(lot.side, lot.front + depth))
    size = (lot.width * pull, depth, tall)
    if lot.far:
        buildings.far_block(town.site, key.child("block"), lot.at(lot.middle, back + depth / 2), size)
        return
    shop = key.chance("shop", lot.land.shops)
    buildings.block(town.site, key.child("block"), lot.at(lot.middle, back + depth / 2), size, shop=shop)
    if back > 0.3:
        _forecourt(town, key, lot, back, shop)
    court = key.pick("court", ("grass", "paving", "asphalt"), (4, 3, 3))
    kind = {"grass": "grass", "paving": "plaza", "asphalt": "parking"}[court]
    params = {"tile": 0.5} if court == "paving" else {"half_width": 999.0} if court == "asphalt" else {}
    ground = (lot.start, lot.end), lot.y(back + depth - 0.3)
    sheet(town, kind, court, key.child("court"), *ground, lot.z, **params)
    for one in key.children("court tree", 2):
        if court != "asphalt" and one.chance("here", 0.45):
            place = lot.at(one.uniform("x", lot.start + 2, lot.end - 2), one.uniform("back", back + depth + 4, lot.depth - 3))
            plants.tree(town.site, one, place, detail=0.35)
    if court == "asphalt" and lot.width > 7:
        for index in range(int((lot.width - 2) / 2.8)):
            one = key.child("court car", index)
            if one.chance("here", 0.45):
                place = lot.at(lot.start + 2.4 + 2.8 * index, back + depth + 6.0, one.sign("turn") * math.pi / 2)
                vehicles.car(town.site, one, place, parked=True)


def _forecourt(town: Town, key: Key, lot: Lot, back: float, shop: bool) -> None:
    if shop or back < 2.0:
        sheet(town, "sidewalk", "paving", key.child("forecourt"), (lot.start, lot.end), lot.y(0, back + 0.2), lot.z + 0.01, tile=0.5)
        if back > 2.5 and shop:
            for one in key.children("table", 3):
                if one.chance("here", 0.5):
                    furniture.parasol_table(town.site, one, lot.at(one.uniform("x", lot.start + 1.5, lot.end - 1.5), back / 2))
        return
    sheet(town, "grass", "grass", key.child("forecourt"), (lot.start, lot.end), lot.y(0, back + 0.2), lot.z)
    front(town, key.child("front"), lot)
    for one in key.children("bush", int(lot.width / 4)):
        if one.chance("here", 0.6):
            plants.bush(town.site, one, lot.at(one.uniform("x", lot.start + 1, lot.end - 1), one.uniform("back", 0.9, back - 0.6)))


def tower(town: Town, key: Key, lot: Lot) -> None:
    """A skyscraper behind a paved forecourt."""
    back = key.uniform("back", 2.0, 7.0)
    deep = key.uniform("deep", 18.0, 26.0)
    tall = key.uniform("height", 45.0, 110.0)
    sheet(town, "plaza", "paving", key.child("forecourt"), (lot.start, lot.end), lot.y(0), lot.z, tile=key.uniform("tile", 0.6, 1.6))
    place = lot.at(lot.middle, back + deep / 2)
    buildings.tower_block(town.site, key.child("tower"), place, (lot.width * key.uniform("share", 0.72, 0.95), deep, tall))
    for one in key.children("planter", 3):
        if back > 3.5 and one.chance("here", 0.6):
            furniture_ = furniture.bench if one.chance("bench", 0.4) else plants.planter
            furniture_(town.site, one, lot.at(one.uniform("x", lot.start + 2, lot.end - 2), 1.4))


def house(town: Town, key: Key, lot: Lot) -> None:
    """A detached house in its garden: path, drive with a car, fence or hedge, a tree, bushes."""
    site = town.site
    sheet(town, "grass", "grass", key.child("garden"), (lot.start, lot.end), lot.y(0), lot.z)
    deep = key.uniform("deep", 7.5, 10.0)
    drive = lot.width > 12.5 and key.chance("drive", 0.7)
    left = key.chance("drive left", 0.5)
    wide = min(lot.width - (5.0 if drive else 2.5), key.uniform("wide", 8.0, 12.5))
    back = max(2.0, key.uniform("setback", *lot.land.setback))
    x = lot.middle + ((1.7 if left else -1.7) if drive else 0.0)
    buildings.house(site, key.child("house"), lot.at(x, back + deep / 2), (wide, deep))
    if lot.far:
        return
    sheet(town, "path", "paving", key.child("path"), (x - 0.6, x + 0.6), lot.y(-0.05, back), lot.z + 0.01, tile=0.5)
    if drive:
        _drive(town, key.child("drive"), lot, lot.start + 0.4 if left else lot.end - 3.4)
        gap = (lot.start, lot.start + 3.6) if left else (lot.end - 3.6, lot.end)
        front(town, key.child("front"), lot, (gap[1], lot.end) if left else (lot.start, gap[0]))
    else:
        front(town, key.child("front"), lot)
    for one in key.children("bush", 5):
        if one.chance("here", 0.55):
            along = one.uniform("x", x - wide / 2, x + wide / 2)
            if abs(along - x) > 1.4:
                plants.bush(site, one, lot.at(along, back - one.uniform("off", 0.6, 1.0)), one.uniform("radius", 0.35, 0.8))
    if key.chance("flowers", 0.4):
        plants.flower_bed(site, key.child("flowers"), lot.at(x + 0.3 * wide, back - 1.3), (2.4, 0.9))
    if back > 4.2 and key.chance("tree", 0.5):
        away = x + (0.32 if left else -0.32) * wide
        plants.tree(site, key.child("tree"), lot.at(away, key.uniform("tree back", 1.8, back - 2.2)), height=key.uniform("tall", 4.0, 8.0))
    for one in key.children("orchard", 3):
        if one.chance("here", 0.5):
            place = lot.at(one.uniform("x", lot.start + 1.5, lot.end - 1.5), one.uniform("back", back + deep + 4, lot.depth - 2))
            plants.tree(site, one, place, detail=0.4)
    if key.chance("back hedge", 0.6):
        y = lot.side * (lot.front + lot.depth - 0.6)
        plants.hedge(site, key.child("back hedge"), (lot.start + 0.3, lot.end - 0.3), y)
    if key.chance("someone", 0.15):
        people.person(site, key.child("someone"), lot.at(x + key.uniform("at", -3, 3), back - 1.2, key.uniform("turn", 0, 6.28)))
    if key.chance("bin", 0.3):
        furniture.bin_(site, key.child("bin"), lot.at(x + 1.2, 0.6))


def terrace(town: Town, key: Key, lot: Lot) -> None:
    """A narrow house of a row, with a small front garden."""
    back = max(1.5, key.uniform("setback", *lot.land.setback) * 0.5)
    sheet(town, "grass", "grass", key.child("garden"), (lot.start, lot.end), lot.y(0), lot.z)
    size = (lot.width * max(1.0, town.stretch(lot.side, lot.front + 9)), 9.5, key.child("row", 0).uniform("height", 6.2, 9.0))
    buildings.block(town.site, key.child("block"), lot.at(lot.middle, back + 4.75), size, roof="gable")
    if lot.far:
        return
    sheet(town, "path", "paving", key.child("path"), (lot.middle - 0.5, lot.middle + 0.5), lot.y(-0.05, back), lot.z + 0.01, tile=0.4)
    front(town, key.child("front"), lot)
    for one in key.children("bush", 2):
        plants.bush(town.site, one, lot.at(one.uniform("x", lot.start + 0.8, lot.end - 0.8), back * 0.5), 0.4)


def hall(town: Town, key: Key, lot: Lot) -> None:
    """A hall of works or a warehouse, its yard before it."""
    site = town.site
    back = max(5.0, key.uniform("back", 7.0, 15.0))
    deep = min(lot.depth - back, key.uniform("deep", 15.0, 24.0))
    surface = key.pick("yard", ("asphalt", "concrete", "gravel"), (5, 4, 2))
    kind = "gravel" if surface == "gravel" else "parking"
    params = {"half_width": 999.0} if surface == "asphalt" else {}
    sheet(town, kind, surface, key.child("yard"), (lot.start, lot.end), lot.y(0), lot.z, **params)
    size = (lot.width - key.uniform("gap", 3.0, 9.0), deep, key.uniform("height", 5.5, 11.0))
    buildings.hall(site, key.child("hall"), lot.at(lot.middle, back + deep / 2), size)
    if lot.far:
        return
    if key.chance("strip", 0.45):
        sheet(town, "grass", "grass", key.child("strip"), (lot.start + 5, lot.end), lot.y(0, 2.2), lot.z + 0.008)
        for one in key.children("tree", 4):
            if one.chance("here", 0.6):
                plants.tree(site, one, lot.at(one.uniform("x", lot.start + 7, lot.end - 2), 1.2), height=one.uniform("tall", 4, 9), detail=0.7)
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
                traffic.vehicle(town, one, what, spot._replace(yaw=spot.yaw + one.sign("way") * math.pi / 2), parked=True)
            elif what == "container":
                furniture.container(site, one, spot)
            elif what == "trailer":
                vehicles.trailer(site, one, spot._replace(yaw=spot.yaw + math.pi / 2))
            elif what == "crate":
                furniture.crate(site, one, spot)
        x += room + 2.5 * one.unit("gap")
        index += 1


def farm(town: Town, key: Key, lot: Lot) -> None:
    """A farm: house, barn, silo, a yard with a trailer."""
    site = town.site
    sheet(town, "grass", "grass", key.child("ground"), (lot.start, lot.end), lot.y(0), lot.z - 0.01)
    yard = (lot.start + 6, lot.end - 6)
    surface = key.pick("yard", ("gravel", "soil"))
    sheet(town, "gravel", "gravel", key.child(surface), yard, lot.y(0.5, 26), lot.z)
    left = key.chance("house left", 0.5)
    a, b = (lot.start + 9, lot.end - 13) if left else (lot.end - 9, lot.start + 13)
    buildings.house(site, key.child("house"), lot.at(a, key.uniform("house back", 9, 14)), (10.5, 8.5))
    buildings.barn(site, key.child("barn"), lot.at(b, key.uniform("barn back", 15, 22), key.pick("turn", (0.0, math.pi / 2))))
    for one in key.children("silo", 2):
        if one.chance("here", 0.6):
            buildings.silo(site, one, lot.at(b + (11 if left else -11) * (0.6 + 0.4 * one.unit("x")), one.uniform("back", 17, 25)))
    if lot.far:
        return
    for one in key.children("tree", 4):
        if one.chance("here", 0.7):
            plants.tree(site, one, lot.at(one.uniform("x", lot.start + 2, lot.end - 2), one.pick("row", (3.0, 27.0)), 0.0), detail=0.6)
    spot = lot.at(lot.middle, 6.5, key.uniform("trailer turn", -0.3, 0.3))
    if key.chance("trailer", 0.5):
        vehicles.trailer(site, key.child("trailer"), spot)
    else:
        traffic.vehicle(town, key.child("truck"), key.pick("machine", ("truck", "van")), spot, parked=True)
    front(town, key.child("front"), lot, (lot.start, lot.middle - 4))


def church(town: Town, key: Key, lot: Lot) -> None:
    """A church on a lawn."""
    sheet(town, "grass", "grass", key.child("lawn"), (lot.start, lot.end), lot.y(0), lot.z)
    sheet(town, "path", "paving", key.child("path"), (lot.middle - 1.2, lot.middle + 1.2), lot.y(0, 9), lot.z + 0.01, tile=0.4)
    buildings.church(town.site, key.child("church"), lot.at(lot.middle, 20))
    if not lot.far:
        front(town, key.child("front"), lot, (lot.start, lot.middle - 3))
        for one in key.children("tree", 4):
            x = one.pick("x", (lot.start + 2.5, lot.end - 2.5))
            plants.tree(town.site, one, lot.at(x + one.uniform("off", -1, 1), one.uniform("back", 3, 28)), detail=0.7)


def station(town: Town, key: Key, lot: Lot) -> None:
    """A filling station."""
    sheet(town, "parking", "concrete", key.child("ground"), (lot.start, lot.end), lot.y(0), lot.z)
    buildings.gas_station(town.site, key.child("station"), lot.at(lot.middle, 15))
    if not lot.far:
        for one in key.children("car", 2):
            x = lot.middle + one.uniform("x", -9, 9)
            vehicles.car(town.site, one, Place(x, lot.side * (lot.front + 4.0), one.pick("way", (0.0, math.pi)), lot.z))


def _drive(town: Town, key: Key, lot: Lot, x: float) -> None:
    """A drive from the carriageway to the house, often with a car on it."""
    surface = key.pick("surface", ("concrete", "paving", "gravel", "asphalt"), (4, 4, 2, 2))
    params = {"tile": 0.25, "bond": 1.0} if surface == "paving" else {"half_width": 999.0} if surface == "asphalt" else {}
    sheet(town, "driveway", surface, key, (x, x + 3.0), lot.y(0, 11.0), lot.z + 0.014, **params)
    across = town.street.half(lot.side) + 0.2, town.street.edge(lot.side)
    if town.street.side(lot.side).curb and town.street.side(lot.side).verge:
        start = across[1] - town.street.side(lot.side).walk
        y = (lot.side * across[0], lot.side * start)
        sheet(town, "driveway", surface, key.child("verge"), (x, x + 3.0), y, PAVEMENT + 0.004, **params)
    if key.chance("car", 0.6):
        kind = key.pick("what", ("car", "van", "caravan"), (10, 1, 1))
        spot = lot.at(x + 1.5, key.uniform("back", 3.2, 6.5), key.sign("way") * math.pi / 2)
        if kind == "caravan":
            vehicles.caravan(town.site, key.child("caravan"), spot)
        else:
            traffic.vehicle(town, key.child("car"), kind, spot, parked=True)
    elif key.chance("motorcycle", 0.3):
        traffic.motorcycles(town, key.child("motorcycle"), x + 1.5, lot.side * (lot.front + 2.0), lot.side, 1)


def front(
    town: Town, key: Key, lot: Lot, x: tuple[float, float] | None = None, models: tuple[str, ...] = ()
) -> None:
    """Close a lot towards the street: a fence (of one of `models`), a wall, a hedge, or nothing."""
    start, end = x or (lot.start, lot.end)
    y = lot.side * (lot.front + 0.35)
    what = key.pick("what", ("fence", "wall", "hedge", "open"), lot.land.fronts)
    if end - start < 1.5 or what == "open":
        return
    if what == "fence":
        barriers.fence(town.site, key, (start + 0.1, end - 0.1), y, key.pick("model", models) if models else None)
    elif what == "wall":
        barriers.wall(town.site, key, (start, end), y)
    else:
        plants.hedge(town.site, key, (start + 0.2, end - 0.2), y + lot.side * 0.3)
