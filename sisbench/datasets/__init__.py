"""Data sets: one module each, holding its card (a literal) and how its files are listed.

Listing needs the standard library only; decoding is `sisbench.data`. A module registers its data set like this::

    DATASET = register(Dataset(card=CARD, scan=scan))

A data set that shows scenes in two views (`Views`) has a data set for each direction besides, under a name of its own:
`get("tinytown_a2g")` is `get("tinytown").directed("a2g")`.

Files are found below `--root`, else in `$SISBENCH_DATA/<name>`, else in the package (`tinytown` alone).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sisbench._registry import Registry
from sisbench.card import Card
from sisbench.datasets._views import DIRECTIONS, GROUPS, Views
from sisbench.errors import InputError, Problems, unknown_name
from sisbench.files import File, Tree

__all__ = ["Dataset", "Item", "Listing", "Views", "get", "locate", "names", "register", "viewed"]

DATA_VARIABLE = "SISBENCH_DATA"
"""Environment variable: folder that holds data sets under their names."""


@dataclass(frozen=True)
class Item:
    """The files of one sample.

    Attributes:
        key: Name of the sample, unique within its split; generated images are saved under it.
        image: Photo.
        layout: Label map.
        instance: Instance map, where there are such.
        category: Scene category, where the card has categories.
        aerial: Photo of the same scene from above, where the data set has one.
        aerial_layout: Label map of the aerial photo.
        panels: Whether `image` and `layout` are one file that holds all views and maps side by side (`Views.panels`).
    """

    key: str
    image: File | None
    layout: File
    instance: File | None = None
    category: str | None = None
    aerial: File | None = None
    aerial_layout: File | None = None
    panels: bool = False

    def files(self) -> dict[str, File]:
        """The files that exist, by what they hold ("photo", "label map", ...)."""
        if self.panels:
            return {"panels": self.layout}
        named = {
            "photo": self.image,
            "label map": self.layout,
            "instance map": self.instance,
            "aerial photo": self.aerial,
            "aerial label map": self.aerial_layout,
        }
        return {what: file for what, file in named.items() if file is not None}


@dataclass(frozen=True)
class Listing:
    """What was found of one split.

    Attributes:
        items: Complete samples, sorted by key.
        problems: What does not fit, each with its file.
        layout: Name of the layout that the files have, where the data set knows several.
        selection: Which list selects the samples, where one does: its source, number of samples and SHA-256.
    """

    items: tuple[Item, ...]
    problems: tuple[str, ...]
    layout: str = ""
    selection: str = ""

    @property
    def notes(self) -> list[str]:
        """What a user should know of how the samples were found."""
        return [*([f"{self.layout} layout"] if self.layout else []), *([self.selection] if self.selection else [])]


@dataclass(frozen=True)
class Dataset:
    """A data set: its facts and how its files are found.

    Attributes:
        card: The facts.
        scan: Lists one split of a tree, complete samples and problems.
        root: Returns the place of the embedded files; None if users must bring their own.
        instance_factor: f, if an instance map holds `label * f + number` or, for a region without instances, `label`;
            None if it says nothing of the label.
        instances_optional: Whether instance maps may be missing: some layouts of the files lack them, or only methods
            that take instance ids read them.
        instance_band: Which band of instance maps in colours holds the ids; None if they are grey.
        borrows: Another data set whose files hold this one too; looked at where this one has no place of its own.
        views: How it shows scenes in two views, if it does.
        direction: Key of `DIRECTIONS`, of a data set that `directed` has made; the photo is then the target view's.
        undirected: The data set that one was made of.
    """

    card: Card
    scan: Callable[[Tree, str], Listing]
    root: Callable[[], Path] | None = None
    instance_factor: int | None = None
    instances_optional: bool = False
    instance_band: int | None = None
    borrows: str | None = None
    views: Views | None = None
    direction: str = ""
    undirected: Dataset | None = None

    def directed(self, direction: str | None = None) -> Dataset:
        """Return the data set of one direction, from one view to the other.

        Args:
            direction: Key of `DIRECTIONS`; None is the first that this data set has.

        Raises:
            InputError: It shows one view only, or not in this direction.
        """
        name = self.card.name
        if self.views is None:
            having = ", ".join(other for other in names() if get(other).views is not None)
            instead = "leave the direction out" if direction else "choose a method that makes photos of label maps"
            raise InputError(
                f"{name} shows scenes in one view, so there is no direction from one to the other. Choose a data set "
                f"of two views ({having}), or {instead}."
            )
        direction = direction or self.views.directions[0]
        if direction not in self.views.directions:
            raise unknown_name(f"a direction of {name}", direction, self.views.directions, "sisbench list datasets")
        card = replace(
            self.card,
            name=f"{name}_{direction}",
            title=f"{self.card.title}, {DIRECTIONS[direction]}",
            labels=GROUPS,
            num_labels=len(GROUPS),
            unknown_label=False,
            instances=False,
            size=self.views.size,
            native_size=self.views.native_size,
            default_protocol=self.views.protocol,
            unlabeled=None,
            absent=(),
        )
        return replace(self, card=card, direction=direction, undirected=self, instance_factor=None)

    def index(self, tree: Tree, split: str) -> list[Item]:
        """List the samples of a split, sorted by key.

        Raises:
            InputError: The card has no such split.
            Problems: Files are missing or do not pair; every problem is listed with its file.
        """
        return list(self.listing(tree, split).items)

    def listing(self, tree: Tree, split: str) -> Listing:
        """List the samples of a split like `index`, with how they were found."""
        self.require_split(split)
        listing = self.scan(tree, split)
        if listing.problems:
            where = f"{tree.root} ({listing.layout} layout)" if listing.layout else tree.root
            headline = f"{self.card.title}, split {split!r}, problems in {where}:"
            raise Problems(headline, listing.problems, self.card.obtain)
        return listing

    def require_split(self, split: str) -> None:
        """Raise `InputError` unless the card has this split."""
        if split not in self.card.counts:
            known = ", ".join(self.card.counts)
            raise InputError(f"{split!r} is not a split of {self.card.name}; it has {known}. Name one of these.")


_REGISTRY: Registry[Dataset] = Registry(
    "a data set",
    __name__,
    "sisbench list datasets",
    lambda entry: isinstance(entry, Dataset) and isinstance(entry.card, Card),
)


def register(dataset: Dataset) -> Dataset:
    """Register a data set under the name on its card."""
    return _REGISTRY.add(dataset.card.name, dataset)


def names() -> list[str]:
    """Names of all data sets, sorted."""
    return _REGISTRY.names()


def get(name: str) -> Dataset:
    """Return a data set; "NAME_a2g" is that of a direction.

    Raises:
        InputError: No data set has this name; the message gives the closest one.
    """
    base, _, direction = name.rpartition("_")
    if direction in DIRECTIONS and base in names() and name not in names():
        return _REGISTRY.get(base).directed(direction)
    return _REGISTRY.get(name)


def viewed(name: str, direction: str | None = None, crossview: bool = False) -> Dataset:
    """Return the data set that a task is about, that of a direction where it goes from one view to another.

    Args:
        name: Of the data set, with or without a direction.
        direction: Key of `DIRECTIONS`, where one is asked for.
        crossview: Whether the task is a cross-view one, whatever the data set.

    Raises:
        InputError: An unknown name, two directions at once, or a direction that the data set has not.
    """
    dataset = get(name)
    if dataset.direction:
        if direction not in (None, dataset.direction):
            raise InputError(
                f"{name} is {dataset.direction} by its name, and the direction {direction} was asked for. Name one."
            )
        return dataset
    if direction or crossview or (dataset.views is not None and dataset.views.alone):
        return dataset.directed(direction)
    return dataset


def locate(dataset: Dataset, root: Path | None = None) -> Tree:
    """Find the files of a data set.

    Args:
        dataset: The data set.
        root: Folder (of files, or of zip archives as they were downloaded) or zip archive that the user named; None
            looks in `$SISBENCH_DATA/<name>` (or `<name>.zip`), then in the package.

    Raises:
        InputError: Nothing is there; the message says where it was looked for and how to get the data.
    """
    card = dataset.card
    if root is not None:
        return Tree(root, card.title, card.obtain, archives=True)
    looked = ["--root (not given)"]
    own = dataset.undirected.card.name if dataset.undirected else card.name  # the files of a direction are the set's
    if base := os.environ.get(DATA_VARIABLE):
        folders = [Path(base) / name for name in (own, dataset.borrows) if name]
        for place in (place for folder in folders for place in (folder, folder.with_name(f"{folder.name}.zip"))):
            if place.exists():
                return Tree(place, card.title, card.obtain, archives=True)
            looked.append(f"{place} (${DATA_VARIABLE}; does not exist)")
    else:
        looked.append(f"${DATA_VARIABLE}/{own} ({DATA_VARIABLE} is not set)")
    if dataset.root is not None:
        return Tree(dataset.root(), card.title, card.obtain)
    looked.append("the package (this data set is not part of it)")
    raise InputError(f"{card.title} was not found. Looked for in: {'; '.join(looked)}. {card.obtain}")
