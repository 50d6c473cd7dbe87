"""Every material: finite, within what reflects, even where a pixel covers much, changed by the weather as stated."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sisbench.tinytown.keys import Key
from sisbench.tinytown.materials import MATERIALS
from sisbench.tinytown.shading.noise import textures
from sisbench.tinytown.shading.point import Air
from sisbench.tinytown.shading.surface import surfaces

DRY = Air(wet=0.0, snow=0.0, dark=0.0, lit=0.15, autumn=0.0, seed=7)
WEATHERS = {
    "dry": DRY,
    "wet": DRY._replace(wet=0.9),
    "snow": DRY._replace(snow=1.0),
    "autumn": DRY._replace(autumn=1.0, wet=0.3),
    "night": DRY._replace(dark=1.0, lit=1.1),
}
LEVEL, WALL, SIDE, SLOPE, UNDER = (0, 0, 1), (0, -1, 0), (-1, 0, 0), (0, -0.6, 0.8), (0, 0, -1)
PARAMS: dict[str, dict[str, float]] = {
    "asphalt": {"half_width": 7, "lanes": 4, "marking": 2, "crossing": 20, "has_crossing": 1, "worn": 0.4},
    "paving": {"tile": 0.5, "bond": 1, "two_tone": 1},
    "facade": {"floor": 3.2, "bay": 2.4, "window_width": 0.5, "window_height": 0.55, "height": 30, "lit": 0.4},
    "emitter": {"power": 0.5, "night_power": 1},
    "sign": {"shape": 2, "half_width": 1.5, "half_height": 1, "height": 3},
    "vehicle_side": {"window_low": 1.2, "window_high": 2.4, "window_period": 1.5, "stripe": 1},
    "paint": {"seam": 0.2, "seam_period": 1.1},
    "cloth": {"pattern": 2, "scale": 0.1},
    "crop": {"row": 0.7},
    "water": {"ripple": 1},
    "poster": {"half_width": 2, "half_height": 1.5, "height": 2},
}
EVERY_STYLE = {"facade": ("style", 8), "sign": ("shape", 6), "cloth": ("pattern", 6), "flat_roof": ("style", 5),
               "asphalt": ("marking", 4), "poster": ("style", 2)}  # fmt: skip


def _look(
    material: str,
    normal: tuple[float, ...],
    spots: np.ndarray,
    air: Air,
    footing: float,
    seed: int = 77,
    **params: float,
) -> tuple[np.ndarray, ...]:
    """Surfaces at places of one plane, (n, 2) metres along it, seen straight on from 5 m.

    Returns the same as `surfaces`.
    """
    up = np.array(normal, np.float64)
    first = np.array([0.0, 1.0, 0.0]) if abs(up[0]) > 0.9 else np.array([1.0, 0.0, 0.0])
    second = np.cross(up, first)
    triangle = np.stack([-400 * first - 400 * second, 1200 * first - 400 * second, -400 * first + 1200 * second])
    points = spots[:, :1] * first + spots[:, 1:] * second
    values = {**PARAMS.get(material, {}), **params}
    facts = MATERIALS[material]
    numbers = [float(values.get(name, 0.0)) for name in facts.params]
    n = len(spots)
    corners = triangle[None].astype(np.float32)
    return surfaces(
        (points + 5 * up).astype(np.float32), np.tile(-up, (n, 1)).astype(np.float32), np.zeros(n, np.int32), footing,
        corners, corners, np.tile(up, (1, 3, 1)).astype(np.float32), np.zeros(1, np.int32),
        np.array([facts.number], np.int32), np.array([seed], np.int64), np.array([[0.4, 0.3, 0.2, 0.1, 0.2, 0.35]]),
        np.array([numbers + [0.0] * (8 - len(numbers))]), np.array([[0.0, 0.0, 0.0, 1.0, 0.0]]), air, textures(),
    )  # fmt: skip


def _spots(n: int, reach: float) -> np.ndarray:
    return Key("spots").units("at", n, 2) * (2 * reach) - np.array([reach, 0.0])


def _styles(material: str) -> list[dict[str, float]]:
    name, count = EVERY_STYLE.get(material, ("", 1))
    return [{name: float(k)} if name else {} for k in range(count)]


@pytest.mark.parametrize("material", MATERIALS)
def test_reflectance_is_finite_and_within_bounds(material: str) -> None:
    for number, air in enumerate(WEATHERS.values()):
        for normal in (LEVEL, WALL, SIDE, SLOPE, UNDER):
            for footing in (0.0004, 0.01, 2.0):
                for style in _styles(material):
                    seen = _look(material, normal, _spots(60, 24), air, footing, seed=1237 * number + 5, **style)
                    distance, _, _, facing, albedo, emission, mirror = seen
                    np.testing.assert_allclose(distance, 5, rtol=1e-4)
                    assert np.isfinite(albedo).all() and albedo.min() >= 0 and albedo.max() <= 1.2
                    assert np.isfinite(emission).all() and emission.min() >= 0 and emission.max() < 8
                    assert np.isfinite(mirror).all() and mirror.min() >= -1e-6 and mirror.max() <= 1
                    np.testing.assert_allclose(np.linalg.norm(facing, axis=1), 1, atol=1e-5)


PATTERNED = {
    "asphalt": LEVEL, "paving": LEVEL, "grass": LEVEL, "gravel": LEVEL, "crop": LEVEL, "flowers": LEVEL, "facade": WALL,
    "brick": WALL, "concrete": WALL, "corrugated": WALL, "wood": WALL, "stripes": WALL, "cloth": WALL,
    "roof_tiles": SLOPE, "foliage": SLOPE,
}  # fmt: skip


@pytest.mark.parametrize("material", PATTERNED)
def test_details_fade_before_they_alias(material: str) -> None:
    spots = _spots(400, 10)
    near = _look(material, PATTERNED[material], spots, DRY, 0.0004)[4].mean(1)
    far = _look(material, PATTERNED[material], spots, DRY, 2.0)[4].mean(1)  # a pixel covers 10 m
    assert far.std() < 0.5 * near.std()
    assert far.mean() == pytest.approx(near.mean(), rel=0.35)  # and what remains is their mean


def test_the_same_place_looks_the_same() -> None:
    spots = _spots(50, 10)
    both = [_look("facade", WALL, order, DRY, 0.002)[4] for order in (spots, spots[::-1])]
    np.testing.assert_array_equal(both[0], both[1][::-1])


def test_objects_differ_by_their_seed() -> None:
    spots = _spots(200, 10)
    assert (_look("facade", WALL, spots, DRY, 0.002)[4] != _look("facade", WALL, spots, DRY, 0.002, seed=78)[4]).any()


@pytest.mark.parametrize("material", ["roof_tiles", "flat_roof", "concrete", "metal", "grass", "paving", "wood"])
def test_snow_lies_on_what_faces_up(material: str) -> None:
    spots, snow = _spots(100, 10), WEATHERS["snow"]
    assert _look(material, LEVEL, spots, snow, 0.002)[4].mean() > 0.55
    below = [_look(material, UNDER, spots, air, 0.002)[4] for air in (DRY, snow)]
    if material not in ("grass", "paving"):  # the ground is never seen from below
        np.testing.assert_array_equal(below[0], below[1])


def test_rain_darkens_the_road_and_makes_it_mirror() -> None:
    spots = _spots(200, 6)
    dry, wet = (_look("asphalt", LEVEL, spots, WEATHERS[name], 0.002) for name in ("dry", "wet"))
    assert wet[4].mean() < 0.8 * dry[4].mean()
    assert dry[6].max() == 0 and wet[6].mean() > 0.1


def test_windows_are_lit_by_their_probability() -> None:
    # A quarter of a metre from the middle of each window, beside its bars.
    spots = np.array([(2.4 * (i + 0.5) + 0.25, 3.2 * (j + 0.53) + 0.2) for i in range(-40, 40) for j in range(1, 8)])
    share = {}
    for lit in (0.0, 0.3, 1.0):
        emission = _look("facade", WALL, spots, WEATHERS["night"], 0.0004, lit=lit, style=1.0)[5]
        share[lit] = float((emission.sum(1) > 0).mean())
    assert share[0.0] == 0
    assert 0.1 < share[0.3] < 0.5 < share[1.0]


def test_markings_are_where_the_road_says() -> None:
    road = {"half_width": 4.0, "lanes": 2.0, "marking": 2.0, "worn": 0.0, "has_crossing": 0.0}
    across = np.array([(x, y) for y in (0.125, 2.0, 3.645) for x in range(20)])
    bright = _look("asphalt", LEVEL, across, DRY, 0.0004, **road)[4].mean(1).reshape(3, 20).mean(1)
    assert bright[0] > 0.5 and bright[2] > 0.5  # the double line in the middle, the line at the edge
    assert bright[1] < 0.4  # the part's own colour in between
    there = across + np.array([0.0, 30.0])
    shifted = _look("asphalt", LEVEL, there, DRY, 0.0004, **road, center=30.0)[4].mean(1).reshape(3, 20)
    assert (shifted.mean(1) > 0.5).tolist() == [True, False, True]


def test_emitters_follow_the_night() -> None:
    spots = _spots(4, 1)
    day, night = (_look("emitter", LEVEL, spots, WEATHERS[name], 0.002)[5] for name in ("dry", "night"))
    np.testing.assert_allclose(day, np.tile([0.2, 0.15, 0.1], (4, 1)), rtol=1e-5)  # colour times 0.5
    np.testing.assert_allclose(night, 3 * day, rtol=1e-5)


def test_rays_that_hit_nothing_are_infinitely_far() -> None:
    none = np.zeros((1, 3, 3), np.float32)
    seen = surfaces(
        np.zeros((1, 3), np.float32), np.array([[1, 0, 0]], np.float32), np.array([-1], np.int32), 0.01, none, none,
        none, np.zeros(1, np.int32), np.zeros(1, np.int32), np.zeros(1, np.int64), np.zeros((1, 6)), np.zeros((1, 8)),
        np.zeros((1, 5)), DRY, textures(),
    )  # fmt: skip
    assert math.isinf(seen[0][0]) and not any(part.any() for part in seen[1:])
