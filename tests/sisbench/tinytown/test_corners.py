"""Corners of a world: bodies turn about a point, shared corners are found."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown.corners import carry, weld


def triangle(*rows: tuple[float, float, float]) -> np.ndarray:
    return np.array([rows], np.float32)


def test_a_body_turns_about_its_point_and_goes_where_that_goes() -> None:
    corners = triangle((3, 1, 2), (2, 1, 2), (2, 2, 2))
    normals = triangle((1, 0, 0), (0, 1, 0), (0, 0, 1))
    start, turn, end = (np.array([row], np.float32) for row in ((2, 1, 0), (0, 1), (10, 20, 5)))
    moved, turned = carry(corners, normals, np.array([0]), start, turn, end)
    np.testing.assert_array_equal(moved, triangle((10, 21, 7), (10, 20, 7), (9, 20, 7)))
    np.testing.assert_array_equal(turned, triangle((0, 1, 0), (-1, 0, 0), (0, 0, 1)))
    np.testing.assert_array_equal(corners, triangle((3, 1, 2), (2, 1, 2), (2, 2, 2)))


def test_every_triangle_moves_with_its_own_body() -> None:
    corners = np.zeros((3, 3, 3), np.float32)
    start, turn = np.zeros((2, 3), np.float32), np.array([(1, 0), (1, 0)], np.float32)
    end = np.array([(1, 2, 3), (4, 5, 6)], np.float32)
    moved, _ = carry(corners, corners, np.array([1, 0, 1]), start, turn, end)
    np.testing.assert_array_equal(moved[:, 0], [(4, 5, 6), (1, 2, 3), (4, 5, 6)])


def test_corners_are_welded_where_every_bit_agrees() -> None:
    square = np.array([[(0, 0, 0), (1, 0, 0), (1, 1, 0)], [(0, 0, 0), (1, 1, 0), (0, 1, 0)]], np.float32)
    points, index = weld(square)
    np.testing.assert_array_equal(index, [(0, 1, 2), (0, 2, 3)])
    np.testing.assert_array_equal(points, [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)])


def test_many_corners_come_back_as_they_were() -> None:
    rows = (np.arange(9 * 5000) * 7919 % 101).reshape(-1, 3, 3).astype(np.float32) / 8 - 6
    rows[0, 0] = (-0.0, 0.0, 0.0)
    points, index = weld(rows)
    np.testing.assert_array_equal(points[index].view(np.int32), rows.view(np.int32))
    assert len(points) == len(np.unique(rows.reshape(-1, 3).view(np.int32), axis=0))
