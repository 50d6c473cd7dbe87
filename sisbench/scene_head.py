"""Scene heads: what kind of scene an image shows, as a linear softmax layer on the features of a network.

The cross-view scores compare what a classifier sees in generated and real images. Dayton and CVUSA are judged by an
AlexNet of Places365; for the embedded data set, whose scene categories no published network knows, heads were trained
on real photos of its train split (`sisbench scene-head train`) and come with the package, one for the photos of each
view. A protocol names them as "effnet/scene.tinytown" and "effnet/scene.tinytown-aerial".

A file is safetensors with "weight" float32 (K, D), "bias" float32 (K,), and the facts of its training as JSON in the
metadata entry "facts".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from sisbench.errors import unknown_name
from sisbench.features import FeatureNet, Unavailable
from sisbench.files import sha256


@dataclass(frozen=True)
class Shipped:
    """A head that is part of the package.

    Attributes:
        file: Its name in the folder of assets.
        sha256: Digest of the file, in hexadecimal.
    """

    file: str
    sha256: str


ASSETS = Path(__file__).resolve().parent / "assets"

SHIPPED: Mapping[str, Shipped] = {
    "scene.tinytown": Shipped(
        "scene-head-tinytown.safetensors",
        "e3c5a370bc04b52107a42058e8401b699d785812c0c78ed1c71a19cd17036cb1",
    ),
    "scene.tinytown-aerial": Shipped(
        "scene-head-tinytown-aerial.safetensors",
        "f286b71b319b683bf6aa82d570b615a31cd21b76bccd85e1463faf0306ee3111",
    ),
}
"""Heads of the package, by the name that they are attached under."""


@dataclass(frozen=True)
class SceneHead:
    """A linear softmax classifier on pooled features.

    Attributes:
        weight: float64 (K, D).
        bias: float64 (K,).
        categories: Names of the K categories.
        network: Feature network that it reads.
        network_sha256: Digest of that network: weights, and convention of preparing images.
        facts: All facts of its training.
    """

    weight: Tensor
    bias: Tensor
    categories: tuple[str, ...]
    network: str
    network_sha256: str
    facts: Mapping[str, Any]

    def __call__(self, features: Tensor) -> Tensor:
        """Return probabilities of the categories, float64 (N, K), for pooled features, float64 (N, D) on the CPU."""
        return (features @ self.weight.T + self.bias).softmax(1)


def load(path: Path, digest: str | None = None) -> SceneHead:
    """Read a head from a file.

    Args:
        path: What `sisbench scene-head train` wrote.
        digest: SHA-256 that the file must have, in hexadecimal; None takes any.

    Raises:
        Unavailable: The file is missing, damaged, another one than expected, or no scene head.
    """
    if not path.is_file():
        raise Unavailable(f"a scene head was looked for in {path}, which is not a file. Check the path.")
    found = sha256(path)
    if digest is not None and found != digest:
        raise Unavailable(
            f"{path} is not the expected scene head: its SHA-256 begins with {found[:16]}, expected {digest[:16]}. "
            "It was damaged or replaced: install the package again."
        )
    try:
        with safe_open(path, framework="pt") as stream:
            facts = json.loads((stream.metadata() or {})["facts"])
            weight, bias = stream.get_tensor("weight").double(), stream.get_tensor("bias").double()
            head = SceneHead(weight, bias, tuple(facts["categories"]), facts["network"], facts["network_sha256"], facts)
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise Unavailable(
            f"{path} cannot be read as a scene head ({type(error).__name__}: {error}); expected a file of "
            "'sisbench scene-head train'. Train it again."
        ) from error
    k = len(head.categories)
    if weight.ndim != 2 or weight.shape[0] != k or bias.shape != (k,) or not (weight.sum() + bias.sum()).isfinite():
        raise Unavailable(
            f"{path} holds weights of shape {tuple(weight.shape)} and {tuple(bias.shape)}, or numbers that are not "
            f"finite; expected ({k}, D) and ({k},) for its {k} categories. It is damaged: train it again."
        )
    return head


def attach(network: FeatureNet, name: str) -> None:
    """Give a feature network a head of the package as another output: probabilities of the categories.

    Args:
        network: The network that the head was trained on.
        name: A key of `SHIPPED`; the output has this name.

    Raises:
        InputError: No head has this name; the message gives the closest one.
        Unavailable: The file is gone or damaged, or the head was trained on other features.
        ValueError: The network has this output already.
    """
    if name not in SHIPPED:
        raise unknown_name("a scene head", name, SHIPPED, "sisbench doctor")
    shipped = SHIPPED[name]
    head = load(ASSETS / shipped.file, shipped.sha256)
    if head.network_sha256 != network.digest:
        raise Unavailable(
            f"scene head {name!r} was trained on {head.network} features of digest {head.network_sha256[:16]}, but "
            f"these are {network.name} features of digest {network.digest[:16]}; it is blind on others. "
            "Attach it to its own network, or train one on these features (sisbench scene-head train)."
        )
    network.add_head(name, len(head.categories), head, shipped.sha256)
