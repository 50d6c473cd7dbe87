"""What closes the view: rows of trees far away, hills, mountains."""

from __future__ import annotations

import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.objects.batches import Floats
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

_SUMMER: tuple[tuple[Color, Color], ...] = (
    ((0.030, 0.060, 0.018), (0.085, 0.130, 0.040)),
    ((0.042, 0.075, 0.022), (0.110, 0.150, 0.045)),
)
_AUTUMN: tuple[tuple[Color, Color], ...] = (
    ((0.10, 0.075, 0.022), (0.24, 0.16, 0.045)),
    ((0.13, 0.060, 0.020), (0.28, 0.13, 0.040)),
)
_WINTER: tuple[tuple[Color, Color], ...] = (
    ((0.060, 0.052, 0.042), (0.13, 0.115, 0.09)),
    ((0.028, 0.048, 0.024), (0.10, 0.105, 0.07)),
)


def _colors(site: Site, key: Key) -> tuple[Color, Color]:
    season = site.weather.season
    return key.pick("colors", {"summer": _SUMMER, "autumn": _AUTUMN, "winter": _WINTER}[season])


def forest_wall(site: Site, key: Key, x: tuple[float, float], y: float, height: float) -> None:
    """Grow a cheap row of distant trees along the street, about 40 triangles for each 4 m.

    Args:
        site: Where to build.
        key: Of the row.
        x: Where it begins and ends, metres.
        y: Its middle; trees stand up to 4 m off.
        height: Of its higher trees, metres.
    """
    course = site.scene.course("tree", key)
    count = max(2, int((x[1] - x[0]) / (0.36 * height)))
    u = key.units("place", count, 6)
    center = np.empty((count, 3))
    center[:, 0] = x[0] + (x[1] - x[0]) * (np.arange(count) + u[:, 0]) / count
    center[:, 1] = y + 8 * (u[:, 1] - 0.5)
    tall = height * (0.6 + 0.4 * u[:, 2])
    needle = u[:, 3] < key.pick("needles", (0.1, 0.35, 0.8))
    leafy = ~needle
    if needle.any():
        dark = course.part("foliage", (0.014, 0.036, 0.017), (0.05, 0.085, 0.04))
        feet = center[needle].copy()
        feet[:, 2] = 0.05 * tall[needle]
        cone = shapes.cone(6)
        side = cone[0][cone[1][:, 0, 2] > 0], cone[1][cone[1][:, 0, 2] > 0]
        narrow = shapes.flat(side[0] * np.array([0.2, 0.2, 0.95], np.float32))
        dark.add(batches.copies(narrow, feet, tall[needle]))
    green = _colors(site, key)
    if leafy.any():
        crowns = center[leafy]
        crowns[:, 2] = 0.58 * tall[leafy]
        wide = tall[leafy] * (0.24 + 0.1 * u[leafy, 4])
        radii = np.stack([wide, wide, 0.42 * tall[leafy]], 1)
        course.part("foliage", (green[0][0] * 0.7, green[0][1] * 0.7, green[0][2] * 0.7), green[0]).add(
            batches.balls(crowns, radii * 0.88)
        )
    many = 12 * count
    at = np.arange(many) % count
    ways = batches.directions(key, "leaf", many)
    wide = np.where(needle, 0.12, 0.27) * tall
    radii = np.stack([wide, wide, np.where(needle, 0.38, 0.42) * tall], 1)[at]
    heart = center.copy()
    heart[:, 2] = 0.57 * tall
    points = heart[at] + ways * radii
    leaf = course.part("foliage", *green)
    leaf.add(batches.leaves(key, points, ways, 0.075 * height, tilt=0.7))


def hills(site: Site, key: Key) -> None:
    """Raise a ring of wooded hills 380 to 750 m away, and mountains behind them in some worlds."""
    body = site.scene.body("hill", Place(), key)
    colors = _colors(site, key)
    ridge = _ring(key, "hills", 300, (4.0, 62.0))
    bumps = key.units("bumps", 300, 3)
    rows = []
    for share, back in ((-0.1, 0.0), (0.45, 0.10), (0.8, 0.22), (1.0, 0.36)):
        row = []
        for k in range(300):
            angle = 2 * math.pi * k / 300
            radius = (400 + 260 * (1 - abs(math.sin(angle)))) * (1 + back)
            rise = (
                share * ridge[k] + (share > 0.9) * 4.0 * bumps[k, 0] + (0.3 < share < 0.9) * 5.0 * (bumps[k, 1] - 0.5)
            )
            row.append((radius * math.cos(angle), radius * math.sin(angle), rise - (8 if share < 0 else 0)))
        rows.append(row)
    body.part("foliage", *colors).add(_skin(np.array(rows)))
    if key.chance("mountains", 0.22):
        peaks = _ring(key, "peaks", 200, (30.0, 420.0))
        fine = key.units("crags", 200)
        rows = []
        for share, radius in ((0.0, 1150.0), (0.55, 1350.0), (1.0, 1500.0)):
            row = []
            for k in range(200):
                angle = 2 * math.pi * k / 200
                row.append(
                    (radius * math.cos(angle), radius * math.sin(angle), share * peaks[k] * (0.95 + 0.1 * fine[k]))
                )
            rows.append(row)
        stone = body.part(
            "rock", key.pick("stone", ((0.22, 0.21, 0.20), (0.17, 0.16, 0.17))), (0.7, 0.72, 0.75), kind="mountain"
        )
        stone.add(shapes.flat(_skin(np.array(rows))[0]))


def _ring(key: Key, name: str, count: int, span: tuple[float, float]) -> list[float]:
    """Heights around the horizon: four smooth waves of chance, closed to a ring."""
    heights = [0.0] * count
    for octave, knots in enumerate((5, 11, 23, 47)):
        levels = key.units(f"{name} {octave}", knots)
        for k in range(count):
            at = k / count * knots
            i = int(at)
            t = at - i
            t = t * t * (3 - 2 * t)
            heights[k] += float(levels[i] * (1 - t) + levels[(i + 1) % knots] * t) / 2**octave
    return [span[0] + (span[1] - span[0]) * min(max((h - 0.42) / 1.0, 0.0), 1.0) for h in heights]


def _skin(rows: Floats) -> shapes.Surface:
    """Quads between rings of points, (rings, points, 3), from the lowest up."""
    after = np.roll(rows, -1, 1)
    corners = np.stack([rows[:-1], after[:-1], after[1:], rows[1:]], 2).reshape(-1, 4, 3)
    return shapes.quads(corners.astype(np.float32))
