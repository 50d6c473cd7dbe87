"""Files of random weights in place of published ones that are not at hand: the same shapes, hence the same speed."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import torch

from generators import ensure_torchvision


def random_weights(folder: Path) -> dict[str, Path]:
    """Write random weights of Inception and of LPIPS's AlexNet.

    Returns:
        Files by their names in `sisbench.weights`.
    """
    torch.manual_seed(0)
    torchvision = ensure_torchvision()
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    folder.mkdir(parents=True, exist_ok=True)
    kept: dict[str, torch.Tensor] = {}

    def keep(module: torch.nn.Module, *_: object, **__: object) -> None:
        kept.update(module.state_dict())

    # The extractor insists on a file; its own initialisation is what such a file would hold.
    with (
        mock.patch.object(torch, "load", lambda *_, **__: {}),
        mock.patch.object(FeatureExtractorInceptionV3, "load_state_dict", keep),
    ):
        FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=str(folder))
    for key, value in kept.items():
        if key.endswith("weight") and value.ndim > 1:  # keeps activations alive through 48 layers
            torch.nn.init.kaiming_normal_(value)
    alexnet = torchvision.models.alexnet(weights=None).state_dict()
    states = {"inception-2015-12-05": kept, "alexnet-imagenet": alexnet}
    for name, state in states.items():
        torch.save(state, folder / f"{name}.pth")
    return {name: folder / f"{name}.pth" for name in states}
