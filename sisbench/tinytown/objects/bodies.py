"""The shapes of people: a figure's joints, dressed."""

from __future__ import annotations

import functools
import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.objects.figures import Figure, Joint
from sisbench.tinytown.objects.mould import Casting, creased, halves, grid, loft, merged, rings, tube
from sisbench.tinytown.objects.outfits import Cut
from sisbench.tinytown.shapes import Array, Surface

_AROUND = (6, 6, 10)  # sections of a trunk by detail; the middle of a section faces forwards
_LIMB = (3, 4, 6)
_ARM = (3, 4, 5)
_HEAD = np.array([0.098, 0.078, 0.120], np.float32)  # half sizes


def dressed(figure: Figure, cut: Cut, detail: int) -> Casting:
    """Return the shape of a person by parts: skin, hair, above, inner, below, shoes, hat, pack.

    Args:
        figure: Where the joints are.
        cut: What is worn.
        detail: 2 near, 1, 0 far.
    """
    parts: dict[str, list[Surface]] = {}
    pieces = (
        *_trunk(figure, cut._replace(hair="", hat="", beard=False, pack=""), detail),
        *_legs(figure, cut.bottom, cut.top == "dress", cut.stout, detail),
        *_head(figure.head, figure.chest, figure.nod, cut.hair, cut.hat, cut.beard, detail),
        *(_pack(figure, cut.pack) if cut.pack else ()),
    )
    for name, surface in pieces:
        parts.setdefault(name, []).append(surface)
    return {name: merged(found) for name, found in parts.items()}


def _mix(a: Joint, b: Joint, t: float) -> Joint:
    return (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2]))


@functools.lru_cache(maxsize=1024)
def _trunk(figure: Figure, cut: Cut, detail: int) -> list[tuple[str, Surface]]:
    """Trunk, arms, hands, neck."""
    pelvis, chest = figure.pelvis, figure.chest
    fat = cut.stout
    if cut.woman:
        wide, deep = (0.168, 0.135, 0.150, 0.158), (0.115, 0.098, 0.118, 0.085)
    else:
        wide, deep = (0.158, 0.150, 0.172, 0.182), (0.108, 0.105, 0.120, 0.095)
    if cut.build == "child":
        wide, deep = (0.15, 0.145, 0.155, 0.165), (0.11, 0.11, 0.115, 0.09)
    loose = {"coat": 0.022, "jacket": 0.016, "vest": 0.018}.get(cut.top, 0.0)
    wide = tuple(w + loose + f * fat for w, f in zip(wide, (0.02, 0.045, 0.02, 0.005), strict=True))
    deep = tuple(d + loose + f * fat for d, f in zip(deep, (0.03, 0.065, 0.025, 0.005), strict=True))
    path = [_mix(pelvis, chest, t) for t in (-0.02, 0.42, 0.74, 0.97, 1.06)]
    radii = [(wide[0], deep[0]), (wide[1], deep[1]), (wide[2], deep[2]), (wide[3], deep[3]), (0.07, 0.065)]
    upright = figure.hips[0][2] - figure.knees[0][2] > 0.25 and figure.hips[1][2] - figure.knees[1][2] > 0.25
    if cut.top in ("coat", "dress") and upright:
        _, hem = _hem(figure, 0.62 if cut.top == "coat" else {"skirt": 0.98, "long skirt": 1.6}[cut.bottom])
        path.insert(0, hem[0])
        radii.insert(0, (hem[1] + loose, hem[2] + loose))
    else:
        low = -0.22 if cut.top != "shirt" else -0.12
        path.insert(0, _mix(pelvis, chest, low))
        radii.insert(0, (wide[0] + 0.004, deep[0] + 0.004))
    around = _AROUND[detail]
    points = rings(path, radii, around)
    triangles, normals = loft(points, ends=False)
    columns = np.tile(np.arange(around), len(path) - 1)
    front = np.tile(columns == (7 if around == 10 else 4), 2)
    pieces: list[tuple[str, Surface]] = []
    if cut.top in ("jacket", "coat") and detail:
        rows = np.repeat(np.arange(len(path) - 1), around)
        front &= np.tile(rows > (0 if cut.top == "jacket" else len(path) - 4), 2)
        pieces.append(("inner", (triangles[front], normals[front])))
        triangles, normals = triangles[~front], normals[~front]
    pieces.append(("above", (triangles, normals)))
    neck = tube([_mix(chest, figure.head, -0.05), _mix(chest, figure.head, 0.7)], [0.058, 0.050], max(4, around - 4), ends=False)
    pieces.append(("skin", neck))
    sleeve = loose * 0.6 + 0.012
    bare = cut.top in ("tee", "dress")
    for side, shoulder, elbow, wrist in zip((-1, 1), figure.shoulders, figure.elbows, figure.wrists, strict=True):
        tip = (shoulder[0], shoulder[1] - 0.035 * side, shoulder[2] + 0.045)
        arm = [tip, shoulder, elbow, wrist]
        if bare:
            cut_at = _mix(shoulder, elbow, 0.6)
            pieces.append(("above", tube([tip, shoulder, cut_at], [0.03, 0.058 + sleeve, 0.052 + sleeve], _ARM[detail], ends=False)))
            pieces.append(("skin", tube([_mix(shoulder, elbow, 0.5), elbow, wrist], [0.046, 0.041, 0.029], _ARM[detail], ends=False)))
        else:
            size = [0.03, 0.057 + sleeve, 0.045 + sleeve, 0.034 + sleeve]
            name = "inner" if cut.top == "vest" else "above"
            pieces.append((name, tube(arm, size, _ARM[detail])))
        if detail:
            pieces.append(("skin", _hand(elbow, wrist)))
    return pieces


def _hand(elbow: Joint, wrist: Joint) -> Surface:
    way = np.array(wrist) - np.array(elbow)
    way /= math.sqrt(float(way @ way)) + 1e-9
    middle = np.array(wrist) + 0.065 * way
    end = np.array(wrist) + 0.15 * way
    start = np.array(wrist) - 0.01 * way
    return tube([tuple(start), tuple(middle), tuple(end)], [(0.022, 0.027), (0.026, 0.042), (0.012, 0.018)], 4)


def _hem(figure: Figure, drop: float) -> tuple[float, tuple[Joint, float, float]]:
    """Centre and radii of a hem, `drop` of the way down the thighs (1 is the knee, 2 the ankle)."""
    at = []
    for hip, knee, ankle in zip(figure.hips, figure.knees, figure.ankles, strict=True):
        at.append(_mix(hip, knee, drop) if drop <= 1 else _mix(knee, ankle, drop - 1))
    x = [p[0] for p in at]
    middle = ((x[0] + x[1]) / 2, figure.pelvis[1], (at[0][2] + at[1][2]) / 2)
    flare = 0.03 * drop
    return middle[2], (middle, 0.165 + flare, abs(x[0] - x[1]) / 2 + 0.10 + flare)


@functools.lru_cache(maxsize=1024)
def _legs(figure: Figure, bottom: str, dress: bool, stout: float, detail: int) -> list[tuple[str, Surface]]:
    """Hips, legs, feet."""
    pieces: list[tuple[str, Surface]] = []
    fat = 0.012 * stout
    n = _LIMB[detail]
    upright = figure.hips[0][2] - figure.knees[0][2] > 0.25 and figure.hips[1][2] - figure.knees[1][2] > 0.25
    skirt = bottom in ("skirt", "long skirt")
    thick = {"wide": (0.092, 0.078, 0.078, 0.075), "trousers": (0.088, 0.066, 0.056, 0.046)}.get(bottom, (0.082, 0.055, 0.05, 0.036))
    if bottom == "shorts":
        thick = (0.095, 0.08, 0.0, 0.0)
    legs_name = "below" if dress or not skirt else "legs"
    for hip, knee, ankle in zip(figure.hips, figure.knees, figure.ankles, strict=True):
        top = (hip[0], hip[1], hip[2] + 0.02)
        calf = _mix(knee, ankle, 0.35)
        calf = (calf[0] - 0.02, calf[1], calf[2])
        low = _mix(knee, ankle, 0.93)
        if bottom == "shorts":
            edge = _mix(hip, knee, 0.92)
            pieces.append(("below", tube([top, edge], [thick[0] + fat, thick[1] + fat], n, ends=False)))
            pieces.append(("skin", tube([_mix(hip, knee, 0.85), knee, calf, low], [0.062 + fat, 0.055 + fat, 0.053 + fat, 0.036], n, ends=False)))
        else:
            radii = [thick[0] + fat, thick[1] + fat, thick[2] + fat, thick[3]]
            pieces.append((legs_name, tube([top, knee, calf, low], radii, n, ends=False)))
    pelvis = figure.pelvis
    if not dress:
        up = _mix(pelvis, figure.chest, 0.3)
        if skirt and upright:
            _, hem = _hem(figure, 0.85 if bottom == "skirt" else 1.55)
            path: list[Joint] = [hem[0], pelvis, up]
            radii2 = [(hem[1], hem[2]), (0.16, 0.115), (0.13, 0.10)]
        else:
            path = [_mix(pelvis, figure.chest, -0.2), pelvis, up]
            radii2 = [(0.10, 0.08), (0.16 + fat, 0.108 + 2 * fat), (0.135 + fat, 0.10 + 2 * fat)]
        pieces.append(("below", tube(path, radii2, _AROUND[detail], ends=False)))
    for side, ankle, toe in zip((-1, 1), figure.ankles, figure.toes, strict=True):
        shoe = _shoe(detail > 0)
        turn = shapes.turn_z(side * 0.12) @ shapes.turn_y(toe)
        pieces.append(("shoes", (shoe[0] @ turn.T + np.array(ankle, np.float32), shoe[1] @ turn.T)))
    return pieces


@functools.cache
def _shoe(near: bool) -> Surface:
    """A shoe below an ankle at the origin."""
    outline = [(-0.075, -0.08), (0.17, -0.08), (0.185, -0.055), (0.07, 0.0), (0.045, 0.02), (-0.06, 0.02)]
    if not near:
        outline = [(-0.07, -0.08), (0.17, -0.08), (0.045, 0.02), (-0.06, 0.02)]
    return creased(shapes.prism(outline, 0.047, 0.036)[0], 60.0)


@functools.lru_cache(maxsize=1024)
def _head(head: Joint, chest: Joint, nod: float, hair: str, hat: str, beard: bool, detail: int) -> list[tuple[str, Surface]]:
    turn = shapes.turn_y(nod)
    at = np.array(head, np.float32)
    return [(name, (t @ turn.T + at, n @ turn.T)) for name, (t, n) in _heads(hair, hat, beard, detail).items()]


@functools.cache
def _heads(hair: str, hat: str, beard: bool, detail: int) -> Casting:
    """A head around the origin, looking along x."""
    parts: dict[str, list[Surface]] = {"skin": [_skull(1 if detail == 2 else 0)]}
    if detail == 2:
        nose = np.array([[(0.115, 0, -0.025), (0.088, 0.016, -0.03), (0.093, 0, 0.02)], [(0.115, 0, -0.025), (0.088, -0.016, -0.03), (0.093, 0, 0.02)]], np.float32)
        parts["skin"].append(shapes.flat(nose))
    covered = hat in ("hijab", "helmet", "full helmet", "beanie", "hard hat", "cap", "peaked", "sun hat")
    if hat == "hijab":
        parts["hat"] = [_cap(1.16, 0.42, -1.5, 0.1, detail), tube([(0.0, 0, -0.22), (-0.01, 0, -0.09)], [(0.15, 0.11), (0.085, 0.085)], 6, ends=False)]
        return {name: merged(found) for name, found in parts.items()}
    if hair != "bald":
        size = {"curls": 1.24, "crop": 1.05}.get(hair, 1.12)
        low = {"long": -0.75, "bob": -0.8, "curls": -0.45}.get(hair, -0.35)
        parts["hair"] = [_cap(size, 0.25, low, 0.45, detail)]
        if hair == "long":
            parts["hair"].append(tube([(-0.075, 0, -0.25), (-0.055, 0, -0.10), (-0.03, 0, 0.02)], [(0.085, 0.03), (0.095, 0.05), (0.085, 0.06)], 5))
        if hair == "tail":
            parts["hair"].append(tube([(-0.13, 0, -0.22), (-0.15, 0, -0.08), (-0.09, 0, 0.04)], [(0.02, 0.02), (0.04, 0.035), (0.025, 0.025)], 4))
        if hair == "bun":
            parts["hair"].append(_scaled(shapes.ball(0), (0.05, 0.05, 0.05), (-0.10, 0, 0.08)))
    if beard and detail == 2:
        parts.setdefault("hair", []).append(_beard())
    if covered:
        parts.setdefault("hat", []).extend(_hat(hat, detail))
    return {name: merged(found) for name, found in parts.items()}


def _scaled(surface: Surface, size: tuple[float, float, float], at: tuple[float, float, float]) -> Surface:
    scale = np.array(size, np.float32)
    normals = surface[1] / scale
    normals /= np.sqrt((normals * normals).sum(-1, keepdims=True))
    return surface[0] * scale + np.array(at, np.float32), normals


def _shaped(points: Array) -> Array:
    """From the unit ball to a head: narrower towards the chin, which lies forwards."""
    chin = np.maximum(-points[..., 2:], 0)
    out = points * _HEAD
    out[..., 1:2] *= 1 - 0.28 * chin
    out[..., 0:1] *= 1 - 0.18 * chin
    out[..., 0:1] += 0.015 * chin
    return np.asarray(out, np.float32)


@functools.cache
def _skull(level: int) -> Surface:
    triangles, normals = shapes.ball(level)
    return _shaped(triangles), normals


@functools.cache
def _cap(size: float, brow: float, nape: float, face: float, detail: int) -> Surface:
    """Hair or a hood: the part of a head that is not its face, a little larger.

    Args:
        size: 1 lies on the skin.
        brow: Height above which the forehead is covered, as a share of the head.
        nape: Lowest height covered behind.
        face: How far forwards the sides are covered.
        detail: Detail.
    """
    triangles, normals = shapes.ball(1)
    middle = triangles.mean(1)
    over = (middle[:, 2] > brow) | ((middle[:, 0] < face - 0.35) & (middle[:, 2] > nape)) | ((middle[:, 0] < face) & (middle[:, 2] > min(0.0, nape + 0.6)))
    grown = _shaped(triangles[over]) * np.float32(size) + np.array([-0.008, 0, 0.004], np.float32)
    return grown, normals[over]


@functools.cache
def _beard() -> Surface:
    triangles, normals = shapes.ball(1)
    middle = triangles.mean(1)
    over = (middle[:, 2] < -0.35) & (middle[:, 0] > -0.1)
    return _shaped(triangles[over]) * np.float32(1.06), normals[over]


def _hat(hat: str, detail: int) -> list[Surface]:
    dome = [_cap(1.22, 0.2, 0.1, 0.2, detail)]
    if hat == "beanie":
        return [_cap(1.2, 0.28, 0.0, 0.2, detail)]
    if hat in ("cap", "peaked", "hard hat"):
        brim = np.array([[(0.09, 0.075, 0.035), (0.19, 0.055, 0.02), (0.19, -0.055, 0.02), (0.09, -0.075, 0.035)]], np.float32)
        return [*dome, shapes.quads(brim)]
    if hat == "sun hat":
        brim_ring = shapes.lathe([(0.21, 0.02), (0.09, 0.05)], 8)
        return [*dome, brim_ring]
    if hat == "helmet":
        return [_cap(1.34, 0.22, 0.0, 0.3, detail)]
    return [_cap(1.42, 0.25, -1.5, 0.45, detail), _chin_guard()]


@functools.cache
def _chin_guard() -> Surface:
    triangles, normals = shapes.ball(1)
    middle = triangles.mean(1)
    over = middle[:, 2] < -0.25
    return _shaped(triangles[over]) * np.float32(1.4), normals[over]


def _pack(figure: Figure, pack: str) -> list[tuple[str, Surface]]:
    """What is worn on the back."""
    way = np.array(figure.chest) - np.array(figure.pelvis)
    lean = math.atan2(float(way[0]), float(way[2]))
    turn = shapes.turn_y(lean)
    middle = np.array(_mix(figure.pelvis, figure.chest, 0.68), np.float32)
    shape = _box_pack() if pack == "delivery box" else _backpack()
    return [("pack", (shape[0] @ turn.T + middle, shape[1] @ turn.T))]


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

