"""FID with the image preparation of pytorch-fid and OASIS.

Same network and distance as `fid`; images are resized to 299x299 by torch (bilinear, half-pixel centres, no antialias)
and scaled to 2x - 1 with x in 0..1. pytorch-fid, clean-fid's "legacy_pytorch" and the FID inside OASIS do so; the
original TensorFlow code and torch-fidelity shift the sampling grid by half a pixel (`fid`). On 5000 faces the two gave
8.967 and 8.973 (clean-fid's documentation): small, and still two columns. OASIS moreover feeds images that were never
rounded to bytes; here, as everywhere, the quantised image is judged.
"""

from __future__ import annotations

from sisbench.metrics import register
from sisbench.metrics.frechet import FrechetDistance


@register("fid_torch")
class FIDTorch(FrechetDistance):
    """Fréchet distance of 2048 Inception features of images that torch resized."""

    needs = "feature:inception-torch"
    outputs = ("fid_torch",)
