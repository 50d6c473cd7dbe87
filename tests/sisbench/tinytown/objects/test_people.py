"""People: how tall they are, what they wear, what they carry."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects.outfits import APART, apart, outfit
from sisbench.tinytown.objects.people import ACTIVITIES, group, person, sitter
from sisbench.tinytown.scene import Place
from tests.sisbench.tinytown.objects.built import AT, build, conditions

KEY = Key("people", 1)
FLAT = Place(6.0, -3.0, 0.0, 0.25)


@pytest.mark.parametrize("season", ["summer", "autumn", "winter"])
def test_nobody_wears_one_colour_from_head_to_foot(season: str) -> None:
    sky = conditions(season)
    for one in Key("clothes", season).children("person", 2000):
        look = outfit(one, sky)
        assert apart(look.above, look.below) >= APART
        assert apart(look.above, look.inner) >= APART


def test_the_scene_shows_both_colours() -> None:
    for one in Key("shown").children("person", 30):
        built = build(lambda site, one=one: person(site, one, FLAT, "walking"))  # type: ignore[misc]
        look = outfit(one.child("outfit"), conditions())
        shown = {tuple(c) for c in built.colors[built.kinds == "person", :3].tolist()}
        assert look.above in shown
        assert look.below in shown or look.cut.top == "dress"
        heights = {
            name: built.triangles[(built.colors[:, :3] == color).all(1)][..., 2]
            for name, color in (("above", look.above), ("below", look.below))
            if color in shown
        }
        if len(heights) == 2:
            assert heights["above"].mean() > heights["below"].mean()


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_people_stand_on_the_ground(activity: str) -> None:
    for one in Key("ground", activity).children("person", 12):
        built = build(lambda site, one=one: person(site, one, FLAT, activity))  # type: ignore[misc]
        points = built.of("person").reshape(-1, 3)
        assert points[:, 2].min() == pytest.approx(0.25, abs=0.045)
        assert 0.9 < points[:, 2].max() - 0.25 < 2.1
        assert built.low > 0.2


def test_children_are_smaller() -> None:
    def tall(activity: str) -> float:
        sizes = [
            build(lambda site, one=one: person(site, one, FLAT, activity)).size[2]  # type: ignore[misc]
            for one in Key("tall").children("person", 10)
        ]
        return float(np.mean(sizes))

    assert tall("child") < 0.85 * tall("standing")


@pytest.mark.parametrize(("detail", "most"), [(2, 590), (1, 370), (0, 240)])
def test_triangles_by_detail(detail: int, most: int) -> None:
    counts = []
    for one in Key("detail").children("person", 24):
        built = build(lambda site, one=one: person(site, one, FLAT, "walking", detail))  # type: ignore[misc]
        counts.append(len(built.of("person")))
    assert max(counts) <= most
    assert np.mean(counts) <= 0.9 * most


@pytest.mark.parametrize(
    ("activity", "kind", "shared"), [("dog", "dog", False), ("stroller", "stroller", False), ("shopping", "bag", True)]
)
def test_what_people_lead_and_push_are_objects_and_what_they_carry_is_theirs(
    activity: str, kind: str, shared: bool
) -> None:
    built = build(lambda site: person(site, KEY, FLAT, activity))
    assert {"person", kind} <= set(built.kinds)
    owner, other = (set(built.instances[built.kinds == k].tolist()) for k in ("person", kind))
    assert len(owner) == 1
    assert (owner == other) if shared else not owner & other


def test_umbrellas_open_in_the_rain_alone() -> None:
    def umbrellas(wet: float) -> int:
        sky = conditions(wet=wet)
        return sum(
            "umbrella" in build(lambda site, one=one: person(site, one, FLAT, "walking"), sky).kinds  # type: ignore[misc]
            for one in Key("rain").children("person", 30)
        )

    assert umbrellas(0.0) == 0
    assert 8 < umbrellas(0.9) < 28


def test_workers_wear_vests() -> None:
    for one in Key("works").children("person", 20):
        assert outfit(one, conditions(), "man", worker=True).cut.top == "vest"


def test_clothes_follow_the_season() -> None:
    tops = {
        season: [outfit(one, conditions(season)).cut.top for one in Key("season").children("person", 300)]
        for season in ("summer", "winter")
    }
    assert tops["winter"].count("coat") > 50 > 10 > tops["summer"].count("coat")
    assert tops["summer"].count("tee") > 60 > 15 > tops["winter"].count("tee")


def test_sitters_are_lower_than_people_who_stand() -> None:
    for one in Key("sit").children("person", 10):
        built = build(lambda site, one=one: sitter(site, one, FLAT, 0.45))  # type: ignore[misc]
        assert 0.7 < built.triangles[..., 2].max() - 0.25 < 1.65
        assert built.low == pytest.approx(0.25, abs=0.045)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_group_has_as_many_people_who_do_not_stand_in_each_other(count: int) -> None:
    for one in Key("group").children("group", 8):
        built = build(lambda site, one=one: group(site, one, FLAT, count))  # type: ignore[misc]
        own = built.kinds == "person"
        numbers = sorted(set(built.instances[own].tolist()))
        assert len(numbers) == count
        middles = [built.triangles[own & (built.instances == n)].reshape(-1, 3)[:, :2].mean(0) for n in numbers]
        for a, b in itertools.combinations(middles, 2):
            assert np.sqrt(((a - b) ** 2).sum()) > 0.35


def test_the_same_key_gives_the_same_person() -> None:
    first, second = (build(lambda site: person(site, KEY, AT)) for _ in range(2))
    assert np.array_equal(first.triangles, second.triangles)
    assert np.array_equal(first.colors, second.colors)
    assert np.allclose((first.normals**2).sum(-1), 1, atol=1e-3)


def test_an_unknown_activity_is_an_error() -> None:
    with pytest.raises(ValueError, match="flying"):
        build(lambda site: person(site, KEY, AT, "flying"))
