"""An unchanged run never fails its gate: the short form of `benchmarks.false_alarms`, which repeats it 100 times."""

from __future__ import annotations

import pytest

from benchmarks.false_alarms import repeats


def test_ten_repeats_of_an_unchanged_run() -> None:
    for rule, tally in repeats(10, limit=4, threads=(1, 1, 2)).items():
        assert (tally.checks, tally.alarms) == (10, 0), rule
        assert tally.share < 0.5, rule


@pytest.mark.slow
def test_a_hundred_repeats_of_an_unchanged_run() -> None:
    for rule, tally in repeats(100, limit=16).items():
        assert (tally.checks, tally.alarms) == (100, 0), rule
