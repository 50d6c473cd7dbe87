from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics.ssim import SSIM, ssim


def pair(height: int, width: int, seed: int, noise: int = 40) -> tuple[Tensor, Tensor]:
    """Smooth images and noisy copies, uint8 (2, 3, height, width)."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(2, 3, 4, 6, generator=generator) * 255
    smooth = torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear", align_corners=False)
    rough = smooth + noise * torch.randn(smooth.shape, generator=generator)
    return rough.clamp(0, 255).to(torch.uint8), smooth.to(torch.uint8)


@pytest.mark.parametrize(("height", "width"), [(64, 96), (33, 40), (11, 11), (11, 50)])
@pytest.mark.parametrize("noise", [0, 5, 80])
def test_agrees_with_scikit_image(height: int, width: int, noise: int) -> None:
    fake, real = pair(height, width, seed=height, noise=noise)
    expected = [
        structural_similarity(
            x.astype(np.float64),
            y.astype(np.float64),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=255,
            channel_axis=0,
        )
        for x, y in zip(fake.numpy(), real.numpy(), strict=True)
    ]
    assert ssim(fake, real).tolist() == pytest.approx(expected, abs=1e-12)


def test_one_window_by_hand() -> None:
    # Constant planes have no variance: SSIM = (2 m1 m2 + C1) / (m1^2 + m2^2 + C1).
    dark = torch.full((1, 3, 11, 11), 100, dtype=torch.uint8)
    light = torch.full((1, 3, 11, 11), 150, dtype=torch.uint8)
    c1 = 6.5025
    assert ssim(dark, light).item() == pytest.approx((2 * 100 * 150 + c1) / (100**2 + 150**2 + c1), abs=1e-12)


def test_identical_and_inverted_images() -> None:
    fake, _ = pair(32, 32, seed=1)
    assert ssim(fake, fake).tolist() == pytest.approx([1, 1], abs=1e-15)
    assert (ssim(fake, 255 - fake) < 0).all()


def test_the_accumulator_is_the_mean_with_its_error() -> None:
    fake, real = pair(24, 24, seed=2)
    metric = SSIM()
    metric.update(fake, real)
    value, stderr, n = metric.compute()["ssim"]
    one, other = ssim(fake, real).tolist()
    assert (value, n) == (pytest.approx((one + other) / 2), 2)
    assert stderr == pytest.approx(abs(one - other) / 2)  # std = |a - b| / sqrt 2, over sqrt 2


def test_bad_images() -> None:
    image = torch.zeros(1, 3, 16, 16, dtype=torch.uint8)
    with pytest.raises(InputError, match="window is 11x11"):
        ssim(image[..., :10], image[..., :10])
    with pytest.raises(InputError, match=r"generated images are torch\.float32"):
        ssim(image.float(), image)
    with pytest.raises(InputError, match=r"real images are torch\.uint8 of shape"):
        ssim(image, image[0])
    with pytest.raises(InputError, match="compared pixel by pixel"):
        ssim(image, image[..., :12])
