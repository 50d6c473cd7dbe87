"""The layout transfer of Zhai et al. as plain PyTorch: every pair of cells with its whole input."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from generators import Generator
from generators.zhai import Zhai


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form, which shares the weights."""
    assert isinstance(network, Zhai)
    ours = network

    def forward(cond: Tensor, noise: Tensor | None) -> Tensor:
        x = F.interpolate(cond[:, :3], ours.source_size, mode="bilinear", antialias=True)
        found = []
        for group in ours.groups:
            found.append(group(F.max_pool2d(found[-1], 2) if found else x))
        (h, w), (rows, columns) = ours.source_cells, ours.target_cells
        features = torch.cat([F.interpolate(each, (h, w), mode="bilinear") for each in found], dim=1)
        content = ours.content(found[-1]).flatten(1)
        n = len(cond)
        y, x_ = torch.meshgrid(torch.arange(rows) / (rows - 1), torch.arange(columns) / (columns - 1), indexing="ij")
        i, j = torch.meshgrid(torch.arange(h) / (h - 1), torch.arange(w) / (w - 1), indexing="ij")
        source = torch.stack((i, j), dim=-1).view(1, 1, h * w, 2).expand(n, rows * columns, -1, -1)
        target = torch.stack((y, x_), dim=-1).view(1, rows * columns, 1, 2).expand(n, -1, h * w, -1)
        whole = content[:, None, None].expand(-1, rows * columns, h * w, -1)
        pairs = torch.cat((source.to(whole), target.to(whole), whole), dim=3)
        transfer = ours.attention(pairs).squeeze(3).softmax(2)
        logits = (ours.labels(features).flatten(2) @ transfer.transpose(1, 2)).view(n, -1, rows, columns) + ours.bias
        shares = F.interpolate(logits, ours.size, mode="bilinear").softmax(1)
        return torch.einsum("nkhw,kc->nchw", shares, ours.colours)

    return forward
