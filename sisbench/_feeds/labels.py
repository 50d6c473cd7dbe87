"""Label maps that a segmenter reads off the images."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

import segmenters
from sisbench._feeds._base import Batch, Fed, Feed, Setting, Task
from sisbench._slots import Slot
from sisbench.errors import InputError
from sisbench.evaluation import Scores

PIXELS_PER_CALL = 2**22
"""Pixels that a segmenter sees at once, after its resizing (two images of 1024x2048), which bounds its memory."""


class LabelFeed(Feed):
    """A segmenter and the metrics of its label maps.

    Raises:
        segmenters.SegmenterError: The segmenter cannot run on this machine, or does not fit the data set.
    """

    def __init__(self, name: str, scale: float, slots: Sequence[Slot], setting: Setting) -> None:
        self.segmenter = segmenters.create(name, len(setting.classes), input_scale=scale).to(setting.device)
        if self.segmenter.loaded is None:
            raise segmenters.SegmenterError(f"{name} names no weights; a protocol names them ('arch.tag').")
        height, width = setting.size
        self.per_call = max(1, int(PIXELS_PER_CALL / (height * width * scale**2)))
        digest = self.segmenter.loaded.sha256
        networks = {slot: {f"segmenter:{name}": digest} for slot in slots}
        super().__init__(slots, networks, setting.metric_device, setting.classes)
        self.setting = setting
        origin = {**setting.origin, "kind": "scores", "network": digest, "segmenter": name, "scale": scale}
        self.sources = {slot: {**origin, "metric": slot.metric, "options": list(slot.options)} for slot in slots}
        self.stored = {slot: scores for slot in slots if (scores := self._read(slot)) is not None}
        self.real = Fed([slot for slot in slots if slot not in self.stored], setting.metric_device)
        # Settled now: a metric that drops out must not change what the batches in work are for.
        self.sides = (self.fed, self.real) if self.real else (self.fed,)

    def tasks(self, batch: Batch) -> list[Task]:
        """Segment; the real images only if their scores are not stored."""
        return [Task(partial(self._segment, images)) for images in (batch.fake, batch.real)[: len(self.sides)]]

    def take(self, batch: Batch, results: Sequence[Tensor]) -> None:
        """Update the metrics."""
        assert batch.truth is not None  # `_slots` gives label metrics to sets with label maps alone
        truth = batch.truth.to(self.setting.metric_device)
        for fed, predicted in zip(self.sides, results, strict=True):
            for slot in fed.slots:
                fed.update(slot, predicted, truth)

    def failed(self) -> dict[Slot, str]:
        """Reasons of both sides."""
        return self.real.failed | self.fed.failed

    def finish(self) -> dict[Slot, Scores]:
        """Store the scores of the real images and return them."""
        fresh = {slot: found.scores for slot, found in self.real.found(self.classes).items()}
        for slot, scores in fresh.items():
            self.setting.cache.put_json(self.sources[slot], scores.to_json())
        return self.stored | fresh

    def _segment(self, images: Tensor) -> Tensor:
        parts = [self.segmenter(part.to(self.setting.device)) for part in images.split(self.per_call)]
        return torch.cat(parts).to(self.setting.metric_device)

    def _read(self, slot: Slot) -> Scores | None:
        stored = self.setting.cache.json(self.sources[slot])
        try:
            return None if stored is None else Scores.from_json(stored)
        except InputError:  # written by another version: compute it again
            return None
