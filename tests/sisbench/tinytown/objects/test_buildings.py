"""Buildings keep within their footprints, reach into the ground, and differ from key to key."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import blocks, buildings, fronts, halls, plans, skins
from sisbench.tinytown.scene import Place, Scene
from sisbench.tinytown.site import Site
from tests.sisbench.tinytown.objects.laid import Built, build, conditions

Make = Callable[[Site, Key, Place], None]

CASES: dict[str, tuple[Make, tuple[float, float, float], int, set[str]]] = {
    # What builds it; width, depth and height within which it must stay; most triangles; kinds it may have.
    "block": (
        lambda site, key, place: buildings.block(site, key, place, (14, 12, 15), shop=key.chance("shop", 0.5)),
        (15, 16, 27), 2200, {"building", "balcony", "awning"},
    ),
    "tower_block": (
        lambda site, key, place: buildings.tower_block(site, key, place, (24, 20, 70)),
        (26, 22, 92), 900, {"skyscraper"},
    ),
    "far_block": (
        lambda site, key, place: buildings.far_block(site, key, place, (20, 14, 30)), (21, 15, 34), 80, {"building"}
    ),
    "house": (lambda site, key, place: buildings.house(site, key, place, (12, 9)), (13.6, 21, 16), 900, {"house"}),
    "hall": (lambda site, key, place: buildings.hall(site, key, place, (30, 24, 8)), (31, 30, 13), 2000, {"hall"}),
    "gas_station": (buildings.gas_station, (24, 18, 8), 900, {"building", "billboard"}),
    "skeleton": (buildings.skeleton, (24, 20, 28), 3500, {"building", "scaffold"}),
    "barn": (buildings.barn, (24, 15, 13), 300, {"barn"}),
    "silo": (buildings.silo, (10, 7, 17), 500, {"silo"}),
    "chimney": (buildings.chimney, (8, 8, 46), 400, {"chimney"}),
    "church": (buildings.church, (40, 16, 50), 1300, {"building", "tower"}),
    "kiosk": (buildings.kiosk, (4.2, 4, 4), 120, {"kiosk", "awning"}),
    "stall": (buildings.stall, (4, 3.2, 3.4), 900, {"stall"}),
    "shelter": (buildings.shelter, (6.5, 2.6, 3.2), 260, {"shelter", "bench", "billboard", "traffic sign"}),
}  # fmt: skip


def made(name: str, number: int, place: Place = Place()) -> Built:  # noqa: B008  (it cannot change)
    return build(lambda site: CASES[name][0](site, Key(name, number), place))


def test_every_building_is_tested() -> None:
    assert set(CASES) == set(buildings.__all__)


@pytest.mark.parametrize("name", CASES)
def test_the_same_key_builds_the_same(name: str) -> None:
    first, again, other = made(name, 1), made(name, 1), made(name, 2)
    np.testing.assert_array_equal(first.triangles, again.triangles)
    assert (first.colors == again.colors).all()
    same = len(first.triangles) == len(other.triangles) and (first.triangles == other.triangles).all()
    assert not same or (first.colors != other.colors).any()


@pytest.mark.parametrize("name", CASES)
def test_it_stays_within_its_size(name: str) -> None:
    _, (wide, deep, tall), most, kinds = CASES[name]
    for number in range(12):
        built = made(name, number)
        assert (built.size[:2] <= (wide, deep)).all(), (number, built.size)
        assert built.triangles[..., 2].max() <= tall
        assert len(built.triangles) <= most
        assert set(built.kinds) <= kinds
        assert np.isfinite(built.normals).all()


@pytest.mark.parametrize(
    "name", ["block", "far_block", "house", "hall", "tower_block", "barn", "church", "gas_station"]
)
def test_it_reaches_into_the_ground(name: str) -> None:
    for number in range(6):
        assert made(name, number).low == pytest.approx(fronts.BASE)


@pytest.mark.parametrize("roof", blocks.ROOFS)
@pytest.mark.parametrize("style", skins.STYLES)
def test_blocks_of_all_roofs_and_styles_close(roof: str, style: str) -> None:
    built = build(lambda site: buildings.block(site, Key("all", 3), Place(), (12, 11, 13), style, True, roof))
    walls = built.triangles[..., 2]
    assert walls.max() >= 12.9  # the roof is where the walls end, or above
    seen = built.triangles[walls.min(1) > 9].reshape(-1, 3)
    assert (np.abs(seen[:, 0]).max(), np.abs(seen[:, 1]).max()) >= (5.9, 5.4)  # and covers the footprint


def test_details_are_left_out_far_away() -> None:
    near, far = made("block", 5, Place(20.0, 15.0)), made("block", 5, Place(220.0, 15.0))
    assert len(far.triangles) < len(near.triangles)


def test_bays_and_floors_divide_a_front() -> None:
    for number in range(20):
        skin = skins.skin(Key("skin", number), "brick", 13.7, 17.2)
        assert 13.7 / skin.bay == pytest.approx(round(13.7 / skin.bay))
        assert 17.2 / skin.floor == pytest.approx(round(17.2 / skin.floor))


def test_distant_facades_do_not_repeat() -> None:
    scene = Scene()
    for number in range(24):
        buildings.far_block(Site(scene, conditions()), Key("far", number), Place(30.0 * number), (20, 14, 30))
    mesh = scene.build()
    facade = mesh.params[mesh.material == mesh.material[0]]
    assert len({tuple(row[:4]) for row in facade.round(6).tolist()}) >= 24
    assert len(set(mesh.seed.tolist())) >= 24


def test_all_shapes_of_flat_blocks_occur() -> None:
    seen = set()
    for number in range(120):
        front = fronts.Front(
            Site(Scene(), conditions()), Key("plan", number), Place(), "building", (18, 14, 24 + 9 * (number % 2)),
            skins.skin(Key("plan", number), "plaster", 18, 24 + 9 * (number % 2)),
        )  # fmt: skip
        fitting = [name for name, (_, _, fits) in plans.PLANS.items() if fits(front)]
        seen.update(fitting)
        plans.raise_flat(front)
    assert seen == set(plans.PLANS)


def test_shops_light_the_pavement() -> None:
    scene = Scene()
    buildings.block(Site(scene, conditions()), Key("lamp"), Place(10, 12), (14, 12, 15), shop=True)
    lamps = scene.build().lamps
    assert len(lamps) == 1
    assert lamps[0, 1] < 12 - 6  # before the front, which looks to -y


@pytest.mark.parametrize("style", halls.HALLS)
def test_halls_of_each_style(style: str) -> None:
    built = build(lambda site: buildings.hall(site, Key("hall"), Place(), (26, 20, 7), style))
    assert set(built.kinds) == {"hall"}
    assert built.triangles[..., 2].max() > 7
