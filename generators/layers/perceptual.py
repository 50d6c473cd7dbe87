"""The perceptual (VGG) loss of pix2pixHD, SPADE and their descendants."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._errors import GeneratorError
from generators._torchvision import ensure_torchvision
from generators._weights import load_state, read_state

TAPS = {1: 1 / 32, 6: 1 / 16, 11: 1 / 8, 20: 1 / 4, 29: 1.0}
"""Weight by index of torchvision's VGG-19 features: relu1_1, relu2_1, relu3_1, relu4_1, relu5_1."""
FILE_NAME = "vgg19-dcbb9e9d.pth"


class VGGLoss(nn.Module):
    """Weighted L1 between VGG-19 features of fake and real.

    The network gets images in [-1, 1] as they are, without ImageNet's normalisation: so do the three official codes.

    Args:
        weights: torchvision's ImageNet weights of VGG-19; a bare state dict.

    Raises:
        GeneratorError: The file is missing or holds something else.
    """

    def __init__(self, weights: Path) -> None:
        super().__init__()
        with torch.device("meta"):  # its own initialisation would take seconds, to be overwritten
            layers = ensure_torchvision().models.vgg19(weights=None).features[: max(TAPS) + 1]
        self.features: nn.Sequential = layers.to_empty(device="cpu").eval().requires_grad_(False)
        try:
            state = {key.removeprefix("features."): value for key, value in read_state(weights).items()}
            load_state(self.features, {key: state[key] for key in self.features.state_dict() if key in state}, "it")
        except GeneratorError as error:
            raise GeneratorError(
                f"{weights} does not load as torchvision's VGG-19 ({error}). Give the file {FILE_NAME}, or train "
                "without the term ('--without vgg')."
            ) from error
        for layer in self.features:
            if isinstance(layer, nn.ReLU):
                layer.inplace = False  # a later layer must not overwrite a tapped output

    def train(self, mode: bool = True) -> VGGLoss:
        """Stay in evaluation mode whatever the objective does."""
        return super().train(False)

    def extract(self, image: Tensor) -> list[Tensor]:
        """Features of (N, 3, H, W) in [-1, 1] after the five taps."""
        taps = []
        for i, layer in enumerate(self.features):
            image = layer(image)
            if i in TAPS:
                taps.append(image)
        return taps

    def forward(self, fake: Tensor, real: Tensor) -> Tensor:
        """Return the scalar loss; real is a constant."""
        with torch.no_grad():
            targets = self.extract(real)
        pairs = zip(TAPS.values(), self.extract(fake), targets, strict=True)
        return torch.stack([weight * F.l1_loss(a, b) for weight, a, b in pairs]).sum()


def require_vgg(weights: Path | None) -> VGGLoss:
    """Return the perceptual loss of a file that may not be there.

    Raises:
        GeneratorError: It is not; the message says what to do.
    """
    if weights is None:
        raise GeneratorError(
            f"the recipe's perceptual loss needs torchvision's VGG-19 weights, {FILE_NAME}, which were not found. Put "
            "the file into the weights folder (see 'sisbench doctor'), or train without the term: '--without vgg' (the "
            "record says so)."
        )
    return VGGLoss(weights)
