"""The protocol of the SPADE paper's numbers (Park et al., CVPR 2019), which LGGAN and others follow."""

from __future__ import annotations

from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.protocols import register

PROTOCOL = register(
    Protocol(
        name="spade-2019",
        source="Park et al., 'Semantic Image Synthesis with Spatially-Adaptive Normalization', CVPR 2019, section 4; "
        "segmenters: NVlabs/SPADE#39; upsampling before it, which reproduces the paper's mIoU of 62.3 from SPADE's own "
        "images: boschresearch/OASIS#18; ignored pixels counted as wrong, which explains accuracies near 82 %: "
        "NVlabs/SPADE#100, EndlessSora/TSIT#1",
        metrics=("fid_torch", "fid", "fd_effnet", "miou", "ssim", "psnr"),
        scorings=(
            Scoring(
                dataset="cityscapes",
                size=(256, 512),
                segmentation=Segmentation(
                    segmenter="drn_d_105.cityscapes",
                    input_scale=4.0,  # 256x512 to 1024x2048, the size DRN was trained at
                    iou_classes="union",  # fyu/drn: mean over classes with a non-empty union
                    ignored_pixels="count_wrong",
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
        note="Cityscapes: the network's scores are resized back and compared with label maps at 256x512; those who "
        "reproduced 62.3 compared at 1024x2048 (see cityscapes-up), and the interpolation before the network is "
        "not published. The published FID of 71.8 may come from other Inception weights than today's (it predates "
        "the port of the original ones); SPADE's released images score near 63 with these. ADE20K and COCO-Stuff: "
        "sizes and rules are those of the segmenters' own evaluations, at 256x256; SPADE's are not published. Its "
        "weights score 42.0 / 81.4 on ADE20K where 38.5 / 79.9 are published (SMIS#6).",
    )
)
