"""pix2pix's discriminators (Isola et al., CVPR 2017): PatchGAN and the pixel discriminator, in their official keys."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.layers.unet import NORMS, NormName


class PatchGAN(nn.Module):
    """4x4 convolutions with padding 1 that judge patches; 70x70 pixels with three layers.

    Parameters are called `model.{0, 2, 3, 5, 6, 8, 9, 11}`, as by the positions in the official sequence. The
    prediction is a logit; official codes that end in a sigmoid give it to `bce`.

    Args:
        channels: Channels of condition and image together.
        width: Channels of the first layer (ndf); each further layer has twice as many, eight times at most.
        layers: Convolutions of stride 2; one of stride 1 and the prediction follow.
        norm: Kind of the norms, which the first layer has none of.
        bias: Whether convolutions before a batch norm have a bias (in Torch they do).
    """

    def __init__(
        self, channels: int, width: int = 64, layers: int = 3, norm: NormName = "batch", bias: bool = False
    ) -> None:
        super().__init__()
        bias = bias or norm != "batch"
        sequence: list[nn.Module] = [nn.Conv2d(channels, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2, True)]
        widths = [width * min(2**i, 8) for i in range(layers + 1)]
        for i in range(1, layers + 1):
            stride = 2 if i < layers else 1
            sequence += [
                nn.Conv2d(widths[i - 1], widths[i], 4, stride=stride, padding=1, bias=bias),
                NORMS[norm](widths[i]),
                nn.LeakyReLU(0.2, True),
            ]
        self.model = nn.Sequential(*sequence, nn.Conv2d(widths[-1], 1, 4, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        """Judge (N, channels, H, W), condition and image side by side; return logits, (N, 1, h, w)."""
        judged: Tensor = self.model(x)
        return judged


class PixelGAN(nn.Module):
    """Judges every pixel by itself: 1x1 convolutions, parameters `net.{0, 2, 3, 5}`.

    Args:
        channels: Channels of condition and image together.
        width: Channels of the first layer (ndf).
        norm: Kind of the norm. The last two convolutions have a bias before an instance norm alone.
    """

    def __init__(self, channels: int, width: int = 64, norm: NormName = "batch") -> None:
        super().__init__()
        bias = norm != "batch"
        self.net = nn.Sequential(
            nn.Conv2d(channels, width, 1),
            nn.LeakyReLU(0.2, True),
            nn.Conv2d(width, 2 * width, 1, bias=bias),
            NORMS[norm](2 * width),
            nn.LeakyReLU(0.2, True),
            nn.Conv2d(2 * width, 1, 1, bias=bias),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Judge (N, channels, H, W); return logits, (N, 1, H, W)."""
        judged: Tensor = self.net(x)
        return judged


def bce(logits: Tensor, target: float) -> Tensor:
    """Mean binary cross-entropy between sigmoids of logits and one target, such as 1, 0 or the smoothed 0.9."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))
