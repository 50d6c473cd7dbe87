"""pix2pix's U-Net (Isola et al., CVPR 2017), in the key layout of its PyTorch code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.layers.batch_norm import BatchNorm
from generators.layers.dropout import Dropout

NormName = Literal["batch", "instance", "instance-tracked"]
"""Batch norm, or instance norm without gain and bias: by the image's statistics always, or, as in older copies of the
code, by running ones in evaluation. Convolutions before an instance norm have a bias."""

NORMS: dict[NormName, Callable[[int], nn.Module]] = {
    "batch": BatchNorm,
    "instance": nn.InstanceNorm2d,
    "instance-tracked": lambda channels: nn.InstanceNorm2d(channels, track_running_stats=True),
}


class UNet(nn.Module):
    """Convolutions of stride 2 down to a waist, transposed ones back up, with a skip at every level.

    Level k has `width` * min(2^k, 8) channels; the waist, behind the last convolution, has no norm. Levels whose input
    and output both have the eight-fold width drop a half of their output, the innermost excepted.

    Parameters are called `model.{0,1,3}` (convolution, level below, transposed convolution), in the levels below
    `model.{1,2,3,5,6}` (convolution, norm, level below, transposed convolution, norm), in the innermost
    `model.{1,3,4}`.

    Args:
        fin: Channels in.
        fout: Channels of the image.
        width: Channels of the outermost level (ngf).
        levels: Levels (num_downs), at least 5; images have multiples of 2^levels rows and columns.
        norm: Kind of the norms.
        dropout: Whether there is dropout.
    """

    def __init__(
        self, fin: int, fout: int, width: int = 64, levels: int = 8, norm: NormName = "batch", dropout: bool = True
    ) -> None:
        super().__init__()
        self.width, self.levels, self.dropout = width, max(5, levels), dropout
        bias = norm != "batch"
        below = _Level(1, self.levels, width, norm, dropout)
        self.model = nn.ModuleDict(
            {
                "0": nn.Conv2d(fin, width, 4, stride=2, padding=1, bias=bias),
                "1": below,
                "3": nn.ConvTranspose2d(2 * width, fout, 4, stride=2, padding=1),
            }
        )

    def forward(self, x: Tensor, drop: Dropout | None = None) -> tuple[Tensor, Tensor]:
        """Compute what the last convolution sees, and the image.

        Args:
            x: (N, fin, H, W).
            drop: How to drop; None goes by the network's mode.

        Returns:
            The feature, (N, 2 * width, H / 2, W / 2), not negative, and the image, (N, fout, H, W) in [-1, 1].
        """
        drop = drop or Dropout(self.training)
        feature = F.relu(self.model["1"](self.model["0"](x), drop), inplace=True)
        return feature, torch.tanh(self.model["3"](feature))

    def dropped_values(self, size: tuple[int, int]) -> int:
        """Number of values of an image of this size that dropout decides on."""
        if not self.dropout:
            return 0
        levels = range(4, self.levels - 1)
        return sum(8 * self.width * (size[0] >> level) * (size[1] >> level) for level in levels)


class _Level(nn.Module):
    """A level below the outermost: its input, and what comes back from below, side by side.

    The official code's first activation works in place, so that the skip carries its output; the activation that
    follows the skip makes both the same.
    """

    def __init__(self, level: int, levels: int, width: int, norm: NormName, dropout: bool) -> None:
        super().__init__()
        outer, inner = (width * min(2**k, 8) for k in (level - 1, level))
        innermost, bias = level == levels - 1, norm != "batch"
        down = nn.Conv2d(outer, inner, 4, stride=2, padding=1, bias=bias)
        up = nn.ConvTranspose2d(inner if innermost else 2 * inner, outer, 4, stride=2, padding=1, bias=bias)
        if innermost:
            parts = {"1": down, "3": up, "4": NORMS[norm](outer)}
        else:
            below = _Level(level + 1, levels, width, norm, dropout)
            parts = {"1": down, "2": NORMS[norm](inner), "3": below, "5": up, "6": NORMS[norm](outer)}
        self.model = nn.ModuleDict(parts)
        self.innermost, self.drops = innermost, dropout and 4 <= level < levels - 1

    def forward(self, x: Tensor, drop: Dropout) -> Tensor:
        """Map (N, outer, h, w) to (N, 2 * outer, h, w)."""
        skip = F.leaky_relu(x, 0.2)
        y = self.model["1"](skip)
        if self.innermost:
            y = self.model["4"](self.model["3"](F.relu(y, inplace=True)))
        else:
            y = self.model["3"](self.model["2"](y), drop)
            y = self.model["6"](self.model["5"](F.relu(y, inplace=True)))
        return torch.cat((skip, drop(y) if self.drops else y), dim=1)
