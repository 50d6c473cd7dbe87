"""Convolutions with predicted weights: what they are, form by form, and their gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.plain.ccfpse import unfolded
from generators.layers import predicted_weights, winograd
from generators.layers.conditional_conv import conditional_conv
from generators.layers.predicted_weights import (
    Predictor,
    channels_first,
    channels_last,
    convolve_predicted,
    convolve_with,
    predict,
)
from generators.layers.winograd import Transforms, blocks, margin, transformed_weight, transformed_windows

SHAPES = {"by tap": (2, 3, 5, 6, 7), "by tile": (2, 3, 5, 8, 12)}
"""N, C, K, h, w."""


@pytest.fixture
def tiles_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small maps go by tiles, a few at a time, and few channels together."""
    monkeypatch.setattr(predicted_weights, "FEWEST_TILES", 1)
    monkeypatch.setattr(predicted_weights, "FEWEST_CHANNELS", 1)
    monkeypatch.setattr(predicted_weights, "WIDE", 2)
    monkeypatch.setattr(winograd, "AT_ONCE", 4)


def inputs(form: str, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    n, channels, hidden, height, width = SHAPES[form]
    rng = torch.Generator().manual_seed(0)
    x, features, kernels, bias = (
        torch.randn(*shape, generator=rng, dtype=dtype)
        for shape in (
            (n, channels, height, width),
            (n, hidden, height, width),
            (9 * channels, hidden, 3, 3),
            (9 * channels,),
        )
    )
    return x, features, kernels, bias


def test_transforms_are_a_convolution() -> None:
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(3, 8, 12, 5, generator=rng, dtype=torch.float64)
    weight = torch.randn(4, 5, 3, 3, generator=rng, dtype=torch.float64)
    result = torch.full((3, 8, 12, 4), torch.nan, dtype=torch.float64)
    for block in blocks(3, 8, 12):
        products = torch.bmm(transformed_windows(margin(x), block), transformed_weight(weight))
        target = block.tiles(result)
        target.copy_((Transforms.of(torch.float64).tile @ products.flatten(1)).view(target.shape))
    expected = channels_last(F.conv2d(channels_first(x), weight, padding=1))
    torch.testing.assert_close(result, expected, atol=1e-12, rtol=0)


@pytest.mark.parametrize("shape", [(1, 4, 4), (5, 4, 8), (2, 256, 512), (3, 64, 64), (300, 4, 4)])
def test_blocks_cover_every_tile_once(shape: tuple[int, int, int]) -> None:
    counts = torch.zeros(*shape, 1)
    for block in blocks(*shape):
        tiles = block.tiles(counts)
        assert tiles[0, 0].numel() <= winograd.AT_ONCE
        tiles += 1
    assert bool((counts == 1).all())


def test_with_weights_that_do_not_depend_on_the_features_it_is_a_depthwise_convolution() -> None:
    x, features, kernels, bias = inputs("by tap")
    result = conditional_conv(x, features, torch.zeros_like(kernels), bias)
    expected = F.conv2d(x, bias.view(3, 1, 3, 3), padding=1, groups=3)
    torch.testing.assert_close(result, expected)


def test_a_pixel_by_hand() -> None:
    x, features, kernels, bias = inputs("by tap")
    n, channel, row, column = 1, 2, 3, 0  # at the left end: a third of the taps see zeros
    total = 0.0
    for tap in range(9):
        down, right = divmod(tap, 3)
        if column + right - 1 < 0:
            continue
        kernel, predicted = kernels[9 * channel + tap], bias[9 * channel + tap].item()
        for i in range(3):
            for j in range(1 if column == 0 else 0, 3):
                predicted += (kernel[:, i, j] * features[n, :, row + i - 1, column + j - 1]).sum().item()
        total += predicted * x[n, channel, row + down - 1, column + right - 1].item()
    assert conditional_conv(x, features, kernels, bias)[n, channel, row, column].item() == pytest.approx(total)


@pytest.mark.usefixtures("tiles_pay")
@pytest.mark.parametrize("form", SHAPES)
def test_every_form_is_the_unfolded_one_gradients_included(form: str) -> None:
    values = inputs(form)
    predictor = Predictor(*values[2:])
    assert predictor.by_tile(2, *values[0].shape[2:], torch.device("cpu")) == (form == "by tile")
    leaves = [[value.clone().requires_grad_() for value in values] for _ in range(2)]
    out = conditional_conv(*leaves[0])
    expected = unfolded(leaves[1][0], F.conv2d(*leaves[1][1:], padding=1))
    torch.testing.assert_close(out, expected)
    weight = torch.linspace(-1, 1, out.numel(), dtype=out.dtype).view(out.shape)
    (out * weight).sum().backward()
    (expected * weight).sum().backward()
    for ours, theirs in zip(*leaves, strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad)


@torch.no_grad()
@pytest.mark.usefixtures("tiles_pay")
@pytest.mark.parametrize("form", SHAPES)
def test_predicted_once_and_applied_to_several(form: str) -> None:
    x, features, kernels, bias = inputs(form)
    padded, wide, predictor = margin(channels_last(x)), margin(channels_last(features)), Predictor(kernels, bias)
    weights = predict(wide, predictor)
    assert [tuple(weight.shape) for weight in weights] == [tuple(channels_last(x).shape)] * 9
    stacked = F.conv2d(features, kernels, bias, padding=1).unflatten(1, (-1, 9))
    torch.testing.assert_close(torch.stack(weights), stacked.permute(2, 0, 3, 4, 1))
    for factor in (1.0, -2.0):
        expected = convolve_predicted(padded * factor, wide, predictor)
        torch.testing.assert_close(convolve_with(padded * factor, weights), expected)
    one = [weight[:1] for weight in weights]  # the weights of one layout serve any number of samples
    torch.testing.assert_close(convolve_with(padded, one)[1:], convolve_with(padded[1:], one))


@torch.no_grad()
def test_at_the_papers_width_tiles_are_as_exact_as_taps() -> None:
    rng = torch.Generator().manual_seed(0)
    x, features = torch.randn(1, 64, 32, 64, generator=rng), torch.randn(1, 128, 32, 64, generator=rng).relu()
    kernels, bias = torch.randn(576, 128, 3, 3, generator=rng) / 34 / 3, torch.randn(576, generator=rng) / 10
    predictor = Predictor(kernels, bias)
    assert predictor.by_tile(1, 32, 64, torch.device("cpu"))
    got = conditional_conv(x, features, kernels, bias)
    expected = conditional_conv(*(value.double() for value in (x, features, kernels, bias)))
    assert (got - expected).abs().max() < 1e-5


def test_what_is_small_or_odd_goes_by_taps() -> None:
    wide, narrow = (Predictor(torch.zeros(9 * c, 64, 3, 3), torch.zeros(9 * c)) for c in (64, 63))
    cpu = torch.device("cpu")
    assert wide.by_tile(1, 32, 32, cpu)
    assert wide.by_tile(4, 16, 16, cpu)
    assert not wide.by_tile(1, 32, 28, cpu)
    assert not wide.by_tile(1, 34, 32, cpu)
    assert not narrow.by_tile(1, 32, 32, cpu)
    assert not wide.by_tile(1, 32, 32, torch.device("cuda"))


def test_inputs_of_reduced_precision_are_convolved_in_that_of_the_kernels() -> None:
    x, features, kernels, bias = inputs("by tap", torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        result = conditional_conv(x.bfloat16(), features.bfloat16(), kernels, bias)
    expected = conditional_conv(x.bfloat16().float(), features.bfloat16().float(), kernels, bias)
    assert result.dtype == torch.float32
    assert torch.equal(result, expected)
