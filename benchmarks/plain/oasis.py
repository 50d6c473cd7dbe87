"""OASIS' generator as plain PyTorch: the layer list of the paper, one module after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm

from generators import Generator
from generators.oasis import Oasis


class _Norm(nn.Module):
    def __init__(self, width: int, channels: int, hidden: int) -> None:
        super().__init__()
        self.first_norm = nn.BatchNorm2d(width, affine=False)
        self.mlp_shared = nn.Sequential(nn.Conv2d(channels, hidden, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(hidden, width, 3, padding=1)
        self.mlp_beta = nn.Conv2d(hidden, width, 3, padding=1)

    def forward(self, x: Tensor, seg: Tensor) -> Tensor:
        shared = self.mlp_shared(F.interpolate(seg, size=x.shape[2:], mode="nearest"))
        return self.first_norm(x) * (1 + self.mlp_gamma(shared)) + self.mlp_beta(shared)


class _Block(nn.Module):
    def __init__(self, fin: int, fout: int, channels: int, hidden: int) -> None:
        super().__init__()
        middle = min(fin, fout)
        self.conv_0 = spectral_norm(nn.Conv2d(fin, middle, 3, padding=1))
        self.conv_1 = spectral_norm(nn.Conv2d(middle, fout, 3, padding=1))
        self.norm_0 = _Norm(fin, channels, hidden)
        self.norm_1 = _Norm(middle, channels, hidden)
        if fin != fout:
            self.conv_s = spectral_norm(nn.Conv2d(fin, fout, 1, bias=False))
            self.norm_s = _Norm(fin, channels, hidden)

    def forward(self, x: Tensor, seg: Tensor) -> Tensor:
        skip = self.conv_s(self.norm_s(x, seg)) if hasattr(self, "conv_s") else x
        dx = self.conv_0(F.leaky_relu(self.norm_0(x, seg), 0.2))
        dx = self.conv_1(F.leaky_relu(self.norm_1(dx, seg), 0.2))
        out: Tensor = skip + dx
        return out


class _Generator(nn.Module):
    def __init__(self, channels: int, width: int, hidden: int, start_size: tuple[int, int]) -> None:
        super().__init__()
        self.start_size = start_size
        self.fc = nn.Conv2d(channels, 16 * width, 3, padding=1)
        widths = [width * factor for factor in (16, 16, 16, 8, 4, 2, 1)]
        self.body = nn.ModuleList(_Block(fin, fout, channels, hidden) for fin, fout in itertools.pairwise(widths))
        self.conv_img = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, cond: Tensor, noise: Tensor | None) -> Tensor:
        seg = cond
        if noise is not None:
            z = noise if noise.ndim == 4 else noise[:, :, None, None].expand(-1, -1, *cond.shape[2:])
            seg = torch.cat((z, cond), dim=1)
        x = self.fc(F.interpolate(seg, size=self.start_size, mode="nearest"))
        for i, block in enumerate(self.body):
            x = block(x, seg)
            if i < len(self.body) - 1:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
        return torch.tanh(self.conv_img(F.leaky_relu(x, 0.2)))


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of an OASIS generator, with the same weights."""
    assert isinstance(network, Oasis)
    width, hidden = network.conv_img.in_channels, network.body[0].norm_0.mlp_gamma.in_channels
    copy = _Generator(network.input_channels, width, hidden, network.start_size)
    copy.load_state_dict(network.state_dict())
    copy.to(next(network.parameters()).device).train(network.training)

    def forward(cond: Tensor, noise: Tensor | None) -> Tensor:
        image: Tensor = copy(cond, noise)
        return image

    return forward
