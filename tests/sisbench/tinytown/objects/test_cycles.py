"""Cycles and their riders."""

from __future__ import annotations

import numpy as np
import pytest

from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import bicycles, motorcycles
from sisbench.tinytown.objects.cycles import bicycle, motorcycle
from sisbench.tinytown.scene import Place
from tests.sisbench.tinytown.objects.built import build

KEY = Key("cycles", 1)
FLAT = Place(6.0, -3.0, 0.0, 0.25)


@pytest.mark.parametrize("model", bicycles.MODELS)
def test_bicycles(model: str) -> None:
    built = build(lambda site: bicycle(site, KEY, FLAT, model=model))
    assert set(built.kinds) == {"bicycle"}
    assert built.low == pytest.approx(0.25, abs=0.03)
    assert 1.5 < built.size[0] < 2.8
    assert 0.9 < built.size[2] < 1.4
    assert len(built.triangles) <= 900


@pytest.mark.parametrize("model", motorcycles.MODELS)
def test_motorcycles(model: str) -> None:
    built = build(lambda site: motorcycle(site, KEY, FLAT, model=model))
    assert set(built.kinds) == {"motorcycle"}
    assert built.low == pytest.approx(0.25, abs=0.03)
    assert 1.5 < built.size[0] < 2.6
    assert 0.9 < built.size[2] < 1.5
    assert len(built.triangles) <= 1000


@pytest.mark.parametrize(
    ("add", "kind", "model"),
    [(bicycle, "bicycle", m) for m in bicycles.MODELS] + [(motorcycle, "motorcycle", m) for m in motorcycles.MODELS],
)
def test_a_rider_is_an_object_of_their_own_with_hands_on_the_bars(add: object, kind: str, model: str) -> None:
    built = build(lambda site: add(site, KEY, FLAT, rider=True, model=model))  # type: ignore[operator]
    assert set(built.kinds) == {kind, "rider"}
    own, riders = (set(built.instances[built.kinds == k].tolist()) for k in (kind, "rider"))
    assert len(own) == len(riders) == 1
    assert own != riders
    rider, cycle = built.of("rider").reshape(-1, 3), built.of(kind).reshape(-1, 3)
    assert 1.55 < rider[:, 2].max() - 0.25 < 2.2
    assert rider[:, 2].min() > 0.25 + 0.04  # feet are off the ground
    grips = cycle[cycle[:, 1] > FLAT.y + 0.18]
    grips = grips[grips[:, 2] > 1.0]
    gap = np.sqrt(((rider[:, None] - grips[None]) ** 2).sum(-1)).min()
    assert gap < 0.12


def test_a_rider_does_not_change_the_cycle() -> None:
    alone = build(lambda site: bicycle(site, KEY, FLAT, model="racing"))
    ridden = build(lambda site: bicycle(site, KEY, FLAT, rider=True, model="racing"))
    assert alone.colors[0].tolist() == ridden.colors[ridden.kinds == "bicycle"][0].tolist()


def test_tyres_are_wide_enough_to_be_seen() -> None:
    built = build(lambda site: bicycle(site, KEY, FLAT, model="city"))
    wheel = built.triangles[(built.triangles[..., 2] < 0.25 + 0.05).all(1)].reshape(-1, 3)
    tyre = wheel[np.abs(wheel[:, 1] - FLAT.y) < 0.05]
    assert 0.04 <= tyre[:, 1].max() - tyre[:, 1].min() <= 0.06


def test_the_same_key_gives_the_same_triangles() -> None:
    first, second = (build(lambda site: motorcycle(site, KEY, FLAT, rider=True)) for _ in range(2))
    assert np.array_equal(first.triangles, second.triangles)


@pytest.mark.parametrize("add", [bicycle, motorcycle])
def test_an_unknown_model_is_an_error(add: object) -> None:
    with pytest.raises(ValueError, match="unicycle"):
        build(lambda site: add(site, KEY, FLAT, model="unicycle"))  # type: ignore[operator]
