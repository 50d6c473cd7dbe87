"""SPADE's generator as plain PyTorch: the layer list of the paper, one module after the other."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm

from generators import Generator
from generators.spade import Spade


class Norm(nn.Module):
    """SPADE norm: batch norm, and two convolutions of the resized condition."""

    def __init__(self, width: int, channels: int, hidden: int) -> None:
        super().__init__()
        self.param_free_norm = nn.BatchNorm2d(width, affine=False)
        self.mlp_shared = nn.Sequential(nn.Conv2d(channels, hidden, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(hidden, width, 3, padding=1)
        self.mlp_beta = nn.Conv2d(hidden, width, 3, padding=1)

    def forward(self, x: Tensor, seg: Tensor) -> Tensor:
        """Normalise x under the condition."""
        shared = self.mlp_shared(F.interpolate(seg, size=x.shape[2:], mode="nearest"))
        return self.param_free_norm(x) * (1 + self.mlp_gamma(shared)) + self.mlp_beta(shared)


class Block(nn.Module):
    """SPADE's residual block."""

    def __init__(self, fin: int, fout: int, channels: int, hidden: int) -> None:
        super().__init__()
        middle = min(fin, fout)
        self.conv_0 = spectral_norm(nn.Conv2d(fin, middle, 3, padding=1))
        self.conv_1 = spectral_norm(nn.Conv2d(middle, fout, 3, padding=1))
        self.norm_0 = Norm(fin, channels, hidden)
        self.norm_1 = Norm(middle, channels, hidden)
        if fin != fout:
            self.conv_s = spectral_norm(nn.Conv2d(fin, fout, 1, bias=False))
            self.norm_s = Norm(fin, channels, hidden)

    def forward(self, x: Tensor, seg: Tensor) -> Tensor:
        """Map x under the condition."""
        skip = self.conv_s(self.norm_s(x, seg)) if hasattr(self, "conv_s") else x
        dx = self.conv_0(F.leaky_relu(self.norm_0(x, seg), 0.2))
        dx = self.conv_1(F.leaky_relu(self.norm_1(dx, seg), 0.2))
        out: Tensor = skip + dx
        return out


class Decoder(nn.Module):
    """The blocks from the start to the image."""

    def __init__(self, channels: int, width: int, hidden: int, upsampling: str) -> None:
        super().__init__()
        self.upsampling = upsampling
        self.head_0 = Block(16 * width, 16 * width, channels, hidden)
        self.G_middle_0 = Block(16 * width, 16 * width, channels, hidden)
        self.G_middle_1 = Block(16 * width, 16 * width, channels, hidden)
        self.up_0 = Block(16 * width, 8 * width, channels, hidden)
        self.up_1 = Block(8 * width, 4 * width, channels, hidden)
        self.up_2 = Block(4 * width, 2 * width, channels, hidden)
        self.up_3 = Block(2 * width, width, channels, hidden)
        if upsampling == "most":
            self.up_4 = Block(width, width // 2, channels, hidden)
        self.conv_img = nn.Conv2d(width // 2 if upsampling == "most" else width, 3, 3, padding=1)
        self.up = nn.Upsample(scale_factor=2)

    def decode(self, x: Tensor, seg: Tensor) -> Tensor:
        """Map the start to an image."""
        return torch.tanh(self.conv_img(F.leaky_relu(self.features(x, seg), 0.2)))

    def features(self, x: Tensor, seg: Tensor) -> Tensor:
        """Map the start to what the last convolution reads."""
        x = self.head_0(x, seg)
        x = self.G_middle_0(self.up(x), seg)
        if self.upsampling in ("more", "most"):
            x = self.up(x)
        x = self.G_middle_1(x, seg)
        x = self.up_0(self.up(x), seg)
        x = self.up_1(self.up(x), seg)
        x = self.up_2(self.up(x), seg)
        x = self.up_3(self.up(x), seg)
        if self.upsampling == "most":
            x = self.up_4(self.up(x), seg)
        return x


class _Generator(Decoder):
    def __init__(self, network: Spade) -> None:
        width, hidden = network.width, network.head_0.norm_0.mlp_gamma.in_channels
        super().__init__(network.input_channels, width, hidden, network.upsampling)
        self.start_size = network.start_size
        if network.z_dim:
            self.fc: nn.Module = nn.Linear(network.z_dim, 16 * width * self.start_size[0] * self.start_size[1])
        else:
            self.fc = nn.Conv2d(network.input_channels, 16 * width, 3, padding=1)

    def forward(self, seg: Tensor, style: Tensor | None) -> Tensor:
        if style is None:
            x = self.fc(F.interpolate(seg, size=self.start_size, mode="nearest"))
        else:
            x = self.fc(style)
            x = x.view(len(x), -1, *self.start_size)
        return self.decode(x, seg)


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of a SPADE generator, with the same weights."""
    assert isinstance(network, Spade)
    made = _Generator(network)
    made.load_state_dict(network.state_dict())
    made.to(next(network.parameters()).device).train(network.training)
    return made
