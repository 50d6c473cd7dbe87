"""Images of waves, whose MS-SSIM was worked out once with pytorch-msssim and torchmetrics."""

from __future__ import annotations

import torch
from torch import Tensor


def waves(*phases: float, size: int = 192) -> Tensor:
    """Return one image for each phase, float64 (N, 3, size, size) in 0..1."""
    axis = torch.arange(size, dtype=torch.float64)
    y, x = axis[:, None], axis[None]
    return torch.stack(
        [
            torch.stack(
                [
                    0.5 + 0.5 * torch.sin(0.05 * x + 0.03 * y + p),
                    0.5 + 0.5 * torch.cos(0.07 * x - 0.02 * y + 0.5 * p),
                    0.5 + 0.25 * torch.sin(0.011 * x * p) + 0.25 * torch.cos(0.09 * y),
                ]
            )
            for p in phases
        ]
    )


X, Y = waves(0.3, 1.0), waves(0.6, 1.1)
