"""Simple bodies: closed, of the stated size, with normals that point outwards."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sisbench.tinytown import shapes

BODIES = {
    "box": (shapes.box(), 1.0),
    "cylinder": (shapes.cylinder(32), math.pi),
    "ball": (shapes.ball(3), 4 / 3 * math.pi),
    "cone": (shapes.cone(32), math.pi / 3),
    "torus": (shapes.torus(0.2, 48), 2 * math.pi * 2.5 * math.sin(math.radians(72)) * 0.04),  # five-sided tube
    "prism": (shapes.prism([(-1, 0), (-1, 1), (1, 1), (1, 0)], 0.5), 2.0),
    "lathe": (shapes.lathe([(0, 0), (1, 0), (1, 2), (0, 2)], sections=48), 2 * math.pi),
}


def volume(triangles: np.ndarray) -> float:
    """Volume enclosed, by the divergence theorem; triangles may be wound either way if all are."""
    a, b, c = (triangles[:, k].astype(np.float64) for k in range(3))
    return abs(float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6))


@pytest.mark.parametrize("name", BODIES)
def test_bodies_enclose_their_volume(name: str) -> None:
    (triangles, normals), expected = BODIES[name]
    assert triangles.dtype == normals.dtype == np.float32
    assert triangles.shape == normals.shape
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-4)
    if name not in ("prism", "lathe"):  # those are wound as is cheapest; shading turns normals to the ray
        assert volume(triangles) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("name", ["ball", "cylinder", "torus", "lathe"])
def test_round_bodies_are_smooth(name: str) -> None:
    triangles, normals = BODIES[name][0]
    plane = shapes.flat(triangles)[1]
    assert (np.abs((normals * plane).sum(-1)) > 0.6).all()  # near the plane, and not equal to it
    assert (np.abs((normals * plane).sum(-1)) < 0.99999).any()


def test_rotations_turn_counter_clockwise() -> None:
    np.testing.assert_allclose(shapes.turn_z(math.pi / 2) @ (1, 0, 0), (0, 1, 0), atol=1e-6)
    np.testing.assert_allclose(shapes.turn_x(math.pi / 2) @ (0, 1, 0), (0, 0, 1), atol=1e-6)
    np.testing.assert_allclose(shapes.turn_y(math.pi / 2) @ (1, 0, 0), (0, 0, -1), atol=1e-6)


@pytest.mark.parametrize("direction", [(0, 0, 1), (1, 0, 0), (0.3, -2, 0.5)])
def test_along_takes_z_to_a_direction(direction: tuple[float, float, float]) -> None:
    turn = shapes.along(direction)
    np.testing.assert_allclose(turn @ (0, 0, 1), np.array(direction) / np.linalg.norm(direction), atol=1e-6)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)


def test_a_prism_tapers_towards_its_top() -> None:
    triangles, _ = shapes.prism([(-1, 0), (-0.5, 1), (0.5, 1), (1, 0)], 0.8, 0.6)
    top, bottom = triangles[triangles[..., 2] > 0.99], triangles[triangles[..., 2] < 0.01]
    assert np.abs(top[:, 1]).max() == pytest.approx(0.6)
    assert np.abs(bottom[:, 1]).max() == pytest.approx(0.8)
