"""What a street is paved with: carriageway, kerbs, pavements, crossings, crossing streets, the land around.

Flat layers lie at least 4 mm apart: land -0.06, strips beside the road -0.02, carriageway 0, crossing streets 0.004,
paint 0.008.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Body, Color, Part, Place
from sisbench.tinytown.street import KERB, PAVEMENT, SIDES, Junction, Street, Town, between

START, END = -140.0, 430.0
"""Where the street begins and ends, metres."""
_FAR = (-760.0, 1030.0)
_WIDE = 640.0
_ZEBRA = 2.0  # half width of a crossing for walkers
_PAINT = (0.62, 0.62, 0.60)
_MARKS = {"line": 1.0, "double": 2.0, "yellow": 3.0, "none": 0.0}

GRASS: tuple[tuple[Color, Color], ...] = (
    ((0.055, 0.115, 0.022), (0.13, 0.18, 0.05)),
    ((0.045, 0.095, 0.02), (0.10, 0.16, 0.04)),
    ((0.07, 0.12, 0.03), (0.17, 0.20, 0.06)),
    ((0.09, 0.12, 0.035), (0.22, 0.20, 0.08)),
)
"""Lawns, from fresh to dry."""
_STRAW: tuple[Color, Color] = ((0.10, 0.095, 0.05), (0.19, 0.17, 0.095))
_SOIL: tuple[tuple[Color, Color], ...] = (
    ((0.16, 0.11, 0.07), (0.26, 0.19, 0.12)),
    ((0.22, 0.17, 0.11), (0.33, 0.27, 0.19)),
    ((0.12, 0.09, 0.065), (0.20, 0.15, 0.11)),
)
_GRAVEL: tuple[tuple[Color, Color], ...] = (
    ((0.34, 0.31, 0.26), (0.46, 0.43, 0.37)),
    ((0.26, 0.25, 0.24), (0.38, 0.37, 0.35)),
    ((0.42, 0.35, 0.25), (0.52, 0.45, 0.34)),
)
_SLABS: tuple[tuple[Color, Color], ...] = (
    ((0.36, 0.35, 0.33), (0.29, 0.28, 0.27)),
    ((0.42, 0.38, 0.32), (0.34, 0.30, 0.25)),
    ((0.30, 0.17, 0.13), (0.24, 0.14, 0.11)),
    ((0.25, 0.25, 0.26), (0.33, 0.33, 0.33)),
    ((0.45, 0.43, 0.40), (0.38, 0.24, 0.19)),
)


def grass(town: Town) -> tuple[Color, Color]:
    """Return the two greens of a world's lawns; duller and browner outside of summer."""
    colors = town.key.pick("lawn", GRASS)
    fade = {"summer": 0.0, "autumn": 0.35, "winter": 0.6}[town.site.weather.season]
    first, second = (tuple(a + fade * (b - a) for a, b in zip(color, straw, strict=True)) for color, straw in zip(colors, _STRAW, strict=True))
    return (first[0], first[1], first[2]), (second[0], second[1], second[2])


def sheet(
    town: Town, kind: str, material: str, key: Key, x: tuple[float, float], y: tuple[float, float], z: float,
    colors: tuple[Color, Color] | None = None, **params: float,
) -> Body:  # fmt: skip
    """Lay a level surface that follows the street; `y` in any order."""
    body = town.site.scene.course(kind, key)
    first, second = colors or surface_colors(town, material, key)
    body.part(material, first, second, **params).sheet(x, (min(y), max(y)), z)
    return body


def surface_colors(town: Town, material: str, key: Key) -> tuple[Color, Color]:
    """Draw the two colours of a natural or paved surface; lawns are alike all over a world."""
    if material == "grass":
        return grass(town)
    if material == "gravel":
        return key.pick("gravel", _GRAVEL)
    if material == "soil":
        return key.pick("soil", _SOIL)
    if material == "paving":
        return key.pick("slabs", _SLABS)
    grey = key.uniform("grey", 0.07, 0.15) if material == "asphalt" else key.uniform("grey", 0.26, 0.44)
    warm = key.uniform("warm", 0.95, 1.05)
    color = (grey * warm, grey, grey / warm)
    return color, color


def land(town: Town, base: str) -> None:
    """Lay the ground that reaches to the horizon.

    Args:
        town: The world.
        base: "grass", "soil", "paved" or "asphalt".
    """
    key = town.key.child("land")
    kind, material = {
        "grass": ("grass", "grass"), "soil": ("soil", "gravel"), "paved": ("plaza", "paving"),
        "asphalt": ("parking", "asphalt"),
    }[base]  # fmt: skip
    params = {"tile": 0.8} if material == "paving" else {"half_width": 999.0} if material == "asphalt" else {}
    sheet(town, kind, material, key, _FAR, (-_WIDE, _WIDE), -0.06, **params)


def pave(town: Town) -> None:
    """Lay the whole street."""
    street, key = town.street, town.key.child("street")
    if street.lanes != (0, 0):
        _carriageways(town, key.child("carriageway"))
        _median(town, key.child("median"))
    for side in SIDES:
        _beside(town, key, side)
    for index, junction in enumerate(street.junctions):
        for side in junction.sides:
            _crossing_street(town, key.child("junction", index), junction, side)
    _marks(town, key.child("marks"))


def _asphalt(town: Town) -> Color:
    return surface_colors(town, "asphalt", town.key.child("asphalt"))[0]


def _carriageways(town: Town, key: Key) -> None:
    """Driving lanes: one surface where both directions are alike and meet, else one each."""
    street = town.street
    worn = key.uniform("worn", 0.0, 0.85)
    if street.median == 0 and street.lanes[0] == street.lanes[1]:
        _lanes(town, key, (-street.drive(-1), street.drive(1)), 2 * street.lanes[0], _MARKS[street.middle], worn)
        return
    for side in SIDES:
        if street.count(side):
            span = sorted((side * street.median / 2, side * street.drive(side)))
            _lanes(town, key.child(side), (span[0], span[1]), street.count(side), 1.0, worn)
    if street.median == 0 and 0 not in street.lanes and street.middle != "none":
        paint = town.site.scene.course("road", key.child("middle")).part("plain", _PAINT)
        offsets = (0.0,) if street.middle == "line" else (-0.15, 0.15)
        for start, end in between(START, END, [(x, _ZEBRA) for x in street.crossings()]):
            for offset in offsets:
                paint.sheet((start, end), (offset - 0.06, offset + 0.06), 0.008)


def _lanes(town: Town, key: Key, span: tuple[float, float], lanes: int, marking: float, worn: float) -> None:
    color = _asphalt(town)
    middle, half = (span[0] + span[1]) / 2, (span[1] - span[0]) / 2
    body = town.site.scene.course("road", key, Place(0.0, middle))
    facts = {"half_width": half, "lanes": float(lanes), "marking": marking, "worn": worn}
    crossings = town.street.crossings()
    plain = body.part("asphalt", color, _PAINT, **facts)
    for start, end in between(START, END, [(x, _ZEBRA) for x in crossings]):
        plain.sheet((start, end), (-half, half), 0.0)
    for x in crossings:
        zebra = body.part("asphalt", color, _PAINT, kind="crosswalk", crossing=x, has_crossing=1.0, **facts)
        zebra.sheet((x - _ZEBRA, x + _ZEBRA), (-half, half), 0.0)


def _median(town: Town, key: Key) -> None:
    street = town.street
    if street.median == 0:
        return
    half = street.median / 2
    gaps = [(j.x, j.half + 1.0) for j in street.junctions]
    gaps += [(x, _ZEBRA) for x in street.zebras]
    parts = between(START, END, gaps)
    if street.middle == "tram":
        _tracks(town, key, half, parts)
        return
    raised = street.middle in ("grass", "trees", "paved", "wall", "rail")
    kind, material, params = {
        "paved": ("sidewalk", "paving", {"tile": 0.3}), "wall": ("road", "concrete", {}), "rail": ("grass", "gravel", {}),
    }.get(street.middle, ("grass", "grass", {}))  # fmt: skip
    for index, (start, end) in enumerate(parts):
        z = 0.13 if raised and street.middle not in ("wall", "rail") else 0.01
        sheet(town, kind, material, key.child("top", index), (start, end), (-half, half), z, **params)
        if z > 0.1:
            curb = town.site.scene.course("curb", key.child("curb", index)).part("concrete", (0.4, 0.39, 0.37))
            for side in SIDES:
                curb.strip(start, end, side * (half - KERB / 2), KERB, 0.0, 0.15)
    for j in street.junctions:
        sheet(town, "road", "asphalt", key.child("gap", round(j.x)), (j.x - j.half - 1, j.x + j.half + 1), (-half, half), 0.0,
              (_asphalt(town),) * 2, half_width=999.0)  # fmt: skip
    for x in street.zebras:
        sheet(town, "sidewalk", "paving", key.child("island", round(x)), (x - _ZEBRA, x + _ZEBRA), (-half, half), 0.02, tile=0.3)


def _tracks(town: Town, key: Key, half: float, parts: list[tuple[float, float]]) -> None:
    """Two tracks where the median is wide, else one; in grass, gravel or pavement."""
    material = key.pick("bed", ("grass", "gravel", "concrete"), (5, 2, 3))
    for index, (start, end) in enumerate(parts):
        sheet(town, "track bed", material, key.child("bed", index), (start, end), (-half, half), 0.02)
        curb = town.site.scene.course("curb", key.child("curb", index)).part("concrete", (0.4, 0.39, 0.37))
        for side in SIDES:
            curb.strip(start, end, side * (half - KERB / 2), KERB, 0.0, 0.1)
    for start, end in between(START, END, [((a + b) / 2, (b - a) / 2) for a, b in parts]):
        sheet(town, "road", "asphalt", key.child("between", round(start)), (start, end), (-half, half), 0.0,
              (_asphalt(town),) * 2, half_width=999.0)  # fmt: skip
    rails = town.site.scene.course("rail track", key.child("rails")).part("metal", (0.32, 0.30, 0.28))
    for y in tracks(town.street):
        for gauge in (-0.72, 0.72):
            rails.strip(START, END, y + gauge, 0.09, 0.0, 0.05)


def tracks(street: Street) -> tuple[float, ...]:
    """Return y of the tram tracks on a street's median."""
    if street.middle != "tram":
        return ()
    return (-street.median / 4, street.median / 4) if street.median >= 5.5 else (0.0,)


def _beside(town: Town, key: Key, side: int) -> None:
    """Cycle lane, parking lane, kerb, verge and pavement of one side."""
    street, strips = town.street, town.street.side(side)
    key = key.child("beside", "left" if side > 0 else "right")
    asphalt = _asphalt(town)
    drive, parking, half = street.drive(side), street.parking(side), street.half(side)
    if strips.cycle:
        tint: Color = town.key.pick("cycle tint", (asphalt, asphalt, (0.22, 0.07, 0.05), (0.06, 0.13, 0.10), (0.05, 0.09, 0.16)))
        colors = (tint, tint)
        sheet(town, "road", "asphalt", key.child("cycle"), (START, END), (side * drive, side * parking), 0.0, colors, half_width=999.0)
    if strips.parking:
        shade = key.uniform("parking shade", 0.85, 1.3)
        colors = ((asphalt[0] * shade, asphalt[1] * shade, asphalt[2] * shade),) * 2
        sheet(town, "road", "asphalt", key.child("parking"), (START, END), (side * parking, side * half), 0.0, colors, half_width=999.0)
        _bays(town, key.child("bays"), side, parking, half)
    if strips.shoulder:
        dirt = key.pick("shoulder", ("gravel", "asphalt"), (3, 1))
        params = {"half_width": 999.0} if dirt == "asphalt" else {}
        y = (side * half, side * (half + strips.shoulder))
        sheet(town, "road" if dirt == "asphalt" else "gravel", dirt, key.child("shoulder"), (START, END), y, -0.012, **params)
    base = half + strips.shoulder
    inner, outer = street.walk(side)
    verge = inner - strips.verge
    for index, (start, end) in enumerate(_pieces(street, side)):
        at = key.child("piece", index)
        if strips.curb:
            curb = town.site.scene.course("curb", at.child("curb")).part("concrete", _stone(town))
            curb.strip(start, end, side * (base + KERB / 2), KERB, -0.05, PAVEMENT + 0.06)
        z = PAVEMENT if strips.curb else 0.012
        if strips.verge:
            sheet(town, "grass", "grass", at.child("verge"), (start, end), (side * verge, side * inner), z - 0.01)
        if strips.walk:
            walk = town.site.scene.course("sidewalk", at.child("walk"))
            _slabs(town, walk).sheet((start, end), sorted_pair(side * inner, side * outer), z)


def sorted_pair(a: float, b: float) -> tuple[float, float]:
    """Return two numbers, the smaller one first."""
    return (a, b) if a < b else (b, a)


def _slabs(town: Town, body: Body) -> Part:
    """Start a part with the pavement of a world: slabs, setts, bricks, or concrete."""
    key = town.key.child("pavement")
    colors = key.pick("slabs", (*_SLABS, None))
    if colors is None:
        return body.part("concrete", *surface_colors(town, "concrete", key))
    return body.part("paving", *colors, tile=key.uniform("tile", 0.25, 1.2), bond=float(key.integer("bond", 2)))


def _radius(street: Street, junction: Junction, side: int) -> float:
    """Radius of the kerb at the corners of a junction; 0 where there is no kerb."""
    if not street.side(side).curb or not junction.walk:
        return 0.0
    return min(3.2, street.edge(side) - street.half(side) - 0.2, junction.walk)


def _pieces(street: Street, side: int) -> list[tuple[float, float]]:
    """Stretches of pavement between the corners of crossing streets."""
    gaps = [(j.x, j.half + _radius(street, j, side)) for j in street.junctions if side in j.sides]
    return between(START, END, gaps)


def _corner(town: Town, key: Key, junction: Junction, side: int, across: int) -> None:
    """A corner of two pavements, its kerb round."""
    street, scene = town.street, town.site.scene
    radius, half, edge = _radius(street, junction, side), street.half(side), street.edge(side)
    if radius <= 0.3:
        return
    x0 = junction.x + across * junction.half
    center = (x0 + across * radius, side * (half + radius))
    mouth = scene.course("road", key.child("mouth")).part("asphalt", *(_asphalt(town),) * 2, half_width=999.0)
    mouth.sheet(sorted_pair(x0, center[0]), sorted_pair(side * half, center[1]), 0.006)
    body = scene.course("sidewalk", key)
    slabs = _slabs(town, body)
    slabs.sheet(sorted_pair(x0, center[0]), sorted_pair(center[1], side * edge), PAVEMENT)
    arc = [(-across * math.sin(k * math.pi / 12), -side * math.cos(k * math.pi / 12)) for k in range(7)]
    rim = [(center[0] + radius * a, center[1] + radius * b) for a, b in arc]
    inner = [(center[0] + (radius - KERB) * a, center[1] + (radius - KERB) * b) for a, b in arc]
    top = PAVEMENT + 0.01
    slabs.add(shapes.flat(np.array([[(*center, PAVEMENT), (*inner[k], PAVEMENT), (*inner[k + 1], PAVEMENT)] for k in range(6)], np.float32)))
    stone = body.part("concrete", _stone(town), kind="curb")
    quads = [[(*rim[k], top), (*rim[k + 1], top), (*inner[k + 1], top), (*inner[k], top)] for k in range(6)]
    quads += [[(*rim[k], -0.05), (*rim[k + 1], -0.05), (*rim[k + 1], top), (*rim[k], top)] for k in range(6)]
    stone.add(shapes.quads(np.array(quads, np.float32)))


def _stone(town: Town) -> Color:
    return town.key.pick("kerbstone", ((0.42, 0.41, 0.39), (0.33, 0.32, 0.31), (0.5, 0.48, 0.45)))


def _bays(town: Town, key: Key, side: int, inner: float, outer: float) -> None:
    """Marks of a parking lane, near the camera."""
    if not key.chance("marked", 0.65):
        return
    paint = town.site.scene.course("road", key).part("plain", _PAINT)
    low, high = sorted((side * inner, side * outer))
    for start, end in _pieces(town.street, side):
        start, end = max(start, -40.0), min(end, 90.0)
        if end - start < 8:
            continue
        paint.sheet((start, end), (side * inner - 0.05, side * inner + 0.05), 0.008)
        corners = []
        for index in range(int((end - start) / 6.2) + 1):
            x = start + index * 6.2
            corners.append([(x - 0.05, low, 0.008), (x + 0.05, low, 0.008), (x + 0.05, high, 0.008), (x - 0.05, high, 0.008)])
        paint.add(shapes.quads(np.array(corners, np.float32)))


def _crossing_street(town: Town, key: Key, junction: Junction, side: int) -> None:
    """One arm of a crossing street, at right angles, with its pavements."""
    street = town.street
    key = key.child("left" if side > 0 else "right")
    turned = Place(junction.x, 0.0, side * math.pi / 2)
    start, end = street.half(side), 320.0
    if street.side(side).shoulder and junction.walk == 0:
        start += 0.2
    body = town.site.scene.course("road", key, turned)
    dirt = junction.walk == 0 and key.chance("track", 0.5)
    material, kind = ("gravel", "path") if dirt else ("asphalt", "road")
    color = surface_colors(town, material, key) if dirt else (_asphalt(town),) * 2
    facts = {} if dirt else {"half_width": junction.half, "lanes": 2.0, "marking": 1.0 if junction.walk else 0.0, "worn": 0.5}
    near = street.edge(side) + 1.5
    mouth = {} if dirt else {"half_width": 999.0}
    body.part(material, *color, kind=kind, **mouth).sheet((start - 0.05, near), (-junction.half, junction.half), 0.004)
    arm = body.part(material, *color, kind=kind, **facts)
    arm.sheet((near, 110.0), (-junction.half, junction.half), 0.004)
    arm.sheet((110.0, end), (-junction.half, junction.half), 0.004)
    if not junction.walk:
        return
    walks = town.site.scene.course("sidewalk", key.child("walks"), turned)
    part = _slabs(town, walks)
    stone = walks.part("concrete", _stone(town), kind="curb")
    edge, round_ = street.edge(side), _radius(street, junction, side)
    for across in SIDES:
        y = sorted_pair(across * junction.half, across * junction.reach)
        for a, b in ((edge, 110.0), (110.0, end)):
            part.sheet((a, b), y, PAVEMENT)
        stone.strip(street.half(side) + max(0.1, round_), end, across * (junction.half + KERB / 2), KERB, -0.05, PAVEMENT + 0.06)
        _corner(town, key.child("corner", across), junction, side, across * side)


def _marks(town: Town, key: Key) -> None:
    """Stop lines, arrows and manhole covers."""
    street = town.street
    if street.lanes == (0, 0):
        return
    paint = town.site.scene.course("road", key.child("paint")).part("plain", _PAINT)
    for j in street.junctions:
        if not j.lights and not j.zebra:
            continue
        for side in SIDES:
            if street.count(side):
                x = j.x + side * (j.half + (5.4 if j.zebra else 1.5))
                y = sorted((side * (street.median / 2 + 0.15), side * (street.drive(side) - 0.15)))
                paint.sheet((x - 0.2, x + 0.2), (y[0], y[1]), 0.008)
                for lane in range(street.count(side) if street.count(side) > 1 else 0):
                    turn = "left" if lane == 0 else "straight"
                    _arrow(paint, x + side * key.uniform("arrow", 6.0, 10.0), street.lane(side, lane), side, turn)
    if not street.right.curb:
        return
    covers = town.site.scene.course("road", key.child("covers")).part("metal", (0.09, 0.085, 0.08))
    for x, at in town.spread("covers", -1, 17.0, (2.0, 70.0)):
        lane = at.integer("lane", max(1, street.count(-1)))
        if street.count(-1):
            covers.add(_disc(), at=(x, street.lane(-1, lane) + at.uniform("off", -0.8, 0.8), 0.006), size=(0.32, 0.32, 1.0))


@functools.cache
def _disc() -> shapes.Surface:
    rim = [(math.cos(k * math.pi / 6), math.sin(k * math.pi / 6), 0.0) for k in range(12)]
    return shapes.flat(np.array([[(0, 0, 0), rim[k], rim[(k + 1) % 12]] for k in range(12)], np.float32))


def _arrow(paint: Part, x: float, y: float, side: int, turn: str) -> None:
    """An arrow on a lane, pointing the way that it leads."""
    f = -side  # along x on the right
    z = 0.008
    if turn == "straight":
        shaft, tip = [(-1.5, -0.08), (0.6, -0.08), (0.6, 0.08), (-1.5, 0.08)], [(0.6, -0.35), (1.7, 0.0), (0.6, 0.35)]
    else:
        shaft, tip = [(-1.5, -0.08), (0.7, -0.08), (0.7, 0.08), (-1.5, 0.08)], [(0.35, 0.15), (0.7, 1.1), (1.0, 0.15)]
    paint.quad(*[(x + f * a, y + f * b, z) for a, b in shaft])
    paint.add(shapes.flat(np.array([[(x + f * a, y + f * b, z) for a, b in tip]], np.float32)))
