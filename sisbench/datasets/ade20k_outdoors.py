"""ADE20K-outdoors: the outdoor scenes of ADE20K, first used by SIMS (Qi et al., CVPR 2018).

No official list exists, and the sets in use differ: SIMS's results hold 1,035 test layouts; OASIS kept images with sky,
mountain, earth and the like, dropped those with ceiling, bed, sink and the like, then sorted by eye, to some 10,000 and
1,000. So the samples are those of

- a list, where the data have one: `outdoors.txt` beside the folders of ADE20K, for both splits, a sample a line
  (`ADE_val_00000001`, with or without folder and suffix); empty lines and those that begin with # say nothing;
- else the rule of this file: every image with a pixel of sky, mountain or earth and none of ceiling, bed or sink.

Both are named with the number of samples and the SHA-256 of their sorted names, a line each; scores of different lists
are not comparable. Files are read like those of ADE20K, and in its place where this data set has none of its own. The
rule looks at every label map once, and the cache keeps what it found.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath

from sisbench.datasets import Dataset, Item, Listing, ade20k, register
from sisbench.errors import InputError, counted
from sisbench.files import File, Tree

LIST = "outdoors.txt"

OUTDOOR, INDOOR = ("sky", "mountain", "earth"), ("ceiling", "bed", "sink")
"""Classes of the rule: one of the former must occur, none of the latter may."""

CARD = dataclasses.replace(
    ade20k.CARD,
    name="ade20k_outdoors",
    title="ADE20K-outdoors",
    source="Qi et al., 'Semi-parametric Image Synthesis', CVPR 2018, without a list; a list of the user, else images "
    f"of ADE20K with {' or '.join(OUTDOOR)} and without {', '.join(INDOOR)}, the words of boschresearch/OASIS#23",
    obtain=f"It is a part of ADE20K: put your list of samples, if you have one, beside its folders as {LIST}. "
    f"{ade20k.CARD.obtain}",
    counts={"train": None, "val": None},
)


def scan(tree: Tree, split: str) -> Listing:
    """List the outdoor scenes of one split of ADE20K."""
    listing = ade20k.scan(tree, split)
    if listing.problems:
        return listing
    keys = {item.key for item in listing.items}
    file = next((tree.file(name) for name in _places(tree) if tree.has(name)), None)
    if file is None:
        what, chosen = "rule of sisbench", _outdoor(listing.items)
    else:
        what, named = f"list {file.name}", _named(file)
        chosen = named & keys
        if missing := sorted(key for key in named - keys if f"_{split}_" in key):
            problem = f"{file}: {counted(len(missing), 'sample')} not in {tree.root}, such as {missing[0]}"
            return dataclasses.replace(listing, items=(), problems=(problem,))
    if not chosen:
        problem = f"{file or tree.root}: no sample of {split!r} is outdoors"
        return dataclasses.replace(listing, items=(), problems=(problem,))
    items = tuple(item for item in listing.items if item.key in chosen)
    selection = f"{what}: {len(items)} of {len(listing.items)} samples, SHA-256 {digest([item.key for item in items])}"
    return dataclasses.replace(listing, items=items, selection=selection)


def digest(keys: Sequence[str]) -> str:
    """SHA-256 of a list of samples: sorted, a line each."""
    return hashlib.sha256("".join(f"{key}\n" for key in sorted(keys)).encode()).hexdigest()


def _places(tree: Tree) -> list[str]:
    """Where a list may lie: in the root, or one level down, as the folders of ADE20K."""
    return [LIST, *(f"{folder}/{LIST}" for folder in tree.folders())]


def _named(file: File) -> set[str]:
    """Return the samples that a list names."""
    try:
        lines = file.read().decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError(
            f"cannot read {file} as a list of samples: {error}. Write one sample a line, UTF-8."
        ) from error
    return {PurePosixPath(line.strip()).stem for line in lines if line.strip() and not line.lstrip().startswith("#")}


def _outdoor(items: Sequence[Item]) -> set[str]:
    """Return the samples that the rule keeps."""
    from sisbench.cache import Cache, default_folder  # needs torch, as decoding does: no other list needs either

    cache = Cache(default_folder())
    source = {
        "format": 1,
        "rule": [OUTDOOR, INDOOR],
        "layouts": digest([f"{item.key} {item.layout.fingerprint()}" for item in items]),
    }
    found = cache.json(source)
    if found is None:
        with ThreadPoolExecutor() as pool:
            kept = pool.map(lambda item: is_outdoors(item.layout), items)
            found = [item.key for item, outdoors in zip(items, kept, strict=True) if outdoors]
        cache.put_json(source, found)
    return set(found)


def is_outdoors(layout: File) -> bool:
    """Whether the rule keeps an image, by its label map.

    Raises:
        InputError: The file is damaged or no grey PNG.
    """
    from sisbench import encode, layout_files

    names = {label.id: label.name for label in CARD.labels}
    present = {names.get(label) for label in encode.ids_present(layout_files.decode(layout, CARD))}
    return not present.isdisjoint(OUTDOOR) and present.isdisjoint(INDOOR)


DATASET = register(Dataset(card=CARD, scan=scan, instances_optional=True, instance_band=1, borrows="ade20k"))
