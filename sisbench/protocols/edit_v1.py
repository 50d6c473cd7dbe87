"""Photos of which one region each is painted anew: the task of SESAME's editing generator and its kind."""

from __future__ import annotations

from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.protocols import EDIT, register

PROTOCOL = register(
    Protocol(
        name=EDIT,
        source="this project: how SESAME's edits were scored is not published in enough detail to be repeated; sizes "
        "and segmenters of tinytown-v1 and oasis-2021, regions as sisbench.regions draws them",
        metrics=("fd_effnet", "fid", "miou", "ssim", "psnr"),
        scorings=(
            Scoring(
                dataset="tinytown",
                size=(128, 256),
                segmentation=Segmentation(segmenter="drn_d_22_quarter.tinytown", input_scale=2.0),
            ),
            Scoring(
                dataset="cityscapes",
                size=(256, 512),
                segmentation=Segmentation(segmenter="drn_d_105.cityscapes"),
            ),
            Scoring(
                dataset="ade20k",
                size=(256, 256),
                segmentation=Segmentation(
                    segmenter="upernet_resnet101.ade20k", reading="multi-scale", iou_classes="all"
                ),
            ),
        ),
        regions="objects-v1",
        note="Outside of its region an image is the photo. mIoU and accuracy count the pixels of the regions alone; "
        "the others are of whole images, so they are near those of the photos themselves: compare them under this "
        "protocol only. A method of whole images has its image pasted into the region.",
    )
)
