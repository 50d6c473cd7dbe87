"""Images and states that the tests of the networks share."""

from __future__ import annotations

import torch
from torch import Tensor


def noise(n: int, height: int, width: int, seed: int = 0) -> Tensor:
    """Random bytes (n, 3, height, width)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (n, 3, height, width), generator=generator).to(torch.uint8)


def relative_error(found: Tensor, expected: Tensor) -> float:
    """Largest error over the largest expected value; shapes must agree."""
    assert found.shape == expected.shape
    return float((found.double() - expected.double()).abs().max() / expected.double().abs().max())
