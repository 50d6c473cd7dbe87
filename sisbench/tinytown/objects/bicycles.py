"""Bicycles: city, touring, racing, mountain, cargo; parked on a stand or ridden."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects.figures import Figure, Joint, reaching
from sisbench.tinytown.objects.mould import BLACK, RUBBER, Casting, Finish, Mould, cast, grid, halves, tube
from sisbench.tinytown.objects.people import seated
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.shapes import Surface
from sisbench.tinytown.site import Site

MODELS = ("city", "touring", "racing", "mountain", "cargo")
_TUBE, _TYRE = 0.020, 0.024  # radii, metres
_CRANK = (-0.08, 0.29)  # x, z
_PAINTS: tuple[Color, ...] = (
    (0.02, 0.02, 0.022), (0.40, 0.02, 0.025), (0.03, 0.08, 0.30), (0.65, 0.65, 0.63), (0.03, 0.16, 0.09),
    (0.60, 0.42, 0.03), (0.22, 0.40, 0.46), (0.30, 0.31, 0.32), (0.58, 0.16, 0.02),
)  # fmt: skip


class _Shape(NamedTuple):
    """Measures of a model, metres.

    Attributes:
        rear: x of the rear axle.
        front: x of the front axle.
        wheel: Radius of the rear wheel.
        saddle: x and height.
        head: x and height of the upper end of the steering tube.
        bars: x, half width and height of the grips.
    """

    rear: float
    front: float
    wheel: float
    saddle: tuple[float, float]
    head: tuple[float, float]
    bars: tuple[float, float, float]


_SHAPES = {
    "city": _Shape(-0.55, 0.58, 0.34, (-0.30, 0.96), (0.36, 0.90), (0.24, 0.29, 1.10)),
    "touring": _Shape(-0.53, 0.57, 0.34, (-0.25, 1.00), (0.38, 0.92), (0.40, 0.28, 1.03)),
    "racing": _Shape(-0.49, 0.52, 0.335, (-0.24, 1.02), (0.38, 0.92), (0.50, 0.21, 0.95)),
    "mountain": _Shape(-0.54, 0.60, 0.345, (-0.25, 0.97), (0.40, 0.90), (0.40, 0.33, 1.00)),
    "cargo": _Shape(-0.60, 1.25, 0.33, (-0.36, 0.96), (0.30, 0.88), (0.20, 0.29, 1.10)),
}


def bicycle(
    site: Site, key: Key, place: Place, rider: bool = False, model: str | None = None, detail: bool | None = None
) -> None:
    """Add a bicycle, and who rides it.

    Args:
        site: The world.
        key: For its choices.
        place: The ground below its middle; it drives along x.
        rider: Whether it is ridden; otherwise it leans on its stand.
        model: One of `MODELS`. None: drawn.
        detail: Whether it is seen from near. None: by its distance from the origin of the layout.
    """
    model = model or key.pick("model", MODELS, (42, 22, 13, 15, 8))
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; it must be one of {', '.join(MODELS)}")
    if detail is None:
        detail = math.hypot(place.x, place.y) < 18
    paint = key.pick("paint", _PAINTS, (26, 10, 12, 12, 8, 6, 8, 10, 5))
    extra = (
        key.pick("extra", ("", "basket", "panniers", "child seat"), (45, 25, 20, 10))
        if model in ("city", "touring")
        else ""
    )
    body = site.scene.body("bicycle", place, key)
    second: Color = key.pick("second", ((0.15, 0.085, 0.04), (0.02, 0.02, 0.022), (0.3, 0.22, 0.12)))
    finishes = {
        "frame": Finish("paint", paint), "black": Finish("plain", BLACK), "tyre": Finish("plain", RUBBER),
        "metal": Finish("metal", (0.45, 0.46, 0.47)), "saddle": Finish("plain", second),
        "extra": Finish("wood" if extra == "basket" else "cloth", second),
        "box": Finish("wood", (0.30, 0.18, 0.08)),
        "head": Finish("emitter", (0.7, 0.7, 0.65), params={"power": 0.4, "night_power": 2.0 * rider}),
        "tail": Finish("emitter", (0.45, 0.01, 0.01), params={"power": 0.3, "night_power": 1.5 * rider}),
    }  # fmt: skip
    turn = 0 if rider else key.integer("crank", 8)
    if rider:
        turn = key.integer("pedal", 8)
    cast(body, _casting(model, extra, turn, detail, not rider), finishes)
    if rider:
        helmet = key.pick("helmet", ("helmet", None), (9, 1) if model in ("racing", "mountain") else (45, 55))
        pack = key.pick("pack", ("", "backpack", "delivery box"), (55, 33, 12)) if model != "cargo" else ""
        seated(site, key.child("rider"), place, _pose(model, turn), hat=helmet, pack=pack)


@functools.cache
def _pose(model: str, turn: int) -> Figure:
    shape = _SHAPES[model]
    angle = 2 * math.pi * turn / 8
    feet = []
    for side in (-1, 1):
        x, z = _CRANK[0] + side * 0.16 * math.cos(angle), _CRANK[1] + side * 0.16 * math.sin(angle)
        feet.append((x, side * 0.12, z + 0.01))
    lean = {"city": 0.18, "cargo": 0.15, "touring": 0.4, "mountain": 0.5, "racing": 0.78}[model]
    hands = tuple((shape.bars[0] - 0.03, side * (shape.bars[1] - 0.03), shape.bars[2] + 0.03) for side in (-1, 1))
    pelvis = (shape.saddle[0] + 0.02, 0.0, shape.saddle[1] + 0.07)
    return reaching(pelvis, (feet[0], feet[1]), (hands[0], hands[1]), lean, -0.25 * lean, 0.05, 0.45)


@functools.cache
def _casting(model: str, extra: str, turn: int, near: bool, stand: bool) -> Casting:
    shape = _SHAPES[model]
    mould = Mould()
    n = 5 if near else 3
    thin, thick = _TUBE * 0.85, _TUBE
    frame, black, metal = mould.part("frame"), mould.part("black"), mould.part("metal")
    front_wheel = 0.25 if model == "cargo" else shape.wheel
    crank = (_CRANK[0], 0.0, _CRANK[1])
    rear, front = (shape.rear, 0.0, shape.wheel), (shape.front, 0.0, front_wheel)
    saddle = (shape.saddle[0], 0.0, shape.saddle[1])
    seat = _between(crank, saddle, 0.82)
    head = (shape.head[0], 0.0, shape.head[1])
    low = (shape.head[0] + 0.05, 0.0, shape.head[1] - 0.16)
    step_through = model in ("city", "cargo")
    bars = [(crank, seat, thick), (crank, low, thick * 1.1), (head, low, thick * 1.15)]
    bars.append((_between(crank, seat, 0.45), low, thick) if step_through else (seat, head, thick))
    for side in (-1, 1):
        axle = (rear[0], side * 0.05, rear[2])
        bars += [(crank, axle, thin), (seat, axle, thin)]
    if model == "cargo":
        bars += [
            ((0.28, 0, 0.30), (1.12, 0, 0.24), thick * 1.3),
            (crank, (0.28, 0, 0.30), thick),
            (low, (0.28, 0, 0.30), thick),
            ((1.12, 0, 0.24), (1.05, 0, 0.62), thick),
        ]
        mould.part("box").prism([(0.42, 0.32), (1.02, 0.32), (1.10, 0.72), (0.34, 0.78)], 0.26, 0.31)
    for a, b, radius in bars:
        frame.add(tube([a, b], [radius, radius], n, ends=False))
    fork = (1.06, 0.0, 0.6) if model == "cargo" else low
    for side in (-1, 1):
        frame.add(tube([(fork[0], side * 0.045, fork[2]), (front[0], side * 0.045, front[2])], [thin, thin], n))
    stem = (shape.bars[0], 0.0, shape.bars[2])
    metal.add(tube([head, stem], [0.016, 0.016], 4))
    metal.add(tube([seat, saddle], [0.016, 0.016], 4))
    x, wide, z = shape.bars
    if model == "racing":
        for side in (-1, 1):
            black.add(
                tube(
                    [
                        (x - 0.12, 0, z),
                        (x - 0.1, side * wide, z),
                        (x + 0.02, side * wide, z - 0.03),
                        (x - 0.06, side * wide, z - 0.14),
                    ],
                    [0.017] * 4,
                    4,
                    side=(0, 0.3, 1),
                )
            )
    else:
        back = 0.14 if step_through else 0.04
        black.add(
            tube(
                [(x - back, -wide, z), (x, -0.4 * wide, z + 0.01), (x, 0.4 * wide, z + 0.01), (x - back, wide, z)],
                [0.018] * 4,
                4,
                side=(0, 0, 1),
            )
        )
    mould.part("saddle").add(
        tube(
            [
                (saddle[0] - 0.15, 0, saddle[2] + 0.02),
                (saddle[0] - 0.05, 0, saddle[2] + 0.03),
                (saddle[0] + 0.14, 0, saddle[2] + 0.02),
            ],
            [(0.085, 0.03), (0.07, 0.035), (0.022, 0.022)],
            6,
        )
    )
    for axle, radius in ((rear, shape.wheel), (front, front_wheel)):
        at = (axle[0], 0.0, axle[2])
        mould.part("tyre").add(
            _tyre(16 if near else 10),
            at=at,
            size=(radius, 0.7 if model == "racing" else 1.15 if model == "mountain" else 1.0, radius),
        )
        metal.add(_spokes(9 if near else 5), at=at, size=radius)
    angle = 2 * math.pi * turn / 8
    for side in (-1, 1):
        end = (crank[0] + side * 0.16 * math.cos(angle), side * 0.08, crank[2] + side * 0.16 * math.sin(angle))
        black.add(tube([(crank[0], side * 0.07, crank[2]), end], [0.014, 0.012], 4))
        if near:
            black.box((end[0], side * 0.13, end[2]), (0.1, 0.09, 0.022))
    if model in ("city", "touring", "cargo"):
        for axle, radius in ((rear, shape.wheel), (front, front_wheel)):
            frame.add(_mudguard(), at=(axle[0], 0, axle[2]), size=(radius + 0.035, 1, radius + 0.035))
        black.add(
            shapes.prism(
                [
                    (crank[0] + 0.1, crank[2] - 0.07),
                    (crank[0] + 0.12, crank[2] + 0.07),
                    (rear[0] + 0.05, rear[2] + 0.045),
                    (rear[0] + 0.02, rear[2] - 0.045),
                ],
                0.012,
            ),
            at=(0, -0.07, 0),
        )
        metal.box((rear[0] - 0.02, 0, shape.wheel * 2 + 0.09), (0.42, 0.13, 0.02))
        for side in (-1, 1) if near else ():
            metal.add(
                tube(
                    [(rear[0], side * 0.07, rear[2]), (rear[0] - 0.12, side * 0.06, shape.wheel * 2 + 0.08)],
                    [0.008] * 2,
                    3,
                )
            )
        mould.part("head").ball((shape.head[0] + 0.1, 0, shape.head[1] - 0.08), (0.045, 0.04, 0.04), detail=0)
        mould.part("tail").box((rear[0] - shape.wheel - 0.02, 0, shape.wheel + 0.25), (0.04, 0.07, 0.05))
    else:
        metal.add(
            shapes.lathe([(0.085, -0.008), (0.085, 0.008), (0.0, 0.008)], 8),
            shapes.turn_x(math.pi / 2),
            (crank[0], -0.05, crank[2]),
        )
    if extra == "basket":
        mould.part("extra").prism(
            [
                (shape.head[0] + 0.10, 0.84),
                (shape.head[0] + 0.36, 0.84),
                (shape.head[0] + 0.42, 1.08),
                (shape.head[0] + 0.06, 1.08),
            ],
            0.15,
            0.2,
        )
    elif extra == "panniers":
        for side in (-1, 1):
            mould.part("extra").box((rear[0] - 0.05, side * 0.15, shape.wheel * 2 - 0.09), (0.34, 0.13, 0.34))
    elif extra == "child seat":
        mould.part("extra").prism(
            [
                (rear[0] - 0.18, 0.80),
                (rear[0] + 0.16, 0.80),
                (rear[0] + 0.14, 0.92),
                (rear[0] - 0.08, 0.95),
                (rear[0] - 0.2, 1.3),
                (rear[0] - 0.26, 1.28),
            ],
            0.16,
        )
    if stand:
        metal.add(tube([(crank[0] - 0.2, 0.04, crank[2]), (crank[0] - 0.26, 0.2, 0.01)], [0.012] * 2, 4))
    return mould.casting()


def _between(a: Joint, b: Joint, t: float) -> Joint:
    return (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2]))


@functools.cache
def _tyre(sections: int) -> Surface:
    """A tyre in the plane of x and z: radius 1 outside, `2 * _TYRE` wide."""
    angles = [2 * math.pi * k / sections for k in range(sections + 1)]
    depth = 2 * _TYRE / 0.34
    section = [
        (1.0, 0.0, (1.0, 0.0)),
        (1 - depth / 2, _TYRE, (0.0, 1.0)),
        (1 - depth, 0.0, (-1.0, 0.0)),
        (1 - depth / 2, -_TYRE, (0.0, -1.0)),
    ]
    points = np.array([[(r * math.cos(a), y, r * math.sin(a)) for r, y, _ in section] for a in angles], np.float32)
    normals = np.array(
        [[(n[0] * math.cos(a), n[1], n[0] * math.sin(a)) for _, _, n in section] for a in angles], np.float32
    )
    return halves(grid(points, closed=True)), halves(grid(normals, closed=True))


@functools.cache
def _spokes(count: int) -> Surface:
    """Spokes, hub, of a wheel of radius 1."""
    flats = []
    for k in range(count):
        a = math.pi * 2 * k / count
        c, s = math.cos(a), math.sin(a)
        w = 0.014
        flats.append(
            [
                (-w * s, 0.0, w * c),
                (0.9 * c - w * s, 0.0, 0.9 * s + w * c),
                (0.9 * c + w * s, 0.0, 0.9 * s - w * c),
                (w * s, 0.0, -w * c),
            ]
        )
    spokes = shapes.quads(np.array(flats, np.float32))
    hub = tube([(0, -0.16, 0), (0, 0.16, 0)], [0.09, 0.09], 5, side=(0, 0, 1))
    return np.concatenate([spokes[0], hub[0]]), np.concatenate([spokes[1], hub[1]])


@functools.cache
def _mudguard() -> Surface:
    """A strip around the upper rear of a wheel of radius 1."""
    angles = [math.radians(a) for a in (45, 75, 105, 135, 165, 190)]
    edge = [[(math.cos(a), y, math.sin(a)) for a in angles] for y in (-0.032, 0.032)]
    rows = np.array(edge, np.float32)
    return shapes.quads(np.stack([rows[0, :-1], rows[0, 1:], rows[1, 1:], rows[1, :-1]], 1))
