"""Discriminators that judge an image together with its condition."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.layers.norms import spectral_norm
from generators.layers.spectral import weight_of

Features = list[list[Tensor]]
"""By scale, full resolution first: the outputs after every activation, then the prediction."""


class PatchDiscriminator(nn.Module):
    """SPADE's PatchGAN: 4x4 convolutions with padding 2, spectral norm and instance norm.

    Args:
        channels: Channels of condition and image together.
        width: Channels of the first layer (ndf).
        layers: Convolutions before the prediction; the last of them has stride 1.
    """

    def __init__(self, channels: int, width: int = 64, layers: int = 4) -> None:
        super().__init__()
        self.layers = layers
        self.model0 = nn.Sequential(nn.Conv2d(channels, width, 4, stride=2, padding=2), nn.LeakyReLU(0.2))
        for i in range(1, layers):
            # The cap at 512 is pix2pixHD's; it is reached only beyond the published four layers.
            fin, fout = min(width * 2 ** (i - 1), 512), min(width * 2**i, 512)
            stride = 1 if i == layers - 1 else 2
            conv = spectral_norm(nn.Conv2d(fin, fout, 4, stride=stride, padding=2, bias=False))
            block = nn.Sequential(nn.Sequential(conv, nn.InstanceNorm2d(fout)), nn.LeakyReLU(0.2))
            self.add_module(f"model{i}", block)
        last = min(width * 2 ** (layers - 1), 512)
        self.add_module(f"model{layers}", nn.Sequential(nn.Conv2d(last, 1, 4, padding=2)))

    def forward(self, cond: Tensor, images: Tensor) -> list[Tensor]:
        """Judge k images a condition; return the output of every layer, the prediction last.

        The first convolution is linear in condition and image, so the condition's part, most of its channels, is
        computed once for all k.

        Args:
            cond: (N, C, H, W).
            images: (k * N, 3, H, W): all first images, then all second ones, and so on.
        """
        first = self.model0[0]
        by_cond, by_image = weight_of(first).split((cond.shape[1], images.shape[1]), dim=1)
        shared = F.conv2d(cond, by_cond, first.get_parameter("bias"), stride=2, padding=2)
        x = F.conv2d(images, by_image, stride=2, padding=2).unflatten(0, (-1, cond.shape[0])) + shared
        x = F.leaky_relu(x.flatten(0, 1), 0.2)
        outputs = [x]
        for i in range(1, self.layers + 1):
            x = self.get_submodule(f"model{i}")(x)
            outputs.append(x)
        return outputs


class MultiScaleDiscriminator(nn.Module):
    """Several PatchGANs of equal build on an image pyramid (SPADE: 2 scales, 4 layers).

    Attributes:
        patch: The class of each.

    Args:
        channels: Channels of condition and image together.
        width: Channels of the first layer (ndf).
        layers: Convolutions before the prediction.
        scales: Number of discriminators; `discriminator_0` sees the full resolution.
    """

    patch: ClassVar[type[nn.Module]] = PatchDiscriminator

    def __init__(self, channels: int, width: int = 64, layers: int = 4, scales: int = 2) -> None:
        super().__init__()
        self.scales = scales
        for i in range(scales):
            self.add_module(f"discriminator_{i}", self.patch(channels, width, layers))

    def forward(self, cond: Tensor, images: Tensor) -> Features:
        """Judge k images a condition, as `PatchDiscriminator` does, at every scale."""
        results = []
        for i in range(self.scales):
            if i:
                cond, images = _half(cond), _half(images)
            results.append(self.get_submodule(f"discriminator_{i}")(cond, images))
        return results


def _half(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)


def judge(discriminator: nn.Module, cond: Tensor, images: list[Tensor]) -> list[Features]:
    """Judge several images of the same condition in one pass of D.

    The norms of D look at one sample at a time, so a joint batch gives what separate calls give; the power iteration of
    spectral norm runs once for all of them, as when the official code concatenates fake and real.

    Args:
        discriminator: D; takes conditions (N, C, H, W) and images (k * N, 3, H, W).
        cond: (N, C, H, W).
        images: k images, each (N, 3, H, W).

    Returns:
        The features of each image, in order.
    """
    features: Features = discriminator(cond, torch.cat(images))
    n = cond.shape[0]
    return [[[layer[i * n : (i + 1) * n] for layer in scale] for scale in features] for i in range(len(images))]
