"""What every data set promises: a card without contradictions and, where its files are, files that fit it."""

from __future__ import annotations

import dataclasses
import json

from sisbench import data_check, datasets, protocols
from sisbench.card import IGNORED, UNKNOWN
from sisbench.contracts._base import NotApplicable, Suite, require
from sisbench.data import Samples, training_batches
from sisbench.encode import CRN, OASIS, SPADE
from sisbench.errors import InputError, first
from sisbench.files import Tree
from sisbench.views import ViewSample, condition_of, open_samples


def card_is_consistent(name: str) -> None:
    """Its card is a frozen literal without contradictions."""
    card = datasets.get(name).card
    require(card.name == name, f"its card is called {card.name!r}")
    ids = [label.id for label in card.labels]
    require(ids == sorted(set(ids)), "label ids are doubled or not sorted")
    outside = [i for i in ids if not 0 <= i < card.num_labels]
    require(not outside and card.num_labels <= UNKNOWN, f"label ids {outside} are not below num_labels")
    require(len({label.name for label in card.labels}) == len(ids), "two labels share a name")
    channels = [channel for label in card.labels for channel in label.color]
    require(all(0 <= channel <= 255 for channel in channels), "a colour is outside 0..255")
    scored = [label.train_id for label in card.train_classes]
    require(scored == list(range(len(scored))), f"train ids are {scored}, not 0, 1, 2, ...")
    require(IGNORED not in scored, "an ignored label is scored")
    require(card.eval_split in card.counts, f"{card.eval_split!r} is none of its splits {', '.join(card.counts)}")
    require(all(count is None or count > 0 for count in card.counts.values()), "a split has no samples")
    require(card.unlabeled is None or card.unlabeled in ids, f"the label {card.unlabeled} of unlabelled pixels is none")
    require(not (card.unknown_label and card.unlabeled is not None), "it names unlabelled pixels twice")
    require(set(card.absent) <= set(ids), "labels that are said to be absent are none")
    require(len(set(card.categories)) == len(card.categories), "a category stands twice")
    for what in ("title", "source", "licence"):
        require(bool(getattr(card, what)), f"its card has no {what}")
    require(card.obtain.endswith("."), "obtain is no sentence")
    json.dumps(dataclasses.asdict(card), allow_nan=False)


def default_protocol_covers_it(name: str) -> None:
    """Its default protocol exists and covers it."""
    protocols.get(datasets.get(name).card.default_protocol).scoring(name)


def files_fit_the_card(name: str) -> None:
    """Every file decodes and fits the card."""
    data_check.check(datasets.get(name), _tree(name))


def listing_is_stable(name: str) -> None:
    """Each split is listed sorted by unique keys, twice the same, and keys are names of files."""
    dataset, tree = datasets.get(name), _tree(name)
    for split in dataset.card.counts:
        keys = [item.key for item in dataset.index(tree, split)]
        require(keys == sorted(set(keys)), f"keys of {split!r} are doubled or not sorted")
        again = [item.key for item in dataset.index(_tree(name), split)]
        require(keys == again, f"{split!r} is listed in two ways")
        unsafe = [key for key in keys if not key or "\\" in key or {"", ".", ".."} & set(key.split("/"))]
        require(not unsafe, f"keys are no names of files: {', '.join(first([repr(key) for key in unsafe], 3))}")


def splits_share_no_sample(name: str) -> None:
    """No file of a photo (or of a label map, where there are no photos) stands in two splits."""
    dataset, tree = datasets.get(name), _tree(name)
    seen: dict[str, str] = {}
    for split in dataset.card.counts:
        for item in dataset.index(tree, split):
            place = str(item.image or item.layout)
            require(place not in seen, f"{place} stands in {seen.get(place)!r} and in {split!r}")
            seen[place] = split


def samples_are_read(name: str) -> None:
    """Samples are read at the card's size, and training batches have the channels of the card."""
    dataset, tree = datasets.get(name), _tree(name)
    if dataset.views is not None and dataset.views.alone:
        raise NotApplicable("it is of cross-view tasks alone: see its directions")
    card = dataset.card
    for split in card.counts:
        samples = Samples(dataset, tree, split)
        sample = samples[len(samples) - 1]
        expected = (3, *card.size)
        require(tuple(sample.image.shape) == expected, f"photos have shape {tuple(sample.image.shape)}, not {expected}")
        require(tuple(sample.layout.shape) == card.size, f"label maps have shape {tuple(sample.layout.shape)}")
        lacking = dataset.instances_optional and sample.instance is None
        agreed = dataset.instances_optional or (sample.instance is not None) == card.instances
        require(agreed, "instance maps and the card disagree")
        require(not card.categories or sample.category in card.categories, f"category {sample.category!r}")
        for encoding in (OASIS, CRN, *([] if lacking else [SPADE])):
            cond, real = next(training_batches(samples, 2, seed=0, encoding=encoding))
            shape = (2, encoding.layout_channels(card) + encoding.has_edges(card), *card.size)
            require(tuple(cond.shape) == shape, f"conditions have shape {tuple(cond.shape)}, not {shape}")
            require(tuple(real.shape) == (2, *expected), f"photos of a batch have shape {tuple(real.shape)}")


def directions_are_read(name: str) -> None:
    """Of a data set of two views, every direction has photos of both and conditions of its groups, at one size."""
    dataset = datasets.get(name)
    if dataset.views is None:
        raise NotApplicable("it shows scenes in one view")
    for direction in dataset.views.directions:
        directed = dataset.directed(direction)
        card_is_consistent(directed.card.name)
        default_protocol_covers_it(directed.card.name)
        size, tree = directed.card.size, _tree(directed.card.name)
        for split in directed.card.counts:
            samples = open_samples(directed, tree, split)
            sample = samples[len(samples) - 1]
            require(isinstance(sample, ViewSample), f"{direction} has samples without a source photo")
            shape = tuple(condition_of(sample, directed.card, SPADE).shape)
            expected = (6 + directed.card.layout_channels, *size)
            require(shape == expected, f"conditions of {direction} have shape {shape}, not {expected}")
            require(tuple(sample.image.shape) == (3, *size), f"photos of {direction} are {tuple(sample.image.shape)}")


def unknown_splits_are_refused(name: str) -> None:
    """A split that the card lacks is refused with an InputError."""
    dataset, tree = datasets.get(name), _tree(name)
    try:
        dataset.index(tree, "no-such-split")
    except InputError:
        return
    require(False, "the split 'no-such-split' is listed")


def _tree(name: str) -> Tree:
    try:
        return datasets.locate(datasets.get(name))
    except InputError as error:
        raise NotApplicable(f"its files are not on this machine: {error}") from error


SUITE = Suite(
    (
        card_is_consistent,
        default_protocol_covers_it,
        listing_is_stable,
        splits_share_no_sample,
        files_fit_the_card,
        samples_are_read,
        directions_are_read,
        unknown_splits_are_refused,
    ),
    lambda name: [name],
)
