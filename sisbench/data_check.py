"""Verification of a data set on disk against its card.

Everything is looked at before anything is reported: numbers of samples, pairing, every file decoded, sizes, label ids,
agreement of instance maps with label maps, and digests where the data come with a list of them (`SHA256SUMS`). All
problems come in one error, each with its file.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256

import torch
from torch import Tensor

from sisbench import images, layout_files
from sisbench.card import UNKNOWN, Card
from sisbench.datasets import Dataset, Item
from sisbench.encode import ids_present
from sisbench.errors import InputError, Problems
from sisbench.files import File, Tree, read_checksums
from sisbench.panel_check import PanelCheck

Look = Callable[[Item], tuple[list[str], set[int]]]
"""From a sample to its problems and the label ids in it."""

SUMS = "SHA256SUMS"
"""List of digests that some data sets come with, in the form of `sha256sum`."""


@dataclass(frozen=True)
class Verdict:
    """What was verified.

    Attributes:
        samples: Number of samples by split.
        files: Number of files decoded.
        labels: Ids that occur in the label maps, aerial ones included, sorted.
        notes: What a reader of the verdict should know: the layout that was found, the samples that a list selects,
            instance maps that are not there.
    """

    samples: dict[str, int]
    files: int
    labels: tuple[int, ...]
    notes: tuple[str, ...] = ()


def check(
    dataset: Dataset,
    tree: Tree,
    splits: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verdict:
    """Verify the files of a data set.

    Args:
        dataset: The data set.
        tree: Its files.
        splits: What to verify; empty verifies every split on the card.
        progress: Called with the number of verified samples and their total.

    Returns:
        What was verified, when all is right.

    Raises:
        Problems: Something is wrong; every problem is listed with its file.
        InputError: The card has no such split.
    """
    if dataset.undirected is not None and dataset.views is not None and not dataset.views.panels:
        dataset = dataset.undirected  # the same files, with the label space that they are stored in
    card = dataset.card
    problems: list[str] = []
    items: list[Item] = []
    looks: list[Look] = []
    panel_checks: list[PanelCheck] = []
    notes: list[str] = []
    layouts: set[str] = set()
    samples: dict[str, int] = {}
    for split in splits or tuple(card.counts):
        dataset.require_split(split)
        listing = dataset.scan(tree, split)
        problems += listing.problems
        items += listing.items
        look: Look = functools.partial(_check_item, dataset=dataset)
        if any(item.panels for item in listing.items):
            panel_checks.append(PanelCheck(dataset, tree, listing.items))
            notes += [f"{split}: {note}" for note in panel_checks[-1].notes]
            look = panel_checks[-1].item
        looks += [look] * len(listing.items)
        notes += [f"{split}: {note}" for note in listing.notes]
        layouts |= {f"{listing.layout} layout"} if listing.layout else set()
        if (card.instances or dataset.instances_optional) and any(item.instance is None for item in listing.items):
            readers = "instance edges" if card.instances else "instance ids"
            notes.append(f"{split}: no instance maps, which methods with {readers} need")
        samples[split] = len(listing.items)
        if (counted := card.counts[split]) not in (None, samples[split]):
            complete = f"{samples[split]} complete samples"
            problems.append(f"{tree.root}: split {split!r} has {complete}; the card counts {counted}")
    labels: set[int] = set()
    with ThreadPoolExecutor() as pool:  # decoding releases the interpreter's lock
        findings = pool.map(lambda look, item: look(item), looks, items)
        for done, (found, ids) in enumerate(findings, start=1):
            problems += found
            labels |= ids
            progress(done, len(items))
        problems += [problem for panel_check in panel_checks for problem in panel_check.order()]
        named = {file.name for item in items for file in item.files().values()}
        problems += _check_sums(tree, named if splits else None, pool)
    if problems:
        problems = list(dict.fromkeys(problems))  # splits of a wrong folder share theirs
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        where = f"{tree.root} ({', '.join(sorted(layouts))})" if layouts else tree.root
        raise Problems(f"{card.title} in {where} does not fit its card, {count}:", problems, card.obtain)
    return Verdict(samples, sum(len(item.files()) for item in items), tuple(sorted(labels)), tuple(notes))


def _check_sums(tree: Tree, only: Collection[str] | None, pool: ThreadPoolExecutor) -> list[str]:
    """Compare files with the list that lies in the root or in a top folder, all or only those of these names."""
    problems: list[str] = []
    for base in ("", *(f"{folder}/" for folder in tree.folders())):
        if not tree.has(f"{base}{SUMS}"):
            continue
        try:
            listed = {f"{base}{name}": digest for name, digest in read_checksums(tree.file(f"{base}{SUMS}")).items()}
        except InputError as error:
            problems.append(str(error))
            continue
        chosen = [name for name in listed if only is None or name in only]
        found = pool.map(_check_sum, map(tree.file, chosen), [listed[name] for name in chosen])
        problems += [problem for problem in found if problem]
    return problems


def _check_sum(file: File, digest: str) -> str:
    try:
        found = sha256(file.read()).hexdigest()
    except InputError as error:
        return str(error)
    return "" if found == digest else f"{file}: its SHA-256 is {found[:12]}..., {SUMS} says {digest[:12]}..."


def _check_item(item: Item, dataset: Dataset) -> tuple[list[str], set[int]]:
    """Return the problems of one sample and the label ids in it."""
    card = dataset.card
    problems: list[str] = []
    shapes: dict[str, tuple[int, int]] = {}
    maps: dict[str, Tensor] = {}
    for what, file in item.files().items():
        try:
            if what.endswith("map"):
                is_layout = what.endswith("label map")
                band = dataset.instance_band
                maps[what] = layout_files.decode(file, card) if is_layout else images.decode_ids(file, band=band)
                shapes[what] = _shape(maps[what])
            else:
                shapes[what] = _shape(images.decode_photo(file))
        except InputError as error:
            problems.append(str(error))
    files = item.files()
    for what in ("photo", "label map", "instance map"):
        if card.native_size and what in shapes and shapes[what] != card.native_size:
            problems.append(f"{files[what]}: is {_wide(shapes[what])}; the card says {_wide(card.native_size)}")
    own = () if card.native_size else (("photo", "label map"), ("instance map", "label map"))
    for what, layout_of in (*own, ("aerial photo", "aerial label map")):
        if what in shapes and layout_of in shapes and shapes[what] != shapes[layout_of]:
            size, expected = _wide(shapes[what]), _wide(shapes[layout_of])
            problems.append(f"{files[what]}: is {size}, but its label map {expected} ({files[layout_of]})")
    ids: set[int] = set()
    for what in ("label map", "aerial label map"):
        if what in maps:
            problems += _check_labels(files[what], maps[what], card)
            ids |= set(ids_present(maps[what]))
    layout, instance = maps.get("label map"), maps.get("instance map")
    if dataset.instance_factor and layout is not None and instance is not None and layout.shape == instance.shape:
        problems += _check_instances(files["instance map"], instance, layout, dataset.instance_factor)
    return problems, ids


def _check_labels(file: File, layout: Tensor, card: Card) -> list[str]:
    """Stricter than encoding, which takes any id that has a channel: only ids that the card says occur are right."""
    known = {label.id for label in card.labels} | ({UNKNOWN} if card.unknown_label else set())
    present = set(ids_present(layout))
    if present - known:
        where = f"not on the card ({min(known)} to {max(known)})"
    elif present & set(card.absent):
        known, where = known - set(card.absent), "never in the label maps"
    else:
        return []
    return [f"{file}: {layout_files.foreign(layout, known, card, where)}"]


def _check_instances(file: File, instance: Tensor, layout: Tensor, factor: int) -> list[str]:
    """Compare the label in every instance id with the label map."""
    label = torch.where(instance >= factor, instance.div(factor, rounding_mode="floor"), instance)
    if wrong := int((label != layout).sum()):
        ids = _some(ids_present(instance[label != layout]))
        return [f"{file}: instance ids {ids} disagree with the label map in {wrong} pixels"]
    return []


def _shape(image: Tensor) -> tuple[int, int]:
    return image.shape[-2], image.shape[-1]


def _wide(shape: tuple[int, int]) -> str:
    return f"{shape[1]}x{shape[0]}"


def _some(ids: list[int]) -> str:
    return ", ".join(map(str, ids[:8])) + (", ..." if len(ids) > 8 else "")
