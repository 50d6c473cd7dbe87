"""The protocol of the Dayton and CVUSA tables of cross-view translation (Regmi and Borji, CVPR 2018)."""

from __future__ import annotations

from sisbench.card import ANY, Protocol, Scoring
from sisbench.protocols import register

PROTOCOL = register(
    Protocol(
        name="crossview-2018",
        source="Regmi and Borji, 'Cross-View Image Synthesis Using Conditional GANs', CVPR 2018, section 5, as their "
        "evaluation code computes it (kregmi/cross-view-image-synthesis, 402ce4c); the same code scores SelectionGAN "
        "(Ha0Tang/SelectionGAN, d59c2d8) and LGGAN (Tang et al., CVPR 2020, tables 1 and 2)",
        metrics=(
            "crossview_accuracy",
            "crossview_accuracy_confident",
            "crossview_is",
            "crossview_kl",
            "crossview_pixels",
        ),
        scorings=(
            Scoring(
                dataset="tinytown",
                size=(128, 256),  # the ground view
                segmentation=None,
                classifier="effnet/scene.tinytown",
            ),
            # Dayton, CVUSA: folders of the 256x256 images that the official scripts read
            Scoring(dataset=ANY, size=None, segmentation=None, classifier="alexnet-places365/places365"),
        ),
        note="The code and the papers' formulas differ (inception scores of the top classes, PSNR, sharpness "
        "difference, SSIM at the border); published tables follow the code, and so does this. Tables print accuracies "
        "in percent. Scores rest on what one classifier sees: those of tinytown, by a head for its 12 scene "
        "categories, compare with no published number.",
    )
)
