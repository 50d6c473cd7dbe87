"""Intervals cover what they promise: the light form of `benchmarks.coverage`.

200 draws put a standard error of 1.5 % on a coverage of 95 %; the bands are the required 93 to 97 % and 2.5 of these on
either side (0.99 above: no more can be told from 200), and the standard error itself must be within a sixth of the
spread that it estimates, which 200 draws tell to 5 %.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from benchmarks.coverage import APART, PAIRED, Draw, class_scores, feature_pairs, label_maps, simulate, skewed_values

DRAWS = 200
FID_AND_KID = slice(0, 2)

DRAW: dict[str, Callable[[], Draw]] = {
    "pairs": partial(feature_pairs, PAIRED[FID_AND_KID], 24, 0.6, 0.5),
    "pairs, fewer images than dimensions": partial(feature_pairs, PAIRED[:1], 64, 0.6, 0.3, n=40),
    "independent": partial(feature_pairs, APART[FID_AND_KID], 24, 0.0, 0.5),
    "equal distributions": partial(feature_pairs, APART[FID_AND_KID], 24, 0.0, 0.0),
    "label maps": partial(label_maps, classes=8, pixels=60),
    "values": skewed_values,
    "class scores": partial(class_scores, classes=30),
}


@pytest.mark.parametrize("name", DRAW)
def test_intervals_cover_the_expectation_at_this_n(name: str) -> None:
    equal = name == "equal distributions"  # values are skewed there, like a sum of squares, and so are their errors
    for output, found in simulate(DRAW[name](), DRAWS).items():
        assert 0.89 <= found.covered <= (1 if equal else 0.99), output
        assert found.stderr / found.deviation == pytest.approx(1, abs=1 / 4 if equal else 1 / 6), output
