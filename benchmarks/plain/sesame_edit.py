"""SESAME's editing generator as plain PyTorch: the layer list, one module after the other."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm

from benchmarks.plain.spade import Block
from generators import Generator
from generators.sesame_edit import SesameEdit


class _Residual(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(dilation),
            nn.Sequential(nn.Conv2d(channels, channels, 3, dilation=dilation, bias=False), nn.InstanceNorm2d(channels)),
            nn.ReLU(),
            nn.ReflectionPad2d(dilation),
            nn.Sequential(nn.Conv2d(channels, channels, 3, dilation=dilation, bias=False), nn.InstanceNorm2d(channels)),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = x + self.conv_block(x)
        return out


class _Dilated(Block):
    def __init__(self, width: int, channels: int, hidden: int) -> None:
        super().__init__(width, width, channels, hidden)
        self.conv_0 = spectral_norm(nn.Conv2d(width, width, 3, padding=2, dilation=2))
        self.conv_1 = spectral_norm(nn.Conv2d(width, width, 3, padding=2, dilation=2))


class _Generator(nn.Module):
    def __init__(self, labels: int, width: int, hidden: int) -> None:
        super().__init__()
        self.init_block = nn.Sequential(
            nn.ReflectionPad2d(3),
            nn.Sequential(nn.Conv2d(labels + 4, width, 7, bias=False), nn.InstanceNorm2d(width)),
            nn.ReLU(),
        )
        self.downlayers = nn.Sequential(*(self._down(fin) for fin in (width, 2 * width)))
        self.resnet_core = nn.Sequential(*(_Residual(4 * width, dilation) for dilation in (1, 2, 2, 2)))
        dilated = [_Dilated(4 * width, labels + 1, hidden) for _ in range(4)]
        self.spade_core = nn.ModuleList([*dilated, Block(4 * width, 4 * width, labels + 1, hidden)])
        self.uplayers = nn.ModuleList(
            [Block(4 * width, 2 * width, labels + 1, hidden), Block(2 * width, width, labels + 1, hidden)]
        )
        self.conv_img = nn.Conv2d(width, 3, 3, padding=1)
        self.up = nn.Upsample(scale_factor=2)

    @staticmethod
    def _down(fin: int) -> nn.Module:
        conv = nn.Conv2d(fin, 2 * fin, 3, stride=2, padding=1, bias=False)
        return nn.Sequential(nn.Sequential(conv, nn.InstanceNorm2d(2 * fin)), nn.ReLU())

    def forward(self, cond: Tensor, noise: Tensor | None) -> Tensor:
        layout, hole, photo = cond[:, :-3], cond[:, -4:-3], cond[:, -3:]
        x = self.resnet_core(self.downlayers(self.init_block(torch.cat((photo, layout), dim=1))))
        for block in self.spade_core:
            x = block(x, layout)
        for block in self.uplayers:
            x = block(self.up(x), layout)
        return (1 - hole) * photo + hole * torch.tanh(self.conv_img(F.leaky_relu(x, 0.2)))


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of SESAME's editing generator, with the same weights."""
    assert isinstance(network, SesameEdit)
    hidden = network.get_parameter("spade_core.0.norm_0.mlp_gamma.weight").shape[1]
    made = _Generator(network.cond_channels - 4, network.conv_img.in_channels, hidden)
    made.load_state_dict(network.state_dict())
    made.to(next(network.parameters()).device).train(network.training)
    return made
