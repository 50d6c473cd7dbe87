"""Data sets with the sample counts of small trees, so that every contract can look at their files."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sisbench import contracts, datasets
from sisbench.datasets import Dataset


def counting(name: str, counts: Mapping[str, int | None]) -> Dataset:
    """Return a data set whose card has other counts."""
    dataset = datasets.get(name)
    return dataclasses.replace(dataset, card=dataclasses.replace(dataset.card, counts=counts))


@contextlib.contextmanager
def registered(dataset: Dataset, root: Path) -> Iterator[None]:
    """Register a data set in the place of the one of its name, with its files below `$SISBENCH_DATA`."""
    entries = datasets._REGISTRY._entries._entries
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SISBENCH_DATA", str(root))
        patch.setitem(entries, dataset.card.name, dataset)
        yield


def broken_contracts(dataset: Dataset, root: Path) -> list[contracts.Outcome]:
    """Return the contracts that a data set in `root/NAME` does not keep, or that did not look at its files.

    The contract of directions is none of a data set that shows scenes in one view.
    """
    with registered(dataset, root):
        outcomes = [outcome for outcome in contracts.run("datasets", dataset.card.name) if outcome.status != "ok"]
    return [outcome for outcome in outcomes if dataset.views or outcome.reason != "it shows scenes in one view"]
