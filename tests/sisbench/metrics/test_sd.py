from __future__ import annotations

import math

import pytest
import torch

from sisbench.errors import InputError
from sisbench.metrics.psnr import CEILING_DB
from sisbench.metrics.sd import SharpnessDifference, sharpness_difference


def test_one_edge_by_hand() -> None:
    # A column of 10 in zeros: gx is 10 at the column and after it, gy 0; 3 rows and 4 columns have both neighbours.
    fake = torch.zeros(1, 3, 4, 5, dtype=torch.uint8)
    fake[..., 2] = 10
    mean = 3 * (10 + 10) / (3 * 4)
    assert sharpness_difference(fake, torch.zeros_like(fake)).item() == pytest.approx(10 * math.log10(255**2 / mean))


def test_agrees_with_a_restatement_in_float() -> None:
    generator = torch.Generator().manual_seed(0)
    fake, real = torch.randint(0, 256, (2, 3, 3, 11, 13), generator=generator, dtype=torch.uint8)

    def sharpness(image: torch.Tensor) -> torch.Tensor:
        across, down = image.double().diff(dim=-1).abs(), image.double().diff(dim=-2).abs()
        return across[..., 1:, :] + down[..., 1:]

    mean = (sharpness(fake) - sharpness(real)).abs().mean((1, 2, 3))
    expected = 10 * torch.log10(255**2 / mean)
    assert sharpness_difference(fake, real).tolist() == pytest.approx(expected.tolist(), abs=1e-12)
    assert torch.equal(sharpness_difference(fake, real), sharpness_difference(real, fake))


def test_gradients_count_not_values() -> None:
    image = torch.arange(3 * 8 * 8).view(1, 3, 8, 8).to(torch.uint8)
    metric = SharpnessDifference()
    metric.update(image, image // 2 * 2)  # other gradients
    metric.update(image, image + 64)  # the same ones: arange stays below 192 + 64
    low, high = metric.measure(image, image // 2 * 2).item(), CEILING_DB
    assert metric.compute()["sd"].value == pytest.approx((low + high) / 2)


def test_bad_images() -> None:
    image = torch.zeros(1, 3, 4, 4, dtype=torch.uint8)
    with pytest.raises(InputError, match="4x1; it needs 2x2"):
        sharpness_difference(image[..., :1], image[..., :1])
    with pytest.raises(InputError, match="compared pixel by pixel"):
        sharpness_difference(image, image[..., :2])
