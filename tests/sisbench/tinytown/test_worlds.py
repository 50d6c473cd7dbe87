"""Worlds: planned in an instant, built alike each time, within their budget, clear around the camera."""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
from collections import Counter

import numpy as np
import pytest

from sisbench.tinytown import traffic
from sisbench.tinytown.categories import CATEGORIES
from sisbench.tinytown.kinds import KINDS, NUMBERS
from sisbench.tinytown.objects import furniture
from sisbench.tinytown.scene import Mesh, Place, Scene
from sisbench.tinytown.shapes import Array
from sisbench.tinytown.street import CLEAR, Town
from sisbench.tinytown.worlds import EDITION, World, world

ONE_EACH = range(12)
BUDGET = 120_000
"""Triangles of a world, at most."""


@functools.cache
def built(number: int) -> World:
    """A world whose mesh tests share."""
    return world(number)


def digest(mesh: Mesh) -> str:
    """SHA-256 of everything that a mesh holds."""
    total = hashlib.sha256()
    for name in (
        "world",
        "layout",
        "normals",
        "part",
        "kind",
        "instance",
        "material",
        "seed",
        "colors",
        "params",
        "frame",
        "lamps",
    ):
        total.update(np.ascontiguousarray(getattr(mesh, name)).tobytes())
    return total.hexdigest()


def test_twelve_categories_each_with_a_plan() -> None:
    assert len(CATEGORIES) == 12 and list(CATEGORIES) == sorted(CATEGORIES)
    for name in CATEGORIES:
        module = importlib.import_module(f"sisbench.tinytown.categories.{name}")
        assert module.BEND[0] <= 1 / 200 and module.BEND[1] <= 4.0 and module.BASES and module.__doc__


def test_planning_builds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Scene, *arguments: object) -> Mesh:
        raise AssertionError("a plan built a mesh")

    monkeypatch.setattr(Scene, "build", refuse)
    monkeypatch.setattr(Scene, "add", refuse)
    plan = world(5)
    assert plan.category == "industrial" and plan.edition == EDITION
    assert set(plan.cameras) == {"ground", "aerial", "oblique", "panorama"}
    with pytest.raises(AssertionError):
        _ = plan.mesh


@pytest.mark.parametrize("count", [48, 144])
def test_categories_and_splits_are_balanced(count: int) -> None:
    plans = [world(number) for number in range(count)]
    assert set(Counter(plan.category for plan in plans).values()) == {count // 12}
    assert Counter((plan.category, plan.split) for plan in plans) == {
        (name, split): count // 12 * share // 4 for name in CATEGORIES for split, share in (("train", 3), ("val", 1))
    }


def test_facts_are_plain_and_different() -> None:
    facts = [world(number).facts for number in range(36)]
    assert [json.loads(json.dumps(one)) for one in facts] == facts
    assert len({json.dumps({k: v for k, v in one.items() if k not in ("world", "category")}) for one in facts}) == 36


def test_streets_of_a_category_differ() -> None:
    for first in range(12):
        streets = [world(first + 12 * k).street for k in range(12)]
        assert (
            len(
                {
                    (s.lanes, s.median > 0, s.middle, bool(s.right.parking), bool(s.right.cycle), len(s.junctions))
                    for s in streets
                }
            )
            >= 4
        )


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="the number of a world is -1"):
        world(-1)


@pytest.mark.parametrize("number", [10, 11])
def test_a_world_is_the_same_each_time(number: int) -> None:
    assert digest(world(number).mesh) == digest(built(number).mesh)
    assert digest(world(number, "another").mesh) != digest(built(number).mesh)


@pytest.mark.parametrize("number", ONE_EACH)
def test_a_world_keeps_its_budget_and_its_kinds(number: int) -> None:
    mesh = built(number).mesh
    assert 15_000 < len(mesh.world) <= BUDGET
    assert np.isfinite(mesh.world).all() and np.isfinite(mesh.normals).all()
    assert mesh.kind.max() < len(KINDS) and not (mesh.kind == NUMBERS["sky"]).any()
    assert {"road", "tree"} - {KINDS[k] for k in mesh.kind} == (
        {"road"} if built(number).street.lanes == (0, 0) else set()
    )
    assert len(np.unique(mesh.instance)) < 4000


@pytest.mark.parametrize("number", ONE_EACH)
def test_nothing_stands_around_the_camera(number: int) -> None:
    plan = built(number)
    layout = plan.mesh.layout
    low, high = layout.min(1), layout.max(1)
    inside = (low[:, 0] < CLEAR[0] - 0.5) & (high[:, 0] > -CLEAR[0] + 0.5) & (low[:, 2] < 1.9) & (high[:, 2] > 0.3)
    inside &= (low[:, 1] < plan.street.eye + 1.9) & (high[:, 1] > plan.street.eye - 1.9)
    assert {KINDS[plan.mesh.kind[k]] for k in plan.mesh.part[inside]} <= {"wire"}


@pytest.mark.parametrize("number", [*ONE_EACH, 17, 39])
def test_views_are_free(number: int) -> None:
    plan = built(number)

    def distances(origins: Array, ways: Array) -> Array:
        reach = np.full(len(ways), 1e4, np.float32)
        found: Array = plan.mesh.tracer.run(origins, ways, dists=reach, query="DISTANCE")
        return found

    for view, least in (("ground", 1.2), ("panorama", 1.0), ("aerial", 15.0), ("oblique", 5.0)):
        origins, ways = plan.cameras[view].rays(32, 64)
        assert distances(origins, ways).min() > least, view
    eye = np.array([plan.cameras["ground"].position], np.float32)
    assert 1.3 < distances(eye, np.array([[0, 0, -1]], np.float32))[0] < 1.9
    origins, ways = plan.cameras["panorama"].rays(33, 256)
    level = ways[16 * 256 : 17 * 256].copy()  # the row of the horizon, a little above
    level[:, 2] = 0.004
    assert (distances(origins[:256], level) < 5e3).mean() > 0.97  # closed all around


@pytest.mark.parametrize("number", [8, 10])
def test_an_object_more_or_less_changes_nothing_else(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def others(mesh: Mesh) -> Counter[bytes]:
        other = mesh.kind[mesh.part] != NUMBERS["street light"]
        return Counter(row.tobytes() for row in mesh.layout[other].reshape(-1, 9))

    before = others(built(number).mesh)
    monkeypatch.setattr(furniture, "street_light", lambda site, key, place, **choices: None)
    mesh = world(number).mesh
    assert not (mesh.kind[mesh.part] == NUMBERS["street light"]).any()
    assert others(mesh) == before


@pytest.mark.parametrize("number", [2, 4, 7])
def test_vehicles_on_lanes_do_not_touch(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, Place]] = []

    def note(town: Town, key: object, kind: str, place: Place, parked: bool = False) -> None:
        if not parked and abs(np.sin(place.yaw)) < 0.2:
            seen.append((kind, place))

    monkeypatch.setattr(traffic, "vehicle", note)
    world(number).town()
    assert len(seen) >= 6
    for index, (kind, a) in enumerate(seen):
        for other, b in seen[:index]:
            room = (traffic.LENGTHS[kind] + traffic.LENGTHS[other]) / 2
            assert abs(a.x - b.x) > room - 0.6 or abs(a.y - b.y) > 0.9, (kind, a, other, b)
