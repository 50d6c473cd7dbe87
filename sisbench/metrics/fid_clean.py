"""FID with the image preparation of clean-fid (Parmar et al., "On aliased resizing", CVPR 2022), its mode "clean".

Same network and distance as `fid`; images are resized to 299x299 with Pillow's bicubic filter, antialiased, channel by
channel in float, and cut to 0..255. For 256x256 images, which are enlarged, the kernels matter little; for large photos
that must shrink they change the distance by several points.
"""

from __future__ import annotations

from sisbench.metrics import register
from sisbench.metrics.frechet import FrechetDistance


@register("fid_clean")
class FIDClean(FrechetDistance):
    """Fréchet distance of 2048 Inception features of images resized as clean-fid does."""

    needs = "feature:inception-clean"
    outputs = ("fid_clean",)
