"""The SPADE decoder, which SPADE, LGGAN and others are built around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator
from generators._errors import GeneratorError
from generators.layers.blocks import SpadeBlock
from generators.layers.norms import CondPyramid, SpadeNorm

Upsampling = Literal["normal", "more", "most"]
UPSAMPLINGS: dict[Upsampling, int] = {"normal": 5, "more": 6, "most": 7}
"""Number of x2 steps of the SPADE decoder, by the option's official name."""


class SpadeDecoder(Generator):
    """SPADE blocks from the start size to the image: head, two middle blocks, four (five) that halve the width.

    A base class: methods inherit it, so that the parameters carry the official names without a prefix.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the image.
        width: Channels before the last convolution (ngf); 64 in the papers.
        upsampling: Number of x2 steps by its official name: "normal" 5, "more" 6, "most" 7.
        hidden: Width inside the SPADE norms.
        noise_channels: Channels of a noise map that the norms read before the condition.
        norm: Makes a norm of channels, channels of the condition, and width inside.

    Raises:
        GeneratorError: The size is not a start size times a power of two.
    """

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int,
        upsampling: Upsampling,
        hidden: int,
        noise_channels: int = 0,
        norm: Callable[[int, int, int], SpadeNorm] = SpadeNorm,
    ) -> None:
        super().__init__(num_labels, edges, size)
        self.noise_channels = noise_channels
        if upsampling not in UPSAMPLINGS:
            raise GeneratorError(f"upsampling {upsampling!r} is not one of {', '.join(UPSAMPLINGS)}")
        factor = 2 ** UPSAMPLINGS[upsampling]
        if size[0] % factor or size[1] % factor:
            raise GeneratorError(
                f"a decoder with {UPSAMPLINGS[upsampling]} x2 steps ({upsampling!r}) makes sizes that are multiples of "
                f"{factor}; got {size[0]}x{size[1]}. Choose another size or another upsampling."
            )
        self.start_size = (size[0] // factor, size[1] // factor)
        self.upsampling = upsampling
        channels = self.input_channels
        self.head_0 = SpadeBlock(16 * width, 16 * width, channels, hidden, norm)
        self.G_middle_0 = SpadeBlock(16 * width, 16 * width, channels, hidden, norm)
        self.G_middle_1 = SpadeBlock(16 * width, 16 * width, channels, hidden, norm)
        self.up_0 = SpadeBlock(16 * width, 8 * width, channels, hidden, norm)
        self.up_1 = SpadeBlock(8 * width, 4 * width, channels, hidden, norm)
        self.up_2 = SpadeBlock(4 * width, 2 * width, channels, hidden, norm)
        self.up_3 = SpadeBlock(2 * width, width, channels, hidden, norm)
        last = width
        if upsampling == "most":
            last = width // 2
            self.up_4 = SpadeBlock(width, last, channels, hidden, norm)
        self.conv_img = nn.Conv2d(last, 3, 3, padding=1)

    @property
    def input_channels(self) -> int:
        """Channels that norms and first convolutions see: 3D noise, then the condition."""
        return self.noise_channels + self.cond_channels

    def decode(self, x: Tensor, cond: CondPyramid) -> Tensor:
        """Map features at the start size, (N, 16 * width, h, w), to an image, (N, 3, H, W) in [-1, 1]."""
        return torch.tanh(self.conv_img(F.leaky_relu(self.features(x, cond), 0.2)))

    def features(self, x: Tensor, cond: CondPyramid) -> Tensor:
        """Map features at the start size to those before the last convolution, (N, width, H, W), not activated."""
        if x.device.type == "cpu":  # channels last: the decoder's convolutions take about half the time there
            x, cond = x.contiguous(memory_format=torch.channels_last), cond.channels_last()
        x = self.head_0(x, cond)
        x = self.G_middle_0(_up(x), cond)
        x = self.G_middle_1(_up(x) if self.upsampling != "normal" else x, cond)
        for block in (self.up_0, self.up_1, self.up_2, self.up_3):
            x = block(_up(x), cond)
        if self.upsampling == "most":
            x = self.up_4(_up(x), cond)
        return x


def _up(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")
