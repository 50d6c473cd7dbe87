"""Roofs and what stands on them.

A roof covers a rectangle given as `x` and `y` spans; `z` is the height of its eaves. Functions that return surfaces give
the tiled planes and, apart from them, what remains of the walls.
"""

from __future__ import annotations

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.objects.skins import TILES
from sisbench.tinytown.scene import Body, Color
from sisbench.tinytown.shapes import Surface
from sisbench.tinytown.site import Site

Span = tuple[float, float]
Point = tuple[float, float, float]

FLAT_STYLES = {"gravel": 0, "tar": 1, "membrane": 2, "planted": 3}
_FLAT_COLORS: dict[str, tuple[Color, Color]] = {
    "gravel": ((0.30, 0.28, 0.26), (0.42, 0.40, 0.37)),
    "tar": ((0.085, 0.085, 0.09), (0.15, 0.15, 0.15)),
    "membrane": ((0.52, 0.52, 0.51), (0.42, 0.42, 0.42)),
    "planted": ((0.10, 0.13, 0.04), (0.24, 0.20, 0.09)),
}
_CLOTHS: tuple[Color, ...] = ((0.6, 0.58, 0.52), (0.5, 0.1, 0.07), (0.1, 0.25, 0.3))


def gable(x: Span, y: Span, z: float, rise: float, over: float = 0.4, ends: float = 0.3, cut: float = 0.0, across: bool = False) -> tuple[Surface, Surface]:
    """A pitched roof with its ridge along x, or along y where `across`.

    Args:
        x: Walls, metres.
        y: Walls, metres.
        z: Height of the eaves.
        rise: Height of the ridge over the eaves.
        over: How far it reaches beyond the walls at the eaves.
        ends: How far beyond the gables.
        cut: Share of the gables that is hipped: 0 gable, about 0.4 half-hip, 1 hip.
        across: Turns the ridge.

    Returns:
        The planes with their edges; the gables.
    """
    if across:
        planes, walls = gable(y, x, z, rise, over, ends, cut)
        return _swap(planes), _swap(walls)
    middle, half = (y[0] + y[1]) / 2, (y[1] - y[0]) / 2
    slope = rise / half
    low = z - over * slope
    reach = half + over
    inset = min(cut * half * 0.95, (x[1] - x[0]) / 2 - 0.05)
    out = over if cut >= 0.99 else ends
    quads: list[tuple[Point, ...]] = []
    triangles: list[tuple[Point, ...]] = []
    a, b = x[0] - out, x[1] + out
    knee = z + (1 - cut) * rise  # height at which the hipped part begins
    wide = reach * (z + rise - knee) / (z + rise - low) if cut < 0.99 else reach
    base = knee if cut < 0.99 else low
    for side in (-1, 1):
        eave = middle + side * reach
        bend = middle + side * wide
        if cut <= 0:
            quads.append(((a, eave, low), (b, eave, low), (b, middle, z + rise), (a, middle, z + rise)))
        else:
            quads.append(((a, bend, base), (b, bend, base), (x[1] - inset, middle, z + rise), (x[0] + inset, middle, z + rise)))
            if cut < 0.99:
                quads.append(((a, eave, low), (b, eave, low), (b, bend, base), (a, bend, base)))
        quads.append(((a, eave, low - 0.16), (b, eave, low - 0.16), (b, eave, low), (a, eave, low)))
    walls: list[tuple[Point, ...]] = []
    for end, ridge, edge in ((x[0], x[0] + inset, a), (x[1], x[1] - inset, b)):
        if cut > 0:
            triangles.append(((edge, middle - wide, base), (edge, middle + wide, base), (ridge, middle, z + rise)))
        if cut < 0.99:
            top = half * cut
            walls.append(((end, middle - half, z), (end, middle + half, z), (end, middle + top, knee), (end, middle - top, knee)))
        else:
            quads.append(((edge, middle - wide, base - 0.16), (edge, middle + wide, base - 0.16), (edge, middle + wide, base), (edge, middle - wide, base)))
    surfaces = [shapes.quads(np.array(quads, np.float32))]
    if triangles:
        surfaces.append(shapes.flat(np.array(triangles, np.float32)))
    ends_ = shapes.quads(np.array(walls, np.float32).reshape(-1, 4, 3))
    return batches.join(surfaces), ends_


def pyramid(x: Span, y: Span, z: float, rise: float, over: float = 0.3) -> Surface:
    """Four planes that meet in a point."""
    a, b, c, d = x[0] - over, x[1] + over, y[0] - over, y[1] + over
    tip = ((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, z + rise)
    ring = [(a, c, z), (b, c, z), (b, d, z), (a, d, z)]
    return shapes.flat(np.array([(ring[k], ring[(k + 1) % 4], tip) for k in range(4)], np.float32))


def skirt(x: Span, y: Span, z: float, rise: float, inset: float, sides: tuple[bool, bool, bool, bool] = (True,) * 4) -> Surface:
    """The steep planes of a mansard; `sides` are front, right, back and left: those not steep stay upright."""
    low = [(x[0], y[0], z), (x[1], y[0], z), (x[1], y[1], z), (x[0], y[1], z)]
    front, right, back, left = (inset if s else 0.0 for s in sides)
    high = [(x[0] + left, y[0] + front, z + rise), (x[1] - right, y[0] + front, z + rise), (x[1] - right, y[1] - back, z + rise), (x[0] + left, y[1] - back, z + rise)]
    return shapes.quads(np.array([(low[k], low[(k + 1) % 4], high[(k + 1) % 4], high[k]) for k in range(4)], np.float32))


def shed(x: Span, y: Span, low: float, high: float, over: float = 0.3) -> tuple[Surface, Surface]:
    """One plane from `low` at `y[0]` up to `high` at `y[1]`; also the walls below it from `low` on."""
    plane = ((x[0] - over, y[0] - over, low), (x[1] + over, y[0] - over, low), (x[1] + over, y[1], high), (x[0] - over, y[1], high))
    sides = [((end, y[0], low), (end, y[1], low), (end, y[1], high), (end, y[0], low)) for end in x]
    back = ((x[0], y[1], low), (x[1], y[1], low), (x[1], y[1], high), (x[0], y[1], high))
    return shapes.quads(np.array([plane], np.float32)), shapes.quads(np.array([*sides, back], np.float32))


def _swap(surface: Surface) -> Surface:
    order = [1, 0, 2]
    return surface[0][..., order], surface[1][..., order]


def dormers(body: Body, key: Key, at: list[Point], wall: Color, tiles: Color, wide: float = 1.3, high: float = 1.3, deep: float = 1.8) -> None:
    """Windows in a roof that look to -y, each from the middle of its sill; boxes with small roofs."""
    if not at:
        return
    foot = np.array(at, np.float64)
    half = np.array([wide / 2, 0, 0])
    front = body.part("plain", wall)
    front.add(batches.walls(foot - half, foot + half + np.array([0, deep, high])))
    glass = body.part("glass", (0.04, 0.05, 0.06))
    pane = np.array([(-0.38 * wide, -0.02, 0.18), (0.38 * wide, -0.02, 0.18), (0.38 * wide, -0.02, high - 0.12), (-0.38 * wide, -0.02, high - 0.12)])
    glass.add(shapes.quads((foot[:, None] + pane).astype(np.float32)))
    frame = body.part("plain", (0.66, 0.65, 0.62))
    frame.add(batches.cubes(foot + np.array([0, -0.03, 0.03 + high / 2]), (0.05, 0.04, high - 0.3)))
    roof = body.part("roof_tiles", tiles)
    if key.chance("flat dormers", 0.35):
        roof.add(batches.boxes(foot + np.array([-0.6 * wide, -0.2, high]), foot + np.array([0.6 * wide, deep, high + 0.14])))
        return
    lift = 0.35 * wide
    ridge_a, ridge_b = np.array([0, -0.2, high + lift]), np.array([0, deep + lift, high + lift])
    quads = []
    for side in (-1, 1):
        eave = np.array([side * 0.6 * wide, 0, high - 0.04])
        quads.append(np.stack([foot + eave + [0, -0.2, 0], foot + eave + [0, deep, 0], foot + ridge_b, foot + ridge_a], 1))
    roof.add(shapes.quads(np.concatenate(quads).astype(np.float32)))
    gables = np.stack([foot + [-wide / 2, 0, high - 0.02], foot + [wide / 2, 0, high - 0.02], foot + ridge_a + [0, 0.2, -0.05]], 1)
    front.add(shapes.flat(gables.astype(np.float32)))


def chimneys(body: Body, key: Key, at: list[Point], color: Color = (0.30, 0.13, 0.085)) -> None:
    """Chimneys with caps and pots, each from the middle of its top down 2.5 m."""
    top = np.array(at, np.float64)
    body.part("brick", color, (0.5, 0.48, 0.45)).add(batches.boxes(top - [0.35, 0.28, 2.5], top + [0.35, 0.28, 0]))
    body.part("concrete", (0.36, 0.35, 0.33)).add(batches.boxes(top - [0.42, 0.35, 0.0], top + [0.42, 0.35, 0.1]))
    pots = np.concatenate([top + [dx, 0, 0.05] for dx in (-0.16, 0.16)])
    body.part("plain", (0.33, 0.14, 0.08)).add(batches.bars(pots, pots + [0, 0, 0.4], 0.1, 0.085, 6))


def flat(site: Site, body: Body, key: Key, x: Span, y: Span, z: float, wall: Color, style: str | None = None, parapet: float = 0.5, clutter: float = 1.0, homes: bool = True) -> None:
    """A flat roof with a parapet, and what stands on it.

    Args:
        site: Where to build.
        body: The building.
        key: Of the roof.
        x: Walls, metres.
        y: Walls, metres.
        z: Height of the roof.
        wall: Colour of the parapet.
        style: One of `FLAT_STYLES`; None draws one.
        parapet: Its height, metres; 0: an edge of sheet metal.
        clutter: Share of the usual number of things on it; 0: bare.
        homes: Whether people sit on it in summer.
    """
    name = style or key.pick("roof", tuple(FLAT_STYLES), (34, 22, 26, 18))
    cover = body.part("flat_roof", *_FLAT_COLORS[name], style=FLAT_STYLES[name])
    cover.add(batches.lids([(x[0], y[0], 0)], [(x[1], y[1], z + 0.02)]))
    coping = body.part("concrete" if key.chance("stone coping", 0.6) else "metal", key.pick("coping", ((0.45, 0.44, 0.42), (0.24, 0.24, 0.25), (0.33, 0.30, 0.27))))
    thick, top = 0.28, z + max(parapet, 0.12)
    rim_low = [(x[0] - 0.05, y[0] - 0.05, z - 0.25), (x[0] - 0.05, y[1] - thick, z - 0.25), (x[0] - 0.05, y[0] + thick, z - 0.25), (x[1] - thick, y[0] + thick, z - 0.25)]
    rim_high = [(x[1] + 0.05, y[0] + thick, top), (x[1] + 0.05, y[1] + 0.05, top), (x[0] + thick, y[1] - thick, top), (x[1] + 0.05, y[1] - thick, top)]
    if parapet > 0.2:
        body.part("plain", (wall[0] * 0.96, wall[1] * 0.96, wall[2] * 0.96)).add(batches.walls(rim_low, rim_high))
        coping.add(batches.boxes(np.array(rim_low) * [1, 1, 0] + [-0.03, -0.03, top - 0.02], np.array(rim_high) + [0.03, 0.03, 0.06]))
    else:
        coping.add(batches.boxes(rim_low, rim_high))
    if clutter > 0:
        _clutter(body, key, x, y, z, wall, name, clutter, homes)


def _clutter(body: Body, key: Key, x: Span, y: Span, z: float, wall: Color, style: str, amount: float, homes: bool) -> None:
    """Air conditioning, skylights, stair heads, pipes, solar panels, terraces: one in each cell of a grid at most."""
    columns, rows = max(1, int((x[1] - x[0] - 1.6) / 4.2)), max(1, int((y[1] - y[0] - 1.6) / 4.2))
    step = ((x[1] - x[0] - 1.6) / columns, (y[1] - y[0] - 1.6) / rows)
    if min(step) < 2.0:
        return
    cells = [(x[0] + 0.8 + (i + 0.5) * step[0], y[0] + 0.8 + (j + 0.5) * step[1], z) for i in range(columns) for j in range(rows)]
    shuffle = key.units("order", len(cells))
    order = np.argsort(shuffle, kind="stable").tolist()
    room = (min(step[0], 5.0) - 0.4, min(step[1], 5.0) - 0.4)
    theme = key.pick("theme", ("mixed", "units", "solar", "terrace"), (50, 20, 15, 15 if homes else 0))
    head = [cells[order[0]]] if key.chance("stair head", 0.75) else []
    rest = [cells[k] for k in order[len(head) : len(head) + max(1, int(len(cells) * min(1.0, 0.55 * amount)))]]
    units, lights, panels, decks, pipes = [], [], [], [], []
    for index, cell in enumerate(rest):
        thing = key.child("thing", index)
        if theme == "solar" and style != "planted":
            kind = "panel" if thing.chance("panel", 0.85) else "unit"
        elif theme == "units":
            kind = thing.pick("kind", ("unit", "pipe"), (75, 25))
        elif theme == "terrace":
            kind = thing.pick("kind", ("deck", "light", "unit"), (60, 20, 20))
        else:
            kind = thing.pick("kind", ("unit", "light", "pipe", "panel", "deck"), (44, 26, 18, 8, 4 if homes else 0))
        {"unit": units, "light": lights, "panel": panels, "deck": decks, "pipe": pipes}[kind].append((cell, thing))
    if head:
        hx, hy, _ = head[0]
        a, b = min(room[0], 3.2) / 2, min(room[1], 3.6) / 2
        body.part("plain", (wall[0] * 0.92, wall[1] * 0.92, wall[2] * 0.92)).add(batches.walls([(hx - a, hy - b, z)], [(hx + a, hy + b, z + 2.5)]))
        body.part("flat_roof", *_FLAT_COLORS["tar"], style=1).add(batches.boxes([(hx - a - 0.1, hy - b - 0.1, z + 2.5)], [(hx + a + 0.1, hy + b + 0.1, z + 2.62)]))
        body.part("plain", key.pick("door", ((0.2, 0.2, 0.21), (0.3, 0.1, 0.07), (0.1, 0.16, 0.2)))).add(batches.boxes([(hx - 0.45, hy - b - 0.02, z)], [(hx + 0.45, hy - b, z + 2.05)]))
    if units or pipes:
        _units(body, key, units, pipes)
    if lights:
        low = np.array([c for c, _ in lights])
        half = np.array([[k.uniform("wide", 0.5, 0.5 * room[0]), k.uniform("deep", 0.5, 0.4 * room[1]), 0] for _, k in lights])
        body.part("plain", (0.34, 0.34, 0.34)).add(batches.boxes(low - half - [0.1, 0.1, 0], low + half + [0.1, 0.1, 0.3]))
        body.part("glass", (0.12, 0.16, 0.18)).add(batches.boxes(low - half + [0, 0, 0.3], low + half + [0, 0, 0.42]))
    if panels:
        quads = []
        for (px, py, pz), _ in panels:
            for k in range(3):
                edge = py - 0.45 * room[1] + k * room[1] / 3
                quads.append([(px - room[0] / 2, edge, pz + 0.18), (px + room[0] / 2, edge, pz + 0.18), (px + room[0] / 2, edge + 0.85, pz + 0.62), (px - room[0] / 2, edge + 0.85, pz + 0.62)])
        body.part("glass", (0.012, 0.018, 0.05)).add(shapes.quads(np.array(quads, np.float32)))
    if decks:
        low = np.array([c for c, _ in decks])
        half = np.array([room[0] / 2, room[1] / 2, 0])
        body.part("wood", (0.34, 0.22, 0.13), (0.2, 0.13, 0.08)).add(batches.boxes(low - half, low + half + [0, 0, 0.12]))
        tubs = np.concatenate([low + [-half[0] + 0.3, -half[1] + 0.3, 0.1], low + [half[0] - 0.3, half[1] - 0.3, 0.1]])
        body.part("foliage", (0.04, 0.08, 0.02), (0.12, 0.17, 0.04)).add(batches.balls(tubs + [0, 0, 0.4], (0.4, 0.4, 0.5)))
        shade = body.part("cloth", key.pick("shade", _CLOTHS))
        cone = shapes.cone(7)
        shade.add(batches.copies(cone, low[::2] + [0.2, 0.1, 2.1], 1.25))
        shade.add(batches.bars(low[::2] + [0.2, 0.1, 0.1], low[::2] + [0.2, 0.1, 2.2], 0.04, sections=3))


def _units(body: Body, key: Key, units: list[tuple[Point, Key]], pipes: list[tuple[Point, Key]]) -> None:
    """Air conditioning with dark fans, and vent pipes."""
    metal = body.part("metal", key.pick("metal", ((0.46, 0.47, 0.47), (0.36, 0.37, 0.37), (0.55, 0.54, 0.51))))
    if units:
        low = np.array([c for c, _ in units])
        half = np.array([[k.uniform("wide", 0.5, 1.3), k.uniform("deep", 0.45, 1.0), 0.0] for _, k in units])
        tall = np.array([[0.0, 0.0, k.uniform("tall", 0.7, 1.6)] for _, k in units])
        metal.add(batches.boxes(low - half + [0, 0, 0.15], low + half + tall))
        fans = body.part("plain", (0.05, 0.05, 0.055))
        disc = shapes.lathe([(0.36, 0.0), (0.0, 0.01)], 8)
        fans.add(batches.copies(disc, low + tall + [0, 0, 0.02]))
        ducts = low[key.units("duct", len(low)) < 0.4]
        if len(ducts):
            metal.add(batches.boxes(ducts - [0.25, 0.0, 0], ducts + [0.25, 2.6, 0.45]))
    if pipes:
        low = np.array([c for c, _ in pipes])
        tall = np.array([[0.0, 0.0, k.uniform("tall", 0.6, 1.8)] for _, k in pipes])
        metal.add(batches.bars(low, low + tall, 0.16, sections=6))
        metal.add(batches.copies(shapes.lathe([(0.26, -0.12), (0.0, 0.12)], 6), low + tall))


def tiles(key: Key) -> Color:
    """Draw the colour of a pitched roof."""
    return key.pick("tiles", TILES)
