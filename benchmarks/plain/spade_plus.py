"""SPADE+'s generator as plain PyTorch: SPADE's, which may read 3D noise before the layout."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from benchmarks.plain import spade
from generators import Generator
from generators.spade_plus import SpadePlus


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of a SPADE+ generator, with the same weights."""
    assert isinstance(network, SpadePlus)
    made = spade.plain(network)
    if not network.noise_channels:
        return made

    def forward(cond: Tensor, noise: Tensor | None) -> Tensor:
        assert noise is not None
        z = noise if noise.ndim == 4 else noise[:, :, None, None].expand(-1, -1, *cond.shape[2:])
        return made(torch.cat((z, cond), dim=1), None)

    return forward
