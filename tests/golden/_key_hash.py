"""Weights that are a function of their names, so that networks of any size can be compared without storing them.

Version 1 of the recipe behind the golden fixtures of segmenters and Inception, and behind our own pinned outputs.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn


def refill(key: str, shape: Sequence[int], seed: int = 0, gain: float = 1.0) -> Tensor:
    """Return the tensor of a state-dict key.

    A legacy Mersenne Twister, seeded with the CRC-32 of the key plus `seed`, draws standard normal numbers in float64;
    the kind of tensor, told by the last part of the key and the rank, scales and shifts them.

    Args:
        key: Key in the official state dict.
        shape: Its shape.
        seed: Seed of the fixture.
        gain: Variance of the outputs of a layer whose inputs have variance 1.
    """
    kind = key.rpartition(".")[2]
    if kind == "num_batches_tracked":
        return torch.tensor(0)
    if kind == "_running_iter":
        return torch.ones(tuple(shape))
    z = np.random.RandomState((zlib.crc32(key.encode()) + seed) % 2**32).standard_normal(tuple(shape))
    if kind in ("running_var", "_tmp_running_var"):
        z = 0.75 + 0.25 * np.abs(z)
    elif kind in ("running_mean", "_tmp_running_mean", "bias"):
        z = 0.1 * z
    elif len(shape) == 1:
        z = 1 + 0.1 * z
    else:
        z = z * math.sqrt(gain / math.prod(shape[1:]))
    return torch.from_numpy(z.astype(np.float32))


def refill_all(network: nn.Module, seed: int = 0, gain: float = 1.0) -> None:
    """Give every tensor of a network the value of its key."""
    state = {key: refill(key, tuple(value.shape), seed, gain) for key, value in network.state_dict().items()}
    network.load_state_dict(state)
