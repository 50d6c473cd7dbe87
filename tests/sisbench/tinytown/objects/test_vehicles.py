"""Vehicles stand on the ground, have the size of their kind, and stay what they are when something else changes."""

from __future__ import annotations

import numpy as np
import pytest

from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import boats, buses, trucks
from sisbench.tinytown.objects.car_models import MODELS, PAINTS
from sisbench.tinytown.objects.vehicles import boat, bus, car, caravan, excavator, trailer, tram, truck
from sisbench.tinytown.scene import Place
from tests.sisbench.tinytown.objects.built import AT, build

KEY = Key("vehicles", 1)
FLAT = Place(6.0, -3.0, 0.0, 0.25)


@pytest.mark.parametrize("model", MODELS)
def test_a_car_has_the_measures_of_its_model(model: str) -> None:
    built = build(lambda site: car(site, KEY, FLAT, model))
    facts = MODELS[model]
    assert built.low == pytest.approx(0.25, abs=0.01)
    assert built.size[0] == pytest.approx(facts.length, abs=0.1)
    assert facts.width - 0.05 < built.size[1] < facts.width + 0.45  # mirrors
    assert built.size[2] == pytest.approx(facts.height, abs=0.08)


@pytest.mark.parametrize("model", [*MODELS, "taxi", "police"])
def test_triangles_of_a_car_by_detail(model: str) -> None:
    near, far = (len(build(lambda site: car(site, KEY, FLAT, model, detail=d)).triangles) for d in (True, False))  # noqa: B023
    assert near <= 640
    assert far <= 400


def test_detail_follows_distance() -> None:
    near = build(lambda site: car(site, KEY, Place(10.0), "sedan"))
    far = build(lambda site: car(site, KEY, Place(80.0), "sedan"))
    assert len(far.triangles) < len(near.triangles)


def test_vans_are_of_kind_van_and_cars_of_kind_car() -> None:
    assert set(build(lambda site: car(site, KEY, AT, "van")).kinds) == {"van"}
    assert set(build(lambda site: car(site, KEY, AT, "suv")).kinds) == {"car"}


def test_a_key_decides_everything() -> None:
    def cars(site: object) -> None:
        for one in Key("lot").children("car", 12):
            car(site, one, AT)  # type: ignore[arg-type]

    first, second = build(cars), build(cars)
    assert np.array_equal(first.triangles, second.triangles)
    assert np.array_equal(first.colors, second.colors)


def test_a_given_colour_changes_nothing_but_the_paint() -> None:
    drawn = build(lambda site: car(site, KEY, AT))
    given = build(lambda site: car(site, KEY, AT, color=(0.1, 0.2, 0.3)))
    assert np.array_equal(drawn.triangles, given.triangles)
    assert not np.array_equal(drawn.colors, given.colors)
    assert any((given.colors[:, :3] == (0.1, 0.2, 0.3)).all(1))


def test_cars_are_of_many_models_and_mostly_grey_or_white() -> None:
    lengths, grey = set(), 0
    for one in Key("many").children("car", 160):
        built = build(lambda site, one=one: car(site, one, FLAT, detail=False))  # type: ignore[misc]
        lengths.add(round(float(built.size[0]), 1))
        color = built.colors[0, :3]
        grey += bool(color.max() - color.min() < 0.12 * color.max() + 0.02)
    assert len(lengths) >= 8
    assert 0.55 < grey / 160 < 0.9
    assert sum(share for _, share in PAINTS) > 0


@pytest.mark.parametrize("model", trucks.MODELS)
def test_trucks(model: str) -> None:
    built = build(lambda site: truck(site, KEY, FLAT, model))
    assert set(built.kinds) == {"truck"}
    assert built.low == pytest.approx(0.25, abs=0.01)
    assert 7 < built.size[0] < 17
    assert 2.4 < built.size[1] < 3.2
    assert 2.7 < built.size[2] < 4.2
    assert len(built.triangles) <= 1000


@pytest.mark.parametrize("model", buses.MODELS)
def test_buses(model: str) -> None:
    built = build(lambda site: bus(site, KEY, FLAT, model))
    assert set(built.kinds) == {"bus"}
    assert built.low == pytest.approx(0.25, abs=0.01)
    assert 10.5 < built.size[0] < 18.6
    assert 2.5 < built.size[1] < 3.1
    assert 3.0 < built.size[2] < 4.5
    assert len(built.triangles) <= 1000


def test_trams_are_long_and_reach_the_wire() -> None:
    lengths = set()
    for one in Key("trams").children("tram", 12):
        built = build(lambda site, one=one: tram(site, one, FLAT))  # type: ignore[misc]
        assert set(built.kinds) == {"tram"}
        assert built.low == pytest.approx(0.25, abs=0.05)
        assert 18 < built.size[0] < 32
        assert built.size[2] == pytest.approx(5.4, abs=0.1)
        assert len(built.triangles) <= 1600
        lengths.add(round(float(built.size[0])))
    assert len(lengths) > 1


def test_machines_and_trailers_stand_on_the_ground() -> None:
    for add, kind, length in ((excavator, "excavator", 9), (caravan, "caravan", 7), (trailer, "trailer", 4)):
        built = build(lambda site, add=add: add(site, KEY, FLAT))  # type: ignore[misc]
        assert set(built.kinds) == {kind}
        assert built.low == pytest.approx(0.25, abs=0.02)
        assert built.size[0] < length
        assert len(built.triangles) <= 1000


@pytest.mark.parametrize("model", boats.MODELS)
def test_boats_float(model: str) -> None:
    built = build(lambda site: boat(site, KEY, FLAT, model))
    assert set(built.kinds) == {"boat"}
    assert -0.4 < built.low < 0.25  # the keel is under water
    assert built.triangles[..., 2].max() > 0.5
    assert len(built.triangles) <= 600


@pytest.mark.parametrize("add", [truck, bus, boat])
def test_an_unknown_model_is_an_error(add: object) -> None:
    with pytest.raises(ValueError, match="hovercraft"):
        build(lambda site: add(site, KEY, FLAT, "hovercraft"))  # type: ignore[operator]


def test_an_unknown_car_is_an_error() -> None:
    with pytest.raises(ValueError, match="hovercraft"):
        build(lambda site: car(site, KEY, FLAT, "hovercraft"))


def test_normals_are_of_unit_length() -> None:
    for add in (lambda s: car(s, KEY, AT), lambda s: tram(s, KEY, AT), lambda s: truck(s, KEY, AT, "tanker")):
        normals = build(add).normals
        assert np.allclose((normals**2).sum(-1), 1, atol=1e-3)
