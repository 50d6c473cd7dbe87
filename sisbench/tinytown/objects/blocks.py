"""City blocks: the buildings of closed rows."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches, dressings, plans, roofs
from sisbench.tinytown.objects.fronts import BASE, Front, Size
from sisbench.tinytown.objects.roofs import Span
from sisbench.tinytown.objects.skins import skin
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

ROOFS = ("flat", "attic", "mansard", "gable", "hip", "front gable")
"""Roofs of blocks."""

_STYLES = ("brick", "plaster", "glass", "stone", "slabs", "timber")
_LOW_SHARES, _TALL_SHARES = (35, 39, 8, 9, 3, 6), (32, 32, 15, 9, 12, 0)
_TILED = 22.0  # metres of wall up to which roofs are pitched


def block(
    site: Site,
    key: Key,
    place: Place,
    size: Size,
    style: str | None = None,
    shop: bool = False,
    roof: str | None = None,
) -> None:
    """Build a house of a closed city row.

    Args:
        site: Where to build.
        key: Of the building.
        place: Middle of the footprint; the front looks to local -y.
        size: Width along the street, depth, height of the walls, metres. Balconies, awnings and oriels reach up to
            1.5 m beyond the front; roofs, chimneys and corner towers rise above the walls.
        style: One of `skins.STYLES`; None draws what suits a city.
        shop: Whether the ground floor has shop windows.
        roof: One of `ROOFS`; None draws one that suits.
    """
    w, _, h = size
    name = style or key.pick("style", _STYLES, _LOW_SHARES if h < 14 else _TALL_SHARES)
    front = Front(site, key, place, "building", size, skin(key, name, w, h), shop)
    _raise(front, roof or _roof(key, name, w, h))
    if front.floors > 2:
        extra = key.pick("extra", ("none", "oriels", "arcade"), (74, 16, 10))
        if extra == "oriels":
            dressings.oriels(front)
        elif extra == "arcade":
            dressings.arcade(front)
    if shop:
        dressings.awnings(front)
    elif key.chance("steps", 0.5):
        dressings.entrance(front)
    if name in ("brick", "plaster", "stone"):
        dressings.bands(front)
    if name != "glass" and key.chance("balconies", 0.4):
        dressings.balconies(front)
    if front.detailed:
        dressings.pictures(front)


def _roof(key: Key, style: str, width: float, height: float) -> str:
    if style == "glass" or height > _TILED:
        return key.pick("roof", ROOFS[:2], (70, 30))
    return key.pick("roof", ROOFS, (34, 16, 17, 20, 8, 12 if width < 9.5 else 2))


def _raise(front: Front, roof: str) -> None:
    """Raise walls and roof."""
    if roof == "attic" and front.floors > 2:
        _attic(front)
    elif roof == "mansard" and front.floors > 2:
        _mansard(front)
    elif roof == "gable":
        _pitched(front, 0.0)
    elif roof == "hip":
        _pitched(front, 1.0)
    elif roof == "front gable":
        _front_gable(front)
    else:
        plans.raise_flat(front)


def _attic(front: Front) -> None:
    """A top storey that stands back from front and rear, clad otherwise."""
    key, h, x, y = front.key, front.height, front.x, front.y
    low, back = h - front.skin.floor, key.uniform("step back", 1.2, 2.2)
    front.walls(x, y, (BASE, low))
    front.flat("low", x, y, low, clutter=0.0)
    color: Color = key.pick("attic", ((0.55, 0.54, 0.52), (0.20, 0.20, 0.21), front.skin.color, (0.40, 0.36, 0.30)))
    attic = front.skin._replace(color=color, style="plaster").part(front.body, front.site, h, (front.x0, front.y0, 0.0))
    inner = (y[0] + back, y[1] - back)
    attic.add(batches.walls([(x[0], inner[0], low)], [(x[1], inner[1], h)]))
    front.flat("attic", x, inner, h)


def _pitched(front: Front, cut: float) -> None:
    """A tiled roof with its ridge along the street, hipped by `cut`."""
    key, h, x, y = front.key, front.height, front.x, front.y
    wall = front.walls(x, y, (BASE, h))
    half = (y[1] - y[0]) / 2
    rise = min(half * key.uniform("pitch", 0.5, 0.95), key.uniform("rise", 3.0, 5.0))
    color = roofs.tiles(key)
    planes, gables = roofs.gable(x, y, h, rise, 0.35, 0.0, cut)
    front.body.part("roof_tiles", color).add(planes)
    wall.add(gables)
    if rise > 2.2 and front.detailed and key.chance("dormers", 0.7):
        out = 0.55 / (rise / half)
        step = 1 if front.skin.bay > 2.4 else 2
        bays = range(1, front.bays - 1, step) if cut else range(0, front.bays, step)
        at = [(front.bay(k + 0.5), y[0] + out, h + 0.5) for k in bays]
        roofs.dormers(front.body, key.child("dormers"), at, front.skin.color, color, min(1.4, 0.6 * front.skin.bay))
    else:
        _skylights(front, y, h, rise)
    ridge = h + rise
    spots = [
        (front.bay(front.bays // 2), -0.1 * half, ridge + 0.6),
        (x[0] + 0.5, 0.1 * half, ridge + 0.7),
        (x[1] - 0.5, 0.2 * half, ridge + 0.7),
    ]
    color = key.pick("chimney", ((0.30, 0.13, 0.085), (0.36, 0.24, 0.18), (0.4, 0.38, 0.35)))
    if cut:
        spots = spots[:1]
    roofs.chimneys(front.body, spots[: 1 + key.integer("chimneys", 3)], color)


def _skylights(front: Front, y: Span, z: float, rise: float) -> None:
    """Windows that lie in the front slope and, more often, in the back slope."""
    half = (y[1] - y[0]) / 2
    slope = rise / half
    quads = []
    for k in range(front.bays):
        for side in (-1, 1):
            if front.key.chance(f"skylight {k} {side}", 0.3):
                away = half * front.key.uniform(f"height {k}", 0.35, 0.6)
                cx = front.bay(k + 0.5)
                rows = [(side * (half - t), z + t * slope + 0.05) for t in (away, away + 0.9)]
                quads.append(
                    [
                        (cx - 0.4, rows[0][0], rows[0][1]),
                        (cx + 0.4, rows[0][0], rows[0][1]),
                        (cx + 0.4, rows[1][0], rows[1][1]),
                        (cx - 0.4, rows[1][0], rows[1][1]),
                    ]
                )
    if quads:
        front.body.part("glass", (0.05, 0.065, 0.08)).add(shapes.quads(np.array(quads, np.float32)))


def _mansard(front: Front) -> None:
    """A top storey behind steep tiled planes with dormers."""
    key, floor, x, y = front.key, front.skin.floor, front.x, front.y
    eaves = front.height - floor
    front.walls(x, y, (BASE, eaves))
    inset = key.uniform("inset", 0.7, 1.2)
    color = roofs.tiles(key)
    front.body.part("roof_tiles", color).add(roofs.skirt(x, y, eaves, floor, inset, (True, False, True, False)))
    front.flat("top", x, (y[0] + inset, y[1] - inset), front.height, parapet=0.12)
    gutter = front.body.part("metal", (0.3, 0.31, 0.3))
    gutter.add(batches.boxes([(x[0], y[0] - 0.18, eaves - 0.08)], [(x[1], y[0] + 0.02, eaves + 0.06)]))
    if front.detailed:
        at = [(front.bay(k + 0.5), y[0] + 0.08, eaves + 0.45) for k in range(front.bays)]
        wide = min(1.3, 0.55 * front.skin.bay)
        roofs.dormers(front.body, key.child("dormers"), at, front.skin.trim, color, wide, 1.5, 1.3)
    roofs.chimneys(front.body, [(x[0] + 0.5, 0.6, front.height + 1.3), (x[1] - 0.5, -0.4, front.height + 1.2)])


def _front_gable(front: Front) -> None:
    """A narrow house whose gable looks to the street: plain, or stepped as on a canal."""
    key, h, x, y = front.key, front.height, front.x, front.y
    wall = front.walls(x, y, (BASE, h))
    rise = (x[1] - x[0]) / 2 * key.uniform("pitch", 0.9, 1.3)
    planes, gables = roofs.gable(x, y, h, rise, 0.0, 0.0, 0.0, across=True)
    front.body.part("roof_tiles", roofs.tiles(key)).add(planes)
    wall.add(gables)
    if key.chance("stepped gable", 0.5):
        steps = 5
        low, high = [], []
        for k in range(steps):
            half = (x[1] - x[0]) / 2 * (1 - k / steps)
            low.append((-half, y[0] - 0.06, h - 0.3 + rise * k / steps))
            high.append((half, y[0] + 0.3, h + 0.45 + rise * (k + 1) / steps))
        front.skin.part(front.body, front.site, h + 2 * rise, (front.x0, front.y0, 0.0), windows=False).add(
            batches.boxes(low, high)
        )
        caps = front.body.part("concrete", front.skin.trim)
        caps.add(
            batches.boxes(
                np.array(low) * [1, 1, 0] + [[-0.06, -0.05, b[2] - 0.01] for b in high],
                batches.moved(np.array(high), 0.06, 0.05, 0.1),
            )
        )
    glass = front.body.part("glass", (0.04, 0.05, 0.06))
    glass.add(batches.cubes([(0, y[0] - 0.05, h + 0.35 * rise)], (0.9, 0.06, 1.2)))
    roofs.chimneys(front.body, [(x[0] + 0.8, 0.0, h + rise + 0.2)])
