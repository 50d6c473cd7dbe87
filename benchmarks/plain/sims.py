"""SIMS' synthesis network as plain PyTorch: the layer list of the official graph, one module after the other.

What is measured is this network alone, on a canvas that is all black and unpainted: retrieval needs a memory bank, and
a plain form of it would be another retrieval.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators import Generator
from generators.sims import Sims

ENCODER = ((2, 1), (2, 2), (3, 4), (3, 8), (3, 8), (3, 8))
"""Convolutions, and their width over that of the first level."""


def _convs(fin: int, fout: int, count: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for i in range(count):
        layers.append(nn.Conv2d(fin if i == 0 else fout, fout, 3, padding=1, bias=False))
        layers += [nn.GroupNorm(1, fout, eps=1e-12), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers)


def _resize(x: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(x, size=size, mode="bilinear", align_corners=True)


class _Synthesis(nn.Module):
    """Layout, canvas and mask to image (before clipping) and semantic logits."""

    def __init__(self, labels: int, width: int) -> None:
        super().__init__()
        inputs = fin = labels + 4
        self.encoder, self.decoder = nn.ModuleList(), nn.ModuleList()
        for count, factor in ENCODER:
            self.encoder.append(_convs(fin, factor * width, count))
            fin = factor * width
        below = 0
        for level in range(6, 0, -1):
            fout = (8 if level > 1 else 4) * width
            self.decoder.append(_convs(inputs + ENCODER[level - 1][1] * width + below, fout, 2))
            below = fout
        self.final = _convs(inputs + below, 4 * width, 2)
        self.image, self.semantic = nn.Conv2d(4 * width, 3, 1), nn.Conv2d(4 * width, labels, 1)

    def forward(self, layout: Tensor, canvas: Tensor, painted: Tensor) -> tuple[Tensor, Tensor]:
        inputs = torch.cat((layout, canvas, painted), dim=1)
        height, width = inputs.shape[2:]
        x, pools = inputs, []
        for convs in self.encoder:
            x = F.pad(convs(x), (0, 1, 0, 1))
            counted = F.pad(torch.ones_like(x[:1, :1, :-1, :-1]), (0, 1, 0, 1))
            x = F.avg_pool2d(x, 3, 2) / F.avg_pool2d(counted, 3, 2)
            pools.append(x)
        parts: list[Tensor] = []
        for level, convs in zip(range(6, 0, -1), self.decoder, strict=True):
            size = (height // 2**level, width // 2**level)
            x = convs(torch.cat([_resize(inputs, size), pools[level - 1], *parts], dim=1))
            x = _resize(x, (2 * size[0], 2 * size[1]))
            parts = [x]
        x = self.final(torch.cat((inputs, x), dim=1))
        return self.image(x), self.semantic(x)


def synthesis(network: Generator) -> _Synthesis:
    """Return a plain synthesis network with the weights of ours."""
    assert isinstance(network, Sims)
    assert not network.halved
    state = network.state_dict()
    made = _Synthesis(network.num_labels, state["g_encoder_conv1.g_encoder_conv1_1.weight"].shape[0])
    scopes = [f"g_encoder_conv{i}" for i in range(1, 7)] + [f"g_decoder_conv{i}" for i in range(6, 0, -1)]
    own: dict[str, Tensor] = {}
    for scope, convs in zip([*scopes, "g_decoder_final"], [*made.encoder, *made.decoder, made.final], strict=True):
        place = next(name for name, module in made.named_modules() if module is convs)
        for i in range(len(convs) // 3):  # type: ignore[arg-type]
            theirs = f"{scope}.{scope}_{i + 1}"
            own[f"{place}.{3 * i}.weight"] = state[f"{theirs}.weight"]
            for part in ("weight", "bias"):
                own[f"{place}.{3 * i + 1}.{part}"] = state[f"{theirs}.LayerNorm.{part}"]
    for head, theirs in (
        ("image", f"g_{network.size[0]}_conv100"),
        ("semantic", f"g_semantic_{network.size[0]}_conv100"),
    ):
        for part in ("weight", "bias"):
            own[f"{head}.{part}"] = state[f"{theirs}.{part}"]
    made.load_state_dict(own)
    return made.eval()


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain synthesis network, from a layout and a blank canvas to the image."""
    made = synthesis(network)
    return lambda cond, noise: made(cond, *_blank(cond))[0].clamp(-1, 1)


def ours(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return our synthesis network, from a layout and a blank canvas to the image."""
    assert isinstance(network, Sims)
    return lambda cond, noise: network.synthesise(cond, *_blank(cond))[0].clamp(-1, 1)


def _blank(cond: Tensor) -> tuple[Tensor, Tensor]:
    return torch.zeros_like(cond[:, :3]), torch.zeros_like(cond[:, :1])
