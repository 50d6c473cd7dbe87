"""The one reader of folder layouts: which kinds of files a layout has, where they lie, and how they pair.

A data set states its layouts as literals, in order of preference. The folders of a layout may lie in the root, or in
its only sub-folder that holds them (an archive with one top folder). Files pair by their path below the folder of their
kind, without what the kind adds to the name; suffixes may be in capitals. Files of other names are left alone. A layout
may also go by the names of files alone, whatever folders they lie in.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from sisbench.datasets import Item, Listing
from sisbench.files import Tree

What = Literal["photo", "label map", "instance map", "aerial photo", "aerial label map"]

PHOTOS = (".png", ".webp", ".jpg", ".jpeg")
"""Suffixes of photos."""

_FIELDS: dict[What, str] = {
    "photo": "image",
    "label map": "layout",
    "instance map": "instance",
    "aerial photo": "aerial",
    "aerial label map": "aerial_layout",
}


@dataclass(frozen=True, eq=False)
class Part:
    """One kind of file of a layout.

    Attributes:
        what: What the files hold.
        folders: Where they may lie, "{split}" filled in; the first place that holds some is taken. "" is anywhere:
            then they pair by name alone.
        ending: What follows the sample in their names.
        suffixes: Suffixes after that.
        contains: What else must stand in their names, "{split}" filled in.
        others: Endings of files beside them that are something else, and what that is.
        optional: Whether there may be none at all.
    """

    what: What
    folders: tuple[str, ...]
    ending: str = ""
    suffixes: tuple[str, ...] = (".png",)
    contains: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False

    @property
    def endings(self) -> tuple[str, ...]:
        """What the names of files end with, in the order of preference, then with suffixes in capitals."""
        return tuple(f"{self.ending}{s}" for s in (*self.suffixes, *(suffix.upper() for suffix in self.suffixes)))

    def sample(self, name: str) -> str | None:
        """Return the sample that a file belongs to, by its path below the folder; None if it is something else."""
        if name.endswith(tuple(self.others)):
            return None
        return next(name.removesuffix(ending) for ending in self.endings if name.endswith(ending))


@dataclass(frozen=True)
class Layout:
    """How people have a data set on disk.

    Attributes:
        name: How to call it.
        parts: The kinds of files.
        marks: Folders one of which shows that a tree has this layout; for a layout that goes by names, parts of these.
        splits: What stands for a split in the names of folders, where that is not the split itself.
        by_name: Whether it goes by names; then it is looked for when no other layout is found.
    """

    name: str
    parts: tuple[Part, ...]
    marks: tuple[str, ...]
    splits: Mapping[str, str] = field(default_factory=dict)
    by_name: bool = False

    def is_in(self, tree: Tree, base: str) -> bool:
        """Whether the folder with this prefix ("" or "top/") holds the layout."""
        if self.by_name:
            names = [PurePosixPath(name).name for part in self.parts for name in tree.names(base, part.endings)]
            return any(mark in name for mark in self.marks for name in names)
        return any(tree.has_folder(f"{base}{mark}") for mark in self.marks)

    def __str__(self) -> str:
        """Where it would be seen, for a message."""
        marks = ", ".join(map(repr, self.marks))
        return f"names with {marks}" if self.by_name else f"folder {marks}"

    def scan(self, tree: Tree, base: str, split: str) -> Listing:
        """List one split: complete samples sorted by key (the name without folder), and all problems."""
        places: dict[Part, str] = {}
        found: dict[Part, dict[str, str]] = {}
        problems: list[str] = []
        for part in self.parts:
            places[part], found[part], trouble = _find(tree, base, self.splits.get(split, split), part)
            problems += trouble
        present = [part for part in self.parts if found[part]]  # a kind that is missing altogether was one problem
        complete = all(part.optional or found[part] for part in self.parts)
        items: dict[str, Item] = {}
        for sample in sorted(set().union(*found.values())):
            if missing := [part for part in present if sample not in found[part]]:
                witness = tree.file(next(found[part][sample] for part in present if sample in found[part]))
                for part in missing:
                    expected = tree.root / f"{places[part]}{sample}{part.endings[0]}"
                    problems.append(f"{witness}: no {part.what}; expected {expected}")
            elif complete:
                item = _item(tree, sample, {part.what: found[part][sample] for part in present})
                if item.key in items:
                    problems.append(f"{item.layout}: {item.key} is also in another folder ({items[item.key].layout})")
                items[item.key] = item
        return Listing(tuple(items[key] for key in sorted(items)), tuple(dict.fromkeys(problems)), self.name)


def scan(tree: Tree, split: str, layouts: Sequence[Layout]) -> Listing:
    """List one split in the first layout that the tree has.

    Args:
        tree: The files.
        split: A split on the card.
        layouts: The layouts of the data set.

    Returns:
        Complete samples sorted by key, and all problems; none but one where the tree has none of the layouts.
    """
    by_folder = [layout for layout in layouts if not layout.by_name]
    by_name = [layout for layout in layouts if layout.by_name]
    inside: dict[str, Layout] = {}
    if found := _layout_in(tree, "", by_folder):
        inside[""] = found
    else:
        bases = [f"{folder}/" for folder in tree.folders()]
        inside = {base: found for base in bases if (found := _layout_in(tree, base, by_folder))}
    if not inside and (found := _layout_in(tree, "", by_name)):
        inside[""] = found
    if len(inside) != 1:
        return Listing((), (_nowhere(tree, layouts, [base.rstrip("/") for base in inside]),))
    ((base, layout),) = inside.items()
    listing = layout.scan(tree, base, split)
    return listing if len(layouts) > 1 else dataclasses.replace(listing, layout="")


def _layout_in(tree: Tree, base: str, layouts: Sequence[Layout]) -> Layout | None:
    return next((layout for layout in layouts if layout.is_in(tree, base)), None)


def _nowhere(tree: Tree, layouts: Sequence[Layout], inside: Sequence[str]) -> str:
    """Say that the root is the wrong folder: what is missing in it would only be noise."""
    top = tree.folders()
    held = ", ".join(top[:8]) + (", ..." if len(top) > 8 else "") if top else "no folders"
    hint = f"it is in several sub-folders ({', '.join(inside)}): name one of them" if inside else f"found {held}"
    wanted = [f"{layout} ({layout.name} layout)" if len(layouts) > 1 else str(layout) for layout in layouts]
    return f"{tree.root}: holds no {', no '.join(wanted)}; {hint}"


def _find(tree: Tree, base: str, split: str, part: Part) -> tuple[str, dict[str, str], list[str]]:
    """Return where the files of one kind lie, the files by sample, and the problems."""
    folders = [folder.format(split=split) for folder in part.folders]
    prefixes = [f"{base}{folder}/" if folder else base for folder in folders]
    contained = part.contains.format(split=split)
    found: dict[str, str] = {}
    problems = []
    for prefix in prefixes:
        for name in tree.names(prefix, part.endings):
            own = PurePosixPath(name).name
            if contained not in own:
                continue
            sample = part.sample(own if prefix == base else name[len(prefix) :])
            if sample in found:
                problems.append(f"{tree.file(name)}: a second {part.what} of one sample, beside {found[sample]}")
            elif sample is not None:
                found[sample] = name
        if found:
            return prefix, found, problems
    if not part.optional:
        problems.append(_missing(tree, prefixes, part, contained))
    return prefixes[0], found, problems


def _missing(tree: Tree, prefixes: Sequence[str], part: Part, contained: str) -> str:
    """Say that there is no file of a kind, and what there is in its place."""
    state = "the folder is missing or empty"
    if others := [name for prefix in prefixes for name in tree.names(prefix)]:
        known = {name: what for name in others for ending, what in part.others.items() if name.endswith(ending)}
        example = next(iter(known), others[0])
        state = f"{len(others)} files have other names, such as {example}"
        state += f", which holds {known[example]}" if known else ""
    contained = f"{contained}*" if contained else ""
    endings = " or *".join(f"{contained}{part.ending}{suffix}" for suffix in part.suffixes)
    elsewhere = f" (nor in {', '.join(map(repr, prefixes[1:]))})" if len(prefixes) > 1 else ""
    return f"{tree.root / prefixes[0]}: no file named *{endings}{elsewhere}; {state}"


def _item(tree: Tree, sample: str, files: Mapping[What, str]) -> Item:
    named = {_FIELDS[what]: tree.file(name) for what, name in files.items()}
    return Item(key=sample.rpartition("/")[2], **named)  # type: ignore[arg-type]
