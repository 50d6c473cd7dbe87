"""Feature networks: uint8 images in, float64 vectors per image out.

A network is a file of this folder, which registers a builder; its convention of preparing images is part of its name.
`heads` of a network are what one forward can give: "pooled" is the feature vector, the others have names of their own.
`lpips` is apart: it gives distances between images, not a vector for each.

Networks run in float32 and in evaluation mode, so a feature depends on its image alone up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from sisbench._registry import Registry
from sisbench.features._base import FeatureNet as FeatureNet
from sisbench.weights import Unavailable as Unavailable

_registry: Registry[Callable[[torch.device | str], FeatureNet]] = Registry(
    "a feature network", "sisbench.features", "sisbench doctor"
)
register = _registry.register
names = _registry.names


def create(name: str, device: torch.device | str = "cpu") -> FeatureNet:
    """Create a feature network.

    Raises:
        InputError: No network has this name; the message gives the closest one.
        Unavailable: Its weights are not on this machine, or are not the published ones.
    """
    return _registry.get(name)(device)
