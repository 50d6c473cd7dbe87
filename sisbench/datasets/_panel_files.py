"""How panel files of cross-view data sets are listed: folders by split, and list files that name what is in a split.

    {split}/{name}.png                 panels side by side; the split "val" is mostly called "test"
    {split}.txt, .lst or .csv          the samples of the split, one a line; also in splits/

Of a CSV file the first entry of a line counts (CVUSA's lists name three files a line). An entry is a name with or
without folder and suffix. Prepared files insert the direction into a name (`NAME.a2g.png`), entries need not. Without a
list a split is what lies in its folder.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from sisbench.datasets import Item, Listing
from sisbench.errors import InputError, counted, first
from sisbench.files import File, Tree

SUFFIXES = (".png", ".jpg", ".jpeg", ".PNG", ".JPG", ".JPEG")
"""Suffixes of panel files."""

_LISTS = ("{}.txt", "{}.lst", "{}.csv", "splits/{}.txt", "splits/{}.lst", "splits/{}.csv", "splits/{}-19zl.csv")
"""Where a list may lie; the last is CVUSA's own."""

_NAMES = {"train": ("train",), "val": ("test", "val")}
"""What a split may be called in the names of folders and lists."""

_DIRECTIONS = (".a2g", ".g2a")


def scan(tree: Tree, split: str) -> Listing:
    """List one split: every sample is one file, sorted by key (the name of the file without its suffix)."""
    base = _base(tree)
    if base is None:
        names = " or ".join(f"'{name}/'" for name in _NAMES[split])
        return Listing((), (f"{tree.root}: holds no folder {names} of panel files, nor a list of them",))
    listed = _list(tree, base, split)
    folder = next((f"{base}{name}/" for name in _NAMES[split] if tree.has_folder(f"{base}{name}")), base)
    files, problems = _files(tree, folder, split)
    if listed is None:
        items = tuple(files[sample] for sample in sorted(files))
        return Listing(tuple(sorted(items, key=lambda item: item.key)), tuple(problems))
    return _selected(listed, files, folder, problems)


def _base(tree: Tree) -> str | None:
    """Return the folder that the splits lie in ("" or "top/"); None if there is none, or several."""
    bases = ["", *(f"{folder}/" for folder in tree.folders())]
    known = [name for names in _NAMES.values() for name in names]
    lists = [place for split in _NAMES for place in _places(split)]
    for candidates in (bases[:1], bases[1:]):
        found = [
            base
            for base in candidates
            if any(tree.has_folder(f"{base}{name}") for name in known)
            or any(tree.has(f"{base}{place}") for place in lists)
        ]
        if len(found) == 1:
            return found[0]
    return None


def _list(tree: Tree, base: str, split: str) -> File | None:
    return next((tree.file(f"{base}{place}") for place in _places(split) if tree.has(f"{base}{place}")), None)


def _places(split: str) -> list[str]:
    return [place.format(name) for name in _NAMES[split] for place in _LISTS]


def _files(tree: Tree, folder: str, split: str) -> tuple[dict[str, Item], list[str]]:
    """Return the panel files by sample, and the problems."""
    found: dict[str, Item] = {}
    problems = []
    for name in tree.names(folder, SUFFIXES):
        file = tree.file(name)
        sample = _sample(name)
        if sample in found:
            problems.append(f"{file}: a second panel file of one sample, beside {found[sample].layout}")
        else:
            found[sample] = Item(key=stem(name), image=file, layout=file, panels=True)
    if not found:
        problems.append(f"{tree.root / folder}: no panel files (*{', *'.join(SUFFIXES[:3])}) of split {split!r}")
    return found, problems


def _selected(file: File, files: dict[str, Item], folder: str, problems: list[str]) -> Listing:
    """Return the samples that a list names."""
    rows = _rows(file)
    numbers = Counter(_sample(row[0]) for row in rows)
    samples = list(numbers)
    if twice := [sample for sample, n in numbers.items() if n > 1]:
        problems.append(f"{file}: holds {_doubled(twice)}")
    if absent := [sample for sample in samples if sample not in files]:
        where = file.tree / folder
        problems.append(
            f"{file}: {counted(len(absent), 'sample')} of {len(samples)} have no panel file in {where}: "
            f"{', '.join(first(absent, 5))}"
        )
    if not rows:
        problems.append(f"{file}: is empty; expected one name a line")
    items = sorted((files[sample] for sample in samples if sample in files), key=lambda item: item.key)
    digest = hashlib.sha256("".join(f"{sample}\n" for sample in sorted(samples)).encode()).hexdigest()
    selection = f"list {file.name}: {len(items)} of {counted(len(files), 'file')}, SHA-256 {digest}"
    return dataclasses.replace(Listing(tuple(items), tuple(problems)), selection=selection)


def read_rows(tree: Tree, split: str) -> tuple[File, list[list[str]]]:
    """Return the list of a split and its rows: the entries of a line, of a CSV file those between commas.

    Raises:
        InputError: There is no list, or it cannot be read.
    """
    base = _base(tree)
    listed = None if base is None else _list(tree, base, split)
    if listed is None:
        raise InputError(
            f"{tree.root} has no list of the split {split!r}; expected {', '.join(_places(split)[:3])} or the like, a "
            "sample a line. Fetch the published lists."
        )
    return listed, _rows(listed)


def read_list(tree: Tree, split: str) -> tuple[File, list[str]]:
    """Return the list of a split and the samples that it names, each once.

    Raises:
        InputError: There is no list, it cannot be read, or a sample stands in it twice.
    """
    file, rows = read_rows(tree, split)
    samples = [_sample(row[0]) for row in rows]
    if twice := [sample for sample, n in Counter(samples).items() if n > 1]:
        raise InputError(f"{file}: holds {_doubled(twice)}. Remove the second ones.")
    return file, samples


def _rows(file: File) -> list[list[str]]:
    try:
        lines = file.read().decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(f"cannot read {file} as a list of samples: {error}. Write one a line, UTF-8.") from error
    entries = (line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#"))
    return [[part.strip() for part in line.split(",")] if file.name.endswith(".csv") else [line] for line in entries]


def _doubled(samples: Sequence[str]) -> str:
    return f"{counted(len(samples), 'name')} more than once: {', '.join(first(samples, 5))}"


def stem(name: str) -> str:
    """Return a name without folder and suffix; a part of it that only looks like a suffix (".a90") stays."""
    own = PurePosixPath(name).name
    return next((own.removesuffix(suffix) for suffix in SUFFIXES if own.endswith(suffix)), own)


def _sample(name: str) -> str:
    """Return the sample of a file or an entry: its stem without the direction."""
    own = stem(name)
    return next((own.removesuffix(direction) for direction in _DIRECTIONS if own.endswith(direction)), own)
