"""Convolutions with weights of their own at every pixel and channel, predicted from a condition (CC-FPSE, sec. 3.2).

A 3x3 convolution of the condition's features predicts nine numbers for each channel of every pixel, with which a
depthwise 3x3 convolution runs over x:

    out[c, p] = sum over taps k of  weight[c, k, p] * x[c, p + offset of k]
    weight[c, k, p] = (3x3 convolution of `features` by `kernels[9 c + k]`)[p] + bias[9 c + k]

Done literally, predicted weights, windows of x and their products are three tensors nine times as large as x. Here
weights are predicted tap by tap and applied at once, so none of them exists. On processors, maps of many channels are
taken tile by tile, and the predicting convolution is done by `layers.winograd` with a quarter of the multiplications.
`layers.conditional_conv` adds the gradients.

Maps have their channels last here, and those that are read in windows a margin of 1 on all sides, which is zeros where
the image ends.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from generators.layers import winograd
from generators.layers.winograd import Block, Transforms, blocks, transformed_weight, transformed_windows

TAPS = 9
WIDE = 128
"""Channels that are predicted together, at most: of more, what is between the transforms leaves the cache."""
FEWEST_TILES = 64
"""Tiles below which products of matrices are too small for their transforms to pay."""
FEWEST_CHANNELS = 64
"""Channels of x or of the features below which the transforms cost more than they save."""


class Unit(NamedTuple):
    """Kernels that are used together: those of one tap, for some channels."""

    tap: int
    channels: slice
    weight: Tensor
    """Transformed, (36, K, C)."""
    bias: Tensor
    """(C,)."""


class Predictor:
    """A predicting convolution.

    Args:
        kernels: (9 * C, K, 3, 3); nine successive ones predict the taps of one channel, row by row.
        bias: (9 * C,).
    """

    def __init__(self, kernels: Tensor, bias: Tensor) -> None:
        self._kernels, self._bias = kernels.unflatten(0, (-1, TAPS)), bias.unflatten(0, (-1, TAPS))
        self.channels, self.features = len(self._bias), kernels.shape[1]
        self._units: list[Unit] = []

    def of_tap(self, tap: int) -> tuple[Tensor, Tensor]:
        """Kernels (C, K, 3, 3) and biases (C,) that predict one tap."""
        return self._kernels[:, tap].contiguous(), self._bias[:, tap]

    def units(self, keep: bool) -> Iterator[Unit]:
        """Transform the kernels, some at a time.

        Args:
            keep: Whether they are asked for again: all of them are four times as large as the kernels.
        """
        if self._units:
            yield from self._units
            return
        numbers = self._kernels.new_empty(winograd.WINDOW**2 * self._kernels.numel() // 9 if keep else 0)
        parts = [slice(i, min(i + WIDE, self.channels)) for i in range(0, self.channels, WIDE)]
        sizes = [winograd.WINDOW**2 * self.features * (part.stop - part.start) for part in parts]
        places: Iterator[Tensor | None] = iter(numbers.split(sizes * TAPS)) if keep else itertools.repeat(None)
        units = []
        for tap, part in itertools.product(range(TAPS), parts):
            place = next(places)
            out = None if place is None else place.view(winograd.WINDOW**2, -1)
            weight = transformed_weight(self._kernels[part, tap], out)
            units.append(Unit(tap, part, weight, self._bias[part, tap]))
            yield units[-1] if keep else units.pop()
        self._units = units

    def by_tile(self, n: int, height: int, width: int, device: torch.device) -> bool:
        """Whether tiles and transforms pay for maps of a size; measured on processors only."""
        tiles = n * height * width // winograd.TILE**2
        fits = height % winograd.TILE == 0 and width % winograd.TILE == 0 and tiles >= FEWEST_TILES
        return device.type == "cpu" and fits and min(self.channels, self.features) >= FEWEST_CHANNELS


def convolve_predicted(padded: Tensor, features: Tensor, predictor: Predictor) -> Tensor:
    """Predict weights and apply them at once; without gradient.

    Args:
        padded: x with its margin, (N, h + 2, w + 2, C).
        features: With their margin, (N, h + 2, w + 2, K).
        predictor: Predicts the weights.

    Returns:
        (N, h, w, C).
    """
    n, height, width, channels = inside(padded)
    if not predictor.by_tile(n, height, width, padded.device):
        result: Tensor | None = None
        for tap in range(TAPS):
            weight, pixels = predict_tap(features, predictor, tap), shifted(padded, tap)
            result = weight.mul_(pixels) if result is None else result.addcmul_(weight, pixels)
        assert result is not None
        return result
    result = padded.new_empty(n, height, width, channels)
    for block, _, predicted in predicted_weights(features, predictor):
        target = block.tiles(result)
        summed = torch.zeros(target.shape, dtype=padded.dtype)
        for unit, weight in predicted:
            pixels = block.tiles(padded, *divmod(unit.tap, 3))
            summed[..., unit.channels].addcmul_(weight, pixels[..., unit.channels])
        target.copy_(summed)
    return result


def predict(features: Tensor, predictor: Predictor) -> list[Tensor]:
    """Predict all weights, to apply them more than once; without gradient.

    Args:
        features: With their margin, (N, h + 2, w + 2, K).
        predictor: Predicts them.

    Returns:
        Nine times (N, h, w, C), tap by tap.
    """
    n, height, width, _ = inside(features)
    if not predictor.by_tile(n, height, width, features.device):
        return [predict_tap(features, predictor, tap) for tap in range(TAPS)]
    weights = [features.new_empty(n, height, width, predictor.channels) for _ in range(TAPS)]
    for block, _, predicted in predicted_weights(features, predictor):
        for unit, weight in predicted:
            block.tiles(weights[unit.tap])[..., unit.channels].copy_(weight)
    return weights


def convolve_with(padded: Tensor, weights: list[Tensor]) -> Tensor:
    """Apply weights that were predicted before.

    Args:
        padded: x with its margin, (N, h + 2, w + 2, C).
        weights: Nine times (N, h, w, C), tap by tap.

    Returns:
        (N, h, w, C).
    """
    result = weights[0] * shifted(padded, 0)
    for tap in range(1, TAPS):
        result = torch.addcmul(result, weights[tap], shifted(padded, tap), out=result)
    return result


def predicted_weights(
    features: Tensor, predictor: Predictor
) -> Iterator[tuple[Block, Tensor, Iterator[tuple[Unit, Tensor]]]]:
    """Blocks of tiles, the numbers of their windows, and the weights predicted from them."""
    n, height, width, _ = inside(features)
    divided = blocks(n, height, width)
    for block in divided:
        windows = transformed_windows(features, block)
        shape = block.tiles(features).shape
        yield block, windows, _predicted(windows, predictor, shape, again=len(divided) > 1)


def _predicted(windows: Tensor, predictor: Predictor, shape: torch.Size, again: bool) -> Iterator[tuple[Unit, Tensor]]:
    """Predict the weights of a block of tiles, unit by unit; each is overwritten by the next.

    Args:
        windows: Numbers of the tiles' windows, (36, tiles, K).
        predictor: Predicts them.
        shape: Of the block's tiles.
        again: Whether other blocks follow.
    """
    tile = Transforms.of(windows.dtype).tile
    numbers, tiles, _ = windows.shape
    products, weights = windows.new_empty(0), windows.new_empty(0)
    for unit in predictor.units(keep=again):
        channels = unit.weight.shape[2]
        if products.shape[-1] != channels:
            products, weights = (
                windows.new_empty(numbers, tiles, channels),
                windows.new_empty(len(tile), tiles * channels),
            )
        torch.bmm(windows, unit.weight, out=products)
        torch.addmm(unit.bias.repeat(tiles), tile, products.flatten(1), out=weights)
        yield unit, weights.view(*shape[:-1], channels)


def predict_tap(features: Tensor, predictor: Predictor, tap: int) -> Tensor:
    """Predict the weights of one tap, (N, h, w, C)."""
    return channels_last(F.conv2d(channels_first(features), *predictor.of_tap(tap)))


def shifted(padded: Tensor, tap: int) -> Tensor:
    """View maps with a margin as the pixels that a tap reads, (N, h, w, C)."""
    _, height, width, _ = inside(padded)
    down, right = divmod(tap, 3)
    return padded[:, down : down + height, right : right + width]


def inside(padded: Tensor) -> tuple[int, int, int, int]:
    """Shape of maps without their margin."""
    n, height, width, channels = padded.shape
    return n, height - 2, width - 2, channels


def channels_last(maps: Tensor) -> Tensor:
    """View (N, C, h, w) as (N, h, w, C)."""
    return maps.permute(0, 2, 3, 1)


def channels_first(maps: Tensor) -> Tensor:
    """View (N, h, w, C) as (N, C, h, w)."""
    return maps.permute(0, 3, 1, 2)
