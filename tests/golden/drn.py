"""Replay of the DRN fixtures: outputs of the official networks with weights that are refilled from their names.

The fixture lists the keys and shapes of the official state dict; the network is built from that list alone, so that
fixtures of other depths, widths, class counts and image sizes replay as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor

from segmenters.drn import DRN, BasicBlock, Bottleneck, bilinear_kernel
from tests.golden import _key_hash

RELATIVE = 1e-4
"""Allowed error of float tensors, relative to the largest value of the tensor."""

PIXELS = 1e-3
"""Allowed share of pixels with another class."""


def handles(config: Mapping[str, Any]) -> bool:
    """Whether a fixture with this metadata is one of a DRN-D segmenter."""
    return str(config.get("arch", "")).startswith("drn_d_")


def replay(path: Path) -> list[tuple[str, float, float]]:
    """Run the network of a fixture; return (tensor, largest absolute error, tolerance) for everything it stores.

    Two kinds of rows are not absolute errors: `argmax` is the share of pixels with another class, and `*.sum_abs` is
    relative, because it is a sum over a whole feature map.
    """
    with safe_open(path, framework="pt") as stream:
        config = stream.metadata()
        stored = {key: stream.get_tensor(key) for key in stream.keys()}  # noqa: SIM118 (it is no dict)
    keys = json.loads(config["keys"])
    network = build({key: shape for key, shape, _ in keys})
    network.load_state_dict(
        {key: refill(key, shape, int(config["seed"]), float(config["gain"])) for key, shape, _ in keys}
    )
    found = _run(network.eval(), stored["input"])
    rows: list[tuple[str, float, float]] = []
    for name, want in sorted(stored.items()):
        if name == "input":
            continue
        got = found[name]
        if name in ("argmax", "logprob"):  # the official network leaves the rounded-up grid; ours cuts it off
            want = want[..., : got.shape[-2], : got.shape[-1]]
        if name == "argmax":
            rows.append((name, (got != want).double().mean().item(), PIXELS))
        elif name.startswith("stats."):
            rows.append((name, *_largest(got[:4], want[:4])))  # mean, deviation, minimum, maximum
            rows.append((f"{name}.sum_abs", (got[4] / want[4] - 1).abs().item(), RELATIVE))
        else:
            rows.append((name, *_largest(got, want)))
    return rows


def build(shapes: Mapping[str, Sequence[int]]) -> DRN:
    """Build the network that a list of official keys and shapes describes."""
    depths = [len({key.split(".")[2] for key in shapes if key.startswith(f"base.{stage}.")}) for stage in range(3, 7)]
    first = [
        "base.0.0",
        "base.1.0",
        "base.2.0",
        *(f"base.{stage}.0.conv1" for stage in range(3, 7)),
        "base.7.0",
        "base.8.0",
    ]
    widths = [shapes[f"{key}.weight"][0] for key in first]
    block = Bottleneck if "base.3.0.conv3.weight" in shapes else BasicBlock
    return DRN(block, tuple(depths), tuple(widths), num_classes=shapes["seg.weight"][0])  # type: ignore[arg-type]


def refill(key: str, shape: Sequence[int], seed: int = 0, gain: float = 1.0) -> Tensor:
    """Return the weight of a key: the recipe of the golden fixtures; the upsampling is its bilinear constant."""
    if key == "up.weight":
        return bilinear_kernel(16).expand(*shape).clone()
    return _key_hash.refill(key, shape, seed, gain)


@torch.no_grad()
def _run(network: DRN, normalised: Tensor) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    x = normalised
    for index, stage in enumerate(network.base):
        x = stage(x)
        y = x.double()
        found[f"stats.base.{index}"] = torch.stack([y.mean(), y.std(), y.min(), y.max(), y.abs().sum()])
    found["logits_stride8"] = network.seg(x)
    found["logprob"] = network.logits(normalised).log_softmax(dim=1)
    found["argmax"] = found["logprob"].argmax(dim=1).byte()
    return found


def _largest(got: Tensor, want: Tensor) -> tuple[float, float]:
    return (got - want).abs().max().item(), RELATIVE * want.abs().max().item()
