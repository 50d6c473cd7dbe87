"""Buses and trams: bodies with a band of windows, in one or more joined sections."""

from __future__ import annotations

import functools
import math

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

MODELS = ("city", "articulated", "coach", "double decker")
_LIVERIES: tuple[tuple[Color, Color], ...] = (
    ((0.52, 0.03, 0.025), (0.68, 0.68, 0.66)), ((0.68, 0.68, 0.66), (0.05, 0.13, 0.42)),
    ((0.60, 0.42, 0.03), (0.05, 0.05, 0.055)), ((0.06, 0.22, 0.44), (0.68, 0.68, 0.66)),
    ((0.06, 0.26, 0.12), (0.62, 0.60, 0.52)), ((0.58, 0.17, 0.02), (0.66, 0.66, 0.64)),
    ((0.66, 0.66, 0.64), (0.45, 0.03, 0.04)), ((0.36, 0.37, 0.38), (0.30, 0.46, 0.04)),
    ((0.70, 0.70, 0.68), (0.02, 0.30, 0.32)),
)  # fmt: skip


def bus(site: Site, key: Key, place: Place, model: str | None = None, parked: bool = False) -> None:
    """Add a bus of 11 to 18 metres.

    Args:
        site: The world.
        key: For its choices.
        place: Its centre on the ground; it drives along x.
        model: One of `MODELS`. None: drawn.
        parked: Whether its lights are off.
    """
    model = model or key.pick("model", MODELS, (50, 18, 26, 6))
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; it must be one of {', '.join(MODELS)}")
    color, second = key.pick("livery", _LIVERIES)
    body = site.scene.body("bus", place, key)
    coach = model == "coach"
    low, high = (1.75, 2.85) if coach else (1.15, 2.45)
    params = {
        "window_low": low,
        "window_high": high,
        "window_period": 1.7 if coach else 1.45,
        "stripe": key.pick("stripe", (0.75, 0.95, low - 0.25)),
    }
    finishes = {**lamps(parked), **_finishes(color, second, params)}
    cast(body, _bus_casting(model), finishes)


def tram(site: Site, key: Key, place: Place) -> None:
    """Add a tram of 19 to 31 metres.

    Args:
        site: The world.
        key: For its choices.
        place: Its centre on the ground; it drives along x.
    """
    color, second = key.pick("livery", _LIVERIES)
    sections = key.pick("sections", (2, 3, 4), (3, 5, 2))
    body = site.scene.body("tram", place, key)
    params = {"window_low": 1.35, "window_high": 2.65, "window_period": 1.55, "stripe": key.pick("stripe", (0.7, 1.05))}
    cast(body, _tram_casting(sections), {**lamps(), **_finishes(color, second, params)})


def _finishes(color: Color, second: Color, params: dict[str, float]) -> dict[str, Finish]:
    return {
        "side": Finish("vehicle_side", color, second, params),
        "paint": Finish("paint", color),
        "second": Finish("paint", second),
        "roof": Finish("plain", (0.50, 0.50, 0.49)),
        "fold": Finish("plain", (0.03, 0.03, 0.033)),
        "sign": Finish("emitter", (0.75, 0.45, 0.05), params={"power": 0.45, "night_power": 0.9}),
    }


def _shell(
    mould: Mould,
    front: float,
    rear: float,
    low: float,
    high: float,
    half: float,
    nose: float,
    tail: float,
    glass: tuple[float, float] | None,
    back_glass: tuple[float, float] | None,
) -> None:
    """A bus-like body; `nose` and `tail` metres of slant at its ends.

    `glass` are the heights of the windscreen, `back_glass` of the rear window; None: that end has none.
    """
    zs = [low, (glass or (1.2, 2.4))[0], (glass or (1.2, 2.4))[1], high - 0.12, high]
    rows = []
    for k, z in enumerate(zs):
        t = max(0.0, (z - zs[1]) / (high - zs[1]))
        f, r = front - nose * t, rear + tail * t
        w = half - (0.14 if k == 4 else 0.0)
        rows.append(
            [(f, 0.0, z), (f - 0.03, 0.72 * w, z), (f - 0.22, w, z), (r + 0.12, w, z), (r, 0.86 * w, z), (r, 0.0, z)]
        )
    points = np.array(rows, np.float32)
    cells: dict[str, list[np.ndarray]] = {"side": [], "glass": [], "paint": [], "roof": []}
    for k in range(4):
        for i in range(5):
            name = "side" if i == 2 and k < 3 else "paint"
            if k == 1 and glass and i in (0, 1):
                name = "glass"
            if k == 1 and back_glass and i == 4:
                name = "glass"
            cells[name].append(np.stack([points[k, i], points[k, i + 1], points[k + 1, i + 1], points[k + 1, i]]))
    flat = np.array([1, 0, 1], np.float32)
    top = points[-1]
    for i in range(5):
        cells["roof"].append(
            np.stack(
                [
                    top[i],
                    top[i + 1],
                    top[i + 1] * flat + np.array([0, 0, 0.03], np.float32),
                    top[i] * flat + np.array([0, 0, 0.03], np.float32),
                ]
            )
        )
    for name, found in cells.items():
        if found:
            mould.part(name).add(creased(mirrored(halves(np.array(found, np.float32))), 34.0))


@functools.cache
def _bus_casting(model: str) -> Casting:
    mould = Mould()
    long = 18.0 if model == "articulated" else 12.0 if model != "double decker" else 10.9
    high = {"coach": 3.5, "double decker": 4.3}.get(model, 3.0)
    front, rear = long / 2, -long / 2
    coach = model == "coach"
    glass = (1.25, 2.75) if coach else (1.05, 2.4)
    parts = [(front, rear)] if model != "articulated" else [(front, front - 10.2), (front - 11.2, rear)]
    for k, (a, b) in enumerate(parts):
        first, last = k == 0, k == len(parts) - 1
        _shell(
            mould,
            a,
            b,
            0.32,
            high,
            1.27,
            0.32 if coach and first else 0.12 if first else 0.0,
            0.08 if last else 0.0,
            glass if first else None,
            (1.5, 2.4) if last else None,
        )
        mould.part("black").box(((a + b) / 2, 0, 0.45), (a - b - 0.6, 2.2, 0.4))
    if model == "articulated":
        mould.part("fold").box((front - 10.7, 0, 1.65), (1.4, 2.3, 2.45))
    if model == "double decker":
        mould.part("glass").box((front - 0.12, 0, 3.4), (0.2, 2.2, 0.8))
        for side in (-1, 1):
            mould.part("glass").box((0, side * 1.265, 3.4), (long - 0.9, 0.03, 0.75))
    for x in (
        front - 2.6,
        *((rear + 3.2,) if model != "articulated" else (front - 8.4, rear + 3.0)),
        *((rear + 1.95,) if coach else ()),
    ):
        axle(mould, x, 2.60, 0.48)
        mould.part("black").add(shapes.prism(_arch(x), 1.278))
    if not coach:
        mould.part("sign").box((front - 0.06, 0, high - 0.32), (0.2, 1.5, 0.24))
        mould.part("sign").box((rear, 0, high - 0.35), (0.05, 0.6, 0.22))
    if model in ("city", "articulated"):
        mould.part("roof").box((rear + 2.0, 0, high + 0.12), (2.4, 1.7, 0.28))
    if model != "double decker":
        mould.part("roof").box((0.6, 0, high + 0.1), (2.2, 1.5, 0.24))
    for side in (-1, 1):
        mould.part("black").box((front + 0.18, side * 1.30, 2.0 if not coach else 2.45), (0.16, 0.2, 0.42))
        mould.part("black").box((front + 0.02, side * 1.26, high - 0.5), (0.35, 0.06, 0.06))
    lights(mould, front - 0.02, rear - 0.01, 0.92, (0.68, 0.95))
    mould.part("plate").box((front + 0.005, 0, 0.5), (0.02, 0.52, 0.12))
    mould.part("plate").box((rear - 0.02, 0, 0.62), (0.02, 0.52, 0.12))
    return mould.casting()


def _arch(x: float) -> list[tuple[float, float]]:
    """Outline of a wheel arch around an axle."""
    angles = (0.0, 0.55, 1.1, math.pi / 2, math.pi - 1.1, math.pi - 0.55, math.pi)
    return [(x + 0.60 * math.cos(a), 0.38 + 0.62 * math.sin(a)) for a in angles]


@functools.cache
def _tram_casting(sections: int) -> Casting:
    mould = Mould()
    piece, gap = {2: 9.2, 3: 8.0, 4: 7.3}[sections], 0.6
    whole = sections * piece + (sections - 1) * gap
    for k in range(sections):
        front = whole / 2 - k * (piece + gap)
        first, last = k == 0, k == sections - 1
        _shell(
            mould,
            front,
            front - piece,
            0.30,
            3.35,
            1.2,
            0.75 if first else 0.0,
            0.75 if last else 0.0,
            (1.15, 2.55) if first else None,
            (1.15, 2.55) if last else None,
        )
        mould.part("black").box((front - piece / 2, 0, 0.25), (piece - 1.2, 2.1, 0.42))
        for x in (front - 0.3 * piece, front - 0.7 * piece) if first or last else (front - piece / 2,):
            mould.part("tyre").box((x, 0, 0.22), (1.6, 2.0, 0.44))
        mould.part("roof").box((front - piece / 2, 0, 3.52), (0.5 * piece, 1.5, 0.34))
        if not last:
            mould.part("fold").box((front - piece - gap / 2, 0, 1.75), (gap + 0.5, 2.1, 2.8))
        for x in (front - 0.34 * piece, front - 0.72 * piece):
            for side in (-1, 1):
                mould.part("second").box((x, side * 1.2, 1.45), (1.3, 0.03, 2.1))
                mould.part("glass").box((x, side * 1.215, 1.62), (1.08, 0.02, 1.6))
    x = whole / 2 - 1.5 * piece if sections > 2 else whole / 2 - 0.55 * piece
    black = mould.part("black")
    for side in (-1, 1):
        black.add(tube([(x, side * 0.5, 3.7), (x + 1.1, side * 0.35, 4.5), (x + 0.1, side * 0.6, 5.35)], [0.03] * 3, 4))
    black.box((x + 0.1, 0, 5.38), (0.12, 1.7, 0.06))
    mould.part("sign").box((whole / 2 - 0.62, 0, 2.9), (0.3, 1.3, 0.24))
    lights(mould, whole / 2 + 0.01, -whole / 2 - 0.01, 0.78, (0.78, 0.85))
    return mould.casting()
