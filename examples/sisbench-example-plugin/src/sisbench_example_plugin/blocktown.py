"""blocktown: 18 drawn street scenes of 64x128 with label maps, in a zip archive of this package.

Photos are `SPLIT/photos/NAME.png`, label maps `SPLIT/labels/NAME.png`. This module imports no torch: lists of data sets
stay fast.
"""

from __future__ import annotations

from pathlib import Path

from sisbench.card import Card, Label
from sisbench.datasets import Dataset, Item, Listing, register
from sisbench.files import Tree

LABELS = (
    Label(0, "sky", (110, 170, 230), train_id=0),
    Label(1, "grass", (90, 160, 70), train_id=1),
    Label(2, "road", (100, 100, 105), train_id=2),
    Label(3, "house", (190, 90, 70), train_id=3),
    Label(4, "tree", (30, 90, 40), train_id=4),
    Label(5, "window", (240, 230, 150)),  # no score counts it: 4 pixels say little of a method
)

CARD = Card(
    name="blocktown",
    title="blocktown",
    source="drawn by sisbench_example_plugin.draw",
    licence="CC0-1.0",
    obtain="blocktown is part of the package sisbench-example-plugin: leave --root out.",
    labels=LABELS,
    num_labels=6,
    unknown_label=False,
    instances=False,
    size=(64, 128),
    native_size=(64, 128),
    counts={"train": 12, "val": 6},
    eval_split="val",
    default_protocol="blocktown-v1",
)


def root() -> Path:
    """Return the archive in the package."""
    return Path(__file__).resolve().parent / "data" / "blocktown.zip"


def scan(tree: Tree, split: str) -> Listing:
    """List one split: each photo with the label map of its name; what has no partner is a problem."""
    photos = {Path(name).stem: name for name in tree.names(f"{split}/photos/", (".png",))}
    labels = {Path(name).stem: name for name in tree.names(f"{split}/labels/", (".png",))}
    both = sorted(photos.keys() & labels.keys())
    items = tuple(Item(key, image=tree.file(photos[key]), layout=tree.file(labels[key])) for key in both)
    problems = [f"{tree.file(photos[key])}: has no label map" for key in sorted(photos.keys() - labels.keys())]
    problems += [f"{tree.file(labels[key])}: has no photo" for key in sorted(labels.keys() - photos.keys())]
    return Listing(items, tuple(problems))


DATASET = register(Dataset(card=CARD, scan=scan, root=root))
