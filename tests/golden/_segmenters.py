"""What the families of segmenters share: weights refilled by name, statistics of modules, and how outputs compare.

A fixture of this layout lists the keys and shapes of the official state dict; the network is built from that list, so
that fixtures of other depths, widths, class counts and image sizes replay as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from tests.golden import _key_hash
from tests.golden._fixture import Comparison, compare

RELATIVE = 1e-4
"""Allowed error of float tensors, relative to the largest value of the tensor."""

PIXELS = 1e-3
"""Allowed share of pixels with another class."""

Shapes = dict[str, Sequence[int]]
Refill = Callable[[str, Sequence[int], int, float], Tensor]


@dataclass(frozen=True)
class Stored:
    """A fixture.

    Attributes:
        config: Metadata but for the keys.
        shapes: Shape of every tensor of the official state dict.
        tensors: What is stored: the input and outputs.
    """

    config: Mapping[str, str]
    shapes: Shapes
    tensors: Mapping[str, Tensor]

    @classmethod
    def read(cls, path: Path) -> Stored:
        """Read a fixture."""
        with safe_open(path, framework="pt") as file:
            config = dict(file.metadata())
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
        return cls(config, {key: shape for key, shape, _ in json.loads(config.pop("keys"))}, tensors)

    def fill(self, network: nn.Module, ignored: Sequence[str] = (), refill: Refill = _key_hash.refill) -> None:
        """Load the refilled state, strictly but for keys whose last part is in `ignored`."""
        seed, gain = int(self.config["seed"]), float(self.config["gain"])
        kept = {key: shape for key, shape in self.shapes.items() if key.rpartition(".")[2] not in ignored}
        network.load_state_dict({key: refill(key, shape, seed, gain) for key, shape in kept.items()})

    def size(self, name: str) -> tuple[int, int]:
        """Return the height and width that a metadata entry holds."""
        height, width = json.loads(self.config[name])
        return height, width

    def compare(self, found: Mapping[str, Tensor], cut: Sequence[str] = ()) -> list[Comparison]:
        """Compare everything that is stored, by name.

        Two kinds of rows are not absolute errors: `argmax` is the share of pixels with another class, and `*.sum_abs`
        is relative, because it is a sum over a whole feature map.

        Args:
            found: Outputs by name.
            cut: Names of stored maps to be cut off to the size of ours at the bottom and the right.
        """
        rows: list[Comparison] = []
        for name, want in sorted(self.tensors.items()):
            if name == "input":
                continue
            got = found[name]
            if name in cut:
                want = want[..., : got.shape[-2], : got.shape[-1]]
            if name == "argmax":
                same = got.shape == want.shape
                rows.append((name, (got != want).double().mean().item() if same else float("inf"), PIXELS))
            elif name.startswith("stats."):
                rows.append(compare(name, got[:4], want[:4], 0.0, RELATIVE))  # mean, deviation, minimum, maximum
                rows.append((f"{name}.sum_abs", (got[4] / want[4] - 1).abs().item(), RELATIVE))
            else:
                rows.append(compare(name, got, want, 0.0, RELATIVE))
        return rows

    @contextmanager
    def watching(self, network: nn.Module) -> Iterator[dict[str, Tensor]]:
        """Fill a dictionary with statistics of the first output of every module that statistics are stored of."""
        found: dict[str, Tensor] = {}
        hooks = []
        for name in self.tensors:
            if name.startswith("stats."):

                def keep(_module: nn.Module, _inputs: object, output: Tensor, name: str = name) -> None:
                    found.setdefault(name, statistics(output))

                hooks.append(network.get_submodule(name.removeprefix("stats.")).register_forward_hook(keep))
        try:
            yield found
        finally:
            for hook in hooks:
                hook.remove()


def statistics(x: Tensor) -> Tensor:
    """Mean, standard deviation, minimum, maximum, and sum of absolute values, float64 (5,)."""
    y = x.double()
    return torch.stack([y.mean(), y.std(), y.min(), y.max(), y.abs().sum()])


def count(shapes: Shapes, prefix: str) -> int:
    """Return how many different next parts keys have behind a prefix."""
    return len({key.removeprefix(prefix).partition(".")[0] for key in shapes if key.startswith(prefix)})
