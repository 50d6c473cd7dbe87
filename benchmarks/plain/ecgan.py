"""ECGAN's generator as plain PyTorch: the layer list of the fact sheets, one module after the other."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.plain.spade import Decoder
from generators import Generator
from generators.ecgan import Ecgan


class _Generator(Decoder):
    def __init__(self, network: Ecgan) -> None:
        width, hidden = network.fc.out_channels // 16, network.head_0.norm_0.mlp_gamma.in_channels
        channels, classes = network.cond_channels, network.classes
        super().__init__(channels, width, hidden, network.upsampling)
        last = self.conv_img.in_channels
        self.conv_img = nn.Identity()
        self.start_size = network.start_size
        self.fc = nn.Conv2d(channels, 16 * width, 3, padding=1)
        self.fc1 = nn.Linear(classes, classes)
        for head in ("edge", "img"):
            for i, (fin, fout) in enumerate(itertools.pairwise((last, 32, 16, 8, 3)), start=1):
                self.add_module(f"conv_{head}{i}", nn.Conv2d(fin, fout, 3, padding=1))
        joint = last + 6 + channels
        self.conv_comb1 = nn.Conv2d(joint, classes, 3, padding=1)
        self.conv_comb2 = nn.Conv2d(classes, joint, 3, padding=1)
        self.conv_comb = nn.Conv2d(joint, 3, 3, padding=1)

    def forward(self, seg: Tensor, noise: Tensor | None) -> Tensor:
        x = self.features(self.fc(F.interpolate(seg, size=self.start_size, mode="nearest")), seg)
        edge = image = x
        for i in range(1, 5):
            edge = self.get_submodule(f"conv_edge{i}")(F.leaky_relu(edge, 0.2))
            image = self.get_submodule(f"conv_img{i}")(F.leaky_relu(image, 0.2))
            if i < 4:
                image = image * (1 + torch.sigmoid(edge))
        edge = torch.tanh(edge)
        image = torch.tanh(image) * (1 + torch.sigmoid(edge))
        joint = torch.cat((x, image, edge, seg), dim=1)
        maps = self.conv_comb1(F.leaky_relu(joint, 0.2))
        maps = maps * (1 + torch.sigmoid(F.adaptive_avg_pool2d(maps, 1)))
        joint = self.conv_comb2(F.leaky_relu(maps, 0.2))
        return torch.tanh(self.conv_comb(F.leaky_relu(joint, 0.2)))


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of an ECGAN generator, with the same weights."""
    assert isinstance(network, Ecgan)
    made = _Generator(network)
    made.load_state_dict(network.state_dict())
    made.to(next(network.parameters()).device).train(network.training)
    return made
