"""What every feed is, and what it is told."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch import Tensor

from sisbench._slots import Slot
from sisbench.cache import Cache
from sisbench.card import Card, Size
from sisbench.errors import InputError
from sisbench.evaluation import Scores
from sisbench.metrics import Metric

CPU = torch.device("cpu")


@dataclass(frozen=True)
class Batch:
    """One slice of the sorted images.

    Attributes:
        start: Place of its first image.
        fake: uint8 (N, 3, H, W).
        real: uint8 (N, 3, H, W).
        truth: Train ids, int64 (N, H, W); None without label maps.
        truths: The same at other sizes, uint8 (h, w) of each image, for the sizes that a view asks for.
    """

    start: int
    fake: Tensor
    real: Tensor
    truth: Tensor | None
    truths: Mapping[Size, Sequence[Tensor]] = field(default_factory=dict)


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

    def failed(self) -> dict[Slot, str]:
        """Return why metrics dropped out, after `found` and `finish`."""
        return self.fed.failed

    def warnings(self) -> dict[Slot, str]:
        """Return what makes scores doubtful, after `finish`."""
        return {}

    def finish(self) -> dict[Slot, Scores]:
        """Keep what was found on the real images alone; return their scores, where a metric is one-sided."""
        return {}
