"""Fences, walls and rails along the street: courses from `x[0]` to `x[1]` at `y`, metres; bent corner by corner."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.objects.batches import Floats
from sisbench.tinytown.scene import Color, Part, Place
from sisbench.tinytown.site import Site

Span = tuple[float, float]

FENCES = ("picket", "boards", "mesh", "rail", "iron", "panel")
"""Models of fences: garden pickets, tall boards, wire mesh, farm rails, wrought iron, framed panels."""

_WOODS: tuple[Color, ...] = (
    (0.66, 0.65, 0.61),
    (0.24, 0.15, 0.085),
    (0.33, 0.26, 0.19),
    (0.17, 0.14, 0.12),
    (0.12, 0.19, 0.15),
)
_BRICKS: tuple[Color, ...] = ((0.32, 0.13, 0.08), (0.40, 0.22, 0.14), (0.25, 0.14, 0.11), (0.46, 0.36, 0.26))
_STONES: tuple[Color, ...] = ((0.34, 0.32, 0.29), (0.40, 0.36, 0.30), (0.27, 0.26, 0.25))


def _steps(x: Span, step: float) -> Floats:
    """Evenly spaced places from `x[0]` to `x[1]`, about `step` apart."""
    count = max(1, round((x[1] - x[0]) / step))
    return x[0] + (x[1] - x[0]) * np.arange(count + 1) / count


def _posts(part: Part, at: Floats, y: float, size: tuple[float, float], low: float, high: Floats | float) -> None:
    """Add upright boxes of a size along and across the street."""
    half = np.array([size[0] / 2, size[1] / 2])
    base = np.stack([at - half[0], np.full(len(at), y - half[1]), np.full(len(at), low)], 1)
    top = np.stack([at + half[0], np.full(len(at), y + half[1]), np.broadcast_to(high, len(at))], 1)
    part.add(batches.boxes(base, top))


def _sheet(part: Part, x: Span, y: float, low: float, high: float) -> None:
    """Add an upright sheet, seen from both sides, cut as strips are."""
    part.strip(x[0], x[1], y, 0.02, low, high - low)


def fence(site: Site, key: Key, x: Span, y: float, model: str | None = None) -> None:
    """Put up a fence of kind fence.

    Args:
        site: Where to build.
        key: Of the fence.
        x: Where it begins and ends, metres.
        y: Where it runs, metres.
        model: One of `FENCES`; None draws one.
    """
    name = model or key.pick("model", FENCES, (28, 16, 18, 14, 14, 10))
    course = site.scene.course("fence", key)
    wood = key.pick("wood", _WOODS)
    if name == "picket":
        tall = key.uniform("height", 0.9, 1.2)
        part = course.part("wood", wood, (0.1, 0.1, 0.1))
        at = _steps(x, 0.17)
        arch = 0.06 * (1 - np.abs((np.arange(len(at)) % 12) / 6.0 - 1)) if key.chance("arched", 0.4) else 0.0
        _posts(part, at, y, (0.09, 0.025), 0.06, tall + arch)
        _posts(part, _steps(x, 2.0), y + 0.05, (0.1, 0.1), -0.3, tall + 0.05)
        for z in (0.25, tall - 0.25):
            part.strip(x[0], x[1], y + 0.03, 0.03, z, 0.08)
    elif name == "boards":
        tall = key.uniform("height", 1.5, 2.0)
        at = _steps(x, 0.14)
        wobble = 0.03 * key.units("wobble", len(at))
        for half in (0, 1):  # two shades of the same wood
            shade = 1.0 if half else 0.82
            part = course.part("wood", (wood[0] * shade, wood[1] * shade, wood[2] * shade), (0.1, 0.1, 0.1))
            chosen = key.units("shade", len(at)) < 0.5 if half else key.units("shade", len(at)) >= 0.5
            _posts(part, at[chosen], y, (0.132, 0.025), 0.03, (tall + wobble)[chosen])
        _posts(part, _steps(x, 2.4), y + 0.06, (0.1, 0.1), -0.3, tall + 0.06)
    elif name == "rail":
        part = course.part("wood", key.pick("farm", _WOODS[:3]), (0.1, 0.1, 0.1))
        tall = key.uniform("height", 1.0, 1.3)
        _posts(part, _steps(x, 2.4), y, (0.13, 0.13), -0.3, tall + 0.08)
        for z in (0.35, 0.68, tall - 0.1):
            part.strip(x[0], x[1], y - 0.07, 0.04, z, 0.12)
    elif name == "mesh":
        _mesh(
            key,
            course.part("metal", key.pick("steel", ((0.36, 0.37, 0.36), (0.06, 0.13, 0.08), (0.2, 0.2, 0.21)))),
            x,
            y,
        )
    elif name == "iron":
        part = course.part("metal", key.pick("iron", ((0.03, 0.03, 0.035), (0.05, 0.08, 0.06), (0.12, 0.10, 0.09))))
        tall = key.uniform("height", 1.1, 1.7)
        base = key.chance("plinth", 0.6)
        low = 0.4 if base else 0.1
        at = _steps(x, 0.14)
        _posts(part, at, y, (0.022, 0.022), low, tall)
        for z in (low + 0.05, tall - 0.18):
            part.strip(x[0], x[1], y, 0.035, z, 0.04)
        posts = _steps(x, 2.8)
        if base:
            stone = course.part(
                "brick" if key.chance("brick", 0.5) else "concrete", key.pick("stone", (*_BRICKS[:2], *_STONES))
            )
            stone.strip(x[0], x[1], y, 0.28, -0.3, 0.7)
            _posts(stone, posts, y, (0.36, 0.36), -0.3, tall + 0.05)
        else:
            _posts(part, posts, y, (0.07, 0.07), -0.3, tall + 0.08)
    else:
        tall = key.uniform("height", 1.5, 1.9)
        frame = course.part("wood", wood, (0.1, 0.1, 0.1))
        _posts(frame, _steps(x, 1.9), y, (0.11, 0.11), -0.3, tall + 0.1)
        fill = course.part("wood", (wood[0] * 0.85, wood[1] * 0.85, wood[2] * 0.85), (0.1, 0.1, 0.1))
        count = 9
        for k in range(count):  # horizontal slats
            z = 0.12 + (tall - 0.15) * k / count
            fill.strip(x[0], x[1], y, 0.02, z, (tall - 0.15) / count * 0.88)


def _mesh(key: Key, part: Part, x: Span, y: float) -> None:
    tall = key.uniform("height", 1.4, 2.3)
    _posts(part, _steps(x, 2.5), y, (0.06, 0.06), -0.3, tall + 0.05)
    for z in (0.05, tall - 0.04):
        part.strip(x[0], x[1], y, 0.03, z, 0.03)
    at = _steps((x[0], max(x[1] - tall * 0.6, x[0] + 0.1)), 0.36)
    reach = min(tall * 0.6, x[1] - x[0])
    low = np.stack([at, np.full(len(at), y), np.full(len(at), 0.06)], 1)
    high = low + np.array([reach, 0, tall - 0.1])
    width = np.array([0.016, 0, 0])  # flat ribbons: half the triangles of the thinnest bars
    other_low, other_high = low + np.array([reach, 0, 0]), high - np.array([reach, 0, 0])
    corners = np.stack(
        [np.concatenate([low, other_low]), np.concatenate([low, other_low]) + width,
         np.concatenate([high, other_high]) + width, np.concatenate([high, other_high])], 1,
    )  # fmt: skip
    part.add(shapes.quads(corners.astype(np.float32)))


def wall(site: Site, key: Key, x: Span, y: float, height: float | None = None) -> None:
    """Build a garden or yard wall of brick, stone or concrete, some with graffiti or posters; kind wall."""
    tall = height or key.uniform("height", 0.8, 2.4)
    course = site.scene.course("wall", key)
    model = key.pick("model", ("brick", "plaster", "concrete", "stone"), (40, 20, 22, 18))
    tint: Color = key.pick("tint", ((0.44, 0.43, 0.41), (0.52, 0.48, 0.40), (0.50, 0.36, 0.26), (0.60, 0.58, 0.54)))
    if model == "brick":
        body = course.part("brick", key.pick("brick", _BRICKS), (0.5, 0.48, 0.44))
    elif model == "stone":
        body = course.part("rock", key.pick("stone", _STONES), (0.2, 0.19, 0.17))
    else:
        body = course.part("concrete", tint)
    body.strip(x[0], x[1], y, 0.26, -0.3, tall + 0.3)
    cap = course.part("concrete", key.pick("cap", ((0.48, 0.47, 0.44), (0.30, 0.29, 0.28), (0.34, 0.17, 0.11))))
    cap.strip(x[0], x[1], y, 0.36, tall, 0.07)
    if key.chance("piers", 0.5):
        _posts(body, _steps(x, key.uniform("pier", 2.6, 4.5)), y, (0.42, 0.36), -0.3, tall + 0.04)
        _posts(cap, _steps(x, key.uniform("pier", 2.6, 4.5)), y, (0.5, 0.46), tall + 0.03, tall + 0.12)
    if tall > 1.4 and key.chance("painted", 0.45):
        _graffiti(site, key, x, y, tall, (0.40, 0.38, 0.35) if model in ("brick", "stone") else tint)


def _graffiti(site: Site, key: Key, x: Span, y: float, tall: float, wall_color: Color) -> None:
    """Paint the side of a wall that faces the street; its pieces are rigid, so that letters keep their shape."""
    course = site.scene.body("wall", Place((x[0] + x[1]) / 2, y), key.child("paint"))
    side = -1.0 if y > 0 else 1.0
    for k in range(1 + key.integer("pieces", 3)):
        part = key.child("piece", k)
        half = (part.uniform("wide", 0.6, 1.6), part.uniform("high", 0.35, 0.42) * tall)
        span = max(0.0, (x[1] - x[0]) / 2 - half[0] - 0.3)
        at = part.uniform("at", -span, span)
        if abs(at) > 25:  # beyond that the bent wall would leave the straight board
            continue
        center = np.array([at, side * 0.155, half[1] + 0.1])
        u, v = np.array([half[0], 0, 0]), np.array([0, 0, half[1]])
        ink: tuple[Color, ...] = (
            (0.6, 0.07, 0.2),
            (0.05, 0.2, 0.55),
            (0.65, 0.5, 0.05),
            (0.05, 0.4, 0.2),
            (0.1, 0.1, 0.1),
        )
        board = course.part(
            "poster",
            wall_color,
            part.pick("ink", ink),
            origin=tuple(center.tolist()),
            half_width=half[0],
            half_height=half[1],
            style=1,
        )
        board.quad(center - u - v, center + u - v, center + u + v, center - u + v)


def noise_wall(site: Site, key: Key, x: Span, y: float) -> None:
    """Build a noise wall of a motorway, 3 to 5 m high: posts and coloured panels, some of glass at the top."""
    tall = key.uniform("height", 3.0, 5.0)
    course = site.scene.course("noise wall", key)
    colors: tuple[Color, ...] = (
        (0.28, 0.33, 0.24),
        (0.42, 0.40, 0.36),
        (0.20, 0.29, 0.30),
        (0.36, 0.27, 0.19),
        (0.48, 0.47, 0.44),
    )
    color = key.pick("color", colors)
    glazed = key.chance("glazed", 0.4)
    material = key.pick("material", ("corrugated", "concrete", "wood"))
    params = {"period": 0.2} if material == "corrugated" else {}
    main = course.part(material, color, (color[0] * 0.7, color[1] * 0.7, color[2] * 0.7), None, (0, 0, 0), **params)
    top = tall * (0.62 if glazed else 1.0)
    main.strip(x[0], x[1], y, 0.16, -0.3, top + 0.3)
    band = course.part("concrete", (color[0] * 0.75, color[1] * 0.75, color[2] * 0.75))
    band.strip(x[0], x[1], y, 0.24, -0.3, 0.8)
    if glazed:
        _sheet(course.part("glass", (0.10, 0.14, 0.14)), x, y, top, tall)
    steel = course.part("metal", key.pick("steel", ((0.33, 0.34, 0.34), (0.16, 0.2, 0.2))))
    _posts(steel, _steps(x, 4.0), y, (0.22, 0.3), -0.3, tall + 0.06)


def railing(site: Site, key: Key, x: Span, y: float) -> None:
    """Put up a railing of steel bars or of posts with tubes, about 1.1 m high."""
    course = site.scene.course("railing", key)
    steel: tuple[Color, ...] = (
        (0.08, 0.09, 0.10),
        (0.34, 0.35, 0.35),
        (0.05, 0.12, 0.10),
        (0.5, 0.5, 0.48),
        (0.10, 0.16, 0.26),
    )
    part = course.part("metal", key.pick("steel", steel))
    tall = key.uniform("height", 1.0, 1.15)
    _posts(part, _steps(x, 2.0), y, (0.06, 0.06), -0.3, tall)
    part.strip(x[0], x[1], y, 0.07, tall - 0.03, 0.05)
    if key.chance("bars", 0.6):
        part.strip(x[0], x[1], y, 0.04, 0.12, 0.04)
        _posts(part, _steps(x, 0.16), y, (0.02, 0.02), 0.12, tall)
    else:
        for z in (0.28, 0.54, 0.8):
            part.strip(x[0], x[1], y, 0.03, z, 0.03)


def guard_rail(site: Site, key: Key, x: Span, y: float) -> None:
    """Put up a steel guard rail: a waved band on posts, its ends let down to the ground."""
    course = site.scene.course("guard rail", key)
    grey = key.uniform("grey", 0.36, 0.52)
    part = course.part("metal", (grey, grey * 1.01, grey * 1.02))
    side = -1.0 if y > 0 else 1.0  # towards the carriageway
    part.strip(x[0], x[1], y + side * 0.07, 0.05, 0.47, 0.11)
    part.strip(x[0], x[1], y + side * 0.04, 0.03, 0.575, 0.07)
    part.strip(x[0], x[1], y + side * 0.07, 0.05, 0.64, 0.11)
    post = course.part("metal", (grey * 0.6, grey * 0.6, grey * 0.6))
    _posts(post, _steps(x, 4.0 if key.chance("wide", 0.5) else 2.0), y - side * 0.02, (0.10, 0.12), -0.3, 0.72)
    studs = _steps(x, 8.0)
    mark = course.part("emitter", (0.8, 0.35, 0.05), power=0.05, night_power=0.25)
    _posts(mark, studs, y + side * 0.10, (0.04, 0.02), 0.565, 0.65)


def jersey(site: Site, key: Key, x: Span, y: float) -> None:
    """Set a concrete median barrier of the New Jersey profile, 0.85 m high, kind wall."""
    course = site.scene.course("wall", key)
    grey = key.uniform("grey", 0.32, 0.5)
    part = course.part("concrete", (grey, grey * 0.98, grey * 0.94))
    at = _steps(x, 4.0)
    profile = [
        (-0.30, -0.2),
        (-0.30, 0.08),
        (-0.16, 0.33),
        (-0.09, 0.85),
        (0.09, 0.85),
        (0.16, 0.33),
        (0.30, 0.08),
        (0.30, -0.2),
    ]
    gap = 0.03
    ends = np.stack([at[:-1] + gap, at[1:] - gap], 1)
    ring = np.array([[(e, y + a, b) for a, b in profile] for pair in ends for e in pair]).reshape(
        len(ends), 2, len(profile), 3
    )
    sides = np.stack([ring[:, 0, :-1], ring[:, 1, :-1], ring[:, 1, 1:], ring[:, 0, 1:]], 2)
    caps = ring[:, :, [(7, 0, 1, 6), (1, 2, 5, 6), (2, 3, 4, 5)]]
    part.add(shapes.quads(np.concatenate([sides.reshape(-1, 4, 3), caps.reshape(-1, 4, 3)]).astype(np.float32)))
    if key.chance("reflectors", 0.7):
        mark = course.part("emitter", (0.85, 0.5, 0.08), power=0.06, night_power=0.3)
        _posts(mark, at[::2], y, (0.1, 0.06), 0.85, 0.97)


def works_barrier(site: Site, key: Key, x: Span, y: float) -> None:
    """Set up red and white barriers of road works: boards on feet, or filled plastic bodies; lamps on some."""
    course = site.scene.course("barrier", key)
    red: Color = key.pick("red", ((0.62, 0.05, 0.03), (0.70, 0.20, 0.03)))
    white: Color = (0.72, 0.72, 0.70)
    at = _steps(x, key.uniform("step", 1.9, 2.3))
    if key.chance("plastic", 0.35):
        starts, ends = at[:-1] + 0.06, at[1:] - 0.06
        for half, color in ((0, red), (1, white)):
            a, b = starts[half::2], ends[half::2]
            part = course.part("plain", color)
            for z, wide in ((0.0, 0.5), (0.3, 0.32), (0.62, 0.22)):
                low = np.stack([a, np.full(len(a), y - wide / 2), np.full(len(a), z)], 1)
                high = np.stack([b, np.full(len(a), y + wide / 2), np.full(len(a), z + 0.32)], 1)
                part.add(batches.boxes(low, high))
        tall = 0.94
    else:
        board = course.part("stripes", red, white, period=key.uniform("period", 0.35, 0.6))
        starts, ends = at[:-1] + 0.05, at[1:] - 0.05
        for z, upper in ((0.78, 1.0),) if key.chance("single", 0.3) else ((0.78, 1.0), (0.28, 0.48)):
            low = np.stack([starts, np.full(len(starts), y - 0.02), np.full(len(starts), z)], 1)
            top = np.stack([ends, np.full(len(starts), y + 0.02), np.full(len(starts), upper)], 1)
            board.add(batches.boxes(low, top))
        legs = course.part("plain", (0.08, 0.08, 0.085))
        _posts(legs, np.concatenate([starts + 0.15, ends - 0.15]), y + 0.04, (0.05, 0.05), 0.0, 1.05)
        _posts(legs, np.concatenate([starts + 0.15, ends - 0.15]), y, (0.16, 0.7), 0.0, 0.09)
        tall = 1.02
    lamps = at[:-1][key.units("lamp", len(at) - 1) < 0.35] + 0.3
    if len(lamps):
        glow = course.part("emitter", (0.95, 0.55, 0.05), power=0.5, night_power=2.0)
        _posts(glow, lamps, y, (0.16, 0.08), tall, tall + 0.2)
