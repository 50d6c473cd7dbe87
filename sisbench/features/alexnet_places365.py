"""AlexNet trained on Places365 (Zhou et al. 2017): the scene classifier of the cross-view tables.

Heads: "places365", the probabilities of 365 scene classes (a float32 softmax, as the official scores are computed);
"pooled", the 4096 features before the last layer.

Preparation as in the official evaluation: Pillow resizes the shorter side to 256 (bilinear; 256-pixel images stay as
they are), centre crop of 224, ImageNet mean and deviation. An odd margin is cut as by current torchvision (rounded half
to even); no image of the published tables has one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import torch
from PIL import Image
from torch import Tensor, nn

from generators import ensure_torchvision
from sisbench import weights
from sisbench.features import register
from sisbench.features._base import FeatureNet, Trunk, combined_digest
from sisbench.features._resize import imagenet_normalised, resize_pil
from sisbench.files import sha256

SHORTER_SIDE = 256
CROP = 224
CLASSES = 365


def prepare(image: Tensor) -> Tensor:
    """Map uint8 (N, 3, H, W) to the central part, normalised, float32 (N, 3, 224, 224)."""
    height, width = image.shape[-2:]
    shorter = min(height, width)
    size = (SHORTER_SIDE * height // shorter, SHORTER_SIDE * width // shorter)
    resized = resize_pil(image, size, Image.Resampling.BILINEAR)
    top, left = round((size[0] - CROP) / 2), round((size[1] - CROP) / 2)
    return imagenet_normalised(resized[:, :, top : top + CROP, left : left + CROP])


class AlexNetPlaces365(Trunk):
    """torchvision's AlexNet with 365 classes.

    Args:
        state: Tensors under the published keys, in which a data-parallel wrapper left `features.module.`.
    """

    heads = MappingProxyType({"pooled": 4096, "places365": CLASSES})

    def __init__(self, state: Mapping[str, Tensor]) -> None:
        super().__init__()
        models = ensure_torchvision().models
        with torch.device("meta"):  # 58 million numbers that need no random start
            network = models.alexnet(num_classes=CLASSES)
        network.load_state_dict(
            {key.replace("features.module.", "features.", 1): value for key, value in state.items()}, assign=True
        )
        self.features, self.avgpool = network.features, network.avgpool
        self.hidden, self.last = nn.Sequential(*network.classifier[:-1]), network.classifier[-1]

    def forward(self, image: Tensor, heads: Sequence[str]) -> dict[str, Tensor]:
        """Return the features before the last layer, and the probabilities if they are asked for."""
        found = {"pooled": self.hidden(self.avgpool(self.features(prepare(image))).flatten(1))}
        if "places365" in heads:
            found["places365"] = self.last(found["pooled"]).softmax(1)
        return found


@register("alexnet-places365")
def _create(device: torch.device | str) -> FeatureNet:
    path = weights.find("alexnet-places365")
    state = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    digest = combined_digest(sha256(path), "pil-bilinear-256-crop-224")
    return FeatureNet("alexnet-places365", digest, AlexNetPlaces365(state), device)
