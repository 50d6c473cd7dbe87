"""mIoU on ADE20K with the CSAIL UPerNet-101, as its own configuration evaluates and at one scale: one preset each.

Numbers of ADE20K-outdoors are those of the same network of 150 classes. A third preset in use, ViT-Adapter with UPerNet
(SCDM), is another network, which sisbench does not have; its 49.4 compares with nothing here.
"""

from __future__ import annotations

from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.protocols import register

_UPERNET = "upernet_resnet101.ade20k"
_DATASETS = ("ade20k", "ade20k_outdoors")

CSAIL_MULTI_SCALE = register(
    Protocol(
        name="ade-csail-ms",
        source="the evaluation of CSAILVision/semantic-segmentation-pytorch as it is configured: five scales, 320 to "
        "608 pixels of a 256x256 image; FreestyleNet leaves the configuration unchanged (FreestyleNet#3), and SMIS "
        "uses the data set's own evaluation",
        metrics=("miou",),
        scorings=tuple(
            Scoring(
                dataset=dataset,
                size=(256, 256),
                segmentation=Segmentation(
                    segmenter=_UPERNET,
                    reading="multi-scale",
                    iou_classes="all",  # CSAIL: absent classes are 0
                    ignored_pixels="exclude",
                ),
            )
            for dataset in _DATASETS
        ),
        note="CSAIL's code asks for images and label maps of one size; here, as most likely there, label maps are "
        "reduced to that of the images.",
    )
)

SINGLE_256 = register(
    Protocol(
        name="ade-256",
        source="an attempt on OASIS that gave 42.76 where 48.8 are published (boschresearch/OASIS#17): the same "
        "evaluation with one scale, 256",
        metrics=("miou",),
        scorings=tuple(
            Scoring(
                dataset=dataset,
                size=(256, 256),
                segmentation=Segmentation(
                    segmenter=_UPERNET,
                    reading="single",
                    iou_classes="all",
                    ignored_pixels="exclude",
                ),
            )
            for dataset in _DATASETS
        ),
    )
)
