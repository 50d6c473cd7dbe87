"""The encoder-decoder of X-Fork's code (Regmi and Borji, CVPR 2018): no skips, and perhaps a fork at its end.

Torch's files have no names; parameters are called e1 (outermost) to eL and d1 to dL (outermost), each with `conv` and,
where there is a norm, `bn`. The last two decoder blocks of a fork have the name of their output behind the number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._errors import GeneratorError
from generators.layers.batch_norm import BatchNorm
from generators.layers.dropout import Dropout

LEVELS = 8
"""Levels at 256x256, where the waist is one pixel; at 64x64 there are six, two of the innermost width less."""
ONE: Mapping[str, int] = {"": 3}
"""The heads of a network of one image."""


def levels_of(size: tuple[int, int], wanted: int | None = None) -> int:
    """Return the levels of a network for images of this size: as often as both sides halve, eight at most.

    Args:
        size: Height and width.
        wanted: Fewer or more, at least five.

    Raises:
        GeneratorError: They halve less than five times, or than is wanted.
    """
    choices = range(LEVELS, 4, -1) if wanted is None else [wanted]
    levels = next((k for k in choices if k > 4 and not any(side % 2**k for side in size)), 0)
    if not levels or 0 in size:
        least = 5 if wanted is None else wanted
        raise GeneratorError(
            f"networks of pix2pix's family have five levels or more, and {least} take images whose sides are multiples "
            f"of {2**least}; {size[0]}x{size[1]} is not. The published ones are 256x256 (8 levels) and 64x64 (6)."
        )
    return levels


class _Block(nn.Module):
    """A convolution and perhaps its batch norm."""

    def __init__(self, conv: nn.Module, norm: int = 0) -> None:
        super().__init__()
        self.conv = conv
        if norm:
            self.bn = BatchNorm(norm)
        self.normed = bool(norm)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return self.bn(y) if self.normed else y


class EncoderDecoder(nn.Module):
    """Convolutions of stride 2 down to the waist, transposed ones back up.

    Encoder block k has `width` * min(2^(k-1), 8) channels and, but for the first, a leaky ReLU before it and a batch
    norm behind it, also at the waist. Decoder blocks mirror them: ReLU, transposed convolution, batch norm; the first
    L - 5 drop a half; the last has tanh in place of its norm. All convolutions have a bias.

    Args:
        fin: Channels in.
        heads: Channels of every output, by the name that its two blocks have behind their number.
        width: Channels of the outermost block (ngf).
        levels: Blocks of the encoder, and of the decoder (L).
    """

    def __init__(self, fin: int, heads: Mapping[str, int] = ONE, width: int = 64, levels: int = LEVELS) -> None:
        super().__init__()
        self.width, self.levels, self.heads = width, levels, tuple(heads)
        widths = [width * min(2**k, 8) for k in range(levels)]
        for k, (below, here) in enumerate(zip([fin, *widths], widths, strict=False), start=1):
            conv = nn.Conv2d(below, here, 4, stride=2, padding=1)
            self.add_module(f"e{k}", _Block(conv, here if k > 1 else 0))
        widths.reverse()
        for k in range(1, levels - 1):
            self.add_module(f"d{k}", _Block(_up(widths[k - 1], widths[k]), widths[k]))
        for name, fout in heads.items():
            self.add_module(f"d{levels - 1}{name}", _Block(_up(widths[-2], width), width))
            self.add_module(f"d{levels}{name}", _Block(_up(width, fout)))

    def forward(self, x: Tensor, drop: Dropout | None = None, heads: Sequence[str] | None = None) -> list[Tensor]:
        """Compute outputs, (N, channels, H, W) in [-1, 1], from (N, fin, H, W).

        Args:
            x: Input.
            drop: How to drop; None goes by the network's mode.
            heads: Names of the outputs; None is all of them.
        """
        drop = drop or Dropout(self.training)
        x = self.get_submodule("e1")(x)
        for k in range(2, self.levels + 1):
            x = self.get_submodule(f"e{k}")(F.leaky_relu(x, 0.2, inplace=True))
        for k in range(1, self.levels - 1):
            x = self.get_submodule(f"d{k}")(F.relu(x, inplace=True))
            if k <= self.levels - 5:
                x = drop(x)
        x = F.relu(x, inplace=True)
        images = []
        for name in self.heads if heads is None else heads:
            y = F.relu(self.get_submodule(f"d{self.levels - 1}{name}")(x), inplace=True)
            images.append(torch.tanh(self.get_submodule(f"d{self.levels}{name}")(y)))
        return images

    def dropped_values(self, size: tuple[int, int]) -> int:
        """Number of values of an image of this size that dropout decides on."""
        levels = range(5, self.levels)  # block k makes maps of the size of level L - k
        return sum(8 * self.width * (size[0] >> level) * (size[1] >> level) for level in levels)


def _up(fin: int, fout: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(fin, fout, 4, stride=2, padding=1)
