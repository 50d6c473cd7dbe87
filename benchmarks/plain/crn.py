"""CRN's generator as plain PyTorch: the layer list of the paper, one module after the other."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators import Generator
from generators.crn import Crn


class _Convs(nn.Module):
    """Two convolutions, each with layer norm over height, width and channels, and leaky ReLU."""

    def __init__(self, fin: int, fout: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(fin, fout, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(fout, fout, 3, padding=1, bias=False)
        self.norm1 = nn.GroupNorm(1, fout, eps=1e-12)
        self.norm2 = nn.GroupNorm(1, fout, eps=1e-12)

    def forward(self, x: Tensor) -> Tensor:
        x = F.leaky_relu(self.norm1(self.conv1(x)), 0.2)
        return F.leaky_relu(self.norm2(self.conv2(x)), 0.2)


class _Generator(nn.Module):
    def __init__(self, channels: int, widths: list[int], images: int) -> None:
        super().__init__()
        below = [0, *widths[:-1]]
        self.levels = nn.ModuleList(_Convs(b + channels, w) for b, w in zip(below, widths, strict=True))
        self.last = nn.Conv2d(widths[-1], 3 * images, 1)

    def forward(self, layout: Tensor, number: Tensor | None) -> Tensor:
        pyramid = [layout]
        for _ in self.levels[1:]:
            pyramid.insert(0, F.avg_pool2d(pyramid[0], 2))
        x = self.levels[0](pyramid[0])
        for level, small in zip(self.levels[1:], pyramid[1:], strict=True):
            x = F.interpolate(x, size=small.shape[2:], mode="bilinear", align_corners=True)
            x = level(torch.cat((x, small), dim=1))
        images = self.last(x).chunk(3, dim=1)  # all red channels, all green ones, all blue ones
        chosen = 0 if number is None else int(number)
        return torch.stack([colour[:, chosen] for colour in images], dim=1).clamp(-1, 1)


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return a plain generator with the weights of ours, from a layout to its image of a number; None is the first."""
    assert isinstance(network, Crn)
    state = network.state_dict()
    widths = [len(state[f"g_{rows}_conv1.weight"]) for rows in network.rows]
    made = _Generator(network.cond_channels, widths, network.images)
    own = {}
    for level, rows in enumerate(network.rows):
        for i in (1, 2):
            theirs = f"g_{rows}_conv{i}"
            own[f"levels.{level}.conv{i}.weight"] = state[f"{theirs}.weight"]
            for part in ("weight", "bias"):
                own[f"levels.{level}.norm{i}.{part}"] = state[f"{theirs}.LayerNorm.{part}"]
    for part in ("weight", "bias"):
        own[f"last.{part}"] = state[f"g_{network.rows[-1]}_conv100.{part}"]
    made.load_state_dict(own)
    return made.eval()
