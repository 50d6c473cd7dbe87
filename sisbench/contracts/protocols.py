"""What every protocol promises: a frozen literal whose every name resolves."""

from __future__ import annotations

import dataclasses
import json

import segmenters
from sisbench import datasets, features, metrics, protocols
from sisbench.card import ANY
from sisbench.contracts._base import Suite, require


def is_a_frozen_literal(name: str) -> None:
    """It is a frozen literal with a source, that JSON and its digest can hold."""
    protocol = protocols.get(name)
    require(protocol.name == name, f"it is called {protocol.name!r}")
    require(bool(protocol.source), "it has no source")
    require(0 < len(set(protocol.metrics)) == len(protocol.metrics), "its metrics are none or stand twice")
    require(bool(protocol.scorings), "it covers nothing")
    covered = [scoring.dataset for scoring in protocol.scorings]
    require(len(set(covered)) == len(covered), "it covers a data set twice")
    try:
        hash(protocol)
    except TypeError as error:
        require(False, f"a part of it can be changed ({error}): use tuples in place of lists")
    json.dumps(dataclasses.asdict(protocol), allow_nan=False)


def metrics_resolve(name: str) -> None:
    """Its metrics exist, and compare either several images of each layout or one."""
    protocol = protocols.get(name)
    of_samples = [metrics.get(metric).needs.startswith("samples:") for metric in protocol.metrics]
    if protocol.images_per_layout == 1:
        require(not any(of_samples), "a metric compares several images of each layout, which it does not make")
    else:
        require(all(of_samples), "a metric takes one image of each layout; it makes several")


def datasets_resolve(name: str) -> None:
    """Its data sets exist, have its split, and are scored at a size, or segmented at one whatever their own."""
    protocol = protocols.get(name)
    for scoring in protocol.scorings:
        if scoring.dataset == ANY:
            require(scoring.size is None, "images of any origin have no common size")
            require(scoring.segmentation is None, "images of any origin have no common classes")
            require(not protocol.regions, "images of any origin have no maps that say what their regions are")
            continue
        counts = datasets.get(scoring.dataset).card.counts
        require(protocol.real_split in counts, f"{scoring.dataset} has no split {protocol.real_split!r}")
        choice = scoring.segmentation
        at_own_size = not (choice and choice.truth_size)
        require(at_own_size or not protocol.regions, "regions are drawn at the size of the images, and so count there")
        fixed = scoring.size or (choice and choice.input_size and choice.truth_size)
        require(bool(fixed), f"{scoring.dataset} is scored at no size")


def networks_resolve(name: str) -> None:
    """Its segmenters and classifiers exist, and a segmenter has as many classes as the data set scores."""
    protocol = protocols.get(name)
    for scoring in protocol.scorings:
        if scoring.classifier:
            network = scoring.classifier.partition("/")[0]
            require(network in features.names(), f"{network!r} is no feature network")
        if not scoring.segmentation:
            needing = [metric for metric in protocol.metrics if metrics.get(metric).needs == "labels"]
            require(not needing, f"{', '.join(needing)} needs a segmenter, and {scoring.dataset} has none here")
            continue
        require(scoring.segmentation.input_scale > 0, f"input_scale is {scoring.segmentation.input_scale}")
        arch, _, tag = scoring.segmentation.segmenter.partition(".")
        require(bool(tag), f"{arch!r} alone does not fix the weights; expected 'arch.tag'")
        known, reading = segmenters.info(f"{arch}.{tag}").readings, scoring.segmentation.reading
        require(reading in ("default", *known), f"{arch} has no reading {reading!r}, only {', '.join(known)}")
        classes = {weights.tag: weights.num_classes for weights in segmenters.info(f"{arch}.{tag}").weights}[tag]
        scored = len(datasets.get(scoring.dataset).card.train_classes)
        require(classes == scored, f"{arch}.{tag} tells {classes} classes apart; {scoring.dataset} scores {scored}")


SUITE = Suite((is_a_frozen_literal, metrics_resolve, datasets_resolve, networks_resolve), lambda name: [name])
