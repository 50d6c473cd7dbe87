"""Detached houses with what belongs to them: garages, porches, sheds."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches, roofs
from sisbench.tinytown.objects.fronts import BASE, Front
from sisbench.tinytown.objects.roofs import Span
from sisbench.tinytown.objects.skins import skin
from sisbench.tinytown.scene import Color, Part, Place
from sisbench.tinytown.site import Site

_DOORS: tuple[Color, ...] = (
    (0.16, 0.08, 0.04),
    (0.05, 0.14, 0.09),
    (0.32, 0.04, 0.03),
    (0.04, 0.07, 0.14),
    (0.62, 0.60, 0.56),
    (0.10, 0.10, 0.11),
)


_PALE: Color = (0.66, 0.65, 0.62)


def house(site: Site, key: Key, place: Place, size: tuple[float, float] | None = None) -> None:
    """Build a detached house of kind house.

    Args:
        site: Where to build.
        key: Of the house.
        place: Middle of the footprint; the front looks to local -y.
        size: Width and depth, metres, garage included; porches and steps reach up to 2.3 m beyond the front. None draws
            about 12 x 9. Eaves are 3 to 6 m high.
    """
    w, d = size or (key.uniform("width", 9.5, 14.0), key.uniform("depth", 7.5, 10.5))
    h = key.pick("storeys", (3.0, 3.6, 5.6, 6.2))
    style = key.pick("style", ("brick", "plaster", "siding", "stone", "timber"), (26, 34, 26, 7, 7))
    garage = w > 9 and key.chance("garage", 0.5)
    side = key.sign("garage side")
    wide = w - (3.4 if garage else 0.0)
    x = (-w / 2, -w / 2 + wide) if side > 0 else (w / 2 - wide, w / 2)
    y = (-d / 2, d / 2)
    cladding = skin(key, style, wide, h)
    cladding = cladding._replace(window=(min(cladding.window[0], 0.5), min(cladding.window[1], 0.5)))
    front = Front(site, key, place, "house", (w, d, h), cladding)
    front.x0 = x[0]
    tiles = roofs.tiles(key)
    cover = front.body.part("roof_tiles", tiles)
    _main(front, x, y, h, cover, tiles)
    if garage:
        _garage(front, (x[1], w / 2) if side > 0 else (-w / 2, x[0]), (y[0] + 0.12 * d, y[1] - 0.1 * d))
    _door(front, x, y)
    plinth = front.body.part("concrete", (0.36, 0.35, 0.33))
    plinth.add(batches.walls([(x[0] - 0.05, y[0] - 0.05, BASE)], [(x[1] + 0.05, y[1] + 0.05, 0.3)]))
    if key.chance("shed", 0.3):
        _shed(site, key.child("shed"), place.local(key.uniform("shed x", -0.4, 0.4) * w, d / 2 + 4.0))


def _main(front: Front, x: Span, y: Span, h: float, cover: Part, tiles: Color) -> None:
    """Walls and roof of the house proper, with a cross gable, a wing or dormers."""
    key, w, d = front.key, x[1] - x[0], y[1] - y[0]
    wall = front.walls(x, y, (BASE, h))
    form = key.pick("form", ("gable", "hip", "half-hip", "across", "flat", "mono"), (42, 17, 11, 14, 10, 6))
    over = key.uniform("eaves", 0.3, 0.7)
    if form == "flat":
        front.flat("main", x, y, h, clutter=0.5)
        return
    if form == "mono":
        plane, walls = roofs.shed(x, y, h, h + 0.28 * d, over)
        cover.add(plane)
        wall.add(walls)
        return
    across = form == "across"
    half = (w if across else d) / 2
    rise = half * key.uniform("pitch", 0.55, 1.05)
    cut = {"hip": 1.0, "half-hip": 0.4}.get(form, 0.0)
    planes, gables = roofs.gable(x, y, h, rise, over, key.uniform("verge", 0.15, 0.5), cut, across)
    cover.add(planes)
    wall.add(gables)
    if not across and w > 8 and key.chance("cross gable", 0.45):
        middle = x[0] + w * key.uniform("cross at", 0.28, 0.72)
        reach = min(0.26 * w, rise * 0.9)
        cross = (middle - reach, middle + reach)
        out = 0.9 if key.chance("projecting", 0.6) else 0.03
        front.walls(cross, (y[0] - out, y[0] + 0.5), (BASE, h))
        planes, gables = roofs.gable(
            cross, (y[0] - out, 0.0), h, min(reach * rise / half * 1.1, 0.92 * rise), 0.3, 0.3, across=True
        )
        cover.add(planes)
        wall.add(gables)
    elif not across and rise > 2.2 and key.chance("dormers", 0.6):
        count = 1 + key.integer("dormer count", 3)
        at = [(x[0] + w * (k + 0.5) / count, y[0] + 0.8 / (rise / half), h + 0.8) for k in range(count)]
        roofs.dormers(front.body, key.child("dormers"), at, front.skin.color, tiles)
    if key.chance("solar", 0.22) and not across and cut < 1:
        _solar(front, x, y, h, rise, half)
    if key.chance("chimney", 0.75):
        spot = (
            ((x[0] + x[1]) / 2, key.uniform("chimney at", -0.3, 0.3) * d, h + rise + 0.5)
            if across
            else (x[0] + w * key.uniform("chimney at", 0.2, 0.8), 0.12 * d, h + rise + 0.5)
        )
        roofs.chimneys(front.body, [spot])
    gutter = front.body.part("plain", key.pick("gutter", ((0.6, 0.59, 0.57), (0.12, 0.12, 0.12), (0.30, 0.20, 0.14))))
    low = h - over * rise / half
    if across:
        gutter.add(batches.cubes([(s, 0.0, low - 0.1) for s in (x[0] - over, x[1] + over)], (0.12, d + 0.3, 0.12)))
    else:
        gutter.add(
            batches.cubes(
                [((x[0] + x[1]) / 2, s, low - 0.1) for s in (y[0] - over, y[1] + over)], (w + 0.3, 0.12, 0.12)
            )
        )


def _solar(front: Front, x: Span, y: Span, h: float, rise: float, half: float) -> None:
    """Solar panels in one slope."""
    side = front.key.sign("solar side")
    middle, slope = (y[0] + y[1]) / 2, rise / half
    normal = np.array([0, side * slope, 1.0]) / np.sqrt(1 + slope * slope) * 0.08
    w = x[1] - x[0]
    columns, quads = max(2, int(0.6 * w / 1.1)), []
    for row in range(2):
        for k in range(columns):
            a = x[0] + 0.2 * w + 1.1 * k
            ends = [half * (0.25 + 0.32 * row), half * (0.25 + 0.32 * row) + half * 0.3]
            corners = [(a, ends[0]), (a + 1.04, ends[0]), (a + 1.04, ends[1]), (a, ends[1])]
            quads.append([np.array([u, middle + side * v, h + rise - v * slope]) + normal for u, v in corners])
    front.body.part("glass", (0.012, 0.018, 0.05)).add(shapes.quads(np.array(quads, np.float32)))


def _garage(front: Front, x: Span, y: Span) -> None:
    """A garage beside the house with a gate of panels."""
    key = front.key
    top = 2.7
    front.walls(x, y, (BASE, top), windows=False)
    if key.chance("flat garage", 0.55):
        front.flat("garage", x, y, top, parapet=0.12, clutter=0.0)
    else:
        planes, gables = roofs.gable(x, y, top, 1.1, 0.25, 0.2, across=True)
        front.body.part("roof_tiles", roofs.tiles(key)).add(planes)
        front.walls(x, y, (BASE, top), windows=False).add(gables)
    middle, half = (x[0] + x[1]) / 2, (x[1] - x[0]) / 2 - 0.4
    tints: tuple[Color, ...] = (_PALE, (0.3, 0.3, 0.3), (0.22, 0.13, 0.08), (0.45, 0.44, 0.42))
    gate = front.body.part("plain", key.pick("gate", tints))
    gate.add(batches.cubes([(middle, y[0] - 0.02, 0.28 + 0.54 * k) for k in range(4)], (2 * half, 0.06, 0.5)))
    front.body.part("plain", (0.2, 0.2, 0.2)).add(
        batches.cubes([(middle, y[0] - 0.005, 1.1)], (2 * half + 0.1, 0.03, 2.2))
    )


def _door(front: Front, x: Span, y: Span) -> None:
    """The entrance: a door, steps, and a porch, a canopy or a veranda."""
    key = front.key
    bay = front.skin.bay
    at = x[0] + bay * (0.5 + int((x[1] - x[0]) / bay * key.uniform("door", 0.3, 0.7)))
    edge = y[0]
    wood = front.body.part("wood", key.pick("door color", _DOORS), (0.05, 0.04, 0.03))
    wood.add(batches.cubes([(at, edge - 0.04, 1.28)], (1.0, 0.08, 2.06)))
    trim = front.body.part("plain", key.pick("porch color", (_PALE, (0.30, 0.18, 0.10), front.skin.trim)))
    trim.add(
        batches.cubes(
            [(at - 0.58, edge - 0.05, 1.3), (at + 0.58, edge - 0.05, 1.3), (at, edge - 0.05, 2.38)],
            [(0.14, 0.12, 2.2), (0.14, 0.12, 2.2), (1.3, 0.12, 0.14)],
        )
    )
    stone = front.body.part("concrete", (0.42, 0.41, 0.38))
    porch = key.pick("porch", ("steps", "canopy", "porch", "veranda"), (30, 25, 25, 20))
    deep = 0.9 if porch in ("steps", "canopy") else 1.7
    span = (max(at - 1.3, x[0]), min(at + 1.3, x[1])) if porch != "veranda" else (x[0] + 0.2, x[1] - 0.2)
    stone.add(
        batches.boxes(
            [(span[0], edge - deep, BASE), (at - 0.8, edge - deep - 0.35, BASE)],
            [(span[1], edge, 0.24), (at + 0.8, edge - deep, 0.12)],
        )
    )
    if porch == "canopy":
        front.body.part("roof_tiles", roofs.tiles(key)).add(
            roofs.shed((at - 0.9, at + 0.9), (edge - 1.0, edge), 2.5, 2.9, 0.1)[0]
        )
    elif porch in ("porch", "veranda"):
        count = 2 if porch == "porch" else 4
        posts = [span[0] + 0.1 + (span[1] - span[0] - 0.2) * k / (count - 1) for k in range(count)]
        trim.add(
            batches.boxes(
                [(p - 0.08, edge - deep + 0.05, 0.2) for p in posts],
                [(p + 0.08, edge - deep + 0.21, 2.45) for p in posts],
            )
        )
        plane, _ = roofs.shed(span, (edge - deep, edge), 2.45, 3.0, 0.25)
        front.body.part("roof_tiles", roofs.tiles(key)).add(plane)
        if porch == "veranda":
            rail = [(posts[k], posts[k + 1]) for k in range(count - 1) if not posts[k] - 0.2 < at < posts[k + 1] + 0.2]
            if rail:
                trim.add(
                    batches.boxes(
                        [(a, edge - deep + 0.1, 0.95) for a, _ in rail],
                        [(b, edge - deep + 0.16, 1.02) for _, b in rail],
                    )
                )
                bars = np.array([(a + (b - a) * t / 8, edge - deep + 0.13) for a, b in rail for t in range(1, 8)])
                low = np.concatenate([bars - 0.02, np.full((len(bars), 1), 0.24)], 1)
                trim.add(batches.walls(low, np.concatenate([bars + 0.02, np.full((len(bars), 1), 0.97)], 1)))
    if key.chance("porch light", 0.35):
        front.body.lamp((at, edge - 0.5, 2.3), (1.0, 0.8, 0.5), 2.0)


def _shed(site: Site, key: Key, place: Place) -> None:
    """A wooden shed in the garden."""
    body = site.scene.body("house", place, key)
    wood = body.part(
        "wood", key.pick("wood", ((0.26, 0.17, 0.10), (0.20, 0.22, 0.17), (0.40, 0.38, 0.34))), (0.12, 0.08, 0.05)
    )
    x, y = (-key.uniform("wide", 1.2, 1.9), 1.4), (-1.1, 1.1)
    wood.add(batches.walls([(x[0], y[0], BASE)], [(x[1], y[1], 2.0)]))
    planes, gables = roofs.gable(x, y, 2.0, 0.7, 0.2, 0.2)
    wood.add(gables)
    body.part("flat_roof", (0.09, 0.09, 0.09), (0.14, 0.14, 0.14), style=1).add(planes)
