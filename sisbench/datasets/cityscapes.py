"""Cityscapes: street scenes of 50 cities with fine label and instance maps (Cordts et al., CVPR 2016).

The label maps of the test split are void, so it is not on the card and nothing evaluates on it.
"""

from __future__ import annotations

from sisbench.card import Card
from sisbench.datasets import Dataset, Listing, _cityscapes_layout, register
from sisbench.datasets._cityscapes_labels import INSTANCE_FACTOR, LABELS, NUM_LABELS
from sisbench.files import Tree

CARD = Card(
    name="cityscapes",
    title="Cityscapes",
    source="Cordts et al., 'The Cityscapes Dataset for Semantic Urban Scene Understanding', CVPR 2016; label space of "
    "cityscapesScripts; 35 layout channels and 512x256 images as in Park et al. (SPADE), CVPR 2019",
    licence="Cityscapes terms of use: non-commercial research, no redistribution",
    obtain="To get the data: register at https://www.cityscapes-dataset.com, download leftImg8bit_trainvaltest.zip and "
    "gtFine_trainvaltest.zip, unpack both into one folder, and name it with --root or link it as "
    "$SISBENCH_DATA/cityscapes.",
    labels=LABELS,
    num_labels=NUM_LABELS,
    unknown_label=False,
    instances=True,
    size=(256, 512),
    native_size=(1024, 2048),
    counts={"train": 2975, "val": 500},
    eval_split="val",
    default_protocol="spade-2019",
)


def scan(tree: Tree, split: str) -> Listing:
    """List one split; the city is no scene category."""
    return _cityscapes_layout.scan(tree, split)


DATASET = register(Dataset(card=CARD, scan=scan, instance_factor=INSTANCE_FACTOR))
