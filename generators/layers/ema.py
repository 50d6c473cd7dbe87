"""Exponential moving average of a network's weights."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

N = TypeVar("N", bound=nn.Module)


class EMA(Generic[N]):
    """A copy of a network whose parameters follow the original slowly.

    Args:
        network: The network in training.
        decay: Share of the old average that a step keeps.
        whole_state: OASIS' rule: every entry of the state is averaged, buffers too (statistics of batch norm, vectors
            of spectral norm), by the full decay from the first step on. Else buffers are copied, and early on the decay
            is at most (1 + step) / (10 + step), so the average forgets its start.
    """

    def __init__(self, network: N, decay: float, whole_state: bool = False) -> None:
        self.network: N = copy.deepcopy(network).requires_grad_(False)
        self.decay, self.whole_state = decay, whole_state

    @torch.no_grad()
    def update(self, network: N, step: int) -> None:
        """Take the average one step (0-based) further."""
        decay = self.decay if self.whole_state else min(self.decay, (1 + step) / (10 + step))
        for parameter, value in zip(self.network.parameters(), network.parameters(), strict=True):
            parameter.lerp_(value, 1 - decay)
        for buffer, state in zip(self.network.buffers(), network.buffers(), strict=True):
            if self.whole_state and buffer.is_floating_point():
                buffer.lerp_(state, 1 - decay)
            else:  # counters count
                buffer.copy_(state)
