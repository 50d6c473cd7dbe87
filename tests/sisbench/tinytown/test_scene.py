"""Scenes: places, parts and the arrays of a finished mesh."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sisbench.tinytown.bend import Bend
from sisbench.tinytown.keys import Key
from sisbench.tinytown.kinds import KINDS, NUMBERS
from sisbench.tinytown.materials import MATERIALS
from sisbench.tinytown.scene import Mesh, Place, Scene

KEY = Key("test")


def hut(bend: Bend | None = None) -> Mesh:
    scene = Scene(bend or Bend())
    ground = scene.course("grass", KEY.child("ground")).part("grass", (0.1, 0.2, 0.05))
    ground.sheet((-50, 150), (-20, 20), 0.0)
    house = scene.body("house", Place(40, 8, math.pi / 2), KEY.child("house"))
    house.part("brick", (0.5, 0.2, 0.1)).box((0, 0, 1.5), (4, 2, 3))
    house.part("wood", (0.3, 0.2, 0.1), kind="fence").bar((2, 0, 0), (2, 0, 2), 0.1)
    house.lamp((2, 0, 3), (1, 0.8, 0.5), 16)
    return scene.build()


def test_every_kind_and_material_has_its_own_number() -> None:
    assert len(set(KINDS)) == len(KINDS) < 256
    assert KINDS[0] == "sky"
    numbers = [material.number for material in MATERIALS.values()]
    assert len(set(numbers)) == len(numbers)
    assert all(len(material.params) <= 8 for material in MATERIALS.values())


def test_parts_carry_kind_instance_material_and_frame() -> None:
    mesh = hut()
    assert [KINDS[k] for k in mesh.kind] == ["grass", "house", "fence"]
    assert mesh.instance.tolist() == [1, 2, 2]
    assert mesh.material.tolist() == [MATERIALS[m].number for m in ("grass", "brick", "wood")]
    np.testing.assert_allclose(mesh.frame[1], (40, 8, 0, 0, 1), atol=1e-6)
    assert (np.diff(mesh.part) >= 0).all() and set(mesh.part.tolist()) == {0, 1, 2}


def test_bodies_stand_where_their_place_says() -> None:
    mesh = hut()
    walls = mesh.world[mesh.part == 1].reshape(-1, 3)
    np.testing.assert_allclose(walls.min(0), (39, 6, 0), atol=1e-4)  # turned by a quarter: 2 along x, 4 along y
    np.testing.assert_allclose(walls.max(0), (41, 10, 3), atol=1e-4)
    np.testing.assert_allclose(mesh.lamps, [(40, 10, 3, 1, 0.8, 0.5, 16)], atol=1e-4)


def test_a_place_in_the_frame_of_a_place() -> None:
    spot = Place(10, 5, math.pi / 2, 1).local(2, 1, 0.5, yaw=0.25)
    np.testing.assert_allclose(spot, (9, 7, math.pi / 2 + 0.25, 1.5))


def test_a_bent_street_keeps_layout_coordinates() -> None:
    straight, bent = hut(), hut(Bend(1 / 250, 3))
    np.testing.assert_array_equal(straight.layout, bent.layout)
    assert np.abs(straight.world - bent.world).max() > 1
    np.testing.assert_allclose(np.linalg.norm(bent.normals, axis=-1), 1, atol=1e-4)


def test_sheets_are_cut_so_that_they_can_follow_the_street() -> None:
    mesh = hut()
    along = np.unique(mesh.layout[mesh.part == 0][..., 0])
    assert along[0] == -50 and along[-1] == 150
    assert np.diff(along)[(along[:-1] > -40) & (along[:-1] < 100)].max() <= 6


def test_a_strip_has_a_top_and_two_sides() -> None:
    scene = Scene()
    scene.course("wall", KEY).part("concrete", (0.5, 0.5, 0.5)).strip(0, 12, y=3, width=0.4, z=0.1, height=1.0)
    mesh = scene.build()
    corners = mesh.world.reshape(-1, 3)
    np.testing.assert_allclose(corners.min(0), (0, 2.8, 0.1), atol=1e-6)
    np.testing.assert_allclose(corners.max(0), (12, 3.2, 1.1), atol=1e-6)
    edges = mesh.world[:, 1] - mesh.world[:, 0], mesh.world[:, 2] - mesh.world[:, 0]
    area = np.linalg.norm(np.cross(*edges), axis=1).sum() / 2
    assert area == pytest.approx(12 * (1 + 1 + 0.4) + 2 * 0.4, rel=1e-5)  # no underside


def test_unknown_parameters_of_a_material_are_refused() -> None:
    with pytest.raises(TypeError, match="'brick' knows no"):
        Scene().body("house", Place(), KEY).part("brick", (1, 1, 1), colour=3)


def test_rays_meet_what_was_built() -> None:
    mesh = hut()
    down = np.array([[0, 0, -1]] * 2, np.float32)
    hits = mesh.tracer.run(np.array([[40, 8, 50], [0, 0, 50]], np.float32), down)
    assert [KINDS[mesh.kind[mesh.part[h]]] for h in hits] == ["house", "grass"]
    assert NUMBERS["house"] == mesh.kind[1]


def test_what_is_carried_belongs_to_its_holder() -> None:
    scene = Scene()
    holder = scene.body("person", Place(5, 0), KEY)
    holder.part("plain", (0.5, 0.5, 0.5)).ball((0, 0, 1), 0.3)
    scene.body("bag", Place(5, 0.3), KEY.child("bag"), holder).part("plain", (0.1, 0.1, 0.1)).box((0, 0, 0), (1, 1, 1))
    scene.body("dog", Place(6, 0), KEY.child("dog")).part("plain", (0.1, 0.1, 0.1)).box((0, 0, 0), (1, 1, 1))
    assert scene.build().instance.tolist() == [1, 1, 2]
