"""Lots of towns: blocks, towers, churches."""

from __future__ import annotations

import math

from sisbench.tinytown.categories._fronts import front
from sisbench.tinytown.categories._lots import Lot
from sisbench.tinytown.ground import sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import buildings, furniture, plants, vehicles
from sisbench.tinytown.street import Town


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
    ground = (lot.start, lot.end), lot.y(back + depth - 0.3)
    sheet(town, kind, court, key.child("court"), *ground, lot.z)
    for one in key.children("court tree", 2):
        if court != "asphalt" and one.chance("here", 0.45):
            place = lot.at(
                one.uniform("x", lot.start + 2, lot.end - 2), one.uniform("back", back + depth + 4, lot.depth - 3)
            )
            plants.tree(town.site, one, place, detail=0.35)
    if court == "asphalt" and lot.width > 7:
        for index in range(int((lot.width - 2) / 2.8)):
            one = key.child("court car", index)
            if one.chance("here", 0.45):
                place = lot.at(lot.start + 2.4 + 2.8 * index, back + depth + 6.0, one.sign("turn") * math.pi / 2)
                vehicles.car(town.site, one, place, parked=True)


def _forecourt(town: Town, key: Key, lot: Lot, back: float, shop: bool) -> None:
    if shop or back < 2.0:
        sheet(
            town,
            "sidewalk",
            "paving",
            key.child("forecourt"),
            (lot.start, lot.end),
            lot.y(0, back + 0.2),
            lot.z + 0.01,
            tile=0.5,
        )
        if back > 2.5 and shop:
            for one in key.children("table", 3):
                if one.chance("here", 0.5):
                    furniture.parasol_table(
                        town.site, one, lot.at(one.uniform("x", lot.start + 1.5, lot.end - 1.5), back / 2)
                    )
        return
    sheet(town, "grass", "grass", key.child("forecourt"), (lot.start, lot.end), lot.y(0, back + 0.2), lot.z)
    front(town, key.child("front"), lot)
    for one in key.children("bush", int(lot.width / 4)):
        if one.chance("here", 0.6):
            plants.bush(
                town.site,
                one,
                lot.at(one.uniform("x", lot.start + 1, lot.end - 1), one.uniform("back", 0.9, back - 0.6)),
            )


def tower(town: Town, key: Key, lot: Lot) -> None:
    """A skyscraper behind a paved forecourt."""
    back = key.uniform("back", 2.0, 7.0)
    deep = key.uniform("deep", 18.0, 26.0)
    tall = key.uniform("height", 45.0, 110.0)
    sheet(
        town,
        "plaza",
        "paving",
        key.child("forecourt"),
        (lot.start, lot.end),
        lot.y(0),
        lot.z,
        tile=key.uniform("tile", 0.6, 1.6),
    )
    place = lot.at(lot.middle, back + deep / 2)
    buildings.tower_block(
        town.site, key.child("tower"), place, (lot.width * key.uniform("share", 0.72, 0.95), deep, tall)
    )
    for one in key.children("planter", 3):
        if back > 3.5 and one.chance("here", 0.6):
            furniture_ = furniture.bench if one.chance("bench", 0.4) else plants.planter
            furniture_(town.site, one, lot.at(one.uniform("x", lot.start + 2, lot.end - 2), 1.4))


def church(town: Town, key: Key, lot: Lot) -> None:
    """A church on a lawn."""
    sheet(town, "grass", "grass", key.child("lawn"), (lot.start, lot.end), lot.y(0), lot.z)
    sheet(
        town,
        "path",
        "paving",
        key.child("path"),
        (lot.middle - 1.2, lot.middle + 1.2),
        lot.y(0, 9),
        lot.z + 0.01,
        tile=0.4,
    )
    buildings.church(town.site, key.child("church"), lot.at(lot.middle, 20))
    if not lot.far:
        front(town, key.child("front"), lot, (lot.start, lot.middle - 3))
        for one in key.children("tree", 4):
            x = one.pick("x", (lot.start + 2.5, lot.end - 2.5))
            plants.tree(town.site, one, lot.at(x + one.uniform("off", -1, 1), one.uniform("back", 3, 28)), detail=0.7)
