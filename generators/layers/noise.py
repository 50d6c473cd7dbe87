"""3D noise: a vector for every pixel of the condition, drawn from a seed, and re-sampled where one wants another image.

A method with 3D noise (Schönfeld et al., ICLR 2021, "3D noise") reads noise and layout together at its input and in
every norm. In training all pixels of an image share one vector; afterwards each may have its own, so that a class, a
region or single pixels are drawn anew while the rest keeps its vector.

>>> import torch
>>> rng = torch.Generator().manual_seed(0)
>>> noise = draw_noise(2, 64, rng)  # two images: (2, 64)
>>> layout = torch.zeros(2, 5, 8, 16)
>>> layout[:, 3, 2:4] = 1
>>> cars_anew = resample_noise(noise, (8, 16), rng, where=pixels_of(layout, [3]))  # (2, 64, 8, 16)
>>> bool((cars_anew[:, :, :2] == noise[:, :, None, None]).all())
True
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from generators._errors import GeneratorError

Size = tuple[int, int]
"""Height and width."""


def draw_noise(n: int, channels: int, rng: torch.Generator | None = None) -> Tensor:
    """Draw a vector for each of n images from the standard normal, on the CPU.

    Args:
        n: Number of images.
        channels: Dimensions of a vector; 64 in the paper.
        rng: Source of random numbers; None is torch's own.

    Returns:
        (n, channels).
    """
    return torch.randn(n, channels, generator=rng)


def spread_noise(noise: Tensor, size: Size) -> Tensor:
    """Return noise as a map: vectors (N, Z) are repeated over all pixels, a map (N, Z, H, W) of that size is itself.

    Raises:
        GeneratorError: Noise of another shape.
    """
    if noise.ndim == 2:
        return noise[:, :, None, None].expand(-1, -1, *size)
    if noise.ndim != 4 or tuple(noise.shape[2:]) != size:
        raise GeneratorError(
            f"noise of shape {tuple(noise.shape)} does not cover {size[0]}x{size[1]} pixels; expected vectors (N, Z) "
            f"or a map (N, Z, {size[0]}, {size[1]}). Draw it with sample_noise, or change it with resample_noise."
        )
    return noise


def resample_noise(
    noise: Tensor,
    size: Size,
    rng: torch.Generator | None = None,
    where: Tensor | None = None,
    pixelwise: bool = False,
) -> Tensor:
    """Draw noise anew, everywhere or in a part of the pixels; the others keep theirs.

    The new vectors depend on `rng` and on nothing else, least of all on the part: re-sampling a region and re-sampling
    everything from equal generators agree inside of the region.

    Args:
        noise: Vectors (N, Z) or a map (N, Z, H, W).
        size: Height and width of the map.
        rng: Source of random numbers, on the CPU; None is torch's own.
        where: Pixels to draw anew, bool (H, W) or (N, H, W); None is all of them. See `pixels_of` for classes.
        pixelwise: Whether every pixel gets a vector of its own; else all of them share one, as in training.

    Returns:
        A map (N, Z, H, W) on the device of the noise. What is drawn anew globally and not pixelwise is one vector
        repeated, like `spread_noise(draw_noise(N, Z), size)`.

    Raises:
        GeneratorError: Noise or region of another shape.
    """
    kept = spread_noise(noise, size)
    shape = (*noise.shape[:2], *size) if pixelwise else (*noise.shape[:2], 1, 1)
    new = torch.randn(shape, generator=rng).to(noise).expand_as(kept)
    if where is None:
        return new
    if where.dtype != torch.bool or tuple(where.shape) not in (size, (len(noise), *size)):
        raise GeneratorError(
            f"a region to re-sample is {where.dtype} of shape {tuple(where.shape)}; expected torch.bool of shape "
            f"({size[0]}, {size[1]}) or ({len(noise)}, {size[0]}, {size[1]})."
        )
    region = where.to(noise.device).expand(len(noise), *size)[:, None]
    return torch.where(region, new, kept)


def pixels_of(cond: Tensor, channels: Sequence[int]) -> Tensor:
    """Return the pixels of some labels, bool (N, H, W).

    Args:
        cond: (N, C, H, W), one-hot layout first.
        channels: Channels of the labels.
    """
    return cond[:, list(channels)].any(dim=1)
