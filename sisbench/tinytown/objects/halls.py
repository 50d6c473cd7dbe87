"""Halls: factories, warehouses, big shops; factory chimneys."""

from __future__ import annotations

import itertools

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches, roofs, rooftops
from sisbench.tinytown.objects.fronts import BASE, Front, Size
from sisbench.tinytown.objects.roofs import Span
from sisbench.tinytown.objects.skins import skin
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

HALLS = ("factory", "warehouse", "shop")
"""Sawtooth roofs and brick; corrugated sheet with docks; glass front with a sign."""


_BRANDS: tuple[Color, ...] = (
    (0.60, 0.04, 0.04),
    (0.03, 0.12, 0.42),
    (0.66, 0.46, 0.02),
    (0.04, 0.28, 0.10),
    (0.60, 0.22, 0.02),
    (0.30, 0.05, 0.26),
)


_GREY: Color = (0.34, 0.34, 0.34)


def hall(site: Site, key: Key, place: Place, size: Size, style: str | None = None) -> None:
    """Build a hall of kind hall.

    Args:
        site: Where to build.
        key: Of the hall.
        place: Middle of the footprint; the front looks to local -y.
        size: Width, depth, height of the walls, metres; canopies reach 3 m beyond the front.
        style: One of `HALLS`; None draws one.
    """
    name = style or key.pick("hall", HALLS, (35, 45, 20))
    w, d, h = size
    cladding = skin(key, "brick" if name == "factory" and key.chance("brick", 0.6) else "corrugated", w, h)
    if cladding.style == "brick":
        cladding = cladding._replace(window=(0.62, 0.55))
    front = Front(site, key, place, "hall", size, cladding)
    x, y = (-w / 2, w / 2), (-d / 2, d / 2)
    front.walls(x, y, (BASE, h), windows=name == "factory" or key.chance("windows", 0.4))
    roof = key.pick(
        "roof", ("sawtooth", "vault", "gable", "flat"), (45, 10, 20, 25) if name == "factory" else (5, 15, 30, 50)
    )
    if name == "shop":
        roof = "flat"
    if roof == "sawtooth":
        _sawtooth(front, x, y, h)
    elif roof == "gable":
        planes, gables = roofs.gable(x, y, h, min(0.18 * d, 3.5), 0.3, 0.2)
        front.body.part(
            "corrugated",
            key.pick("sheet", ((0.42, 0.43, 0.43), (0.30, 0.24, 0.21), (0.22, 0.24, 0.26))),
            _GREY,
            period=0.35,
        ).add(planes)
        front.walls(x, y, (BASE, h), windows=False).add(gables)
        _ridge_lights(front, x, d, h)
    elif roof == "vault":
        _vault(front, x, y, h)
    else:
        rooftops.flat(
            site, front.body, key.child("roof"), x, y, h, cladding.color, parapet=0.6, clutter=0.7, homes=False
        )
    if name == "shop":
        _shop_front(front, x, y, h)
    else:
        _gates(front, x, y, h)
        if key.chance("office", 0.55) and w > 16:
            _office(front, x, y, h)
    if name != "shop" and key.chance("letters", 0.5):
        half = min(0.22 * w, 5.0)
        at = (key.uniform("sign at", -0.2, 0.2) * w, y[0] - 0.06, h - 1.1)
        board = front.body.part(
            "poster", key.pick("brand", _BRANDS), cladding.color, origin=at, half_width=half, half_height=0.7
        )
        board.quad(
            (at[0] - half, at[1], at[2] - 0.7),
            (at[0] + half, at[1], at[2] - 0.7),
            (at[0] + half, at[1], at[2] + 0.7),
            (at[0] - half, at[1], at[2] + 0.7),
        )


def _sawtooth(front: Front, x: Span, y: Span, h: float) -> None:
    """Rows of slopes with glass in their upright sides, which look to the left or right."""
    count = max(2, round((x[1] - x[0]) / front.key.uniform("tooth", 5.0, 8.0)))
    step, rise = (x[1] - x[0]) / count, front.key.uniform("rise", 1.6, 2.6)
    edges = [x[0] + step * k for k in range(count + 1)]
    slope = [
        ((a, y[0], h), (b, y[0], h + rise), (b, y[1], h + rise), (a, y[1], h)) for a, b in itertools.pairwise(edges)
    ]
    glass = [((b, y[0], h), (b, y[1], h), (b, y[1], h + rise), (b, y[0], h + rise)) for b in edges[1:]]
    cheeks = [((a, e, h), (b, e, h), (b, e, h + rise)) for a, b in itertools.pairwise(edges) for e in y]
    front.body.part(
        "roof_tiles" if front.key.chance("tiled", 0.4) else "flat_roof", (0.16, 0.15, 0.15), (0.2, 0.2, 0.2)
    ).add(shapes.quads(np.array(slope, np.float32)))
    front.body.part("glass", (0.13, 0.17, 0.18)).add(shapes.quads(np.array(glass, np.float32)))
    front.walls(x, y, (BASE, h), windows=front.skin.style == "brick").add(shapes.flat(np.array(cheeks, np.float32)))


def _vault(front: Front, x: Span, y: Span, h: float) -> None:
    """A barrel roof along x."""
    half, middle = (y[1] - y[0]) / 2, (y[0] + y[1]) / 2
    rise = 0.32 * half
    profile = [
        (middle + half * t, h + rise * (1 - t * t)) for t in (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    quads = [
        ((x[0] - 0.2, a, p), (x[1] + 0.2, a, p), (x[1] + 0.2, b, q), (x[0] - 0.2, b, q))
        for (a, p), (b, q) in itertools.pairwise(profile)
    ]
    front.body.part("corrugated", (0.46, 0.47, 0.47), _GREY, period=0.4).add(shapes.quads(np.array(quads, np.float32)))
    fans = [((e, *profile[0]), (e, *profile[k]), (e, *profile[k + 1])) for e in x for k in range(1, len(profile) - 1)]
    front.walls(x, y, (BASE, h), windows=False).add(shapes.flat(np.array(fans, np.float32)))


def _ridge_lights(front: Front, x: Span, d: float, h: float) -> None:
    """Strips of light sheet and fans along the ridge."""
    rise = min(0.18 * d, 3.5)
    count = max(2, int((x[1] - x[0]) / 7))
    at = [x[0] + (x[1] - x[0]) * (k + 0.5) / count for k in range(count)]
    quads = []
    for a in at:
        for s in (-1, 1):
            rows = [(s * d / 2 * t, h + rise * (1 - t) + 0.06) for t in (0.25, 0.8)]
            quads.append([(a - 0.6, *rows[0]), (a + 0.6, *rows[0]), (a + 0.6, *rows[1]), (a - 0.6, *rows[1])])
    front.body.part("plain", (0.55, 0.57, 0.55)).add(shapes.quads(np.array(quads, np.float32)))
    fan = shapes.lathe([(0.35, -0.3), (0.35, 0.3), (0.5, 0.35), (0.0, 0.75)], 8)
    front.body.part("metal", (0.45, 0.46, 0.46)).add(batches.copies(fan, [(a + 3.0, 0.0, h + rise) for a in at[:-1]]))


def _gates(front: Front, x: Span, y: Span, h: float) -> None:
    """Rolling gates, loading docks with buffers, a canopy, side doors, pipes."""
    key, w = front.key, x[1] - x[0]
    count = max(1, int(w / key.uniform("gate step", 6.0, 9.0)))
    wide, tall = 3.4, min(3.8, h - 0.8)
    at = [x[0] + w * (k + 0.5) / count for k in range(count)]
    docked = key.chance("docks", 0.5)
    low = 1.1 if docked else 0.0
    top = min(tall + low, h - 0.4)
    tints: tuple[Color, ...] = (
        (0.55, 0.54, 0.52),
        (0.16, 0.25, 0.40),
        (0.40, 0.38, 0.33),
        (0.45, 0.30, 0.05),
        (0.22, 0.22, 0.23),
    )
    gate = front.body.part("corrugated", key.pick("gate", tints), _GREY, period=0.25)
    gate.add(batches.cubes([(a, y[0] - 0.03, (low + top) / 2) for a in at], (wide, 0.08, top - low)))
    frame = front.body.part("plain", (0.08, 0.08, 0.085))
    frame.add(
        batches.cubes(
            [(a + s * (wide / 2 + 0.1), y[0] - 0.06, (low + top) / 2) for a in at for s in (-1, 1)],
            (0.2, 0.16, top - low + 0.2),
        )
    )
    if docked:
        front.body.part("concrete", (0.40, 0.39, 0.37)).add(
            batches.boxes([(x[0] + 1, y[0] - 1.6, BASE)], [(x[1] - 1, y[0], 1.1)])
        )
        frame.add(batches.cubes([(a + s * 1.2, y[0] - 1.66, 0.75) for a in at for s in (-1, 1)], (0.3, 0.14, 0.6)))
    else:
        frame.add(
            batches.cubes([(a + s * (wide / 2 + 0.3), y[0] - 0.4, 0.4) for a in at for s in (-1, 1)], (0.16, 0.16, 1.0))
        )
    if key.chance("canopy", 0.45):
        front.body.part("metal", (0.35, 0.36, 0.37)).add(
            batches.boxes([(x[0] + 0.5, y[0] - 2.6, top + 0.25)], [(x[1] - 0.5, y[0], top + 0.45)])
        )
    pipes = front.body.part("metal", (0.42, 0.42, 0.42))
    pipes.add(
        batches.bars(
            [(x[0] + 0.5, y[0] - 0.1, BASE), (x[1] - 0.5, y[0] - 0.1, BASE)],
            [(x[0] + 0.5, y[0] - 0.1, h), (x[1] - 0.5, y[0] - 0.1, h)],
            0.08,
            sections=5,
        )
    )


def _office(front: Front, x: Span, y: Span, h: float) -> None:
    """A lower office at one corner of the hall."""
    key = front.key
    wide, tall = min(9.0, 0.4 * (x[1] - x[0])), min(6.6, h + 0.5)
    span = (x[0], x[0] + wide) if key.chance("office left", 0.5) else (x[1] - wide, x[1])
    look = skin(key.child("office"), key.pick("office style", ("plaster", "glass", "brick")), wide, tall)
    depth = (y[0] - 1.2, y[0] + 4.0)
    part = look.part(front.body, front.site, tall, (span[0], depth[0], 0.0))
    part.add(batches.walls([(span[0], depth[0], BASE)], [(span[1], depth[1], tall)]))
    rooftops.flat(
        front.site, front.body, key.child("office roof"), span, depth, tall, look.color, parapet=0.45, homes=False
    )


def _shop_front(front: Front, x: Span, y: Span, h: float) -> None:
    """The glass front, canopy and sign of a supermarket."""
    key, w = front.key, x[1] - x[0]
    brand = key.pick("brand", _BRANDS)
    a, b = x[0] + 0.12 * w, x[1] - 0.12 * w
    glass = skin(key.child("glass"), "glass", b - a, 3.6)._replace(floor=3.6)
    part = glass.part(front.body, front.site, 4.4, (a, y[0] - 0.4, 0.0))
    part.add(batches.walls([(a, y[0] - 0.4, BASE)], [(b, y[0], 3.6)]))
    band = front.body.part("plain", brand)
    band.add(
        batches.boxes(
            [(x[0] - 0.1, y[0] - 0.5, h - 1.5), (a - 0.5, y[0] - 2.8, 3.6)],
            [(x[1] + 0.1, y[0], h - 0.2), (b + 0.5, y[0], 3.95)],
        )
    )
    posts = [a + (b - a) * k / 4 for k in range(5)]
    front.body.part("metal", (0.5, 0.5, 0.5)).add(
        batches.bars([(p, y[0] - 2.6, BASE) for p in posts], [(p, y[0] - 2.6, 3.6) for p in posts], 0.1, sections=6)
    )
    at = (key.uniform("sign at", -0.15, 0.15) * w, y[0] - 0.55, h - 0.3)
    half = min(0.2 * w, 5.0)
    board = front.body.part("poster", (0.72, 0.71, 0.68), brand, origin=at, half_width=half, half_height=1.0)
    front.body.part("plain", brand).add(
        batches.boxes([(at[0] - half, at[1], at[2] - 1.0)], [(at[0] + half, at[1] + 0.3, at[2] + 1.1)])
    )
    board.quad(
        (at[0] - half, at[1] - 0.02, at[2] - 1),
        (at[0] + half, at[1] - 0.02, at[2] - 1),
        (at[0] + half, at[1] - 0.02, at[2] + 1),
        (at[0] - half, at[1] - 0.02, at[2] + 1),
    )
    for k in (-1, 0, 1):
        front.body.lamp((k * 0.3 * w, y[0] - 1.5, 3.4), (1.0, 0.95, 0.85), 8.0)


def chimney(site: Site, key: Key, place: Place, height: float | None = None) -> None:
    """Build a factory chimney of kind chimney, 18 to 45 m high, of brick or concrete, with bands."""
    tall = height or key.uniform("height", 18, 45)
    body = site.scene.body("chimney", place, key)
    low, high = 0.045 * tall + 0.4, 0.025 * tall + 0.2
    brick = key.chance("brick", 0.6)
    shaft = (
        body.part("brick", (0.34, 0.15, 0.09), (0.5, 0.47, 0.43))
        if brick
        else body.part("concrete", (0.44, 0.43, 0.40))
    )
    shaft.add(
        shapes.lathe(
            [
                (1.5 * low, BASE),
                (1.5 * low, 2.2),
                (low, 2.4),
                (high, tall - 0.8),
                (high * 1.25, tall - 0.6),
                (high * 1.25, tall),
                (high * 0.8, tall),
            ],
            14,
        )
    )
    body.part("plain", (0.02, 0.02, 0.02)).add(shapes.lathe([(high * 0.8, tall - 0.02), (0.0, tall - 0.01)], 10))
    if not brick or key.chance("bands", 0.4):
        red, white = body.part("plain", (0.5, 0.06, 0.04)), body.part("plain", (0.65, 0.64, 0.6))
        for k in range(4):
            a, b = tall * (0.78 + 0.05 * k), tall * (0.83 + 0.05 * k)
            radii = [low + (high - low) * (t - 2.4) / (tall - 3.2) + 0.03 for t in (a, min(b, tall - 0.8))]
            (red if k % 2 == 0 else white).add(shapes.lathe([(radii[0], a), (radii[1], min(b, tall - 0.8))], 14))
