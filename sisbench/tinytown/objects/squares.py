"""Furniture of squares and parks."""

from __future__ import annotations

import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

_WOOD: tuple[Color, ...] = ((0.30, 0.17, 0.08), (0.22, 0.13, 0.07), (0.36, 0.26, 0.16), (0.05, 0.12, 0.07))


_BRIGHT: tuple[Color, ...] = (
    (0.58, 0.06, 0.05),
    (0.66, 0.48, 0.04),
    (0.05, 0.22, 0.50),
    (0.06, 0.34, 0.14),
    (0.62, 0.24, 0.03),
    (0.66, 0.65, 0.62),
)


_STONE: tuple[Color, ...] = ((0.42, 0.41, 0.38), (0.34, 0.33, 0.31), (0.48, 0.43, 0.35))


def fountain(site: Site, key: Key, place: Place, radius: float | None = None) -> None:
    """Build a fountain: a basin of water, a column with bowls, jets in summer."""
    wide = radius or key.uniform("radius", 1.8, 3.2)
    body = site.scene.body("fountain", place, key)
    stone = body.part("concrete", key.pick("stone", _STONE))
    sides = key.pick("sides", (8, 16))
    stone.add(
        shapes.lathe(
            [
                (wide + 0.35, -0.2),
                (wide + 0.35, 0.15),
                (wide + 0.05, 0.15),
                (wide + 0.05, 0.5),
                (wide + 0.12, 0.52),
                (wide + 0.12, 0.62),
                (wide - 0.2, 0.62),
                (wide - 0.2, 0.3),
            ],
            sides,
        )
    )
    water = body.part("water", (0.03, 0.07, 0.075), (0.1, 0.16, 0.16), ripple=0.5)
    water.add(shapes.lathe([(wide - 0.18, 0.44), (0.0, 0.441)], sides))
    tall = key.uniform("tall", 1.4, 2.6)
    bowl = 0.42 * wide
    profile = [
        (0.32, 0.2),
        (0.22, 0.6),
        (0.16, 0.62 * tall),
        (0.5 * bowl, 0.66 * tall),
        (bowl, 0.8 * tall),
        (0.96 * bowl, 0.78 * tall),
        (0.15, 0.74 * tall),
        (0.1, tall - 0.1),
    ]
    stone.add(shapes.lathe([*profile, (0.45 * bowl, tall), (0.0, tall - 0.04)], 12))
    water.add(shapes.lathe([(0.93 * bowl, 0.785 * tall), (0.1, 0.786 * tall)], 12))
    if site.weather.season == "winter":
        return
    foam = body.part("plain", (0.62, 0.66, 0.68))
    paths = []
    for k in range(8):
        c, s = math.cos(math.pi * k / 4), math.sin(math.pi * k / 4)
        start, rise = 0.95 * bowl, 0.78 * tall
        paths.append(
            [
                (c * (start + 0.4 * t), s * (start + 0.4 * t), rise + (0.1 * t - (rise - 0.34) * t * t))
                for t in (0, 0.4, 0.75, 1.0)
            ]
        )
    jet = [(0, 0, tall), (0.02, 0, tall + 0.7)]
    foam.add(batches.tubes([*paths, jet], 0.02, 3))


def sculpture(site: Site, key: Key, place: Place) -> None:
    """Put a sculpture on a plinth: a figure, stacked bodies, a ring or an obelisk."""
    body = site.scene.body("sculpture", place, key)
    stone = body.part("concrete", key.pick("stone", _STONE))
    base = key.uniform("base", 0.8, 1.6)
    stone.add(batches.boxes([(-0.75, -0.75, -0.2), (-0.5, -0.5, 0.25)], [(0.75, 0.75, 0.25), (0.5, 0.5, base)]))
    metals: tuple[tuple[str, Color], ...] = (
        ("metal", (0.10, 0.19, 0.15)),
        ("metal", (0.12, 0.09, 0.06)),
        ("concrete", (0.5, 0.48, 0.44)),
        ("paint", (0.55, 0.05, 0.04)),
    )
    material, color = key.pick("metal", metals)
    form = body.part(material, color)
    model = key.pick("model", ("figure", "bodies", "ring", "obelisk"))
    if model == "figure":
        form.add(
            shapes.lathe(
                [(0.36, 0.0), (0.24, 0.55), (0.2, 0.95), (0.3, 1.3), (0.26, 1.5), (0.09, 1.6), (0.0, 1.62)], 9
            ),
            at=(0, 0, base),
        )
        form.add(batches.balls([(0, 0, base + 1.75)], (0.14, 0.12, 0.17), 1))
        form.add(
            batches.tubes(
                [
                    [(0, -0.28, base + 1.4), (0.1, -0.36, base + 1.1), (0.35, -0.2, base + 1.25)],
                    [(0, 0.28, base + 1.4), (0.05, 0.5, base + 1.6), (0.2, 0.55, base + 1.95)],
                ],
                0.07,
                5,
            )
        )
    elif model == "bodies":
        z = base
        for k in range(3):
            r = key.uniform(f"ball {k}", 0.3, 0.55) * (1 - 0.18 * k)
            form.add(batches.balls([(key.uniform(f"x {k}", -0.1, 0.1), 0, z + r * 0.9)], (r, r, r * 0.95), 1))
            z += 1.7 * r
    elif model == "ring":
        form.add(shapes.torus(0.16, 18), shapes.turn_x(math.pi / 2) @ shapes.turn_z(0.0), (0, 0, base + 1.1), 1.0)
    else:
        form.add(batches.taper((0.42, 0.42), (0.2, 0.2), base, base + 3.6))
        form.add(shapes.cone(4), shapes.turn_z(math.pi / 4), (0, 0, base + 3.6), (0.28, 0.28, 0.4))


def parasol_table(site: Site, key: Key, place: Place) -> None:
    """Put a round cafe table with chairs and, but for winter, an open parasol; within 1.7 m."""
    scene = site.scene
    table = scene.body("table", place, key)
    table.part("wood" if key.chance("wood", 0.5) else "plain", key.pick("top", (*_WOOD, (0.6, 0.6, 0.58)))).add(
        shapes.lathe([(0.42, 0.72), (0.42, 0.75), (0.0, 0.752)], 10)
    )
    table.part("metal", (0.2, 0.2, 0.2)).add(batches.bars([(0, 0, 0)], [(0, 0, 0.72)], 0.035))
    chairs = scene.body("chair", place, key.child("chairs"))
    frame = chairs.part(
        "wood" if key.chance("wooden chairs", 0.5) else "plain",
        key.pick("chair", (*_WOOD, *_BRIGHT[:3], (0.05, 0.05, 0.05))),
    )
    low, high = [], []
    start = key.uniform("turn", 0, 6.28)
    paths = []
    for k in range(key.pick("count", (2, 3, 4))):
        a = start + k * 2.1
        c, s = math.cos(a), math.sin(a)
        x, y = 0.85 * c, 0.85 * s
        low.append((x - 0.2, y - 0.2, 0.43))
        high.append((x + 0.2, y + 0.2, 0.47))
        bx, by = 1.05 * c, 1.05 * s
        paths += [
            [(bx - 0.2 * s * w, by + 0.2 * c * w, 0.0), (bx - 0.2 * s * w, by + 0.2 * c * w, 0.9)] for w in (-1, 1)
        ]
        paths += [
            [
                (0.66 * c - 0.18 * s * w, 0.66 * s + 0.18 * c * w, 0.0),
                (0.66 * c - 0.18 * s * w, 0.66 * s + 0.18 * c * w, 0.44),
            ]
            for w in (-1, 1)
        ]
        paths.append([(bx - 0.2 * s, by + 0.2 * c, 0.82), (bx + 0.2 * s, by - 0.2 * c, 0.82)])
        paths.append([(bx - 0.2 * s, by + 0.2 * c, 0.65), (bx + 0.2 * s, by - 0.2 * c, 0.65)])
    frame.add(batches.boxes(low, high))
    frame.add(batches.tubes(paths, 0.02, 4))
    if site.weather.season == "winter" or key.chance("closed", 0.12):
        return
    parasol(site, key.child("parasol"), place)


def parasol(site: Site, key: Key, place: Place, radius: float | None = None) -> None:
    """Open a parasol, 2.5 m high."""
    body = site.scene.body("parasol", place, key)
    wide = radius or key.uniform("radius", 1.2, 1.7)
    body.part("wood", (0.4, 0.3, 0.2)).add(batches.bars([(0, 0, 0)], [(0, 0, 2.6)], 0.03))
    color = key.pick("color", (*_BRIGHT, (0.55, 0.50, 0.40), (0.62, 0.60, 0.55)))
    second = color if key.chance("plain", 0.6) else (0.66, 0.65, 0.62)
    surface = shapes.lathe([(wide, 2.02), (wide * 0.98, 2.2), (0.0, 2.62)], 8)
    flat = shapes.flat(surface[0])
    sector = np.arange(len(surface[0])) % 8 % 2 == 0
    body.part("cloth", color).add((flat[0][sector], flat[1][sector]))
    body.part("cloth", second).add((flat[0][~sector], flat[1][~sector]))


def playground(site: Site, key: Key, place: Place) -> None:
    """Build a swing, a slide with a tower, a sand pit and a spring rider within 9 x 6 m."""
    body = site.scene.body("playground", place, key)
    ground = body.part("gravel", (0.42, 0.34, 0.22), (0.5, 0.42, 0.28), kind="sand")
    ground.add(batches.boxes([(-4.5, -3, -0.2)], [(4.5, 3, 0.02)]))
    beams = body.part("wood", (0.26, 0.16, 0.09), (0.1, 0.06, 0.03))
    beams.add(
        batches.cubes(
            [(0, -3, 0.06), (0, 3, 0.06), (-4.5, 0, 0.06), (4.5, 0, 0.06)],
            [(9, 0.14, 0.24), (9, 0.14, 0.24), (0.14, 6, 0.24), (0.14, 6, 0.24)],
        )
    )
    paint = [body.part("paint", key.pick(f"paint {k}", _BRIGHT)) for k in range(3)]
    # Swing: two legs each side, two seats on chains.
    swing = [[(-3.4, y - 0.6, 0), (-3.4, y, 2.3), (-3.4, y + 0.6, 0)] for y in (-1.9, 0.9)]
    paint[0].add(batches.tubes([*swing, [(-3.4, -1.9, 2.3), (-3.4, 0.9, 2.3)]], 0.05, 5))
    seats, chains = [], []
    for k, y in enumerate((-1.1, 0.1)):
        push = key.uniform(f"push {k}", -0.5, 0.5)
        seats.append((-3.4 + push, y, 0.55 + 0.1 * push * push))
        chains += [[(-3.4, y + w, 2.3), (-3.4 + push, y + w, 0.55)] for w in (-0.22, 0.22)]
    paint[1].add(batches.cubes(seats, (0.2, 0.48, 0.05)))
    body.part("metal", (0.3, 0.3, 0.3)).add(batches.tubes(chains, 0.012, 3))
    # Tower with a roof and a slide towards +x.
    beams.add(batches.cubes([(x, y, 1.35) for x in (0.3, 1.7) for y in (-0.7, 0.7)], (0.12, 0.12, 2.7)))
    beams.add(batches.cubes([(1.0, 0, 1.3)], (1.5, 1.5, 0.08)))
    paint[2].add(shapes.cone(4), shapes.turn_z(math.pi / 4), (1.0, 0, 2.6), (1.35, 1.35, 0.9))
    slide = [
        [(1.7, -0.28, 1.35), (1.7, 0.28, 1.35), (3.9, 0.28, 0.3), (3.9, -0.28, 0.3)],
        [(1.7, -0.3, 1.55), (1.7, -0.3, 1.3), (3.9, -0.3, 0.25), (3.9, -0.3, 0.5)],
        [(1.7, 0.3, 1.55), (1.7, 0.3, 1.3), (3.9, 0.3, 0.25), (3.9, 0.3, 0.5)],
    ]
    paint[1].add(shapes.quads(np.array(slide, np.float32)))
    rungs = [
        [(0.3 - 0.5 * (1 - t), -0.4, 1.3 * t), (0.3 - 0.5 * (1 - t), 0.4, 1.3 * t)] for t in (0.2, 0.45, 0.7, 0.95)
    ]
    paint[0].add(batches.tubes(rungs, 0.03, 4))
    paint[2].add(batches.balls([(3.2, -2.1, 0.65), (3.55, -2.1, 0.95)], [(0.42, 0.16, 0.2), (0.16, 0.12, 0.16)]))
    body.part("metal", (0.25, 0.25, 0.25)).add(batches.bars([(3.2, -2.1, 0)], [(3.2, -2.1, 0.5)], 0.1))
