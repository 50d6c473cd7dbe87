"""Label maps that a segmenter reads off the images."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from sisbench._feeds._base import Batch, Fed, Feed, Setting, Task
from sisbench._slots import Slot
from sisbench.card import Size
from sisbench.errors import InputError
from sisbench.evaluation import Scores
from sisbench.reading import Reader


class LabelFeed(Feed):
    """A segmenter's view of the images, at each size of the truth, and the metrics of its label maps."""

    def __init__(self, reader: Reader, slots: Sequence[Slot], setting: Setting) -> None:
        self.reader, view = reader, reader.view
        networks = {slot: {f"segmenter:{view.segmenter}": self.reader.sha256} for slot in slots}
        super().__init__(slots, networks, setting.metric_device, setting.classes)
        self.setting = setting
        self.sizes: list[Size] = list(dict.fromkeys(slot.truth_size for slot in slots))
        seen = {"segmenter": view.segmenter, "reading": view.reading, "scale": view.input_scale}
        resized = {"input_size": view.input_size, "input_resample": view.input_resample}
        origin = {**setting.origin, "kind": "scores", "network": self.reader.sha256, **seen, **resized}
        self.sources = {
            slot: {**origin, "truth_size": slot.truth_size, "metric": slot.metric, "options": list(slot.options)}
            for slot in slots
        }
        self.stored = {slot: scores for slot in slots if (scores := self._read(slot)) is not None}
        self.real = Fed([slot for slot in slots if slot not in self.stored], setting.metric_device)
        # Settled now: a metric that drops out must not change what the batches in work are for.
        self.sides = (self.fed, self.real) if self.real else (self.fed,)
        self.doubts: dict[Slot, str] = {}

    def tasks(self, batch: Batch) -> list[Task]:
        """Segment; the real images only if their scores are not stored."""
        natives = [(truth.shape[0], truth.shape[1]) for truth in batch.truths.get("native", ())]
        sides = (batch.fake, batch.real)[: len(self.sides)]
        return [Task(partial(self.reader.read, images, self.sizes, natives)) for images in sides]

    def take(self, batch: Batch, results: Sequence[list[list[Tensor]]]) -> None:
        """Update the metrics."""
        for fed, found in zip(self.sides, results, strict=True):
            for size, predicted in zip(self.sizes, found, strict=True):
                slots = [slot for slot in fed.slots if slot.truth_size == size]
                for maps in self._parts(predicted, batch, size) if slots else ():
                    for slot in slots:
                        fed.update(slot, *maps)

    def failed(self) -> dict[Slot, str]:
        """Reasons of both sides."""
        return self.real.failed | self.fed.failed

    def finish(self) -> dict[Slot, Scores]:
        """Store the scores of the real images and return them."""
        fresh = {slot: found.scores for slot, found in self.real.found(self.classes).items()}
        for slot, scores in fresh.items():
            self.setting.cache.put_json(self.sources[slot], scores.to_json())
        every = self.stored | fresh
        self.doubts = {slot: doubt for slot, scores in every.items() if (doubt := self._doubt(scores))}
        return every

    def warnings(self) -> dict[Slot, str]:
        """Return what a score on real images far under the expected one says."""
        return self.doubts

    def _doubt(self, scores: Scores) -> str:
        """Judge the segmenter by the mean IoU of the real images, whatever the rule of the protocol."""
        by_class = [value.value for value in scores.per_class.get("iou", {}).values()]
        union = scores.results.get("miou_union")
        card = self.setting.card
        if card is None or not (by_class or union):
            return ""
        return self.reader.doubt(card.name, union.value if union else math.fsum(by_class) / len(by_class))

    def _parts(self, predicted: Sequence[Tensor], batch: Batch, size: Size) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield predicted and true label maps, int64 (N, H, W): a batch of the images' size, else one at a time."""
        device = self.setting.metric_device
        if size is None:
            assert batch.truth is not None  # `_slots` gives label metrics to sets with label maps alone
            yield torch.stack(list(predicted)).to(device).long(), batch.truth.to(device)
            return
        for found, truth in zip(predicted, batch.truths[size], strict=True):
            yield found[None].to(device).long(), truth[None].to(device).long()

    def _read(self, slot: Slot) -> Scores | None:
        stored = self.setting.cache.json(self.sources[slot])
        try:
            return None if stored is None else Scores.from_json(stored)
        except InputError:  # written by another version: compute it again
            return None
