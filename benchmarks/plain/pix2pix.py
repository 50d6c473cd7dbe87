"""Pix2pix's networks as plain PyTorch: the layer lists, one module after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from generators import CrossViewGenerator, Generator
from generators.layers.unet import UNet
from generators.pix2pix import Pix2Pix


class EncoderDecoder(nn.Module):
    """The encoder-decoder, with one end or two.

    Args:
        channels: Channels in.
        width: Channels of the outermost layer.
        levels: Layers of the encoder.
        ends: Channels of every output.
    """

    def __init__(self, channels: int, width: int, levels: int, ends: list[int]) -> None:
        super().__init__()
        widths = [width * min(2**k, 8) for k in range(levels)]
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1)]
        for fin, fout in itertools.pairwise(widths):
            layers += [nn.LeakyReLU(0.2, True), nn.Conv2d(fin, fout, 4, 2, 1), nn.BatchNorm2d(fout)]
        back = widths[::-1]
        for k, (fin, fout) in enumerate(itertools.pairwise(back[:-1])):
            layers += [nn.ReLU(True), nn.ConvTranspose2d(fin, fout, 4, 2, 1), nn.BatchNorm2d(fout)]
            layers += [nn.Dropout(0.5)] if k < levels - 5 else []
        self.shared = nn.Sequential(*layers, nn.ReLU(True))
        self.ends = nn.ModuleList(
            nn.Sequential(
                nn.ConvTranspose2d(back[-2], width, 4, 2, 1),
                nn.BatchNorm2d(width),
                nn.ReLU(True),
                nn.ConvTranspose2d(width, fout, 4, 2, 1),
                nn.Tanh(),
            )
            for fout in ends
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Compute every output."""
        x = self.shared(x)
        return [end(x) for end in self.ends]


class _Block(nn.Module):
    def __init__(self, widths: list[int], level: int, below: nn.Module | None) -> None:
        super().__init__()
        outer, inner = widths[level - 1], widths[level]
        down = [nn.LeakyReLU(0.2, True), nn.Conv2d(outer, inner, 4, 2, 1, bias=False)]
        fin = inner if below is None else 2 * inner
        up = [nn.ReLU(True), nn.ConvTranspose2d(fin, outer, 4, 2, 1, bias=False), nn.BatchNorm2d(outer)]
        middle = [] if below is None else [nn.BatchNorm2d(inner), below]
        drop = [nn.Dropout(0.5)] if below is not None and level >= 4 else []
        self.model = nn.Sequential(*down, *middle, *up, *drop)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((x, self.model(x)), dim=1)


class _UNet(nn.Module):
    def __init__(self, channels: int, width: int, levels: int) -> None:
        super().__init__()
        widths = [width * min(2**k, 8) for k in range(levels)]
        below: nn.Module | None = None
        for level in reversed(range(1, levels)):
            below = _Block(widths, level, below)
        assert below is not None
        up = [nn.ReLU(True), nn.ConvTranspose2d(2 * width, 3, 4, 2, 1), nn.Tanh()]
        self.model = nn.Sequential(nn.Conv2d(channels, width, 4, 2, 1, bias=False), below, *up)

    def forward(self, x: Tensor) -> list[Tensor]:
        return [self.model(x)]


def taken_over(copy: nn.Module, network: nn.Module) -> nn.Module:
    """Give a plain network the weights of ours, whose layers are called in the same order, and its mode and device."""
    values = list(network.state_dict().values())
    copy.load_state_dict(dict(zip(copy.state_dict(), values, strict=True)))
    return copy.to(next(network.parameters()).device).train(network.training)


def seen(network: CrossViewGenerator, cond: Tensor) -> Tensor:
    """Return what a network of X-Fork's family sees of a condition."""
    source, semantics, _ = network.parts(cond)
    return source if network.input_channels == 3 else torch.cat((source, semantics), dim=1)


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of a Pix2pix generator of RGB that is used in evaluation mode, with the same weights."""
    assert isinstance(network, Pix2Pix) and not network.bgr and network.test_mode == "eval"
    model = network.model
    channels = network.input_channels
    if isinstance(model, UNet):
        form = taken_over(_UNet(channels, model.width, model.levels), model)
    else:
        form = taken_over(EncoderDecoder(channels, model.width, model.levels, [3]), model)

    def forward(cond: Tensor, noise: Tensor | None) -> Tensor:
        image: Tensor = form(seen(network, cond))[0]
        return image

    return forward
