"""Convolutions with weights of their own at every pixel and channel, with gradients (CC-FPSE, sec. 3.2).

What they are, and how they are computed without tensors nine times as large as the input, `layers.predicted_weights`
says. Gradients are those of the same sums, tap by tap or tile by tile; what the forward pass has predicted is predicted
again for them, so that nothing but the inputs is kept.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from generators.layers import winograd
from generators.layers.predicted_weights import (
    TAPS,
    Predictor,
    channels_first,
    channels_last,
    convolve_predicted,
    inside,
    predict_tap,
    predicted_weights,
    shifted,
)
from generators.layers.winograd import Transforms, margin


def conditional_conv(x: Tensor, features: Tensor, kernels: Tensor, bias: Tensor) -> Tensor:
    """Predict weights and convolve with them, with gradients.

    Args:
        x: (N, C, h, w); zeros outside.
        features: Of the condition, (N, K, h, w); zeros outside.
        kernels: (9 * C, K, 3, 3); nine successive ones predict the taps of one channel, row by row.
        bias: (9 * C,).

    Returns:
        (N, C, h, w).
    """
    with torch.autocast(x.device.type, enabled=False):
        result: Tensor = _ConditionalConv.apply(x.to(kernels.dtype), features.to(kernels.dtype), kernels, bias)
    return result


class _ConditionalConv(torch.autograd.Function):
    """The same with gradients: inputs are kept, predicted weights are not."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, features: Tensor, kernels: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, features, kernels, bias)
        padded, wide = margin(channels_last(x)), margin(channels_last(features))
        return channels_first(convolve_predicted(padded, wide, Predictor(kernels, bias)))

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        x, features, kernels, bias = ctx.saved_tensors
        predictor = Predictor(kernels, bias)
        padded, wide = margin(channels_last(x)), margin(channels_last(features))
        n, height, width, _ = inside(padded)
        tiled = predictor.by_tile(n, height, width, x.device)
        backward = _backward_by_tile if tiled else _backward_by_tap
        of_x, of_features, of_kernels, of_bias = backward(padded, wide, predictor, channels_last(gradient).contiguous())
        inner = slice(1, -1)
        return (
            channels_first(of_x[:, inner, inner]),
            channels_first(of_features[:, inner, inner]),
            of_kernels.flatten(0, 1),
            of_bias.flatten(),
        )


def _backward_by_tap(
    padded: Tensor, features: Tensor, predictor: Predictor, gradient: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients of x and features (with margins), kernels (C, 9, K, 3, 3) and biases (C, 9)."""
    of_x, of_features = torch.zeros_like(padded), torch.zeros_like(features)
    of_kernels, of_biases = [], []
    for tap in range(TAPS):
        shifted(of_x, tap).addcmul_(predict_tap(features, predictor, tap), gradient)
        of_weight = channels_first(gradient * shifted(padded, tap))
        kernels, _ = predictor.of_tap(tap)
        of_input, of_kernel, of_bias = torch.ops.aten.convolution_backward(
            of_weight,
            channels_first(features),
            kernels,
            [predictor.channels],
            [1, 1],
            [0, 0],
            [1, 1],
            False,
            [0, 0],
            1,
            [True, True, True],
        )
        of_features += channels_last(of_input)
        of_kernels.append(of_kernel)
        of_biases.append(of_bias)
    return of_x, of_features, torch.stack(of_kernels, dim=1), torch.stack(of_biases, dim=1)


def _backward_by_tile(
    padded: Tensor, features: Tensor, predictor: Predictor, gradient: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The same tile by tile: the transforms are linear, and their transposes carry gradients back."""
    transforms = Transforms.of(padded.dtype)
    of_x, of_features = torch.zeros_like(padded), torch.zeros_like(features)
    of_numbers: dict[tuple[int, int], Tensor] = {}
    of_bias = padded.new_zeros(predictor.channels, TAPS)
    for block, windows, predicted in predicted_weights(features, predictor):
        out = block.tiles(gradient).contiguous()
        of_windows = torch.zeros_like(windows)
        for unit, weight in predicted:
            shift, part = divmod(unit.tap, 3), unit.channels
            block.tiles(of_x, *shift)[..., part].addcmul_(weight, out[..., part])
            of_weight = out[..., part] * block.tiles(padded, *shift)[..., part]
            of_bias[part, unit.tap] += of_weight.sum((0, 1, 2, 3, 4))
            of_products = (transforms.tile.T @ of_weight.reshape(len(transforms.tile), -1)).view(*windows.shape[:2], -1)
            of_windows.baddbmm_(of_products, unit.weight.transpose(1, 2))
            place = (unit.tap, part.start)
            if place in of_numbers:
                of_numbers[place].baddbmm_(windows.transpose(1, 2), of_products)
            else:
                of_numbers[place] = windows.transpose(1, 2) @ of_products
        target = block.windows(of_features)
        back = (transforms.window.T @ of_windows.flatten(1)).view(target.shape)
        for i in range(winograd.WINDOW):
            for j in range(winograd.WINDOW):  # windows overlap, but not those of one offset
                target[i, j] += back[i, j]
    of_kernels = padded.new_empty(predictor.channels, TAPS, predictor.features, 3, 3)
    for (tap, first), numbers in of_numbers.items():
        taps = (transforms.weight.T @ numbers.flatten(1)).view(3, 3, *numbers.shape[1:])
        of_kernels[first : first + numbers.shape[2], tap] = taps.permute(3, 2, 0, 1)
    return of_x, of_features, of_kernels, of_bias
