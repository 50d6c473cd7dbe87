"""SAFM's generator as plain PyTorch: the layer list, one module after the other; the descriptor is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.plain.spade import Block, Decoder
from generators import Generator
from generators._safm_descriptor import CHANNELS
from generators.safm import Safm


class _Depthwise(nn.Module):
    """A 3x3 convolution with given weights at every pixel and channel."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm_layer = nn.BatchNorm2d(width)

    def forward(self, x: Tensor, weight: Tensor) -> Tensor:
        n, channels, height, width = x.shape
        windows = F.unfold(x, 3, padding=1).view(n, channels, 9, height, width)
        return (windows * weight.view(n, channels, 9, height, width)).sum(dim=2)


class _Modulation(nn.Module):
    def __init__(self, layout: int, width: int) -> None:
        super().__init__()
        self.pre_seg = nn.Sequential(nn.Conv2d(layout, width, 3, padding=1), nn.ReLU())
        self.pre_dis = nn.Sequential(nn.Conv2d(CHANNELS, width, 3, padding=1), nn.ReLU())
        self.gen_weights1 = self._predictor(width)
        self.gen_weights2 = self._predictor(width)
        self.depconv1 = _Depthwise(width)
        self.depconv2 = _Depthwise(width)

    @staticmethod
    def _predictor(width: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, 9 * width, 3, padding=1)
        )

    def modulate(self, layout: Tensor, descriptor: Tensor) -> Tensor:
        seg, x = self.pre_seg(layout), self.pre_dis(descriptor)
        x = self.depconv1(x, self.gen_weights1(seg))
        return cast(Tensor, self.depconv2(x, self.gen_weights2(seg)))


class _Norm(_Modulation):
    def __init__(self, channels: int, layout: int, hidden: int, width: int) -> None:
        super().__init__(layout, width)
        self.param_free_norm = nn.BatchNorm2d(channels, affine=False)
        self.mlp_shared = nn.Sequential(nn.Conv2d(layout + CHANNELS + width, hidden, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(hidden, channels, 3, padding=1)
        self.mlp_beta = nn.Conv2d(hidden, channels, 3, padding=1)

    def forward(self, x: Tensor, seg: Tensor) -> Tensor:
        seg = F.interpolate(seg, size=x.shape[2:], mode="nearest")
        layout, descriptor = seg[:, :-CHANNELS], seg[:, -CHANNELS:]
        shared = self.mlp_shared(torch.cat((seg, self.modulate(layout, descriptor)), dim=1))
        return cast(Tensor, self.param_free_norm(x)) * (1 + self.mlp_gamma(shared)) + self.mlp_beta(shared)


class _Generator(Decoder):
    def __init__(self, network: Safm) -> None:
        width, hidden = network.width, network.head_0.norm_0.mlp_gamma.in_channels
        super().__init__(network.input_channels, width, hidden, network.upsampling)
        self.start_size, self.descriptors = network.start_size, network.descriptors
        self.fc = nn.Conv2d(network.layout_channels + CHANNELS, 16 * width, 3, padding=1)
        self.once = network.modulation == "once"
        shape = network.layout_channels, network.modulation_width
        if self.once:
            self.modulation = _Modulation(*shape)
            return
        for block in list(self.modules()):
            if isinstance(block, Block):
                for name, norm in list(block.named_children()):
                    if name.startswith("norm"):
                        channels = cast(nn.Conv2d, norm.mlp_gamma).out_channels
                        block.add_module(name, _Norm(channels, shape[0], hidden, shape[1]))

    def load(self, state: dict[str, Tensor]) -> None:
        """Load the official state, in which the layers of the modulation have no prefix."""
        mine = self.state_dict().keys()
        self.load_state_dict({key if key in mine else f"modulation.{key}": value for key, value in state.items()})

    def forward(self, cond: Tensor, noise: Tensor | None) -> Tensor:
        layout, descriptor = cond[:, :-1], self.descriptors.of(cond[:, -1]).to(cond.dtype)
        seg = torch.cat((layout, descriptor), dim=1)
        x = self.fc(F.interpolate(seg, size=self.start_size, mode="nearest"))
        if self.once:
            seg = torch.cat((seg, self.modulation.modulate(layout, descriptor)), dim=1)
        return self.decode(x, seg)


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of a SAFM generator, with the same weights and descriptors."""
    assert isinstance(network, Safm)
    made = _Generator(network)
    made.load(network.state_dict())
    made.to(next(network.parameters()).device).train(network.training)
    return made
