"""Fixtures of the FID Inception under the conventions of TensorFlow 1 and of torch, weights refilled by name."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open
from torch import Tensor, nn

from sisbench.features._resize import resize_tf1
from sisbench.features.inception import Inception, prepare_tf1, prepare_torch
from tests.golden._fixture import Comparison, compare
from tests.golden._key_hash import refill

RTOL = 1e-4  # the two conventions differ by 2e-2, so this tells them apart
RESIZE_ATOL = 5e-5  # on 0..255
CROP = (slice(100, 116), slice(200, 216))  # what the fixture keeps of a 299x299 image
TAPS = {"64": "MaxPool_1", "192": "MaxPool_2", "768": "Mixed_6e"}
"""By width: the layer whose output, averaged over positions, the fixture stores."""


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of the FID Inception."""
    return '"Mixed_7c.branch_pool.conv.weight"' in metadata.get("keys", "")


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network from the list of keys, compare resizing and all features of both conventions."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        stored = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    seed, gain = int(metadata["seed"]), float(metadata["gain"])
    state = {key: refill(key, shape, seed, gain) for key, shape, _ in json.loads(metadata["keys"])}
    image = stored["input_uint8"]

    prepared = {"tf": prepare_tf1, "ptfid": prepare_torch}
    networks = {convention: Inception(state, prepare).eval() for convention, prepare in prepared.items()}
    found = {convention: _features(network, image, state["fc.bias"]) for convention, network in networks.items()}
    results = []
    for key in sorted(stored):
        convention, _, what = key.partition("_")
        if convention in found:
            results.append(compare(key, found[convention][what], stored[key], 0.0, RTOL))
        elif convention == "resize":
            results.append(compare(key, _resized(key, image, stored[key]), stored[key], _resize_tolerance(key)))
    return results


def _features(network: Inception, image: Tensor, bias: Tensor) -> dict[str, Tensor]:
    """Everything that fixtures store of a network, by their names."""
    found: dict[str, Tensor] = {}
    for width, layer in TAPS.items():

        def keep(_module: nn.Module, _inputs: object, output: Tensor, width: str = width) -> None:
            found[width] = output.mean((2, 3))

        network.body.get_submodule(layer).register_forward_hook(keep)
    heads = network(image, ["pooled", "logits"])
    return found | {
        "2048": heads["pooled"],
        "logits_unbiased": heads["logits"],
        "logits": heads["logits"] + bias,
    }


def _resized(key: str, image: Tensor, expected: Tensor) -> Tensor:
    if key == "resize_tf1_299_crop":
        return resize_tf1(image, (299, 299))[:, :, *CROP]
    if key == "resize_torch_299_crop":
        return (prepare_torch(image)[:, :, *CROP] + 1) / 2
    height, width = expected.shape[-2:]
    return resize_tf1(image, (height, width))


def _resize_tolerance(key: str) -> float:
    """Fixtures of the torch convention are on 0..1."""
    return RESIZE_ATOL / 255 if "torch" in key else RESIZE_ATOL
