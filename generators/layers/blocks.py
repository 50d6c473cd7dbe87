"""Residual blocks, and the initialisation of SPADE and its descendants."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._recipe import Recipe
from generators.layers.norms import CondPyramid, SpadeNorm, spectral_norm

DEEP, SMALL = 256, 64 * 128
"""Channels from which on, and pixels up to which, sums are formed block by block (see `convolve`)."""


def convolve(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Convolve; where x lies with the channels last and has many of them, in the order that rounds less.

    With the channels last, the processor's convolutions add up all products of a pixel one after another; otherwise in
    blocks, whose error in float32 is a quarter of that from 256 channels on (measured). On small maps the way there and
    back is free. Without gradient only: trainings keep their numbers.
    """
    few = x.shape[2] * x.shape[3] <= SMALL and conv.in_channels >= DEEP
    plain = torch.is_grad_enabled() or torch.is_autocast_enabled("cpu") or torch.compiler.is_compiling()
    if few and not plain and x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last):
        by_blocks: Tensor = conv(x.contiguous())
        return by_blocks.contiguous(memory_format=torch.channels_last)
    result: Tensor = conv(x)
    return result


class SpadeBlock(nn.Module):
    """Residual block with SPADE norms (Park et al. 2019, fig. 4).

    Args:
        fin: Channels in.
        fout: Channels out; a 1x1 convolution on the skip path where they differ.
        cond_channels: Channels of the condition.
        hidden: Width inside the SPADE norms.
        norm: Makes the norms, of channels, channels of the condition, and width inside.
        dilation: Of the two 3x3 convolutions; those of the norms are never dilated.
    """

    def __init__(
        self,
        fin: int,
        fout: int,
        cond_channels: int,
        hidden: int = 128,
        norm: Callable[[int, int, int], SpadeNorm] = SpadeNorm,
        dilation: int = 1,
    ) -> None:
        super().__init__()
        middle = min(fin, fout)
        self.conv_0 = spectral_norm(nn.Conv2d(fin, middle, 3, padding=dilation, dilation=dilation))
        self.conv_1 = spectral_norm(nn.Conv2d(middle, fout, 3, padding=dilation, dilation=dilation))
        self.norm_0 = norm(fin, cond_channels, hidden)
        self.norm_1 = norm(middle, cond_channels, hidden)
        self.learned_skip = fin != fout
        if self.learned_skip:
            self.conv_s = spectral_norm(nn.Conv2d(fin, fout, 1, bias=False))
            self.norm_s = norm(fin, cond_channels, hidden)

    def forward(self, x: Tensor, cond: CondPyramid) -> Tensor:
        """Map (N, fin, h, w) to (N, fout, h, w)."""
        skip = convolve(self.conv_s, self.norm_s(x, cond)) if self.learned_skip else x  # no activation on the skip
        dx = convolve(self.conv_0, F.leaky_relu(self.norm_0(x, cond), 0.2, inplace=True))
        dx = convolve(self.conv_1, F.leaky_relu(self.norm_1(dx, cond), 0.2, inplace=True))
        return torch.add(skip, dx)


class ResidualBlock(nn.Module):
    """Two reflect-padded 3x3 convolutions with instance norm, added to the input; no activation after the sum."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect")
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect")

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels, h, w) to the same shape."""
        return x + F.instance_norm(self.conv2(F.relu(F.instance_norm(self.conv1(x)))))


def xavier_init(module: nn.Module, gain: float) -> None:
    """Draw every convolution and linear weight from a Xavier normal, set biases to 0 (SPADE's initialisation).

    Under spectral norm it fills `weight_orig`; the vectors u and v keep their random start.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_normal_(getattr(layer, "weight_orig", layer.weight), gain)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    if callable(begin := getattr(module, "begin", None)):  # what a method does to fresh weights of its own
        begin()


def normal_init(module: nn.Module, std: float) -> None:
    """Draw every convolution weight from a normal distribution; biases keep the framework's start (pix2pixHD)."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, 0.0, std)


def pix2pix_init(module: nn.Module, std: float) -> None:
    """Draw convolution weights around 0 and gains of batch norms around 1, set biases to 0 (pix2pix)."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear | nn.BatchNorm2d):
            nn.init.normal_(layer.weight, float(isinstance(layer, nn.BatchNorm2d)), std)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def initialise(module: nn.Module, recipe: Recipe) -> None:
    """Draw the weights that a training begins with, as its recipe says."""
    {"xavier": xavier_init, "normal": normal_init, "pix2pix": pix2pix_init}[recipe.init](module, recipe.init_gain)
