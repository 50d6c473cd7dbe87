"""Which files of weights an evaluation needs."""

from __future__ import annotations

from sisbench.errors import InputError, unknown_name
from sisbench.weights._registry import Weight, catalogue

_BY_PROTOCOL = ("labels", "probabilities")
"""Needs that are met by networks of the protocol's choice."""


def needed_by(name: str) -> list[Weight]:
    """Return the files that a protocol, on any of its data sets, or a metric needs; none if it needs no network.

    Raises:
        InputError: Nothing has this name; or the network behind the metric is a choice of the protocol.
    """
    from sisbench import metrics, protocols

    if name in protocols.names():
        protocol = protocols.get(name)
        needs = {metrics.get(metric).needs for metric in protocol.metrics}
        segmentations = [s.segmentation for s in protocol.scorings if s.segmentation is not None]
        classifiers = [s.classifier for s in protocol.scorings if s.classifier is not None]
        if "labels" in needs:
            needs |= {f"segmenter:{segmentation.segmenter}" for segmentation in segmentations}
        if "probabilities" in needs:
            needs |= {f"feature:{classifier}" for classifier in classifiers}
    elif name in metrics.names():
        needs = {metrics.get(name).needs}
        if needs <= set(_BY_PROTOCOL):
            raise InputError(
                f"the network behind {name!r} is the choice of a protocol, so no file follows from the metric alone. "
                "Name the protocol; see 'sisbench list protocols'."
            )
    else:
        known = [*protocols.names(), *metrics.names()]
        raise unknown_name("a protocol or a metric", name, known, "sisbench list protocols")
    networks = {need.partition("/")[0] for need in needs}  # "feature:NETWORK/HEAD": all heads are in one file
    return [weight for weight in catalogue() if networks & set(weight.used_by)]
