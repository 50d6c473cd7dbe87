"""The protocol of the embedded data set's edition v1: offline, at the size of the files."""

from __future__ import annotations

from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.protocols import register

PROTOCOL = register(
    Protocol(
        name="tinytown-v1",
        source="this project; arithmetic of oasis-2021, with a small DRN trained on tinytown's own train split and a "
        "Fréchet distance on EfficientNet-Lite0, whose weights come with a package",
        metrics=("fd_effnet", "fid", "miou", "ssim", "psnr"),
        scorings=(
            Scoring(
                dataset="tinytown",
                size=(128, 256),
                segmentation=Segmentation(
                    segmenter="drn_d_22_quarter.tinytown",
                    input_scale=2.0,  # the network answers at 1/8 of its input: poles and signs need the larger one
                    iou_classes="union",
                    ignored_pixels="exclude",
                ),
            ),
        ),
        note="120 images: Fréchet distances are biased and comparable only with others of this protocol.",
    )
)
