"""What runs on the images of an evaluation: each needed network once, and behind it the metrics that it feeds.

A feed takes the same fixed batches in the same order every time, so its numbers depend on nothing else. What it finds
on the real images alone is kept in the cache: the features of a data set, and the scores of a segmenter on it, are
computed once per protocol, not once per method.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

import segmenters
from sisbench import features, metrics
from sisbench.cache import Cache
from sisbench.card import Card, Scoring
from sisbench.errors import InputError
from sisbench.evaluation import Scores, Value
from sisbench.metrics import Metric

PIXELS_PER_CALL = 2**22
"""Pixels that a segmenter sees at once, after its resizing (two images of 1024x2048), which bounds its memory."""


@dataclass(frozen=True)
class Batch:
    """One slice of the sorted samples.

    Attributes:
        start: Place of its first sample.
        fake: uint8 (N, 3, H, W).
        real: uint8 (N, 3, H, W).
        truth: Train ids, int64 (N, H, W).
    """

    start: int
    fake: Tensor
    real: Tensor
    truth: Tensor


@dataclass(frozen=True)
class Setting:
    """What the feeds of one evaluation share.

    Attributes:
        card: Facts of the data set.
        scoring: Choices of the protocol for it.
        n: Number of samples.
        device: Where networks run.
        cache: Where findings on the real images are kept.
        origin: Digests of everything that real-side findings depend on, except the network.
    """

    card: Card
    scoring: Scoring
    n: int
    device: torch.device
    cache: Cache
    origin: Mapping[str, Any]

    @property
    def metric_device(self) -> torch.device:
        """Where metrics run: CUDA has float64, other accelerators need not."""
        return self.device if self.device.type == "cuda" else torch.device("cpu")


class Feed:
    """A network, or none, and the metrics behind it.

    Attributes:
        metrics: By name.
        networks: Digests of what is run, by label.
        classes: Names of the classes, for metrics that have values by class.
    """

    def __init__(self, fed: Mapping[str, Metric], networks: Mapping[str, str], classes: Sequence[str] = ()) -> None:
        self.metrics, self.networks, self.classes = fed, networks, classes

    def take(self, batch: Batch) -> None:
        """Run the network on a batch and update the metrics; batches come in order."""
        raise NotImplementedError

    def scores(self) -> Scores:
        """Return the scores of the generated images, after all batches."""
        return merged(_scores(metric, self.classes) for metric in self.metrics.values())

    def finish(self) -> Scores:
        """Keep what was found on the real images alone; return their scores, where they have any."""
        return Scores({}, {})


class PixelFeed(Feed):
    """Metrics of the images themselves."""

    def __init__(self, names: Sequence[str], setting: Setting) -> None:
        self.device = setting.metric_device
        super().__init__({name: _create(name).to(self.device) for name in names}, {})

    def take(self, batch: Batch) -> None:
        """Update the metrics."""
        fake, real = batch.fake.to(self.device), batch.real.to(self.device)
        for metric in self.metrics.values():
            metric.update(fake, real)


class FeatureFeed(Feed):
    """A feature network and the metrics of its features.

    Raises:
        features.Unavailable: The network cannot run on this machine.
    """

    def __init__(self, network: str, names: Sequence[str], setting: Setting) -> None:
        self.network = features.create(network, setting.device)
        # Fake and real of a key belong to one layout, which the standard error must know.
        fed = {name: _create(name, paired=True) for name in names}
        super().__init__(fed, {f"feature:{network}": self.network.digest})
        self.cache, self.source = setting.cache, {**setting.origin, "kind": "features", "network": self.network.digest}
        stored = self.cache.tensor(self.source)
        self.stored = stored if stored is not None and stored.shape == (setting.n, self.network.dim) else None
        self.fresh: list[Tensor] = []

    def take(self, batch: Batch) -> None:
        """Extract features; those of the real images only if they are not stored."""
        fake = self.network(batch.fake)
        if self.stored is None:
            real = self.network(batch.real)
            self.fresh.append(real)
        else:
            real = self.stored[batch.start : batch.start + len(fake)]
        for metric in self.metrics.values():
            metric.update(fake, real)

    def finish(self) -> Scores:
        """Store the features of the real images; they are judged against nothing, so there are no scores."""
        if self.stored is None:
            self.cache.put_tensor(self.source, torch.cat(self.fresh))
        return super().finish()


class LabelFeed(Feed):
    """The protocol's segmenter and the metrics of its label maps.

    Raises:
        segmenters.SegmenterError: The segmenter cannot run on this machine, or does not fit the data set.
    """

    def __init__(self, names: Sequence[str], setting: Setting) -> None:
        segmentation, classes = setting.scoring.segmentation, setting.card.train_classes
        if segmentation is None:
            raise segmenters.SegmenterError(
                f"the protocol names no segmenter for {setting.card.name}. Choose another protocol."
            )
        name, scale = segmentation.segmenter, segmentation.input_scale
        self.segmenter = segmenters.create(name, len(classes), input_scale=scale).to(setting.device)
        if self.segmenter.loaded is None:
            raise segmenters.SegmenterError(f"{name} names no weights; a protocol names them ('arch.tag').")
        self.device, self.network_device = setting.metric_device, setting.device
        height, width = setting.scoring.size
        self.per_call = max(1, int(PIXELS_PER_CALL / (height * width * scale**2)))
        options = {
            "num_classes": len(classes),
            "iou_classes": segmentation.iou_classes,
            "ignored_pixels": segmentation.ignored_pixels,
        }
        digest = self.segmenter.loaded.sha256
        super().__init__(
            {metric: _create(metric, **options).to(self.device) for metric in names},
            {f"segmenter:{name}": digest},
            [label.name for label in classes],
        )
        self.cache = setting.cache
        self.sources = {
            metric: {**setting.origin, "kind": "scores", "network": digest, "segmenter": name, "metric": metric}
            for metric in names
        }
        self.stored = {metric: scores for metric in names if (scores := self._read(metric)) is not None}
        self.fresh = {
            metric: _create(metric, **options).to(self.device) for metric in names if metric not in self.stored
        }

    def take(self, batch: Batch) -> None:
        """Segment; the real images only if their scores are not stored."""
        truth = batch.truth.to(self.device)
        for images, fed in ((batch.fake, self.metrics), (batch.real, self.fresh)):
            if not fed:
                continue
            predicted = torch.cat([self._segment(part) for part in images.split(self.per_call)])
            for metric in fed.values():
                metric.update(predicted, truth)

    def finish(self) -> Scores:
        """Store the scores of the real images and return them."""
        fresh = {name: _scores(metric, self.classes) for name, metric in self.fresh.items()}
        for name, scores in fresh.items():
            self.cache.put_json(self.sources[name], scores.to_json())
        return merged((self.stored | fresh).values())

    def _segment(self, images: Tensor) -> Tensor:
        predicted: Tensor = self.segmenter(images.to(self.network_device))
        return predicted.to(self.device)

    def _read(self, metric: str) -> Scores | None:
        stored = self.cache.json(self.sources[metric])
        try:
            return None if stored is None else Scores.from_json(stored)
        except InputError:  # written by another version: compute it again
            return None


def make_feeds(names: Sequence[str], setting: Setting) -> tuple[list[Feed], dict[str, str]]:
    """Create the feeds that metrics need.

    Args:
        names: Names of metrics.
        setting: What the feeds share.

    Returns:
        The feeds, and for metrics without one the reason.
    """
    groups: dict[str, list[str]] = {}
    reasons: dict[str, str] = {}
    for name in names:
        metric = metrics.get(name)
        if setting.n < metric.minimum:
            reasons[name] = f"needs at least {metric.minimum} images, got {setting.n}"
        else:
            groups.setdefault(metric.needs, []).append(name)
    feeds: list[Feed] = []
    for needs, group in groups.items():
        try:
            feeds.append(_make_feed(needs, group, setting))
        except (features.Unavailable, segmenters.SegmenterError) as error:
            reasons |= dict.fromkeys(group, str(error))
    return feeds, reasons


def _make_feed(needs: str, names: Sequence[str], setting: Setting) -> Feed:
    kind, _, network = needs.partition(":")
    match kind:
        case "pixels":
            return PixelFeed(names, setting)
        case "labels":
            return LabelFeed(names, setting)
        case "feature":
            return FeatureFeed(network, names, setting)
    raise ValueError(f"metrics {', '.join(names)} need {needs!r}, which nothing provides")


def _create(name: str, **options: Any) -> Metric:
    # An evaluation is the work of one process, also in a distributed run: waiting for the others would last for ever.
    return metrics.get(name)(sync_on_compute=False, **options)


def merged(parts: Iterable[Scores]) -> Scores:
    """Return the scores of several metrics as one."""
    results: dict[str, Value] = {}
    per_class: dict[str, Mapping[str, Value]] = {}
    for part in parts:
        results |= part.results
        per_class |= part.per_class
    return Scores(results, per_class)


def _scores(metric: Metric, classes: Sequence[str]) -> Scores:
    by_class = {what: {classes[c]: v for c, v in values.items()} for what, values in metric.per_class().items()}
    return Scores(metric.compute(), by_class)
