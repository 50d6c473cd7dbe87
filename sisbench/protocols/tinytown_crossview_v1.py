"""The protocol of the embedded data set's cross-view tasks: every column of the Dayton and CVUSA tables, offline."""

from __future__ import annotations

from sisbench.card import Protocol, Scoring
from sisbench.protocols import register

PROTOCOL = register(
    Protocol(
        name="tinytown-crossview-v1",
        source="this project; metrics and arithmetic of crossview-2018, with a classifier of tinytown's own scene "
        "categories and a Fréchet distance on EfficientNet-Lite0, whose weights come with a package",
        metrics=(
            "crossview_accuracy",
            "crossview_accuracy_confident",
            "crossview_is",
            "crossview_kl",
            "crossview_pixels",
            "fd_effnet",
        ),
        scorings=(
            Scoring(dataset="tinytown_a2g", size=(128, 128), segmentation=None, classifier="effnet/scene.tinytown"),
            Scoring(
                dataset="tinytown_g2a", size=(128, 128), segmentation=None, classifier="effnet/scene.tinytown-aerial"
            ),
        ),
        note="120 images at 128x128, ground photos at half their width; one classifier of the 12 scene categories for "
        "ground photos and one for aerial ones. Numbers compare with others of this protocol alone, of one direction.",
    )
)
