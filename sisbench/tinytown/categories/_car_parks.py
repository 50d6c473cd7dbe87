"""Car parks, alone and before big shops."""

from __future__ import annotations

import math

import numpy as np

from sisbench.tinytown import shapes, traffic
from sisbench.tinytown.categories._fronts import front
from sisbench.tinytown.categories._green import detail
from sisbench.tinytown.categories._lots import Lot
from sisbench.tinytown.ground import sheet
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import buildings, furniture, plants
from sisbench.tinytown.street import Town

_BAY = (2.6, 5.0)


def bays(town: Town, key: Key, lot: Lot) -> None:
    """A car park."""
    sheet(town, "parking", "asphalt", key.child("ground"), (lot.start, lot.end), lot.y(0), lot.z)
    rows_of_bays(town, key, lot, 1.5, lot.depth - 1.0)
    if not lot.far:
        front(town, key.child("front"), lot, (lot.start + 7, lot.end))


def store(town: Town, key: Key, lot: Lot) -> None:
    """A big shop behind its car park."""
    deep = key.uniform("deep", 12.0, 18.0)
    back = lot.depth - deep
    sheet(town, "parking", "asphalt", key.child("ground"), (lot.start, lot.end), lot.y(0), lot.z)
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
            sheet(
                town,
                "grass",
                "grass",
                key.child("strip", row),
                (lot.start + 1, lot.end - 1),
                lot.y(back, back + 1.6),
                lot.z + 0.01,
            )
            for index in range(int(lot.width / 8)):
                one = key.child("strip", row, index)
                x = lot.start + 5 + 8 * index
                if one.chance("tree", 0.7):
                    plants.tree(
                        site,
                        one,
                        lot.at(x, back + 0.8),
                        height=one.uniform("tall", 3.5, 6.5),
                        detail=0.6 * detail(x, lot.front + back),
                    )
                elif one.chance("light", 0.5):
                    furniture.street_light(site, one, lot.at(x, back + 0.8), height=8.0, double=True)
            back += 1.8
        count = int((lot.width - 1.0) / _BAY[0])
        for index in range(count + 1):
            x = lot.start + 0.5 + index * _BAY[0]
            lines.append((x, back))
            one = key.child("bay", row, index)
            seen = 1.0 if -20 < x < 48 and back < 17 else 0.34 if -24 < x < 56 else 0.1  # cars are dear
            if index == count or not one.chance("taken", fill * seen):
                continue
            spot = lot.at(
                x + _BAY[0] / 2 + one.uniform("x", -0.12, 0.12),
                back + _BAY[1] / 2,
                one.sign("way") * math.pi / 2 + 0.02 * one.normal("yaw"),
            )
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
