"""A texture loss that needs no pre-trained network: local energies of oriented filters.

Where a perceptual loss has no weights at hand, a pixel loss alone blurs: of everything that a layout leaves open it
paints the median. Energies of band-pass filters in small windows, the first order of a scattering transform (Bruna and
Mallat 2013) and the statistics of Portilla and Simoncelli (2000), say how much detail of which size and direction
belongs where, and leave its exact place open. Frequencies, window and levels are ours.
"""

from __future__ import annotations

import functools
import math

import torch
from torch import Tensor
from torch.nn import functional as F

LEVELS = 3
"""Sizes at which the image is looked at, each half of the one before."""
WINDOW = 8
"""Side of the windows in pixels of the image, at every level."""
FREQUENCIES = (1.4, 2.7)
"""Radians per pixel: periods of about four and two pixels, doubled by each level."""
ORIENTATIONS = 4
TAPS = 7
"""Side of a filter in pixels."""
SPREAD = 1.3
"""Standard deviation of a filter's envelope in pixels."""
_LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601


@functools.cache
def gabor_filters() -> Tensor:
    """Gabor filters without a mean: even ones, then the odd ones of the same frequencies and directions.

    Returns:
        (2 * F * O, 1, 7, 7) for F `FREQUENCIES` and O `ORIENTATIONS`; the response to a wave of a filter's own
        frequency is about its amplitude.
    """
    offsets = torch.arange(TAPS, dtype=torch.float64) - TAPS // 2
    y, x = torch.meshgrid(offsets, offsets, indexing="ij")
    envelope = torch.exp(-(x.square() + y.square()) / (2 * SPREAD**2))
    filters = []
    for phase in (0.0, math.pi / 2):
        for frequency in FREQUENCIES:
            for i in range(ORIENTATIONS):
                angle = math.pi * i / ORIENTATIONS
                wave = envelope * torch.cos(frequency * (x * math.cos(angle) + y * math.sin(angle)) - phase)
                wave = wave - envelope * (wave.sum() / envelope.sum())
                filters.append(wave * 2 / envelope.sum())
    return torch.stack(filters)[:, None].float()


def texture_energies(image: Tensor) -> list[Tensor]:
    """Mean amplitude of each filter in overlapping windows of 8 pixels, at the full, half and quarter size.

    Args:
        image: (N, 3, H, W) in [-1, 1], at least 16 pixels high and wide.

    Returns:
        One (N, F * O, h, w) a level, of the luminance.
    """
    filters = gabor_filters().to(image)
    x = torch.einsum("nchw,c->nhw", image, image.new_tensor(_LUMINANCE))[:, None]
    energies = []
    for level in range(LEVELS):
        even, odd = F.conv2d(F.pad(x, (TAPS // 2,) * 4, mode="reflect"), filters).chunk(2, dim=1)
        amplitude = (even.square() + odd.square() + 1e-5).sqrt()  # a square root is infinitely steep at 0
        window = WINDOW >> level
        energies.append(F.avg_pool2d(amplitude, window, window // 2))
        x = F.avg_pool2d(x, 2)
    return energies


def texture_loss(fake: list[Tensor], real: list[Tensor]) -> Tensor:
    """Mean L1 between the energies of two images, summed over the levels; real is a constant."""
    return torch.stack([F.l1_loss(a, b.detach()) for a, b in zip(fake, real, strict=True)]).sum()
