"""What SAFM adds to the SPADE decoder: features of shape from layout and descriptor, and norms that read them.

The layout predicts two depthwise 3x3 convolutions, with weights of their own at every pixel, which run over features of
the position descriptor one after the other (semantic-shape adaptive feature modulation). Their result stands beside
layout and descriptor in what gamma and beta are made of. The Cityscapes network computes it once, at full resolution;
the others do so inside each norm, from layout and descriptor at the norm's resolution.

A quarter to two thirds of what a norm's first convolution reads is the layout, of which most neighbourhoods occur many
times. On processors that share is computed once for every distinct one and added to the convolution of the rest, where
a SPADE norm of the layout alone would go by neighbourhoods.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._safm_descriptor import CHANNELS
from generators.layers.conditional_conv import conditional_conv
from generators.layers.neighbourhoods import convolve
from generators.layers.norms import CondPyramid, SpadeNorm


class ShapePyramid(CondPyramid):
    """Layout and shape of a condition, each at every size that is asked for.

    Args:
        layout: One-hot layout and edges, (N, L, H, W).
        shape: Descriptor, and features of shape where they are computed once, (N, S, H, W).
        memory_format: Of the resized tensors.
    """

    def __init__(
        self, layout: Tensor, shape: Tensor, memory_format: torch.memory_format = torch.preserve_format
    ) -> None:
        super().__init__(layout, memory_format)
        self.shape = CondPyramid(shape, memory_format)

    def channels_last(self) -> ShapePyramid:
        """Return the same in channels-last memory."""
        return ShapePyramid(self._cond, self.shape._cond, torch.channels_last)


class Modulating(nn.Module):
    """A module with the layers of the modulation; the key layout of the official checkpoints has no prefix for them."""

    def add_modulation(self, layout_channels: int, width: int) -> None:
        """Add the layers.

        Args:
            layout_channels: Of the layout, edges included.
            width: Of the features of shape.
        """
        self.pre_seg = nn.Sequential(nn.Conv2d(layout_channels, width, 3, padding=1), nn.ReLU())
        self.pre_dis = nn.Sequential(nn.Conv2d(CHANNELS, width, 3, padding=1), nn.ReLU())
        for n in (1, 2):
            first, second = nn.Conv2d(width, width, 3, padding=1), nn.Conv2d(width, 9 * width, 3, padding=1)
            self.add_module(f"gen_weights{n}", nn.Sequential(first, nn.ReLU(), second))
        for n in (1, 2):
            unused = nn.Module()  # the official module has a norm that its forward leaves out
            unused.norm_layer = nn.BatchNorm2d(width)
            self.add_module(f"depconv{n}", unused)

    def modulated(self, layout: Tensor, descriptor: Tensor) -> Tensor:
        """Compute the features of shape, (N, width, h, w), of layout and descriptor at one resolution."""
        x: Tensor = self.pre_dis(descriptor)
        seg = self.pre_seg(layout)
        predictors = [self.get_submodule(f"gen_weights{n}") for n in (1, 2)]
        # both read the same features: one convolution of twice the width
        weight = torch.cat([predictor.get_parameter("0.weight") for predictor in predictors])
        bias = torch.cat([predictor.get_parameter("0.bias") for predictor in predictors])
        for hidden, predictor in zip(
            F.relu(F.conv2d(seg, weight, bias, padding=1)).chunk(2, 1), predictors, strict=True
        ):
            x = conditional_conv(x, hidden, predictor.get_parameter("2.weight"), predictor.get_parameter("2.bias"))
        return x


class ShapeNorm(SpadeNorm):
    """A SPADE norm of layout, descriptor and features of shape, given together (the Cityscapes network)."""

    def forward(self, x: Tensor, cond: CondPyramid) -> Tensor:
        """Normalise x, (N, channels, h, w), under the condition; same shape."""
        assert isinstance(cond, ShapePyramid)
        hidden = F.relu(self._hidden(x, cond, self._shape(x, cond)), inplace=True)
        weight = torch.cat((self.mlp_gamma.weight, self.mlp_beta.weight))
        bias = torch.cat((self.mlp_gamma.get_parameter("bias"), self.mlp_beta.get_parameter("bias")))
        gamma, beta = F.conv2d(hidden, weight, bias, padding=1).chunk(2, dim=1)
        return torch.addcmul(beta, self.param_free_norm(x), 1 + gamma)

    def _shape(self, x: Tensor, cond: ShapePyramid) -> Tensor:
        """What follows the layout, at the size of x."""
        return cond.shape.at(x)

    def _hidden(self, x: Tensor, cond: ShapePyramid, shape: Tensor) -> Tensor:
        """The first convolution."""
        first = self.mlp_shared[0]
        weight, bias = first.get_parameter("weight"), first.get_parameter("bias")
        shared = self._worthwhile(x, cond)
        if shared is None:
            return F.conv2d(torch.cat((cond.at(x), shape), dim=1), weight, bias, padding=1)
        of_layout, of_shape = weight.split((shared.palette.shape[1], shape.shape[1]), dim=1)
        n, _, height, width = x.shape
        with torch.autocast("cpu", enabled=False):
            table = convolve(shared.palette, shared.small, of_layout, bias)
            rows = table.index_select(0, shared.small.at.flatten()).view(n, height, width, -1)
            return F.conv2d(shape.to(of_shape.dtype), of_shape, padding=1).add_(rows.permute(0, 3, 1, 2))


class ShapeAdaptiveNorm(ShapeNorm, Modulating):
    """The same, which computes features of shape of its own (the ADE20K and COCO-Stuff networks).

    Args:
        channels: Channels of x.
        cond_channels: Channels of layout, descriptor and features of shape together.
        hidden: Width between the two convolutions.
        width: Channels of the features of shape.
    """

    def __init__(self, channels: int, cond_channels: int, hidden: int = 128, width: int = 36) -> None:
        super().__init__(channels, cond_channels, hidden)
        self.add_modulation(cond_channels - CHANNELS - width, width)

    def _shape(self, x: Tensor, cond: ShapePyramid) -> Tensor:
        descriptor = cond.shape.at(x)
        return torch.cat((descriptor, self.modulated(cond.at(x), descriptor)), dim=1)
