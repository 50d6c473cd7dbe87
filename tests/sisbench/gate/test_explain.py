"""Which ingredient changed: found by comparing two records, named with both values."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from sisbench.evaluation import Value
from sisbench.gate.explain import changes, diagnosis, measurement_changes
from sisbench.gate.subjects import Subject
from tests.sisbench.gate.factories import subject

WEIGHTS = {"origin": "trained", "checkpoint": "last step", "state_sha256": "9" * 64}
PACKAGES = {"sisbench": "0.1.0", "torch": "2.14.0", "numpy": "2.4.6"}


def found(**facts: Any) -> list[tuple[str, str, str, str]]:
    return [tuple(change) for change in changes(subject(), subject(**facts))]


def said(**facts: Any) -> str:
    return diagnosis(changes(subject(), subject(**facts)), subject(), subject(**facts))


def test_nothing_changed() -> None:
    assert found() == []
    assert said() == (
        "Nothing that is recorded changed, down to the bytes of the images: a random step, or an ingredient that no "
        "record names."
    )
    without = subject(provenance={"images_sha256": None})
    assert diagnosis([], without, without).startswith("Nothing that is recorded changed: a random step")
    assert found(provenance={"time_utc": "2030-01-01T00:00:00+00:00"}, timing={"train": 1.0}) == []


def test_uncommitted_changes_are_an_ingredient_that_no_record_names() -> None:
    git = {"git": {"commit": "0" * 40, "dirty": True}}
    one, other = subject(provenance=git), subject(provenance=git)
    assert changes(one, other) == []
    assert "(the source tree had changes that were not committed)" in diagnosis([], one, other)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            {"provenance": {"weights": WEIGHTS}},
            [("weights", "weights.state_sha256", "aaaaaaaaaaaa...", "999999999999...")],
        ),
        (
            {"provenance": {"images_sha256": "9" * 64}},
            [("images", "images_sha256", "bbbbbbbbbbbb...", "999999999999...")],
        ),
        ({"seed": 1}, [("seed", "seed", "0", "1")]),
        ({"recipe": "cityscapes"}, [("recipe", "recipe", "quick", "cityscapes")]),
        ({"limit": 4}, [("measurement", "limit", "none", "4")]),
        (
            {"facts": {"protocol_sha256": "9" * 64}},
            [("measurement", "protocol_sha256", "ffffffffffff...", "999999999999...")],
        ),
        (
            {"facts": {"feature:effnet": "9" * 64}},
            [("measurement", "feature:effnet", "eeeeeeeeeeee...", "999999999999...")],
        ),
        ({"facts": {"feature:inception": "9" * 64}}, []),  # of a number that is n/a in the baseline
        ({"real": {"miou": Value(0.5, 0.01, 4)}}, []),
        (
            {"provenance": {"packages": PACKAGES}},
            [
                ("versions", "packages.torch", "2.13.0+cpu", "2.14.0"),
                ("versions", "packages.pillow", "13.0.0", "not recorded"),
            ],
        ),
        ({"provenance": {"python": "3.12.1"}}, [("versions", "python", "3.11.7", "3.12.1")]),
        (
            {"provenance": {"git": {"commit": "1" * 40, "dirty": True}}},
            [("source", "git.commit", "000000000000...", "111111111111..."), ("source", "git.dirty", "false", "true")],
        ),
        (
            {"provenance": {"git": None}},
            [
                ("source", "git.commit", "000000000000...", "not recorded"),
                ("source", "git.dirty", "false", "not recorded"),
            ],
        ),
        ({"provenance": {"threads": 2}}, [("machine", "threads", "1", "2")]),
        ({"provenance": {"moon": "full"}}, [("other", "moon", "not recorded", "full")]),
    ],
)
def test_one_ingredient(facts: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    if "protocol_sha256" in facts.get("facts", {}):
        one = subject(facts={"protocol_sha256": "f" * 64})
        assert [tuple(change) for change in changes(one, subject(**facts))] == expected
        return
    assert found(**facts) == expected


def test_a_setting_deep_in_the_recipe() -> None:
    one = subject(resolved_recipe={"loss_weights": {"gan": 1.0, "l1": 10.0}, "betas": [0.0, 0.9]})
    other = subject(resolved_recipe={"loss_weights": {"gan": 2.0}, "betas": [0.5, 0.9]})
    assert [tuple(change) for change in changes(one, other)] == [
        ("recipe", "resolved_recipe.loss_weights.gan", "1.0", "2.0"),
        ("recipe", "resolved_recipe.loss_weights.l1", "10.0", "not recorded"),
        ("recipe", "resolved_recipe.betas", "[0.0, 0.9]", "[0.5, 0.9]"),
    ]


def test_the_score_of_the_photos_tells_another_segmenter() -> None:
    one, other = subject(real={"miou": Value(0.5, 0.01, 4)}), subject(real={"miou": Value(0.51, 0.01, 4)})
    assert [tuple(c) for c in measurement_changes(one, other)] == [("measurement", "miou of the photos", "0.5", "0.51")]


def test_what_is_nearest_to_the_numbers_stands_first() -> None:
    many = found(
        seed=1,
        recipe="x",
        facts={"feature:effnet": "9" * 64},
        provenance={"weights": WEIGHTS, "images_sha256": "9" * 64, "threads": 2, "python": "3.12.1", "moon": "full"},
    )
    kinds = ["measurement", "images", "weights", "recipe", "seed", "versions", "machine", "other"]
    assert [kind for kind, *_ in many] == kinds


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"facts": {"feature:effnet": "9" * 64}, "seed": 1}, "The measurement itself changed"),
        (
            {"seed": 1, "provenance": {"weights": WEIGHTS, "images_sha256": "9" * 64}},
            "The weights differ: .*; look at seed",
        ),
        (
            {"provenance": {"images_sha256": "9" * 64, "packages": PACKAGES}},
            "The weights are the same: the change is in making the images; look at versions",
        ),
        (
            {"provenance": {"images_sha256": None, "threads": 2}},
            "The weights are the same: the change is in making the images or in the evaluation; look at machine",
        ),
        (
            {"provenance": {"threads": 2}},
            "The images are the same, byte for byte: .* in the evaluation; look at machine",
        ),
        (
            {"provenance": {"weights": {}, "images_sha256": None, "threads": 2}},
            "The records do not tell weights and images: .* anywhere; look at machine",
        ),
    ],
)
def test_the_stage_that_the_changes_point_to(facts: dict[str, Any], sentence: str) -> None:
    assert re.match(sentence, said(**facts))


def test_files_of_evaluate_tell_little() -> None:
    one = dataclasses.replace(subject(seed=1), record=None)
    assert changes(one, subject()) == []
    assert diagnosis([], one, subject()).startswith("Files of 'sisbench evaluate' do not tell weights")


def test_digests_alone_are_cut() -> None:
    other = Subject(Path("r"), "m", subject().evaluation, subject(recipe="a" * 30).record, True)
    assert [c.after for c in changes(subject(), other)] == ["a" * 30]
