"""The metric against colours whose CIELAB values are known."""

from __future__ import annotations

import pytest
import torch
from sisbench import metrics

from sisbench_example_plugin.lab_mae import lab_mae, to_lab


def photo(*rgb: int) -> torch.Tensor:
    return torch.tensor(rgb, dtype=torch.uint8).view(1, 3, 1, 1).expand(1, 3, 2, 2)


@pytest.mark.parametrize(
    ("rgb", "lab"),  # Lindbloom's calculator, D65
    [
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((119, 119, 119), (50.03, 0.0, 0.0)),
    ],
)
def test_known_colours(rgb: tuple[int, int, int], lab: tuple[float, float, float]) -> None:
    assert to_lab(photo(*rgb))[0, :, 0, 0].tolist() == pytest.approx(lab, abs=0.02)


def test_it_is_the_mean_of_absolute_differences() -> None:
    expected = (abs(53.24 - 32.30) + abs(80.09 - 79.19) + abs(67.20 + 107.86)) / 3
    assert lab_mae(photo(255, 0, 0), photo(0, 0, 255)).tolist() == pytest.approx([expected], abs=0.02)


def test_it_is_averaged_over_images() -> None:
    metric = metrics.get("lab_mae")()
    metric.update(torch.cat([photo(255, 0, 0), photo(9, 9, 9)]), torch.cat([photo(0, 0, 255), photo(9, 9, 9)]))
    value = metric.compute()["lab_mae"]
    half = (abs(53.24 - 32.30) + abs(80.09 - 79.19) + abs(67.20 + 107.86)) / 6
    assert (value.value, value.n) == (pytest.approx(half, abs=0.02), 2)
