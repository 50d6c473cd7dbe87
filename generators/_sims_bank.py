"""The memory bank: segments of all training photos, on disk, and the retrieval of those that fit one.

A segment is not cut out: the bank has every photo once, the number of the segment of each pixel, and for each segment
its label, its box, and mask and context in cells. Its photo crop is a window of the photo.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from generators import _prepared
from generators._errors import GeneratorError
from generators._prepared import Report, TrainingSet
from generators._sims_segments import CELLS, OUTSIDE, SMALLEST, describe, find

CANDIDATES = 10
"""Segments that are retrieved for one of a layout (the official pipeline's number)."""
ITSELF = 1.9
"""Similarity, of at most 2, from which on a segment is taken for the same one; training leaves it out."""


class Bank:
    """A finished memory bank, read-only.

    Args:
        prepared: Its folder.
    """

    def __init__(self, prepared: _prepared.Prepared) -> None:
        tables = []
        for number, shard in enumerate(prepared.shards()):
            table = shard["segments"].long()
            table[:, 0] += number * _prepared.SHARD
            tables.append(table)
        table = torch.cat(tables)
        self.photos, self.numbers, masks, contexts = prepared.joined("photos", "numbers", "masks", "contexts")
        self.photo_of, self.labels, self.number_of, self.boxes = table[:, 0], table[:, 1], table[:, 2], table[:, 3:]
        self.facts = prepared.facts()
        self.facts["segments"] = len(table)
        self._of_label = {}
        for label in self.labels.unique().tolist():
            there = (self.labels == label).nonzero()[:, 0]
            self._of_label[label] = (there, masks[there].flatten(1).float(), contexts[there].flatten(1))

    def __deepcopy__(self, memo: dict[int, Any]) -> Bank:
        """Return itself: an averaged copy of a network uses the same bank."""
        return self

    def retrieve(self, label: int, mask: Tensor, context: Tensor, count: int, below: float = 3.0) -> Tensor:
        """Return the segments of a label that fit best, best first; of equal ones that of the lower index.

        Args:
            label: The label.
            mask: Of the segment that is looked for, uint8 (CELLS, CELLS).
            context: Its context, uint8 (CELLS, CELLS).
            count: How many at most.
            below: Leave out those that are as similar as this.
        """
        if label not in self._of_label:
            return torch.zeros(0, dtype=torch.int64)
        there, masks, contexts = self._of_label[label]
        fit = similarity(mask.flatten(), context.flatten(), masks, contexts)
        order = fit.argsort(descending=True, stable=True)
        found: Tensor = there[order[fit[order] < below][:count]]
        return found


def similarity(mask: Tensor, context: Tensor, masks: Tensor, contexts: Tensor) -> Tensor:
    """Return how well segments fit one: the overlap (IoU) of masks plus that of contexts, between 0 and 2.

    The IoU of two label maps of n cells, k of them equal, is k / (2n - k). Cells are counted in float32, by products
    of matrices, several times as fast as sums of integers and as exact up to 16 million cells.

    Args:
        mask: (n,), 0 or 1.
        context: Labels, uint8 (n,).
        masks: float (S, n), 0 or 1.
        contexts: uint8 (S, n).
    """
    wanted = mask.float()
    common = masks @ wanted
    equal = (contexts == context).float() @ torch.ones(len(context))
    overlap = common / (masks.sum(1) + wanted.sum() - common).clamp(min=1)
    return overlap + equal / (2 * len(context) - equal)


def build(folder: Path, samples: TrainingSet, num_labels: int, size: tuple[int, int], report: Report) -> None:
    """Build what is missing of a bank.

    Raises:
        GeneratorError: More labels than contexts can hold, or an empty training set.
    """
    if num_labels > OUTSIDE:
        raise GeneratorError(f"a memory bank holds up to {OUTSIDE} labels; the data set has {num_labels}.")

    def make(conds: Tensor, photos: Tensor) -> dict[str, Tensor]:
        return _shard(conds[:, :num_labels].argmax(1), photos)

    _prepared.build(folder, samples, make, _what(num_labels, size), report)


def load(folder: Path, num_labels: int, size: tuple[int, int]) -> Bank:
    """Open a finished bank.

    Raises:
        GeneratorError: It is unfinished, damaged, or of other labels or another size.
    """
    return Bank(_prepared.load(folder, _what(num_labels, size)))


def _what(num_labels: int, size: tuple[int, int]) -> Mapping[str, Any]:
    options = {"smallest": SMALLEST, "cells": CELLS}
    return {"method": "sims", "version": 1, "labels": num_labels, "size": list(size), **options}


def _shard(layouts: Tensor, photos: Tensor) -> dict[str, Tensor]:
    """What is kept of consecutive samples; a row of the table is photo, label, number and box of a segment."""
    parts: dict[str, list[Tensor]] = {"segments": [], "masks": [], "contexts": []}
    numbers = []
    for photo, layout in enumerate(layouts):
        segments = find(layout)
        masks, contexts = describe(layout, segments)
        count = torch.arange(len(segments))
        table = torch.stack((torch.full_like(count, photo), segments.labels, count, *segments.boxes.T), dim=1)
        for name, part in (("segments", table.int()), ("masks", masks), ("contexts", contexts)):
            parts[name].append(part)
        numbers.append(segments.numbers.short())
    joined = {name: torch.cat(tensors) for name, tensors in parts.items()}
    return {"photos": photos, "numbers": torch.stack(numbers), **joined}
