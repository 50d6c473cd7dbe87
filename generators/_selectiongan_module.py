"""SelectionGAN's multi-channel attention selection, by strips of the image.

The published form multiplies a feature map by three copies of itself, pooled with sizes 1, 4 and 9 and enlarged again,
puts the products and the map side by side (440 channels at full size) and convolves that. Here it exists for a few rows
at a time. The pool of size 1 is the map itself; the others are enlarged along the width once, while they are small, and
along the height strip by strip, which bilinear interpolation allows. Backwards the strips are made again from the map
and the small pools, so training keeps no wide map either (`benchmarks/selection.py` measures both).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.grad import conv2d_input, conv2d_weight

POOLS = (4, 9)
"""Sizes and strides of the average pools besides 1; what remains at the border is left out."""
STRIP_ELEMENTS = 2_000_000
"""About so many numbers of the wide map exist at a time."""


class Selection(NamedTuple):
    """What the module makes.

    Attributes:
        image: (N, 3, H, W) in [-1, 1], the sum of the images weighted by the attentions.
        uncertainty: (N, 1, H, W) in (0, 1).
        attentions: (N, K, H, W), which sum to 1 at every pixel.
        images: (N, 3 K, H, W) in [-1, 1]; image k is in the channels 3 k to 3 k + 2.
    """

    image: Tensor
    uncertainty: Tensor
    attentions: Tensor
    images: Tensor


class SelectionModule(nn.Module):
    """Several images of one feature map, and attentions that select among them pixel by pixel (sec. 3.2).

    Args:
        features: Channels of the features, at half the size of the images.
        middle: Channels of the enlarged features.
        choices: Images to select among.
    """

    def __init__(self, features: int = 136, middle: int = 104, choices: int = 10) -> None:
        super().__init__()
        channels = middle + 6
        self.deconvolution_1 = nn.ConvTranspose2d(features, middle, 2, stride=2)
        self.model_attention = nn.Conv2d(channels, choices, 1)
        self.model_image = nn.Conv2d(channels, 3 * choices, 3, padding=1)
        self.conv330 = nn.Conv2d(3 * channels, channels, 3, padding=1)  # in the checkpoints, used by no output
        self.conv440 = nn.Conv2d(4 * channels, channels, 3, padding=1)
        self.convolution_for_attention = nn.Conv2d(choices, 1, 1)

    def forward(self, features: Tensor, images: Tensor) -> Selection:
        """Select.

        Args:
            features: (N, features, H / 2, W / 2).
            images: The source photo and the coarse image, (N, 6, H, W).
        """
        enlarged = F.relu(F.dropout(self.deconvolution_1(features), 0.5, self.training))
        x = pooled_convolution(torch.cat((enlarged, images), dim=1), self.conv440)
        attentions = torch.softmax(self.model_attention(x), dim=1)
        choices = torch.tanh(self.model_image(x))
        image = (attentions[:, :, None] * choices.unflatten(1, (-1, 3))).sum(1)
        uncertainty = torch.sigmoid(self.convolution_for_attention(attentions))
        return Selection(image, uncertainty, attentions, choices)


def pooled_convolution(x: Tensor, conv: nn.Conv2d) -> Tensor:
    """Convolve [x x, x up(pool_4 x), x up(pool_9 x), x], zero-padded.

    Args:
        x: (N, C, H, W), at least 9 pixels high and wide.
        conv: 4 C to D channels, 3x3.

    Returns:
        (N, D, H, W).
    """
    pools = [F.avg_pool2d(x, size) for size in POOLS]
    wide = [F.interpolate(p, (p.shape[2], x.shape[3]), mode="bilinear", align_corners=True) for p in pools]
    result: Tensor = _PooledConvolution.apply(x, *wide, conv.weight, conv.bias)
    return result


class _PooledConvolution(torch.autograd.Function):
    """The convolution from the map and its pools, which have the width of the map and their own height."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, small: Tensor, smaller: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, small, smaller, weight)
        strips = _Strips(x, (small, smaller))
        parts = (F.conv2d(strips.made(first, last), weight, bias, padding=(0, 1)) for first, last in strips.ranges)
        first_part = next(parts)
        result = first_part.new_empty(len(x), len(weight), *x.shape[2:])
        result[:, :, : first_part.shape[2]] = first_part
        for (first, last), part in zip(strips.ranges[1:], parts, strict=True):
            result[:, :, first:last] = part
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, ...]:
        x, small, smaller, weight = ctx.saved_tensors
        grad, weight = grads[0].to(x.dtype), weight.to(x.dtype)
        strips = _Strips(x, (small, smaller))
        into = [torch.zeros_like(each) for each in (x, small, smaller, weight)]
        for first, last in strips.ranges:
            stack, of_strip = strips.made(first, last), grad[:, :, first:last]
            into[3] += conv2d_weight(stack, list(weight.shape), of_strip, padding=(0, 1))
            del stack
            of_stack = conv2d_input(
                [len(x), weight.shape[1], last - first + 2, x.shape[3]], weight, of_strip, 1, (0, 1)
            )
            strips.back(first, last, of_stack, into[0], into[1:3])
        return *into, grad.sum((0, 2, 3))


class _Strips:
    """The wide map by strips of rows, each with the row above and the row below that a 3x3 kernel sees."""

    def __init__(self, x: Tensor, pools: tuple[Tensor, ...]) -> None:
        n, c, height, width = x.shape
        self._x, self._pools, self._c = x, pools, c
        self._rows = [_bilinear(height, pool.shape[2]) for pool in pools]
        count = -(-(n * (len(pools) + 2) * c * height * width) // STRIP_ELEMENTS)
        rows = -(-height // count)
        self.ranges = [(first, min(first + rows, height)) for first in range(0, height, rows)]

    def made(self, first: int, last: int) -> Tensor:
        """Return rows first - 1 to last of the wide map, (N, 4 C, last - first + 2, W); zeros beyond the image."""
        n, c, height, width = self._x.shape
        top, bottom = max(first - 1, 0), min(last + 1, height)
        stack = self._x.new_empty(n, (len(self._pools) + 2) * c, last - first + 2, width)
        if top == first:
            stack[:, :, 0] = 0
        if bottom == last:
            stack[:, :, -1] = 0
        inner = stack[:, :, top - first + 1 : bottom - first + 1]
        x = self._x[:, :, top:bottom]
        for part, factor in zip(inner.split(c, dim=1), (x, *self._enlarged(top, bottom)), strict=False):
            torch.mul(x, factor, out=part)
        inner[:, -c:] = x
        return stack

    def back(self, first: int, last: int, grad: Tensor, into: Tensor, into_pools: list[Tensor]) -> None:
        """Add what the gradient of a strip means for the map and for the pools."""
        c, height = self._c, self._x.shape[2]
        top, bottom = max(first - 1, 0), min(last + 1, height)
        own, *by_pool, plain = grad[:, :, top - first + 1 : bottom - first + 1].split(c, dim=1)
        x = self._x[:, :, top:bottom]
        rows = into[:, :, top:bottom]
        rows += plain
        rows.addcmul_(own, x, value=2)
        for number, (of_part, factor) in enumerate(zip(by_pool, self._enlarged(top, bottom), strict=True)):
            rows.addcmul_(of_part, factor)
            matrix, seen = self._band(number, top, bottom)
            into_pools[number][:, :, seen] += matrix.t() @ (of_part * x)

    def _enlarged(self, top: int, bottom: int) -> list[Tensor]:
        """Rows of the pools at the height of the map."""
        found = []
        for number, pool in enumerate(self._pools):
            matrix, seen = self._band(number, top, bottom)
            found.append(matrix @ pool[:, :, seen])
        return found

    def _band(self, number: int, top: int, bottom: int) -> tuple[Tensor, slice]:
        """Weights of a pool's rows in rows of the map, and which of its rows have any."""
        of_rows = self._rows[number][top:bottom]
        used = of_rows.any(0).nonzero()
        seen = slice(int(used[0]), int(used[-1]) + 1)
        return of_rows[:, seen].to(self._x), seen


def _bilinear(height: int, rows: int) -> Tensor:
    """Weights of so many rows in an image of so many, ends on ends, (height, rows) float64."""
    place = torch.arange(height, dtype=torch.float64) * ((rows - 1) / (height - 1))
    return (1 - (place[:, None] - torch.arange(rows, dtype=torch.float64)).abs()).clamp(min=0)
