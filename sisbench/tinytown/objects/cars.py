"""Cars and vans.

A body is a net of columns around the car and rows up its side, so that wheel arches, lights and grilles are cells of
one smooth skin; windows and pillars are cells of a second net above it.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects.car_models import MODELS, PAINTS, Model
from sisbench.tinytown.objects.mould import (
    BLACK,
    RUBBER,
    Casting,
    Finish,
    Mould,
    add_wheel,
    cast,
    creased,
    halves,
    mirrored,
)
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.shapes import Array
from sisbench.tinytown.site import Site

_VANS = ("van", "transporter", "caddy")
_TAXIS: tuple[tuple[Color, float], ...] = (((0.62, 0.44, 0.03), 3), ((0.62, 0.56, 0.40), 3), ((0.02, 0.02, 0.02), 2))
_NEAR = 32.0  # metres; beyond, fewer triangles do


def car(
    site: Site,
    key: Key,
    place: Place,
    model: str | None = None,
    color: Color | None = None,
    parked: bool = False,
    detail: bool | None = None,
) -> None:
    """Add a car, of kind car or van.

    Args:
        site: The world.
        key: For its choices.
        place: Its centre on the ground; it drives along x.
        model: Name in `car_models.MODELS`, "taxi" or "police". None: drawn, mostly by how often each is seen.
        color: Of its paint. None: drawn.
        parked: Whether its lights are off.
        detail: Whether it is seen from near. None: by its distance from the origin of the layout.
    """
    names = tuple(MODELS)
    drawn = key.pick("model", (*names, "taxi", "police"), (*(m.share for m in MODELS.values()), 3.0, 1.0))
    name = model or drawn
    if name not in (*MODELS, "taxi", "police"):
        raise ValueError(f"model is {name!r}; it must be one of {', '.join(MODELS)}, taxi, police")
    role = name if name in ("taxi", "police") else ""
    if role:
        name = key.pick("role model", ("sedan", "estate", "minivan" if role == "taxi" else "suv"))
    if detail is None:
        detail = math.hypot(place.x, place.y) < _NEAR
    tone = key.uniform("tone", 0.88, 1.12)
    paint = key.pick("paint", *zip(*PAINTS, strict=True))
    if name in _VANS and key.chance("white van", 0.5):
        paint = PAINTS[0][0]
    if role:
        paint = key.pick("livery", *zip(*_TAXIS, strict=True)) if role == "taxi" else (0.66, 0.67, 0.68)
    paint = color or (paint[0] * tone, paint[1] * tone, paint[2] * tone)
    body = site.scene.body("van" if name in _VANS else "car", place, key)
    cast(body, _casting(name, detail, role, key.integer("face", 3)), _finishes(key, MODELS[name], paint, parked, role))


def _finishes(key: Key, model: Model, paint: Color, parked: bool, role: str) -> dict[str, Finish]:
    rim = key.pick("rim", ((0.30, 0.31, 0.32), (0.20, 0.205, 0.21), (0.06, 0.06, 0.065)), (5, 3, 2))
    plate: Color = key.pick("plate", ((0.72, 0.72, 0.70), (0.62, 0.46, 0.06)), (4, 1))
    trim = paint if key.chance("painted trim", 0.6) else (0.03, 0.03, 0.032)
    front = model.length / 2 - model.pillars[0]
    period = model.pillars[1] - model.pillars[0]
    on = 0.0 if parked else 1.0
    lens = (0.42, 0.44, 0.46)
    return {
        "paint": Finish("paint", paint, params={"seam": front, "seam_period": max(period, 0.7)}),
        "roof": Finish("paint", paint),
        "trim": Finish("plain", trim),
        "black": Finish("plain", BLACK),
        "grille": Finish("plain", (0.02, 0.02, 0.022)),
        "glass": Finish("glass", key.pick("glass", ((0.03, 0.036, 0.04), (0.02, 0.022, 0.024), (0.04, 0.055, 0.05)))),
        "tyre": Finish("plain", RUBBER),
        "rim": Finish("metal", rim),
        "head": Finish("emitter", lens, params={"power": 0.15 + 0.35 * on, "night_power": 3.0 * on}),
        "tail": Finish("emitter", (0.42, 0.008, 0.012), params={"power": 0.25, "night_power": 1.6 * on}),
        "plate": Finish("plain", plate),
        "taxi": Finish("emitter", (0.75, 0.6, 0.15), params={"power": 0.5, "night_power": 1.2}),
        "stripe": Finish("paint", key.pick("stripe", ((0.02, 0.09, 0.34), (0.05, 0.32, 0.10), (0.55, 0.5, 0.04)))),
        "blue": Finish("emitter", (0.05, 0.15, 0.75), params={"power": 0.5, "night_power": 2.0}),
    }


class _Net(NamedTuple):
    """One side of a body: columns from the middle of the front to the middle of the rear, rows from the sill up."""

    x: list[float]
    share: list[float]  # of the half width
    low: list[float]
    top: list[float]
    zone: list[str]  # front, side or rear: of the cell after each column


def _top(m: Model, x: float) -> float:
    """Height of the upper edge of the body: bonnet, belt, boot."""
    line = ((0.0, m.nose), (m.cowl[0], m.cowl[1]), (m.pillars[1], m.belt), (m.back, m.belt), (m.length, m.tail))
    return float(np.interp(x, [p[0] for p in line], [p[1] for p in line]))


def _net(m: Model, near: bool) -> _Net:
    reach = m.wheel + 0.07
    shape = (-1.0, -0.72, 0.0, 0.72, 1.0) if near else (-1.0, 0.0, 1.0)
    x, share, low, zone = [0.0, 0.02, 0.16], [0.0, 0.60, 0.93], [m.sill - 0.04] * 3, ["front", "front", "side"]
    for axle in m.axles:
        for s in shape:
            x.append(axle + s * reach)
            low.append(max(m.sill, m.wheel + reach * math.sqrt(max(0.0, 1 - s * s))) if abs(s) < 1 else m.sill)
            share.append(1.0)
            zone.append("side")
    x += [m.length - 0.12, m.length - 0.02, m.length]
    share += [0.95, 0.62, 0.0]
    low += [m.sill] * 3
    zone[-1] = "side"
    zone += ["rear", "rear"]
    return _Net(x, share, low, [_top(m, a) for a in x], zone)


@functools.cache
def _casting(name: str, near: bool, role: str, face: int) -> Casting:
    """A car's shape, forward along x, its middle at the origin; `face` tells where its front is open."""
    m = MODELS[name]
    mould = Mould()
    net = _net(m, near)
    _skin(mould, m, net, face)
    _cabin(mould, m, near)
    half = m.length / 2
    mould.part("black").box((0, 0, m.sill + 0.16), (m.length - 0.5, m.width - 0.34, 0.36))
    if name == "pickup":
        mould.part("black").box(
            (half - (m.back + m.length) / 2, 0, m.belt), (m.length - m.back - 0.18, m.width - 0.3, 0.06)
        )
    for axle in m.axles:
        for side in (1, -1):
            at = (half - axle, side * (m.width / 2 - 0.015), m.wheel)
            add_wheel(mould, at, side, m.wheel, 0.68 * m.wheel, 0.21, 10 if near else 6)
    plates = mould.part("plate")
    z = 0.5 * (m.sill + m.nose) - 0.02
    for x, high in ((half + 0.012, z - 0.05), (-half - 0.012, 0.45 * m.sill + 0.55 * m.tail)):
        plates.quad(*((x, y, high + dz) for y, dz in ((-0.26, -0.055), (0.26, -0.055), (0.26, 0.055), (-0.26, 0.055))))
    for side in (1, -1) if near else ():
        at = (half - m.cowl[0] - 0.42, side * (m.width / 2 + 0.06), _top(m, m.cowl[0] + 0.3) + 0.09)
        mould.part("trim").add(_mirror(), at=at, size=(1, side, 1))
    if near and m.rails:
        for side in (1, -1):
            y = side * (m.width / 2 - m.lean - 0.1)
            mould.part("black").box(
                (half - (m.screen + m.roof) / 2 - 0.05, y, m.height + 0.01), (m.roof - m.screen - 0.25, 0.04, 0.05)
            )
    middle = half - m.screen - 0.55
    if role == "taxi":
        mould.part("taxi").box((middle, 0, m.height + 0.08), (0.16, 0.5, 0.16))
    if role == "police":
        mould.part("blue").box((middle, 0, m.height + 0.07), (0.26, 1.1, 0.13))
    return mould.casting()


def _skin(mould: Mould, m: Model, net: _Net, face: int) -> None:
    """The body up to the belt; `face` 0 has one large opening in front, 1 a grille, 2 an air intake."""
    half, wide = m.length / 2, m.width / 2
    count = len(net.x)
    rows = []
    for i in range(count):
        low, top = net.low[i], net.top[i]
        front, rear = net.x[i] < 0.5, net.x[i] > m.length - 0.5
        marks = (0.46, 0.80) if front else (0.5, 0.72) if rear else (0.42, 0.86)
        raised = low > m.sill + 0.02
        mid, upper = ((low + marks[k] * (top - low)) for k in (0, 1))
        if raised:
            base = m.sill
            mid = max(low + 0.03, base + marks[0] * (top - base))
            upper = max(mid + 0.05, base + marks[1] * (top - base))
        pull = (0.05, 0.0, 0.05, 0.20) if front else (0.06, 0.0, 0.03, 0.10)
        if not (front or rear):
            pull = (0.0, 0.0, 0.0, 0.0)
        way = 1.0 if front else -1.0
        slim = (0.97, 1.0, 0.985, 0.93)
        y = net.share[i] * wide
        x = half - net.x[i]
        rows.append([(x - way * pull[k], y * slim[k], z) for k, z in enumerate((low, mid, upper, top))])
    points = np.array(rows, np.float32)  # (columns, 4, 3)
    cells = {"paint": [], "head": [], "tail": [], "grille": [], "trim": []}  # type: dict[str, list[Array]]
    last = count - 2
    for i in range(count - 1):
        for k in range(3):
            corner = np.stack([points[i, k], points[i + 1, k], points[i + 1, k + 1], points[i, k + 1]])
            part = "paint"
            if i == 0 and k in ((0, 1), (1,), (0,))[face]:
                part = "grille"
            elif i == 1 and k == 1:
                part = "head"
            elif i == last - 1 and k == 1:
                part = "tail"
            elif net.zone[i] == "side" and k == 0 and 2 < i < last - 2 and m.rails:
                part = "trim"
            cells[part].append(corner)
    crown = 0.035
    tops = points[:, 3]
    ridge = tops * np.array([1, 0, 1], np.float32) + np.array([0, 0, crown], np.float32)
    ridge[0], ridge[-1] = tops[0], tops[-1]
    for i in range(count - 1):
        if net.x[i + 1] < m.cowl[0] + 0.6 or net.x[i] > m.back - 0.4:  # the rest is under the cabin
            cells["paint"].append(np.stack([tops[i], tops[i + 1], ridge[i + 1], ridge[i]]))
    skin = {part: mirrored(halves(np.array(found, np.float32))) for part, found in cells.items() if found}
    whole = np.concatenate(list(skin.values()))
    triangles, normals = creased(whole)
    keys = np.repeat(np.arange(len(skin)), [len(t) for t in skin.values()])
    length = np.sqrt((np.cross(whole[:, 1] - whole[:, 0], whole[:, 2] - whole[:, 0]) ** 2).sum(1))
    keys = keys[length > 1e-9]
    for number, part in enumerate(skin):
        mould.part(part).add((triangles[keys == number], normals[keys == number]))


def _cabin(mould: Mould, m: Model, near: bool) -> None:
    """Windows, pillars and roof."""
    half, wide = m.length / 2, m.width / 2 * 0.93
    post = 0.05
    b, c = m.pillars
    base = [
        m.cowl[0],
        m.cowl[0] + 0.10,
        m.cowl[0] + 0.22,
        b - post,
        b + post,
        c - post,
        c + post,
        m.back - 0.16,
        m.back,
        m.back,
    ]
    top = [
        m.screen,
        m.screen + 0.03,
        m.screen + 0.10,
        b - post,
        b + post,
        c - post,
        c + post,
        m.roof - 0.12,
        m.roof,
        m.roof,
    ]
    base[2] = max(base[2], m.cowl[0] + 0.2)
    for i in (3, 4, 5, 6):
        low, high = m.screen + 0.12, m.roof - 0.14
        top[i] = min(max(top[i], low), high)
        base[i] = min(max(base[i], base[2] + 0.02), base[7] - 0.02)
    share = [0.0, 0.94, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.93, 0.0]
    frame = 0.075 if near else 0.02  # of paint above the windows
    points = []
    for i in range(len(base)):
        low = _top(m, base[i]) - 0.015
        y0, y1 = wide * share[i], (wide - m.lean) * share[i]
        t = (m.height - frame - low) / (m.height - low)
        x0, x1 = half - base[i], half - top[i]
        inward = 0.06
        cap = x1 + (-inward if i < 2 else inward if i > 7 else 0.0)
        points.append(
            [
                (x0, y0, low),
                (x0 + t * (x1 - x0), y0 + t * (y1 - y0), m.height - frame),
                (cap, (y1 - 0.05) * 1.0 if share[i] else 0.0, m.height - 0.02),
            ]
        )
    grid = np.array(points, np.float32)
    kinds = ["glass", "roof", "glass", "black", "glass", "roof", "glass", "roof", "glass"]
    if m.blind:
        kinds[3:7] = ["roof"] * 4
    cells: dict[str, list[Array]] = {"glass": [], "roof": [], "black": []}
    for i in range(len(base) - 1):
        for k in range(2 if near else 1):
            corner = np.stack([grid[i, k], grid[i + 1, k], grid[i + 1, k + 1], grid[i, k + 1]])
            cells[kinds[i] if k == 0 else "roof"].append(corner)
    tops = grid[:, 2 if near else 1]
    ridge = tops * np.array([1, 0, 1], np.float32) + np.array([0, 0, 0.02], np.float32)
    for i in range(len(base) - 1):
        cells["roof"].append(np.stack([tops[i], tops[i + 1], ridge[i + 1], ridge[i]]))
    for part, found in cells.items():
        if found:
            mould.part(part).add(creased(mirrored(halves(np.array(found, np.float32))), 30.0))


@functools.cache
def _mirror() -> tuple[Array, Array]:
    """A door mirror on the left."""
    front = [(0.08, -0.06, -0.04), (0.08, 0.08, -0.02), (0.08, 0.08, 0.06), (0.08, -0.06, 0.06)]
    back = [(-0.04, -0.08, -0.06), (-0.04, 0.12, -0.04), (-0.04, 0.12, 0.09), (-0.04, -0.08, 0.09)]
    ring = np.array([front, back], np.float32)
    sides = np.stack([ring[0], np.roll(ring[0], -1, 0), np.roll(ring[1], -1, 0), ring[1]], 1)
    return creased(halves(np.concatenate([sides, ring])))
