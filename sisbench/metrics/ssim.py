"""Structural similarity in its textbook form (Wang et al., "Image quality assessment", IEEE TIP 13(4), 2004).

Variant: 11x11 Gaussian window of sigma 1.5, K1 = 0.01, K2 = 0.03, dynamic range 255, population moments, positions
where the whole window lies inside the image ("valid"), on each RGB channel of the 8-bit images; the mean over positions
and channels is the value of an image. The same as scikit-image with `gaussian_weights=True, sigma=1.5,
use_sample_covariance=False, data_range=255, channel_axis=...`. The cross-view papers use another variant (luminance,
zero-padded "full" windows), which is larger on the same images and carries another name.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics import register
from sisbench.metrics._base import PerImageMean, check_images
from sisbench.metrics._loops import mean_ssim

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
    return plane_ssim(fake.flatten(0, 1), real.flatten(0, 1)).view(-1, 3).mean(1)


def plane_ssim(fake: Tensor, real: Tensor) -> Tensor:
    """Mean SSIM (eq. 13 of the paper) over the places of a window inside a plane.

    Args:
        fake: Planes (P, H, W), uint8 or float, on the scale 0..255, at least 11x11.
        real: Planes of the same shape.

    Returns:
        float64 (P,).
    """
    if fake.device.type != "cpu":
        return _plane_ssim(fake, real)
    pairs = zip(fake.contiguous().numpy(), real.contiguous().numpy(), strict=True)
    return torch.tensor([mean_ssim(x, y, _WINDOW, C1, C2) for x, y in pairs], dtype=torch.float64)


def _plane_ssim(fake: Tensor, real: Tensor) -> Tensor:
    """`plane_ssim` by array operations, for accelerators; equal to rounding."""
    rows, columns = (length - WINDOW + 1 for length in fake.shape[-2:])
    x, y, product = torch.empty(3, *fake.shape[-2:], dtype=torch.float64, device=fake.device).unbind()
    scratch = x.new_empty(rows, x.shape[1])
    mean_x, mean_y, covariance, variances, power = x.new_empty(5, rows, columns).unbind()
    values = x.new_empty(len(fake))
    for value, fake_plane, real_plane in zip(values, fake, real, strict=True):
        x.copy_(fake_plane)
        y.copy_(real_plane)
        smooth(x, mean_x, scratch)
        smooth(y, mean_y, scratch)
        smooth(torch.mul(x, y, out=product), covariance, scratch)
        smooth(torch.mul(x, x, out=product).addcmul_(y, y), variances, scratch)  # only their sum enters
        torch.mul(mean_x, mean_x, out=power).addcmul_(mean_y, mean_y)
        means = mean_x.mul_(mean_y)
        covariance.sub_(means).mul_(2).add_(C2)
        variances.sub_(power).add_(C2)
        torch.mean(means.mul_(2).add_(C1).mul_(covariance).div_(power.add_(C1).mul_(variances)), (0, 1), out=value)
    return values


def gaussian(dtype: torch.dtype = torch.float64) -> list[float]:
    """Weights of the window along one axis, sum 1, computed and normalised in a type."""
    offset = torch.arange(WINDOW, dtype=dtype) - WINDOW // 2
    weights = torch.exp(-(offset**2) / (2 * SIGMA**2))
    normalised: list[float] = (weights / weights.sum()).tolist()
    return normalised


WEIGHTS = gaussian()
_WINDOW = np.array(WEIGHTS)


def smooth(planes: Tensor, out: Tensor, scratch: Tensor, weights: list[float] = WEIGHTS) -> Tensor:
    """Take Gaussian means at all places of the window inside planes, as sums of shifted slices.

    The fastest form in float64 that runs on any device: torch's convolution takes about 20 times as long on a CPU.

    Args:
        planes: float64 (..., H, W).
        out: Where the means go, (..., H - 10, W - 10).
        scratch: Room for the means of columns, (..., H - 10, W).
        weights: Those of the window along one axis.

    Returns:
        `out`.
    """
    for source, target, axis in ((planes, scratch, -2), (scratch, out, -1)):
        length = target.shape[axis]
        torch.mul(source.narrow(axis, 0, length), weights[0], out=target)
        for shift in range(1, WINDOW):
            target.add_(source.narrow(axis, shift, length), alpha=weights[shift])
    return out


@register("ssim")
class SSIM(PerImageMean):
    """Mean SSIM over images."""

    outputs = ("ssim",)
    higher_is_better = True

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        """SSIM of each pair, float64 (N,)."""
        return ssim(fake, real)
