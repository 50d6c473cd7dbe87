"""Feature networks: uint8 images in, one float64 vector per image out.

- "inception": the TensorFlow Inception of 2015-12-05 as ported by torch-fidelity, 2048 pooled features. Images are
  resized to 299x299 as TensorFlow 1 did (bilinear, no half-pixel shift, no antialias) and mapped to (x - 128) / 128:
  the convention of the original FID code (TTUR) and of torch-fidelity.
- "effnet": EfficientNet-Lite0 (timm's `tf_efficientnet_lite0` with the weights that a Python package ships), 1280
  pooled features. Images are resized to 224x224, bilinear with antialias, aspect ignored, and mapped to
  (x - 127) / 128.

Networks run in float32 and in evaluation mode, so a feature depends on its image alone up to rounding.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from generators import ensure_torchvision
from sisbench import weights
from sisbench.errors import InputError, unknown_name
from sisbench.files import sha256
from sisbench.weights import Unavailable as Unavailable


class FeatureNet:
    """A feature network, ready to run.

    Attributes:
        name: Name in this module.
        dim: Length of a feature vector.
        digest: SHA-256 over the digest of the weights and the name of the convention that images are prepared with.
        device: Where it runs.

    Args:
        name: See the attribute.
        dim: See the attribute.
        digest: See the attribute.
        network: Module from uint8 images (N, 3, H, W) to float features (N, dim).
        device: See the attribute.
    """

    def __init__(self, name: str, dim: int, digest: str, network: nn.Module, device: torch.device | str) -> None:
        self.name, self.dim, self.digest, self.device = name, dim, digest, torch.device(device)
        self._network = network.to(self.device).eval().requires_grad_(False)

    @torch.no_grad()
    def __call__(self, image: Tensor) -> Tensor:
        """Extract features.

        Args:
            image: uint8 (N, 3, H, W), RGB, on any device; any N, H and W of at least 1.

        Returns:
            float64 (N, dim), on the CPU.

        Raises:
            InputError: Anything but a batch of RGB bytes.
            RuntimeError: The network was put into training mode: features would depend on the batch.
        """
        if image.dtype != torch.uint8 or image.ndim != 4 or image.shape[1] != 3 or 0 in image.shape:
            raise InputError(
                f"the {self.name} features got {image.dtype} of shape {tuple(image.shape)}; expected torch.uint8 of "
                "shape (N, 3, H, W). Quantise the images first (sisbench.images.quantise)."
            )
        if any(module.training for module in self._network.modules()):
            raise RuntimeError(f"the {self.name} network is in training mode")
        features: Tensor = self._network(image.to(self.device))
        return features.cpu().double()


class _Inception(nn.Module):
    """Pooled features of torch-fidelity's extractor, without its tuple."""

    def __init__(self, extractor: nn.Module) -> None:
        super().__init__()
        self.extractor = extractor

    def forward(self, image: Tensor) -> Tensor:
        features: Tensor = self.extractor(image)[0]
        return features


class _EfficientNetLite0(nn.Module):
    """Resize, normalise, pooled features before the classifier."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)  # a fifth faster on CPU

    def forward(self, image: Tensor) -> Tensor:
        x = F.interpolate(image.float(), (224, 224), mode="bilinear", align_corners=False, antialias=True)
        maps = self.network.forward_features((x - 127) / 128)  # (N, 1280, 7, 7)
        features: Tensor = self.network.forward_head(maps, pre_logits=True)
        return features


def inception(state: Mapping[str, Tensor], layers: tuple[str, ...] = ("2048",)) -> nn.Module:
    """Build torch-fidelity's Inception from a state dict.

    Args:
        state: Tensors under the official keys.
        layers: Names of features as in torch-fidelity: "64", "192", "768", "2048", "logits_unbiased", "logits".

    Returns:
        Module from uint8 images (N, 3, H, W) to a tuple of float32 features, one per layer.
    """
    ensure_torchvision()
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    # The extractor unpickles whatever file it is given: give it a copy, in memory, of tensors that were read safely.
    copy = io.BytesIO()
    torch.save(dict(state), copy)
    copy.seek(0)
    extractor: nn.Module = FeatureExtractorInceptionV3("inception", list(layers), feature_extractor_weights_path=copy)
    return extractor


def _create_inception(device: torch.device | str) -> FeatureNet:
    path = weights.find("inception-2015-12-05")
    state = torch.load(path, map_location="cpu", weights_only=True)
    return FeatureNet("inception", 2048, _digest(sha256(path), "tf1-299"), _Inception(inception(state)), device)


def _create_effnet(device: torch.device | str) -> FeatureNet:
    path = weights.find("efficientnet-lite0")
    ensure_torchvision()
    import timm

    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    published = torch.load(path, map_location="cpu", weights_only=True)
    # The file has the names of another package; its tensors have the same order and shapes (a strict load checks them).
    network.load_state_dict(dict(zip(network.state_dict(), published.values(), strict=True)))
    digest = _digest(sha256(path), "bilinear-antialias-224")
    return FeatureNet("effnet", 1280, digest, _EfficientNetLite0(network), device)


_BUILDERS: dict[str, Callable[[torch.device | str], FeatureNet]] = {
    "effnet": _create_effnet,
    "inception": _create_inception,
}


def names() -> list[str]:
    """Names of all feature networks, sorted."""
    return sorted(_BUILDERS)


def create(name: str, device: torch.device | str = "cpu") -> FeatureNet:
    """Create a feature network.

    Raises:
        InputError: No network has this name; the message gives the closest one.
        Unavailable: Its weights are not on this machine, or are not the published ones.
    """
    if name not in _BUILDERS:
        raise unknown_name("a feature network", name, _BUILDERS, "sisbench doctor")
    return _BUILDERS[name](device)


def _digest(weights_digest: str, convention: str) -> str:
    return hashlib.sha256(f"{weights_digest} {convention}".encode()).hexdigest()
