"""The simplest segmenter: the class whose colour is nearest.

A segmenter implements `logits`; its base does the rest. Weights of a plug-in are named by their full path.
"""

from __future__ import annotations

from pathlib import Path

import torch
from segmenters import Segmenter, Weights, register
from torch import Tensor, nn

FILE = Path(__file__).resolve().parent / "data" / "nearest_color-blocktown.safetensors"

BLOCKTOWN = Weights(
    tag="blocktown",
    file=str(FILE),
    num_classes=5,
    label_space="blocktown train ids",
    origin="python -m sisbench_example_plugin.draw",
    licence="CC0-1.0",
    sha256="8b01311672cb6267bda0561d443d57a7aa7170231270a6e34a5ffe3d1441a93a",
    shipped=True,
)


class NearestColor(Segmenter):
    """A colour for each class; the score of a class is minus the squared distance to its colour.

    Args:
        num_classes: Classes.
        input_scale: Factor by which images are resized before they are looked at.
    """

    def __init__(self, num_classes: int, input_scale: float = 1.0) -> None:
        super().__init__(num_classes, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5), input_scale=input_scale)
        self.colors = nn.Parameter(torch.linspace(-1, 1, num_classes)[:, None].repeat(1, 3))  # greys, until trained

    def logits(self, normalised: Tensor) -> Tensor:
        """Map colours (N, 3, h, w) in [-1, 1] to scores (N, num_classes, h, w)."""
        return -(normalised[:, None] - self.colors[:, :, None, None]).square().sum(2)


@register("nearest_color", paper="none: an example of a plug-in", weights=(BLOCKTOWN,))
def nearest_color(num_classes: int, input_scale: float) -> Segmenter:
    """The class with the nearest mean colour."""
    return NearestColor(num_classes, input_scale)
