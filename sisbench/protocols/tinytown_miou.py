"""mIoU on tinytown at the resolutions that are in use on Cityscapes, one preset each: to see what the choice changes.

The network is tinytown's own small DRN, which was trained on images of twice the size.
"""

from __future__ import annotations

from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.protocols import register

_DRN = "drn_d_22_quarter.tinytown"
_SIZE, _DOUBLE, _HALF = (128, 256), (256, 512), (64, 128)

NATIVE = register(
    Protocol(
        name="tinytown-native",
        source="this project, by analogy with cityscapes-native",
        metrics=("miou",),
        scorings=(Scoring("tinytown", _SIZE, Segmentation(_DRN, reading="single")),),
    )
)

UP = register(
    Protocol(
        name="tinytown-up",
        source="this project, by analogy with cityscapes-up",
        metrics=("miou",),
        scorings=(
            Scoring(
                dataset="tinytown",
                size=None,
                segmentation=Segmentation(
                    segmenter=_DRN,
                    reading="single",
                    input_size=_DOUBLE,
                    truth_size=_DOUBLE,
                    ignored_pixels="count_wrong",
                ),
            ),
        ),
    )
)

LOGITS_UP = register(
    Protocol(
        name="tinytown-logits-up",
        source="this project, by analogy with cityscapes-logits-up",
        metrics=("miou",),
        scorings=(Scoring("tinytown", _SIZE, Segmentation(_DRN, reading="single", truth_size=_DOUBLE)),),
    )
)

MULTI_SCALE_64 = register(
    Protocol(
        name="tinytown-64-ms",
        source="this project, by analogy with cityscapes-128-ms",
        metrics=("miou",),
        scorings=(
            Scoring(
                dataset="tinytown",
                size=None,
                segmentation=Segmentation(_DRN, reading="multi-scale", input_size=_HALF, truth_size=_HALF),
            ),
        ),
    )
)
