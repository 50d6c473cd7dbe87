"""City blocks: the buildings of closed rows, towers, and distant ones."""

from __future__ import annotations

import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches, roofs
from sisbench.tinytown.objects.skins import Skin, skin
from sisbench.tinytown.scene import Body, Color, Part, Place
from sisbench.tinytown.site import Site

Size = tuple[float, float, float]
Point = tuple[float, float, float]
Span = tuple[float, float]

BASE = -1.5
"""Walls reach this far below the ground, so that no gap shows where the street slopes, metres."""

ROOFS = ("flat", "attic", "mansard", "gable", "hip", "front gable")
"""Roofs of blocks."""

_CITY = ("brick", "plaster", "glass", "stone", "slabs", "timber")
_SHARES, _TALL_SHARES = (35, 39, 8, 9, 3, 6), (32, 32, 15, 9, 12, 0)
_AWNINGS: tuple[Color, ...] = ((0.50, 0.06, 0.05), (0.05, 0.20, 0.10), (0.04, 0.08, 0.28), (0.60, 0.42, 0.08), (0.10, 0.10, 0.11), (0.42, 0.40, 0.36), (0.30, 0.07, 0.14))
_PALE: Color = (0.66, 0.65, 0.62)
_POSTERS: tuple[Color, ...] = ((0.55, 0.06, 0.05), (0.04, 0.16, 0.42), (0.62, 0.48, 0.05), (0.05, 0.30, 0.18), (0.60, 0.58, 0.54), (0.36, 0.08, 0.32))
_NEAR = 75.0  # metres from the camera within which details are built


def near(place: Place) -> bool:
    """Whether a building is near enough to the cameras to deserve details."""
    return math.hypot(place.x - 10.0, place.y) < _NEAR


class Front:
    """A building under construction: its body, its skin, and the bay grid of its front.

    Args:
        site: Where to build.
        key: Of the building.
        place: Middle of the footprint; the front looks to local -y.
        kind: Of the object.
        size: Width, depth, height of the walls, metres.
        skin: Its cladding.
    """

    def __init__(self, site: Site, key: Key, place: Place, kind: str, size: Size, skin: Skin) -> None:
        self.site, self.key, self.skin = site, key, skin
        self.body = site.scene.body(kind, place, key)
        self.width, self.depth, self.height = size
        self.x0, self.y0 = -self.width / 2, -self.depth / 2
        self.bays = max(1, round(self.width / skin.bay))
        self.floors = max(1, round(self.height / skin.floor))
        self.detailed = near(place)
        self._walls: dict[tuple[float, bool, bool], Part] = {}

    def walls(self, x: Span, y: Span, z: Span, shop: bool = False, windows: bool = True) -> Part:
        """Add the four walls of a rectangle; returns their part."""
        named = (round(z[1], 3), shop, windows)
        if named not in self._walls:
            origin = (self.x0, self.y0, 0.0)
            self._walls[named] = self.skin.part(self.body, self.site, z[1], origin, shop, windows=windows)
        self._walls[named].add(batches.walls([(x[0], y[0], z[0])], [(x[1], y[1], z[1])]))
        return self._walls[named]

    def flat(self, name: str, x: Span, y: Span, z: float, parapet: float | None = None, clutter: float = 1.0) -> None:
        """Add a flat roof with a key of its own."""
        key = self.key.child("roof", name)
        rim = key.pick("parapet", (0.12, 0.45, 0.8)) if parapet is None else parapet
        roofs.flat(self.site, self.body, key, x, y, z, self.skin.color, parapet=rim, clutter=clutter)

    def bay(self, index: float) -> float:
        """Return x of the left side of a bay."""
        return self.x0 + index * self.skin.bay


def block(
    site: Site, key: Key, place: Place, size: Size, style: str | None = None, shop: bool = False, roof: str | None = None
) -> None:
    """Build a house of a closed city row.

    Args:
        site: Where to build.
        key: Of the building.
        place: Middle of the footprint; the front looks to local -y.
        size: Width along the street, depth, height of the walls, metres. Balconies, awnings and oriels reach up to 1.5 m
            beyond the front; roofs, chimneys and corner towers rise above the walls.
        style: One of `skins.STYLES`; None draws what suits a city.
        shop: Whether the ground floor has shop windows.
        roof: One of `ROOFS`; None draws one that suits.
    """
    w, d, h = size
    name = style or key.pick("style", _CITY, _SHARES if h < 14 else _TALL_SHARES)
    front = Front(site, key, place, "building", size, skin(key, name, w, h))
    tall = front.floors
    if roof is None:
        pitched = name != "glass" and h < 22
        roof = key.pick("roof", ROOFS, (34, 16, 17, 20, 8, 12 if w < 9.5 else 2)) if pitched else key.pick("roof", ROOFS[:2], (60, 40))
    if roof in ("attic", "mansard") and tall < 3:
        roof = "flat"
    _massing(front, roof, shop)
    if shop:
        _awnings(front)
    elif key.chance("steps", 0.5):
        _entrance(front)
    if name in ("brick", "plaster", "stone"):
        _bands(front, shop)
    if name != "glass" and key.chance("balconies", 0.4):
        _balconies(front)
    if front.detailed:
        _wall_pictures(front)


def _massing(front: Front, roof: str, shop: bool) -> None:
    """Raise walls and roof in one of several shapes."""
    key, w, d, h, floor = front.key, front.width, front.depth, front.height, front.skin.floor
    x, y = (-w / 2, w / 2), (-d / 2, d / 2)
    plan = key.pick("plan", ("whole", "wing", "court", "stepped", "corner", "oriels", "arcade"), (26, 16, 8, 14, 12, 14, 10))
    if roof not in ("flat", "attic"):
        plan = plan if plan in ("oriels", "arcade") else "whole"
    if front.bays < 4 and plan in ("stepped", "corner", "court", "wing"):
        plan = "whole"
    low = BASE
    if plan == "arcade" and front.floors > 2:
        _arcade(front)
    if roof == "flat" and front.floors >= 9 and plan == "whole":
        plan = "setback"
    if plan == "wing" and d > 9:
        deep = y[0] + 0.58 * d
        part = front.bay(round(front.bays * key.uniform("wing", 0.35, 0.6)))
        side = (x[0], part) if key.chance("left", 0.5) else (part, x[1])
        drop = floor * key.integer("drop", 2) if front.floors > 3 else 0.0
        front.walls(x, (y[0], deep), (low, h), shop)
        front.walls(side, (deep, y[1]), (low, h - drop))
        front.flat("main", x, (y[0], deep), h)
        front.flat("wing", side, (deep, y[1]), h - drop)
        yard = ((x[0], part) if side[0] > x[0] else (part, x[1]))
        front.flat("yard", yard, (deep, y[1]), floor, clutter=0.5)
        front.walls(yard, (deep, y[1]), (low, floor), windows=False)
    elif plan == "court" and d > 12:
        a, b = y[0] + 0.36 * d, y[1] - 0.3 * d
        one, two = front.bay(max(1, round(0.28 * front.bays))), front.bay(front.bays - max(1, round(0.28 * front.bays)))
        for name, xs, ys, drop in (("front", x, (y[0], a), 0.0), ("left", (x[0], one), (a, b), floor), ("right", (two, x[1]), (a, b), floor), ("back", x, (b, y[1]), 0.0)):
            top = h - (drop if front.floors > 2 else 0.0)
            front.walls(xs, ys, (low, top), shop and name == "front")
            front.flat(name, xs, ys, top)
        front.body.part("paving", (0.3, 0.29, 0.27), (0.2, 0.2, 0.19), tile=0.5).add(batches.lids([(one, a, 0)], [(two, b, 0.3)]))
    elif plan == "stepped" and front.floors > 2:
        part = front.bay(round(front.bays * key.uniform("step", 0.35, 0.65)))
        drops = (floor * (1 + key.integer("drop", 2)), 0.0) if key.chance("left low", 0.5) else (0.0, floor * (1 + key.integer("drop", 2)))
        for name, xs, drop in (("left", (x[0], part), drops[0]), ("right", (part, x[1]), drops[1])):
            top = max(h - drop, 2 * floor)
            front.walls(xs, y, (low, top), shop)
            front.flat(name, xs, y, top)
    elif plan == "corner":
        front.walls(x, y, (low, h), shop)
        front.flat("main", x, y, h)
        _corner_tower(front)
    elif plan == "setback":
        first = floor * max(2, round(front.floors * key.uniform("first", 0.4, 0.7)))
        step = key.uniform("step back", 1.5, 3.0)
        inner_x = (front.bay(1), front.bay(front.bays - 1)) if key.chance("sides", 0.5) else x
        inner_y = (y[0] + step, y[1] - step)
        front.walls(x, y, (low, first), shop)
        front.walls(inner_x, inner_y, (first, h))
        front.flat("low", x, y, first, clutter=0.0)
        front.flat("top", inner_x, inner_y, h)
    elif roof == "attic":
        back = key.uniform("step back", 1.2, 2.2)
        front.walls(x, y, (low, h - floor), shop)
        front.flat("low", x, y, h - floor, clutter=0.0)
        attic = front.skin._replace(color=key.pick("attic", ((0.55, 0.54, 0.52), (0.20, 0.20, 0.21), front.skin.color, (0.40, 0.36, 0.30))), style="plaster")
        inner = (x, (y[0] + back, y[1] - back))
        attic.part(front.body, front.site, h, (front.x0, front.y0, 0.0)).add(batches.walls([(inner[0][0], inner[1][0], h - floor)], [(inner[0][1], inner[1][1], h)]))
        front.flat("attic", *inner, h)
    elif roof == "mansard":
        _mansard(front, x, y, shop)
    elif roof in ("gable", "hip"):
        _pitched(front, x, y, shop, 1.0 if roof == "hip" else 0.0)
    elif roof == "front gable":
        _front_gable(front, x, y, shop)
    else:
        front.walls(x, y, (low, h), shop)
        front.flat("main", x, y, h)
    if plan == "oriels" and front.floors > 2:
        _oriels(front)


def _pitched(front: Front, x: Span, y: Span, shop: bool, cut: float) -> None:
    key, h = front.key, front.height
    wall = front.walls(x, y, (BASE, h), shop)
    half = (y[1] - y[0]) / 2
    rise = min(half * key.uniform("pitch", 0.5, 0.95), key.uniform("rise", 3.0, 5.0))
    color = roofs.tiles(key)
    planes, gables = roofs.gable(x, y, h, rise, 0.35, 0.0, cut)
    front.body.part("roof_tiles", color).add(planes)
    wall.add(gables)
    if rise > 2.2 and front.detailed and key.chance("dormers", 0.7):
        out = 0.55 / (rise / half)
        step = 1 if front.skin.bay > 2.4 else 2
        first, last = (1, front.bays - 1) if cut else (0, front.bays)
        at = [(front.bay(k + 0.5), y[0] + out, h + 0.5) for k in range(first, last, step)]
        roofs.dormers(front.body, key.child("dormers"), at, front.skin.color, color, min(1.4, 0.6 * front.skin.bay))
    else:
        _skylights(front, y, h, rise)
    ridge = h + rise
    spots = [(x[0] + 0.5, 0.1 * half, ridge + 0.7), (x[1] - 0.5, 0.2 * half, ridge + 0.7), (front.bay(front.bays // 2), -0.1 * half, ridge + 0.6)]
    roofs.chimneys(front.body, key.child("chimneys"), spots[: 1 + key.integer("chimneys", 3)], key.pick("chimney", ((0.30, 0.13, 0.085), (0.36, 0.24, 0.18), (0.4, 0.38, 0.35))))


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
                quads.append([(cx - 0.4, rows[0][0], rows[0][1]), (cx + 0.4, rows[0][0], rows[0][1]), (cx + 0.4, rows[1][0], rows[1][1]), (cx - 0.4, rows[1][0], rows[1][1])])
    if quads:
        front.body.part("glass", (0.05, 0.065, 0.08)).add(shapes.quads(np.array(quads, np.float32)))


def _mansard(front: Front, x: Span, y: Span, shop: bool) -> None:
    key, floor = front.key, front.skin.floor
    eaves = front.height - floor
    front.walls(x, y, (BASE, eaves), shop)
    inset = key.uniform("inset", 0.7, 1.2)
    color = roofs.tiles(key)
    tiles = front.body.part("roof_tiles", color)
    tiles.add(roofs.skirt(x, y, eaves, floor, inset, (True, False, True, False)))
    front.flat("top", x, (y[0] + inset, y[1] - inset), front.height, parapet=0.12)
    gutter = front.body.part("metal", (0.3, 0.31, 0.3))
    gutter.add(batches.boxes([(x[0], y[0] - 0.18, eaves - 0.08)], [(x[1], y[0] + 0.02, eaves + 0.06)]))
    if front.detailed:
        at = [(front.bay(k + 0.5), y[0] + 0.08, eaves + 0.45) for k in range(front.bays)]
        roofs.dormers(front.body, key.child("dormers"), at, front.skin.trim, color, min(1.3, 0.55 * front.skin.bay), 1.5, 1.3)
    roofs.chimneys(front.body, key.child("chimneys"), [(x[0] + 0.5, 0.6, front.height + 1.3), (x[1] - 0.5, -0.4, front.height + 1.2)])


def _front_gable(front: Front, x: Span, y: Span, shop: bool) -> None:
    """A narrow house whose gable looks to the street: plain, or stepped as on a canal."""
    key, h = front.key, front.height
    wall = front.walls(x, y, (BASE, h), shop)
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
        front.skin.part(front.body, front.site, h + 2 * rise, (front.x0, front.y0, 0.0), windows=False).add(batches.boxes(low, high))
        caps = front.body.part("concrete", front.skin.trim)
        caps.add(batches.boxes(np.array(low) * [1, 1, 0] + [[-0.06, -0.05, b[2] - 0.01] for b in high], np.array(high) + [0.06, 0.05, 0.1]))
    glass = front.body.part("glass", (0.04, 0.05, 0.06))
    glass.add(batches.cubes([(0, y[0] - 0.05, h + 0.35 * rise)], (0.9, 0.06, 1.2)))
    roofs.chimneys(front.body, key.child("chimneys"), [(x[0] + 0.8, 0.0, h + rise + 0.2)])


def _corner_tower(front: Front) -> None:
    key, floor = front.key, front.skin.floor
    wide = min(2 * front.skin.bay, 0.4 * front.width)
    left = key.chance("tower left", 0.5)
    x = (-front.width / 2, -front.width / 2 + wide) if left else (front.width / 2 - wide, front.width / 2)
    y = (-front.depth / 2 - 0.35, -front.depth / 2 + wide)
    top = front.height + floor * (1 + key.integer("tower floors", 2))
    front.walls(x, y, (floor, top))
    style = key.pick("tower roof", ("pyramid", "dome", "flat"))
    if style == "pyramid":
        front.body.part("roof_tiles", roofs.tiles(key)).add(roofs.pyramid(x, y, top, wide * key.uniform("spire", 0.6, 1.3), 0.25))
    elif style == "dome":
        copper: Color = key.pick("dome", ((0.16, 0.33, 0.27), (0.2, 0.2, 0.21), (0.10, 0.10, 0.11)))
        profile = [(wide * 0.55, 0.0), (wide * 0.52, wide * 0.25), (wide * 0.36, wide * 0.5), (wide * 0.12, wide * 0.66), (0.08, wide * 0.72), (0.0, wide * 1.1)]
        front.body.part("metal", copper).add(shapes.lathe(profile, 12), at=((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, top))
    front.flat("tower", x, y, top, clutter=0.0)


def _oriels(front: Front) -> None:
    """Bays that stand out from the front over all upper floors but the last."""
    key, floor = front.key, front.skin.floor
    every = 2 + key.integer("every", 2)
    start = key.integer("start", every)
    low, high = floor, front.height - floor * key.integer("last", 2) - 0.4
    spans = [(front.bay(k), front.bay(k + 1)) for k in range(start, front.bays, every)]
    if not spans:
        return
    y = front.y0
    part = front.walls((spans[0][0], spans[0][1]), (y - 0.8, y), (low, high))
    for a, b in spans[1:]:
        part.add(batches.walls([(a, y - 0.8, low)], [(b, y, high)]))
    trim = front.body.part("plain", front.skin.trim)
    trim.add(batches.cubes([((a + b) / 2, y - 0.4, z) for a, b in spans for z in (low, high)], (front.skin.bay + 0.12, 0.94, 0.2)))


def _arcade(front: Front) -> None:
    """Columns before the ground floor and the slab that they carry."""
    floor = front.skin.floor
    columns = front.body.part("concrete", (0.46, 0.44, 0.41))
    y = front.y0
    at = [(front.bay(k), y - 1.2) for k in range(front.bays + 1)]
    low = [(min(max(a, -front.width / 2 + 0.2), front.width / 2 - 0.2) - 0.2, b - 0.2, BASE) for a, b in at]
    columns.add(batches.boxes(low, [(a + 0.4, b + 0.4, floor - 0.1) for a, b, _ in low]))
    columns.add(batches.boxes([(-front.width / 2, y - 1.45, floor - 0.35)], [(front.width / 2, y, floor + 0.1)]))


def _bands(front: Front, shop: bool) -> None:
    """Cornices, bands between storeys, plinths: they stand out from the front and catch the light."""
    key, w = front.key, front.width
    trim = front.body.part("concrete", front.skin.trim)
    y, levels = front.y0, []
    if key.chance("cornice", 0.75):
        levels.append((front.height - 0.3, 0.28, 0.32))
    if shop or key.chance("first band", 0.5):
        levels.append((front.skin.floor - 0.08, 0.14, 0.22))
    if key.chance("bands", 0.25):
        levels += [(front.skin.floor * k - 0.04, 0.07, 0.1) for k in range(2, front.floors)]
    if not shop:
        levels.append((0.0, 0.06, 0.55))
    low = [(-w / 2, y - out, z) for z, out, _ in levels]
    high = [(w / 2, y + 0.02, z + thick) for z, _, thick in levels]
    if levels:
        trim.add(batches.cubes((np.array(low) + np.array(high)) / 2, np.array(high) - np.array(low)))


def _balconies(front: Front) -> None:
    """Balconies of kind balcony in columns, with solid fronts, glass or bars."""
    key, skin_ = front.key, front.skin
    if front.floors < 3:
        return
    every, start = 2 + key.integer("balcony every", 2), key.integer("balcony start", 2)
    columns = list(range(start, front.bays, every))
    if not columns:
        return
    deep, wide = key.uniform("balcony depth", 0.8, 1.3), min(skin_.bay * key.uniform("balcony width", 0.8, 1.25), 4.0)
    floors = range(1, front.floors - (front.key.integer("balcony top", 2)))
    spots = np.array([(front.bay(k + 0.5), front.y0 - deep / 2, f * skin_.floor) for k in columns for f in floors])
    if not len(spots):
        return
    spots[:, 0] = np.clip(spots[:, 0], -front.width / 2 + wide / 2, front.width / 2 - wide / 2)
    slab = front.body.part("concrete", (0.48, 0.47, 0.44), kind="balcony")
    slab.add(batches.cubes(spots + [0, 0, 0.05], (wide, deep, 0.16)))
    rail = key.pick("balcony rail", ("bars", "panel", "glass"), (40, 40, 20))
    edge = spots - [0, deep / 2 - 0.03, 0]
    sides = np.concatenate([spots - [wide / 2 - 0.02, 0, 0], spots + [wide / 2 - 0.02, 0, 0]])
    if rail == "bars" and front.detailed:
        iron = front.body.part("metal", (0.06, 0.06, 0.065), kind="balcony")
        iron.add(batches.cubes(edge + [0, 0, 1.05], (wide, 0.05, 0.05)))
        iron.add(batches.cubes(sides + [0, 0, 1.05], (0.05, deep, 0.05)))
        offsets = [[wide * (t / 8 - 0.5), 0, 0.58] for t in range(9)]
        iron.add(batches.walls((edge[:, None] + offsets).reshape(-1, 3) - [0.015, 0.015, 0.48], (edge[:, None] + offsets).reshape(-1, 3) + [0.015, 0.015, 0.48]))
    else:
        tints: tuple[Color, ...] = (skin_.trim, skin_.color, (0.6, 0.59, 0.56), (0.35, 0.22, 0.12))
        panel = front.body.part("glass", (0.16, 0.20, 0.20), kind="balcony") if rail == "glass" else front.body.part("plain", key.pick("balcony panel", tints), kind="balcony")
        panel.add(batches.cubes(edge + [0, 0, 0.6], (wide, 0.05, 0.95)))
        panel.add(batches.cubes(sides + [0, 0, 0.6], (0.05, deep, 0.95)))


def _awnings(front: Front) -> None:
    """Awnings of kind awning over some of the shop windows, blade signs between them."""
    key, floor = front.key, front.skin.floor
    bays = max(1, front.bays // max(1, round(4.0 / front.skin.bay)))
    step = front.width / bays
    quads, lit = [], []
    high, low = 0.80 * floor, 0.66 * floor
    out = key.uniform("awning", 0.9, 1.4)
    y = front.y0
    for k in range(bays):
        a, b = -front.width / 2 + k * step + 0.2, -front.width / 2 + (k + 1) * step - 0.2
        if key.chance(f"awning {k}", 0.45):
            quads += [[(a, y - out, low), (b, y - out, low), (b, y - 0.02, high), (a, y - 0.02, high)], [(a, y - out, low - 0.22), (b, y - out, low - 0.22), (b, y - out, low), (a, y - out, low)]]
        elif key.chance(f"blade {k}", 0.4):
            lit.append((b + 0.1, y - 0.45, 0.9 * floor + 0.3))
    if quads:
        color = key.pick("awning color", _AWNINGS)
        striped = key.chance("striped", 0.5)
        cloth = front.body.part("stripes" if striped else "cloth", color, _PALE if striped else color, kind="awning", **({"period": 0.5} if striped else {}))
        cloth.add(shapes.quads(np.array(quads, np.float32)))
    if lit and front.detailed:
        glow = front.body.part("emitter", key.pick("blade color", _POSTERS), power=0.25, night_power=0.9)
        glow.add(batches.cubes(lit, (0.12, 0.7, 0.7)))
        front.body.part("metal", (0.1, 0.1, 0.1)).add(batches.cubes(np.array(lit) + [0, 0, 0], (0.14, 0.76, 0.05)))
    if front.detailed:
        front.body.lamp((0.0, y - 1.2, 0.8 * floor), (1.0, 0.82, 0.55), 5.0)


def _entrance(front: Front) -> None:
    """A door with a frame, a canopy and steps."""
    key, y = front.key, front.y0
    x = front.bay(key.integer("door", front.bays) + 0.5)
    stone = front.body.part("concrete", (0.44, 0.43, 0.40))
    stone.add(batches.boxes([(x - 0.95, y - 0.75, BASE), (x - 0.8, y - 0.4, BASE)], [(x + 0.95, y, 0.16), (x + 0.8, y, 0.32)]))
    front.body.part("plain", front.skin.trim).add(batches.cubes([(x - 0.68, y - 0.06, 1.5), (x + 0.68, y - 0.06, 1.5), (x, y - 0.06, 2.72)], [(0.2, 0.16, 2.4), (0.2, 0.16, 2.4), (1.56, 0.16, 0.22)]))
    doors: tuple[Color, ...] = ((0.16, 0.08, 0.04), (0.05, 0.12, 0.08), (0.28, 0.04, 0.03), (0.04, 0.06, 0.12), (0.3, 0.28, 0.25))
    front.body.part("wood", key.pick("door color", doors), (0.05, 0.04, 0.03)).add(batches.cubes([(x, y - 0.02, 1.45)], (1.16, 0.06, 2.3)))
    if key.chance("canopy", 0.4):
        front.body.part("metal", (0.2, 0.2, 0.21)).add(batches.cubes([(x, y - 0.5, 2.95)], (1.9, 1.0, 0.1)))


def _wall_pictures(front: Front) -> None:
    """Graffiti at the foot of side walls, painted advertisements higher up."""
    key = front.key
    for side, name in ((-1, "left"), (1, "right")):
        at = side * (front.width / 2 + 0.02)
        if key.chance(f"mural {name}", 0.16) and front.depth > 6 and front.height > 9:
            half, high = min(3.2, 0.3 * front.depth), min(4.0, 0.28 * front.height)
            z = 0.62 * front.height
            _picture(front.body, key.child("mural", name), (at, -0.1 * front.depth, z), half, high)
        if key.chance(f"graffiti {name}", 0.2) and front.depth > 5:
            half = key.uniform(f"wide {name}", 1.0, 2.0)
            _picture(front.body, key.child("graffiti", name), (at, -front.depth / 2 + half + 0.5, 1.15), half, 0.75, front.skin.color)


def _picture(body: Body, key: Key, at: Point, half: float, high: float, wall: Color | None = None) -> None:
    """Hang a picture on a wall that looks along local x, or spray it where the colour of the wall is given."""
    ink, ground = key.pick("ink", _POSTERS), key.pick("ground", _POSTERS)
    part = body.part("poster", wall or ink, ink if wall else ground, origin=at, half_width=half, half_height=high, style=float(wall is not None))
    x, y, z = at
    part.quad((x, y - half, z - high), (x, y + half, z - high), (x, y + half, z + high), (x, y - half, z + high))


def tower_block(site: Site, key: Key, place: Place, size: Size) -> None:
    """Build a skyscraper of kind skyscraper: shaft, setbacks, crown; `size` is width, depth, height in metres."""
    w, d, h = size
    style = key.pick("style", ("glass", "slabs", "plaster", "stone"), (62, 16, 14, 8))
    cladding = skin(key, style, w, h)
    if style != "glass":
        cladding = cladding._replace(window=(key.uniform("window", 0.55, 0.9), key.uniform("window height", 0.5, 0.65)))
    front = Front(site, key, place, "skyscraper", size, cladding)
    floor = cladding.floor
    plan = key.pick("plan", ("shaft", "setbacks", "podium", "twin", "slab"), (22, 30, 22, 14, 12))
    x, y = (-w / 2, w / 2), (-d / 2, d / 2)
    crowns: list[tuple[Span, Span, float]] = []
    if plan == "setbacks":
        a, b, bottom = x, y, BASE
        for k, share in enumerate((key.uniform("first", 0.35, 0.55), key.uniform("second", 0.7, 0.85), 1.0)):
            top = floor * round(front.floors * share)
            front.walls(a, b, (bottom, top))
            front.flat(f"level {k}", a, b, top, clutter=float(k == 2))
            crowns = [(a, b, top)]
            shrink = cladding.bay * (1 + key.integer(f"shrink {k}", 2))
            bottom, a, b = top, (a[0] + shrink, a[1] - shrink), (b[0] + shrink, b[1] - shrink)
            if a[1] - a[0] < 4 or b[1] - b[0] < 4:
                break
    elif plan == "podium":
        top = floor * min(3, front.floors)
        inset = cladding.bay
        front.walls(x, y, (BASE, top), shop=key.chance("shops", 0.6))
        front.flat("podium", x, y, top, clutter=0.4)
        a, b = (x[0] + inset, x[1] - inset), (y[0] + 2 * inset, y[1] - inset)
        front.walls(a, b, (top, h))
        front.flat("top", a, b, h)
        crowns = [(a, b, h)]
    elif plan == "twin":
        part = front.bay(round(front.bays * key.uniform("part", 0.4, 0.6)))
        other = floor * round(front.floors * key.uniform("other", 0.65, 0.88))
        tops = (h, other) if key.chance("left high", 0.5) else (other, h)
        for name, xs, ys, top in (("left", (x[0], part), (y[0], y[1] - 0.15 * d), tops[0]), ("right", (part, x[1]), (y[0] + 0.15 * d, y[1]), tops[1])):
            front.walls(xs, ys, (BASE, top))
            front.flat(name, xs, ys, top)
            crowns.append((xs, ys, top))
    else:
        b = (y[0] + 0.22 * d, y[1] - 0.22 * d) if plan == "slab" else y
        front.walls(x, b, (BASE, h))
        front.flat("top", x, b, h)
        crowns = [(x, b, h)]
    a, b, top = crowns[0]
    if key.chance("fins", 0.4):
        fins = front.body.part("metal", key.pick("fin", ((0.4, 0.4, 0.41), (0.16, 0.16, 0.17), (0.55, 0.54, 0.52))))
        count = max(2, round((a[1] - a[0]) / (2 * cladding.bay)))
        at = [a[0] + (a[1] - a[0]) * k / count for k in range(count + 1)]
        fins.add(batches.walls([(v - 0.12, b[0] - 0.35, floor) for v in at], [(v + 0.12, b[0], top + 0.8) for v in at]))
    crown = key.pick("crown", ("box", "mast", "letters", "none"), (35, 25, 20, 20))
    middle = ((a[0] + a[1]) / 2, (b[0] + b[1]) / 2)
    if crown in ("box", "mast"):
        wide, deep = 0.3 * (a[1] - a[0]), 0.3 * (b[1] - b[0])
        front.body.part("metal", (0.3, 0.31, 0.32)).add(batches.boxes([(middle[0] - wide, middle[1] - deep, top)], [(middle[0] + wide, middle[1] + deep, top + 1.4 * floor)]))
        if crown == "mast":
            front.body.part("metal", (0.5, 0.5, 0.5)).add(batches.bars([(*middle, top)], [(*middle, top + 0.25 * h)], 0.3, 0.06, 6))
    elif crown == "letters":
        glow = front.body.part("emitter", key.pick("letters", _POSTERS), power=0.3, night_power=1.2)
        glow.add(batches.cubes([(middle[0] + 1.1 * k, b[0] - 0.1, top + 0.2) for k in (-2, -1, 0, 1, 2)], (0.8, 0.2, 1.5)))


def far_block(site: Site, key: Key, place: Place, size: Size) -> None:
    """Build a distant building of one to three boxes; facades, floors and heights differ from one to the next."""
    w, d, h = size
    style = key.pick("style", _CITY[:5], (28, 34, 16, 10, 12))
    cladding = skin(key, style, w, h)
    front = Front(site, key, place, "building" if h < 45 else "skyscraper", size, cladding)
    x, y = (-w / 2, w / 2), (-d / 2, d / 2)
    top = [(x, y, h)]
    shape = key.pick("shape", ("whole", "step", "attic"), (40, 35, 25))
    if shape == "step" and front.bays > 3 and front.floors > 2:
        part = front.bay(round(front.bays * key.uniform("part", 0.3, 0.7)))
        other = cladding.floor * max(1, round(front.floors * key.uniform("other", 0.6, 0.9)))
        top = [((x[0], part), y, h), ((part, x[1]), y, other)]
    elif shape == "attic" and front.floors > 2:
        top = [(x, y, h - cladding.floor), ((x[0] + 0.12 * w, x[1] - 0.12 * w), (y[0] + 0.15 * d, y[1] - 0.15 * d), h)]
    for index, (a, b, z) in enumerate(top):
        base = h - cladding.floor if shape == "attic" and index else BASE
        front.walls(a, b, (base, z))
    pitched = shape == "whole" and h < 20 and style != "glass" and key.chance("pitched", 0.5)
    if pitched:
        planes, gables = roofs.gable(x, y, h, 0.5 * d * key.uniform("pitch", 0.4, 0.8), 0.3, 0.1)
        front.body.part("roof_tiles", roofs.tiles(key)).add(planes)
        front.walls(x, y, (BASE, h)).add(gables)
        return
    cover = front.body.part("flat_roof", (0.30, 0.29, 0.27), (0.2, 0.2, 0.2), style=key.integer("cover", 3))
    cover.add(batches.lids([(a[0], b[0], 0) for a, b, _ in top], [(a[1], b[1], z) for a, b, z in top]))
    a, b, z = top[0]
    units = front.body.part("plain", (0.34, 0.34, 0.34))
    spots = key.units("unit", 2, 3)
    low = [(a[0] + (a[1] - a[0]) * (0.15 + 0.5 * u), b[0] + (b[1] - b[0]) * (0.15 + 0.5 * v), z) for u, v, _ in spots.tolist()]
    units.add(batches.boxes(low, [(p + 0.18 * (a[1] - a[0]), q + 0.2 * (b[1] - b[0]), r + 1.2 + 2.0 * t) for (p, q, r), t in zip(low, spots[:, 2].tolist(), strict=True)]))
