"""Signs, gantries, billboards, advertising: what carries pictures and letters. All face local -x."""

from __future__ import annotations

import itertools
import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.objects.poles import head_pole
from sisbench.tinytown.scene import Body, Color, Part, Place
from sisbench.tinytown.site import Site

SIGNS = ("disc", "triangle", "panel", "direction", "street", "stop", "diamond")
"""Shapes of traffic signs: prohibition, warning, information, arrow-shaped boards, street names, octagon, priority."""

_STEEL: Color = (0.42, 0.42, 0.42)
_BLUE, _GREEN, _YELLOW, _WHITE = (0.02, 0.09, 0.42), (0.01, 0.20, 0.10), (0.72, 0.52, 0.03), (0.80, 0.80, 0.78)
_POSTERS: tuple[Color, ...] = (
    (0.60, 0.06, 0.05),
    (0.04, 0.16, 0.45),
    (0.65, 0.50, 0.05),
    (0.05, 0.33, 0.20),
    (0.62, 0.60, 0.56),
    (0.40, 0.08, 0.35),
    (0.06, 0.06, 0.07),
)


def _plate(part: Part, corners: list[tuple[float, float]], z: float, x: float, thick: float = 0.02) -> None:
    """Add a plate of convex corners (y, z about its middle) that faces -x."""
    front = np.array([(x, a, z + b) for a, b in corners])
    back = front + np.array([thick, 0, 0])
    fan = np.arange(1, len(corners) - 1)
    zero = np.zeros_like(fan)
    faces = [front[np.stack([zero, fan, fan + 1], 1)], back[np.stack([zero, fan + 1, fan], 1)]]
    part.add(shapes.flat(np.concatenate(faces).astype(np.float32)))
    rim = np.stack([front, np.roll(front, -1, 0), np.roll(back, -1, 0), back], 1)
    part.add(shapes.quads(rim.astype(np.float32)))


def _ring(count: int, radius: float, start: float = 0.0) -> list[tuple[float, float]]:
    angles = [start + 2 * math.pi * k / count for k in range(count)]
    return [(radius * math.cos(a), radius * math.sin(a)) for a in angles]


def traffic_sign(site: Site, key: Key, place: Place, shape: str | None = None, size: float | None = None) -> None:
    """Put up a traffic sign that faces local -x, at times a second one below it.

    Args:
        site: Where to build.
        key: Of the sign.
        place: Foot of the pole.
        shape: One of `SIGNS`; None draws one.
        size: Half the height of a disc or triangle, metres; None draws 0.3 to 0.4.
    """
    body = site.scene.body("traffic sign", place, key)
    half = size or key.uniform("size", 0.29, 0.40)
    z = key.uniform("height", 2.2, 2.6) + half
    head_pole(body, _STEEL, z + half * 0.8)
    name = shape or key.pick("shape", SIGNS, (29, 22, 22, 9, 8, 5, 5))
    _sign(body, key, name, z, half)
    if name in ("disc", "triangle") and key.chance("second", 0.3):
        wide = half * 1.1
        z -= half * 1.6
        part = body.part(
            "sign", _WHITE, (0.04, 0.04, 0.04), origin=(0, 0, z), shape=2, half_width=wide, half_height=0.45 * half
        )
        _plate(part, [(-wide, -0.45 * half), (wide, -0.45 * half), (wide, 0.45 * half), (-wide, 0.45 * half)], z, -0.06)


def _sign(body: Body, key: Key, name: str, z: float, half: float) -> None:
    at = (0, 0, z)
    if name == "disc":
        color, accent = key.pick(
            "disc",
            ((_WHITE, (0.62, 0.02, 0.03)), ((0.62, 0.02, 0.03), _WHITE), (_BLUE, _WHITE), (_BLUE, (0.62, 0.02, 0.03))),
            (45, 15, 25, 15),
        )
        part = body.part("sign", color, accent, origin=at, shape=0, half_width=half, half_height=half)
        _plate(part, _ring(14, half), z, -0.06)
    elif name == "stop":
        part = body.part("sign", (0.55, 0.02, 0.025), _WHITE, origin=at, shape=3, half_width=half, half_height=half)
        _plate(part, _ring(8, half * 1.05, math.pi / 8), z, -0.06)
    elif name == "diamond":
        part = body.part("sign", _YELLOW, _WHITE, origin=at, shape=4, half_width=half, half_height=half)
        _plate(part, _ring(4, half), z, -0.06)
    elif name == "triangle":
        color = key.pick("triangle", (_WHITE, _YELLOW), (75, 25))
        part = body.part("sign", color, (0.62, 0.02, 0.03), origin=at, shape=1, half_width=half, half_height=half)
        corners = [(-half, -half), (half, -half), (0, half)]
        if key.chance("yield", 0.3):
            corners = [(a, -b) for a, b in corners]
        _plate(part, corners, z, -0.06)
    elif name == "direction":
        for k in range(2 + key.integer("boards", 2)):
            board = key.child("board", k)
            way, wide, up = board.sign("way"), board.uniform("wide", 0.7, 0.95), z + 0.1 - 0.36 * k
            color = board.pick("color", (_WHITE, _YELLOW, _BLUE, _GREEN))
            ink = (0.03, 0.03, 0.03) if color in (_WHITE, _YELLOW) else _WHITE
            middle = way * 0.5 * wide
            part = body.part("sign", color, ink, origin=(0, middle, up), shape=5, half_width=wide, half_height=0.15)
            tip = [(wide + 0.14, 0.0)] if way > 0 else []
            tail = [(-wide - 0.14, 0.0)] if way < 0 else []
            _plate(
                part,
                [(a + middle, b) for a, b in [(-wide, -0.15), (wide, -0.15), *tip, (wide, 0.15), (-wide, 0.15), *tail]],
                up,
                -0.06,
            )
    elif name == "street":
        color = key.pick("plate", (_BLUE, _GREEN, _WHITE))
        ink = (0.03, 0.03, 0.03) if color == _WHITE else _WHITE
        wide = 0.5
        part = body.part("sign", color, ink, origin=(0, 0, z), shape=5, half_width=wide, half_height=0.12)
        _plate(part, [(-wide, -0.12), (wide, -0.12), (wide, 0.12), (-wide, 0.12)], z, -0.05)
        part.add(batches.cubes([(0, 0, z + 0.28)], (1.0, 0.02, 0.24)))
    else:
        color = key.pick("panel", (_BLUE, _GREEN, _YELLOW, _WHITE), (50, 15, 15, 20))
        ink = (0.03, 0.03, 0.03) if color in (_YELLOW, _WHITE) else _WHITE
        wide, high = half * key.uniform("wide", 0.9, 1.3), half * key.uniform("high", 1.0, 1.6)
        part = body.part("sign", color, ink, origin=at, shape=2, half_width=wide, half_height=high)
        _plate(part, [(-wide, -high), (wide, -high), (wide, high), (-wide, high)], z, -0.06)


def gantry(site: Site, key: Key, x: float, y: tuple[float, float]) -> None:
    """Build a sign gantry over the carriageway from `y[0]` to `y[1]` at `x`; its boards face -x."""
    middle, half = (y[0] + y[1]) / 2, abs(y[1] - y[0]) / 2
    body = site.scene.body("gantry", Place(x, middle), key)
    steel = body.part("metal", key.pick("steel", ((0.40, 0.41, 0.41), (0.30, 0.32, 0.33), (0.5, 0.5, 0.48))))
    tall = key.uniform("height", 6.2, 7.0)
    single = key.chance("single", 0.3)
    legs = (-1,) if single else (-1, 1)
    steel.add(batches.cubes([(0, s * half, tall / 2 - 0.2) for s in legs], (0.36, 0.36, tall + 0.6)))
    chords = [[(dx, -half, tall + dz), (dx, half, tall + dz)] for dx in (-0.25, 0.25) for dz in (-0.35, 0.45)]
    count = max(4, int(half))
    at = [-half + 2 * half * k / count for k in range(count + 1)]
    lattice = [[(dx, a, tall - 0.35), (dx, b, tall + 0.45)] for dx in (-0.25, 0.25) for a, b in itertools.pairwise(at)]
    steel.add(batches.tubes([*chords, *lattice], 0.05, 4))
    boards = 1 + key.integer("boards", 3)
    color = key.pick("color", (_BLUE, _GREEN), (55, 45))
    for k in range(boards):
        part_key = key.child("board", k)
        wide = min(part_key.uniform("wide", 1.4, 2.3), half / boards * 0.9)
        high = part_key.uniform("high", 0.9, 1.5)
        across = -half + 2 * half * (k + 0.5) / boards
        plate, ink = (color, _WHITE) if part_key.chance("same", 0.8) else (_WHITE, (0.03, 0.03, 0.03))
        origin = (0, across, tall + 0.1)
        size = {"half_width": wide, "half_height": high}
        part = body.part("sign", plate, ink, "traffic sign", origin, shape=2, **size)
        edge = [(across - wide, -high), (across + wide, -high), (across + wide, high), (across - wide, high)]
        _plate(part, edge, tall + 0.1, -0.42, 0.06)


def billboard(site: Site, key: Key, place: Place) -> None:
    """Put up a billboard 3 to 6 m wide that faces local -x."""
    body = site.scene.body("billboard", place, key)
    wide, high = key.uniform("wide", 1.6, 3.0), key.uniform("high", 1.1, 1.6)
    low = key.uniform("low", 1.4, 3.2)
    z = low + high
    steel = body.part("metal", (0.16, 0.16, 0.17), kind="pole")
    legs = (0.0,) if wide < 2.2 and key.chance("one leg", 0.5) else (-0.6 * wide, 0.6 * wide)
    steel.add(batches.cubes([(0.12, y, z / 2 - 0.2) for y in legs], (0.2, 0.2, z + 0.4)))
    frame = body.part("plain", key.pick("frame", ((0.05, 0.05, 0.055), (0.4, 0.4, 0.4), (0.08, 0.12, 0.09))))
    frame.add(batches.cubes([(0.0, 0, z)], (0.16, 2 * wide + 0.2, 2 * high + 0.2)))
    _poster(body, key, (-0.085, 0, z), wide, high)
    if key.chance("lights", 0.4):
        body.lamp((-1.2, 0, z + high), (1.0, 0.92, 0.8), 8.0)


def _poster(body: Body, key: Key, at: tuple[float, float, float], wide: float, high: float) -> None:
    """Hang a picture of half sizes that faces -x."""
    ink, ground = key.pick("ink", _POSTERS), key.pick("ground", _POSTERS)
    part = body.part("poster", ink, ground, origin=at, half_width=wide, half_height=high)
    x, y, z = at
    part.quad((x, y + wide, z - high), (x, y - wide, z - high), (x, y - wide, z + high), (x, y + wide, z + high))


def city_light(site: Site, key: Key, place: Place) -> None:
    """Put up a lit advertising case at eye height that faces local -x and +x, kind billboard."""
    body = site.scene.body("billboard", place, key)
    case = body.part("metal", key.pick("case", ((0.05, 0.05, 0.055), (0.32, 0.33, 0.34))))
    case.add(batches.cubes([(0, 0, 1.55), (0, 0, 0.2)], [(0.2, 1.36, 2.1), (0.14, 0.5, 1.0)]))
    _poster(body, key, (-0.105, 0, 1.55), 0.6, 0.95)
    back = body.part(
        "poster",
        key.pick("ink 2", _POSTERS),
        key.pick("ground 2", _POSTERS),
        origin=(0.105, 0, 1.55),
        half_width=0.6,
        half_height=0.95,
    )
    back.quad((0.105, -0.6, 0.6), (0.105, 0.6, 0.6), (0.105, 0.6, 2.5), (0.105, -0.6, 2.5))
    body.lamp((-0.8, 0, 1.6), (0.95, 0.97, 1.0), 1.5)


def advertising_column(site: Site, key: Key, place: Place) -> None:
    """Put up a round column of posters, 3.4 m high, kind billboard."""
    body = site.scene.body("billboard", place, key)
    body.part("concrete", (0.35, 0.34, 0.32)).add(shapes.lathe([(0.72, -0.2), (0.72, 0.4), (0.65, 0.42)], 12))
    hat = key.pick("hat", ((0.05, 0.10, 0.07), (0.25, 0.25, 0.25), (0.32, 0.28, 0.2)))
    body.part("metal", hat).add(
        shapes.lathe([(0.65, 2.9), (0.8, 2.95), (0.8, 3.05), (0.45, 3.25), (0.12, 3.32), (0.0, 3.5)], 12)
    )
    angles = [2 * math.pi * k / 12 for k in range(13)]
    for k in range(4):
        part = body.part(
            "poster",
            key.pick(f"ink {k}", _POSTERS),
            key.pick(f"ground {k}", _POSTERS),
            origin=(0, 0, 1.65),
            half_width=0.65,
            half_height=1.25,
        )
        quads = []
        for j in range(3):
            a, b = angles[3 * k + j], angles[3 * k + j + 1]
            pa, pb = (0.65 * math.cos(a), 0.65 * math.sin(a)), (0.65 * math.cos(b), 0.65 * math.sin(b))
            quads.append([(*pa, 0.4), (*pb, 0.4), (*pb, 2.9), (*pa, 2.9)])
        part.add(shapes.quads(np.array(quads, np.float32)))


def clock(site: Site, key: Key, place: Place) -> None:
    """Put up a street clock with two faces, 3.2 to 4 m high."""
    body = site.scene.body("clock", place, key)
    tall = key.uniform("height", 3.2, 3.8)
    dark = body.part("metal", key.pick("metal", ((0.03, 0.05, 0.04), (0.05, 0.05, 0.055), (0.25, 0.25, 0.24))))
    dark.add(shapes.lathe([(0.18, -0.2), (0.16, 0.5), (0.07, 0.7), (0.06, tall - 0.4)], 8))
    turn = shapes.turn_y(math.pi / 2)
    dark.add(shapes.cylinder(14), turn, (0, 0, tall), (0.44, 0.44, 0.2))
    face = body.part("emitter", (0.9, 0.88, 0.8), power=0.45, night_power=0.7)
    face.add(shapes.cylinder(14), turn, (0, 0, tall), (0.37, 0.37, 0.23))
    hands = body.part("plain", (0.02, 0.02, 0.02))
    for side in (-1, 1):
        for length, thick, name in ((0.3, 0.02, "minute"), (0.2, 0.03, "hour")):
            angle = key.uniform(name, 0, 2 * math.pi)
            tip = (side * 0.125, side * length * math.sin(angle), tall + length * math.cos(angle))
            hands.add(batches.bars([(side * 0.125, 0, tall)], [tip], thick, sections=4))
