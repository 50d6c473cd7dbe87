"""Pitched roofs, dormers, chimneys.

A roof covers a rectangle given as `x` and `y` spans; `z` is the height of its eaves. Functions that return
surfaces give the tiled planes and, apart from them, what remains of the walls.
"""

from __future__ import annotations

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.objects.skins import TILES
from sisbench.tinytown.scene import Body, Color
from sisbench.tinytown.shapes import Surface

Span = tuple[float, float]


Point = tuple[float, float, float]


def gable(
    x: Span,
    y: Span,
    z: float,
    rise: float,
    over: float = 0.4,
    ends: float = 0.3,
    cut: float = 0.0,
    across: bool = False,
) -> tuple[Surface, Surface]:
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
            quads.append(
                ((a, bend, base), (b, bend, base), (x[1] - inset, middle, z + rise), (x[0] + inset, middle, z + rise))
            )
            if cut < 0.99:
                quads.append(((a, eave, low), (b, eave, low), (b, bend, base), (a, bend, base)))
        quads.append(((a, eave, low - 0.16), (b, eave, low - 0.16), (b, eave, low), (a, eave, low)))
    remains: list[tuple[Point, ...]] = []
    for end, ridge, edge in ((x[0], x[0] + inset, a), (x[1], x[1] - inset, b)):
        if cut > 0:
            triangles.append(((edge, middle - wide, base), (edge, middle + wide, base), (ridge, middle, z + rise)))
        if cut < 0.99:
            top = half * cut
            remains.append(
                ((end, middle - half, z), (end, middle + half, z), (end, middle + top, knee), (end, middle - top, knee))
            )
        else:
            quads.append(
                (
                    (edge, middle - wide, base - 0.16),
                    (edge, middle + wide, base - 0.16),
                    (edge, middle + wide, base),
                    (edge, middle - wide, base),
                )
            )
    surfaces = [shapes.quads(np.array(quads, np.float32))]
    if triangles:
        surfaces.append(shapes.flat(np.array(triangles, np.float32)))
    ends_ = shapes.quads(np.array(remains, np.float32).reshape(-1, 4, 3))
    return batches.join(surfaces), ends_


def pyramid(x: Span, y: Span, z: float, rise: float, over: float = 0.3) -> Surface:
    """Four planes that meet in a point."""
    a, b, c, d = x[0] - over, x[1] + over, y[0] - over, y[1] + over
    tip = ((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, z + rise)
    ring = [(a, c, z), (b, c, z), (b, d, z), (a, d, z)]
    return shapes.flat(np.array([(ring[k], ring[(k + 1) % 4], tip) for k in range(4)], np.float32))


def skirt(
    x: Span, y: Span, z: float, rise: float, inset: float, sides: tuple[bool, bool, bool, bool] = (True,) * 4
) -> Surface:
    """The steep planes of a mansard; `sides` are front, right, back and left: those not steep stay upright."""
    low = [(x[0], y[0], z), (x[1], y[0], z), (x[1], y[1], z), (x[0], y[1], z)]
    front, right, back, left = (inset if s else 0.0 for s in sides)
    high = [
        (x[0] + left, y[0] + front, z + rise),
        (x[1] - right, y[0] + front, z + rise),
        (x[1] - right, y[1] - back, z + rise),
        (x[0] + left, y[1] - back, z + rise),
    ]
    return shapes.quads(
        np.array([(low[k], low[(k + 1) % 4], high[(k + 1) % 4], high[k]) for k in range(4)], np.float32)
    )


def shed(x: Span, y: Span, low: float, high: float, over: float = 0.3) -> tuple[Surface, Surface]:
    """One plane from `low` at `y[0]` up to `high` at `y[1]`; also the walls below it from `low` on."""
    plane = (
        (x[0] - over, y[0] - over, low),
        (x[1] + over, y[0] - over, low),
        (x[1] + over, y[1], high),
        (x[0] - over, y[1], high),
    )
    sides = [((end, y[0], low), (end, y[1], low), (end, y[1], high), (end, y[0], low)) for end in x]
    back = ((x[0], y[1], low), (x[1], y[1], low), (x[1], y[1], high), (x[0], y[1], high))
    return shapes.quads(np.array([plane], np.float32)), shapes.quads(np.array([*sides, back], np.float32))


def _swap(surface: Surface) -> Surface:
    order = [1, 0, 2]
    return surface[0][..., order], surface[1][..., order]


def dormers(
    body: Body,
    key: Key,
    at: list[Point],
    wall: Color,
    tiles: Color,
    wide: float = 1.3,
    high: float = 1.3,
    deep: float = 1.8,
) -> None:
    """Windows in a roof that look to -y, each from the middle of its sill; boxes with small roofs."""
    if not at:
        return
    foot = np.array(at, np.float64)
    half = np.array([wide / 2, 0, 0])
    front = body.part("plain", wall)
    front.add(batches.walls(foot - half, foot + half + np.array([0, deep, high])))
    glass = body.part("glass", (0.04, 0.05, 0.06))
    pane = np.array(
        [
            (-0.38 * wide, -0.02, 0.18),
            (0.38 * wide, -0.02, 0.18),
            (0.38 * wide, -0.02, high - 0.12),
            (-0.38 * wide, -0.02, high - 0.12),
        ]
    )
    glass.add(shapes.quads((foot[:, None] + pane).astype(np.float32)))
    frame = body.part("plain", (0.66, 0.65, 0.62))
    frame.add(batches.cubes(foot + np.array([0, -0.03, 0.03 + high / 2]), (0.05, 0.04, high - 0.3)))
    roof = body.part("roof_tiles", tiles)
    if key.chance("flat dormers", 0.35):
        roof.add(
            batches.boxes(foot + np.array([-0.6 * wide, -0.2, high]), foot + np.array([0.6 * wide, deep, high + 0.14]))
        )
        return
    lift = 0.35 * wide
    ridge_a, ridge_b = np.array([0, -0.2, high + lift]), np.array([0, deep + lift, high + lift])
    quads = []
    for side in (-1, 1):
        eave = np.array([side * 0.6 * wide, 0, high - 0.04])
        quads.append(
            np.stack([foot + eave + [0, -0.2, 0], foot + eave + [0, deep, 0], foot + ridge_b, foot + ridge_a], 1)
        )
    roof.add(shapes.quads(np.concatenate(quads).astype(np.float32)))
    gables = np.stack(
        [
            batches.moved(foot, -wide / 2, 0, high - 0.02),
            batches.moved(foot, wide / 2, 0, high - 0.02),
            foot + ridge_a + [0, 0.2, -0.05],
        ],
        1,
    )
    front.add(shapes.flat(gables.astype(np.float32)))


def chimneys(body: Body, at: list[Point], color: Color = (0.30, 0.13, 0.085)) -> None:
    """Chimneys with caps and pots, each from the middle of its top down 2.5 m."""
    top = np.array(at, np.float64)
    body.part("brick", color, (0.5, 0.48, 0.45)).add(
        batches.boxes(top - [0.35, 0.28, 2.5], batches.moved(top, 0.35, 0.28, 0))
    )
    body.part("concrete", (0.36, 0.35, 0.33)).add(
        batches.boxes(top - [0.42, 0.35, 0.0], batches.moved(top, 0.42, 0.35, 0.1))
    )
    pots = np.concatenate([batches.moved(top, dx, 0, 0.05) for dx in (-0.16, 0.16)])
    body.part("plain", (0.33, 0.14, 0.08)).add(batches.bars(pots, batches.moved(pots, 0, 0, 0.4), 0.1, 0.085, 6))


def tiles(key: Key) -> Color:
    """Draw the colour of a pitched roof."""
    return key.pick("tiles", TILES)
