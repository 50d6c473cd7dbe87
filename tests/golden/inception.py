"""Fixtures of the FID Inception under the TensorFlow 1 convention, weights refilled from their names."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open

from sisbench import features
from tests.golden._fixture import Comparison, compare
from tests.golden._key_hash import refill

RTOL = 1e-4  # the two conventions differ by 2e-2, so this tells them apart
RESIZE_ATOL = 5e-5  # on 0..255
CROP = (slice(100, 116), slice(200, 216))  # what the fixture keeps of a 299x299 image


def handles(metadata: dict[str, str]) -> bool:
    """Whether the file is one of the FID Inception."""
    return '"Mixed_7c.branch_pool.conv.weight"' in metadata.get("keys", "")


def replay(path: Path) -> list[Comparison]:
    """Rebuild the network from the list of keys, compare resizing and all features of the TensorFlow 1 convention."""
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
        stored = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    seed, gain = int(metadata["seed"]), float(metadata["gain"])
    state = {key: refill(key, shape, seed, gain) for key, shape, _ in json.loads(metadata["keys"])}
    layers = tuple(sorted(key.removeprefix("tf_") for key in stored if key.startswith("tf_")))
    network = features.inception(state, layers)
    image = stored["input_uint8"]

    results = [
        compare(f"tf_{layer}", computed, stored[f"tf_{layer}"], 0.0, RTOL)
        for layer, computed in zip(layers, network(image), strict=True)
    ]
    from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x as resize

    for key in sorted(key for key in stored if key.startswith("resize_tf1_")):
        if key == "resize_tf1_299_crop":
            resized = resize(image.float(), (299, 299), align_corners=False)[:, :, *CROP]
        else:
            resized = resize(image.float(), tuple(stored[key].shape[-2:]), align_corners=False)
        results.append(compare(key, resized, stored[key], RESIZE_ATOL))
    return results
