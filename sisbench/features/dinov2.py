"""DINOv2 ViT-L/14 (Oquab et al. 2023), the features of FD-DINOv2.

Stein et al., "Exposing flaws of generative model evaluation metrics and their unfair treatment of diffusion models",
2023. The network is timm's `vit_large_patch14_dinov2` with Meta's file; head: the class token after the last norm, 1024
numbers. As in dgm-eval, the code of Stein et al. (its defaults): images are resized to 224x224 by Pillow's bicubic
filter (antialiased, bytes, aspect ignored) and normalised with the mean and deviation of ImageNet; position embeddings,
trained on 37x37 patches, are resized as Meta's own forward does. Our choice is float32 throughout. Neither published
features nor published distances were compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from generators import ensure_torchvision
from sisbench import weights
from sisbench.features import register
from sisbench.features._base import FeatureNet, Trunk, combined_digest
from sisbench.features._resize import imagenet_normalised, resize_pil
from sisbench.files import sha256

SIZE = (224, 224)
ARCHITECTURE = "vit_large_patch14_dinov2"


class DINOv2(Trunk):
    """timm's vision transformer behind the preparation of dgm-eval.

    Args:
        state: Tensors under Meta's keys.
        architecture: Name in timm.
        options: Other arguments of timm's constructor (tests build a small one).
    """

    def __init__(self, state: Mapping[str, Tensor], architecture: str = ARCHITECTURE, **options: Any) -> None:
        super().__init__()
        ensure_torchvision()
        import timm

        with torch.device("meta"):  # 300 million numbers that need no random start
            network = timm.create_model(architecture, pretrained=False, img_size=SIZE[0], num_classes=0, **options)
        # timm has Meta's names. Its own conversion would resize the position embeddings with antialias, Meta does not.
        kept = {key: value for key, value in state.items() if key != "mask_token"}
        kept["pos_embed"] = resize_position_embedding(kept["pos_embed"], SIZE[0] // network.patch_embed.patch_size[0])
        network.load_state_dict(kept, assign=True)
        self.network = network
        self.heads = {"pooled": int(network.num_features)}

    def forward(self, image: Tensor, heads: Sequence[str]) -> dict[str, Tensor]:
        """Return the class token."""
        x = imagenet_normalised(resize_pil(image, SIZE, Image.Resampling.BICUBIC))
        return {"pooled": self.network(x)}


def resize_position_embedding(embedding: Tensor, side: int) -> Tensor:
    """Resize position embeddings as Meta's forward does for images of another size than the training's.

    Bicubic without antialias, and by the factor (side + 0.1) / trained side in place of the exact one: a remainder of
    the original code that moves every sample a little and hence belongs to the published features.

    Args:
        embedding: float (1, 1 + M * M, D), the first for the class token.
        side: Patches along a side of the image.

    Returns:
        float32 (1, 1 + side * side, D).
    """
    token, patches = embedding[:, :1].float(), embedding[:, 1:].float()
    trained = round(patches.shape[1] ** 0.5)
    if trained == side:
        return torch.cat([token, patches], dim=1)
    grid = patches.view(1, trained, trained, -1).permute(0, 3, 1, 2)
    factor = (side + 0.1) / trained
    grid = F.interpolate(grid, scale_factor=(factor, factor), mode="bicubic")
    return torch.cat([token, grid.flatten(2).transpose(1, 2)], dim=1)


@register("dinov2")
def _create(device: torch.device | str) -> FeatureNet:
    path = weights.find("dinov2-vitl14")
    state = torch.load(path, map_location="cpu", weights_only=True)
    return FeatureNet("dinov2", combined_digest(sha256(path), "pil-bicubic-224"), DINOv2(state), device)
