"""Fréchet distance of DINOv2 features (Stein et al., "Exposing flaws of generative model evaluation metrics", 2023).

People agree with it more often than with FID: Inception was trained on object classes, DINOv2 on no labels at all. Its
scale has nothing to do with that of FID; the two never share a column. The network is given as a weights file.
"""

from __future__ import annotations

from sisbench.metrics import register
from sisbench.metrics.frechet import FrechetDistance


@register("fd_dinov2")
class FDDINOv2(FrechetDistance):
    """Fréchet distance of DINOv2's image features (ViT-L/14: 1024)."""

    needs = "feature:dinov2"
    outputs = ("fd_dinov2",)
