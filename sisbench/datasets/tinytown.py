"""tinytown: the small data set that is part of the package, rendered street scenes in the Cityscapes layout.

Each world is one ground photo (256x128) and one nadir aerial photo (128x128) with label maps in the Cityscapes label
space, an instance map of the ground view, and a scene category in the place of the city. The shipped files are the
preview edition: the 8 train and 4 val worlds with the lowest numbers of each category, a slice of the edition to come.
48 images are far too few for stable Fréchet distances; numbers on this set show that a pipeline works, not how good a
method is.
"""

from __future__ import annotations

from pathlib import Path

from sisbench.card import Card
from sisbench.datasets import Dataset, Listing, _cityscapes_layout, register
from sisbench.datasets._cityscapes_labels import INSTANCE_FACTOR, LABELS, NUM_LABELS
from sisbench.files import Tree

CARD = Card(
    name="tinytown",
    title="tinytown (preview edition)",
    source="rendered by this project's procedural generator; a balanced slice (12 worlds per category) of the edition "
    "to come; label space of Cityscapes",
    licence="CC0-1.0",
    obtain="tinytown is part of the package: leave --root out, or name a folder or zip archive of the same layout.",
    labels=LABELS,
    num_labels=NUM_LABELS,
    unknown_label=False,
    instances=True,
    size=(128, 256),
    native_size=(128, 256),
    counts={"train": 96, "val": 48},
    eval_split="val",
    default_protocol="tinytown-v0",
    categories=(
        "boulevard",
        "construction",
        "downtown",
        "forest",
        "highway",
        "industrial",
        "park",
        "parking",
        "plaza",
        "residential",
        "rural",
        "waterfront",
    ),
)


def root() -> Path:
    """Return the archive in the package."""
    return Path(__file__).resolve().parent.parent / "assets" / "tinytown.zip"


def scan(tree: Tree, split: str) -> Listing:
    """List one split; the city folder is the scene category, and every sample has an aerial view."""
    return _cityscapes_layout.scan(tree, split, categories=CARD.categories, aerial=True)


DATASET = register(Dataset(card=CARD, scan=scan, root=root, instance_factor=INSTANCE_FACTOR))
