"""The protocol of blocktown. It is never edited after a release: a change is a new name."""

from __future__ import annotations

from sisbench.card import Protocol, Scoring, Segmentation
from sisbench.protocols import register

PROTOCOL = register(
    Protocol(
        name="blocktown-v1",
        source="sisbench-example-plugin",
        metrics=("miou", "lab_mae", "ssim", "psnr"),
        scorings=(
            Scoring(
                dataset="blocktown",
                size=(64, 128),
                segmentation=Segmentation(segmenter="nearest_color.blocktown"),
            ),
        ),
        note="6 images: numbers show that a pipeline works, not how good a method is.",
    )
)
