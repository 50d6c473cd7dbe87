"""Loss terms, one pure function each, unweighted; means are over all elements unless a docstring says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.layers.discriminators import Features

GanMode = Literal["hinge", "ls", "original"]


def _hinge(prediction: Tensor, is_real: bool, for_d: bool) -> Tensor:
    if not for_d:
        return -prediction.mean()
    return F.relu(1 - prediction if is_real else 1 + prediction).mean()


def _least_squares(prediction: Tensor, is_real: bool, for_d: bool) -> Tensor:
    return (prediction - float(is_real)).square().mean()


def _original(prediction: Tensor, is_real: bool, for_d: bool) -> Tensor:
    return F.binary_cross_entropy_with_logits(prediction, torch.full_like(prediction, float(is_real)))


_MODES: dict[GanMode, Callable[[Tensor, bool, bool], Tensor]] = {
    "hinge": _hinge,
    "ls": _least_squares,
    "original": _original,
}


def gan_loss(features: Features, *, is_real: bool, for_d: bool, mode: GanMode = "hinge") -> Tensor:
    """Adversarial loss, averaged over the scales.

    Hinge (Park et al. 2019): D minimises mean relu(1 - real) + mean relu(1 + fake), G minimises -mean fake. "ls" is
    the mean squared error to 1 or 0, "original" the binary cross-entropy of logits to the same targets.

    Args:
        features: Output of D; the last entry of each scale is its prediction.
        is_real: The target (G asks for real).
        for_d: Whether D is trained; G's hinge has no margin.
        mode: Which of the three.
    """
    losses = [_MODES[mode](scale[-1], is_real, for_d) for scale in features]
    return torch.stack(losses).mean()


def feature_matching_loss(fake: Features, real: Features) -> Tensor:
    """Mean L1 between intermediate outputs of D, summed over layers, averaged over scales; real is a constant."""
    total = fake[0][-1].new_zeros(())
    for fake_scale, real_scale in zip(fake, real, strict=True):
        for a, b in zip(fake_scale[:-1], real_scale[:-1], strict=True):
            total = total + F.l1_loss(a, b.detach())
    return total / len(fake)


def total_variation(image: Tensor) -> Tensor:
    """Sum of the absolute differences between neighbours, of all rows, columns, channels and samples (N, C, H, W)."""
    across, down = image[..., 1:] - image[..., :-1], image[..., 1:, :] - image[..., :-1, :]
    return across.abs().sum() + down.abs().sum()


def kl_loss(mu: Tensor, logvar: Tensor) -> Tensor:
    """KL divergence to a standard normal, summed over batch and dimensions (SPADE's convention)."""
    return -0.5 * (1 + logvar - mu.square() - logvar.exp()).sum()


def checkerboard_loss(upsamplers: Iterable[nn.ConvTranspose2d]) -> Tensor:
    """How far 3x3 transposed convolutions of stride 2 are from mapping a constant to a constant, as a sum of squares.

    Even positions of their output see one tap in each direction, odd ones two. An output of period two, the
    checkerboard, is absent if in every row and column of the kernel the middle tap is the sum of the outer ones; such
    kernels are the 2x2 ones after an upsampling by repetition (Sugawara et al. 2018).

    Raises:
        ValueError: Another kernel or stride, whose phases are other sums (a programming error).
    """
    total = torch.zeros(())
    for layer in upsamplers:
        if layer.kernel_size != (3, 3) or layer.stride != (2, 2):
            raise ValueError(f"a checkerboard loss of {layer}: the kernel must be 3x3 and the stride 2")
        w = layer.weight
        rows, columns = w[..., 0] - w[..., 1] + w[..., 2], w[..., 0, :] - w[..., 1, :] + w[..., 2, :]
        total = total.to(w) + rows.square().sum() + columns.square().sum()
    return total
