"""pix2pixHD's layers, numbered as in the official checkpoints: down, residual blocks, up, and a head to an image.

Equal to the layer list of the official code; two things make it faster on CPUs. Instance norm is computed as a group
norm of one channel a group, which is the same and several times as fast. In inference the first convolution sees the
condition with channels last; everywhere else, and in training, the conversions cost what they gain.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class InstanceNorm(nn.Module):
    """Instance norm without affine parameters and without running statistics, eps 1e-5."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, h, w) to the same shape, every channel of every sample to mean 0 and variance 1."""
        x = x.contiguous() if x.device.type == "cpu" else x  # with channels last the sums lose three digits on CPUs
        return F.group_norm(x, x.shape[1])


class ResidualBlock(nn.Module):
    """Two reflect-padded 3x3 convolutions with instance norm, added to the input; no activation after the sum.

    The same function as `layers.blocks.ResidualBlock`, with pix2pixHD's names of the parameters.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            InstanceNorm(),
            nn.ReLU(inplace=True),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            InstanceNorm(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels, h, w) to the same shape."""
        return torch.add(x, self.conv_block(x))


class ChannelsLastPad(nn.ReflectionPad2d):
    """Reflect padding, to channels last on CPUs unless gradients are wanted."""

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, h, w) to the padded size."""
        if x.device.type == "cpu" and not torch.is_grad_enabled():
            x = x.contiguous(memory_format=torch.channels_last)
        return super().forward(x)


def stem(channels: int, width: int) -> list[nn.Module]:
    """Four modules: (N, channels, h, w) to (N, width, h, w)."""
    return [ChannelsLastPad(3), nn.Conv2d(channels, width, 7), *_norm_relu()]


def down(width: int) -> list[nn.Module]:
    """Three modules: (N, width, h, w) to (N, 2 * width, h / 2, w / 2), rounded up."""
    return [nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), *_norm_relu()]


def up(width: int) -> list[nn.Module]:
    """Three modules: (N, 2 * width, h, w) to (N, width, 2 * h, 2 * w)."""
    return [nn.ConvTranspose2d(2 * width, width, 3, stride=2, padding=1, output_padding=1), *_norm_relu()]


def head(width: int, channels: int = 3) -> list[nn.Module]:
    """Three modules: (N, width, h, w) to (N, channels, h, w) in [-1, 1]."""
    return [nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7), nn.Tanh()]


def hourglass(channels: int, width: int, downsamplings: int, blocks: int) -> list[nn.Module]:
    """The global network without its head: (N, channels, h, w) to (N, width, h, w).

    Args:
        channels: Channels in.
        width: Channels after the first convolution; doubled by each halving of the size.
        downsamplings: Halvings; sizes are to be multiples of `2**downsamplings`.
        blocks: Residual blocks at the smallest size.
    """
    widths = [width * 2**i for i in range(downsamplings)]
    layers = stem(channels, width)
    for w in widths:
        layers += down(w)
    layers += [ResidualBlock(width * 2**downsamplings) for _ in range(blocks)]
    for w in reversed(widths):
        layers += up(w)
    return layers


def half(x: Tensor) -> Tensor:
    """Halve the size by the average of 3x3 pixels, as far as they are inside; odd sizes are rounded up."""
    return F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False)


def _norm_relu() -> list[nn.Module]:
    return [InstanceNorm(), nn.ReLU(inplace=True)]
