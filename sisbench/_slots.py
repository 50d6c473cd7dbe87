"""What an evaluation runs: the metrics of each protocol, resolved to networks and arguments.

Two protocols that ask for the same thing share it: equal slots are one metric, equal sources one network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sisbench import metrics, protocols
from sisbench.card import ANY, Card, Scoring, Size
from sisbench.metrics import Metric
from sisbench.reading import View


@dataclass(frozen=True)
class Slot:
    """One metric with its arguments.

    Attributes:
        metric: Name in `sisbench.metrics`.
        source: What runs before it: "pixels", "labels", "feature", "samples".
        network: Network that does; empty for pixels.
        head: Which output of the network, where it has several.
        view: How a segmenter sees the images; None for other sources.
        truth_size: Size at which its label maps meet the true ones.
        options: Arguments of the metric.
    """

    metric: str
    source: str
    network: str = ""
    head: str = ""
    view: View | None = None
    truth_size: Size = None
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def entry(self) -> type[Metric]:
        """The metric's class."""
        return metrics.get(self.metric)

    @property
    def truth_sizes(self) -> set[Size]:
        """Sizes, besides that of the images, at which true label maps are needed: native ones tell the native size."""
        sizes = {self.truth_size, "native" if self.view and self.view.input_size == "native" else None}
        return {size for size in sizes if size is not None}

    def create(self) -> Metric:
        """Build the metric, empty.

        An evaluation is the work of one process, also in a distributed run: waiting for others would last for ever.
        """
        return self.entry(sync_on_compute=False, **dict(self.options))


class Unfit(Exception):
    """A metric that the protocol or the data cannot serve; the message is the reason of its `n/a`."""


@dataclass(frozen=True)
class Wanted:
    """What a protocol asks for.

    Attributes:
        names: Names of metrics, in table order.
        slots: By name, those that can run.
        reasons: By name, why the others cannot.
    """

    names: tuple[str, ...]
    slots: dict[str, Slot]
    reasons: dict[str, str]


def resolve(names: Sequence[str], scoring: Scoring, card: Card | None, layouts: bool, n: int) -> Wanted:
    """Resolve the metrics of one protocol.

    Args:
        names: Names of metrics.
        scoring: Choices of the protocol for the data.
        card: Facts of the data set; None for images without one.
        layouts: Whether true label maps are there.
        n: Number of images.

    Raises:
        InputError: An unknown name.
    """
    slots, reasons = {}, {}
    for name in names:
        metric = metrics.get(name)
        if n < metric.minimum:
            reasons[name] = f"needs at least {metric.minimum} images, got {n}"
            continue
        try:
            slots[name] = _slot(name, metric, scoring, card, layouts)
        except Unfit as error:
            reasons[name] = str(error)
    return Wanted(tuple(names), slots, reasons)


def _slot(name: str, metric: type[Metric], scoring: Scoring, card: Card | None, layouts: bool) -> Slot:
    kind, _, network = metric.needs.partition(":")
    # Fake and real of a key belong to one layout, which standard errors must know.
    paired = () if metric.one_sided else (("paired", True),)
    match kind:
        case "pixels":
            return Slot(name, "pixels")
        case "pixels+truth":
            return Slot(name, "pixels", options=(("num_classes", _num_classes(card, layouts)),))
        case "labels":
            num_classes = _num_classes(card, layouts)
            choice = scoring.segmentation
            if choice is None:
                raise _unserved("segmenter", card, lambda other: other.segmentation is not None)
            rules = (("iou_classes", choice.iou_classes), ("ignored_pixels", choice.ignored_pixels))
            options = (("num_classes", num_classes), *rules)
            view = View.of(choice)
            return Slot(name, "labels", choice.segmenter, view=view, truth_size=choice.truth_size, options=options)
        case "feature":
            network, _, head = network.partition("/")
            return Slot(name, "feature", network, head or "pooled", options=paired)
        case "probabilities":
            if scoring.classifier is None:
                raise _unserved("classifier", card, lambda other: other.classifier is not None)
            network, _, head = scoring.classifier.partition("/")
            return Slot(name, "feature", network, head, options=paired)
        case "samples":
            return Slot(name, "samples", "" if network == "pixels" else network)
    raise ValueError(f"metric {name} needs {metric.needs!r}, which nothing provides")


def _num_classes(card: Card | None, layouts: bool) -> int:
    if card is None:
        raise Unfit("needs true label maps and their label space. Give '--layouts' and '--dataset'.")
    if not layouts:
        raise Unfit("needs true label maps. Give '--layouts'.")
    return len(card.train_classes)


def _unserved(what: str, card: Card | None, serves: Callable[[Scoring], bool]) -> Unfit:
    """Return the reason of a network that the protocol does not name, with the protocols that do."""
    covered = (ANY, card.name) if card else (ANY,)
    able = [
        name
        for name in protocols.names()
        if any(other.dataset in covered and serves(other) for other in protocols.get(name).scorings)
    ]
    able.sort(key=lambda name: card is None or name != card.default_protocol)
    advice = f"Add '--protocol {able[0]}', which does" if able else "No protocol does yet"
    return Unfit(f"the protocol names no {what} for {card.name if card else 'images without a data set'}. {advice}.")
