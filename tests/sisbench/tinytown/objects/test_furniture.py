"""Furniture of streets: where it stands, where it looks to, what it lights."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from sisbench.tinytown.keys import Key
from sisbench.tinytown.materials import MATERIALS
from sisbench.tinytown.objects import furniture, poles, signs
from sisbench.tinytown.scene import Mesh, Place, Scene
from sisbench.tinytown.site import Site
from tests.sisbench.tinytown.objects.laid import Built, build, conditions

SINGLE = [name for name in furniture.__all__ if name not in ("gantry", "wires", "catenary")]
KINDS = {
    "advertising_column": "billboard", "bicycle_rack": "railing", "bin_": "bin", "cabinet": "crate",
    "city_light": "billboard", "street_pole": "pole", "street_light": "street light", "parasol_table": "table",
    "traffic_light": "traffic light", "traffic_sign": "traffic sign",
}  # fmt: skip
TALLEST = {"crane": 62, "flag": 8.5, "street_light": 9.5, "street_pole": 10, "traffic_light": 4, "billboard": 7}
MOST = {"crane": 2200, "fountain": 800, "playground": 600}


def made(name: str, number: int = 1, season: str = "summer") -> Built:
    place = Place(8.0, 3.0, 0.4)
    return build(lambda site: getattr(furniture, name)(site, Key(name, number), place), conditions(season))


def mesh_of(name: str, *arguments: object, **keywords: object) -> Mesh:
    scene = Scene()
    getattr(furniture, name)(Site(scene, conditions()), *arguments, **keywords)
    return scene.build()


@pytest.mark.parametrize("name", SINGLE)
def test_it_stands_on_the_ground_in_its_size(name: str) -> None:
    for number in range(4):
        built = made(name, number)
        assert -0.5 <= built.low <= 0.1
        assert built.triangles[..., 2].max() <= TALLEST.get(name, 5.5)
        assert len(built.triangles) <= MOST.get(name, 420)
        if name != "crane":
            assert built.size[:2].max() <= 12
        assert np.isfinite(built.normals).all()


@pytest.mark.parametrize("name", SINGLE)
def test_the_same_key_builds_the_same_and_its_kind(name: str) -> None:
    first, again = made(name), made(name)
    np.testing.assert_array_equal(first.triangles, again.triangles)
    assert KINDS.get(name, name) in first.kinds


@pytest.mark.parametrize("name", furniture.__all__)
def test_everything_says_what_it_is(name: str) -> None:
    assert inspect.getdoc(getattr(furniture, name))


@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("height", [None, 4.0, 8.0])
def test_a_street_light_has_a_lamp_at_each_arm(height: float | None, double: bool) -> None:
    for number in range(8):
        mesh = mesh_of("street_light", Key("light", number), Place(), height, double)
        lamps = mesh.lamps
        assert len(lamps) in ((1, 2) if double else (1,))
        tall = mesh.layout[..., 2].max()
        assert ((tall - 1.6 <= lamps[:, 2]) & (lamps[:, 2] <= tall)).all()
        if height:
            assert abs(lamps[0, 2] - height) < 0.7
        if not double:
            assert lamps[0, 0] >= 0  # arms reach to +x
        elif len(lamps) == 2:
            assert lamps[0, 0] > 0 > lamps[1, 0]


def test_all_heads_of_street_lights_occur() -> None:
    lights = {Key("head", number).pick("head", poles.LAMP_HEADS) for number in range(40)}
    assert lights == set(poles.LAMP_HEADS)


@pytest.mark.parametrize("arm", [0.0, 4.5, -4.5])
@pytest.mark.parametrize("phase", ["red", "amber", "green", None])
def test_traffic_lights_show_one_colour(arm: float, phase: str | None) -> None:
    mesh = mesh_of("traffic_light", Key("light"), Place(), arm, phase)
    lit = np.flatnonzero(mesh.material == MATERIALS["emitter"].number)
    assert len(lit) == 1  # one part: the same colour on all heads
    red, green, _ = mesh.colors[lit[0], :3]
    if phase:
        assert {"red": red > 5 * green, "amber": red > green > 0.3, "green": green > 5 * red}[phase]
    glow = mesh.layout[mesh.part == lit[0]]
    assert glow[..., 0].max() < 0  # they face -x
    reach = glow[..., 1]
    assert (
        (reach.max() > 4 and reach.min() > -1)
        if arm > 0
        else (reach.min() < -4)
        if arm < 0
        else np.abs(reach).max() < 1
    )


@pytest.mark.parametrize("shape", signs.SIGNS)
def test_signs_face_the_camera(shape: str) -> None:
    mesh = mesh_of("traffic_sign", Key("sign"), Place(), shape)
    plates = mesh.layout[mesh.material[mesh.part] == MATERIALS["sign"].number]
    assert len(plates)
    facing = plates[np.abs(plates[..., 0]).max(1) < 0.3]  # a street's name also hangs along the other street
    assert facing[..., 0].max() < 0.02  # before the pole, which stands behind them
    assert plates[..., 2].min() > 1.4


def test_pictures_begin_at_their_middle() -> None:
    mesh = mesh_of("billboard", Key("board"), Place(20.0, 5.0, 0.3))
    part = np.flatnonzero(mesh.material == MATERIALS["poster"].number)[0]
    points = mesh.layout[mesh.part == part].reshape(-1, 3)
    np.testing.assert_allclose(mesh.frame[part, :3], (points.min(0) + points.max(0)) / 2, atol=1e-3)


def test_a_gantry_spans_the_carriageway() -> None:
    for number in range(8):
        built = build(lambda site: furniture.gantry(site, Key("gantry", number), 40.0, (-9.0, 7.0)))  # noqa: B023
        assert built.triangles[..., 1].min() == pytest.approx(-9.0, abs=0.3)
        assert built.triangles[..., 1].max() == pytest.approx(7.0, abs=0.3)
        inside = built.triangles[(np.abs(built.triangles[..., 1] + 1) < 7).all(1)]
        assert inside[..., 2].min() > 4.5  # lorries pass below
        assert set(built.kinds) == {"gantry", "traffic sign"}


def test_wires_sag_between_their_points() -> None:
    points = [(0.0, 4.0, 8.0), (30.0, 4.0, 8.0), (60.0, 5.0, 8.5)]
    built = build(lambda site: furniture.wires(site, Key("wire"), points, 0.03))
    z = built.triangles[..., 2]
    assert z.max() == pytest.approx(8.5, abs=0.05)
    assert z.min() == pytest.approx(8.0 - 0.03 * 30, abs=0.1)
    assert set(built.kinds) == {"wire"}


@pytest.mark.parametrize("span", [3.5, -3.5])
def test_a_catenary_pole_carries_the_wire(span: float) -> None:
    built = build(lambda site: furniture.catenary(site, Key("catenary"), Place(), span))
    end = built.triangles[..., 1].max() if span > 0 else built.triangles[..., 1].min()
    assert end == pytest.approx(span, abs=0.1)


def test_parasols_are_put_away_in_winter() -> None:
    summer = [made("parasol_table", number) for number in range(8)]
    winter = [made("parasol_table", number, "winter") for number in range(8)]
    assert any("parasol" in built.kinds for built in summer)
    assert not any("parasol" in built.kinds for built in winter)


def test_containers_are_stacked() -> None:
    built = build(lambda site: furniture.container(site, Key("box"), Place(), stacked=3))
    assert built.size[2] == pytest.approx(3 * 2.59, abs=0.1)
