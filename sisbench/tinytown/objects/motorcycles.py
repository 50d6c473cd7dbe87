"""Motorcycles: scooters, naked bikes, sport bikes, tourers, choppers; parked or ridden."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects.figures import Figure, reaching
from sisbench.tinytown.objects.mould import BLACK, RUBBER, Casting, Finish, Mould, add_wheel, cast, creased, tube
from sisbench.tinytown.objects.people import seated
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

_PAINTS: tuple[Color, ...] = (
    (0.02, 0.02, 0.022), (0.42, 0.015, 0.02), (0.03, 0.07, 0.30), (0.68, 0.68, 0.66), (0.03, 0.20, 0.09),
    (0.62, 0.42, 0.02), (0.30, 0.31, 0.32), (0.60, 0.15, 0.015), (0.30, 0.45, 0.48),
)  # fmt: skip


class _Shape(NamedTuple):
    """Measures of a model, metres.

    Attributes:
        rear: x of the rear axle.
        front: x of the front axle.
        wheels: Radii of the rear and the front wheel.
        tyre: Width of the tyres.
        head: x and height of the steering head.
        bars: x, half width and height of the grips.
        seat: x and height of the seat, where the rider sits.
        pegs: x, half distance and height of the rider's soles.
        lean: Of the rider, radians.
    """

    rear: float
    front: float
    wheels: tuple[float, float]
    tyre: float
    head: tuple[float, float]
    bars: tuple[float, float, float]
    seat: tuple[float, float]
    pegs: tuple[float, float, float]
    lean: float


_SHAPES = {
    "scooter": _Shape(
        -0.62, 0.66, (0.24, 0.24), 0.12, (0.46, 0.95), (0.36, 0.32, 1.06), (-0.28, 0.80), (0.22, 0.13, 0.30), 0.05
    ),
    "naked": _Shape(
        -0.68, 0.72, (0.31, 0.31), 0.15, (0.40, 0.92), (0.34, 0.37, 1.05), (-0.22, 0.82), (-0.15, 0.2, 0.36), 0.32
    ),
    "sport": _Shape(
        -0.66, 0.70, (0.31, 0.30), 0.16, (0.38, 0.90), (0.40, 0.32, 0.90), (-0.26, 0.84), (-0.28, 0.2, 0.42), 0.72
    ),
    "tourer": _Shape(
        -0.74, 0.80, (0.32, 0.32), 0.15, (0.46, 0.98), (0.30, 0.38, 1.12), (-0.24, 0.84), (-0.05, 0.22, 0.34), 0.10
    ),
    "chopper": _Shape(
        -0.72, 1.02, (0.32, 0.34), 0.15, (0.42, 0.92), (0.22, 0.40, 1.16), (-0.34, 0.66), (0.42, 0.24, 0.32), -0.10
    ),
}
MODELS = tuple(_SHAPES)


def motorcycle(
    site: Site, key: Key, place: Place, rider: bool = False, model: str | None = None, detail: bool | None = None
) -> None:
    """Add a motorcycle, and who rides it.

    Args:
        site: The world.
        key: For its choices.
        place: The ground below its middle; it drives along x.
        rider: Whether it is ridden; otherwise it stands on its stand.
        model: One of `MODELS`. None: drawn.
        detail: Whether it is seen from near. None: by its distance from the origin of the layout.
    """
    model = model or key.pick("model", MODELS, (44, 24, 12, 12, 8))
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; it must be one of {', '.join(MODELS)}")
    if detail is None:
        detail = math.hypot(place.x, place.y) < 20
    case = key.chance("case", 0.4) and model in ("scooter", "naked")
    paint = key.pick("paint", _PAINTS, (24, 16, 10, 18, 6, 6, 10, 5, 5))
    on = 1.0 if rider else 0.0
    finishes = {
        "paint": Finish("paint", paint), "black": Finish("plain", BLACK), "tyre": Finish("plain", RUBBER),
        "rim": Finish("metal", (0.25, 0.25, 0.26)), "metal": Finish("metal", (0.4, 0.41, 0.42)),
        "seat": Finish("plain", key.pick("seat", ((0.018, 0.018, 0.018), (0.12, 0.06, 0.03)), (4, 1))),
        "screen": Finish("glass", (0.05, 0.06, 0.065)), "plate": Finish("plain", (0.72, 0.72, 0.7)),
        "head": Finish("emitter", (0.75, 0.75, 0.7), params={"power": 0.4 + 0.3 * on, "night_power": 3.0 * on}),
        "tail": Finish("emitter", (0.45, 0.01, 0.01), params={"power": 0.3, "night_power": 1.6 * on}),
    }  # fmt: skip
    body = site.scene.body("motorcycle", place, key)
    cast(body, _casting(model, case, detail, not rider), finishes)
    if rider:
        hat = "full helmet" if model in ("sport", "naked", "tourer") else key.pick("helmet", ("full helmet", "helmet"))
        pack = key.pick("pack", ("", "backpack", "delivery box"), (55, 30, 15 if model == "scooter" else 0))
        seated(site, key.child("rider"), place, _pose(model), hat=hat, pack=pack)


@functools.cache
def _pose(model: str) -> Figure:
    s = _SHAPES[model]
    feet = tuple((s.pegs[0] + 0.03, side * s.pegs[1], s.pegs[2]) for side in (-1, 1))
    hands = tuple((s.bars[0] - 0.03, side * (s.bars[1] - 0.04), s.bars[2] + 0.03) for side in (-1, 1))
    return reaching(
        (s.seat[0], 0.0, s.seat[1] + 0.09), (feet[0], feet[1]), (hands[0], hands[1]), s.lean, -0.3 * s.lean, 0.25, 0.6
    )


@functools.cache
def _casting(model: str, case: bool, near: bool, stand: bool) -> Casting:
    s = _SHAPES[model]
    mould = Mould()
    sections = 12 if near else 7
    for x, radius in ((s.rear, s.wheels[0]), (s.front, s.wheels[1])):
        for side in (-1, 1):
            add_wheel(mould, (x, side * s.tyre / 2, radius), side, radius, 0.7 * radius, s.tyre / 2, sections)
    metal, black = mould.part("metal"), mould.part("black")
    for side in (-1, 1):
        y = side * (s.tyre / 2 + 0.03)
        metal.add(tube([(s.head[0], 0.7 * y, s.head[1]), (s.front, y, s.wheels[1])], [0.026, 0.03], 5))
        black.add(tube([(s.rear, y, s.wheels[0]), (-0.1, 0.8 * y, 0.42)], [0.03, 0.04], 4))
    x, wide, z = s.bars
    black.add(
        tube(
            [(x, -wide, z), (s.head[0] - 0.02, -0.1, z - 0.02), (s.head[0] - 0.02, 0.1, z - 0.02), (x, wide, z)],
            [0.02] * 4,
            4,
            side=(0, 0, 1),
        )
    )
    black.add(tube([(s.head[0], 0, s.head[1] - 0.1), (s.head[0] - 0.03, 0, z)], [0.035, 0.03], 5))
    for side in (-1, 1) if near else ():
        black.add(tube([(x + 0.05, side * 0.75 * wide, z), (x + 0.06, side * 0.85 * wide, z + 0.14)], [0.01, 0.01], 3))
        black.ball((x + 0.06, side * 0.87 * wide, z + 0.17), (0.02, 0.06, 0.045), detail=0)
    (_scooter if model == "scooter" else _machine)(mould, s, model, 8 if near else 5)
    mould.part("plate").box((s.rear - s.wheels[0] + 0.02, 0, 0.52 if model != "scooter" else 0.46), (0.02, 0.2, 0.15))
    mould.part("tail").box((s.rear - 0.22, 0, s.seat[1] - 0.04), (0.06, 0.16, 0.07))
    if case:
        mould.part("black").prism(
            [
                (s.rear - 0.28, s.seat[1] + 0.06),
                (s.rear + 0.12, s.seat[1] + 0.06),
                (s.rear + 0.1, s.seat[1] + 0.36),
                (s.rear - 0.24, s.seat[1] + 0.36),
            ],
            0.2,
            0.16,
        )
    if stand:
        metal.add(tube([(-0.05, 0.08, 0.3), (0.02, 0.24, 0.01)], [0.016] * 2, 4))
    return mould.casting()


def _scooter(mould: Mould, s: _Shape, model: str, around: int) -> None:
    paint = mould.part("paint")
    paint.add(
        tube(
            [(-0.85, 0, 0.60), (-0.72, 0, 0.60), (-0.40, 0, 0.56), (-0.12, 0, 0.50), (-0.02, 0, 0.46)],
            [(0.05, 0.06), (0.14, 0.16), (0.18, 0.2), (0.15, 0.18), (0.11, 0.14)],
            around,
        )
    )
    paint.add(creased(shapes.prism([(-0.12, 0.24), (0.40, 0.24), (0.46, 0.32), (-0.12, 0.32)], 0.17)[0]))
    paint.add(
        tube(
            [(0.50, 0, 0.28), (0.46, 0, 0.55), (0.45, 0, 0.85), (0.44, 0, 1.02)],
            [(0.15, 0.06), (0.22, 0.05), (0.17, 0.07), (0.09, 0.06)],
            around,
        )
    )
    paint.add(
        tube(
            [(0.92, 0, 0.34), (0.80, 0, 0.47), (0.66, 0, 0.52), (0.50, 0, 0.46)],
            [(0.06, 0.02), (0.085, 0.03), (0.09, 0.03), (0.08, 0.03)],
            6,
        )
    )
    mould.part("seat").add(
        tube(
            [(-0.80, 0, 0.76), (-0.5, 0, 0.80), (-0.10, 0, 0.76), (-0.02, 0, 0.72)],
            [(0.10, 0.05), (0.15, 0.06), (0.14, 0.06), (0.09, 0.04)],
            around,
        )
    )
    mould.part("head").ball((0.50, 0, 0.96), (0.05, 0.085, 0.06), detail=0)
    mould.part("metal").add(
        tube([(-0.2, -0.15, 0.24), (-0.55, -0.17, 0.26), (-0.85, -0.17, 0.32)], [0.03, 0.055, 0.05], 6)
    )
    mould.part("screen").add(
        creased(shapes.prism([(0.50, 1.02), (0.53, 1.02), (0.44, 1.34), (0.42, 1.34)], 0.17, 0.12)[0])
    )


def _machine(mould: Mould, s: _Shape, model: str, around: int) -> None:
    paint, metal, black = mould.part("paint"), mould.part("metal"), mould.part("black")
    x, z = s.seat
    hump = 0.06 if model == "chopper" else 0.14
    tank = z + hump - 0.02
    paint.add(
        tube(
            [
                (s.head[0] - 0.02, 0, s.head[1] - 0.02),
                (s.head[0] - 0.16, 0, tank),
                (0.05, 0, tank - 0.04),
                (x + 0.14, 0, z - 0.02),
            ],
            [(0.07, 0.07), (0.15, 0.13), (0.14, 0.12), (0.06, 0.07)],
            around,
        )
    )
    mould.part("seat").add(
        tube(
            [(s.rear - 0.18, 0, z + 0.08), (s.rear + 0.1, 0, z + 0.05), (x, 0, z - 0.02), (x + 0.22, 0, z)],
            [(0.06, 0.03), (0.12, 0.05), (0.15, 0.06), (0.07, 0.05)],
            around,
        )
    )
    paint.add(
        tube(
            [(s.rear - 0.28, 0, z + 0.02), (s.rear - 0.05, 0, z - 0.02), (x + 0.05, 0, z - 0.1)],
            [(0.05, 0.03), (0.1, 0.06), (0.1, 0.06)],
            6,
        )
    )
    black.add(
        creased(
            shapes.prism([(-0.30, 0.24), (0.24, 0.24), (0.32, 0.42), (0.16, 0.66), (-0.22, 0.62), (-0.34, 0.42)], 0.17)[
                0
            ]
        )
    )
    metal.box((0.10, 0.0, 0.50), (0.26, 0.42, 0.20), shapes.turn_y(-0.25))
    metal.add(shapes.lathe([(0.12, -0.2), (0.12, 0.2), (0.0, 0.2)], 8), shapes.turn_x(math.pi / 2), (-0.18, 0, 0.40))
    metal.add(
        tube(
            [(0.26, -0.14, 0.50), (0.28, -0.16, 0.28), (-0.25, -0.17, 0.25), (s.rear - 0.12, -0.19, 0.36)],
            [0.028, 0.028, 0.04, 0.06],
            6,
        )
    )
    paint.add(
        tube(
            [
                (s.front + 0.22, 0, s.wheels[1] + 0.22),
                (s.front, 0, 2 * s.wheels[1] + 0.03),
                (s.front - 0.22, 0, s.wheels[1] + 0.24),
            ],
            [(0.07, 0.015), (0.09, 0.02), (0.07, 0.015)],
            6,
        )
    )
    paint.add(
        tube(
            [
                (s.rear - s.wheels[0] - 0.03, 0, s.wheels[0] + 0.12),
                (s.rear - 0.15, 0, 2 * s.wheels[0] + 0.04),
                (s.rear + 0.12, 0, 2 * s.wheels[0] + 0.06),
            ],
            [(0.06, 0.015), (0.09, 0.02), (0.09, 0.03)],
            6,
        )
    )
    lamp = (s.head[0] + 0.13, 0, s.head[1] - 0.04)
    mould.part("head").ball(lamp, (0.07, 0.085, 0.085), detail=1 if around > 5 else 0)
    if model in ("sport", "tourer"):
        low = 0.34 if model == "sport" else 0.6
        paint.add(
            tube(
                [(0.34, 0, low), (0.46, 0, 0.68), (0.56, 0, 0.92), (0.40, 0, 1.08)],
                [(0.16, 0.12), (0.22, 0.18), (0.19, 0.14), (0.12, 0.05)],
                around,
            )
        )
        mould.part("screen").add(
            creased(
                shapes.prism(
                    [
                        (0.50, 1.0),
                        (0.56, 1.0),
                        (0.38, 1.30 if model == "tourer" else 1.16),
                        (0.34, 1.28 if model == "tourer" else 1.14),
                    ],
                    0.17,
                    0.1,
                )[0]
            )
        )
        mould.part("head").box((0.68, 0, 0.90), (0.06, 0.24, 0.1), shapes.turn_y(-0.3))
    if model == "tourer":
        for side in (-1, 1):
            paint.box((s.rear - 0.02, side * 0.28, 0.62), (0.52, 0.2, 0.36))
        paint.prism(
            [(s.rear - 0.36, 0.92), (s.rear + 0.06, 0.92), (s.rear + 0.04, 1.24), (s.rear - 0.32, 1.22)], 0.24, 0.2
        )
