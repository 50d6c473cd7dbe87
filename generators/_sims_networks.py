"""The two small networks of SIMS that place segments: one aligns a segment, one says which of two is in front.

Their kinds are the paper's: stacks of convolutions, six affine parameters that start at the identity, a pairwise
classifier. Their widths, inputs and targets are ours, for no source that we have states them: windows of 32x32 pixels,
in which a segment of a street scene keeps its shape; three convolutions of stride 2 with 8, 16 and 32 channels where
the paper's stack is as deep as VGG, since ours see hundreds of windows an image; targets that need nothing but photos
and layouts (`_sims_objective`).
"""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIDE = 32
"""Height and width of the windows that both networks see."""
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
"""Affine parameters (two rows of three) that leave a segment where it is."""
_WIDTHS = (8, 16, 32)


class Stack(nn.Module):
    """Three 3x3 convolutions of stride 2 with ReLU, and a linear layer.

    Args:
        channels: Channels of the windows.
        further: Numbers that join before the linear layer.
        outputs: Numbers that come out.
    """

    def __init__(self, channels: int, further: int, outputs: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for fin, fout in itertools.pairwise((channels, *_WIDTHS)):
            layers += [nn.Conv2d(fin, fout, 3, stride=2, padding=1), nn.ReLU()]
        self.convolutions = nn.Sequential(*layers)
        self.head = nn.Linear(_WIDTHS[-1] * (SIDE // 2 ** len(_WIDTHS)) ** 2 + further, outputs)

    def forward(self, windows: Tensor, further: Tensor | None = None) -> Tensor:
        """Map windows (K, channels, SIDE, SIDE) and further numbers (K, further) to (K, outputs)."""
        x = self.convolutions(windows).flatten(1)
        out: Tensor = self.head(x if further is None else torch.cat((x, further), dim=1))
        return out


class Transformation(Stack):
    """Six affine parameters that move a segment into a mask.

    Sees the mask that is asked for, the segment's mask and its photo (black around it): five channels.
    """

    def __init__(self) -> None:
        super().__init__(5, 0, 6)

    def begin(self) -> None:
        """Start at the identity, up to what lets gradients through."""
        with torch.no_grad():
            self.head.weight.mul_(1e-3)
            self.head.bias.copy_(torch.tensor(IDENTITY))

    def forward(self, wanted: Tensor, mask: Tensor, photo: Tensor) -> Tensor:  # type: ignore[override]
        """Return affine parameters (K, 2, 3) of masks (K, 1, SIDE, SIDE) and photos (K, 3, SIDE, SIDE) in [0, 1]."""
        return super().forward(torch.cat((wanted, mask, photo), dim=1)).view(-1, 2, 3)


class Ordering(Stack):
    """Whether the first of two segments is in front of the second, from their masks and labels.

    The logit of (a, b) is minus that of (b, a), and 0 while the network knows nothing.

    Args:
        num_labels: Number of labels.
    """

    def __init__(self, num_labels: int) -> None:
        super().__init__(2, 2 * num_labels, 1)
        self.num_labels = num_labels

    def forward(self, masks: Tensor, labels: Tensor) -> Tensor:  # type: ignore[override]
        """Return logits (K,) of masks (K, 2, SIDE, SIDE) and labels (K, 2)."""
        hot = F.one_hot(labels, self.num_labels).to(masks)
        forth = super().forward(masks, hot.flatten(1))
        back = super().forward(masks.flip(1), hot.flip(1).flatten(1))
        return (forth - back)[:, 0]


def warped(images: Tensor, parameters: Tensor, size: tuple[int, int] | None = None) -> Tensor:
    """Move images (K, C, h, w) by affine parameters (K, 2, 3), bilinear, zeros around; at another size if asked for.

    The parameters map places of the result to places of the image, both in [-1, 1] across it (spatial transformers,
    Jaderberg et al. 2015).
    """
    shape = (len(images), images.shape[1], *(size or images.shape[2:]))
    grid = F.affine_grid(parameters, list(shape), align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
