"""What closes the view, all around: rows of blocks, trees, hills."""

from __future__ import annotations

import math

from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import buildings, horizon, plants
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import SIDES, Town


def hills(town: Town) -> None:
    """A ring of hills."""
    horizon.hills(town.site, town.key.child("hills"))


def city(
    town: Town,
    depth: tuple[float, ...],
    height: tuple[float, float],
    sides: tuple[int, ...] = SIDES,
    gap: float = 0.35,
) -> None:
    """Rows of blocks behind the lots, and across both ends of the street.

    Args:
        town: The world.
        depth: Distances from the middle at which the rows stand, metres.
        height: Least and largest height, metres.
        sides: Of the street.
        gap: Share of places without a block.
    """
    site = town.site
    for side in sides:
        for row, away in enumerate(depth):
            key = town.key.child("back row", "left" if side > 0 else "right", row)
            x = -130.0 + key.uniform("start", 0, 20)
            index = 0
            while x < 300:
                one = key.child(index)
                wide, deep = one.uniform("wide", 13, 30), one.uniform("deep", 11, 16)
                if one.chance("here", 1 - gap) and town.street.open_at(x + wide / 2, side, wide / 2 - 3):
                    place = Place(
                        x + wide / 2, side * (away + one.uniform("off", 0, 6) + deep / 2), 0.0 if side > 0 else math.pi
                    )
                    buildings.far_block(site, one, place, (wide, deep, one.uniform("tall", *height)))
                elif one.chance("tree", 0.6):
                    plants.tree(site, one, Place(x + wide / 2, side * (away + 6)), detail=0.25)
                x += wide + one.uniform("gap", 0.0, 12.0)
                index += 1
    ends(town, height)


def ends(town: Town, height: tuple[float, float]) -> None:
    """Blocks across both ends of the street."""
    for name, x in (("ahead", 345.0), ("behind", -165.0)):
        key = town.key.child("end", name)
        y = -75.0 + key.uniform("start", 0, 15)
        index = 0
        while y < 75:
            one = key.child(index)
            wide = one.uniform("wide", 16, 34)
            place = Place(x + one.uniform("off", -6, 6), y + wide / 2, -math.pi / 2 if x > 0 else math.pi / 2)
            buildings.far_block(town.site, one, place, (wide, 14.0, one.uniform("tall", *height)))
            y += wide + one.uniform("gap", 0, 4)
            index += 1


def woods(
    town: Town,
    away: tuple[float, ...] = (70.0, 130.0),
    height: tuple[float, float] = (9.0, 16.0),
    sides: tuple[int, ...] = SIDES,
    x: tuple[float, float] = (-190.0, 360.0),
) -> None:
    """Rows of distant trees along the street, and across its ends."""
    for side in sides:
        for row, distance in enumerate(away):
            key = town.key.child("woods", "left" if side > 0 else "right", row)
            start = x[0]
            for index in range(6):
                one = key.child(index)
                end = min(x[1], start + one.uniform("long", 50, 130))
                if one.chance("here", 0.8) and end - start > 15:
                    horizon.forest_wall(
                        town.site,
                        one,
                        (start, end),
                        side * (distance + one.uniform("off", -8, 14)),
                        one.uniform("tall", *height),
                    )
                start = end
                if start >= x[1]:
                    break


def hamlet(
    town: Town, key: Key, count: int, away: tuple[float, float] = (60.0, 120.0), x: tuple[float, float] = (40.0, 260.0)
) -> None:
    """A few houses and barns far off."""
    for one in key.children("house", count):
        side = one.sign("side")
        place = Place(one.uniform("x", *x), side * one.uniform("away", *away), one.uniform("turn", 0, 6.28), -0.05)
        kind = one.pick("kind", ("house", "barn", "block"), (5, 2, 1))
        if kind == "house":
            buildings.house(town.site, one, place, (one.uniform("wide", 9, 13), 8.5))
        elif kind == "barn":
            buildings.barn(town.site, one, place)
        else:
            buildings.far_block(town.site, one, place, (one.uniform("wide", 14, 30), 13.0, one.uniform("tall", 8, 16)))
