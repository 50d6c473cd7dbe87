"""Random views of a labelled image: what a small training set is stretched with.

Every draw comes from the generator that is passed in, so a view is a pure function of its seed.
"""

from __future__ import annotations

import torch
from torch import Tensor


def augment(
    image: Tensor, target: Tensor, generator: torch.Generator, crop: tuple[int, int] | None = None, jitter: float = 0.2
) -> tuple[Tensor, Tensor]:
    """Return a random crop, mirrored half of the time, in randomly changed light.

    Args:
        image: uint8 (3, H, W), RGB.
        target: Class per pixel, int64 (H, W).
        generator: Source of all draws; advanced by the same number of draws whatever the arguments are.
        crop: Height and width of the crop, at most those of the image; None keeps the whole image.
        jitter: Largest relative change of brightness and contrast; each channel changes by up to half of it on top.

    Returns:
        uint8 (3, h, w) and int64 (h, w), of the size of the crop.

    Raises:
        ValueError: The crop is larger than the image, or image and target differ in size.
    """
    size = tuple(image.shape[-2:])
    height, width = crop or size
    if size != tuple(target.shape) or height > size[0] or width > size[1]:
        raise ValueError(
            f"cannot crop {(height, width)} from an image of {size} with a target of {tuple(target.shape)}"
        )
    draws = torch.rand(8, generator=generator, dtype=torch.float64)
    mirror, top, left = draws[:3].tolist()
    y, x = int(top * (size[0] - height + 1)), int(left * (size[1] - width + 1))
    image, target = image[:, y : y + height, x : x + width], target[y : y + height, x : x + width]
    if mirror < 0.5:
        image, target = image.flip(-1), target.flip(-1)
    return _light(image, 1 + jitter * (2 * draws[3:].float() - 1)), target


def _light(image: Tensor, factors: Tensor) -> Tensor:
    """Scale each channel (three factors, half strength), brightness and contrast about the mean (one factor each)."""
    x = image.float() * ((1 + factors[:3]) / 2).view(3, 1, 1) * factors[3]
    mean = x.mean()
    return ((x - mean) * factors[4] + mean).round().clamp(0, 255).to(torch.uint8)
