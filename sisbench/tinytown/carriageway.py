"""The street itself: driving lanes, median, cycle and parking lanes, kerbs, verges, pavements, paint."""

from __future__ import annotations

import functools
import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.crossroads import corner_radius, crossing_street
from sisbench.tinytown.ground import END, PAINT, START, asphalt, plain_asphalt, sheet, slabs, sorted_pair, stone
from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Color, Part, Place
from sisbench.tinytown.street import KERB, PAVEMENT, SIDES, Street, Town, between

_ZEBRA = 2.0  # half width of a crossing for walkers
_MARKS = {"line": 1.0, "double": 2.0, "yellow": 3.0, "none": 0.0}


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
            crossing_street(town, key.child("junction", index), junction, side)
    _marks(town, key.child("marks"))


def _carriageways(town: Town, key: Key) -> None:
    """Driving lanes: one surface where both directions are alike and meet, else one each."""
    street = town.street
    worn = key.uniform("worn", 0.0, 0.85)
    if street.median == 0 and street.lanes[0] == street.lanes[1]:
        _lanes(town, key, (-street.drive(-1), street.drive(1)), 2 * street.lanes[0], _MARKS[street.middle], worn)
        return
    for side in SIDES:
        if street.count(side):
            span = sorted_pair(side * street.median / 2, side * street.drive(side))
            _lanes(town, key.child(side), span, street.count(side), 1.0, worn)
    if street.median == 0 and 0 not in street.lanes and street.middle != "none":
        paint = town.site.scene.course("road", key.child("middle")).part("plain", PAINT)
        offsets = (0.0,) if street.middle == "line" else (-0.15, 0.15)
        for start, end in between(START, END, [(x, _ZEBRA) for x in street.crossings()]):
            for offset in offsets:
                paint.sheet((start, end), (offset - 0.06, offset + 0.06), 0.008)


def _lanes(town: Town, key: Key, span: tuple[float, float], lanes: int, marking: float, worn: float) -> None:
    color = asphalt(town)
    middle, half = (span[0] + span[1]) / 2, (span[1] - span[0]) / 2
    body = town.site.scene.course("road", key, Place(0.0, middle))
    crossings = town.street.crossings()
    plain = body.part("asphalt", color, PAINT, half_width=half, lanes=float(lanes), marking=marking, worn=worn)
    for start, end in between(START, END, [(x, _ZEBRA) for x in crossings]):
        plain.sheet((start, end), (-half, half), 0.0)
    for x in crossings:
        zebra = body.part(
            "asphalt", color, PAINT, "crosswalk", half_width=half, lanes=float(lanes), marking=marking, worn=worn,
            crossing=x, has_crossing=1.0,
        )  # fmt: skip
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
    tops = {"paved": ("sidewalk", "paving"), "wall": ("road", "concrete"), "rail": ("grass", "gravel")}
    kind, material = tops.get(street.middle, ("grass", "grass"))
    raised = street.middle in ("grass", "trees", "paved")
    for index, (start, end) in enumerate(parts):
        sheet(town, kind, material, key.child("top", index), (start, end), (-half, half), 0.13 if raised else 0.01)
        if raised:
            _median_kerbs(town, key.child("curb", index), (start, end), half, 0.15)
    for j in street.junctions:
        gap = town.site.scene.course("road", key.child("gap", round(j.x)))
        plain_asphalt(gap, asphalt(town)).sheet((j.x - j.half - 1, j.x + j.half + 1), (-half, half), 0.0)
    for x in street.zebras:
        sheet(town, "sidewalk", "paving", key.child("island", round(x)), (x - _ZEBRA, x + _ZEBRA), (-half, half), 0.02)


def _median_kerbs(town: Town, key: Key, x: tuple[float, float], half: float, height: float) -> None:
    curb = town.site.scene.course("curb", key).part("concrete", stone(town))
    for side in SIDES:
        curb.strip(x[0], x[1], side * (half - KERB / 2), KERB, 0.0, height)


def _tracks(town: Town, key: Key, half: float, parts: list[tuple[float, float]]) -> None:
    """Two tracks where the median is wide, else one; in grass, gravel or pavement."""
    material = key.pick("bed", ("grass", "gravel", "concrete"), (5, 2, 3))
    for index, (start, end) in enumerate(parts):
        sheet(town, "track bed", material, key.child("bed", index), (start, end), (-half, half), 0.02)
        _median_kerbs(town, key.child("curb", index), (start, end), half, 0.1)
    for start, end in between(START, END, [((a + b) / 2, (b - a) / 2) for a, b in parts]):
        gap = town.site.scene.course("road", key.child("between", round(start)))
        plain_asphalt(gap, asphalt(town)).sheet((start, end), (-half, half), 0.0)
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
    scene, grey = town.site.scene, asphalt(town)
    drive, parking, half = street.drive(side), street.parking(side), street.half(side)
    if strips.cycle:
        tints: tuple[Color, ...] = (grey, grey, (0.22, 0.07, 0.05), (0.06, 0.13, 0.10), (0.05, 0.09, 0.16))
        lane = plain_asphalt(scene.course("road", key.child("cycle")), town.key.pick("cycle tint", tints))
        lane.sheet((START, END), sorted_pair(side * drive, side * parking), 0.0)
    if strips.parking:
        shade = key.uniform("parking shade", 0.85, 1.3)
        tint = (grey[0] * shade, grey[1] * shade, grey[2] * shade)
        lane = plain_asphalt(scene.course("road", key.child("parking")), tint)
        lane.sheet((START, END), sorted_pair(side * parking, side * half), 0.0)
        _bays(town, key.child("bays"), side, parking, half)
    if strips.shoulder:
        kind, material = key.pick("shoulder", (("gravel", "gravel"), ("road", "asphalt")), (3, 1))
        y = (side * half, side * (half + strips.shoulder))
        sheet(town, kind, material, key.child("shoulder"), (START, END), y, -0.012)
    base = half + strips.shoulder
    inner, outer = street.walk(side)
    verge = inner - strips.verge
    for index, (start, end) in enumerate(_pieces(street, side)):
        at = key.child("piece", index)
        if strips.curb:
            curb = scene.course("curb", at.child("curb")).part("concrete", stone(town))
            curb.strip(start, end, side * (base + KERB / 2), KERB, -0.05, PAVEMENT + 0.06)
        z = PAVEMENT if strips.curb else 0.012
        if strips.verge:
            sheet(town, "grass", "grass", at.child("verge"), (start, end), (side * verge, side * inner), z - 0.01)
        if strips.walk:
            walk = scene.course("sidewalk", at.child("walk"))
            slabs(town, walk).sheet((start, end), sorted_pair(side * inner, side * outer), z)


def _pieces(street: Street, side: int) -> list[tuple[float, float]]:
    """Stretches of pavement between the corners of crossing streets."""
    gaps = [(j.x, j.half + corner_radius(street, j, side)) for j in street.junctions if side in j.sides]
    return between(START, END, gaps)


def _bays(town: Town, key: Key, side: int, inner: float, outer: float) -> None:
    """Marks of a parking lane, near the camera."""
    if not key.chance("marked", 0.65):
        return
    paint = town.site.scene.course("road", key).part("plain", PAINT)
    low, high = sorted((side * inner, side * outer))
    for start, end in _pieces(town.street, side):
        start, end = max(start, -40.0), min(end, 90.0)
        if end - start < 8:
            continue
        paint.sheet((start, end), (side * inner - 0.05, side * inner + 0.05), 0.008)
        corners = []
        for index in range(int((end - start) / 6.2) + 1):
            x = start + index * 6.2
            corners.append(
                [(x - 0.05, low, 0.008), (x + 0.05, low, 0.008), (x + 0.05, high, 0.008), (x - 0.05, high, 0.008)]
            )
        paint.add(shapes.quads(np.array(corners, np.float32)))


def _marks(town: Town, key: Key) -> None:
    """Stop lines, arrows and manhole covers."""
    street = town.street
    if street.lanes == (0, 0):
        return
    paint = town.site.scene.course("road", key.child("paint")).part("plain", PAINT)
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
            covers.add(
                _disc(), at=(x, street.lane(-1, lane) + at.uniform("off", -0.8, 0.8), 0.006), size=(0.32, 0.32, 1.0)
            )


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
