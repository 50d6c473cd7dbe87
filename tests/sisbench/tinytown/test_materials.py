"""The list of materials."""

from __future__ import annotations

from sisbench.tinytown.materials import MATERIALS


def test_numbers_are_their_places() -> None:
    assert [facts.number for facts in MATERIALS.values()] == list(range(len(MATERIALS)))


def test_parameters_fit_their_record() -> None:
    for facts in MATERIALS.values():
        assert len(facts.params) == len(set(facts.params)) <= 8
