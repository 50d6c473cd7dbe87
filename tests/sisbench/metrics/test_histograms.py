from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics._histograms import check_truth, chi_square, class_histogram, class_offsets, emd, pooled


@st.composite
def equal_masses(draw: st.DrawFn) -> tuple[Tensor, Tensor]:
    """Two histograms of the same pixels."""
    pixels = draw(st.integers(1, 60))
    index = st.lists(st.integers(0, 7), min_size=pixels, max_size=pixels)
    return tuple(torch.bincount(torch.tensor(draw(index)), minlength=8) for _ in range(2))  # type: ignore[return-value]


WIDTH = torch.tensor(2.5, dtype=torch.float64)


@settings(deadline=None)
@given(equal_masses())
def test_emd_is_optimal_transport_on_a_line(histograms: tuple[Tensor, Tensor]) -> None:
    f, r = histograms
    places = 2.5 * np.arange(8)
    found = float(emd(f - r, WIDTH)[0]) / int(f.sum())
    assert found == pytest.approx(wasserstein_distance(places, places, f.numpy(), r.numpy()), abs=1e-12)


@settings(deadline=None)
@given(equal_masses())
def test_chi_square_is_a_bounded_symmetric_distance(histograms: tuple[Tensor, Tensor]) -> None:
    f, r = histograms
    found = float(chi_square(f, r)[0]) / int(f.sum())
    expected = sum(0.5 * (a - b) ** 2 / (a + b) for a, b in zip(f.tolist(), r.tolist(), strict=True) if a + b)
    assert found == pytest.approx(expected / int(f.sum()), abs=1e-12)
    assert found == pytest.approx(float(chi_square(r, f)[0]) / int(f.sum()), abs=1e-12)
    assert 0 <= found <= 1 + 1e-12
    assert (found == 0) == torch.equal(f, r)


@settings(deadline=None)
@given(equal_masses())
def test_gradients_give_the_whole(histograms: tuple[Tensor, Tensor]) -> None:
    # Both distances double with all counts (Euler), so shares of images sum to the whole.
    f, r = histograms
    total, gradient = emd(f - r, WIDTH)
    assert float((gradient * (f - r)).sum()) == pytest.approx(float(total), abs=1e-9)
    total, by_f, by_r = chi_square(f, r)
    assert float((by_f * f + by_r * r).sum()) == pytest.approx(float(total), abs=1e-9)


def test_gradients_agree_with_differences() -> None:
    f, r = torch.tensor([50, 30, 0, 20]) * 1000, torch.tensor([20, 30, 40, 10]) * 1000
    for k in range(4):
        step = torch.zeros(4, dtype=torch.int64)
        step[k] = 1
        change = emd(f + step - r, WIDTH)[0] - emd(f - step - r, WIDTH)[0]
        assert float(change) / 2 == pytest.approx(float(emd(f - r, WIDTH)[1][k]), abs=1e-9)
        if f[k] > 0:  # a count cannot be negative
            change = chi_square(f + step, r)[0] - chi_square(f - step, r)[0]
            assert float(change) / 2 == pytest.approx(float(chi_square(f, r)[1][k]), abs=1e-6)
        change = chi_square(f, r + step)[0] - chi_square(f, r - step)[0]
        assert float(change) / 2 == pytest.approx(float(chi_square(f, r)[2][k]), abs=1e-6)


def test_a_ratio_by_hand() -> None:
    # 3 of 4 pixels and 1 of 4: ratio 1/2, influences +- (1 / 4).
    estimate = pooled(torch.tensor(4.0), torch.tensor([3.0, 1.0]).double(), torch.tensor([4, 4]))
    assert estimate.value == 0.5
    assert estimate.influence is not None
    assert estimate.influence.tolist() == [0.25, -0.25]


def test_ignored_pixels_are_in_no_histogram() -> None:
    truth, index = torch.tensor([[0, 255], [2, 255]]), torch.tensor([[3, 1], [0, 3]], dtype=torch.uint8)
    counts = class_histogram(class_offsets(truth, 3, 4), index, 3, 4)
    assert counts.tolist() == [[0, 0, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]]


def test_bad_label_maps() -> None:
    images, truth = torch.zeros(2, 3, 4, 5, dtype=torch.uint8), torch.zeros(2, 4, 5, dtype=torch.int64)
    check_truth(images, truth.clone().fill_(255), 3)
    with pytest.raises(InputError, match=r"torch\.uint8 of shape .*expected torch\.int64 of shape \(2, 4, 5\)"):
        check_truth(images, truth.to(torch.uint8), 3)
    with pytest.raises(InputError, match=r"shape \(2, 4, 4\) beside images"):
        check_truth(images, truth[..., :4], 3)
    truth[0, 0, 0] = 3
    with pytest.raises(InputError, match="true classes run from 0 to 3; expected 0 to 2"):
        check_truth(images, truth, 3)
    truth[0, 0, 0] = -1
    with pytest.raises(InputError, match="true classes run from -1 to 0"):
        check_truth(images, truth, 3)
