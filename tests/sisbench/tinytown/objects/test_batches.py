"""Batches are what as many single bodies would be."""

from __future__ import annotations

import numpy as np
import pytest

from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches


def area(triangles: np.ndarray) -> float:
    a, b = (triangles[:, k].astype(np.float64) - triangles[:, 0] for k in (1, 2))
    return float(np.sqrt((np.cross(a, b) ** 2).sum(1)).sum() / 2)


def test_boxes_walls_and_lids_have_their_area() -> None:
    low, high = [(0, 0, 0), (5, 5, 1)], [(1, 2, 3), (6, 7, 4)]  # 1 x 2 x 3 each
    assert area(batches.walls(low, high)[0]) == pytest.approx(2 * 18)
    assert area(batches.lids(low, high)[0]) == pytest.approx(2 * 2)
    assert area(batches.boxes(low, high)[0]) == pytest.approx(2 * 20)
    assert area(batches.cubes([(0, 0, 0), (9, 9, 9)], (1, 2, 3))[0]) == pytest.approx(2 * 22)


def test_normals_point_out_of_boxes() -> None:
    triangles, normals = batches.cubes([(4, 5, 6)], (2, 3, 4))
    outward = triangles.mean(1) - (4, 5, 6)
    assert ((outward * normals[:, 0]).sum(1) > 0).all()


def test_bars_are_round_and_taper() -> None:
    triangles, normals = batches.bars([(0, 0, 0), (3, 0, 0)], [(0, 0, 2), (3, 4, 0)], 0.5, 0.25, sections=24)
    first = triangles[np.abs(triangles[..., 0]).max(1) < 1]
    away = np.hypot(first[..., 0], first[..., 1])
    np.testing.assert_allclose(away, 0.5 - 0.125 * first[..., 2], atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-5)
    assert area(first) == pytest.approx(np.pi * 0.75 * np.hypot(2, 0.25), rel=0.01)


def test_tubes_join_their_points() -> None:
    triangles, _ = batches.tubes([[(0, 0, 0), (1, 0, 0), (1, 1, 0)], [(0, 0, 5), (0, 0, 6)]], 0.1, 4)
    assert len(triangles) == 3 * 8
    assert triangles[..., 2].max() == pytest.approx(6)


@pytest.mark.parametrize("radii", [0.5, (1.0, 2.0, 3.0), [(1.0, 2.0, 3.0), (0.5, 0.5, 0.5)]])
def test_balls_have_their_radii(radii: object) -> None:
    triangles, normals = batches.balls([(0, 0, 0), (10, 0, 0)], radii, 2)  # type: ignore[arg-type]
    wanted = np.broadcast_to(
        np.asarray(radii, float).reshape(-1, np.size(radii) // len(np.atleast_2d(radii)) or 1), (2, 3)
    )
    for ball, x, radius in zip(np.split(triangles, 2), (0, 10), wanted, strict=True):
        assert ball.shape[1:] == (3, 3)
        np.testing.assert_allclose(np.abs(ball - (x, 0, 0)).max((0, 1)), radius, rtol=0.05)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-5)


def test_copies_stand_at_their_points() -> None:
    one = batches.boxes([(-0.5, -0.5, 0)], [(0.5, 0.5, 1)])
    triangles, normals = batches.copies(one, [(0, 0, 0), (5, 5, 2)], [1.0, 2.0])
    assert triangles.shape == normals.shape == (20, 3, 3)
    assert triangles[10:, :, 2].max() == pytest.approx(4)


def test_leaves_face_outward() -> None:
    key = Key("leaves")
    ways = batches.directions(key, "way", 500)
    np.testing.assert_allclose(np.linalg.norm(ways, axis=1), 1, atol=1e-9)
    triangles, normals = batches.leaves(key, 3 * ways, ways, 0.2)
    assert ((normals[:, 0] * ways).sum(1) > 0).mean() > 0.95
    assert np.abs(np.linalg.norm(triangles.mean(1), axis=1) - 3).max() < 0.3
    again, _ = batches.leaves(key, 3 * ways, ways, 0.2)
    np.testing.assert_array_equal(triangles, again)


def test_a_taper_widens_upward() -> None:
    triangles, _ = batches.taper((1, 1), (2, 3), 0.0, 1.0)
    top = triangles[triangles[..., 2] > 0.99]
    assert tuple(top.max(0)[:2]) == (2, 3)


def test_join_keeps_the_order() -> None:
    a, b = batches.boxes([(0, 0, 0)], [(1, 1, 1)]), batches.lids([(0, 0, 0)], [(1, 1, 1)])
    triangles, normals = batches.join([a, b])
    np.testing.assert_array_equal(triangles[:10], a[0])
    np.testing.assert_array_equal(normals[10:], b[1])
