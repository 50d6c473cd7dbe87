"""Fréchet distance of EfficientNet-Lite0 features: works offline, and is not FID.

Its weights come with a Python package, so it is there on every machine. Its scale has nothing to do with that of FID;
the two never share a column.
"""

from __future__ import annotations

from sisbench.metrics import register
from sisbench.metrics.frechet import FrechetDistance


@register("fd_effnet")
class FDEffNet(FrechetDistance):
    """Fréchet distance of the 1280 pooled features of EfficientNet-Lite0."""

    needs = "feature:effnet"
    outputs = ("fd_effnet",)
