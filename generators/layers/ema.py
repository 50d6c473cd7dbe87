"""Exponential moving average of a network's weights."""

from __future__ import annotations

import copy

import torch
from torch import nn


class EMA:
    """A copy of a network whose parameters follow the original slowly; buffers are copied.

    Args:
        network: The network in training.
        decay: Share of the old average that a step keeps.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take one step; early on the decay is at most (1 + step) / (10 + step), so the average forgets its start."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for parameter, value in zip(self.network.parameters(), network.parameters(), strict=True):
            parameter.lerp_(value, 1 - decay)
        for buffer, state in zip(self.network.buffers(), network.buffers(), strict=True):
            buffer.copy_(state)
