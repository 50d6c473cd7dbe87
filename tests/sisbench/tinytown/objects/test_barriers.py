"""Fences and walls run from end to end, stay on their line, and follow the street."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sisbench.tinytown.bend import Bend
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import barriers
from sisbench.tinytown.scene import Scene
from sisbench.tinytown.site import Site
from tests.sisbench.tinytown.objects.laid import build, conditions

Lay = Callable[[Site, Key, tuple[float, float], float], None]

ALL: dict[str, tuple[Lay, str]] = {
    "wall": (barriers.wall, "wall"),
    "noise wall": (barriers.noise_wall, "noise wall"),
    "railing": (barriers.railing, "railing"),
    "guard rail": (barriers.guard_rail, "guard rail"),
    "jersey": (barriers.jersey, "wall"),
    "works": (barriers.works_barrier, "barrier"),
}
for _model in barriers.FENCES:
    ALL[_model] = (lambda site, key, x, y, model=_model: barriers.fence(site, key, x, y, model), "fence")  # type: ignore[misc]


@pytest.mark.parametrize("name", ALL)
def test_it_runs_from_end_to_end(name: str) -> None:
    lay, kind = ALL[name]
    for number in range(6):
        built = build(lambda site: lay(site, Key(name, number), (4.0, 27.0), -6.0))  # noqa: B023
        points = built.triangles.reshape(-1, 3)
        assert points[:, 0].min() == pytest.approx(4.0, abs=0.3)
        assert points[:, 0].max() == pytest.approx(27.0, abs=0.3)
        assert np.abs(points[:, 1] + 6).max() <= 0.5
        assert -0.35 <= built.low <= 0.15
        assert len(built.triangles) <= 90 * 23
        assert set(built.kinds) == {kind}


@pytest.mark.parametrize("name", ALL)
def test_it_follows_a_bent_street(name: str) -> None:
    bend = Bend(1 / 180, 4.0)
    scene = Scene(bend)
    ALL[name][0](Site(scene, conditions()), Key(name), (5.0, 90.0), 9.0)
    points = scene.build().world.reshape(-1, 3)
    line = np.array([bend.spot(x, 9.0) for x in np.arange(4.5, 91, 0.5)])
    away = np.sqrt(((points[:, None, :2] - line[:, :2]) ** 2).sum(-1))
    assert away.min(1).max() < 0.75
    ground = line[away.argmin(1), 2]
    assert (points[:, 2] - ground).min() > -0.5
    assert (points[:, 2] - ground).max() < 5.5


@pytest.mark.parametrize("name", ALL)
def test_the_same_key_builds_the_same(name: str) -> None:
    first, again = (build(lambda site: ALL[name][0](site, Key(name), (0.0, 12.0), 3.0)) for _ in range(2))
    np.testing.assert_array_equal(first.triangles, again.triangles)


def test_every_model_of_fence_is_drawn() -> None:
    drawn = {Key("fence", number).pick("model", barriers.FENCES) for number in range(60)}
    assert drawn == set(barriers.FENCES)


def test_a_wall_has_the_height_asked_for() -> None:
    built = build(lambda site: barriers.wall(site, Key("wall"), (0.0, 20.0), 5.0, 1.5))
    assert 1.5 <= built.triangles[..., 2].max() <= 1.65
