"""Inputs that are functions of their coordinates, and what is pinned of an output."""

from __future__ import annotations

import torch
from torch import Tensor

TOLERANCE = 2e-5
"""Another order of additions moves pinned numbers by 2e-6, another architecture by 1e-2 and more."""


def cond(labels: int, edges: bool, size: tuple[int, int]) -> Tensor:
    """Oblique stripes of all labels, different in two samples; edges on a grid."""
    n, y, x = torch.meshgrid(torch.arange(2), torch.arange(size[0]), torch.arange(size[1]), indexing="ij")
    layout = (x // 8 + (2 + n) * (y // 8)) % labels
    one_hot = torch.nn.functional.one_hot(layout, labels).permute(0, 3, 1, 2).float()
    grid = ((x % 8 == 0) | (y % 8 == 0)).float()
    return torch.cat((one_hot, grid[:, None]), dim=1) if edges else one_hot


def waves(*shape: int) -> Tensor:
    """Smooth numbers in [-1, 1]."""
    return torch.arange(torch.tensor(shape).prod().item(), dtype=torch.float64).mul(0.37).sin().float().view(shape)


def summary(x: Tensor) -> list[float]:
    """Mean, deviation, and four values from all over a tensor."""
    flat = x.detach().double().flatten()
    picks = flat[[len(flat) * k // 9 for k in (1, 3, 5, 7)]]
    return [flat.mean().item(), flat.std().item(), *picks.tolist()]
