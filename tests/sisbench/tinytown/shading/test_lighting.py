"""Rays towards light, and the light that comes back."""

from __future__ import annotations

import numpy as np
import pytest

from sisbench.tinytown.keys import Key
from sisbench.tinytown.shading import lighting
from sisbench.tinytown.shading.lighting import REACH
from sisbench.tinytown.shading.noise import textures
from sisbench.tinytown.weather import Light, weather

UP = np.array([0, 0, 1], np.float32)


def _light(**changes: object) -> Light:
    base = weather(Key("light")).light
    return base._replace(
        sun=(0.0, 0.6, 0.8), sun_color=(1.0, 1.0, 1.0), sun_power=2.0, softness=0.0, ambient=(0.5, 0.5, 0.5),
        bounce=(0.1, 0.1, 0.1), fog=0.0, lit=0.1, dark=0.0,
    )._replace(**changes)  # fmt: skip


def _plane(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points of a level plane, its normals, distances of 10 m."""
    points = np.zeros((n, 3), np.float32)
    points[:, 0] = np.arange(n)
    return points, np.tile(UP, (n, 1)), np.full(n, 10, np.float32)


def test_sun_rays_start_off_the_surface_and_leave_out_what_faces_away() -> None:
    points, planes, distance = _plane(3)
    facing = planes.copy()
    facing[1] = -UP
    distance[2] = np.inf
    origins, ways, wanted = lighting.sun_rays(
        points, planes, distance, np.arange(3), _light(), np.zeros(3, np.bool_), facing
    )
    assert wanted.tolist() == [True, False, False]
    np.testing.assert_allclose(ways[0], (0, 0.6, 0.8), atol=1e-6)
    assert origins[0, 2] == pytest.approx(0.004)  # 3 mm, and 0.1 mm per metre


def test_sun_rays_spread_over_the_disc() -> None:
    points, planes, distance = _plane(400)
    light = _light(softness=0.05)
    _, ways, _ = lighting.sun_rays(points, planes, distance, np.arange(400), light, np.zeros(400, np.bool_), planes)
    away = np.linalg.norm(ways - np.array(light.sun), axis=1)
    assert 0.045 < away.max() < 0.0501
    np.testing.assert_allclose(ways.mean(0), light.sun, atol=2e-3)


def test_openness_rays_stay_above_their_plane() -> None:
    points, planes, distance = _plane(64)
    planes[32:] = (1, 0, 0)
    _, ways = lighting.openness_rays(points, planes, distance, 8, 0, 5)
    np.testing.assert_allclose(np.linalg.norm(ways, axis=1), 1, atol=1e-5)
    cosine = (ways * planes).sum(1)
    assert (cosine > 0).all()
    assert 0.5 < cosine.mean() < 0.8  # 2 / 3 for a cosine-weighted half space


def test_openness_is_averaged_over_one_surface_only() -> None:
    width = 8
    points = np.stack(np.meshgrid(np.arange(width), np.arange(width)), -1).reshape(-1, 2)
    points = np.concatenate([points, np.zeros((64, 1))], 1).astype(np.float32)
    planes, distance = np.tile(UP, (64, 1)), np.full(64, 5, np.float32)
    part, reach = np.zeros(64, np.int32), np.full(64, REACH, np.float32)
    left = np.arange(64) % width < 4
    planes[left] = (1, 0, 0)
    reach[left] = 0
    part[0] = -1
    smooth = lighting.smooth_openness(reach, part, planes, points, distance, width)
    assert smooth[0] == 1  # the sky
    np.testing.assert_allclose(smooth[left][1:], 0.25)
    np.testing.assert_allclose(smooth[~left], 1)


def test_openness_is_borrowed_from_a_neighbour_of_the_same_part() -> None:
    part = np.array([1, 1, 2, 1, 1, 2], np.int32)  # two rows of three
    openness = np.array([0.3, 0.4, 0.9, 0.3, 0.4, 0.8], np.float32)
    pixel, own = np.array([1, 1, 0]), np.array([1, 2, 2], np.int32)
    borrowed = lighting.borrow_openness(pixel, own, part, openness, 2, 3)
    np.testing.assert_allclose(borrowed, [0.4, 0.8, 0.3])  # its own; the neighbour's; none near, so its pixel's


def _radiance(light: Light, shadow: float = 1.0, lamps: np.ndarray | None = None, foliage: bool = False) -> np.ndarray:
    points, planes, distance = _plane(1)
    grey, none = np.full((1, 3), 0.5, np.float32), np.zeros((1, 3), np.float32)
    return lighting.radiance(
        np.array([[0, 0, -1]], np.float32), distance, points, planes, planes, grey, none, np.array([foliage]),
        np.array([light.sun], np.float32), np.full(1, shadow, np.float32), np.ones(1, np.float32),
        np.zeros((0, 7)) if lamps is None else lamps, (0.0, 0.0, 0.0, 0.0), light, textures(),
    )[0]  # fmt: skip


def test_radiance_of_a_level_surface() -> None:
    # Reflectance 1/2 times (sun 2 * 0.8 + sky 0.5), in the shadow times the sky alone.
    np.testing.assert_allclose(_radiance(_light()), 0.5 * (1.6 + 0.5), rtol=1e-5)
    np.testing.assert_allclose(_radiance(_light(), shadow=0.0), 0.25, rtol=1e-5)


def test_leaves_pass_light_on_in_the_shadow() -> None:
    assert _radiance(_light(), shadow=0.0, foliage=True)[0] > _radiance(_light(), shadow=0.0)[0]


def test_lamps_shine_at_night_alone() -> None:
    lamp = np.array([[0, 0, 3, 1.0, 0.5, 0.0, 10.0]])
    day = _radiance(_light(sun_power=0.0), lamps=lamp)
    np.testing.assert_allclose(day, 0.25, rtol=1e-5)
    night = _radiance(_light(sun_power=0.0, lit=1.0), lamps=lamp) - day
    # 10 W at 3 m, 9 + 1 in the divisor, cosine 3 / sqrt(10): 0.5 * (0.9 * 0.9487 + 0.1) in red, half of it in green.
    np.testing.assert_allclose(night, [0.4769, 0.2385, 0], atol=2e-4)


def test_mirror_rays_of_a_floor() -> None:
    way = np.array([[0.6, 0, -0.8]], np.float32)
    points, planes, distance = _plane(1)
    _, out = lighting.mirror_rays(way, points, planes, planes, distance, np.array([0]), np.arange(1), 3)
    np.testing.assert_allclose(out[0], (0.6, 0, 0.8), atol=0.01)


def test_mirrors_are_stronger_at_grazing_angles() -> None:
    planes = np.tile(UP, (2, 1))
    ways = np.array([[0, 0, -1], [0.995, 0, -0.1]], np.float32)
    color, images = np.zeros((2, 3), np.float32), np.ones((2, 3), np.float32)
    lighting.add_mirror(color, images, np.arange(2), np.full(2, 0.4, np.float32), ways, planes)
    # 0.4 * 0.35, and 0.4 * (0.35 + 1.04 * 0.9 ** 3).
    np.testing.assert_allclose(color[:, 0], [0.14, 0.4433], atol=1e-3)


def test_fog_takes_over_with_distance() -> None:
    light = _light(fog=0.05, fog_color=(1.0, 1.0, 1.0))
    color = np.zeros((4, 3), np.float32)
    lighting.add_fog(color, np.array([2, 23, 1000, np.inf], np.float32), light)
    # Nothing within 3 m; 0.97 * (1 - exp(-1)); nearly everything; the sky keeps its own colour.
    np.testing.assert_allclose(color[:, 0], [0, 0.6132, 0.97, 0], atol=1e-3)


def test_the_sky_is_finite_in_all_directions_and_weathers() -> None:
    n = 400
    ways = Key("directions").normals("way", n, 3)
    ways[0], ways[1], ways[2] = (0, 0, 1), (0, 0, -1), (1, 0, 0)
    for number in range(24):
        light = weather(Key("sky", number)).light
        ways[3] = light.sun
        unit = (ways / np.linalg.norm(ways, axis=1, keepdims=True)).astype(np.float32)
        none = np.zeros((n, 3), np.float32)
        color = lighting.radiance(
            unit, np.full(n, np.inf, np.float32), none, none, none, none, none, np.zeros(n, np.bool_), unit,
            np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros((0, 7)), (0.0, 0.0, 0.0, 0.0), light, textures(),
        )  # fmt: skip
        assert np.isfinite(color).all()
        assert color.min() >= 0 and np.median(color) < 2
