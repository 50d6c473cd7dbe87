"""EfficientNet-Lite0: timm's `tf_efficientnet_lite0` with the weights that a Python package ships; works offline.

Images are resized to 224x224, bilinear with antialias, aspect ignored, and mapped to (x - 127) / 128. Head: the 1280
pooled features before the classifier.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from generators import ensure_torchvision
from sisbench import weights
from sisbench.features import register
from sisbench.features._base import FeatureNet, Trunk, combined_digest
from sisbench.features._fold import channels_last, fold_batch_norms, pointwise
from sisbench.files import sha256


class EfficientNetLite0(Trunk):
    """Resize, normalise, pooled features before the classifier."""

    heads = MappingProxyType({"pooled": 1280})

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = pointwise(channels_last(fold_batch_norms(network.eval())))

    def forward(self, image: Tensor, heads: Sequence[str]) -> dict[str, Tensor]:
        """Return the pooled features."""
        x = F.interpolate(image.float(), (224, 224), mode="bilinear", align_corners=False, antialias=True)
        maps = self.network.forward_features((x - 127) / 128)  # (N, 1280, 7, 7)
        return {"pooled": self.network.forward_head(maps, pre_logits=True)}


@register("effnet")
def _create(device: torch.device | str) -> FeatureNet:
    path = weights.find("efficientnet-lite0")
    ensure_torchvision()
    import timm

    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    published = torch.load(path, map_location="cpu", weights_only=True)
    # The file has the names of another package; its tensors have the same order and shapes (a strict load checks them).
    network.load_state_dict(dict(zip(network.state_dict(), published.values(), strict=True)))
    digest = combined_digest(sha256(path), "bilinear-antialias-224")
    return FeatureNet("effnet", digest, EfficientNetLite0(network), device)
