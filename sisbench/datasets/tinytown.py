"""tinytown: the small data set that is part of the package, rendered street scenes in the Cityscapes layout.

Each world is one ground photo (256x128) and one nadir aerial photo (128x128), each with a label map in the Cityscapes
label space and an instance map, and a scene category in the place of the city. Edition v1 has 480 worlds, 40 of each
category, of which 10 are for validation. `sisbench data render tinytown` makes larger ones, other views and other label
spaces; `docs/tinytown.md` is the data card.

Cross-view tasks see both views at 128x128, a power of 2 as their encoder-decoders need: the aerial photo as it is, the
ground photo as a whole, at half its width. Cutting a square from it would leave out places that the aerial photo shows,
and the networks that score images resize them to a square anyway.
"""

from __future__ import annotations

from pathlib import Path

from sisbench.card import Card
from sisbench.datasets import Dataset, Listing, Views, _cityscapes_layout, register
from sisbench.datasets._cityscapes_labels import INSTANCE_FACTOR, LABELS, NUM_LABELS
from sisbench.files import Tree

CARD = Card(
    name="tinytown",
    title="tinytown v1",
    source="rendered by this project's procedural generator (sisbench.tinytown, edition v1: worlds 0 to 479); label "
    "space of Cityscapes",
    licence="CC0-1.0",
    obtain="tinytown is part of the package: leave --root out, or name a folder or zip archive of the same layout.",
    labels=LABELS,
    num_labels=NUM_LABELS,
    unknown_label=False,
    instances=True,
    size=(128, 256),
    native_size=(128, 256),
    counts={"train": 360, "val": 120},
    eval_split="val",
    default_protocol="tinytown-v1",
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
    return Path(__file__).resolve().parent.parent / "assets" / "tinytown-v1.zip"


def scan(tree: Tree, split: str) -> Listing:
    """List one split; the city folder is the scene category, and every sample has an aerial view."""
    return _cityscapes_layout.scan(tree, split, categories=CARD.categories, aerial=True)


VIEWS = Views(size=(128, 128), protocol="tinytown-crossview-v1")

DATASET = register(Dataset(card=CARD, scan=scan, root=root, instance_factor=INSTANCE_FACTOR, views=VIEWS))
