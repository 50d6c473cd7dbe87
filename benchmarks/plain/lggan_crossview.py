"""LGGAN's cross-view generator as plain PyTorch: one masked copy of the features and one convolution for each class."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators import Generator
from generators.lggan_crossview import LGGANCrossView


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3)
        self.conv2 = nn.Conv2d(channels, channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(F.instance_norm(self.conv1(F.pad(x, (1,) * 4, mode="reflect"))))
        return x + F.instance_norm(self.conv2(F.pad(y, (1,) * 4, mode="reflect")))


class _Generator(nn.Module):
    def __init__(self, labels: int, w: int) -> None:
        super().__init__()
        self.labels = labels
        self.conv1 = nn.Conv2d(6, w, 7)
        self.conv2 = nn.Conv2d(w, 2 * w, 3, 2, 1)
        self.conv3 = nn.Conv2d(2 * w, 4 * w, 3, 2, 1)
        for i in range(1, 10):
            self.add_module(f"resnet_blocks{i}", _Residual(4 * w))
        for branch in ("local", "global", "attention"):
            self.add_module(f"deconv3_{branch}", nn.ConvTranspose2d(4 * w, 2 * w, 3, 2, 1, 1))
            self.add_module(f"deconv4_{branch}", nn.ConvTranspose2d(2 * w, w, 3, 2, 1, 1))
        for i in range(1, labels + 2):
            self.add_module(f"deconv5_{i}", nn.Conv2d(w, 3, 7))
        self.deconv5_global = nn.Conv2d(w, 3, 7)
        self.deconv5_attention = nn.Conv2d(w, 2, 1)

    def forward(self, cond: Tensor) -> Tensor:
        x = F.relu(F.instance_norm(self.conv1(F.pad(cond[:, :6], (3,) * 4, mode="reflect"))))
        x = F.relu(F.instance_norm(self.conv2(x)))
        x = F.relu(F.instance_norm(self.conv3(x)))
        for i in range(1, 10):
            x = self.get_submodule(f"resnet_blocks{i}")(x)
        local, glob, attention = (self.branch(x, name) for name in ("local", "global", "attention"))
        images = []
        for i in range(self.labels):
            masked = F.pad(local * cond[:, 6 + i : 7 + i], (3,) * 4, mode="reflect")
            images.append(torch.tanh(self.get_submodule(f"deconv5_{i + 1}")(masked)))
        global_image = torch.tanh(self.deconv5_global(F.pad(glob, (3,) * 4, mode="reflect")))
        weights = torch.softmax(self.deconv5_attention(attention), dim=1)
        image: Tensor = weights[:, :1] * torch.stack(images).sum(0) + weights[:, 1:] * global_image
        return image.clamp(-1, 1)

    def branch(self, x: Tensor, name: str) -> Tensor:
        x = F.relu(F.instance_norm(self.get_submodule(f"deconv3_{name}")(x)))
        return F.relu(F.instance_norm(self.get_submodule(f"deconv4_{name}")(x)))


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of a generator, with the same weights."""
    assert isinstance(network, LGGANCrossView)
    copy = _Generator(network.num_labels, network.conv1.out_channels)
    copy.load_state_dict(network.state_dict())
    copy.to(next(network.parameters()).device).train(network.training)

    def forward(cond: Tensor, noise: Tensor | None) -> Tensor:
        image: Tensor = copy(cond)
        return image

    return forward
