"""Bushes, hedges, flowers, grass; and the door to trees."""

from __future__ import annotations

import functools

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.objects.leafage import AUTUMN, BARKS, GREENS, darker, leaf_colors
from sisbench.tinytown.objects.trees import SPECIES, tree
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.shapes import Surface
from sisbench.tinytown.site import Site

__all__ = ["SPECIES", "bush", "flower_bed", "hedge", "planter", "tree", "tufts"]


_FAR = 40.0  # metres from the cameras

_BLOOMS: tuple[Color, ...] = (
    (0.62, 0.05, 0.06),
    (0.70, 0.52, 0.04),
    (0.66, 0.62, 0.60),
    (0.40, 0.10, 0.45),
    (0.68, 0.24, 0.32),
    (0.16, 0.16, 0.55),
)


def bush(site: Site, key: Key, place: Place, radius: float | None = None) -> None:
    """Grow a bush of a radius in metres, about 200 triangles, half of that where it is far from the cameras."""
    wide = radius or key.uniform("radius", 0.45, 1.0)
    body = site.scene.body("bush", place._replace(yaw=key.uniform("turn", 0, 6.283)), key)
    bare = site.weather.season == "winter" and key.chance("bare", 0.5)
    far = place.x * place.x + place.y * place.y > _FAR * _FAR
    shape = _bushy(key.integer("shape", 6), bare, far)
    colors = leaf_colors(site, key, "bush")
    looks: dict[str, tuple[str, Color, Color]] = {
        "bark": ("bark", key.pick("bark", BARKS), (0.1, 0.1, 0.1)),
        "leaf": ("foliage", *colors),
        "core": ("foliage", darker(colors[0], 0.55), colors[0]),
    }
    size = (wide, wide, wide * key.uniform("tall", 0.8, 1.25))
    for part, surface in shape.items():
        if part != "bloom":
            body.part(*looks[part]).add(surface, size=size)
    if site.weather.season == "summer" and key.chance("blooms", 0.25):
        body.part("flowers", key.pick("bloom", _BLOOMS), key.pick("bloom 2", _BLOOMS)).add(shape["bloom"], size=size)


@functools.cache
def _bushy(index: int, bare: bool, far: bool) -> dict[str, Surface]:
    """One of six bushes of radius 1: surfaces of "bark", or of "leaf", "core" and "bloom"."""
    key = Key("bush", index)
    count, size = (44, 0.25) if far else (120, 0.17)
    ways = batches.directions(key, "leaf", count)
    if bare:
        ways[:, 2] = np.abs(ways[:, 2]) + 0.3
        twigs = count // 2
        return {"bark": batches.bars(np.zeros((twigs, 3)), 0.9 * ways[:twigs], 0.12 * size, 0.006, 3)}
    offsets = [
        (k.uniform("x", -0.5, 0.5), k.uniform("y", -0.5, 0.5), k.uniform("z", 0.4, 0.75))
        for k in key.children("lobe", 4)
    ]
    lobes = np.array([(*offset, 0.55, 0.55, 0.5) for offset in offsets])
    ways[:, 2] = np.abs(ways[:, 2]) - 0.15
    at = np.arange(count) % 4
    points = lobes[at, :3] + ways * lobes[at, 3:] * (0.8 + 0.3 * key.units("depth", count))[:, None]
    points[:, 2] = np.maximum(points[:, 2], 0.05)
    outward = batches.unit(ways)
    some = count // 3
    bloom = batches.leaves(key.child("bloom"), points[:some] + 0.05 * ways[:some], outward[:some], 0.5 * size)
    core = batches.balls(lobes[:3, :3] if far else lobes[:, :3], lobes[:3, 3:] * 0.85 if far else lobes[:, 3:] * 0.8)
    return {"core": core, "leaf": batches.leaves(key, points, outward, size), "bloom": bloom}


def hedge(site: Site, key: Key, x: tuple[float, float], y: float, height: float | None = None) -> None:
    """Grow a hedge along the street, from `x[0]` to `x[1]`; `y` is its middle; 0.7 m wide."""
    tall = height or key.uniform("height", 0.8, 1.7)
    course = site.scene.course("hedge", key)
    colors = key.pick("green", GREENS[1:] if site.weather.season != "autumn" else (*GREENS[1:], AUTUMN[4]))
    if site.weather.season == "winter" and key.chance("brown", 0.4):
        colors = ((0.10, 0.065, 0.035), (0.20, 0.13, 0.07))  # beech keeps its dead leaves
    length = x[1] - x[0]
    course.part("foliage", darker(colors[0], 0.8), colors[0]).strip(x[0], x[1], y, 0.5, 0.0, tall - 0.1)
    count = min(int(length * (14 + 12 * tall)), 2400)
    u = key.units("place", count, 3)
    face = key.units("face", count)
    points = np.empty((count, 3))
    points[:, 0] = x[0] + length * u[:, 0]
    points[:, 1] = y + 0.28 * (2 * u[:, 1] - 1)
    points[:, 2] = 0.05 + (tall - 0.1) * u[:, 2]
    outward = np.zeros((count, 3))
    top, right = face < 0.3, (face >= 0.3) & (face < 0.65)
    left = ~top & ~right
    points[top, 2], outward[top, 2] = tall - 0.08, 1.0
    points[right, 1], outward[right, 1] = y - 0.27, -1.0
    points[left, 1], outward[left, 1] = y + 0.27, 1.0
    course.part("foliage", *colors).add(batches.leaves(key, points, outward, 0.13, tilt=0.6))


def flower_bed(site: Site, key: Key, place: Place, size: tuple[float, float]) -> None:
    """Plant a bed of a length and a width, metres: flowers in summer, heather and leaves otherwise."""
    body = site.scene.body("flower", place, key)
    half = (size[0] / 2, size[1] / 2)
    body.part("gravel", (0.09, 0.06, 0.04), (0.16, 0.11, 0.07), kind="soil").add(
        batches.boxes([(-half[0], -half[1], -0.3)], [(half[0], half[1], 0.05)])
    )
    count = min(int(size[0] * size[1] * 26) + 20, 700)
    ground = key.units("place", count, 2) * 2 - 1
    points = np.stack(
        [ground[:, 0] * half[0] * 0.95, ground[:, 1] * half[1] * 0.92, 0.1 + 0.2 * key.units("rise", count)], 1
    )
    up = np.zeros((count, 3))
    up[:, 2] = 1.0
    green = body.part("foliage", *key.pick("green", GREENS))
    green.add(batches.leaves(key.child("leaves"), points - np.array([0, 0, 0.07]), up, 0.15, tilt=1.0))
    if site.weather.season == "winter":
        return
    rows = np.floor((ground[:, 1] + 1) * 1.5) if key.chance("rows", 0.6) else np.floor(key.units("mix", count) * 3)
    for index in range(3):
        chosen = points[(rows == index) & (key.units("bloom", count) < 0.75)]
        if len(chosen):
            color, other = key.pick(f"color {index}", _BLOOMS), key.pick(f"other {index}", _BLOOMS)
            part = body.part("flowers", color, other)
            part.add(
                batches.leaves(key.child("bloom", index), chosen + np.array([0, 0, 0.06]), up[: len(chosen)], 0.10, 0.7)
            )


def planter(site: Site, key: Key, place: Place) -> None:
    """Put a tub with a small plant: a box tree, a shrub or flowers; within 0.7 m, 1.9 m high."""
    body = site.scene.body("planter", place, key)
    color = key.pick(
        "color", ((0.30, 0.12, 0.07), (0.35, 0.34, 0.32), (0.06, 0.06, 0.065), (0.22, 0.13, 0.07), (0.5, 0.49, 0.46))
    )
    tub = body.part("concrete" if key.chance("stone", 0.6) else "wood", color, (0.1, 0.1, 0.1))
    wide = key.uniform("wide", 0.28, 0.5)
    if key.chance("round", 0.5):
        tub.add(
            shapes.lathe([(0.7 * wide, 0.0), (wide, 0.55), (0.88 * wide, 0.55), (0.85 * wide, 0.45), (0.0, 0.45)], 9)
        )
    else:
        tub.add(batches.boxes([(-wide, -wide, 0)], [(wide, wide, 0.5)]))
    colors = leaf_colors(site, key, "box")
    plant = key.pick("plant", ("ball", "shrub", "flowers"))
    heart = np.array([0, 0, 1.3 if plant == "ball" else 0.6])
    reach = 0.42 if plant == "ball" else wide
    ways = batches.directions(key, "leaf", 90)
    if plant == "ball":
        body.part("bark", BARKS[0]).add(batches.bars([(0, 0, 0.4)], [heart], 0.03, sections=4))
        body.part("foliage", darker(colors[0], 0.6), colors[0]).add(batches.balls([heart], 0.36))
    else:
        ways[:, 2] = np.abs(ways[:, 2])
    points = heart + ways * reach * (0.85 + 0.25 * key.units("depth", 90))[:, None]
    leaf = batches.leaves(key, points, ways, 0.11)
    body.part("foliage", *colors).add(leaf)
    if plant == "flowers" and site.weather.season != "winter":
        bloom = body.part("flowers", key.pick("bloom", _BLOOMS), key.pick("bloom 2", _BLOOMS), kind="flower")
        bloom.add(batches.leaves(key.child("bloom"), points[:45] + 0.06 * ways[:45], ways[:45], 0.07))


def tufts(site: Site, key: Key, x: tuple[float, float], y: tuple[float, float], count: int) -> None:
    """Scatter `count` blades of tall grass over a rectangle of the layout: verges, fields, waste ground."""
    course = site.scene.course("grass", key)
    dry = site.weather.season != "summer"
    colors = ((0.16, 0.13, 0.05), (0.30, 0.25, 0.11)) if dry else key.pick("green", GREENS)
    u = key.units("place", count, 2)
    # Blades stand in clumps: every sixth leads, the others stay near it.
    lead = np.repeat(u[::6], 6, axis=0)[:count]
    spread = 0.25 * key.normals("spread", count, 2)
    foot = np.empty((count, 3))
    foot[:, 0] = np.clip(x[0] + (x[1] - x[0]) * lead[:, 0] + spread[:, 0], *x)
    foot[:, 1] = np.clip(y[0] + (y[1] - y[0]) * lead[:, 1] + spread[:, 1], *y)
    foot[:, 2] = -0.05
    side = batches.unit(key.normals("side", count, 3) * np.array([1.0, 1.0, 0.0]) + 1e-9)
    top = foot + 0.14 * key.normals("bow", count, 3)
    top[:, 2] = 0.12 + 0.4 * key.units("tall", count)
    triangles = np.stack([foot - 0.02 * side, foot + 0.02 * side, top], 1)
    normals = np.zeros_like(triangles)
    normals[..., 2] = 1.0
    course.part("foliage", *colors).add((triangles.astype(np.float32), normals.astype(np.float32)))
