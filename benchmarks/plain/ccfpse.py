"""CC-FPSE's generator as plain PyTorch: the layer list of the paper, predicted weights unfolded."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import spectral_norm

from benchmarks.plain.spade import Norm
from generators import Generator
from generators.ccfpse import BLOCKS, CCFPSE


def unfolded(x: Tensor, weights: Tensor) -> Tensor:
    """Convolve each channel and pixel of x, (N, C, h, w), with weights of its own, (N, 9 * C, h, w)."""
    n, channels, height, width = x.shape
    windows = F.unfold(x, 3, padding=1).view(n, channels, 9, height, width)
    return (windows * weights.view(n, channels, 9, height, width)).sum(2)


class _Block(nn.Module):
    def __init__(self, fin: int, fout: int, channels: int, hidden: int) -> None:
        super().__init__()
        self.gen_weights1 = _predictor(channels, hidden, 9 * fin)
        self.gen_weights2 = _predictor(channels, hidden, 9 * fout)
        self.gen_se_weights1 = nn.Sequential(*_predictor(channels, hidden, fout), nn.Sigmoid())
        self.gen_se_weights2 = nn.Sequential(*_predictor(channels, hidden, fout), nn.Sigmoid())
        self.norm_1, self.norm_2 = nn.BatchNorm2d(fin), nn.BatchNorm2d(fout)
        self.conv_1, self.conv_3 = nn.Conv2d(fin, fout, 1), nn.Conv2d(fout, fout, 1)
        if fin != fout:
            self.conv_s = spectral_norm(nn.Conv2d(fin, fout, 1, bias=False))
            self.norm_s = Norm(fin, channels, hidden)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        skip = self.conv_s(self.norm_s(x, condition)) if hasattr(self, "conv_s") else x
        dx = unfolded(self.norm_1(x), self.gen_weights1(condition))
        dx = F.leaky_relu(self.conv_1(dx) * self.gen_se_weights1(condition), 0.2)
        dx = unfolded(self.norm_2(dx), self.gen_weights2(condition))
        dx = F.leaky_relu(self.conv_3(dx) * self.gen_se_weights2(condition), 0.2)
        out: Tensor = skip + dx
        return out


class _Generator(nn.Module):
    def __init__(self, network: CCFPSE) -> None:
        super().__init__()
        w, channels, self.depth = network.width, network.cond_channels, network.halvings
        self.start_size, self.unknown, self.labels = network.start_size, network.unknown_first, network.num_labels
        hidden = network.head_0.gen_weights1[0].out_channels
        if network.z_dim:
            self.fc: nn.Module = nn.Linear(network.z_dim, 16 * w * self.start_size[0] * self.start_size[1])
        else:
            self.fc = nn.Conv2d(channels, 16 * w, 3, padding=1)
        self.labelenc1 = _layer(channels, w, 3)
        for i in range(1, self.depth + 1):
            setattr(self, f"labelenc{i + 1}", _layer(w, w, 3, stride=2))
            setattr(self, f"labellat{i}", _layer(w, w, 1))
            setattr(self, f"labeldec{i}", _layer(w, w, 3))
        for name, (fin, fout) in zip(BLOCKS, itertools.pairwise((16, 16, 16, 16, 8, 4, 2, 1)), strict=True):
            setattr(self, name, _Block(fin * w, fout * w, channels + w, hidden))
        self.conv_img = nn.Conv2d(w, 3, 3, padding=1)
        self.up = nn.Upsample(scale_factor=2)

    def forward(self, seg: Tensor, style: Tensor | None) -> Tensor:
        if self.unknown:
            last = self.labels - 1
            seg = torch.cat((seg[:, last : last + 1], seg[:, :last], seg[:, last + 1 :]), dim=1)
        encoded = [self.labelenc1(seg)]
        for i in range(2, self.depth + 2):
            encoded.append(getattr(self, f"labelenc{i}")(encoded[-1]))
        features = [encoded[-1]]
        for i in range(1, self.depth + 1):
            merged = self.up(features[-1]) + getattr(self, f"labellat{i}")(encoded[-1 - i])
            features.append(getattr(self, f"labeldec{i}")(merged))

        if style is None:
            x = self.fc(F.interpolate(seg, size=self.start_size, mode="nearest"))
        else:
            x = self.fc(style).view(len(style), -1, *self.start_size)
        x = self._block("head_0", x, seg, features[0])
        x = self._block("G_middle_0", self.up(x), seg, features[1])
        if self.depth == 6:
            x = self._block("G_middle_1", self.up(x), seg, features[2])
        else:
            x = self._block("G_middle_1", x, seg, features[1])
        for name, condition in zip(("up_0", "up_1", "up_2", "up_3"), features[-4:], strict=True):
            x = self._block(name, self.up(x), seg, condition)
        return torch.tanh(self.conv_img(F.leaky_relu(x, 0.2)))

    def _block(self, name: str, x: Tensor, seg: Tensor, features: Tensor) -> Tensor:
        condition = torch.cat((F.interpolate(seg, size=x.shape[2:], mode="nearest"), features), dim=1)
        out: Tensor = getattr(self, name)(x, condition)
        return out


def _predictor(channels: int, hidden: int, out: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, hidden, 3, padding=1), nn.ReLU(), nn.Conv2d(hidden, out, 3, padding=1))


def _layer(fin: int, fout: int, kernel: int, stride: int = 1) -> nn.Sequential:
    conv = spectral_norm(nn.Conv2d(fin, fout, kernel, stride=stride, padding=kernel // 2, bias=False))
    return nn.Sequential(nn.Sequential(conv, nn.BatchNorm2d(fout)), nn.LeakyReLU(0.2))


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of a CC-FPSE generator, with the same weights."""
    assert isinstance(network, CCFPSE)
    made = _Generator(network)
    used = {k: v for k, v in network.state_dict().items() if not k.startswith(network.unused_parameters)}
    made.load_state_dict(used)
    made.to(next(network.parameters()).device).train(network.training)
    return made
