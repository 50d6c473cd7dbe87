"""Multi-scale structural similarity (Wang, Simoncelli, Bovik, Asilomar 2003), as diversity of generated images.

Definition of pytorch-msssim, with which OASIS measured Table 2: 11x11 Gaussian window of sigma 1.5 inside the image,
K1 = 0.01, K2 = 0.03, five levels with 2x2 means between them (odd sides are padded by zeros, which the means count),
contrast terms and the last SSIM clamped at 0, their product with the paper's exponents per channel, then the mean over
channels.

pytorch-msssim computes its window in float32 even for float64 images, which moves the result by some 1e-7 (4e-7 in the
worked example). The metric does likewise, since the published numbers were made so; the function takes the exact window
unless told otherwise. torchmetrics defines another quantity (0.96271 for 0.96250 on the images of the tests): it
averages each term over channels before the product, and the last SSIM over a reflect-padded map.

As a diversity it compares images of one layout: lower is more diverse, and 1 is a generator that ignores its noise.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics import register
from sisbench.metrics._base import MeanOfValues
from sisbench.metrics.ssim import WINDOW, gaussian, smooth

EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Weights of the five levels, finest first (sec. 3.2 of the paper)."""
SHORT_SIDE = (WINDOW - 1) * 2 ** (len(EXPONENTS) - 1)
"""Both sides must be longer: at the coarsest level the window would not fit."""


@dataclass(frozen=True)
class _Level:
    """What one image contributes at one scale, float64 (C, ...)."""

    planes: Tensor
    mean: Tensor
    variance: Tensor


def ms_ssim(x: Tensor, y: Tensor, *, data_range: float = 255.0, window_dtype: torch.dtype = torch.float64) -> Tensor:
    """MS-SSIM of image pairs.

    Args:
        x: (N, C, H, W), uint8 or float, H and W above 160.
        y: The same shape.
        data_range: Largest value minus the smallest one that images can have: 255, or 1 for images in 0..1.
        window_dtype: Type that the window is computed in; torch.float32 gives the digits of pytorch-msssim.

    Returns:
        float64 (N,), in 0..1.

    Raises:
        InputError: Shapes differ, or images are too small.

    >>> image = torch.arange(3 * 176 * 176).view(1, 3, 176, 176).to(torch.uint8)
    >>> ms_ssim(image, image)
    tensor([1.], dtype=torch.float64)
    """
    if x.shape != y.shape or x.ndim != 4:
        raise InputError(
            f"MS-SSIM got images of shapes {tuple(x.shape)} and {tuple(y.shape)}; expected one shape (N, C, H, W). "
            "Bring both to one size."
        )
    _check_size(x)
    weights = gaussian(window_dtype)
    pairs = [(_pyramid(a, weights), _pyramid(b, weights)) for a, b in zip(x, y, strict=True)]
    return torch.stack([_compare(*pair, data_range, weights) for pair in pairs])


def pairwise_ms_ssim(images: Tensor) -> Tensor:
    """MS-SSIM of all pairs of images of one layout, with the digits of pytorch-msssim.

    What is one image's own is computed once, and only the products of a pair for each pair.

    Args:
        images: uint8 (S, 3, H, W), H and W above 160.

    Returns:
        float64 (S (S - 1) / 2,): pairs (0, 1), (0, 2), ..., (1, 2), ...

    Raises:
        InputError: Images are too small.
    """
    _check_size(images)
    weights = gaussian(torch.float32)
    pyramids = [_pyramid(image, weights) for image in images]
    return torch.stack([_compare(a, b, 255.0, weights) for a, b in itertools.combinations(pyramids, 2)])


def _check_size(images: Tensor) -> None:
    height, width = images.shape[-2:]
    if min(height, width) <= SHORT_SIDE:
        raise InputError(
            f"MS-SSIM got images of {height}x{width}; both sides must exceed {SHORT_SIDE}, since it halves them four "
            f"times and its window is {WINDOW}x{WINDOW}. Leave ms_ssim out, or score larger images."
        )


def _smooth(planes: Tensor, weights: list[float]) -> Tensor:
    *channels, height, width = planes.shape
    rows, columns = height - WINDOW + 1, width - WINDOW + 1
    return smooth(planes, planes.new_empty(*channels, rows, columns), planes.new_empty(*channels, rows, width), weights)


def _pyramid(image: Tensor, weights: list[float]) -> list[_Level]:
    """Levels of an image (C, H, W), finest first."""
    planes = image.double()
    levels = []
    for _ in EXPONENTS:
        mean = _smooth(planes, weights)
        variance = _smooth(planes.square(), weights).sub_(mean.square())
        levels.append(_Level(planes, mean, variance))
        padding = [side % 2 for side in planes.shape[-2:]]
        planes = torch.nn.functional.avg_pool2d(planes, 2, padding=padding)
    return levels


def _compare(x: list[_Level], y: list[_Level], data_range: float, weights: list[float]) -> Tensor:
    """MS-SSIM of two pyramids: a scalar."""
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    result = torch.ones((), dtype=torch.float64, device=x[0].mean.device)
    for exponent, a, b in zip(EXPONENTS, x, y, strict=True):
        means = a.mean * b.mean
        similarity = _smooth(a.planes * b.planes, weights).sub_(means).mul_(2).add_(c2)
        similarity.div_((a.variance + b.variance).add_(c2))
        if b is y[-1]:
            similarity.mul_(means.mul_(2).add_(c1)).div_(a.mean.square().addcmul_(b.mean, b.mean).add_(c1))
        result = result * similarity.flatten(1).mean(1).clamp(min=0) ** exponent
    return result.mean()


@register("ms_ssim")
class MultiScaleSSIM(MeanOfValues):
    """Mean MS-SSIM over the pairs of images of a layout, then over layouts; keeps 8 bytes per layout.

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    needs = "samples:pixels"
    one_sided = True
    outputs = ("ms_ssim",)
    higher_is_better = False

    def update(self, samples: Tensor) -> None:
        """Take in the images of layouts, uint8 (N, S, 3, H, W), S of at least 2.

        Raises:
            InputError: Another type or shape, or images that are too small.
        """
        if samples.dtype != torch.uint8 or samples.ndim != 5 or samples.shape[1] < 2 or samples.shape[2] != 3:
            raise InputError(
                f"samples are {samples.dtype} of shape {tuple(samples.shape)}; expected torch.uint8 of shape "
                "(N, S, 3, H, W) with S of at least 2 images for each layout. Generate more images per layout."
            )
        self.append(values=torch.stack([pairwise_ms_ssim(images).mean() for images in samples]))
