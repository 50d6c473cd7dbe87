from __future__ import annotations

import math

import pytest
import torch

from sisbench.errors import InputError
from sisbench.metrics.crossview_kl import CrossviewKL
from sisbench.metrics.kl import kl_divergence
from tests.sisbench.metrics.class_probabilities import (
    FAKE,
    REAL,
    assert_influences_are_those_of_the_jackknife,
    draw,
    values,
)


def test_worked_example() -> None:
    found = values(CrossviewKL(), FAKE, REAL)
    assert found["crossview_kl"] == pytest.approx(1.3425326899, abs=1e-10)
    assert found["crossview_kl_std"] == pytest.approx(0.1633560975, abs=1e-10)


def test_the_mean_is_exponentiated_and_the_deviation_is_not() -> None:
    fake, real = draw(40)
    each = kl_divergence(fake, real)
    found = values(CrossviewKL(), fake, real)
    assert found["crossview_kl"] == pytest.approx(math.exp(each.mean()), rel=1e-12)
    assert found["crossview_kl_std"] == pytest.approx(float(each.std(correction=0)), rel=1e-12)


def test_it_is_not_symmetric() -> None:
    assert values(CrossviewKL(), REAL, FAKE)["crossview_kl"] != pytest.approx(1.3425326899, abs=1e-2)


def test_equal_probabilities() -> None:
    metric = CrossviewKL()
    metric.update(REAL, REAL)
    assert metric.compute() == {"crossview_kl": (1, 0, 4), "crossview_kl_std": (0, 0, 4)}


def test_one_image_has_no_standard_error() -> None:
    metric = CrossviewKL()
    metric.update(FAKE[:1], REAL[:1])
    found = metric.compute()
    assert found["crossview_kl"].stderr is None
    assert found["crossview_kl_std"] == (0, None, 1)


def test_the_worst_case_is_finite() -> None:
    found = values(CrossviewKL(), torch.eye(6).roll(1, 0), torch.eye(6))
    assert found["crossview_kl"] == pytest.approx(2**149, rel=1e-12)
    assert found["crossview_kl_std"] == pytest.approx(0, abs=1e-12)


def test_influences() -> None:
    assert_influences_are_those_of_the_jackknife(CrossviewKL, *draw(300), rel=0.05)


def test_bad_input() -> None:
    with pytest.raises(InputError, match="CrossviewKL was created with paired=False"):
        CrossviewKL(paired=False)
    with pytest.raises(InputError, match="before any image"), pytest.warns(UserWarning, match="before the ``update``"):
        CrossviewKL().compute()
