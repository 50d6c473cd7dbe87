"""Several images of one layout, or a perceptual network on each of them once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from sisbench._feeds._base import CPU, Feed, Task
from sisbench._slots import Slot
from sisbench.features.lpips import create as create_lpips


class SampleFeed(Feed):
    """A perceptual network, or none, and the metrics behind it; only the images of one layout are held at a time.

    Args:
        name: Network ("lpips-alex"), or "" for the images themselves.
        slots: The metrics.
        device: Where the network runs.

    Raises:
        features.Unavailable: The network cannot run on this machine.
    """

    def __init__(self, name: str, slots: Sequence[Slot], device: torch.device) -> None:
        self.network = create_lpips(name.removeprefix("lpips-"), device) if name else None
        networks = {slot: {name: self.network.digest} for slot in slots} if self.network else {}
        super().__init__(slots, networks, CPU)

    def tasks(self, batch: Tensor) -> list[Task]:
        """Compare the images of one layout, uint8 (S, 3, H, W)."""
        if self.network is not None:
            return [Task(partial(self.network.pairwise, batch))]
        return [Task(partial(self.fed.update, slot, batch[None]), slot) for slot in self.fed.slots]

    def take(self, batch: Tensor, results: Sequence[Any]) -> None:
        """Update the metrics of distances."""
        if self.network is not None:
            for slot in self.fed.slots:
                self.fed.update(slot, results[0][None])
