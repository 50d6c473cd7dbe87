"""What runs on several images of one layout: nothing, or a perceptual network on each of them once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from sisbench._feeds import CPU, Feed, Task
from sisbench._slots import Slot
from sisbench.features import Unavailable
from sisbench.features.lpips import create as create_lpips


class SampleFeed(Feed):
    """A perceptual network, or none, and the metrics behind it; only the images of one layout are held at a time.

    Args:
        name: Network ("lpips-alex"), or "" for the images themselves.
        slots: The metrics.
        device: Where the network runs.

    Raises:
        Unavailable: The network cannot run on this machine.
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


def make_sample_feeds(slots: Sequence[Slot], device: torch.device) -> tuple[list[SampleFeed], dict[Slot, str]]:
    """Create one feed for each network; return them, and for slots without one the reason."""
    feeds: list[SampleFeed] = []
    reasons: dict[Slot, str] = {}
    for name in dict.fromkeys(slot.network for slot in slots):
        group = [slot for slot in slots if slot.network == name]
        try:
            feeds.append(SampleFeed(name, group, device))
        except Unavailable as error:
            reasons |= dict.fromkeys(group, str(error))
    return feeds, reasons
