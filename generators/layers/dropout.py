"""Dropout whose decisions may be given, so that an image can depend on a seed where dropout is part of the noise."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


class Dropout:
    """Dropout of a half in one pass through a network: by torch's own random numbers, by given ones, or none.

    Args:
        training: Whether to drop where no numbers are given.
        kept: Numbers for every value that dropout meets on the way, in order, (N, values): 1 keeps a value, 0 drops it.
            They decide in evaluation as well.
    """

    def __init__(self, training: bool, kept: Tensor | None = None) -> None:
        self._training, self._kept = training, kept

    def __call__(self, x: Tensor) -> Tensor:
        """Drop values of (N, C, H, W); what is kept is doubled."""
        if self._kept is None:
            return F.dropout(x, 0.5, self._training)
        size = x[0].numel()
        kept, self._kept = self._kept[:, :size], self._kept[:, size:]
        return x * (kept.view_as(x) * 2)
