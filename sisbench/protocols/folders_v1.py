"""Any two folders of images under equal names: what can be said of them without knowing where they come from."""

from __future__ import annotations

from sisbench.card import ANY, Protocol, Scoring
from sisbench.protocols import FOLDERS, register

PROTOCOL = register(
    Protocol(
        name=FOLDERS,
        source="this project: the field's habit of resizing photos to the generated size (boschresearch/OASIS#2), for "
        "images of any data set",
        metrics=("fid", "fd_effnet", "kid", "precision_recall", "ssim", "psnr", "lab_emd", "lbp"),
        scorings=(Scoring(dataset=ANY, size=None, segmentation=None),),
        note="Photos are resized bicubic to the size of the generated images, aspect ignored, and paired with them by "
        "name. Fréchet distances depend on the number of images: compare equal numbers only.",
    )
)
