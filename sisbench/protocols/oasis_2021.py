"""The protocol of the OASIS paper's numbers (Sushko et al., ICLR 2021): everything at the generated size."""

from __future__ import annotations

from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.protocols import register

PROTOCOL = register(
    Protocol(
        name="oasis-2021",
        source="Sushko et al., 'You Only Need Adversarial Supervision for Semantic Image Synthesis', ICLR 2021; "
        "segmentation at the generated size against label maps resized by nearest: boschresearch/OASIS#5; reference "
        "set, validation images resized bicubic: boschresearch/OASIS#2; single scale: tzt101/CLADE#3",
        metrics=("fid_torch", "fid", "fd_effnet", "miou", "ssim", "psnr"),
        scorings=(
            Scoring(
                dataset="cityscapes",
                size=(256, 512),
                segmentation=Segmentation(
                    segmenter="drn_d_105.cityscapes",
                    input_scale=1.0,
                    iou_classes="union",  # fyu/drn: mean over classes with a non-empty union
                    ignored_pixels="exclude",
                ),
            ),
            *(
                Scoring(
                    dataset=dataset,
                    size=(256, 256),
                    segmentation=Segmentation(
                        segmenter="upernet_resnet101.ade20k",
                        reading="multi-scale",  # as CSAIL configure their evaluation
                        iou_classes="all",  # CSAIL: mean over the 150 classes, absent ones as 0
                        ignored_pixels="exclude",
                    ),
                )
                for dataset in ("ade20k", "ade20k_outdoors")
            ),
            Scoring(
                dataset="coco_stuff",
                size=(256, 256),
                segmentation=Segmentation(
                    segmenter="deeplabv2_resnet101.coco_stuff",
                    reading="msc",
                    iou_classes="truth",  # deeplab-pytorch: mean over classes of the truth
                    ignored_pixels="exclude",
                ),
            ),
        ),
        note="OASIS computes its printed FID during training, on images that were never rounded to 8 bits, and keeps "
        "the checkpoint with the best one on this same split; here saved images are scored. On ADE20K no "
        "reproduction of 48.8 is known: one attempt gave 42.76 (boschresearch/OASIS#17).",
    )
)
