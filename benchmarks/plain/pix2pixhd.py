"""pix2pixHD's generators as plain PyTorch: the layer list of the paper, one module after the other."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F

from generators import Generator
from generators.pix2pixhd import Pix2PixHD


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width),
            nn.ReLU(True),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv_block(x)


class _Generator(nn.Module):
    def __init__(self, channels: int, width: int, downsamplings: int, blocks: int, enhancers: int, local: int) -> None:
        super().__init__()
        self.enhancers = enhancers
        w = width * 2**enhancers
        layers = _stem(channels, w)
        for i in range(downsamplings):
            layers += _down(w * 2**i)
        layers += [_Block(w * 2**downsamplings) for _ in range(blocks)]
        for i in reversed(range(downsamplings)):
            layers += _up(w * 2**i)
        self.model = nn.Sequential(*layers, *([] if enhancers else _head(width)))
        for n in range(1, enhancers + 1):
            w = width * 2 ** (enhancers - n)
            self.add_module(f"model{n}_1", nn.Sequential(*_stem(channels, w), *_down(w)))
            layers = [*(_Block(2 * w) for _ in range(local)), *_up(w), *(_head(w) if n == enhancers else [])]
            self.add_module(f"model{n}_2", nn.Sequential(*layers))

    def forward(self, cond: Tensor, noise: Tensor | None = None) -> Tensor:
        pyramid = [cond]
        for _ in range(self.enhancers):
            pyramid.append(F.avg_pool2d(pyramid[-1], 3, stride=2, padding=1, count_include_pad=False))
        x: Tensor = self.model(pyramid[-1])
        for n in range(1, self.enhancers + 1):
            fine = self.get_submodule(f"model{n}_1")(pyramid[self.enhancers - n])
            x = self.get_submodule(f"model{n}_2")(fine + x)
        return x


def _stem(channels: int, width: int) -> list[nn.Module]:
    return [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7), nn.InstanceNorm2d(width), nn.ReLU(True)]


def _down(width: int) -> list[nn.Module]:
    return [nn.Conv2d(width, 2 * width, 3, stride=2, padding=1), nn.InstanceNorm2d(2 * width), nn.ReLU(True)]


def _up(width: int) -> list[nn.Module]:
    conv = nn.ConvTranspose2d(2 * width, width, 3, stride=2, padding=1, output_padding=1)
    return [conv, nn.InstanceNorm2d(width), nn.ReLU(True)]


def _head(width: int) -> list[nn.Module]:
    return [nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()]


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of a pix2pixHD generator without instance features, with the same weights."""
    assert isinstance(network, Pix2PixHD) and not network.features
    copy = _Generator(
        network.cond_channels,
        network.width,
        network.downsamplings,
        network.blocks,
        network.enhancers,
        network.local_blocks,
    )
    copy.load_state_dict(network.state_dict())
    return copy.to(next(network.parameters()).device).train(network.training)
