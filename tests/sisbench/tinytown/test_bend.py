"""The bend: identity where the camera stands, lengths kept along the street, bodies kept rigid."""

from __future__ import annotations

import numpy as np
import pytest

from sisbench.tinytown.bend import Bend


def points(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32)


def test_a_straight_bend_changes_nothing() -> None:
    grid = points((0, 0, 0), (50, 3, 2), (-20, -7, 1))
    assert Bend().straight
    np.testing.assert_array_equal(Bend().points(grid), grid)


def test_around_the_camera_and_behind_it_the_world_stays_as_it_is() -> None:
    grid = points((-60, 4, 0), (-1, -3, 1), (0, 2, 0))
    np.testing.assert_allclose(Bend(1 / 250, 4.0).points(grid), grid, atol=1e-4)


def test_the_street_turns_left_and_rises_and_keeps_its_length() -> None:
    bend = Bend(1 / 250, 4.0, reach=60)
    line = np.zeros((301, 3), np.float32)
    line[:, 0] = np.arange(301)
    bent = bend.points(line)
    steps = np.sqrt((np.diff(bent[:, :2], axis=0) ** 2).sum(1))
    np.testing.assert_allclose(steps, 1, atol=1e-3)
    assert bent[120, 1] > 10
    assert bent[120, 2] == pytest.approx(4.0)
    assert bend.heading(200) == pytest.approx(60 / 250 * 2.0 + 20 / 250 * (1 - 20 / 120) + 60 / 250 * 0.5, abs=1e-3)


def test_widths_across_the_street_are_kept() -> None:
    bend = Bend(-1 / 300, -2.0)
    pair = bend.points(points((90, -5, 0), (90, 5, 0)))
    assert np.linalg.norm(pair[0] - pair[1]) == pytest.approx(10, abs=1e-3)


@pytest.mark.parametrize("side", [-1, 1])
def test_the_inner_side_does_not_fold(side: int) -> None:
    bend = Bend(1 / 200)
    across = side * 100.0
    row = bend.points(np.array([(x, across, 0) for x in range(0, 400, 5)], np.float32))
    assert (np.diff(row[:, 0] + row[:, 1]) > 0).all()


def test_bodies_keep_their_shape_and_turn_with_the_street() -> None:
    bend = Bend(1 / 250, 3.0)
    body = points((98, 10, 0), (102, 10, 0), (100, 14, 6))[None]
    normals = np.repeat(points((1, 0, 0))[None], 3, axis=1)
    moved, normals = bend.rigid(body, normals, np.array([[100.0, 10.0]]), np.array([0]))
    lengths = [np.linalg.norm(b[0, i] - b[0, j]) for b in (body, moved) for i, j in ((0, 1), (0, 2), (1, 2))]
    np.testing.assert_allclose(lengths[:3], lengths[3:], rtol=1e-5)
    angle = bend.heading(100)
    np.testing.assert_allclose(normals[0, 0], (np.cos(angle), np.sin(angle), 0), atol=1e-5)
    assert moved[0, 0, 2] == pytest.approx(bend.spot(100, 10)[2], abs=1e-4)


def test_a_curve_that_would_fold_is_refused() -> None:
    with pytest.raises(ValueError, match="folds"):
        Bend(1 / 100)
