"""mIoU on Cityscapes with DRN-D-105, at the four resolutions in use: one preset each.

The network, its weights and the 19 classes are the same; what differs is the size at which it sees the images, and the
size at which its answer meets the truth. Numbers of two presets do not compare.
"""

from __future__ import annotations

from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.protocols import register

_DRN = "drn_d_105.cityscapes"
_FULL = (1024, 2048)

NATIVE = register(
    Protocol(
        name="cityscapes-native",
        source="authors of OASIS (boschresearch/OASIS#5) and CLADE (without --ms: tzt101/CLADE#3); most likely USIS "
        "too (Computers & Graphics 2023), which re-scores OASIS at 69.7 where 69.3 are published",
        metrics=("miou",),
        scorings=(
            Scoring(
                dataset="cityscapes",
                size=(256, 512),
                segmentation=Segmentation(
                    segmenter=_DRN,
                    reading="single",  # fyu/drn without --ms
                    iou_classes="union",  # fyu/drn; all 19 classes occur in the split
                    ignored_pixels="exclude",
                ),
            ),
        ),
        note="OASIS's 'multi-scale DRN-D-105' is read as the name of the weights, not as --ms.",
    )
)

UP = register(
    Protocol(
        name="cityscapes-up",
        source="reproduces SPADE's 62.3 from SPADE's images, and not OASIS's 69.3 (boschresearch/OASIS#18); ignored "
        "pixels counted as wrong explain SPADE's 81.9 % (NVlabs/SPADE#100, EndlessSora/TSIT#1)",
        metrics=("miou",),
        scorings=(
            Scoring(
                dataset="cityscapes",
                size=None,  # images of any size are enlarged to the same one
                segmentation=Segmentation(
                    segmenter=_DRN,
                    reading="single",
                    input_size=_FULL,
                    input_resample="bicubic",  # ours: not published
                    truth_size=_FULL,
                    iou_classes="union",
                    ignored_pixels="count_wrong",
                ),
            ),
        ),
        note="Which filter enlarges the images is not published.",
    )
)

LOGITS_UP = register(
    Protocol(
        name="cityscapes-logits-up",
        source="GAN Compression (mit-han-lab/gan-compression): its full GauGAN model has mIoU 61.04 and FID 57.60",
        metrics=("miou",),
        scorings=(
            Scoring(
                dataset="cityscapes",
                size=(256, 512),
                segmentation=Segmentation(
                    segmenter=_DRN,
                    reading="single",
                    truth_size=_FULL,  # log-probabilities are enlarged by Pillow, bilinear
                    iou_classes="union",
                    ignored_pixels="exclude",
                ),
            ),
        ),
    )
)

MULTI_SCALE_128 = register(
    Protocol(
        name="cityscapes-128-ms",
        source="NEGCUT: 256x128, --ms of fyu/drn (NEGCUT#3)",
        metrics=("miou",),
        scorings=(
            Scoring(
                dataset="cityscapes",
                size=None,
                segmentation=Segmentation(
                    segmenter=_DRN,
                    reading="multi-scale",
                    input_size=(128, 256),
                    input_resample="bicubic",  # ours, for images that were generated larger
                    truth_size=(128, 256),
                    iou_classes="union",
                    ignored_pixels="exclude",
                ),
            ),
        ),
        note="CUT's own numbers are those of a DRN that was trained at 256x128 (taesungp/contrastive-unpaired-"
        "translation#104), whose weights are not public: other numbers than these.",
    )
)
