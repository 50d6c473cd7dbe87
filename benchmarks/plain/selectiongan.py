"""SelectionGAN's generator as plain PyTorch: two U-Nets, the 440-channel map, its convolution, ten images."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators import Generator
from generators._selectiongan_module import SelectionModule
from generators.layers.unet import UNet
from generators.selectiongan import SelectionGAN


class _Block(nn.Module):
    """A level of the U-Net with its skip, around the level below."""

    def __init__(self, outer: int, inner: int, below: nn.Module | None, drop: bool) -> None:
        super().__init__()
        down: list[nn.Module] = [nn.LeakyReLU(0.2), nn.Conv2d(outer, inner, 4, 2, 1, bias=False)]
        up: list[nn.Module] = [nn.ReLU()]
        if below is None:
            up += [nn.ConvTranspose2d(inner, outer, 4, 2, 1, bias=False), nn.BatchNorm2d(outer)]
            self.model = nn.Sequential(*down, *up)
        else:
            down.append(nn.BatchNorm2d(inner))
            up += [nn.ConvTranspose2d(2 * inner, outer, 4, 2, 1, bias=False), nn.BatchNorm2d(outer)]
            self.model = nn.Sequential(*down, below, *up, *([nn.Dropout(0.5)] if drop else []))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat((x, self.model(x)), dim=1)


class _UNet(nn.Module):
    def __init__(self, fin: int, fout: int, width: int, levels: int) -> None:
        super().__init__()
        widths = [width * min(2**k, 8) for k in range(levels)]
        below = None
        for level in range(levels - 1, 0, -1):
            below = _Block(widths[level - 1], widths[level], below, 4 <= level < levels - 1)
        assert below is not None
        self.model = nn.ModuleList(
            [nn.Conv2d(fin, width, 4, 2, 1, bias=False), below, nn.ReLU(), nn.ConvTranspose2d(2 * width, fout, 4, 2, 1)]
        )

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        for layer in self.model[:3]:
            x = layer(x)
        return x, torch.tanh(self.model[3](x))


class PlainModule(nn.Module):
    """The selection module as the paper lists it."""

    def __init__(self, features: int, middle: int, choices: int) -> None:
        super().__init__()
        channels = middle + 6
        self.choices = choices
        self.deconvolution_1 = nn.ConvTranspose2d(features, middle, 2, 2)
        self.model_attention = nn.Conv2d(channels, choices, 1)
        self.model_image = nn.Conv2d(channels, 3 * choices, 3, padding=1)
        self.conv330 = nn.Conv2d(3 * channels, channels, 3, padding=1)
        self.conv440 = nn.Conv2d(4 * channels, channels, 3, padding=1)
        self.convolution_for_attention = nn.Conv2d(choices, 1, 1)

    def forward(self, features: Tensor, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return image, uncertainty and attentions."""
        x = F.relu(F.dropout(self.deconvolution_1(features), 0.5, self.training))
        x = torch.cat((x, images), dim=1)
        pools = [F.avg_pool2d(x, size) for size in (1, 4, 9)]
        large = [F.interpolate(pool, x.shape[2:], mode="bilinear", align_corners=True) for pool in pools]
        x = self.conv440(torch.cat((*(x * pool for pool in large), x), dim=1))
        attentions = torch.softmax(self.model_attention(x), dim=1)
        made = torch.tanh(self.model_image(x)).split(3, dim=1)
        image = torch.stack([attentions[:, i : i + 1] * made[i] for i in range(self.choices)]).sum(0)
        return image, torch.sigmoid(self.convolution_for_attention(attentions)), attentions


class _Generator(nn.Module):
    def __init__(self, network: SelectionGAN) -> None:
        super().__init__()
        levels, module = network.Gi.levels, network.Ga
        self.Gi = _UNet(6, 3, network.Gi.width, levels)
        self.Gs = _UNet(3, 3, network.Gs.width, levels)
        self.Ga = plain_module(module)

    def forward(self, cond: Tensor) -> Tensor:
        source, semantics = cond[:, :3], cond[:, 3:6]
        of_image, coarse = self.Gi(torch.cat((source, semantics), dim=1))
        of_semantics, _ = self.Gs(coarse)
        image: Tensor = self.Ga(torch.cat((of_image, of_semantics), dim=1), torch.cat((source, coarse), dim=1))[0]
        return image


def plain_module(module: SelectionModule) -> PlainModule:
    """Return the plain form of a selection module, with the same weights."""
    features, middle, _, _ = module.deconvolution_1.weight.shape
    copy = PlainModule(features, middle, module.model_attention.out_channels)
    copy.load_state_dict(module.state_dict())
    return copy.to(module.conv440.weight.device).train(module.training)


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of a SelectionGAN generator, with the same weights."""
    assert isinstance(network, SelectionGAN)
    copy = _Generator(network)
    for name in ("Gi", "Gs"):
        ours: UNet = network.get_submodule(name)  # type: ignore[assignment]
        # same tensors in the same order: levels, outermost first, each with what comes before and behind the next
        theirs = copy.get_submodule(name)
        theirs.load_state_dict(dict(zip(theirs.state_dict(), ours.state_dict().values(), strict=True)))
    copy.to(next(network.parameters()).device).train(network.training)

    def forward(cond: Tensor, noise: Tensor | None) -> Tensor:
        image: Tensor = copy(cond)
        return image

    return forward
