"""What a label space says: the label of every kind of object, which labels have instances, where files lie."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sisbench.card import Label
from sisbench.tinytown.kinds import KINDS, NUMBERS

Coding = Literal["label * 1000 + k", "1 + k", "label or 256 + k"]
"""How an instance map names the k-th instance: k is counted per label in the first, over all labels in the others."""

_FACTOR, _PAINTED = 1000, 256


@dataclass(frozen=True)
class Files:
    """Names of the files of a view, from {split}, {folder}, {category} and {world}.

    Attributes:
        photo: WebP (quality 90) or JPEG (quality 95), by its suffix.
        layout: Label map, PNG of 8 bits.
        instance: Instance map, PNG of 16 bits.
    """

    photo: str
    layout: str
    instance: str


@dataclass(frozen=True, eq=False)
class Space:
    """A label space, and the folders of its data set.

    Attributes:
        name: Name on the command line.
        labels: All labels: value in a label map, name, colour.
        kinds: Kinds of objects by the name of their label; every kind stands under one.
        things: Names of labels whose objects are told apart in instance maps.
        coding: How instance maps name an object. Pixels without one hold their label, or 0 under "1 + k".
        files: Names of files, by view.
        folders: What {folder} stands for, by split.
    """

    name: str
    labels: tuple[Label, ...]
    kinds: Mapping[str, tuple[str, ...]]
    things: frozenset[str]
    coding: Coding
    files: Mapping[str, Files]
    folders: Mapping[str, str] = field(default_factory=dict)

    @functools.cached_property
    def table(self) -> NDArray[np.uint8]:
        """Label by number of kind, uint8 (kinds,)."""
        ids = {label.name: label.id for label in self.labels}
        table = np.empty(len(KINDS), np.uint8)
        for name, kinds in self.kinds.items():
            for kind in kinds:
                table[NUMBERS[kind]] = ids[name]
        return table

    @functools.cached_property
    def _counted(self) -> NDArray[np.bool_]:
        """Whether a label has instances, bool (256,)."""
        counted = np.zeros(256, np.bool_)
        counted[[label.id for label in self.labels if label.name in self.things]] = True
        return counted

    @functools.cached_property
    def palette(self) -> NDArray[np.uint8]:
        """Colour by label, uint8 (256, 3); black where there is none."""
        palette = np.zeros((256, 3), np.uint8)
        for label in self.labels:
            palette[label.id] = label.color
        return palette

    def maps(
        self, kind: NDArray[np.uint8], instance: NDArray[np.uint16]
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
        """Return the label map and the instance map of a view.

        Objects are counted from 0 in the order of their numbers, as far as they are visible. Beyond 1,000 of one label
        they are a region without instances, as Cityscapes writes groups.

        Args:
            kind: Kinds, (H, W).
            instance: Numbers of objects, (H, W).

        Returns:
            uint8 (H, W) and uint16 (H, W).
        """
        layout = self.table[kind]
        where = np.nonzero(self._counted[layout])
        objects, at = np.unique(instance[where].astype(np.int64) * 256 + layout[where], return_inverse=True)
        label = objects % 256
        number = np.arange(len(objects))
        if self.coding == "label * 1000 + k":
            for each in np.unique(label):
                number[label == each] = np.arange(np.count_nonzero(label == each))
            code = np.where(number < _FACTOR, label * _FACTOR + number, label)
        else:
            code = number + (1 if self.coding == "1 + k" else _PAINTED)
        numbered = np.zeros(layout.shape, np.uint16) if self.coding == "1 + k" else layout.astype(np.uint16)
        numbered[where] = code[at]
        return layout, numbered

    def paths(self, view: str, split: str, category: str, world: int) -> Files:
        """Return the names of the files of a view of a world."""
        files = self.files[view]
        facts = {"split": split, "folder": self.folders.get(split, split), "category": category, "world": world}
        return Files(files.photo.format(**facts), files.layout.format(**facts), files.instance.format(**facts))
