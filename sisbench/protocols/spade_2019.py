"""The protocol of the SPADE paper's Cityscapes numbers (Park et al., CVPR 2019), which LGGAN and others follow."""

from __future__ import annotations

from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.protocols import register

PROTOCOL = register(
    Protocol(
        name="spade-2019",
        source="Park et al., 'Semantic Image Synthesis with Spatially-Adaptive Normalization', CVPR 2019, section 4; "
        "segmenter: NVlabs/SPADE#39; upsampling before it, which reproduces the paper's mIoU of 62.3 from SPADE's own "
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
        ),
        note="The network's scores are resized back and compared with label maps at 256x512; those who reproduced 62.3 "
        "compared at 1024x2048, and the interpolation before the network is not published. The published FID of 71.8 "
        "may come from other Inception weights than today's (it predates the port of the original ones); SPADE's "
        "released images score near 63 with these.",
    )
)
