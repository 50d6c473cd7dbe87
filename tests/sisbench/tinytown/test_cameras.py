"""Cameras: where rays go."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sisbench.tinytown.bend import Bend
from sisbench.tinytown.cameras import VIEWS, Camera, cameras
from sisbench.tinytown.keys import Key


def test_the_middle_ray_of_a_level_camera_goes_forward() -> None:
    camera = Camera("ground", (1, 2, 3), 0, 0, 0, math.pi / 2)
    origins, directions = camera.rays(3, 5)
    np.testing.assert_allclose(directions.reshape(3, 5, 3)[1, 2], (1, 0, 0), atol=1e-6)
    np.testing.assert_array_equal(np.unique(origins, axis=0), [(1, 2, 3)])
    left, right = directions.reshape(3, 5, 3)[1, 0], directions.reshape(3, 5, 3)[1, 4]
    assert left[1] > 0 > right[1]  # y points left
    assert directions.reshape(3, 5, 3)[0, 2, 2] > 0  # the first row looks up
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-6)


def test_the_field_of_view_spans_the_edges_of_the_image() -> None:
    camera = Camera("ground", (0, 0, 0), 0, 0, 0, math.radians(80))
    _, directions = camera.rays(2, 4, offset=(0.0, 0.5))
    first = directions.reshape(2, 4, 3)[0, 0]
    assert math.degrees(math.atan2(first[1], first[0])) == pytest.approx(40, abs=1e-3)


def test_pitch_looks_down_and_yaw_left() -> None:
    camera = Camera("ground", (0, 0, 0), math.radians(30), math.radians(20), 0, 1.0)
    ahead = camera.rays(1, 1)[1][0]
    assert math.degrees(math.asin(-ahead[2])) == pytest.approx(20, abs=1e-3)
    assert math.degrees(math.atan2(ahead[1], ahead[0])) == pytest.approx(30, abs=1e-3)


def test_a_panorama_goes_all_around() -> None:
    camera = Camera("panorama", (0, 0, 0), 0, 0, 0, 2 * math.pi, math.radians(90))
    _, directions = camera.rays(4, 16)
    middle = directions.reshape(4, 16, 3)
    angles = np.degrees(np.arctan2(middle[1, :, 1], middle[1, :, 0]))
    np.testing.assert_allclose(np.diff(angles), -22.5, atol=1e-3)  # from behind over left, front and right
    assert np.degrees(np.arcsin(middle[0, 0, 2])) == pytest.approx(33.75, abs=1e-3)
    assert camera.pixel_angle(16) == pytest.approx(2 * math.pi / 16)


def test_every_view_of_a_world_is_placed() -> None:
    placed = cameras(Key("w"), Bend(1 / 250, 3), lane=-1.75)
    assert tuple(placed) == VIEWS
    assert placed["aerial"].rays(1, 1)[1][0][2] < -0.99
    assert placed["oblique"].rays(1, 1)[1][0][2] < -0.3
    assert 1.4 <= placed["ground"].position[2] <= 1.8
    assert cameras(Key("w"), Bend(1 / 250, 3), lane=-1.75) == placed
