"""Two 3x3 convolutions of a layout, computed once for every distinct neighbourhood of its pixels.

A SPADE norm takes gamma and beta from the condition by two 3x3 convolutions. A layout has few labels in large regions,
so of its 5x5 neighbourhoods, zero padding included, most occur many times; what the convolutions give for one of them
is computed once and gathered at every pixel that has it. The result is the plain one up to the order of additions.

Nothing is assumed of the condition but that its pixels take few different vectors: one-hot layouts with edges do, and
so does 3D noise that is constant over an image, a class or a region. Equal hashes are compared value by value, so no
condition is taken for another. One of which every pixel is different (noise by pixel, soft labels) is found out by
count, and the norm convolves it as usual.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

BLOCK = 64
"""Output channels that are computed together; products of one block stay in the processor's cache."""


@dataclass(frozen=True)
class Count:
    """How many different neighbourhoods a resolution has, and whether they are worth their while.

    Attributes:
        pixels: Pixels of all samples.
        small: Distinct 3x3 neighbourhoods of pixels.
        large: Distinct 5x5 neighbourhoods of pixels.
    """

    pixels: int
    small: int
    large: int

    @staticmethod
    def may_pay(hidden: int, learning: bool = False) -> bool:
        """Whether there are layouts for which it pays; if not, nothing needs to be counted."""
        return hidden >= 32 or not learning

    def pays(self, hidden: int, learning: bool = False) -> bool:
        """Whether a norm of so many hidden channels is faster by distinct neighbourhoods than pixel by pixel.

        In units of the plain form's work for a pixel: every small neighbourhood goes through the same multiplications
        once, every large one adds up nine rows, every pixel is gathered. With one thread of an AVX-512 processor and
        128 hidden channels, nine added rows take 20/128 of a pixel's multiplications, a gather 7/128; narrower norms
        multiply less, but below 32 channels the plain form is no faster for it. Measured on tinytown's layouts, norms
        of 16 to 128 hidden and 8 to 512 other channels: 1.1 to 10 times as fast wherever this says so. Forward and
        backward together gain less, 1.1 to 2.5 times from 32 hidden channels on, and lose with fewer.

        Args:
            hidden: Channels between the two convolutions.
            learning: Whether gradients follow.
        """
        if not self.may_pay(hidden, learning):
            return False
        work = self.small + (20 * self.large + 7 * self.pixels) / max(hidden, 32)
        return work < (0.6 if learning else 0.9) * self.pixels


@dataclass(frozen=True)
class Windows:
    """The distinct 3x3 windows of maps of numbers.

    Attributes:
        members: The nine numbers of each window, row by row, (D, 9); outside of a map stands the number that follows
            the largest.
        at: Which window is centred at each pixel, (N, h, w), below D; numbered in order of appearance.
    """

    members: Tensor
    at: Tensor


@dataclass(frozen=True)
class Neighbourhoods:
    """The distinct neighbourhoods of one resolution.

    Attributes:
        palette: The distinct vectors of pixels, (P, C).
        small: Windows of the pixels' numbers in the palette.
        large: Windows of the numbers of small windows: the 5x5 neighbourhoods.
    """

    palette: Tensor
    small: Windows
    large: Windows

    @property
    def count(self) -> Count:
        """Sizes."""
        return Count(self.large.at.numel(), len(self.small.members), len(self.large.members))


def palette_of(cond: Tensor) -> tuple[Tensor, Tensor] | None:
    """Find the distinct vectors of a condition's pixels.

    Args:
        cond: (N, C, H, W), float32 or float64.

    Returns:
        The vectors, (P, C), and the number of each pixel's vector, (N, H, W); None if there are more than one for
        four pixels, or two different ones have the same hash (which needs differences below float32's precision).
    """
    n, channels, height, width = cond.shape
    if not cond.numel():
        return None
    pixels = cond.detach().flatten(2)
    rng = torch.Generator().manual_seed(0)
    # two float32 projections side by side are a hash of 64 bits
    projections = torch.rand(2, channels, generator=rng).to(pixels) @ pixels
    hashes = projections.float().transpose(1, 2).contiguous().view(torch.int64).flatten()
    numbers, first = _number(hashes)
    if 4 * len(first) > len(numbers):
        return None
    palette = pixels[first // (height * width), :, first % (height * width)]
    numbers = numbers.view(n, height * width)
    table = palette.T.contiguous()
    if not all(torch.equal(table[:, own], sample) for own, sample in zip(numbers, pixels, strict=True)):
        return None
    return palette, numbers.view(n, height, width)


def windows_of(numbers: Tensor, outside: int) -> Windows | None:
    """Find the distinct 3x3 windows of maps of numbers.

    Args:
        numbers: (N, h, w) int64 below `outside`.
        outside: The number that stands outside of the maps.

    Returns:
        The windows; None if two different ones have the same hash (one chance in a thousand million).
    """
    _, height, width = numbers.shape
    padded = F.pad(numbers, (1, 1, 1, 1), value=outside)
    taps = [padded[:, i : i + height, j : j + width].flatten() for i in range(3) for j in range(3)]
    rng = torch.Generator().manual_seed(0)
    factors = torch.randint(-(2**62), 2**62, (9,), generator=rng) * 2 + 1
    hashes = torch.stack([tap * factor for tap, factor in zip(taps, factors.tolist(), strict=True)]).sum(0)
    at, first = _number(hashes)
    members = torch.stack([tap[first] for tap in taps], dim=1)
    if not all(torch.equal(member[at], tap) for member, tap in zip(members.unbind(1), taps, strict=True)):
        return None
    return Windows(members, at.view(numbers.shape))


def convolve(rows: Tensor, windows: Windows, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve every distinct window once, zeros outside of the maps.

    The products of all rows with all nine taps come first, since rows are fewer than windows; then each window adds up
    its nine.

    Args:
        rows: Features of every number that the windows hold, (M, C).
        windows: D windows.
        weight: (K, C, 3, 3).
        bias: (K,).

    Returns:
        (D, K).
    """
    rows = torch.cat((rows, rows.new_zeros(1, rows.shape[1])))  # outside
    products = windows.members * 9 + torch.arange(9, device=windows.members.device)
    blocks = []
    for part in weight.split(BLOCK):
        by_tap = part.flatten(1).T.contiguous().view(rows.shape[1], -1)  # a column for each tap and channel
        table = (rows @ by_tap).view(-1, len(part))
        blocks.append(F.embedding_bag(products, table, mode="sum"))
    return torch.cat(blocks, dim=1).add_(bias)


def _number(hashes: Tensor) -> tuple[Tensor, Tensor]:
    """Number equal hashes equally, in order of appearance; return the numbers and where each appears first."""
    _, inverse = torch.unique(hashes, return_inverse=True)
    positions = torch.arange(len(hashes), device=hashes.device)
    count = int(inverse.max()) + 1
    first = positions.new_zeros(count).scatter_reduce_(0, inverse, positions, "amin", include_self=False)
    first, order = first.sort()
    rank = torch.empty_like(order)
    rank[order] = positions[:count]
    return rank[inverse], first
