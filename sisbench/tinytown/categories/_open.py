"""Lots that are open: lawns, fields, woods, squares, car parks, yards, works."""

from __future__ import annotations

import math

import numpy as np

from sisbench.tinytown import shapes, traffic
from sisbench.tinytown.categories._built import front, stores
from sisbench.tinytown.categories._lots import Lot
from sisbench.tinytown.ground import sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import barriers, buildings, cycles, furniture, people, plants, vehicles
from sisbench.tinytown.scene import Color
from sisbench.tinytown.street import Town

_BAY = (2.6, 5.0)
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
    return 1.0 if away < 18 else 0.55 if away < 36 else 0.3 if away < 62 else 0.16


def lawn(town: Town, key: Key, lot: Lot) -> None:
    """A small park: lawn, trees, bushes, a path with benches, a playground, people."""
    site = town.site
    sheet(town, "grass", "grass", key.child("lawn"), (lot.start, lot.end), lot.y(0), lot.z)
    trees = int(lot.width * lot.depth / (70 if not lot.far else 160))
    path = lot.width > 14 and key.chance("path", 0.7)
    at = key.uniform("path at", lot.start + 3, lot.end - 3) if path else -1e9
    if path:
        material = key.pick("path of", ("gravel", "paving", "asphalt"))
        params = {"tile": 0.4} if material == "paving" else {"half_width": 999.0} if material == "asphalt" else {}
        sheet(town, "path", material, key.child("path"), (at - 1.1, at + 1.1), lot.y(-0.05), lot.z + 0.012, **params)
    for one in key.children("tree", trees):
        x, back = one.uniform("x", lot.start + 1.0, lot.end - 1.0), one.uniform("back", 1.5, lot.depth - 1)
        y = lot.side * (lot.front + back)
        if abs(x - at) > 2.0 and town.claims.take(x, y, 2.4, 2.4):
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
                furniture.bench(site, one, lot.at(at + 1.8, one.uniform("back", 3, lot.depth - 4), -lot.side * math.pi / 2))
        for one in key.children("walker", 2):
            if one.chance("here", 0.5):
                turn = one.sign("way") * math.pi / 2
                people.person(site, one, lot.at(at + one.uniform("x", -0.7, 0.7), one.uniform("back", 1, 20), turn))
    if lot.width > 18 and key.chance("playground", 0.35):
        x = (lot.start + at) / 2 if at - lot.start > 9 else (at + lot.end) / 2 if lot.end - at > 9 else None
        if x is not None and town.claims.take(x, lot.side * (lot.front + 11), 9, 9):
            furniture.playground(site, key.child("playground"), lot.at(x, 11))
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
    sheet(town, "field", "crop", key.child("field"), (start, end), y, lot.z + 0.006, crop, row=key.uniform("row", 0.5, 1.4))
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
    sheet(town, "grass", "grass", key.child("meadow"), (lot.start, lot.end), lot.y(0, max(lot.depth, 60.0)), lot.z - 0.004)
    front(town, key.child("front"), lot, models=("rail", "mesh", "rail", "picket"))
    for one in key.children("tree", int(lot.width / 12)):
        x, back = one.uniform("x", lot.start + 2, lot.end - 2), one.uniform("back", 1.5, lot.depth)
        if one.chance("here", 0.7) and town.claims.take(x, lot.side * (lot.front + back), 3, 3):
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
            if town.claims.take(x, y, 2.2, 2.2):
                share = 1.0 if row < 2 else 0.7
                plants.tree(town.site, one, lot.at(x, back), species=one.pick("species", species), height=tall * one.uniform("share", 0.6, 1.15), detail=share * detail(x, y))
    if lot.far:
        return
    for one in key.children("bush", int(lot.width / 3)):
        x, back = one.uniform("x", lot.start, lot.end), one.uniform("back", 0.7, 5)
        if town.claims.take(x, lot.side * (lot.front + back), 1.2, 1.2):
            plants.bush(town.site, one, lot.at(x, back), one.uniform("radius", 0.4, 1.0))


def square(town: Town, key: Key, lot: Lot) -> None:
    """A small paved square: stalls or parasols, a fountain or sculpture, trees, people; a building behind it."""
    site = town.site
    sheet(town, "plaza", "paving", key.child("ground"), (lot.start, lot.end), lot.y(0), lot.z, tile=key.uniform("tile", 0.5, 1.5), two_tone=1.0)
    deep = 13.0
    size = (lot.width * max(1.0, town.stretch(lot.side, lot.front + 30)), deep, key.uniform("height", *lot.land.height))
    buildings.block(site, key.child("block"), lot.at(lot.middle, lot.depth - deep / 2), size, shop=True)
    room = lot.depth - deep
    if lot.far:
        return
    center = key.pick("center", ("fountain", "sculpture", "clock", "none"), (3, 3, 1, 3))
    if center != "none" and town.claims.take(lot.middle, lot.side * (lot.front + room / 2), 7, 7):
        getattr(furniture, center)(site, key.child(center), lot.at(lot.middle, room / 2))
    furnish(town, key.child("furnish"), (lot.start + 2, lot.end - 2), lot.y(1.5, room - 1.5), lot.z, int(lot.width / 2.5))


def furnish(town: Town, key: Key, x: tuple[float, float], y: tuple[float, float], z: float, count: int) -> None:
    """Fill paved ground with what stands on squares and markets, and with people."""
    site = town.site
    market = key.chance("market", 0.5)
    table: dict[str, float] = {"stall": 5.0 if market else 0.4, "parasol": 3.0, "bench": 1.2, "tree": 1.2, "planter": 0.8, "kiosk": 0.25, "people": 6.0,
             "bicycle": 1.0, "flag": 0.2, "bollard": 0.4, "crate": 0.5 if market else 0.1, "motorcycle": 0.3}  # fmt: skip
    size = {"stall": 4.2, "parasol": 3.0, "bench": 2.2, "tree": 3.0, "kiosk": 4.0, "people": 1.8, "bicycle": 2.2}
    for one in key.children("thing", count):
        what = one.pick("what", tuple(table), tuple(table.values()))
        at = (one.uniform("x", *x), one.uniform("y", *y))
        need = size.get(what, 1.6)
        if what == "stall":
            at = (at[0], y[0] + round((at[1] - y[0]) / 5.0) * 5.0)  # stalls stand in rows
        if not town.claims.take(at[0], at[1], need, need):
            continue
        turn = one.uniform("turn", 0.0, 6.28)
        place = town.place(at[0], at[1])._replace(z=z)
        if what == "stall":
            buildings.stall(site, one, place._replace(yaw=0.0 if one.chance("faces", 0.5) else math.pi))
        elif what == "parasol":
            furniture.parasol_table(site, one, place._replace(yaw=turn))
        elif what == "tree":
            plants.tree(site, one, place, height=one.uniform("tall", 4.5, 8), detail=detail(*at))
        elif what == "kiosk":
            buildings.kiosk(site, one, place._replace(yaw=one.pick("faces", (0.0, math.pi, -math.pi / 2))))
        elif what == "people":
            if one.chance("group", 0.4):
                people.group(site, one, place._replace(yaw=turn), 2 + one.integer("count", 3))
            else:
                people.person(site, one, place._replace(yaw=turn))
        elif what == "bicycle":
            cycles.bicycle(site, one, place._replace(yaw=turn), rider=one.chance("rider", 0.35))
        elif what == "motorcycle":
            cycles.motorcycle(site, one, place._replace(yaw=turn))
        elif what == "planter":
            plants.planter(site, one, place)
        else:
            getattr(furniture, what)(site, one, place._replace(yaw=turn))


def bays(town: Town, key: Key, lot: Lot) -> None:
    """A car park."""
    sheet(town, "parking", "asphalt", key.child("ground"), (lot.start, lot.end), lot.y(0), lot.z, half_width=999.0)
    rows_of_bays(town, key, lot, 1.5, lot.depth - 1.0)
    if not lot.far:
        front(town, key.child("front"), lot, (lot.start + 7, lot.end))


def store(town: Town, key: Key, lot: Lot) -> None:
    """A big shop behind its car park."""
    deep = key.uniform("deep", 12.0, 18.0)
    back = lot.depth - deep
    sheet(town, "parking", "asphalt", key.child("ground"), (lot.start, lot.end), lot.y(0), lot.z, half_width=999.0)
    size = (lot.width - 3, deep, key.uniform("height", 5.0, 9.0))
    buildings.hall(town.site, key.child("store"), lot.at(lot.middle, back + deep / 2), size, style="shop")
    if not lot.far:
        rows_of_bays(town, key.child("bays"), lot, 1.5, back - 3.0)
        front(town, key.child("front"), lot, (lot.start + 8, lot.end))


def rows_of_bays(town: Town, key: Key, lot: Lot, near: float, far: float) -> None:
    """Rows of marked bays with cars, aisles between them, strips with trees and lamps here and there."""
    site = town.site
    paint = site.scene.course("parking", key.child("paint")).part("plain", (0.6, 0.6, 0.58))
    lines = []
    fill = key.uniform("fill", 0.45, 0.9)
    back, row = near, 0
    while back + _BAY[1] <= far:
        strip = row % 2 == 0 and row > 0 and key.child("strip", row).chance("here", 0.5)
        if strip:
            sheet(town, "grass", "grass", key.child("strip", row), (lot.start + 1, lot.end - 1), lot.y(back, back + 1.6), lot.z + 0.01)
            for index in range(int(lot.width / 8)):
                one = key.child("strip", row, index)
                x = lot.start + 5 + 8 * index
                if one.chance("tree", 0.7):
                    plants.tree(site, one, lot.at(x, back + 0.8), height=one.uniform("tall", 3.5, 6.5), detail=0.6 * detail(x, lot.front + back))
                elif one.chance("light", 0.5):
                    furniture.street_light(site, one, lot.at(x, back + 0.8), height=8.0, double=True)
            back += 1.8
        count = int((lot.width - 1.0) / _BAY[0])
        for index in range(count + 1):
            x = lot.start + 0.5 + index * _BAY[0]
            lines.append((x, back))
            one = key.child("bay", row, index)
            if index == count or (lot.far and index % 2) or not one.chance("taken", fill * (1.0 if -22 < x < 50 and back < 20 else 0.5 if -24 < x < 60 else 0.2)):
                continue
            spot = lot.at(x + _BAY[0] / 2 + one.uniform("x", -0.12, 0.12), back + _BAY[1] / 2, one.sign("way") * math.pi / 2 + 0.02 * one.normal("yaw"))
            if not town.claims.take(spot.x, spot.y, 2.3, 4.8):
                continue
            what = one.pick("what", ("car", "van", "motorcycles", "cart"), (90, 6, 3, 1))
            if what == "motorcycles":
                traffic.motorcycles(town, one, spot.x, spot.y, lot.side, 2)
            else:
                traffic.vehicle(town, one, "van" if what == "van" else "car", spot, parked=True)
        back += _BAY[1] + (0.0 if row % 2 and not strip else 6.2) * (1 if row % 2 == 0 else 0)
        row += 1
    a, b = np.array(lines).T if lines else (np.zeros(0), np.zeros(0))
    y0, y1 = lot.side * (lot.front + b), lot.side * (lot.front + b + _BAY[1])
    z = np.full(len(a), lot.z + 0.008)
    corners = [(a - 0.05, y0, z), (a + 0.05, y0, z), (a + 0.05, y1, z), (a - 0.05, y1, z)]
    if len(a):
        paint.add(shapes.quads(np.array(corners, np.float32).transpose(2, 0, 1)))


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
            place = lot.at(lot.start + 5 + 7.5 * index, back + one.uniform("back", -1, 1), one.uniform("skew", -0.1, 0.1))
            if not one.chance("here", 0.8):
                continue
            if what == "containers":
                furniture.container(site, one, place, stacked=one.pick("stacked", (1, 2, 3), (6, 3, 1)))
            elif what == "caravans":
                vehicles.caravan(site, one, place._replace(yaw=place.yaw + math.pi / 2))
            else:
                vehicles.boat(site, one, place._replace(yaw=place.yaw + math.pi / 2, z=place.z + 0.5))


def works(town: Town, key: Key, lot: Lot) -> None:
    """A building site: soil, a concrete skeleton with scaffolds, an excavator, a crane, a hoarding."""
    site = town.site
    sheet(town, "soil", "gravel", key.child("ground"), (lot.start, lot.end), lot.y(0), lot.z, ((0.17, 0.12, 0.075), (0.27, 0.20, 0.13)))
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
        vehicles.excavator(site, key.child("excavator"), lot.at(x, 5.0 if built else 9.0, key.uniform("dig turn", 0.0, 6.28)))
    if key.chance("tips", 0.5):
        vehicles.truck(site, key.child("truck"), lot.at(lot.end - 7, 4.5, key.uniform("truck turn", -0.15, 0.15)), model="tipper")
    for one in key.children("heap", 3):
        if one.chance("here", 0.6):
            heap = site.scene.body("soil", lot.at(one.uniform("x", lot.start + 3, lot.end - 3), one.uniform("back", 2.5, 7)), one)
            wide = one.uniform("wide", 1.2, 2.6)
            heap.part("gravel", (0.20, 0.14, 0.09), (0.30, 0.22, 0.15)).ball((0, 0, 0), (wide, wide * 0.8, wide * 0.55), detail=2)
    for one in key.children("crate", 3):
        if one.chance("here", 0.6):
            furniture.crate(site, one, lot.at(one.uniform("x", lot.start + 2, lot.end - 2), one.uniform("back", 1.5, 4)))
    if key.chance("hut", 0.5):
        furniture.container(site, key.child("hut"), lot.at(lot.end - 4, 8.5))
    for one in key.children("worker", 3):
        if one.chance("here", 0.6):
            people.person(site, one, lot.at(one.uniform("x", lot.start + 2, lot.end - 2), one.uniform("back", 1, 7), one.uniform("turn", 0, 6.28)))
    y = lot.side * (lot.front + 0.4)
    if key.chance("hoarding", 0.5):
        barriers.fence(site, key.child("fence"), (lot.start, lot.end - 5), y)
    else:
        barriers.works_barrier(site, key.child("barrier"), (lot.start, lot.end), y)


def pond(town: Town, key: Key, lot: Lot) -> None:
    """A pond in a lawn, with reeds, trees and benches."""
    site = town.site
    sheet(town, "grass", "grass", key.child("lawn"), (lot.start, lot.end), lot.y(0), lot.z - 0.004)
    long, deep = lot.width * key.uniform("long", 0.3, 0.42), key.uniform("deep", 6.0, 11.0)
    back = deep + key.uniform("back", 2.0, 6.0)
    body = site.scene.body("pond", lot.at(lot.middle, back), key.child("water"))
    rim = [1 + 0.16 * math.sin(2 * k * math.pi / 12 + key.uniform("phase", 0, 6.28)) for k in range(24)]
    edge = [(rim[k] * long * math.cos(k * math.pi / 12), rim[k] * deep * math.sin(k * math.pi / 12), 0.012) for k in range(24)]
    bank = [(x * 1.06, y * 1.1, 0.006) for x, y, _ in edge]
    for part, ring in ((body.part("gravel", (0.2, 0.16, 0.11), (0.3, 0.25, 0.17), kind="soil"), bank), (body.part("water", (0.03, 0.06, 0.055), ripple=0.35), edge)):
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
        plants.bush(site, one, lot.at(lot.middle + 1.1 * long * math.cos(turn), back + 1.1 * deep * math.sin(turn)), one.uniform("radius", 0.3, 0.8))
    for one in key.children("bench", 2):
        if one.chance("here", 0.6):
            furniture.bench(site, one, lot.at(lot.middle + one.uniform("x", -0.8, 0.8) * long, max(0.9, back - 1.25 * deep), math.pi))
