"""What runs on the images of an evaluation: each needed network once, and behind it the metrics that it feeds.

A feed takes the same fixed batches in the same order every time, so its numbers depend on nothing else. What it finds
on the real images alone is kept in the cache: the features of a data set, and the scores of a segmenter on it, are
computed once, not once per method.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

import segmenters
from sisbench import features, scene_head
from sisbench._slots import Slot
from sisbench.cache import Cache
from sisbench.card import Card
from sisbench.errors import InputError
from sisbench.evaluation import Scores
from sisbench.metrics import Metric

CPU = torch.device("cpu")

PIXELS_PER_CALL = 2**22
"""Pixels that a segmenter sees at once, after its resizing (two images of 1024x2048), which bounds its memory."""


@dataclass(frozen=True)
class Batch:
    """One slice of the sorted images.

    Attributes:
        start: Place of its first image.
        fake: uint8 (N, 3, H, W).
        real: uint8 (N, 3, H, W).
        truth: Train ids, int64 (N, H, W); None without label maps.
    """

    start: int
    fake: Tensor
    real: Tensor
    truth: Tensor | None


@dataclass(frozen=True)
class Setting:
    """What the feeds of one evaluation share.

    Attributes:
        card: Facts of the data set, where there is one.
        size: Height and width of all images.
        n: Number of images.
        device: Where networks run.
        cache: Where findings on the real images are kept.
        origin: Digests of everything that real-side findings depend on, except the network.
    """

    card: Card | None
    size: tuple[int, int]
    n: int
    device: torch.device
    cache: Cache
    origin: Mapping[str, Any]

    @property
    def metric_device(self) -> torch.device:
        """Where metrics run: CUDA has float64, other accelerators need not."""
        return self.device if self.device.type == "cuda" else torch.device("cpu")

    @property
    def classes(self) -> list[str]:
        """Names of the scored classes."""
        return [label.name for label in self.card.train_classes] if self.card else []


@dataclass(frozen=True)
class Found:
    """What a metric found.

    Attributes:
        scores: Its values.
        per_image: Pseudo-values of every image, by output (see `metrics.Estimate`).
    """

    scores: Scores
    per_image: Mapping[str, Sequence[float]]


class Fed:
    """Metrics behind one network. One that fails on the data drops out with its reason; the others go on.

    Attributes:
        failed: Reasons, by slot.

    Args:
        slots: The metrics.
        device: Where they run.
    """

    def __init__(self, slots: Sequence[Slot], device: torch.device) -> None:
        self._metrics: dict[Slot, Metric] = {slot: slot.create().to(device) for slot in slots}
        self.failed: dict[Slot, str] = {}

    def __bool__(self) -> bool:
        return bool(self._metrics)

    @property
    def slots(self) -> list[Slot]:
        """Metrics that have not failed."""
        return list(self._metrics)

    def update(self, slot: Slot, *batch: Tensor) -> None:
        """Update one metric, unless it has failed before."""
        metric = self._metrics.get(slot)
        if metric is None:
            return
        try:
            metric.update(*batch)
        except InputError as error:
            self._fail(slot, error)

    def found(self, classes: Sequence[str]) -> dict[Slot, Found]:
        """Return what every metric found, after all batches."""
        return {slot: found for slot in self.slots if (found := self._found(slot, classes)) is not None}

    def _found(self, slot: Slot, classes: Sequence[str]) -> Found | None:
        metric = self._metrics[slot]
        try:
            estimates = metric.estimates()
            per_class = metric.per_class()
        except InputError as error:
            self._fail(slot, error)
            return None
        by_class = {what: {classes[c]: v for c, v in values.items()} for what, values in per_class.items()}
        scores = Scores({output: estimate.score() for output, estimate in estimates.items()}, by_class)
        shares = {o: e.value + e.influence for o, e in estimates.items() if e.influence is not None}
        return Found(scores, {output: share.tolist() for output, share in shares.items()})

    def _fail(self, slot: Slot, error: InputError) -> None:
        self.failed[slot] = str(error)
        del self._metrics[slot]


class Task(NamedTuple):
    """A part of the work on a batch.

    Attributes:
        call: What to run.
        lane: Tasks of one lane run one after another; None is free of any.
    """

    call: Callable[[], Any]
    lane: Hashable | None = None


class Feed:
    """A network, or none, and the metrics behind it.

    Attributes:
        networks: Digests of what runs, by label, for the slots that rest on it.
        fed: Metrics of the generated images.
        classes: Names of the scored classes.
    """

    def __init__(
        self,
        slots: Sequence[Slot],
        networks: Mapping[Slot, Mapping[str, str]],
        device: torch.device,
        classes: Sequence[str] = (),
    ) -> None:
        self.networks, self.classes = networks, classes
        self.fed = Fed(slots, device)

    def tasks(self, batch: Any) -> list[Task]:
        """Return what there is to compute for a batch, in parts that may run at the same time.

        Batches come in order; parts of one lane run one after another, in the order of the batches.
        """
        raise NotImplementedError

    def take(self, batch: Any, results: Sequence[Any]) -> None:
        """Take in what the tasks of a batch returned; batches come in order, one at a time."""

    def found(self) -> dict[Slot, Found]:
        """Return what was found on the generated images, after all batches."""
        return self.fed.found(self.classes)

    def finish(self) -> dict[Slot, Scores]:
        """Keep what was found on the real images alone; return their scores, where a metric is one-sided."""
        return {}


class PixelFeed(Feed):
    """Metrics of the images themselves."""

    def __init__(self, slots: Sequence[Slot], setting: Setting) -> None:
        super().__init__(slots, {}, setting.metric_device, setting.classes)
        self.device = setting.metric_device

    def tasks(self, batch: Batch) -> list[Task]:
        """Update each metric, in a lane of its own."""
        device = self.device
        fake, real = batch.fake.to(device), batch.real.to(device)
        truth = None if batch.truth is None else batch.truth.to(device)
        found = []
        for slot in self.fed.slots:
            sides = (fake, real) if slot.entry.needs == "pixels" or truth is None else (fake, real, truth)
            found.append(Task(partial(self.fed.update, slot, *sides), (id(self), slot)))
        return found


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

    def tasks(self, batch: Batch) -> list[Task]:
        """Segment; the real images only if their scores are not stored."""
        sides = [images for images, fed in ((batch.fake, self.fed), (batch.real, self.real)) if fed]
        return [Task(partial(self._segment, images)) for images in sides]

    def take(self, batch: Batch, results: Sequence[Tensor]) -> None:
        """Update the metrics."""
        assert batch.truth is not None  # `_slots` gives label metrics to sets with label maps alone
        truth = batch.truth.to(self.setting.metric_device)
        for fed, predicted in zip([fed for fed in (self.fed, self.real) if fed], results, strict=True):
            for slot in fed.slots:
                fed.update(slot, predicted, truth)

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


def make_feeds(slots: Sequence[Slot], setting: Setting) -> tuple[list[Feed], dict[Slot, str]]:
    """Create the feeds of all slots: one for each network.

    Returns:
        The feeds, and for slots without one the reason.
    """
    groups: dict[tuple[str, str, float], list[Slot]] = {}
    for slot in dict.fromkeys(slots):
        groups.setdefault((slot.source, slot.network, slot.scale), []).append(slot)
    feeds: list[Feed] = []
    reasons: dict[Slot, str] = {}
    for (source, network, scale), group in groups.items():
        try:
            feeds.append(_make_feed(source, network, scale, group, setting))
        except (features.Unavailable, segmenters.SegmenterError) as error:
            reasons |= dict.fromkeys(group, str(error))
    return feeds, reasons


def _make_feed(source: str, network: str, scale: float, slots: Sequence[Slot], setting: Setting) -> Feed:
    match source:
        case "pixels":
            return PixelFeed(slots, setting)
        case "labels":
            return LabelFeed(network, scale, slots, setting)
        case "feature":
            return FeatureFeed(network, slots, setting)
    raise ValueError(f"nothing provides {source!r}")
