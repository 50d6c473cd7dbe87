"""Trees.

A crown is a few lobes: each a skin of leaf triangles that face outward, so that light models it, and darker ones
inside. Seasons colour or drop the leaves and leave trunk and branches as they are.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.objects.batches import Floats
from sisbench.tinytown.objects.leafage import BARKS, EVERGREEN, darker, leaf_colors
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.shapes import Surface
from sisbench.tinytown.site import Site


class Species(NamedTuple):
    """How a kind of tree grows; lengths are shares of its height.

    Attributes:
        height: Least and largest, metres.
        crown: Height at which the crown begins, and its largest radius.
        lobes: How many, and the radius of each.
        flatten: Height of a lobe over its width.
        trunk: Radius.
        density: Leaves over those of a maple.
        form: What places the lobes.
    """

    height: tuple[float, float]
    crown: tuple[float, float]
    lobes: tuple[int, float]
    flatten: float
    trunk: float
    density: float
    form: str


SPECIES = {
    "maple": Species((7, 12), (0.26, 0.30), (8, 0.17), 0.9, 0.020, 1.0, "round"),
    "lime": Species((8, 14), (0.22, 0.23), (9, 0.14), 1.0, 0.017, 1.05, "egg"),
    "oak": Species((8, 13), (0.24, 0.44), (10, 0.19), 0.75, 0.027, 1.25, "round"),
    "birch": Species((7, 13), (0.28, 0.19), (9, 0.10), 1.3, 0.011, 0.8, "egg"),
    "poplar": Species((12, 20), (0.10, 0.075), (8, 0.085), 1.9, 0.015, 0.9, "column"),
    "street": Species((4.5, 6.5), (0.38, 0.17), (6, 0.17), 1.0, 0.014, 0.75, "round"),
    "willow": Species((6, 9), (0.22, 0.42), (8, 0.20), 0.8, 0.032, 1.1, "round"),
    "spruce": Species((9, 18), (0.06, 0.19), (0, 0.0), 1.0, 0.013, 0.9, "cone"),
    "pine": Species((10, 17), (0.58, 0.17), (7, 0.105), 0.62, 0.013, 0.75, "round"),
    "palm": Species((6, 10), (0.95, 0.28), (0, 0.0), 1.0, 0.020, 1.0, "fan"),
}
"""Kinds of trees by name; `spruce`, `pine` and `palm` keep their leaves in winter."""


_COMMON = ("maple", "lime", "oak", "birch", "street", "spruce", "poplar")
_SHARES = (30, 24, 14, 12, 10, 7, 3)

_LEVELS = (1.0, 0.7, 0.4, 0.2, 0.1)
_FINEST, _BESIDE = 2.2, 13.0  # detail of trees within so many metres of the camera
_SHAPES = 5  # of each species; turned, stretched and coloured they do not look alike


def tree(
    site: Site, key: Key, place: Place, species: str | None = None, height: float | None = None, detail: float = 1.0
) -> None:
    """Grow a tree of kind tree, or palm.

    Args:
        site: Where to build; the season bares or colours it.
        key: Of the tree.
        place: Foot of the trunk.
        species: One of `SPECIES`; None draws a common one.
        height: Metres; None draws one that suits the species.
        detail: 1 for trees within some 30 m (up to 900 triangles), 0.4 beyond, 0.1 on the horizon: fewer and
            larger leaves. Trees of 1 that stand beside the camera get twice as many.
    """
    name = species or key.pick("species", _COMMON, _SHARES)
    kind = SPECIES[name]
    tall = height or key.uniform("height", *kind.height)
    bare = site.weather.season == "winter" and name not in EVERGREEN
    beside = detail >= 1 and place.x * place.x + place.y * place.y < _BESIDE * _BESIDE
    level = _FINEST if beside else min(_LEVELS, key=lambda known: abs(known - detail))
    shape = _grown(name, key.integer("shape", _SHAPES), level, bare)
    body = site.scene.body("palm" if name == "palm" else "tree", place._replace(yaw=key.uniform("turn", 0, 6.283)), key)
    broad = tall * key.uniform("broad", 0.9, 1.12)
    colors = leaf_colors(site, key, name)
    shadow = darker(colors[0], 0.5), darker(colors[0], 0.9)
    looks: dict[str, tuple[str, Color, Color]] = {
        "bark": ("bark", _bark(key, name), (0.05, 0.045, 0.04)),
        "leaf": ("foliage", *colors),
        "core": ("foliage", *shadow),
    }
    for part, surface in shape.items():
        body.part(*looks[part]).add(surface, size=(broad, broad, tall))


@functools.cache
def _grown(name: str, index: int, detail: float, bare: bool) -> dict[str, Surface]:
    """One of the shapes of a species, 1 m high: surfaces of "bark", "leaf" and "core"."""
    key = Key("tree", name, index)
    kind = SPECIES[name]
    if name == "palm":
        return _palm(key)
    lean = (key.normal("lean x") * 0.02, key.normal("lean y") * 0.02)
    if kind.form == "cone":
        trunk = batches.bars([(0, 0, -0.03)], [(*lean, 0.9)], kind.trunk, [0.002], 6)
        return {"bark": trunk, **_spruce(key, kind, lean, detail)}
    lobes = _lobes(key, kind, lean, detail)
    shape = {"bark": _wood(key, kind, lean, lobes, detail, bare)}
    if not bare:
        airy = name in ("birch", "pine")
        shape |= _crown(key, lobes, int(600 * kind.density * detail) + 12, detail, airy)
        if name == "willow":
            shape["leaf"] = batches.join([shape["leaf"], _curtain(key, lobes, detail)])
    return shape


def _bark(key: Key, name: str) -> Color:
    if name == "birch":
        return (0.56, 0.54, 0.50)
    if name == "pine":
        return (0.24, 0.12, 0.065)
    return key.pick("bark", BARKS)


def _lobes(key: Key, kind: Species, lean: tuple[float, float], detail: float) -> Floats:
    """Centres and radii of a crown's lobes, (n, 6), in heights of the tree."""
    count, size = kind.lobes
    if detail < 0.35:
        count, size = max(3, count // 2), size * 1.3
    low, reach = kind.crown
    rows = []
    for k in range(count):
        part = key.child("lobe", k)
        angle = 2.399963 * k + part.uniform("turn", -0.5, 0.5)  # the golden angle spreads any number evenly
        up = (k + 0.5 + part.uniform("up", -0.4, 0.4)) / count
        grow = part.uniform("size", 0.8, 1.2) * size
        top = 1 - grow * kind.flatten
        base = low + grow * kind.flatten * 0.8
        if kind.form == "column":
            away, wide = reach * 0.4 * part.unit("away"), grow * (1.1 - 0.55 * up)
        elif kind.form == "egg":
            away, wide = reach * (1.05 - up) * part.uniform("away", 0.65, 1.0), grow * (1.2 - 0.5 * up)
        else:
            away, wide = reach * math.sqrt(max(0.0, 1 - up * up)) * part.uniform("away", 0.6, 1.0), grow
        share = 0.3 + 0.7 * up
        z = base + (top - base) * up
        x, y = math.cos(angle) * away + lean[0] * share, math.sin(angle) * away + lean[1] * share
        rows.append((x, y, z, wide, wide * part.uniform("oval", 0.85, 1.15), wide * kind.flatten))
    return np.array(rows)


def _wood(key: Key, kind: Species, lean: tuple[float, float], lobes: Floats, detail: float, bare: bool) -> Surface:
    """Trunk and branches; twigs where there are no leaves to hide that they are missing."""
    fork = kind.crown[0] + 0.06
    end = (lean[0], lean[1], float(lobes[:, 2].max()))
    thick = kind.trunk
    middle = np.array([0.6 * lean[0], 0.6 * lean[1], fork])
    pieces = [
        batches.bars([(0, 0, -0.04)], [(0, 0, 0.045)], [1.5 * thick], [1.05 * thick], 7 if detail > 0.5 else 5),
        batches.bars([(0, 0, 0.045)], [middle], [1.05 * thick], [0.8 * thick], 7 if detail > 0.5 else 5),
        batches.bars([middle], [end], [0.75 * thick], [0.12 * thick], 5),
    ]
    tips = lobes[:, :3]
    at = np.clip((tips[:, 2:] - fork) / (end[2] - fork + 1e-9) * 0.6, 0.0, 0.8)
    roots = middle + at * (np.array(end) - middle)
    pieces.append(batches.bars(roots, tips, 0.4 * thick, 0.16 * thick, 4))
    if bare:
        many = 9 if detail > 0.5 else 4
        n = len(lobes)
        along = (0.35 + 0.65 * key.units("twig root", n, many))[..., None]
        starts = roots[:, None] + along * (tips - roots)[:, None]
        ways = batches.directions(key, "twig", n * many).reshape(n, many, 3)
        ways[..., 2] = 0.55 * ways[..., 2] + 0.35
        ends = tips[:, None] + ways * lobes[:, None, 3:] * 1.1
        pieces.append(batches.bars(starts.reshape(-1, 3), ends.reshape(-1, 3), 0.14 * thick, 0.04 * thick, 3))
        if detail > 0.3:
            split = starts + (ends - starts) * (0.3 + 0.5 * key.units("split", n, many))[..., None]
            more = batches.directions(key, "end", n * many).reshape(n, many, 3)
            more[..., 2] += 0.5
            tops = split + more * lobes[:, None, 3:] * 0.7
            pieces.append(batches.bars(split.reshape(-1, 3), tops.reshape(-1, 3), 0.07 * thick, 0.03 * thick, 3))
    return batches.join(pieces)


def _crown(key: Key, lobes: Floats, count: int, detail: float, airy: bool) -> dict[str, Surface]:
    """Leaves around lobes, spread by their surfaces, and dark ones inside that close the crown."""
    edges = np.cumsum(lobes[:, 3] * lobes[:, 4])
    at = np.searchsorted(edges, (np.arange(count) + key.units("spread", count)) / count * edges[-1])
    at = np.minimum(at, len(lobes) - 1)
    ways = batches.directions(key, "leaf", count)
    center, radii = lobes[at, :3], lobes[at, 3:]
    heart = lobes[:, :3].sum(0) / len(lobes) - np.array([0, 0, 0.1])
    inside = np.arange(count) % 4 == 0
    depth = np.where(inside, 0.35 + 0.4 * key.units("depth", count), 0.72 + 0.38 * key.units("depth", count))
    points = center + ways * radii * depth[:, None]
    outward = batches.unit(batches.unit(ways / radii) + 0.7 * batches.unit(points - heart))
    size = 0.021 / detail**0.42
    leaf = batches.leaves(key, points[~inside], outward[~inside], size)
    core = batches.leaves(key.child("core"), points[inside], outward[inside], size * (1.3 if airy else 1.8), tilt=1.2)
    if detail < 0.5:
        core = batches.join([core, batches.balls(lobes[:, :3], lobes[:, 3:] * (0.45 if airy else 0.66))])
    return {"core": core, "leaf": leaf}


def _curtain(key: Key, lobes: Floats, detail: float) -> Surface:
    """The hanging twigs of a willow."""
    count = int(170 * detail) + 14
    at = np.minimum((key.units("strand", count) * len(lobes)).astype(np.int64), len(lobes) - 1)
    ways = batches.directions(key, "hang", count)
    ways[:, 2] = -0.2
    tops = lobes[at, :3] + ways * lobes[at, 3:]
    low = tops.copy()
    low[:, 2] = np.maximum(tops[:, 2] - 0.15 - 0.35 * key.units("drop", count), 0.06)
    side = batches.unit(batches.cross(ways, np.array([[0.0, 0, 1.0]]))) * (0.0105 / detail**0.45)
    triangles = np.stack([tops - side, tops + side, low], 1).astype(np.float32)
    normals = np.repeat(batches.unit(ways + 1e-9)[:, None], 3, 1).astype(np.float32)
    return triangles, normals


def _spruce(key: Key, kind: Species, lean: tuple[float, float], detail: float) -> dict[str, Surface]:
    """Tiers of drooping boughs around a dark core."""
    low, wide = kind.crown[0], kind.crown[1] * key.uniform("wide", 0.75, 1.15)
    count = int(600 * kind.density * detail) + 24
    rise = 1 - np.sqrt(key.units("rise", count))  # more where the cone is wide
    tiers = 13 if detail > 0.35 else 6
    step = rise * tiers
    step = step - np.floor(step)
    way = key.normals("way", count, 2)
    way = way / np.maximum(np.sqrt(way[:, :1] * way[:, :1] + way[:, 1:] * way[:, 1:]), 1e-9)
    away = wide * (1 - rise) * (1 - 0.42 * step) * (0.72 + 0.36 * key.units("away", count)) + 0.006
    z = low + (0.985 - low) * rise
    # A bough: from two points near the trunk out and down to its tip.
    half = (0.019 + 0.05 * away) / detail**0.45
    side = np.stack([-way[:, 1], way[:, 0]], 1) * half[:, None]
    inner, outer = way * (0.45 * away)[:, None], way * away[:, None]
    droop = 0.24 * away + 0.008 * key.normals("droop", count)
    sway = np.array(lean) * rise[:, None]
    skew = side * key.normals("skew", count)[:, None] * 0.7
    corners = [(inner + side + sway, z), (inner - side + sway, z), (outer + sway + skew, z - droop)]
    triangles = np.stack([np.concatenate([xy, h[:, None]], 1) for xy, h in corners], 1)
    outward = batches.unit(np.concatenate([way, 0.35 + 0.5 * key.units("lift", count, 1)], 1))
    normals = np.repeat(outward[:, None], 3, 1)
    cone, slope = shapes.cone(7)
    core = cone * np.array([0.55 * wide, 0.55 * wide, 0.97 - low], np.float32) + np.array([0, 0, low], np.float32)
    return {"core": (core, slope), "leaf": (triangles.astype(np.float32), normals.astype(np.float32))}


def _palm(key: Key) -> dict[str, Surface]:
    """A leaning trunk and a fan of arching fronds of many leaflets."""
    bend = (key.normal("bend x") * 0.06, key.normal("bend y") * 0.06)
    path = np.array([(bend[0] * t * t, bend[1] * t * t, 0.95 * t - 0.04 * (1 - t)) for t in (0, 0.25, 0.5, 0.75, 1.0)])
    radii = [0.030, 0.022, 0.020, 0.018, 0.017]
    trunk = batches.bars(path[:-1], path[1:], radii[:-1], radii[1:], 7)
    head = path[-1]
    spines, tips = [], []
    share = [k / 11 for k in range(12)]
    for k in range(17):
        part = key.child("frond", k)
        angle = 2.399963 * k + part.uniform("turn", -0.3, 0.3)
        way = np.array([math.cos(angle), math.sin(angle), 0.0])
        side = np.array([-math.sin(angle), math.cos(angle), 0.0])
        length = part.uniform("length", 0.26, 0.36)
        lift = part.uniform("lift", -0.2, 0.8)
        spine = np.array(
            [head + length * (way * t + np.array([0, 0, lift * t - (0.55 + 0.3 * lift) * t * t])) for t in share]
        )
        reach = np.array([0.30 * length * math.sqrt(t * (1.02 - t) * 4) for t in share])[:, None]
        for half in (-1, 1):
            spines.append(spine)
            tips.append(spine + reach * (0.8 * half * side + 0.45 * way - np.array([0, 0, 0.45])))
    a, b = np.concatenate([s[:-1] for s in spines]), np.concatenate([s[1:] for s in spines])
    c = np.concatenate([t[1:] for t in tips])
    fronds = shapes.flat(np.stack([a, b, c], 1).astype(np.float32))
    heart = batches.balls([head - np.array([0, 0, 0.01])], 0.04)
    return {"bark": batches.join([trunk, heart]), "leaf": fronds}
