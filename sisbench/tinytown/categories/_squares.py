"""Paved squares, and what stands on them."""

from __future__ import annotations

import math

from sisbench.tinytown.categories._green import detail
from sisbench.tinytown.categories._lots import Lot
from sisbench.tinytown.ground import sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import buildings, cycles, furniture, people, plants
from sisbench.tinytown.street import Town


def square(town: Town, key: Key, lot: Lot) -> None:
    """A small paved square: stalls or parasols, a fountain or sculpture, trees, people; a building behind it."""
    site = town.site
    sheet(
        town,
        "plaza",
        "paving",
        key.child("ground"),
        (lot.start, lot.end),
        lot.y(0),
        lot.z,
        tile=key.uniform("tile", 0.5, 1.5),
        two_tone=1.0,
    )
    deep = 13.0
    size = (lot.width * max(1.0, town.stretch(lot.side, lot.front + 30)), deep, key.uniform("height", *lot.land.height))
    buildings.block(site, key.child("block"), lot.at(lot.middle, lot.depth - deep / 2), size, shop=True)
    room = lot.depth - deep
    if lot.far:
        return
    center = key.pick("center", ("fountain", "sculpture", "clock", "none"), (3, 3, 1, 3))
    if center != "none" and town.claims.take(lot.middle, lot.side * (lot.front + room / 2), 7, 7):
        getattr(furniture, center)(site, key.child(center), lot.at(lot.middle, room / 2))
    furnish(
        town, key.child("furnish"), (lot.start + 2, lot.end - 2), lot.y(1.5, room - 1.5), lot.z, int(lot.width / 2.5)
    )


def furnish(town: Town, key: Key, x: tuple[float, float], y: tuple[float, float], z: float, count: int) -> None:
    """Fill paved ground with what stands on squares and markets, and with people."""
    site = town.site
    market = key.chance("market", 0.5)
    table: dict[str, float] = {
        "stall": 5.0 if market else 0.4,
        "parasol": 3.0,
        "bench": 1.2,
        "tree": 1.2,
        "planter": 0.8,
        "kiosk": 0.25,
        "people": 6.0,
        "bicycle": 1.0,
        "flag": 0.2,
        "bollard": 0.4,
        "crate": 0.5 if market else 0.1,
        "motorcycle": 0.3,
    }
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
