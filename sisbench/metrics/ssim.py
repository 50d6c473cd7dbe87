"""Structural similarity in its textbook form (Wang et al., "Image quality assessment", IEEE TIP 13(4), 2004).

Variant: 11x11 Gaussian window of sigma 1.5, K1 = 0.01, K2 = 0.03, dynamic range 255, population moments, positions
where the whole window lies inside the image ("valid"), on each RGB channel of the 8-bit images; the mean over positions
and channels is the value of an image. The same as scikit-image with `gaussian_weights=True, sigma=1.5,
use_sample_covariance=False, data_range=255, channel_axis=...`. The cross-view papers use another variant (luminance,
zero-padded "full" windows), which is larger on the same images and carries another name.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics import register
from sisbench.metrics._base import PerImageMean, check_images

WINDOW = 11
SIGMA = 1.5
C1 = (0.01 * 255) ** 2
C2 = (0.03 * 255) ** 2


def ssim(fake: Tensor, real: Tensor) -> Tensor:
    """SSIM of image pairs.

    Args:
        fake: uint8 (N, 3, H, W), H and W at least 11.
        real: uint8 (N, 3, H, W).

    Returns:
        float64 (N,), at most 1.

    Raises:
        InputError: Other types or shapes, or images smaller than the window.

    >>> image = torch.arange(3 * 16 * 16).view(1, 3, 16, 16).to(torch.uint8)
    >>> ssim(image, image)
    tensor([1.], dtype=torch.float64)
    """
    check_images(fake, real)
    if min(fake.shape[-2:]) < WINDOW:
        height, width = fake.shape[-2:]
        raise InputError(
            f"SSIM got images of {height}x{width}; its window is {WINDOW}x{WINDOW} and must fit. Leave ssim out."
        )
    # Plane by plane: the moments of one plane stay in the cache of the processor (twice as fast as whole batches).
    planes = [_ssim_plane(x.double(), y.double()) for x, y in zip(fake.flatten(0, 1), real.flatten(0, 1), strict=True)]
    return torch.stack(planes).view(-1, 3).mean(1)


def _ssim_plane(x: Tensor, y: Tensor) -> Tensor:
    """SSIM of two float64 planes (H, W), 0..255: a scalar (eq. 13 of the paper, averaged over positions)."""
    mean_x, mean_y = _smooth(x), _smooth(y)
    product, power = mean_x * mean_y, mean_x.square() + mean_y.square()
    covariance = _smooth(x * y) - product
    variances = _smooth(x.square() + y.square()) - power  # only the sum of the two variances enters
    return ((2 * product + C1) * (2 * covariance + C2) / ((power + C1) * (variances + C2))).mean()


def _gaussian() -> list[float]:
    """Weights of the window along one axis, sum 1."""
    offset = torch.arange(WINDOW, dtype=torch.float64) - WINDOW // 2
    weights = torch.exp(-(offset**2) / (2 * SIGMA**2))
    return (weights / weights.sum()).tolist()


_WEIGHTS = _gaussian()


def _smooth(plane: Tensor) -> Tensor:
    """Gaussian means of a plane (H, W): (H - 10, W - 10). Sums of shifted slices, the fastest form in float64."""
    for axis in (0, 1):
        length = plane.shape[axis] - WINDOW + 1
        smooth = plane.narrow(axis, 0, length) * _WEIGHTS[0]
        for shift in range(1, WINDOW):
            smooth.add_(plane.narrow(axis, shift, length), alpha=_WEIGHTS[shift])
        plane = smooth
    return plane


@register("ssim")
class SSIM(PerImageMean):
    """Mean SSIM over images."""

    outputs = ("ssim",)
    higher_is_better = True

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        """SSIM of each pair, float64 (N,)."""
        return ssim(fake, real)
