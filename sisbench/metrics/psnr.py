"""Peak signal-to-noise ratio: 10 log10(255^2 / MSE) per image, averaged over images.

The mean squared error runs over all pixels and all three channels of the 8-bit RGB images.
"""

from __future__ import annotations

from types import MappingProxyType

import torch
from torch import Tensor

from sisbench.metrics import register
from sisbench.metrics._base import PerImageMean, check_images
from sisbench.metrics._loops import squared_error

CEILING_DB = 100.0
"""Value of identical images, and upper bound of all others (dB).

The ratio of identical images is infinite, and one of them would make every mean infinite. 100 dB is an error of one
grey level in one of 150 000 bytes: nothing that a generator reaches.
"""


def psnr(fake: Tensor, real: Tensor) -> Tensor:
    """PSNR of image pairs, at most `CEILING_DB`.

    Args:
        fake: uint8 (N, 3, H, W).
        real: uint8 (N, 3, H, W).

    Returns:
        float64 (N,), in dB.

    Raises:
        InputError: Other types or shapes.

    >>> black = torch.zeros(1, 3, 2, 2, dtype=torch.uint8)
    >>> psnr(black, black + 255), psnr(black, black)
    (tensor([0.], dtype=torch.float64), tensor([100.], dtype=torch.float64))
    """
    return (10 * torch.log10(255.0**2 / mean_squared_error(fake, real))).clamp(max=CEILING_DB)


def mean_squared_error(fake: Tensor, real: Tensor) -> Tensor:
    """Mean over pixels and channels of squared differences: float64 (N,), 0..255^2, of images uint8 (N, 3, H, W).

    Raises:
        InputError: Other types or shapes.
    """
    check_images(fake, real)
    if fake.device.type != "cpu":
        return _squared_error(fake, real) / fake[0].numel()
    pairs = zip(fake.flatten(1).numpy(), real.flatten(1).numpy(), strict=True)
    return torch.tensor([squared_error(*pair) for pair in pairs], dtype=torch.float64) / fake[0].numel()


def _squared_error(fake: Tensor, real: Tensor) -> Tensor:
    """Sum of squared differences by array operations, for accelerators; exact too."""
    squares = fake.float().sub_(real).square_()  # integers below 2^24
    return squares.flatten(1).sum(1, dtype=torch.float64)  # likewise, below 2^53


@register("psnr")
class PSNR(PerImageMean):
    """Mean PSNR over images, in dB."""

    outputs = ("psnr",)
    higher_is_better = True
    optimum = MappingProxyType({"psnr": CEILING_DB})

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        """PSNR of each pair, float64 (N,)."""
        return psnr(fake, real)
