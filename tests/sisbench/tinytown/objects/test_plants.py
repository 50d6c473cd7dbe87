"""Bushes, hedges, beds and the horizon."""

from __future__ import annotations

import numpy as np
import pytest

from sisbench.tinytown.bend import Bend
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import horizon, plants
from sisbench.tinytown.scene import Place, Scene
from sisbench.tinytown.site import Site
from tests.sisbench.tinytown.objects.laid import build, conditions

AT = Place(10.0, 5.0, 0.6)


@pytest.mark.parametrize("season", ["summer", "autumn", "winter"])
def test_a_bush_has_its_radius(season: str) -> None:
    for number in range(8):
        built = build(lambda site: plants.bush(site, Key("bush", number), AT, 0.8), conditions(season))  # noqa: B023
        assert set(built.kinds) == {"bush"}
        assert built.low >= -0.05
        assert built.size.max() <= 2.9
        assert len(built.triangles) <= 400


def test_a_bush_far_away_is_cheaper() -> None:
    near, far = (build(lambda site: plants.bush(site, Key("bush"), Place(x, 3.0))) for x in (10.0, 90.0))  # noqa: B023
    assert len(far.triangles) < 0.6 * len(near.triangles)
    assert far.size.max() == pytest.approx(near.size.max(), abs=0.5)


def test_a_hedge_runs_from_end_to_end_and_follows_the_street() -> None:
    bend = Bend(1 / 200)
    scene = Scene(bend)
    plants.hedge(Site(scene, conditions()), Key("hedge"), (10.0, 60.0), 7.0, 1.2)
    mesh = scene.build()
    assert mesh.layout[..., 0].min() == pytest.approx(10, abs=0.3)
    assert mesh.layout[..., 0].max() == pytest.approx(60, abs=0.3)
    assert mesh.layout[..., 2].max() <= 1.5
    middle = np.array([bend.spot(x, 7.0)[:2] for x in np.arange(9, 61, 0.5)])
    away = np.sqrt(((mesh.world.reshape(-1, 1, 3)[..., :2] - middle) ** 2).sum(-1)).min(1)
    assert away.max() < 0.75


@pytest.mark.parametrize("season", ["summer", "winter"])
def test_a_bed_keeps_to_its_size_and_blooms_in_summer(season: str) -> None:
    built = build(lambda site: plants.flower_bed(site, Key("bed"), Place(4.0, 3.0), (5.0, 1.2)), conditions(season))
    assert (built.size[:2] <= (5.6, 1.8)).all()
    flowers = build(lambda site: plants.flower_bed(site, Key("bed"), Place(4.0, 3.0), (5.0, 1.2)))
    assert (len(built.triangles) < len(flowers.triangles)) == (season == "winter")
    assert set(built.kinds) == {"flower", "soil"}


def test_a_planter_is_small() -> None:
    for number in range(12):
        built = build(lambda site: plants.planter(site, Key("planter", number), AT))  # noqa: B023
        assert built.low == pytest.approx(0.0, abs=0.01)
        assert (built.size <= (1.9, 1.9, 2.1)).all()
        assert set(built.kinds) <= {"planter", "flower"}


def test_tufts_stay_in_their_rectangle() -> None:
    built = build(lambda site: plants.tufts(site, Key("tufts"), (2.0, 30.0), (-6.0, -4.0), 200))
    assert len(built.triangles) == 200
    points = built.triangles.reshape(-1, 3)
    assert points[:, 0].min() > 1.3
    assert points[:, 0].max() < 30.7
    assert set(built.kinds) == {"grass"}


def test_a_forest_wall_is_cheap() -> None:
    for number in range(6):
        built = build(lambda site: horizon.forest_wall(site, Key("wall", number), (0.0, 200.0), 60.0, 12.0))  # noqa: B023
        assert len(built.triangles) <= 2200
        assert built.triangles[..., 2].max() <= 14.5
        assert set(built.kinds) == {"tree"}


def test_hills_surround_the_world_and_mountains_are_behind() -> None:
    kinds = set()
    for number in range(16):
        built = build(lambda site: horizon.hills(site, Key("hills", number)))  # noqa: B023
        kinds |= set(built.kinds)
        hills = built.of("hill")
        away = np.hypot(hills[..., 0], hills[..., 1])
        assert away.min() > 370
        bearings = np.unique(np.floor(np.degrees(np.arctan2(hills[..., 1], hills[..., 0])) / 10))
        assert len(bearings) >= 36
        mountains = built.of("mountain")
        assert not len(mountains) or np.hypot(mountains[..., 0], mountains[..., 1]).min() > away.max()
    assert kinds == {"hill", "mountain"}
