"""FID: Fréchet distance of Inception features (Heusel et al., "GANs trained by a two time-scale update rule", 2017)."""

from __future__ import annotations

from sisbench.metrics import register
from sisbench.metrics.frechet import FrechetDistance


@register("fid")
class FID(FrechetDistance):
    """Fréchet distance of the 2048 pooled features of the TensorFlow Inception network of 2015-12-05."""

    needs = "feature:inception"
    outputs = ("fid",)
