"""Lots with houses and gardens; farms."""

from __future__ import annotations

import math

from sisbench.tinytown import traffic
from sisbench.tinytown.categories._fronts import front
from sisbench.tinytown.categories._lots import Lot
from sisbench.tinytown.ground import sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import buildings, furniture, people, plants, vehicles
from sisbench.tinytown.street import PAVEMENT, Town


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
                plants.bush(
                    site, one, lot.at(along, back - one.uniform("off", 0.6, 1.0)), one.uniform("radius", 0.35, 0.8)
                )
    if key.chance("flowers", 0.4):
        plants.flower_bed(site, key.child("flowers"), lot.at(x + 0.3 * wide, back - 1.3), (2.4, 0.9))
    if back > 4.2 and key.chance("tree", 0.5):
        away = x + (0.32 if left else -0.32) * wide
        plants.tree(
            site,
            key.child("tree"),
            lot.at(away, key.uniform("tree back", 1.8, back - 2.2)),
            height=key.uniform("tall", 4.0, 8.0),
        )
    for one in key.children("orchard", 3):
        if one.chance("here", 0.5):
            place = lot.at(
                one.uniform("x", lot.start + 1.5, lot.end - 1.5), one.uniform("back", back + deep + 4, lot.depth - 2)
            )
            plants.tree(site, one, place, detail=0.4)
    if key.chance("back hedge", 0.6):
        y = lot.side * (lot.front + lot.depth - 0.6)
        plants.hedge(site, key.child("back hedge"), (lot.start + 0.3, lot.end - 0.3), y)
    if key.chance("someone", 0.15):
        people.person(
            site, key.child("someone"), lot.at(x + key.uniform("at", -3, 3), back - 1.2, key.uniform("turn", 0, 6.28))
        )
    if key.chance("bin", 0.3):
        furniture.bin_(site, key.child("bin"), lot.at(x + 1.2, 0.6))


def terrace(town: Town, key: Key, lot: Lot) -> None:
    """A narrow house of a row, with a small front garden."""
    back = max(1.5, key.uniform("setback", *lot.land.setback) * 0.5)
    sheet(town, "grass", "grass", key.child("garden"), (lot.start, lot.end), lot.y(0), lot.z)
    size = (
        lot.width * max(1.0, town.stretch(lot.side, lot.front + 9)),
        9.5,
        key.child("row", 0).uniform("height", 6.2, 9.0),
    )
    buildings.block(town.site, key.child("block"), lot.at(lot.middle, back + 4.75), size, roof="gable")
    if lot.far:
        return
    sheet(
        town,
        "path",
        "paving",
        key.child("path"),
        (lot.middle - 0.5, lot.middle + 0.5),
        lot.y(-0.05, back),
        lot.z + 0.01,
        tile=0.4,
    )
    front(town, key.child("front"), lot)
    for one in key.children("bush", 2):
        plants.bush(town.site, one, lot.at(one.uniform("x", lot.start + 0.8, lot.end - 0.8), back * 0.5), 0.4)


def _drive(town: Town, key: Key, lot: Lot, x: float) -> None:
    """A drive from the carriageway to the house, often with a car on it."""
    surface = key.pick("surface", ("concrete", "paving", "gravel", "asphalt"), (4, 4, 2, 2))
    sheet(town, "driveway", surface, key, (x, x + 3.0), lot.y(0, 11.0), lot.z + 0.014)
    across = town.street.half(lot.side) + 0.2, town.street.edge(lot.side)
    if town.street.side(lot.side).curb and town.street.side(lot.side).verge:
        start = across[1] - town.street.side(lot.side).walk
        y = (lot.side * across[0], lot.side * start)
        sheet(town, "driveway", surface, key.child("verge"), (x, x + 3.0), y, PAVEMENT + 0.004)
    if key.chance("car", 0.6):
        kind = key.pick("what", ("car", "van", "caravan"), (10, 1, 1))
        spot = lot.at(x + 1.5, key.uniform("back", 3.2, 6.5), key.sign("way") * math.pi / 2)
        if kind == "caravan":
            vehicles.caravan(town.site, key.child("caravan"), spot)
        else:
            traffic.vehicle(town, key.child("car"), kind, spot, parked=True)
    elif key.chance("motorcycle", 0.3):
        traffic.motorcycles(town, key.child("motorcycle"), x + 1.5, lot.side * (lot.front + 2.0), lot.side, 1)


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
    buildings.barn(
        site, key.child("barn"), lot.at(b, key.uniform("barn back", 15, 22), key.pick("turn", (0.0, math.pi / 2)))
    )
    for one in key.children("silo", 2):
        if one.chance("here", 0.6):
            buildings.silo(
                site, one, lot.at(b + (11 if left else -11) * (0.6 + 0.4 * one.unit("x")), one.uniform("back", 17, 25))
            )
    if lot.far:
        return
    for one in key.children("tree", 4):
        if one.chance("here", 0.7):
            plants.tree(
                site,
                one,
                lot.at(one.uniform("x", lot.start + 2, lot.end - 2), one.pick("row", (3.0, 27.0)), 0.0),
                detail=0.6,
            )
    spot = lot.at(lot.middle, 6.5, key.uniform("trailer turn", -0.3, 0.3))
    if key.chance("trailer", 0.5):
        vehicles.trailer(site, key.child("trailer"), spot)
    else:
        traffic.vehicle(town, key.child("truck"), key.pick("machine", ("truck", "van")), spot, parked=True)
    front(town, key.child("front"), lot, (lot.start, lot.middle - 4))
