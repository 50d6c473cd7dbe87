"""SSIM, PSNR and SD as the official cross-view evaluation computes them (kregmi/cross-view-image-synthesis, 402ce4c).

All tables of cross-view translation hold these numbers, which are not those of the papers' formulas; the textbook
definitions are the metrics `ssim`, `psnr` and `sd`. With 8-bit values divided by 255:

- `crossview_ssim`: of the luminance 0.299 R + 0.587 G + 0.114 B on the scale 0..255, not rounded; the window also
  stands partly outside the image, which is zero there ("full" convolution, (H + 10) x (W + 10) places). Larger than
  `ssim`, since all images agree about the outside.
- `crossview_psnr`: errors on a scale of 128 against a peak of 255, so 20 log10(255 / 128) = 5.9866 dB above `psnr`.
- `crossview_sd`: with horizontal and vertical absolute gradients gx and gy towards the left and the upper neighbour,
  10 log10(255^2 / e), e = 128^2 sum(|gx(F) - gx(R)| + |gy(F) - gy(R)|) / (3 H W), the sum over pixels off the border,
  the divisor over all. Absolute differences, not squared ones.

Errors e are floored at 1e-4, so both ratios reach at most 88.1308 dB, the value of identical images.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics import register
from sisbench.metrics._base import Estimate, Metric, check_images, joined
from sisbench.metrics._loops import sharpness_error
from sisbench.metrics.psnr import mean_squared_error
from sisbench.metrics.ssim import WINDOW, plane_ssim

SCALE = 128
PEAK = 255.0
FLOOR = 1e-4


def crossview_ssim(fake: Tensor, real: Tensor) -> Tensor:
    """SSIM of the official evaluation: float64 (N,), of images uint8 (N, 3, H, W).

    Raises:
        InputError: Other types or shapes.

    >>> image = torch.arange(3 * 16 * 16).view(1, 3, 16, 16).to(torch.uint8)
    >>> crossview_ssim(image, image)
    tensor([1.], dtype=torch.float64)
    """
    check_images(fake, real)
    # Pair by pair: the padded planes of one are still in the cache when they are compared.
    pairs = zip(fake.split(1), real.split(1), strict=True)
    return torch.cat([plane_ssim(_padded_luminance(x), _padded_luminance(y)) for x, y in pairs])


def crossview_psnr(fake: Tensor, real: Tensor) -> Tensor:
    """PSNR of the official evaluation, in dB: float64 (N,), of images uint8 (N, 3, H, W).

    Raises:
        InputError: Other types or shapes.

    >>> black = torch.zeros(1, 3, 2, 2, dtype=torch.uint8)
    >>> crossview_psnr(black, black + 255), crossview_psnr(black, black)
    (tensor([5.9866], dtype=torch.float64), tensor([88.1308], dtype=torch.float64))
    """
    return _decibel(SCALE**2 * mean_squared_error(fake, real) / 255**2)


def crossview_sd(fake: Tensor, real: Tensor) -> Tensor:
    """Sharpness difference of the official evaluation, in dB: float64 (N,), of images uint8 (N, 3, H, W).

    Raises:
        InputError: Other types or shapes, or images that are all border.

    >>> black = torch.zeros(1, 3, 4, 4, dtype=torch.uint8)
    >>> crossview_sd(black, black + 255)  # flat images are equally sharp
    tensor([88.1308], dtype=torch.float64)
    """
    check_images(fake, real)
    if min(fake.shape[-2:]) < 3:
        height, width = fake.shape[-2:]
        raise InputError(
            f"the sharpness difference got images of {height}x{width}; it needs 3x3, since the border is left out. "
            "Leave crossview_pixels out."
        )
    if fake.device.type == "cpu":
        pairs = zip(_without_end(fake).numpy(), _without_end(real).numpy(), strict=True)
        error = torch.tensor([sharpness_error(*pair, False) for pair in pairs], dtype=torch.float64)
    else:
        error = _sharpness_error(fake, real)
    return _decibel(SCALE**2 * error / (255 * fake[0].numel()))


def _without_end(images: Tensor) -> Tensor:
    """Images without their last row and column, where no gradient is taken."""
    return images[..., :-1, :-1].contiguous()


def _sharpness_error(fake: Tensor, real: Tensor) -> Tensor:
    """Sum of absolute differences of both `_gradients` by array operations, for accelerators: float64 (N,), exact."""
    fake_x, fake_y = _gradients(fake)
    real_x, real_y = _gradients(real)
    difference = fake_x.sub_(real_x).abs_().add_(fake_y.sub_(real_y).abs_())
    return difference.flatten(1).sum(1).double()  # an int64 sum


def _padded_luminance(images: Tensor) -> Tensor:
    """Luminance, 0..255, float64 (N, H + 20, W + 20), zero around the image."""
    red, green, blue = images.double().unbind(1)
    luminance = red.mul_(0.299).add_(green, alpha=0.587).add_(blue, alpha=0.114)
    return torch.nn.functional.pad(luminance, (WINDOW - 1,) * 4)


def _gradients(images: Tensor) -> tuple[Tensor, Tensor]:
    """Absolute differences to the left and to the upper neighbour off the border: int16 (..., H - 2, W - 2) each."""
    values = images.short()
    inner = values[..., 1:-1, 1:-1]
    return (values[..., 1:-1, :-2] - inner).abs_(), (values[..., :-2, 1:-1] - inner).abs_()


def _decibel(error: Tensor) -> Tensor:
    return 10 * torch.log10(PEAK**2 / error.clamp(min=FLOOR))


@register("crossview_pixels")
class CrossviewPixels(Metric):
    """The three pixel columns of the cross-view tables: means over images; keeps 24 bytes per image.

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    needs = "pixels"
    outputs = ("crossview_ssim", "crossview_psnr", "crossview_sd")
    higher_is_better = True
    optimum = MappingProxyType(dict.fromkeys(("crossview_psnr", "crossview_sd"), 10 * math.log10(PEAK**2 / FLOOR)))
    values: list[Tensor] | Tensor

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_state("values", default=[], dist_reduce_fx="cat")

    def update(self, fake: Tensor, real: Tensor) -> None:
        """Take in image pairs, both uint8 (N, 3, H, W)."""
        columns = [measure(fake, real) for measure in (crossview_ssim, crossview_psnr, crossview_sd)]
        self.append(values=torch.stack(columns, 1))

    def estimates(self) -> dict[str, Estimate]:
        """Return the means over images.

        Raises:
            InputError: No image.
        """
        values = joined(self.values, "crossview_pixels")
        return {output: Estimate.mean(column) for output, column in zip(self.outputs, values.T, strict=True)}
