"""The TensorFlow Inception of 2015-12-05 (Szegedy et al. 2016; Heusel et al. 2017), as ported by torch-fidelity.

One network, three conventions of preparing images for its 299x299 input:

- "inception": resized as TensorFlow 1 did (bilinear, no half-pixel shift, no antialias), (x - 128) / 128. The original
  FID code (TTUR) and torch-fidelity.
- "inception-torch": x / 255, resized by torch (bilinear, half-pixel centres, no antialias), 2x - 1. pytorch-fid, OASIS,
  clean-fid's `legacy_pytorch`.
- "inception-clean": Pillow's bicubic filter, antialiased, in float, cut to 0..255, (x - 128) / 128: clean-fid's mode
  `clean`. clean-fid runs the TorchScript form of the network, whose graph scales as said and whose own resizing leaves
  299x299 as it is; that file was not compared with.

Heads: "pooled", 2048 features; "logits", 1008 class scores without the bias (torch-fidelity's `logits_unbiased`), which
the Inception Score is made of.
"""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generators import ensure_torchvision
from sisbench import weights
from sisbench.features import register
from sisbench.features._base import FeatureNet, Trunk, combined_digest
from sisbench.features._fold import channels_last, fold_batch_norms, pointwise
from sisbench.features._resize import resize_clean, resize_tf1
from sisbench.files import sha256

SIZE = (299, 299)


def prepare_tf1(image: Tensor) -> Tensor:
    """Map uint8 (N, 3, H, W) to float32 (N, 3, 299, 299) in [-1, 127/128], as TTUR did."""
    return (resize_tf1(image, SIZE) - 128) / 128


def prepare_torch(image: Tensor) -> Tensor:
    """Map uint8 (N, 3, H, W) to float32 (N, 3, 299, 299) in [-1, 1], as pytorch-fid does."""
    return 2 * F.interpolate(image.float() / 255, SIZE, mode="bilinear", align_corners=False) - 1


def prepare_clean(image: Tensor) -> Tensor:
    """Map uint8 (N, 3, H, W) to float32 (N, 3, 299, 299) in [-1, 127/128], as clean-fid does."""
    return (resize_clean(image, SIZE) - 128) / 128


_CONVENTIONS: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "inception": (prepare_tf1, "tf1-299"),
    "inception-torch": (prepare_torch, "torch-299"),
    "inception-clean": (prepare_clean, "clean-299"),
}
"""By network: how images are prepared, and the convention's name in the digest."""


class Inception(Trunk):
    """The layers of torch-fidelity's extractor, in its order, batch norms folded.

    Args:
        state: Tensors under the official keys.
        prepare: From uint8 images (N, 3, H, W) to network input float32 (N, 3, 299, 299).
    """

    heads = MappingProxyType({"pooled": 2048, "logits": 1008})

    def __init__(self, state: Mapping[str, Tensor], prepare: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        layers = OrderedDict(_extractor(state).named_children())
        self.fc = layers.pop("fc")
        self.body = pointwise(channels_last(fold_batch_norms(nn.Sequential(layers))))
        self.prepare = prepare

    def forward(self, image: Tensor, heads: Sequence[str]) -> dict[str, Tensor]:
        """Return the pooled features, and the logits if they are asked for."""
        x = self.prepare(image).contiguous(memory_format=torch.channels_last)
        found = {"pooled": self.body(x).flatten(1)}
        if "logits" in heads:
            found["logits"] = found["pooled"] @ self.fc.weight.T
        return found


def _extractor(state: Mapping[str, Tensor]) -> nn.Module:
    ensure_torchvision()
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    # The extractor unpickles whatever file it is given: give it a copy, in memory, of tensors that were read safely.
    copy = io.BytesIO()
    torch.save(dict(state), copy)
    copy.seek(0)
    extractor: nn.Module = FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=copy)
    return extractor


def _create(name: str, device: torch.device | str) -> FeatureNet:
    prepare, convention = _CONVENTIONS[name]
    path = weights.find("inception-2015-12-05")
    state = torch.load(path, map_location="cpu", weights_only=True)
    return FeatureNet(name, combined_digest(sha256(path), convention), Inception(state, prepare), device)


for _name in _CONVENTIONS:
    register(_name)(partial(_create, _name))
