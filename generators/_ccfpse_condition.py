"""What the blocks of CC-FPSE read of a layout at one resolution, and the first convolutions of it."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.layers.neighbourhoods import Windows, convolve, palette_of, windows_of
from generators.layers.predicted_weights import channels_first, channels_last

FEWEST_PIXELS = 1024
"""Pixels of a map below which its layout is convolved as it is."""
ROWS = 4096
"""Pixels whose table rows are added together; what is gathered for them stays in the processor's cache."""


class Layout:
    """A condition, and on processors its pixels' vectors by number: a layout has few different ones.

    Args:
        cond: (N, C, H, W).
    """

    def __init__(self, cond: Tensor) -> None:
        self.cond = cond

    def at(self, size: tuple[int, int]) -> Tensor:
        """Return the condition at a size, resized by nearest neighbour."""
        same = size == tuple(self.cond.shape[2:])
        return self.cond if same else F.interpolate(self.cond, size=size, mode="nearest")

    def numbers(self, size: tuple[int, int]) -> tuple[Tensor, Windows] | None:
        """Return the different vectors, (P, C), and the windows of their numbers at a size; None if there are many."""
        if self._palette is None:
            return None
        vectors, numbers = self._palette
        if size != tuple(numbers.shape[1:]):
            # float64 holds every number exactly, and the same rule picks the same pixels as in `at`
            numbers = F.interpolate(numbers[:, None].double(), size=size, mode="nearest")[:, 0].long()
        windows = windows_of(numbers, len(vectors))
        return None if windows is None else (vectors, windows)

    @functools.cached_property
    def _palette(self) -> tuple[Tensor, Tensor] | None:
        if self.cond.device.type != "cpu" or self.cond.dtype not in (torch.float32, torch.float64):
            return None
        return palette_of(self.cond)


class Condition:
    """The resized layout, then the features of the weight prediction network, at one resolution.

    Args:
        layout: The layout.
        features: (N, F, h, w).
    """

    def __init__(self, layout: Layout, features: Tensor) -> None:
        self._layout, self.features = layout, features
        self.size, self.device = (features.shape[2], features.shape[3]), features.device

    def whole(self) -> Tensor:
        """Return both as one map, (N, C + F, h, w)."""
        return torch.cat((self._layout.at(self.size), self.features), dim=1)

    def reader(self, convs: Sequence[nn.Conv2d]) -> Reader:
        """Return what computes these convolutions, of all channels of this condition, for some rows at a time."""
        return Reader(self, convs)

    @functools.cached_property
    def numbers(self) -> tuple[Tensor, Windows] | None:
        """The layout by numbers; None where it is convolved as it is."""
        if self.size[0] * self.size[1] < FEWEST_PIXELS:
            return None
        return self._layout.numbers(self.size)

    def rows(self, top: int, bottom: int, layout: bool) -> Tensor:
        """Return rows, which may lie outside where zeros are, of the features, or of layout and features together."""
        height = self.size[0]
        inside = slice(max(top, 0), min(bottom, height))
        part = self.features[:, :, inside]
        if layout:
            part = torch.cat((self._layout.at(self.size)[:, :, inside], part), dim=1)
        return F.pad(part, (0, 0, max(-top, 0), max(bottom - height, 0)))


class Reader:
    """Several 3x3 convolutions and ReLUs of one condition, in one call; without gradient.

    The layout's part of the convolutions is computed once for every distinct 3x3 neighbourhood, as sums of nine rows of
    a table, and gathered at every pixel.

    Args:
        condition: What is read.
        convs: The convolutions, of equal width.
    """

    def __init__(self, condition: Condition, convs: Sequence[nn.Conv2d]) -> None:
        self._condition, self._parts = condition, len(convs)
        weight = torch.cat([conv.weight for conv in convs])
        bias = torch.cat([conv.get_parameter("bias") for conv in convs])
        self._table: Tensor | None = None
        if condition.numbers is not None:
            vectors, windows = condition.numbers
            labels = vectors.shape[1]
            self._table, self._at = convolve(vectors, windows, weight[:, :labels], bias), windows.at
            self._weight, self._bias = weight[:, labels:].contiguous(memory_format=torch.channels_last), None
        else:
            self._weight, self._bias = weight, bias

    def __call__(self, top: int, bottom: int) -> list[Tensor]:
        """Return the features of some rows with a margin of 1, each (N, bottom - top + 2, w + 2, K).

        The margin is zeros at the ends of the image, elsewhere it is what the neighbouring rows have.
        """
        height, width = self._condition.size
        first, last = max(top - 1, 0), min(bottom + 1, height)
        rows = self._condition.rows(first - 1, last + 1, layout=self._table is None)
        made = channels_last(F.conv2d(rows, self._weight, self._bias, padding=(0, 1))).contiguous()
        if self._table is not None:
            pixels, at = made.view(-1, made.shape[-1]), self._at[:, first:last].flatten()
            for part, numbers in zip(pixels.split(ROWS), at.split(ROWS), strict=True):
                part += self._table.index_select(0, numbers)
        inner = (slice(None), slice(first - top + 1, last - top + 1), slice(1, -1))
        results = []
        for part in made.relu_().chunk(self._parts, dim=-1):
            padded = part.new_zeros(len(part), bottom - top + 2, width + 2, part.shape[-1])
            padded[inner] = part
            results.append(padded)
        return results


def convolve_inside(padded: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve features that have their margin already: (N, h + 2, w + 2, K) to (N, h, w, C)."""
    return channels_last(F.conv2d(channels_first(padded), weight, bias))
