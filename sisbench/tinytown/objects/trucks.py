"""Trucks: a cab, and what it carries or pulls."""

from __future__ import annotations

import functools

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects.mould import (
    Casting,
    Finish,
    Mould,
    axle,
    cast,
    creased,
    halves,
    lamps,
    lights,
    mirrored,
    tube,
)
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

MODELS = ("box", "flatbed", "tanker", "tipper", "mixer", "semi-trailer", "refuse")
_SHARES = (34, 12, 10, 14, 8, 14, 8)
_CABS: tuple[Color, ...] = (
    (0.70, 0.70, 0.68), (0.40, 0.02, 0.02), (0.03, 0.09, 0.28), (0.62, 0.42, 0.03), (0.03, 0.14, 0.07),
    (0.06, 0.06, 0.065), (0.58, 0.17, 0.02), (0.30, 0.31, 0.32), (0.10, 0.28, 0.42),
)  # fmt: skip
_LOADS: tuple[Color, ...] = (
    (0.72, 0.72, 0.70), (0.05, 0.13, 0.36), (0.42, 0.03, 0.03), (0.58, 0.40, 0.04), (0.06, 0.20, 0.09),
    (0.42, 0.43, 0.44), (0.02, 0.28, 0.33), (0.60, 0.22, 0.04),
)  # fmt: skip


def truck(site: Site, key: Key, place: Place, model: str | None = None, parked: bool = False) -> None:
    """Add a truck of 7 to 16 metres.

    Args:
        site: The world.
        key: For its choices.
        place: Its centre on the ground; it drives along x.
        model: One of `MODELS`. None: drawn.
        parked: Whether its lights are off.
    """
    model = model or key.pick("model", MODELS, _SHARES)
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; it must be one of {', '.join(MODELS)}")
    cab, load = (
        key.pick("cab", _CABS, (34, 10, 12, 6, 6, 8, 8, 10, 6)),
        key.pick("load", _LOADS, (38, 10, 10, 8, 8, 12, 7, 7)),
    )
    accent = key.pick("accent", _LOADS)
    length = (
        13.6 if model == "semi-trailer" else key.pick("length", (5.0, 6.0, 7.2)) if model in ("box", "flatbed") else 5.6
    )
    finishes = {
        **lamps(parked),
        "paint": Finish("paint", cab),
        "load": _load(key, model, load, accent),
        "frame": Finish("plain", (0.03, 0.03, 0.032)),
        "cargo": Finish(
            "gravel" if model == "tipper" else "wood",
            key.pick("cargo", ((0.30, 0.22, 0.13), (0.25, 0.24, 0.22), (0.40, 0.30, 0.18))),
        ),
        "orange": Finish("emitter", (0.8, 0.3, 0.02), params={"power": 0.4, "night_power": 1.0}),
        "stripe": Finish("stripes", (0.6, 0.02, 0.02), (0.7, 0.7, 0.68), {"period": 0.5}),
    }
    body = site.scene.body("truck", place, key)
    cast(body, _casting(model, length), finishes)


def _load(key: Key, model: str, load: Color, accent: Color) -> Finish:
    if model in ("box", "semi-trailer"):
        kind = key.pick("walls", ("plain", "corrugated", "poster"), (5, 3, 3))
        if kind == "corrugated":
            return Finish("corrugated", load, params={"period": 0.25})
        if kind == "poster":
            return Finish("poster", load, accent, {"half_width": 2.4, "half_height": 1.2})
        return Finish(
            "vehicle_side",
            load,
            accent,
            {
                "window_low": 90.0,
                "window_high": 91.0,
                "window_period": 1.0,
                "stripe": key.pick("stripe", (1.5, 1.9, 90.0)),
            },
        )
    if model == "tanker":
        return Finish("metal", (0.5, 0.51, 0.52))
    return Finish("paint", load)


@functools.cache
def _casting(model: str, length: float) -> Casting:
    mould = Mould()
    trailer = model == "semi-trailer"
    whole = length + 2.45
    front = whole / 2
    rear = -whole / 2
    _cab(mould, front, tall=trailer or length > 6.5)
    bed = front - 2.35  # where the load begins
    frame = mould.part("frame")
    frame.box(((rear + bed) / 2, 0, 0.78), (length - 0.1, 1.0, 0.3))
    mould.part("black").box((0.35 * front - 0.2, 0, 0.55), (1.4 if not trailer else 0.8, 2.2, 0.5))
    axle(mould, front - 1.35, 2.44, 0.5)
    if trailer:
        for x in (front - 4.6, rear + 2.2, rear + 3.5, rear + 4.8):
            axle(mould, x, 2.5, 0.5)
    else:
        for x in (rear + 1.5, rear + 2.85) if length > 5.5 else (rear + 1.7,):
            axle(mould, x, 2.44, 0.5)
    middle = (rear + bed) / 2
    if model in ("box", "semi-trailer"):
        high = 2.85 if trailer else 2.5
        mould.part("load").box((middle, 0, 1.02 + high / 2), (length, 2.5, high))
        mould.part("frame").box((rear + 0.02, 0, 1.0), (0.12, 2.5, 0.12))
        for y in (-0.62, 0.62):  # doors' bars
            mould.part("metal").box((rear - 0.015, y, 1.02 + high / 2), (0.04, 0.05, high - 0.1))
    elif model == "flatbed":
        mould.part("load").box((middle, 0, 1.05), (length, 2.4, 0.14))
        for side in (-1, 1):
            mould.part("load").box((middle, side * 1.2, 1.3), (length, 0.06, 0.42))
        mould.part("load").box((bed - 0.05, 0, 1.7), (0.08, 2.4, 1.2))
        mould.part("load").box((rear, 0, 1.3), (0.06, 2.4, 0.42))
        for k, (x, size) in enumerate(((-0.25, 1.3), (0.2, 1.0))):
            mould.part("cargo").box((middle + x * length, 0.1 * k, 1.12 + size / 2), (0.3 * length, 1.9, size))
    elif model == "tanker":
        turn = shapes.turn_y(np.pi / 2)
        ring = [
            (0.0, -length / 2),
            (0.8, -length / 2 + 0.08),
            (1.08, -length / 2 + 0.3),
            (1.08, length / 2 - 0.3),
            (0.8, length / 2 - 0.08),
            (0.0, length / 2),
        ]
        mould.part("load").add(shapes.lathe(ring, 14), turn, (middle, 0, 2.1), (1.0, 1.12, 1.0))
        mould.part("frame").box((middle, 0, 1.05), (length - 0.6, 1.4, 0.3))
        mould.part("metal").box((middle, 0, 3.22), (length * 0.7, 0.5, 0.06))
        mould.part("stripe").box((rear - 0.02, 0, 0.95), (0.06, 2.3, 0.16))
    elif model == "tipper":
        mould.part("load").prism([(rear, 1.05), (bed - 0.1, 1.05), (bed, 2.3), (rear - 0.1, 2.1)], 1.1, 1.24)
        mould.part("load").box((bed + 0.35, 0, 2.4), (0.9, 2.4, 0.06))
        mould.part("cargo").ball((middle, 0, 2.0), (length * 0.42, 1.0, 0.62), detail=1)
        for x in np.linspace(rear + 0.7, bed - 0.7, 4):
            for side in (-1, 1):
                mould.part("load").box((float(x), side * 1.19, 1.68), (0.12, 0.08, 1.15))
    elif model == "mixer":
        turn = shapes.turn_y(np.pi / 2 - 0.2)
        drum = [(0.35, -2.3), (0.7, -2.0), (1.18, -0.4), (1.12, 0.8), (0.55, 1.9), (0.4, 2.1)]
        mould.part("load").add(shapes.lathe([(r, -z) for r, z in reversed(drum)], 14), turn, (middle + 0.1, 0, 2.3))
        mould.part("frame").prism([(rear + 0.3, 1.0), (rear + 1.0, 1.0), (rear + 0.7, 2.6), (rear + 0.3, 2.6)], 0.7)
        mould.part("metal").prism([(rear - 0.5, 1.5), (rear - 0.4, 1.5), (rear + 0.5, 3.1), (rear + 0.2, 3.1)], 0.3)
        mould.part("paint").box((bed - 0.4, 0, 1.5), (0.6, 1.9, 0.9))
    else:
        mould.part("load").prism(
            [(rear + 0.5, 1.0), (bed, 1.0), (bed, 3.3), (rear + 1.3, 3.3), (rear + 0.2, 2.4), (rear, 1.3)], 1.22
        )
        mould.part("black").box((rear - 0.02, 0, 1.5), (0.7, 2.0, 1.0))
        mould.part("stripe").box((rear + 0.02, 0, 2.7), (0.6, 2.3, 0.3), shapes.turn_y(0.6))
        mould.part("orange").box((rear + 1.4, 0, 3.36), (0.2, 1.4, 0.14))
    lights(mould, front - 0.005, rear - 0.03, 0.95, (0.78, 0.85))
    mould.part("plate").box((front + 0.03, 0, 0.55), (0.02, 0.52, 0.12))
    mould.part("plate").box((rear - 0.04, 0.3, 0.72), (0.02, 0.52, 0.12))
    return mould.casting()


def _cab(mould: Mould, front: float, tall: bool) -> None:
    """A cab-over cab, 2.2 m long, its front at x = `front`."""
    top = 3.55 if tall else 2.75
    rows = []
    for z, reach, half in (
        (0.45, 0.02, 1.16),
        (1.62, 0.0, 1.19),
        (2.55, 0.16, 1.15),
        (top, 0.55 if tall else 0.3, 1.06),
    ):
        x = front - reach
        rows.append(
            [
                (x, 0.0, z),
                (x - 0.04, 0.8 * half, z),
                (x - 0.22, half, z),
                (front - 1.35, half, z),
                (front - 2.2, half, z),
                (front - 2.2, 0.0, z),
            ]
        )
    points = np.array(rows, np.float32)
    cells: dict[str, list[np.ndarray]] = {"paint": [], "glass": [], "frame": []}
    for k in range(3):
        for i in range(5):
            name = "glass" if k == 1 and i in (0, 1, 2) else "frame" if k == 0 and i == 0 else "paint"
            cells[name].append(np.stack([points[k, i], points[k, i + 1], points[k + 1, i + 1], points[k + 1, i]]))
    roof = points[-1]
    for i in range(5):
        a, b = roof[i], roof[i + 1]
        flat = np.array([1, 0, 1], np.float32)
        cells["paint"].append(np.stack([a, b, b * flat, a * flat]))
    for name, found in cells.items():
        mould.part(name).add(creased(mirrored(halves(np.array(found, np.float32))), 32.0))
    for side in (-1, 1):
        post = [(front - 0.1, side * 1.16, 1.65), (front - 0.3, side * 1.14, 2.5)]
        mould.part("paint").add(tube(post, [0.06, 0.06], 4))
        mould.part("black").box((front - 0.12, side * 1.36, 2.15), (0.12, 0.22, 0.55))
    mould.part("black").box((front - 0.05, 0, 2.66), (0.3, 2.1, 0.1))
    mould.part("black").box((front - 0.05, 0, 0.45), (0.2, 2.3, 0.3))
    mould.part("metal").box((front + 0.0, 0, 1.15), (0.04, 1.3, 0.08))
