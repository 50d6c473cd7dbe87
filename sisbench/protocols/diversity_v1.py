"""How much several images of one layout differ: any number of them, at any size."""

from __future__ import annotations

from sisbench.card import ANY, Protocol, Scoring
from sisbench.protocols import DIVERSITY, register

PROTOCOL = register(
    Protocol(
        name=DIVERSITY,
        source="this project; metrics of oasis-2021-diversity",
        metrics=("ms_ssim", "lpips_vgg", "lpips_alex"),
        scorings=(Scoring(dataset=ANY, size=None, segmentation=None),),
        images_per_layout=None,
        note="Mean over all pairs of a layout, then over layouts. The mean over pairs does not depend on the number of "
        "images, its error does: ten images (45 pairs) are what we recommend.",
    )
)
