"""Green lots: lawns, meadows, fields, woods, ponds."""

from __future__ import annotations

import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.categories._fronts import front
from sisbench.tinytown.categories._lots import Lot
from sisbench.tinytown.ground import sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import furniture, people, plants
from sisbench.tinytown.scene import Color
from sisbench.tinytown.street import Town

_SUMMER_CROPS: tuple[tuple[Color, Color], ...] = (
    ((0.25, 0.22, 0.06), (0.40, 0.33, 0.10)),
    ((0.08, 0.16, 0.03), (0.14, 0.22, 0.05)),
    ((0.30, 0.25, 0.12), (0.35, 0.30, 0.14)),
    ((0.17, 0.12, 0.08), (0.10, 0.15, 0.04)),
    ((0.42, 0.36, 0.04), (0.20, 0.22, 0.04)),
)
_BARE_CROPS: tuple[tuple[Color, Color], ...] = (
    ((0.14, 0.10, 0.07), (0.20, 0.15, 0.10)),
    ((0.10, 0.14, 0.05), (0.16, 0.13, 0.08)),
    ((0.28, 0.23, 0.13), (0.20, 0.16, 0.10)),
    ((0.19, 0.14, 0.10), (0.13, 0.10, 0.07)),
)
_FLOORS: tuple[tuple[Color, Color], ...] = (
    ((0.045, 0.06, 0.018), (0.10, 0.11, 0.04)),
    ((0.075, 0.058, 0.03), (0.13, 0.105, 0.055)),
    ((0.05, 0.075, 0.02), (0.09, 0.08, 0.035)),
)
_WOODS: tuple[tuple[str, ...], ...] = (
    ("maple", "oak", "lime", "birch"),
    ("birch", "pine", "pine"),
    ("spruce", "spruce", "spruce", "birch"),
    ("pine", "spruce", "oak"),
    ("oak", "maple", "spruce"),
)
"""Mixtures of trees; all woods of a world are alike."""


def detail(x: float, y: float) -> float:
    """Detail of a plant: less where it is far from the cameras."""
    away = math.sqrt(x * x + y * y)
    return 0.95 if away < 16 else 0.5 if away < 32 else 0.25 if away < 58 else 0.13


def lawn(town: Town, key: Key, lot: Lot) -> None:
    """A small park: lawn, trees, bushes, a path with benches, a playground, people."""
    site = town.site
    sheet(town, "grass", "grass", key.child("lawn"), (lot.start, lot.end), lot.y(0), lot.z)
    trees = int(lot.width * lot.depth / (70 if not lot.far else 160))
    path = lot.width > 14 and key.chance("path", 0.7)
    at = key.uniform("path at", lot.start + 3, lot.end - 3) if path else -1e9
    if path:
        material = key.pick("path of", ("gravel", "paving", "asphalt"))
        sheet(town, "path", material, key.child("path"), (at - 1.1, at + 1.1), lot.y(-0.05), lot.z + 0.012)
    for one in key.children("tree", trees):
        x, back = one.uniform("x", lot.start + 1.0, lot.end - 1.0), one.uniform("back", 1.5, lot.depth - 1)
        y = lot.side * (lot.front + back)
        if abs(x - at) > 2.0 and town.street.has_room_for_crown(x, y) and town.claims.take(x, y, 2.4, 2.4):
            plants.tree(site, one, lot.at(x, back), height=one.uniform("tall", 4.5, 12.0), detail=detail(x, y))
    if lot.far:
        return
    for one in key.children("bush", int(lot.width / 4)):
        x, back = one.uniform("x", lot.start + 1, lot.end - 1), one.uniform("back", 1.2, 12)
        if abs(x - at) > 2.0 and town.claims.take(x, lot.side * (lot.front + back), 1.4, 1.4):
            plants.bush(site, one, lot.at(x, back))
    if path:
        for one in key.children("bench", 2):
            if one.chance("here", 0.7):
                furniture.bench(
                    site, one, lot.at(at + 1.8, one.uniform("back", 3, lot.depth - 4), -lot.side * math.pi / 2)
                )
        for one in key.children("walker", 2):
            if one.chance("here", 0.5):
                turn = one.sign("way") * math.pi / 2
                people.person(site, one, lot.at(at + one.uniform("x", -0.7, 0.7), one.uniform("back", 1, 20), turn))
    if lot.width > 18 and key.chance("playground", 0.35):
        middle = (lot.start + at) / 2 if at - lot.start > lot.end - at else (max(at, lot.start) + lot.end) / 2
        if town.claims.take(middle, lot.side * (lot.front + 11), 9, 9):
            furniture.playground(site, key.child("playground"), lot.at(middle, 11))
    if key.chance("beds", 0.35):
        x = key.uniform("bed at", lot.start + 2, lot.end - 2)
        if abs(x - at) > 3:
            plants.flower_bed(site, key.child("bed"), lot.at(x, 2.2), (key.uniform("bed long", 2, 4), 1.2))
    front(town, key.child("front"), lot, (lot.start, min(lot.end, at - 1.5)) if path else None)


def field(town: Town, key: Key, lot: Lot) -> None:
    """A field of a crop, a strip of grass before it."""
    crop = key.pick("crop", _SUMMER_CROPS if town.site.weather.season == "summer" else _BARE_CROPS)
    start, end = lot.start + 0.5, lot.end - 0.5
    sheet(town, "grass", "grass", key.child("edge"), (lot.start, lot.end), lot.y(0, 3.0), lot.z)
    deep = max(lot.depth, 90.0)
    y = lot.side * (lot.front + 2.5), lot.side * (lot.front + deep)
    sheet(
        town,
        "field",
        "crop",
        key.child("field"),
        (start, end),
        y,
        lot.z + 0.006,
        crop,
        row=key.uniform("row", 0.5, 1.4),
    )
    if lot.far:
        return
    front(town, key.child("front"), lot, models=("rail", "mesh"))
    for one in key.children("bush", int(lot.width / 9)):
        if one.chance("here", 0.5):
            plants.bush(town.site, one, lot.at(one.uniform("x", start, end), one.uniform("back", 0.6, 2.2)))
    if key.chance("lone tree", 0.4):
        x, back = key.uniform("tree x", start + 4, end - 4), key.uniform("tree back", 2.0, 26.0)
        plants.tree(town.site, key.child("tree"), lot.at(x, back), detail=detail(x, lot.front + back))


def meadow(town: Town, key: Key, lot: Lot) -> None:
    """Grass behind a fence, a few trees and bushes."""
    sheet(
        town, "grass", "grass", key.child("meadow"), (lot.start, lot.end), lot.y(0, max(lot.depth, 60.0)), lot.z - 0.004
    )
    front(town, key.child("front"), lot, models=("rail", "mesh", "rail", "picket"))
    for one in key.children("tree", int(lot.width / 12)):
        x, back = one.uniform("x", lot.start + 2, lot.end - 2), one.uniform("back", 1.5, lot.depth)
        y = lot.side * (lot.front + back)
        if one.chance("here", 0.7) and town.street.has_room_for_crown(x, y) and town.claims.take(x, y, 3, 3):
            plants.tree(town.site, one, lot.at(x, back), detail=detail(x, lot.front + back))
    if lot.far:
        return
    for one in key.children("bush", int(lot.width / 5)):
        x, back = one.uniform("x", lot.start + 1, lot.end - 1), one.uniform("back", 0.8, 14)
        if town.claims.take(x, lot.side * (lot.front + back), 1.4, 1.4):
            plants.bush(town.site, one, lot.at(x, back))


def wood(town: Town, key: Key, lot: Lot) -> None:
    """A wood: dense trees of few species on a floor of leaves and moss, undergrowth at its edge."""
    floor = key.pick("floor", _FLOORS)
    sheet(town, "grass", "grass", key.child("floor"), (lot.start, lot.end), lot.y(0.8), lot.z - 0.004, floor)
    step = key.uniform("step", 3.4, 5.0) * (1.5 if lot.far else 1.0)
    tall = key.uniform("tall", 9.0, 18.0)
    species = town.key.child("wood").pick("species", _WOODS, (3, 2, 3, 2, 2))
    rows = int((min(lot.depth, 22.0) - 1) / step)
    for row in range(rows):
        for column in range(int(lot.width / step)):
            one = key.child("tree", row, column)
            if not one.chance("here", 0.85 if row < 3 else 0.6):
                continue
            x = lot.start + (column + one.unit("x")) * step
            back = 1.0 + (row + 0.8 * one.unit("back")) * step
            y = lot.side * (lot.front + back)
            if town.street.has_room_for_crown(x, y) and town.claims.take(x, y, 2.2, 2.2):
                share = 1.0 if row < 2 else 0.7
                plants.tree(
                    town.site,
                    one,
                    lot.at(x, back),
                    species=one.pick("species", species),
                    height=tall * one.uniform("share", 0.6, 1.15),
                    detail=share * detail(x, y),
                )
    if lot.far:
        return
    for one in key.children("bush", int(lot.width / 3)):
        x, back = one.uniform("x", lot.start, lot.end), one.uniform("back", 0.7, 5)
        if town.claims.take(x, lot.side * (lot.front + back), 1.2, 1.2):
            plants.bush(town.site, one, lot.at(x, back), one.uniform("radius", 0.4, 1.0))


def pond(town: Town, key: Key, lot: Lot) -> None:
    """A pond in a lawn, with reeds, trees and benches."""
    site = town.site
    sheet(town, "grass", "grass", key.child("lawn"), (lot.start, lot.end), lot.y(0), lot.z - 0.004)
    long, deep = lot.width * key.uniform("long", 0.3, 0.42), key.uniform("deep", 6.0, 11.0)
    back = deep + key.uniform("back", 2.0, 6.0)
    body = site.scene.course("pond", key.child("water"), lot.at(lot.middle, back))
    rim = [1 + 0.16 * math.sin(2 * k * math.pi / 12 + key.uniform("phase", 0, 6.28)) for k in range(24)]
    edge = [
        (rim[k] * long * math.cos(k * math.pi / 12), rim[k] * deep * math.sin(k * math.pi / 12), 0.03)
        for k in range(24)
    ]
    bank = [(x * 1.06, y * 1.1, 0.015) for x, y, _ in edge]
    for part, ring in (
        (body.part("gravel", (0.2, 0.16, 0.11), (0.3, 0.25, 0.17), kind="soil"), bank),
        (body.part("water", (0.03, 0.06, 0.055), ripple=0.35), edge),
    ):
        center = (0.0, 0.0, ring[0][2])
        part.add(shapes.flat(np.array([[center, ring[k], ring[(k + 1) % 24]] for k in range(24)], np.float32)))
    for one in key.children("tree", 7):
        turn = one.uniform("angle", 0, 6.28)
        away = one.uniform("away", 1.25, 1.7)
        x, deep_ = lot.middle + away * long * math.cos(turn), back + away * deep * math.sin(turn)
        if lot.start < x < lot.end and 1.5 < deep_ < lot.depth:
            y = lot.side * (lot.front + deep_)
            plants.tree(site, one, lot.at(x, deep_), detail=detail(x, y))
    if lot.far:
        return
    for one in key.children("reed", 6):
        turn = one.uniform("angle", 0, 6.28)
        plants.bush(
            site,
            one,
            lot.at(lot.middle + 1.1 * long * math.cos(turn), back + 1.1 * deep * math.sin(turn)),
            one.uniform("radius", 0.3, 0.8),
        )
    for one in key.children("bench", 2):
        if one.chance("here", 0.6):
            furniture.bench(
                site,
                one,
                lot.at(lot.middle + one.uniform("x", -0.8, 0.8) * long, max(0.9, back - 1.25 * deep), math.pi),
            )
