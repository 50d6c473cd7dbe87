"""The protocol of the OASIS paper's diversity numbers (Sushko et al., ICLR 2021, Table 2)."""

from __future__ import annotations

from sisbench.card import ANY, Protocol, Scoring
from sisbench.protocols import register

PROTOCOL = register(
    Protocol(
        name="oasis-2021-diversity",
        source="Sushko et al., 'You Only Need Adversarial Supervision for Semantic Image Synthesis', ICLR 2021, Table "
        "2; LPIPS with VGG, version 0.1, and pytorch-msssim with data range 1: boschresearch/OASIS#16; 20 images for "
        "each layout and the mean over all pairs: as USIS (Computers & Graphics 2023) restates it for MS-SSIM",
        metrics=("ms_ssim", "lpips_vgg"),
        scorings=(Scoring(dataset=ANY, size=None, segmentation=None),),
        images_per_layout=20,
        note="That LPIPS uses the same 20 images is inferred, and the number of layouts of the published row is not "
        "known. LPIPS values of StarGAN-v2's AlexNet port (SDM and others) are another quantity.",
    )
)
