"""Barns and silos."""

from __future__ import annotations

import itertools

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches, roofs
from sisbench.tinytown.objects.fronts import BASE
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

_PALE: Color = (0.66, 0.65, 0.62)


def barn(site: Site, key: Key, place: Place, size: tuple[float, float, float] | None = None) -> None:
    """Build a barn of kind barn, about 18 x 11 m: boards, a gambrel or pitched roof, a gate with braces in local -y."""
    w, d, h = size or (key.uniform("width", 14, 22), key.uniform("depth", 9, 13), key.uniform("height", 3.8, 5.2))
    body = site.scene.body("barn", place, key)
    tints: tuple[Color, ...] = (
        (0.34, 0.06, 0.04),
        (0.26, 0.17, 0.10),
        (0.44, 0.40, 0.34),
        (0.18, 0.15, 0.13),
        (0.5, 0.49, 0.45),
    )
    color = key.pick("color", tints)
    wall = body.part("wood", color, (color[0] * 0.5, color[1] * 0.5, color[2] * 0.5))
    x, y = (-w / 2, w / 2), (-d / 2, d / 2)
    wall.add(batches.walls([(x[0], y[0], BASE)], [(x[1], y[1], h)]))
    body.part("brick", (0.32, 0.22, 0.17), (0.5, 0.48, 0.45)).add(
        batches.walls([(x[0] - 0.06, y[0] - 0.06, BASE)], [(x[1] + 0.06, y[1] + 0.06, 0.8)])
    )
    roofing = key.pick("roofing", ("roof_tiles", "corrugated"))
    cover = (
        body.part("roof_tiles", roofs.tiles(key))
        if roofing == "roof_tiles"
        else body.part("corrugated", (0.38, 0.36, 0.34), (0.3, 0.18, 0.12), period=0.3)
    )
    if key.chance("gambrel", 0.4):
        half, knee, top = d / 2, 0.24 * d, 0.3 * d
        profile = [
            (-half - 0.4, h - 0.5),
            (-0.6 * half, h + knee),
            (0.0, h + top + 0.1),
            (0.6 * half, h + knee),
            (half + 0.4, h - 0.5),
        ]
        quads = [
            ((x[0] - 0.3, a, z), (x[1] + 0.3, a, z), (x[1] + 0.3, b, t), (x[0] - 0.3, b, t))
            for (a, z), (b, t) in itertools.pairwise(profile)
        ]
        cover.add(shapes.quads(np.array(quads, np.float32)))
        rim = [(-half, h), (half, h), (0.6 * half, h + knee), (0.0, h + top + 0.1), (-0.6 * half, h + knee)]
        fans = [((e, *rim[0]), (e, *rim[k]), (e, *rim[k + 1])) for e in x for k in range(1, 4)]
        wall.add(shapes.flat(np.array(fans, np.float32)))
    else:
        planes, gables = roofs.gable(x, y, h, 0.5 * d * key.uniform("pitch", 0.6, 0.9), 0.5, 0.4)
        cover.add(planes)
        wall.add(gables)
    gate = body.part("wood", (color[0] * 0.65, color[1] * 0.65, color[2] * 0.65), (0.05, 0.04, 0.03))
    at, half = key.uniform("gate", -0.25, 0.25) * w, 1.9
    gate.add(batches.cubes([(at, y[0] - 0.05, 1.7)], (2 * half, 0.1, 3.4)))
    brace = body.part("plain", _PALE if key.chance("white", 0.6) else (0.1, 0.08, 0.06))
    brace.add(
        batches.cubes(
            [
                (at, y[0] - 0.12, 3.4),
                (at, y[0] - 0.12, 0.1),
                (at - half, y[0] - 0.12, 1.7),
                (at, y[0] - 0.12, 1.7),
                (at + half, y[0] - 0.12, 1.7),
            ],
            [(2 * half + 0.15, 0.05, 0.16)] * 2 + [(0.16, 0.05, 3.4)] * 3,
        )
    )
    brace.add(batches.tubes([[(at + s * half, y[0] - 0.12, 0.1), (at, y[0] - 0.12, 3.4)] for s in (-1, 1)], 0.07, 4))


def silo(site: Site, key: Key, place: Place) -> None:
    """Build a silo of kind silo, 8 to 14 m high, at times a second, lower one beside it."""
    body = site.scene.body("silo", place, key)
    metal = body.part(
        "corrugated",
        key.pick("color", ((0.48, 0.49, 0.49), (0.40, 0.38, 0.34), (0.16, 0.24, 0.36))),
        (0.3, 0.3, 0.3),
        period=0.4,
    )
    roof = body.part("metal", (0.42, 0.43, 0.44))
    for k in range(1 + key.integer("count", 2)):
        wide, tall = key.uniform(f"radius {k}", 1.6, 2.4), key.uniform(f"height {k}", 8, 14) * (1 - 0.25 * k)
        at = (4.4 * k, 0.6 * k, 0)
        metal.add(shapes.lathe([(wide, BASE), (wide, tall)], 16), at=at)
        roof.add(
            shapes.lathe(
                [
                    (wide + 0.08, tall),
                    (0.7 * wide, tall + 0.35 * wide),
                    (0.25, tall + 0.62 * wide),
                    (0.0, tall + 0.62 * wide),
                ],
                16,
            ),
            at=at,
        )
        rails = [
            [(at[0] - 0.2 + s, at[1] - wide - 0.12, 0.3), (at[0] - 0.2 + s, at[1] - wide - 0.12, tall)]
            for s in (0.0, 0.4)
        ]
        roof.add(batches.tubes(rails, 0.03, 3))
        rungs = np.arange(1, int(tall)) * 1.0
        roof.add(
            batches.cubes(
                np.stack([np.full(len(rungs), at[0]), np.full(len(rungs), at[1] - wide - 0.12), rungs], 1),
                (0.4, 0.04, 0.05),
            )
        )
