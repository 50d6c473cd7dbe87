"""Single buildings that stand out, and the small ones of squares and stops: church, kiosk, stall, bus shelter."""

from __future__ import annotations

import itertools
import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches, roofs
from sisbench.tinytown.objects.fronts import BASE
from sisbench.tinytown.objects.skins import STYLES
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

_BRIGHT: tuple[Color, ...] = (
    (0.55, 0.06, 0.05),
    (0.05, 0.22, 0.48),
    (0.62, 0.46, 0.05),
    (0.06, 0.32, 0.14),
    (0.60, 0.24, 0.03),
    (0.36, 0.09, 0.30),
)
_PALE: Color = (0.68, 0.67, 0.64)


def church(site: Site, key: Key, place: Place) -> None:
    """Build a church, about 26 x 11 m along local x, its tower of 20 to 34 m (kind tower) at the end of -x."""
    body = site.scene.body("building", place, key)
    material = key.pick("material", ("brick", "plaster", "stone"))
    colors: dict[str, tuple[Color, ...]] = {
        "brick": ((0.34, 0.14, 0.09), (0.40, 0.24, 0.16)),
        "plaster": ((0.62, 0.60, 0.55), (0.60, 0.50, 0.34)),
        "stone": ((0.36, 0.34, 0.30), (0.42, 0.38, 0.31)),
    }
    color = key.pick("color", colors[material])
    style = STYLES.index(material)
    wall = body.part(
        "facade", color, (0.48, 0.46, 0.42), origin=(0, 0, -6), style=style, height=90.0
    )  # no door down there
    tower = body.part("facade", color, (0.48, 0.46, 0.42), kind="tower", origin=(0, 0, -6), style=style, height=90.0)
    long, wide, h = key.uniform("length", 18, 26), key.uniform("width", 9, 12), key.uniform("height", 6.5, 9)
    x, y = (-long / 2, long / 2), (-wide / 2, wide / 2)
    wall.add(batches.walls([(x[0], y[0], BASE)], [(x[1], y[1], h)]))
    cover: Color = key.pick("roof", ((0.10, 0.10, 0.11), (0.30, 0.11, 0.07), (0.17, 0.31, 0.26)))
    tiles = body.part("roof_tiles", cover)
    rise = wide * key.uniform("pitch", 0.5, 0.75)
    planes, gables = roofs.gable(x, y, h, rise, 0.35, 0.0)
    tiles.add(planes)
    wall.add(gables)
    apse = [
        (0.36 * wide * math.cos(a), 0.36 * wide * math.sin(a))
        for a in [math.pi * k / 6 - math.pi / 2 for k in range(7)]
    ]
    wall.add(
        shapes.quads(
            np.array(
                [
                    [
                        (x[1] + a[0], a[1], BASE),
                        (x[1] + b[0], b[1], BASE),
                        (x[1] + b[0], b[1], 0.8 * h),
                        (x[1] + a[0], a[1], 0.8 * h),
                    ]
                    for a, b in itertools.pairwise(apse)
                ],
                np.float32,
            )
        )
    )
    tiles.add(
        shapes.flat(
            np.array(
                [
                    [
                        (x[1] + 1.1 * a[0], 1.1 * a[1], 0.8 * h),
                        (x[1] + 1.1 * b[0], 1.1 * b[1], 0.8 * h),
                        (x[1], 0, 1.05 * h),
                    ]
                    for a, b in itertools.pairwise(apse)
                ],
                np.float32,
            )
        )
    )
    count = max(3, int(long / 4))
    at = [x[0] + long * (k + 0.5) / count for k in range(count)]
    buttress = [(a + long / count / 2, s * (wide / 2 + 0.3)) for a in at[:-1] for s in (-1, 1)]
    wall.add(
        batches.boxes(
            [(a - 0.3, b - 0.35, BASE) for a, b in buttress], [(a + 0.3, b + 0.35, 0.75 * h) for a, b in buttress]
        )
    )
    glass = body.part("glass", (0.05, 0.06, 0.09))
    panes = [(a, s * (wide / 2 + 0.03), 0.5 * h) for a in at for s in (-1, 1)]
    glass.add(batches.cubes(panes, (1.1, 0.06, 0.5 * h)))
    disc = shapes.cylinder(10)
    for a, b, _ in panes:
        glass.add(disc, shapes.turn_x(math.pi / 2), (a, b, 0.75 * h), (0.55, 0.55, 0.06))
    side, top = 0.25 * wide + 1.0, key.uniform("tower", 13, 20)
    tx = (x[0] - 1.5 * side, x[0] + 0.5 * side)
    ty = (-side, side)
    tower.add(batches.walls([(tx[0], ty[0], BASE)], [(tx[1], ty[1], top)]))
    trim = body.part("concrete", (0.46, 0.44, 0.40), kind="tower")
    trim.add(batches.cubes([(sum(tx) / 2, 0, z) for z in (0.45 * top, top)], (2 * side + 0.4, 2 * side + 0.4, 0.35)))
    spire = body.part("roof_tiles", cover, kind="tower")
    middle = (sum(tx) / 2, 0.0)
    if key.chance("onion", 0.3):
        profile = [
            (side * 1.25, 0),
            (side * 1.1, 0.3 * side),
            (side * 1.25, 0.9 * side),
            (side * 0.8, 1.6 * side),
            (side * 0.25, 2.1 * side),
            (side * 0.3, 2.4 * side),
            (0.06, 3.2 * side),
            (0.0, 4.2 * side),
        ]
        body.part("metal", (0.16, 0.32, 0.26), kind="tower").add(shapes.lathe(profile, 12), at=(*middle, top))
        tip = top + 4.2 * side
    else:
        tall = key.uniform("spire", 5, 13)
        spire.add(roofs.pyramid(tx, ty, top, tall, 0.2))
        tip = top + tall
    cross = body.part("metal", (0.5, 0.38, 0.1), kind="tower")
    cross.add(batches.cubes([(*middle, tip + 0.6), (*middle, tip + 0.8)], [(0.08, 0.08, 1.4), (0.08, 0.7, 0.08)]))
    dark = body.part("plain", (0.04, 0.04, 0.04), kind="tower")
    dark.add(
        batches.cubes(
            [
                (tx[0], 0, 0.82 * top),
                (tx[1], 0, 0.82 * top),
                (middle[0], ty[0], 0.82 * top),
                (middle[0], ty[1], 0.82 * top),
            ],
            [(0.08, 0.9, 2.0)] * 2 + [(0.9, 0.08, 2.0)] * 2,
        )
    )
    face = body.part("emitter", (0.8, 0.78, 0.7), power=0.35, night_power=0.6, kind="tower")
    for e, s in ((tx[0], -1), (tx[1], 1)):
        face.add(disc, shapes.turn_y(math.pi / 2), (e + 0.05 * s, 0, 0.65 * top), (0.8, 0.8, 0.06))
    for e in ty:
        face.add(disc, shapes.turn_x(math.pi / 2), (middle[0], e * 1.01, 0.65 * top), (0.8, 0.8, 0.06))
    body.part("wood", (0.14, 0.08, 0.04), (0.08, 0.05, 0.03), kind="tower").add(
        batches.cubes([(tx[0] - 0.04, 0, 1.4)], (0.1, 1.8, 3.0))
    )


def kiosk(site: Site, key: Key, place: Place) -> None:
    """Put a kiosk of 3 x 2.4 m with an open hatch and posters; its front looks to local -y."""
    body = site.scene.body("kiosk", place, key)
    color, brand = (
        key.pick(
            "color", ((0.10, 0.18, 0.12), (0.5, 0.48, 0.44), (0.30, 0.07, 0.05), (0.08, 0.12, 0.24), (0.2, 0.2, 0.2))
        ),
        key.pick("brand", _BRIGHT),
    )
    x, y = (-1.5, 1.5), (-1.2, 1.2)
    body.part("plain", color).add(batches.walls([(x[0], y[0], -0.3)], [(x[1], y[1], 2.5)]))
    hatch = body.part("emitter", (0.7, 0.55, 0.35), power=0.12, night_power=0.9)
    hatch.add(batches.cubes([(0, y[0] - 0.01, 1.6)], (2.3, 0.04, 1.0)))
    goods = body.part("poster", brand, _PALE, origin=(0, y[0] - 0.04, 1.35), half_width=1.1, half_height=0.25)
    goods.quad((-1.1, y[0] - 0.04, 1.1), (1.1, y[0] - 0.04, 1.1), (1.1, y[0] - 0.04, 1.6), (-1.1, y[0] - 0.04, 1.6))
    body.part("wood", (0.3, 0.19, 0.1), (0.15, 0.1, 0.06)).add(
        batches.cubes([(0, y[0] - 0.18, 1.05)], (2.5, 0.4, 0.06))
    )
    roof = key.pick("roof", ("flat", "pyramid", "curved"))
    if roof == "pyramid":
        body.part("metal", (0.16, 0.2, 0.18)).add(roofs.pyramid(x, y, 2.5, 0.9, 0.35))
    elif roof == "curved":
        body.part("metal", (0.3, 0.31, 0.32)).prism(
            [(-1.8, 2.5), (1.8, 2.5), (1.2, 2.85), (0.0, 3.0), (-1.2, 2.85)], 1.5
        )
    else:
        body.part("plain", brand).add(batches.boxes([(-1.75, -1.5, 2.5)], [(1.75, 1.4, 2.85)]))
    sign = body.part("sign", brand, _PALE, origin=(0, y[0] - 0.12, 2.3), shape=2, half_width=1.3, half_height=0.17)
    sign.add(batches.cubes([(0, y[0] - 0.1, 2.3)], (2.6, 0.05, 0.34)))
    shade = body.part("stripes", brand, _PALE, kind="awning", period=0.4)
    shade.quad((-1.3, y[0] - 1.0, 2.1), (1.3, y[0] - 1.0, 2.1), (1.3, y[0] - 0.02, 2.45), (-1.3, y[0] - 0.02, 2.45))
    for side in (-1, 1):
        at = (side * 1.52, 0.1, 1.3)
        poster = body.part(
            "poster",
            key.pick(f"ink {side}", _BRIGHT),
            key.pick(f"ground {side}", _BRIGHT),
            origin=at,
            half_width=0.6,
            half_height=0.85,
        )
        poster.quad((at[0], -0.5, 0.45), (at[0], 0.7, 0.45), (at[0], 0.7, 2.15), (at[0], -0.5, 2.15))
    body.lamp((0, y[0] - 0.6, 2.0), (1.0, 0.85, 0.6), 4.0)


def stall(site: Site, key: Key, place: Place) -> None:
    """Put a market stall of 3 x 2.2 m with crates of fruit under a striped roof; its front looks to local -y."""
    body = site.scene.body("stall", place, key)
    wood = body.part("wood", (0.32, 0.21, 0.12), (0.18, 0.12, 0.07))
    wood.add(batches.boxes([(-1.4, -0.9, 0.0), (-1.5, -1.0, 0.8)], [(1.4, 0.2, 0.8), (1.5, 0.3, 0.86)]))
    wood.add(
        batches.bars(
            [(a, b, -0.1) for a in (-1.45, 1.45) for b in (-1.0, 1.1)],
            [(a, b, 2.3) for a in (-1.45, 1.45) for b in (-1.0, 1.1)],
            0.04,
            sections=4,
        )
    )
    color = key.pick("color", _BRIGHT)
    cloth = body.part("stripes", color, _PALE if key.chance("striped", 0.7) else color, period=0.5)
    if key.chance("peak", 0.5):
        cloth.add(roofs.gable((-1.5, 1.5), (-1.0, 1.1), 2.3, 0.55, 0.35, 0.1)[0])
    else:
        cloth.quad((-1.65, -1.5, 2.15), (1.65, -1.5, 2.15), (1.65, 1.2, 2.75), (-1.65, 1.2, 2.75))
        cloth.quad((-1.65, -1.5, 1.92), (1.65, -1.5, 1.92), (1.65, -1.5, 2.15), (-1.65, -1.5, 2.15))
    skirt = body.part("cloth", color)
    skirt.quad((-1.48, -1.02, 0.05), (1.48, -1.02, 0.05), (1.48, -1.02, 0.8), (-1.48, -1.02, 0.8))
    fruits: tuple[Color, ...] = (
        (0.55, 0.06, 0.04),
        (0.62, 0.28, 0.02),
        (0.16, 0.34, 0.05),
        (0.62, 0.50, 0.05),
        (0.24, 0.05, 0.12),
        (0.5, 0.4, 0.25),
    )
    wood.add(
        batches.boxes(
            [(-1.4 + 0.7 * k, -0.9, 0.86) for k in range(4)], [(-0.76 + 0.7 * k, 0.1, 0.96) for k in range(4)]
        )
    )
    for k in range(4):
        u = key.units(f"fruit {k}", 9, 2)
        centers = np.stack([-1.35 + 0.7 * k + 0.55 * u[:, 0], -0.85 + 0.85 * u[:, 1], np.full(9, 0.99)], 1)
        body.part("plain", key.pick(f"fruit {k}", fruits)).add(batches.balls(centers, 0.1))
    body.lamp((0, -0.6, 2.0), (1.0, 0.82, 0.55), 3.0)


def shelter(site: Site, key: Key, place: Place) -> None:
    """Put a bus shelter of 4 x 1.6 m with a bench, a poster case and a stop sign; open to local -y; kind shelter."""
    body = site.scene.body("shelter", place, key)
    steel = body.part("metal", key.pick("steel", ((0.30, 0.31, 0.32), (0.06, 0.06, 0.065), (0.05, 0.16, 0.10))))
    long = key.uniform("length", 3.2, 4.4) / 2
    posts = [(a, 0.65) for a in (-long, 0.0, long)] + [(-long, -0.3), (long, -0.3)]
    steel.add(batches.bars([(a, b, -0.3) for a, b in posts], [(a, b, 2.4) for a, b in posts], 0.05, sections=5))
    roof = key.pick("roof", ("flat", "vault", "tilt"))
    if roof == "vault":
        arc = [(-0.85, 2.35), (-0.45, 2.62), (0.0, 2.7), (0.45, 2.62), (0.85, 2.35)]
        quads = [
            ((-long - 0.15, a, p), (long + 0.15, a, p), (long + 0.15, b, q), (-long - 0.15, b, q))
            for (a, p), (b, q) in itertools.pairwise(arc)
        ]
        body.part("glass", (0.12, 0.15, 0.16)).add(shapes.quads(np.array(quads, np.float32)))
    elif roof == "tilt":
        steel.add(batches.cubes([(0, 0, 2.5)], (2 * long + 0.3, 1.8, 0.08)))
    else:
        steel.add(batches.cubes([(0, -0.05, 2.48)], (2 * long + 0.3, 1.7, 0.16)))
    glass = body.part("glass", (0.14, 0.17, 0.18))
    glass.add(batches.cubes([(a, 0.65, 1.3) for a in (-long / 2, long / 2)], (long - 0.15, 0.02, 1.9)))
    glass.add(batches.cubes([(-long, 0.17, 1.3)], (0.02, 0.85, 1.9)))
    body.part("wood", (0.3, 0.19, 0.11), (0.15, 0.1, 0.06), kind="bench").add(
        batches.cubes([(-0.15 * long, 0.4, 0.46)], (1.2 * long, 0.36, 0.06))
    )
    case = body.part("plain", (0.07, 0.07, 0.075), kind="billboard")
    case.add(batches.cubes([(long, 0.1, 1.3)], (0.16, 1.25, 1.95)))
    for side in (-1, 1):
        at = (long + side * 0.09, 0.1, 1.3)
        poster = body.part(
            "poster",
            key.pick(f"ink {side}", _BRIGHT),
            key.pick(f"ground {side}", _BRIGHT),
            kind="billboard",
            origin=at,
            half_width=0.55,
            half_height=0.88,
        )
        poster.quad((at[0], -0.45, 0.42), (at[0], 0.65, 0.42), (at[0], 0.65, 2.18), (at[0], -0.45, 2.18))
    steel.add(batches.bars([(-long - 0.9, -0.9, -0.3)], [(-long - 0.9, -0.9, 2.9)], 0.04, sections=5))
    plate = body.part(
        "sign",
        key.pick("stop", ((0.66, 0.48, 0.02), (0.03, 0.12, 0.42), (0.55, 0.04, 0.04))),
        _PALE,
        kind="traffic sign",
        origin=(-long - 0.9, -0.9, 2.6),
        shape=2,
        half_width=0.25,
        half_height=0.28,
    )
    plate.add(batches.cubes([(-long - 0.9, -0.9, 2.6)], (0.04, 0.5, 0.56)))
    body.lamp((0, 0, 2.3), (0.9, 0.95, 1.0), 2.5)
