"""Replay of the DRN fixtures: outputs of the official networks with weights that are refilled from their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segmenters.drn import DRN, BasicBlock, Bottleneck, bilinear_kernel
from tests.golden import _key_hash
from tests.golden._fixture import Comparison
from tests.golden._segmenters import Shapes, Stored, count


def handles(config: Mapping[str, Any]) -> bool:
    """Whether a fixture with this metadata is one of a DRN-D segmenter."""
    return str(config.get("arch", "")).startswith("drn_d_")


@torch.no_grad()
def replay(path: Path) -> list[Comparison]:
    """Run the network of a fixture and compare everything it stores."""
    stored = Stored.read(path)
    network = build(stored.shapes).eval()
    stored.fill(network, refill=refill)
    normalised = stored.tensors["input"]
    with stored.watching(network) as found:
        coarse = network.seg(network.base(normalised))
    logprob = network.logits(normalised).log_softmax(dim=1)
    found |= {"logits_stride8": coarse, "logprob": logprob, "argmax": logprob.argmax(dim=1).byte()}
    # The official network leaves the rounded-up grid; ours cuts it off.
    return stored.compare(found, cut=("argmax", "logprob"))


def build(shapes: Shapes) -> DRN:
    """Build the network that a list of official keys and shapes describes."""
    depths = [count(shapes, f"base.{stage}.") for stage in range(3, 7)]
    first = ["0.0", "1.0", "2.0", *(f"{stage}.0.conv1" for stage in range(3, 7)), "7.0", "8.0"]
    widths = [shapes[f"base.{key}.weight"][0] for key in first]
    block = Bottleneck if "base.3.0.conv3.weight" in shapes else BasicBlock
    return DRN(block, tuple(depths), tuple(widths), num_classes=shapes["seg.weight"][0])  # type: ignore[arg-type]


def refill(key: str, shape: Sequence[int], seed: int = 0, gain: float = 1.0) -> Tensor:
    """Return the weight of a key: the recipe of the golden fixtures; the upsampling is its bilinear constant."""
    if key == "up.weight":
        return bilinear_kernel(16).expand(*shape).clone()
    return _key_hash.refill(key, shape, seed, gain)
