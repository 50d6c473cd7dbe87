"""Sharpness difference as printed in the X-Fork paper (Regmi, Borji, CVPR 2018; after Mathieu et al., ICLR 2016).

    SD = 10 log10(255^2 / mean |(gx(F) + gy(F)) - (gx(R) + gy(R))|)
    gx(I)[i, j] = |I[i, j] - I[i, j - 1]|,  gy(I)[i, j] = |I[i, j] - I[i - 1, j]|

on the 8-bit RGB values, 0..255. The mean runs over the channels and over all pixels that have both neighbours, a choice
of ours: the paper does not say what happens at the border. Larger means sharpness closer to that of the real image.

The code behind the tables of that paper computes something else (`crossview_sd` in `crossview_pixels`): other places
and divisor, each gradient compared on its own, and errors on a scale of 128.
"""

from __future__ import annotations

from types import MappingProxyType

import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics import register
from sisbench.metrics._base import PerImageMean, check_images
from sisbench.metrics._loops import sharpness_error
from sisbench.metrics.psnr import CEILING_DB


def sharpness_difference(fake: Tensor, real: Tensor) -> Tensor:
    """Sharpness difference of image pairs, at most `psnr.CEILING_DB` (100 dB), the value of equal gradients.

    Args:
        fake: uint8 (N, 3, H, W), H and W at least 2.
        real: uint8 (N, 3, H, W).

    Returns:
        float64 (N,), in dB.

    Raises:
        InputError: Other types or shapes, or images without neighbours.

    >>> image = torch.zeros(1, 3, 2, 2, dtype=torch.uint8)
    >>> other = image.clone()
    >>> other[..., 1, 1] = 255  # both gradients are 255: 10 log10(255^2 / 510)
    >>> sharpness_difference(other, image)
    tensor([21.0551], dtype=torch.float64)
    """
    check_images(fake, real)
    if min(fake.shape[-2:]) < 2:
        height, width = fake.shape[-2:]
        raise InputError(f"the sharpness difference got images of {height}x{width}; it needs 2x2. Leave sd out.")
    if fake.device.type == "cpu":
        pairs = zip(fake.contiguous().numpy(), real.contiguous().numpy(), strict=True)
        error = torch.tensor([sharpness_error(*pair, True) for pair in pairs], dtype=torch.float64)
    else:
        error = _sharpness_error(fake, real)
    mean = error / fake[0, :, 1:, 1:].numel()
    return (10 * torch.log10(255.0**2 / mean)).clamp(max=CEILING_DB)


def _sharpness_error(fake: Tensor, real: Tensor) -> Tensor:
    """Sum of absolute differences of `_sharpness` by array operations, for accelerators: float64 (N,), exact too."""
    return _sharpness(fake).sub_(_sharpness(real)).abs_().flatten(1).sum(1).double()  # an int64 sum


def _sharpness(images: Tensor) -> Tensor:
    """Sum of both absolute gradients where both exist: int16 (..., H - 1, W - 1), 0..510."""
    values = images.short()
    inner = values[..., 1:, 1:]
    return (inner - values[..., 1:, :-1]).abs_().add_((inner - values[..., :-1, 1:]).abs_())


@register("sd")
class SharpnessDifference(PerImageMean):
    """Mean sharpness difference over images, in dB, by the formula of the paper."""

    outputs = ("sd",)
    higher_is_better = True
    optimum = MappingProxyType({"sd": CEILING_DB})

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        """Sharpness difference of each pair, float64 (N,)."""
        return sharpness_difference(fake, real)
