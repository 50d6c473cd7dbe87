"""LGGAN's generator as plain PyTorch: the layer list of the paper, a masked copy of the features for every class."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.plain.spade import Decoder
from generators import Generator
from generators.lggan import LGGAN


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect")
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect")

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(F.instance_norm(self.conv1(x)))
        return x + F.instance_norm(self.conv2(y))


def _up(fin: int, fout: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(fin, fout, 3, stride=2, padding=1, output_padding=1)


class _Generator(Decoder):
    def __init__(self, network: LGGAN) -> None:
        w, hidden = network.conv1.out_channels, network.head_0.norm_0.mlp_gamma.in_channels
        channels = network.cond_channels
        super().__init__(channels, w, hidden, network.upsampling)
        self.classes, self.branches = network.local_classes, network.branches
        self.labels, self.start_size = network.num_labels, network.start_size
        self.fc = nn.Conv2d(channels, 16 * w, 3, padding=1)
        self.conv1 = nn.Conv2d(channels, w, 7, padding=3, padding_mode="reflect")
        for i in range(2, 6):
            self.add_module(f"conv{i}", nn.Conv2d(w * 2 ** (i - 2), w * 2 ** (i - 1), 3, stride=2, padding=1))
        for i in range(1, 10):
            self.add_module(f"resnet_blocks{i}", _Residual(4 * w))
        for branch in ("local", "attention"):
            self.add_module(f"deconv3_{branch}", _up(4 * w, 2 * w))
            self.add_module(f"deconv4_{branch}", _up(2 * w, w))
        for i in range(self.branches):
            self.add_module(f"deconv5_{i}", nn.Conv2d(w, 3, 7))
        self.deconv9 = nn.Conv2d(3 * self.branches, 3, 3, padding=1)
        self.fc2 = nn.Linear(w, self.classes)
        self.deconv5_attention = nn.Conv2d(w, 2, 1)

    def forward(self, cond: Tensor, noise: Tensor | None) -> Tensor:
        maps = [cond]
        for i in range(1, 6):
            maps.append(F.relu(F.instance_norm(self.get_submodule(f"conv{i}")(maps[-1]))))
        shared, deepest = maps[3], maps[5]
        image = self.decode(F.interpolate(deepest, size=self.start_size, mode="nearest"), cond)

        x = shared
        for i in range(1, 10):
            x = self.get_submodule(f"resnet_blocks{i}")(x)
        features = self._upsample(x, "local")
        masks = list(cond[:, : self.classes].split(1, dim=1))
        if self.branches > self.classes:
            masks.append(cond[:, self.classes : self.labels].sum(dim=1, keepdim=True))
        planes = []
        for i, mask in enumerate(masks):
            filtered = F.pad(features * mask, (3, 3, 3, 3), mode="reflect")
            planes.append(torch.tanh(self.get_submodule(f"deconv5_{i}")(filtered)))
        local = torch.tanh(self.deconv9(torch.cat(planes, dim=1)))

        weights = torch.softmax(self.deconv5_attention(self._upsample(shared, "attention")), dim=1)
        return weights[:, :1] * local + weights[:, 1:] * image

    def _upsample(self, x: Tensor, branch: str) -> Tensor:
        for i in (3, 4):
            x = F.relu(F.instance_norm(self.get_submodule(f"deconv{i}_{branch}")(x)))
        return x


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of an LGGAN generator, with the same weights."""
    assert isinstance(network, LGGAN)
    made = _Generator(network)
    made.load_state_dict(network.state_dict())
    made.to(next(network.parameters()).device).train(network.training)
    return made
