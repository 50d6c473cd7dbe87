from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generators import ensure_torchvision
from sisbench.errors import InputError
from sisbench.metrics.crossview_is import (
    CrossviewIS,
    TopInceptionScorePaper,
    inception_score,
    keep_top,
    spread_rest,
)
from tests.sisbench.metrics.class_probabilities import (
    FAKE,
    REAL,
    assert_influences_are_those_of_the_jackknife,
    draw,
    values,
)


def test_worked_example() -> None:
    of_real, of_fake = values(CrossviewIS(), REAL), values(CrossviewIS(), FAKE)
    assert list(of_real) == ["is_all", "is_top1", "is_top5"]
    assert list(of_real.values()) == pytest.approx([1.2612746008, 1.7467549371, 1.2586125264], abs=1e-10)
    assert list(of_fake.values()) == pytest.approx([1.2315228264, 1.5386249792, 1.2813294909], abs=1e-10)


def test_by_hand() -> None:
    two = torch.eye(6).double()[:2]  # two images, each surely of another class: exp(ln 2)
    assert inception_score(two).value == pytest.approx(2, abs=1e-15)
    half = torch.tensor([[0.5, 0.5, 0, 0, 0, 0], [1.0, 0, 0, 0, 0, 0]]).double()
    marginal = 0.75 * math.log(0.75) + 0.25 * math.log(0.25)
    assert inception_score(half).value == pytest.approx(math.exp(math.log(0.5) / 2 - marginal), abs=1e-15)


def test_agrees_with_torch_fidelity() -> None:
    ensure_torchvision()
    from torch_fidelity.metric_isc import isc_features_to_metric

    logits = torch.randn(50, 12, generator=torch.Generator().manual_seed(0)) * 2
    expected = isc_features_to_metric(logits, splits=1, shuffle=False)["inception_score_mean"]
    assert values(CrossviewIS(), logits.double().softmax(1))["is_all"] == pytest.approx(expected, rel=1e-12)


def test_the_code_and_the_paper_differ_in_the_rest() -> None:
    rows = torch.tensor([[0.1, 0.4, 0.4, 0.1]], dtype=torch.float64)
    assert keep_top(rows, 1).tolist() == [[1e-9, 0.4, 1e-9, 1e-9]]  # of equal ones the lower index
    assert spread_rest(rows, 1)[0].tolist() == pytest.approx([0.2, 0.4, 0.2, 0.2], abs=1e-16)
    assert spread_rest(rows, 2)[0].tolist() == pytest.approx([0.1, 0.4, 0.4, 0.1], abs=1e-16)


def test_the_paper_by_hand() -> None:
    found = values(TopInceptionScorePaper(), REAL)
    rows = [
        [0.70, 0.06, 0.06, 0.06, 0.06, 0.06],
        [0.11, 0.45, 0.11, 0.11, 0.11, 0.11],
        [0.08, 0.08, 0.60, 0.08, 0.08, 0.08],
        [0.30, 0.14, 0.14, 0.14, 0.14, 0.14],
    ]
    expected = inception_score(torch.tensor(rows, dtype=torch.float64)).value
    assert found["is_top1_paper"] == pytest.approx(expected, rel=1e-12)
    assert found["is_top5_paper"] == pytest.approx(1.2612746008, abs=1e-10)  # one class is left: nothing to spread


def test_a_rounded_sum_above_one_leaves_nothing_to_spread() -> None:
    rows = torch.tensor([[1 + 2**-20, 0, 0, 0, 0, 0], [0.0, 1, 0, 0, 0, 0]]).double()
    assert spread_rest(rows, 1)[0].tolist() == [1 + 2**-20, 0, 0, 0, 0, 0]
    assert math.isfinite(values(TopInceptionScorePaper(), rows)["is_top1_paper"])


def test_probabilities_of_zero_are_no_nan() -> None:
    found = values(CrossviewIS(), torch.eye(7).repeat(2, 1))
    assert found["is_all"] == pytest.approx(7)
    assert all(math.isfinite(value) for value in found.values())


@pytest.mark.parametrize("kind", [CrossviewIS, TopInceptionScorePaper])
def test_influences(kind: type[CrossviewIS | TopInceptionScorePaper]) -> None:
    assert_influences_are_those_of_the_jackknife(kind, draw(400)[0], rel=0.03)


def test_intervals_cover_the_expectation() -> None:
    # 300 draws of 100 images; the binomial error of the coverage is 1.3 %.
    draws = []
    for seed in range(300):
        metric = CrossviewIS()
        metric.update(draw(100, seed=seed)[0])
        draws.append(metric.compute())
    for output in CrossviewIS.outputs:
        expectation = math.fsum(found[output].value for found in draws) / len(draws)
        covered = sum(abs(found[output].value - expectation) < 1.96 * (found[output].stderr or 0) for found in draws)
        assert 0.90 <= covered / len(draws) <= 0.98, output


@given(st.integers(0, 2**20), st.integers(1, 30), st.integers(6, 12))
def test_bounds_and_invariance(seed: int, n: int, num_classes: int) -> None:
    rows, _ = draw(n, num_classes, seed)
    found = values(CrossviewIS(), rows)["is_all"]
    assert 1 - 1e-12 <= found <= min(n, num_classes) + 1e-12
    order = torch.randperm(num_classes, generator=torch.Generator().manual_seed(seed))
    assert values(CrossviewIS(), rows[:, order])["is_all"] == pytest.approx(found, rel=1e-12)
    assert values(CrossviewIS(), rows.repeat(2, 1))["is_all"] == pytest.approx(found, rel=1e-12)


@pytest.mark.parametrize("kind", [CrossviewIS, TopInceptionScorePaper])
def test_bad_input(kind: type[CrossviewIS | TopInceptionScorePaper]) -> None:
    metric = kind()
    with pytest.raises(InputError, match="Apply the softmax"):
        metric.update(torch.randn(2, 9))
    metric.update(draw(3, num_classes=5)[0])
    with pytest.raises(InputError, match=r"is_top5\w* takes the 5 most probable of 5 classes"):
        metric.compute()
