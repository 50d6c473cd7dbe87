from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from sisbench.errors import InputError
from sisbench.metrics.kl import KL, SMALLEST, kl_divergence
from tests.sisbench.metrics.class_probabilities import FAKE, REAL, draw


def test_worked_example() -> None:
    expected = [0.02475539, 0.46187088, 0.36453473, 0.32707059]
    assert kl_divergence(FAKE, REAL).tolist() == pytest.approx(expected, abs=5e-9)
    metric = KL()
    metric.update(FAKE, REAL)
    assert metric.compute()["kl"].value == pytest.approx(sum(expected) / 4, abs=5e-9)


def test_agrees_with_scipy() -> None:
    fake, real = draw(20, num_classes=30)
    assert kl_divergence(fake, real).tolist() == pytest.approx(entropy(fake, real, axis=1).tolist(), rel=1e-11)


def test_a_zero_of_the_generated_image_counts_nothing() -> None:
    assert kl_divergence(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.5, 0.5]])).item() == pytest.approx(math.log(2))


def test_a_zero_of_the_real_image_is_the_smallest_float32() -> None:
    found = kl_divergence(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])).item()
    assert found == pytest.approx(-math.log(SMALLEST))
    assert found == pytest.approx(103.2789, abs=1e-4)
    assert torch.tensor(SMALLEST, dtype=torch.float32) > 0
    assert torch.tensor(SMALLEST / 2, dtype=torch.float32) == 0


def test_both_zero_and_equal_is_zero() -> None:
    rows = torch.tensor([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    assert kl_divergence(rows, rows).tolist() == [0, 0]


@given(st.integers(0, 2**20), st.integers(2, 40), st.floats(0, 5))
def test_divergences_are_not_negative(seed: int, num_classes: int, blur: float) -> None:
    assert float(kl_divergence(*draw(5, num_classes, seed, blur)).min()) >= -1e-14


def test_bad_input() -> None:
    with pytest.raises(InputError, match="KL was created with paired=False"):
        KL(paired=False)
    with pytest.raises(InputError, match="row 0 of the generated images'"):
        KL().update(FAKE.log(), REAL)
