"""OASIS' discriminator: a U-Net that segments real images and recognises fake ones, pixel by pixel.

Key layout of the official checkpoints. Six levels down, six up; no norms but spectral norm.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._errors import GeneratorError
from generators.layers.norms import spectral_norm

LEVELS = 6


class _Block(nn.Module):
    """Residual block that halves or doubles the size; no activation after the sum.

    Args:
        fin: Channels in.
        fout: Channels out.
        up: Whether it doubles the size.
        first: Whether its input is an image, which no activation comes before.
    """

    def __init__(self, fin: int, fout: int, up: bool, first: bool = False) -> None:
        super().__init__()
        before: list[nn.Module] = [] if first else [nn.LeakyReLU(0.2)]
        if up:
            before.append(nn.Upsample(scale_factor=2))
        self.up = up
        self.conv1 = nn.Sequential(*before, spectral_norm(nn.Conv2d(fin, fout, 3, padding=1)))
        self.conv2 = nn.Sequential(nn.LeakyReLU(0.2), spectral_norm(nn.Conv2d(fout, fout, 3, padding=1)))
        self.learned_skip = fin != fout
        if self.learned_skip:
            self.conv_s = spectral_norm(nn.Conv2d(fin, fout, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, fin, h, w) to (N, fout, h / 2, w / 2), or to (N, fout, 2h, 2w)."""
        dx: Tensor = self.conv2(self.conv1(x))
        # A 1x1 convolution is the same before and after either resizing, and cheaper on the smaller side.
        if self.up:
            skip = self.conv_s(x) if self.learned_skip else x
            return dx + F.interpolate(skip, scale_factor=2, mode="nearest")
        skip = F.avg_pool2d(x, 2)
        return F.avg_pool2d(dx, 2) + (self.conv_s(skip) if self.learned_skip else skip)


class OasisDiscriminator(nn.Module):
    """Image to N + 1 logits a pixel: 0 is "fake", c + 1 is channel c of the layout (Schönfeld et al. 2021, sec. 2).

    It sees no condition: the layout is what it has to find.

    Args:
        num_labels: Channels of the layout, N.
        width: Channels before the last layer; the others are twice to eight times as many. 64 as published.
        widths: In place of `width`: channels after each level down, then before the last layer, seven numbers.

    Raises:
        GeneratorError: There are not seven widths.
    """

    def __init__(self, num_labels: int, width: int = 64, widths: Sequence[int] | None = None) -> None:
        super().__init__()
        widths = [width * factor for factor in (2, 2, 4, 4, 8, 8, 1)] if widths is None else list(widths)
        if len(widths) != LEVELS + 1:
            raise GeneratorError(f"OASIS' discriminator has {LEVELS + 1} widths, six down and the last; got {widths}")
        *down, last = widths
        ins = [3, *down]
        self.body_down = nn.ModuleList(
            _Block(fin, fout, up=False, first=level == 0) for level, (fin, fout) in enumerate(itertools.pairwise(ins))
        )
        outs = [*reversed(down[:-1]), last]
        skips = [0, *reversed(down[:-1])]  # of the encoder, at the size of the input of each block
        deeper = [down[-1], *outs[:-1]]
        self.body_up = nn.ModuleList(
            _Block(skip + fin, fout, up=True) for skip, fin, fout in zip(skips, deeper, outs, strict=True)
        )
        self.layer_up_last = nn.Conv2d(last, num_labels + 1, 1)

    @staticmethod
    def require(size: tuple[int, int]) -> None:
        """Refuse a height or width that cannot be halved six times.

        Raises:
            GeneratorError: The message says which sizes can.
        """
        if any(side % 2**LEVELS or not side for side in size):
            raise GeneratorError(
                f"OASIS' discriminator halves the size six times: it takes multiples of {2**LEVELS}, got images of "
                f"{size[0]}x{size[1]}. Choose another size."
            )

    def forward(self, image: Tensor) -> Tensor:
        """Segment images (N, 3, H, W) in [-1, 1]; return logits (N, num_labels + 1, H, W).

        Raises:
            GeneratorError: Height or width is no multiple of 64.
        """
        self.require((image.shape[2], image.shape[3]))
        x = image.contiguous(memory_format=torch.channels_last) if image.device.type == "cpu" else image
        encoded = []
        for block in self.body_down:
            x = block(x)
            encoded.append(x)
        x = self.body_up[0](encoded.pop())
        for block in self.body_up[1:]:
            x = block(torch.cat((encoded.pop(), x), dim=1))
        logits: Tensor = self.layer_up_last(x)
        return logits
