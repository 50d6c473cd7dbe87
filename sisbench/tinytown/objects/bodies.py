"""The shapes of people: a figure's joints, dressed."""

from __future__ import annotations

import functools
import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.objects.figures import SHOE, Figure, Joint
from sisbench.tinytown.objects.heads import head
from sisbench.tinytown.objects.mould import Casting, creased, grid, halves, merged, posed, tube, tubes
from sisbench.tinytown.objects.outfits import Cut
from sisbench.tinytown.shapes import Surface

Piece = tuple[str, Surface]

_AROUND = (5, 6, 10)  # sections of a trunk by detail; a cell of each faces forwards
_FRONT = {6: 4, 10: 7}  # that cell
_LEG = (3, 4, 6)
_ARM = (3, 4, 5)
_LOOSE = {"coat": 0.022, "jacket": 0.016, "vest": 0.018}  # metres that outer garments add
_HEMS = {"coat": 0.62, "skirt": 0.98, "long skirt": 1.6}  # how far down the legs: 1 is the knee, 2 the ankle


def dressed(figure: Figure, cut: Cut, detail: int) -> Casting:
    """Return the shape of a person by parts: skin, hair, above, inner, below, legs, shoes, hat, pack.

    Args:
        figure: Where the joints are.
        cut: What is worn.
        detail: 2 near, 1, 0 far.
    """
    parts: dict[str, list[Surface]] = {}
    pieces = (
        *_trunk(figure, cut.build, cut.woman, cut.stout, cut.top, cut.bottom, detail),
        *_legs(figure, cut.bottom, cut.top == "dress", cut.stout, detail),
        *head(figure.head, figure.nod, cut.hair, cut.hat, cut.beard, detail),
        *(_pack(figure, cut.pack) if cut.pack else ()),
    )
    for name, surface in pieces:
        parts.setdefault(name, []).append(surface)
    return {name: merged(found) for name, found in parts.items()}


@functools.lru_cache(maxsize=1024)
def _trunk(figure: Figure, build: str, woman: bool, stout: float, top: str, bottom: str, detail: int) -> list[Piece]:
    """Trunk, arms, hands, neck."""
    wide, deep = (0.156, 0.148, 0.166, 0.170), (0.108, 0.105, 0.120, 0.098)  # hips, waist, ribs, shoulders
    if woman:
        wide, deep = (0.168, 0.132, 0.148, 0.150), (0.115, 0.096, 0.118, 0.088)
    if build == "child":
        wide, deep = (0.150, 0.145, 0.155, 0.152), (0.110, 0.110, 0.115, 0.092)
    loose = _LOOSE.get(top, 0.0)
    hips, waist, ribs, shoulders = (
        (w + loose + a * stout, d + loose + b * stout)
        for w, d, a, b in zip(wide, deep, (0.02, 0.045, 0.02, 0.005), (0.03, 0.065, 0.025, 0.005), strict=True)
    )
    low = _mix(figure.pelvis, figure.chest, -0.12 if top == "shirt" else -0.22)
    rings = [(low, (hips[0] + 0.004, hips[1] + 0.004))]
    skirt = top in ("coat", "dress") and _upright(figure)
    if skirt:
        middle, across, along = _hem(figure, _HEMS["coat" if top == "coat" else bottom])
        rings = [(middle, (across + loose, along + loose))]
    heights = [
        (-0.02, hips),
        (0.42, waist),
        (0.74, ribs),
        (0.94, shoulders),
        (1.01, (0.118, 0.085)),
        (1.08, (0.062, 0.060)),
    ]
    heights = [heights[k] for k in ((1, 3, 5), (0, 1, 3, 5), range(6))[detail]]
    rings += [(_mix(figure.pelvis, figure.chest, t), radii) for t, radii in heights]
    around = _AROUND[detail]
    triangles, normals = tube([p for p, _ in rings], [r for _, r in rings], around, ends=False)
    pieces: list[Piece] = []
    if top in ("jacket", "coat") and detail:  # open over a shirt
        cell = np.arange((len(rings) - 1) * around)
        front = np.tile((cell % around == _FRONT[around]) & (cell // around >= (1 if top == "jacket" else 3)), 2)
        pieces.append(("inner", (triangles[front], normals[front])))
        triangles, normals = triangles[~front], normals[~front]
    pieces.append(("above", (triangles, normals)))
    neck = [_mix(figure.chest, figure.head, 0.0), _mix(figure.chest, figure.head, 0.75)]
    pieces.append(("skin", tube(neck, [0.060, 0.050], (3, 4, 6)[detail], ends=False)))
    return pieces + _arms(figure, top, 0.6 * loose + 0.012, detail)


def _arms(figure: Figure, top: str, sleeve: float, detail: int) -> list[Piece]:
    """Arms in sleeves of a thickness, and hands."""
    n = _ARM[detail]
    arms = list(zip(figure.shoulders, figure.elbows, figure.wrists, strict=True))
    tips = [(p[0], p[1] - 0.05 * s, p[2] + 0.04) for s, (p, _, _) in zip((-1, 1), arms, strict=True)]
    pieces: list[Piece] = []
    if top in ("tee", "dress"):
        short = [[tip, a, _mix(a, b, 0.6)] for tip, (a, b, _) in zip(tips, arms, strict=True)]
        bare = [[_mix(a, b, 0.5), b, c] for a, b, c in arms]
        pieces.append(("above", tubes(short, [0.03, 0.050 + sleeve, 0.050 + sleeve], n, ends=False)))
        pieces.append(("skin", tubes(bare, [0.046, 0.041, 0.029], n, ends=False)))
    else:
        whole = [[tip, a, b, c] for tip, (a, b, c) in zip(tips, arms, strict=True)]
        name = "inner" if top == "vest" else "above"
        pieces.append((name, tubes(whole, [0.03, 0.050 + sleeve, 0.044 + sleeve, 0.033 + sleeve], n, ends=False)))
    if detail == 2:
        hands = [[_mix(b, c, t) for t in (0.96, 1.24, 1.55)] for _, b, c in arms]
        pieces.append(("skin", tubes(hands, [(0.022, 0.027), (0.026, 0.042), (0.012, 0.018)], 3)))
    elif detail:
        hands = [[_mix(b, c, t) for t in (0.96, 1.5)] for _, b, c in arms]
        pieces.append(("skin", tubes(hands, [(0.026, 0.038), (0.018, 0.028)], 3)))
    return pieces


@functools.lru_cache(maxsize=1024)
def _legs(figure: Figure, bottom: str, dress: bool, stout: float, detail: int) -> list[Piece]:
    """Hips, legs, feet."""
    pieces: list[Piece] = []
    fat, n = 0.012 * stout, _LEG[detail]
    upright, skirt = _upright(figure), bottom in ("skirt", "long skirt")
    legs = list(zip(figure.hips, figure.knees, figure.ankles, strict=True))
    calves = [(x - 0.02, y, z) for x, y, z in (_mix(knee, ankle, 0.35) for _, knee, ankle in legs)]
    lows = [_mix(knee, ankle, 0.93) for _, knee, ankle in legs]
    tops = [(x, y, z + 0.02) for (x, y, z), _, _ in legs]
    under = "below" if dress else "legs" if skirt else "skin"
    if bottom == "shorts" or (skirt and not upright):
        reach = 0.92 if bottom == "shorts" else 1.02
        covered = [[top, _mix(hip, knee, reach)] for top, (hip, knee, _) in zip(tops, legs, strict=True)]
        pieces.append(("above" if dress else "below", tubes(covered, [0.095 + fat, 0.080 + fat], n, ends=False)))
        shin = [
            [_mix(hip, knee, 0.85), knee, c, low] for (hip, knee, _), c, low in zip(legs, calves, lows, strict=True)
        ]
        pieces.append((under, tubes(shin, [0.062 + fat, 0.055 + fat, 0.053 + fat, 0.036], n, ends=False)))
    else:
        thick = (0.082, 0.055, 0.050, 0.036) if skirt else (0.088, 0.066, 0.056, 0.046)
        if bottom == "wide":
            thick = (0.092, 0.078, 0.078, 0.075)
        whole = [[top, knee, c, low] for top, (_, knee, _), c, low in zip(tops, legs, calves, lows, strict=True)]
        pieces.append(
            (under if skirt else "below", tubes(whole, [r + fat for r in thick[:3]] + [thick[3]], n, ends=False))
        )
    if not dress:
        up = _mix(figure.pelvis, figure.chest, 0.3)
        middle, across, along = _mix(figure.pelvis, figure.chest, -0.2), 0.10, 0.08
        if skirt and upright:
            middle, across, along = _hem(figure, 0.85 if bottom == "skirt" else 1.55)
        rings = [(middle, (across, along)), (up, (0.135 + fat, 0.099 + 2 * fat))]
        if skirt and detail == 2:
            rings.insert(1, (figure.pelvis, (0.158 + fat, 0.108 + 2 * fat)))
        pieces.append(("below", tube([p for p, _ in rings], [r for _, r in rings], _AROUND[detail], ends=False)))
    for side, ankle, toe in zip((-1, 1), figure.ankles, figure.toes, strict=True):
        pieces.append(("shoes", posed(_shoe(detail), shapes.turn_y(toe), shapes.turn_z(side * 0.12), at=ankle)))
    return pieces


def _mix(a: Joint, b: Joint, t: float) -> Joint:
    return (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2]))


def _upright(figure: Figure) -> bool:
    """Whether thighs hang down, so that a skirt does."""
    return all(hip[2] - knee[2] > 0.25 for hip, knee in zip(figure.hips, figure.knees, strict=True))


def _hem(figure: Figure, drop: float) -> tuple[Joint, float, float]:
    """Centre of a hem around both legs and its radii across and along; `drop` 1 is at the knees, 2 at the ankles."""
    right, left = (
        _mix(hip, knee, drop) if drop <= 1 else _mix(knee, ankle, drop - 1)
        for hip, knee, ankle in zip(figure.hips, figure.knees, figure.ankles, strict=True)
    )
    flare = 0.03 * drop
    return _mix(right, left, 0.5), 0.165 + flare, abs(right[0] - left[0]) / 2 + 0.10 + flare


@functools.cache
def _shoe(detail: int) -> Surface:
    """A shoe below an ankle at the origin."""
    outline = (SHOE[1:4], SHOE[1:5], SHOE)[detail]
    return creased(shapes.prism(outline, 0.047, 0.036)[0], 60.0)


def _pack(figure: Figure, pack: str) -> list[Piece]:
    """What is worn on the back."""
    lean = math.atan2(figure.chest[0] - figure.pelvis[0], figure.chest[2] - figure.pelvis[2])
    shape = _box_pack() if pack == "delivery box" else _backpack()
    return [("pack", posed(shape, shapes.turn_y(lean), at=_mix(figure.pelvis, figure.chest, 0.68)))]


@functools.cache
def _backpack() -> Surface:
    low, high = np.float32(-0.24), np.float32(0.24)
    points = []
    for z, wide, deep in ((low, 0.11, 0.07), (-0.16, 0.15, 0.10), (0.1, 0.14, 0.085), (high, 0.09, 0.04)):
        points.append([(-0.11 - deep * c, wide * s, z) for c, s in ((-1, 1), (1, 1), (1, -1), (-1, -1))])
    ring = np.array(points, np.float32)
    ends = np.stack([ring[0], ring[-1]])
    return creased(halves(np.concatenate([grid(ring, closed=True).reshape(-1, 4, 3), ends])), 50.0)


@functools.cache
def _box_pack() -> Surface:
    triangles, normals = shapes.box()
    size = np.array([0.40, 0.42, 0.46], np.float32)
    return triangles * size + np.array([-0.34, 0, 0.05], np.float32), normals
