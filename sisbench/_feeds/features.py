"""Outputs of a feature network."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

import torch
from torch import Tensor

from sisbench import features, scene_head
from sisbench._feeds._base import CPU, Batch, Fed, Feed, Setting, Task
from sisbench._slots import Slot
from sisbench.evaluation import Scores


class FeatureFeed(Feed):
    """A feature network and the metrics of its outputs.

    Raises:
        features.Unavailable: The network cannot run on this machine.
    """

    def __init__(self, name: str, slots: Sequence[Slot], setting: Setting) -> None:
        self.network = features.create(name, setting.device)
        without = self._attach_heads({slot.head for slot in slots})
        blind = {slot: without[slot.head] for slot in slots if slot.head in without}
        slots = [slot for slot in slots if slot not in blind]
        self.heads = tuple(sorted({slot.head for slot in slots}))
        digests = {head: self.network.head_digest(head) for head in self.heads}
        labels = {head: f"feature:{name}" if head == "pooled" else f"feature:{name}/{head}" for head in self.heads}
        super().__init__(slots, {slot: {labels[slot.head]: digests[slot.head]} for slot in slots}, CPU)
        self.fed.failed |= blind
        self.setting = setting
        self.real = Fed([slot for slot in slots if slot.entry.one_sided], CPU)  # where features are
        self.sources = {head: {**setting.origin, "kind": "features", "network": digests[head]} for head in self.heads}
        self.stored = {head: tensor for head in self.heads if (tensor := self._read(head)) is not None}
        self.missing = tuple(head for head in self.heads if head not in self.stored)
        self.fresh: dict[str, list[Tensor]] = {head: [] for head in self.missing}

    def tasks(self, batch: Batch) -> list[Task]:
        """Extract features; those of the real images only if they are not stored."""
        sides = [(batch.fake, self.heads), *([(batch.real, self.missing)] if self.missing else [])]
        return [Task(partial(self.network.extract, images, heads)) for images, heads in sides]

    def take(self, batch: Batch, results: Sequence[dict[str, Tensor]]) -> None:
        """Update the metrics."""
        fake, real = results[0], dict(results[1]) if self.missing else {}
        for head, part in real.items():
            self.fresh[head].append(part)
        window = slice(batch.start, batch.start + len(batch.fake))
        real |= {head: tensor[window] for head, tensor in self.stored.items()}
        for slot in self.fed.slots:
            sides = (fake[slot.head],) if slot.entry.one_sided else (fake[slot.head], real[slot.head])
            self.fed.update(slot, *sides)
        for slot in self.real.slots:
            self.real.update(slot, real[slot.head])

    def failed(self) -> dict[Slot, str]:
        """Reasons of both sides."""
        return self.real.failed | self.fed.failed

    def finish(self) -> dict[Slot, Scores]:
        """Store the features of the real images."""
        for head, parts in self.fresh.items():
            self.setting.cache.put_tensor(self.sources[head], torch.cat(parts))
        return {slot: found.scores for slot, found in self.real.found(self.classes).items()}

    def _attach_heads(self, heads: Collection[str]) -> dict[str, str]:
        """Give the network the heads that come from outside; return those that cannot be, with the reason."""
        reasons = {}
        for head in heads:
            try:
                if head not in self.network.heads:
                    scene_head.attach(self.network, head)
            except features.Unavailable as error:
                reasons[head] = str(error)
        return reasons

    def _read(self, head: str) -> Tensor | None:
        stored = self.setting.cache.tensor(self.sources[head])
        expected = (self.setting.n, self.network.heads[head])
        return stored if stored is not None and stored.shape == expected else None
