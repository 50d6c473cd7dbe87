from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t as student

from sisbench.study.interval import Observation, Proportion, proportion


def observations(table: list[list[int | None]]) -> list[Observation]:
    """Rows are raters, columns are layouts; None was not asked."""
    return [
        Observation(rater, f"layout {layout}", bool(answer))
        for rater, row in enumerate(table)
        for layout, answer in enumerate(row)
        if answer is not None
    ]


def test_by_hand() -> None:
    # Residuals 1/4, 1/4 | 1/4, -3/4: both clusterings give 2 (1/4 + 1/4) / 16, and so do the cells, 4/3 (3/4) / 16.
    found = proportion(observations([[1, 1], [1, 0]]))
    assert (found.value, found.n, found.raters, found.layouts) == (0.75, 4, 2, 2)
    assert found.stderr == pytest.approx(0.25)
    quantile = student.ppf(0.975, 1 / (1 / 1 + 1 / 1 + 1 / 3))
    effective = 0.75 * 0.25 / 0.25**2
    root = math.sqrt(0.75 * 0.25 / effective + quantile**2 / (4 * effective**2))
    bounds = [(0.75 + quantile**2 / (2 * effective) + sign * quantile * root) for sign in (-1, 1)]
    assert (found.low, found.high) == pytest.approx([b / (1 + quantile**2 / effective) for b in bounds])


def test_raters_who_disagree_widen_the_interval() -> None:
    agree = proportion(observations([[1, 0] * 20] * 2 + [[0, 1] * 20] * 2))
    differ = proportion(observations([[1] * 40] * 2 + [[0] * 40] * 2))
    assert agree.value == differ.value == 0.5
    assert differ.stderr == pytest.approx(math.sqrt(4 / 3 * 4 * 20**2 - 160 / 159 * 40) / 160)
    assert differ.high - differ.low > 2 * (agree.high - agree.low)


def test_layouts_that_differ_widen_the_interval() -> None:
    found = proportion(observations([[1, 0] * 5] * 8))
    assert found.stderr is not None
    assert found.stderr > 1.5 * 0.5 / math.sqrt(80)


def test_no_surer_than_independent_answers() -> None:
    found = proportion(observations([[1, 0], [0, 1]]))  # raters and layouts alike: both clusterings give 0
    assert found.stderr == pytest.approx(math.sqrt(4 / 3 * 4 * 0.25) / 4)


def test_one_rater_speaks_about_layouts() -> None:
    found = proportion(observations([[1, 0, 1, 1, 0, 1, 1, 1]]))
    assert found.stderr == pytest.approx(math.sqrt(8 / 7 * 8 * (0.75 * 0.25)) / 8)
    assert found.raters == 1


@pytest.mark.parametrize("share", [0, 1])
def test_all_answers_alike(share: int) -> None:
    found = proportion(observations([[share] * 10] * 3))  # ten layouts count: Wilson's bound is z^2 / (n + z^2)
    far = 1.959964**2 / (10 + 1.959964**2)
    assert (found.low, found.high) == pytest.approx((0, far) if share == 0 else (1 - far, 1))
    assert found.stderr is None


def test_a_single_answer_says_next_to_nothing() -> None:
    found = proportion(observations([[1]]))
    assert (found.low, found.high) == (pytest.approx(1 / (1 + 1.959964**2)), 1)


def test_no_answer_is_no_proportion() -> None:
    with pytest.raises(ValueError, match="no answers"):
        proportion([])


def test_order_does_not_matter() -> None:
    several = observations([[1, 0, 1], [0, None, 1], [1, 1, None]])
    assert proportion(several) == proportion(several[::-1])


@pytest.mark.parametrize(("raters", "layouts", "rater_sd", "layout_sd"), [(5, 50, 0.0, 0.0), (5, 50, 0.5, 1.0)])
def test_intervals_cover(raters: int, layouts: int, rater_sd: float, layout_sd: float) -> None:
    """Of 200 studies, the intervals hold the truth in 95 % or more but for chance, also where answers are alike."""
    rng = np.random.default_rng(0)
    hits = naive = 0
    for _ in range(200):
        taste = rng.normal(0, rater_sd, (raters, 1)) + rng.normal(0, layout_sd, (1, layouts))  # symmetric: truth 1/2
        answers = rng.random((raters, layouts)) < 1 / (1 + np.exp(-taste))
        found = proportion(observations(answers.astype(int).tolist()))
        hits += found.low <= 0.5 <= found.high
        naive += abs(found.value - 0.5) <= 1.96 * 0.5 / math.sqrt(found.n)
    assert hits >= 183  # binomial(200, 0.95) is below with probability 0.01
    if rater_sd:
        assert naive < 160  # what independent answers would have made of it


def test_turned_it_is_the_share_of_the_other_answers() -> None:
    turned = Proportion(0.75, 0.5, 0.875, 0.1, 8, 2, 4).turned()
    assert turned == Proportion(0.25, 0.125, 0.5, 0.1, 8, 2, 4)
