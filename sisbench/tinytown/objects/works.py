"""Furniture of building sites, yards and road works."""

from __future__ import annotations

import itertools
import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

_CONTAINERS: tuple[Color, ...] = (
    (0.42, 0.09, 0.04),
    (0.04, 0.14, 0.36),
    (0.08, 0.25, 0.13),
    (0.48, 0.46, 0.42),
    (0.56, 0.26, 0.04),
    (0.30, 0.10, 0.08),
    (0.14, 0.15, 0.16),
)


def cone(site: Site, key: Key, place: Place) -> None:
    """Put a traffic cone, 0.5 to 0.8 m high."""
    body = site.scene.body("cone", place, key)
    tall = key.uniform("height", 0.5, 0.8)
    wide = 0.22 * tall
    body.part("plain", (0.04, 0.04, 0.04)).add(
        batches.boxes([(-1.6 * wide, -1.6 * wide, 0)], [(1.6 * wide, 1.6 * wide, 0.04)])
    )
    orange, white = body.part("plain", (0.72, 0.16, 0.02)), body.part("plain", (0.75, 0.75, 0.73))
    for low, high, part in (
        (0.04, 0.35, orange),
        (0.35, 0.55, white),
        (0.55, 0.72, orange),
        (0.72, 0.84, white),
        (0.84, 1.0, orange),
    ):
        radii = [wide * (1.12 - 0.95 * t) for t in (low, high)]
        part.add(shapes.lathe([(radii[0], low * tall), (radii[1], high * tall)], 9))


def crate(site: Site, key: Key, place: Place) -> None:
    """Put a pile: pallets with goods, boxes, pipes, bricks or sand bags, within 1.4 m."""
    body = site.scene.body("crate", place, key)
    wood = body.part("wood", (0.36, 0.25, 0.14), (0.2, 0.13, 0.07))
    model = key.pick("model", ("pallet", "boxes", "pipes", "bricks"))
    wood.add(batches.cubes([(0, y, 0.06) for y in (-0.5, 0, 0.5)], (1.2, 0.1, 0.12)))
    wood.add(batches.cubes([(x, 0, 0.13) for x in (-0.48, -0.24, 0, 0.24, 0.48)], (0.12, 1.1, 0.03)))
    if model == "pallet":
        tall = key.uniform("height", 0.6, 1.2)
        body.part("cloth", key.pick("wrap", ((0.55, 0.55, 0.53), (0.36, 0.26, 0.16), (0.1, 0.16, 0.22)))).add(
            batches.boxes([(-0.52, -0.52, 0.14)], [(0.52, 0.52, 0.14 + tall)])
        )
    elif model == "boxes":
        low = [(-0.5, -0.5, 0.14), (0.02, -0.5, 0.14), (-0.4, 0.02, 0.14), (-0.35, -0.4, 0.62)]
        high = [(-0.02, 0.0, 0.6), (0.5, 0.4, 0.55), (0.0, 0.52, 0.5), (0.3, 0.15, 1.02)]
        body.part("wood", (0.34, 0.24, 0.13), (0.2, 0.13, 0.08)).add(batches.boxes(low, high))
    elif model == "pipes":
        rows = [(y, 0.26 + 0.2 * r) for r in range(3) for y in np.arange(3 - r) * 0.24 - 0.12 * (2 - r)]
        tint = key.pick("pipe", ((0.45, 0.18, 0.05), (0.4, 0.4, 0.4), (0.05, 0.15, 0.35)))
        body.part("plain", tint).add(
            batches.bars([(-1.3, y, z) for y, z in rows], [(1.3, y, z) for y, z in rows], 0.11, sections=8)
        )
    else:
        body.part("brick", (0.36, 0.15, 0.09), (0.5, 0.48, 0.44)).add(
            batches.boxes([(-0.5, -0.45, 0.14)], [(0.5, 0.45, 0.95)])
        )


def container(site: Site, key: Key, place: Place, stacked: int = 1) -> None:
    """Put a shipping container, 6.06 x 2.44 x 2.59 m, its long side along local x; `stacked` of them on each other."""
    body = site.scene.body("container", place, key)
    for level in range(stacked):
        part_key = key.child("box", level)
        z = 2.59 * level
        color = part_key.pick("color", _CONTAINERS)
        skin = body.part("corrugated", color, (color[0] * 0.6, color[1] * 0.6, color[2] * 0.6), period=0.28)
        skin.add(batches.boxes([(-2.98, -1.17, z + 0.1)], [(2.98, 1.17, z + 2.52)]))
        frame = body.part("plain", (color[0] * 0.75, color[1] * 0.75, color[2] * 0.75))
        posts = [(sx * 2.97, sy * 1.16, z + 1.3) for sx in (-1, 1) for sy in (-1, 1)]
        rails = [(0, sy * 1.16, z + h) for sy in (-1, 1) for h in (0.09, 2.5)]
        frame.add(batches.cubes(posts + rails, [(0.14, 0.14, 2.58)] * 4 + [(5.9, 0.13, 0.16)] * 4))
        frame.add(batches.cubes([(sx * 2.97, 0, z + h) for sx in (-1, 1) for h in (0.09, 2.5)], (0.13, 2.3, 0.16)))
        rods = body.part("metal", (0.4, 0.4, 0.4))
        rods.add(batches.cubes([(3.02, y, z + 1.3) for y in (-0.75, -0.3, 0.3, 0.75)], (0.05, 0.05, 2.3)))
        if part_key.chance("letters", 0.5):
            for side in (-1, 1):
                board = body.part(
                    "poster",
                    part_key.pick("ink", ((0.7, 0.7, 0.68), (0.6, 0.5, 0.1))),
                    color,
                    origin=(0.9, side * 1.18, z + 1.7),
                    half_width=1.4,
                    half_height=0.4,
                )
                board.quad(
                    (-0.5, side * 1.18, z + 1.3),
                    (2.3, side * 1.18, z + 1.3),
                    (2.3, side * 1.18, z + 2.1),
                    (-0.5, side * 1.18, z + 2.1),
                )


def crane(site: Site, key: Key, place: Place, height: float | None = None) -> None:
    """Put up a tower crane of kind crane; its jib turns to any direction and reaches some 35 m."""
    tall = height or key.uniform("height", 28, 48)
    body = site.scene.body("crane", place, key)
    color = key.pick("color", ((0.66, 0.46, 0.03), (0.55, 0.06, 0.04), (0.62, 0.60, 0.56), (0.05, 0.18, 0.42)))
    steel = body.part("plain", color)
    half, step = 0.8, 2.4
    levels = [step * k for k in range(int(tall / step) + 1)]
    top = levels[-1]
    corners = [(-half, -half), (half, -half), (half, half), (-half, half)]
    starts = [(x, y, 0.0) for x, y in corners]
    ends = [(x, y, top) for x, y in corners]
    for low, high in itertools.pairwise(levels):
        for k in range(4):
            (ax, ay), (bx, by) = corners[k], corners[(k + 1) % 4]
            flip = k % 2
            starts += [(ax, ay, high if flip else low), (ax, ay, high)]
            ends += [(bx, by, low if flip else high), (bx, by, high)]
    radii = [0.09] * 4 + [0.045] * (len(starts) - 4)
    steel.add(batches.bars(starts, ends, radii, sections=4))
    angle = key.uniform("turn", 0, 2 * math.pi)
    turn = shapes.turn_z(angle)
    reach, back, z = key.uniform("reach", 26, 38), key.uniform("back", 9, 13), top + 1.2
    n = int(reach / 2)
    xs = [reach * k / n for k in range(n + 1)]
    paths = [[(-back, y, z), (reach, y, z)] for y in (-0.5, 0.5)] + [[(0, 0, z + 1.2), (reach, 0, z + 1.1)]]
    for k in range(n):
        side = 0.5 if k % 2 else -0.5
        paths += [
            [(xs[k], side, z), ((xs[k] + xs[k + 1]) / 2, 0, z + 1.15), (xs[k + 1], side, z)],
            [(xs[k], -side, z), (xs[k + 1], side, z)],
        ]
    mast = z + 6.5
    paths += [[(-0.5, -0.5, z), (0, 0, mast), (0.5, 0.5, z)], [(-0.5, 0.5, z), (0, 0, mast), (0.5, -0.5, z)]]
    paths += [[(0, 0, mast), (0.72 * reach, 0, z + 1.1)], [(0, 0, mast), (-0.85 * back, 0, z)]]
    steel.add(batches.tubes(paths, 0.05, 4), turn)
    cab = body.part("glass", (0.06, 0.08, 0.09))
    cab.add(batches.cubes([(0.9, 1.3, z - 0.9)], (1.6, 1.2, 1.8)), turn)
    body.part("concrete", (0.4, 0.4, 0.38)).add(batches.cubes([(-back + 1.2, 0, z - 0.7)], (2.2, 1.3, 2.4)), turn)
    body.part("concrete", (0.42, 0.41, 0.39)).add(batches.boxes([(-1.9, -1.9, -0.3)], [(1.9, 1.9, 0.5)]))
    trolley = reach * key.uniform("trolley", 0.3, 0.9)
    drop = top * key.uniform("drop", 0.2, 0.7)
    rope = body.part("plain", (0.05, 0.05, 0.05))
    rope.add(batches.tubes([[(trolley, y, z - 0.2), (trolley, 0, z - drop)] for y in (-0.3, 0.3)], 0.03, 3), turn)
    rope.add(
        batches.cubes([(trolley, 0, z - 0.25), (trolley, 0, z - drop - 0.3)], [(1.4, 1.1, 0.3), (0.3, 0.3, 0.7)]), turn
    )
