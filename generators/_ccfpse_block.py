"""CC-FPSE's residual block: two depthwise convolutions whose weights are predicted from the layout (sec. 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._ccfpse_condition import Condition, convolve_inside
from generators.layers.conditional_conv import conditional_conv
from generators.layers.norms import SpadeNorm, spectral_norm
from generators.layers.predicted_weights import (
    TAPS,
    Predictor,
    channels_first,
    channels_last,
    convolve_predicted,
    convolve_with,
    predict,
)
from generators.layers.winograd import margin

BAND = 2**14
"""Pixels that are painted together on processors, about."""


@dataclass
class Band:
    """What the layout alone determines of half a block, for some rows.

    Attributes:
        rows: The rows.
        weights: Of the conditional convolution: nine times (N, rows, w, C) or, where they are used but once, features
            with a margin and what predicts weights from them.
        gate: Factors of the channels behind it, (N, rows, w, C').
        modulation: Scale and shift of the skip path's norm, (N, rows, w, C); None where the skip path is the identity.
    """

    rows: slice
    weights: list[Tensor] | tuple[Tensor, Predictor]
    gate: Tensor
    modulation: tuple[Tensor, Tensor] | None = None

    def convolve(self, padded: Tensor) -> Tensor:
        """Convolve these rows of x, which has a margin, (N, h + 2, w + 2, C)."""
        own = padded[:, self.rows.start : self.rows.stop + 2]
        if isinstance(self.weights, list):
            return convolve_with(own, self.weights)
        return convolve_predicted(own, *self.weights)


Halves = tuple[Iterable[Band], Iterable[Band]]
"""Both halves of a block, band by band."""


class CCBlock(nn.Module):
    """Residual block of two conditional convolutions, each gated by channel (CC-FPSE, fig. 2).

    Key layout of the official checkpoints, in which three batch norms stand that no output depends on (`UNUSED`).

    Args:
        fin: Channels in.
        fout: Channels out, at most as many; with fewer, the skip path is a SPADE norm and a 1x1 convolution.
        cond_channels: Channels of the condition: layout, and features of the weight prediction network.
        hidden: Width of everything that is predicted from the condition.
    """

    UNUSED = ("norm_0.", "conv_0.norm_layer.", "conv_2.norm_layer.")

    def __init__(self, fin: int, fout: int, cond_channels: int, hidden: int = 128) -> None:
        super().__init__()
        self.gen_weights1 = _predictor(cond_channels, hidden, TAPS * fin)
        self.gen_weights2 = _predictor(cond_channels, hidden, TAPS * fout)
        self.gen_se_weights1 = _predictor(cond_channels, hidden, fout)
        self.gen_se_weights2 = _predictor(cond_channels, hidden, fout)
        self.conv_0 = nn.ModuleDict({"norm_layer": nn.BatchNorm2d(fin)})
        self.norm_0 = nn.BatchNorm2d(fout)
        self.norm_1 = nn.BatchNorm2d(fin)
        self.conv_1 = nn.Conv2d(fin, fout, 1)
        self.conv_2 = nn.ModuleDict({"norm_layer": nn.BatchNorm2d(fout)})
        self.norm_2 = nn.BatchNorm2d(fout)
        self.conv_3 = nn.Conv2d(fout, fout, 1)
        self.learned_skip = fin != fout
        if self.learned_skip:
            self.conv_s = spectral_norm(nn.Conv2d(fin, fout, 1, bias=False))
            self.norm_s = SpadeNorm(fin, cond_channels, hidden)

    def forward(self, x: Tensor, condition: Condition) -> Tensor:
        """Map (N, fin, h, w) to (N, fout, h, w) under the condition of that size."""
        if not (self.training or torch.is_grad_enabled()):
            return self.paint(x, self.halves(condition))
        firsts = self._firsts()
        weight = torch.cat([conv.weight for conv in firsts])
        bias = torch.cat([conv.get_parameter("bias") for conv in firsts])
        hidden = F.relu(F.conv2d(condition.whole(), weight, bias, padding=1)).chunk(len(firsts), dim=1)
        skip = x
        if self.learned_skip:
            skip = self.conv_s(self.norm_s.modulate(x, hidden[4]))  # no activation on the skip
        dx = conditional_conv(self.norm_1(x), hidden[0], *_last_of(self.gen_weights1))
        dx = self.conv_1(dx) * torch.sigmoid(self.gen_se_weights1[2](hidden[1]))
        dx = self.norm_2(F.leaky_relu(dx, 0.2))
        dx = conditional_conv(dx, hidden[2], *_last_of(self.gen_weights2))
        dx = self.conv_3(dx) * torch.sigmoid(self.gen_se_weights2[2](hidden[3]))
        return torch.add(skip, F.leaky_relu(dx, 0.2))

    def _firsts(self) -> list[nn.Conv2d]:
        """First convolutions of the condition: of weights and gate, half by half, and of the skip path's norm."""
        parts = [self.gen_weights1, self.gen_se_weights1, self.gen_weights2, self.gen_se_weights2]
        parts += [self.norm_s.mlp_shared] if self.learned_skip else []
        return [part[0] for part in parts]  # type: ignore[misc]

    # In evaluation: some rows at a time, so that nothing is held for the whole image but x and what becomes of it.

    def halves(self, condition: Condition) -> Halves:
        """What the layout determines, computed when it is asked for, once."""
        return self._first_half(condition), self._second_half(condition)

    def read(self, condition: Condition) -> Halves:
        """What the layout determines, to be used as often as one likes: all weights, predicted."""
        first, second = self.halves(condition)
        return [_kept(band) for band in first], [_kept(band) for band in second]

    def paint(self, x: Tensor, halves: Halves) -> Tensor:
        """Map (N, fin, h, w) to (N, fout, h, w) under what was read of the layout."""
        x = channels_last(x)
        padded = margin(_normed(x, self.norm_1))
        fout = self.conv_1.out_channels
        middle = x.new_zeros(len(x), x.shape[1] + 2, x.shape[2] + 2, fout)
        skip = torch.empty_like(x[..., :fout], memory_format=torch.contiguous_format) if self.learned_skip else x
        for band in halves[0]:
            dx = F.linear(band.convolve(padded), self.conv_1.weight.flatten(1), self.conv_1.bias)
            inner = slice(band.rows.start + 1, band.rows.stop + 1)
            middle[:, inner, 1:-1] = _normed(F.leaky_relu_(dx.mul_(band.gate), 0.2), self.norm_2)
            if band.modulation is not None:
                scale, shift = band.modulation
                y = torch.addcmul(shift, x[:, band.rows], scale)
                skip[:, band.rows] = channels_last(self.conv_s(channels_first(y)))
        del padded
        result = torch.empty_like(skip)
        for band in halves[1]:
            dx = F.linear(band.convolve(middle), self.conv_3.weight.flatten(1), self.conv_3.bias)
            torch.add(skip[:, band.rows], F.leaky_relu_(dx.mul_(band.gate), 0.2), out=result[:, band.rows])
        return channels_first(result)

    def _first_half(self, condition: Condition) -> Iterator[Band]:
        read = condition.reader([conv for i, conv in enumerate(self._firsts()) if i not in (2, 3)])
        predictor = Predictor(*_last_of(self.gen_weights1))
        for rows in _bands(condition.size, condition.device):
            features, of_gate, *of_norm = read(rows.start, rows.stop)
            gate = convolve_inside(of_gate, *_last_of(self.gen_se_weights1)).sigmoid_()
            yield Band(rows, (features, predictor), gate, self._modulation(*of_norm) if of_norm else None)

    def _second_half(self, condition: Condition) -> Iterator[Band]:
        read = condition.reader(self._firsts()[2:4])
        predictor = Predictor(*_last_of(self.gen_weights2))
        for rows in _bands(condition.size, condition.device):
            features, of_gate = read(rows.start, rows.stop)
            gate = convolve_inside(of_gate, *_last_of(self.gen_se_weights2)).sigmoid_()
            yield Band(rows, (features, predictor), gate)

    def _modulation(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Scale and shift of the skip path's norm, its batch norm folded in."""
        norm = self.norm_s
        scale = convolve_inside(hidden, norm.mlp_gamma.weight, norm.mlp_gamma.get_parameter("bias")).add_(1)
        shift = convolve_inside(hidden, norm.mlp_beta.weight, norm.mlp_beta.get_parameter("bias"))
        batch_norm = norm.param_free_norm
        scale.mul_((batch_norm.get_buffer("running_var") + batch_norm.eps).rsqrt())
        return scale, shift.addcmul_(scale, batch_norm.get_buffer("running_mean"), value=-1)


def _predictor(cond_channels: int, hidden: int, channels: int) -> nn.Sequential:
    first = nn.Conv2d(cond_channels, hidden, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(), nn.Conv2d(hidden, channels, 3, padding=1))


def _last_of(predictor: nn.Sequential) -> tuple[Tensor, Tensor]:
    return predictor[2].get_parameter("weight"), predictor[2].get_parameter("bias")


def _kept(band: Band) -> Band:
    """Predict a band's weights."""
    if not isinstance(band.weights, list):
        band.weights = predict(*band.weights)
    return band


def _bands(size: tuple[int, int], device: torch.device) -> list[slice]:
    """Divide the rows of a map: on a GPU into one band, on a processor into bands of about `BAND` pixels."""
    height, width = size
    step = height if device.type != "cpu" else max(4, BAND // width // 4 * 4)
    return [slice(top, min(top + step, height)) for top in range(0, height, step)]


def _normed(x: Tensor, norm: nn.BatchNorm2d) -> Tensor:
    """Batch norm in evaluation, of maps with their channels last: one multiplication and one addition."""
    scale = norm.weight * (norm.get_buffer("running_var") + norm.eps).rsqrt()
    return torch.addcmul(norm.bias - norm.get_buffer("running_mean") * scale, x, scale)
