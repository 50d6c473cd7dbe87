"""mIoU on COCO-Stuff with DeepLabV2-ResNet101, at the three resolutions in use: one preset each.

The network tells 182 ids apart, of which 171 occur: a mean over all ids is smaller than one over those of the truth by
a factor of at most 171 / 182.
"""

from __future__ import annotations

from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.protocols import register

_DEEPLAB = "deeplabv2_resnet101.coco_stuff"

AT_256 = register(
    Protocol(
        name="coco-256",
        source="author of CC-FPSE (CC-FPSE#4): 256x256 into the multi-scale network, label maps resized by nearest; so "
        "does a code that derives from OASIS's",
        metrics=("miou",),
        scorings=(
            Scoring(
                dataset="coco_stuff",
                size=(256, 256),
                segmentation=Segmentation(
                    segmenter=_DEEPLAB,
                    reading="msc",
                    iou_classes="truth",  # kazuto1011/deeplab-pytorch
                    ignored_pixels="exclude",
                ),
            ),
        ),
    )
)

AT_512 = register(
    Protocol(
        name="coco-512",
        source="NVlabs/imaginaire, later code of SPADE's group: longer side to 512 pixels, mean over all 182 ids; SCDM "
        "uses it",
        metrics=("miou",),
        scorings=(
            Scoring(
                dataset="coco_stuff",
                size=(256, 256),
                segmentation=Segmentation(
                    segmenter=_DEEPLAB,
                    reading="msc",
                    input_size=(512, 512),
                    input_resample="bilinear-corners",
                    truth_size=(512, 512),
                    iou_classes="all",
                    ignored_pixels="exclude",
                ),
            ),
        ),
        note="imaginaire does not round the enlarged image to 8 bits; here it is, by at most half a level. That it "
        "takes the network with its multi-scale wrapper is inferred from the weights.",
    )
)

AT_ORIGINAL = register(
    Protocol(
        name="coco-orig",
        source="GAN Compression (mit-han-lab/gan-compression): images enlarged to the size of the original photo; its "
        "full GauGAN model has mIoU 38.78 and FID 21.38",
        metrics=("miou",),
        scorings=(
            Scoring(
                dataset="coco_stuff",
                size=(256, 256),
                segmentation=Segmentation(
                    segmenter=_DEEPLAB,
                    reading="msc",
                    input_size="native",
                    input_resample="bicubic",
                    truth_size="native",
                    iou_classes="truth",  # taken from kazuto1011/deeplab-pytorch
                    ignored_pixels="exclude",
                ),
            ),
        ),
    )
)
