"""Cityscapes: street scenes of 50 cities with fine label and instance maps (Cordts et al., CVPR 2016).

The label maps of the test split are void, so it is not on the card and nothing evaluates on it. Files are read in the
official layout (`_cityscapes_layout`; a folder with the two zip archives as they were downloaded will do), and in the
flat one of SPADE's preparation:

    {split}_img/{stem}_leftImg8bit.{png|webp|jpg}  photo
    {split}_label/{stem}_gtFine_labelIds.png       label map
    {split}_inst/{stem}_gtFine_instanceIds.png     instance map

SPADE takes 35 layout channels and instance edges, OASIS 35 channels; ids are the channels in both.
"""

from __future__ import annotations

from sisbench.card import Card
from sisbench.datasets import Dataset, Listing, _layouts, register
from sisbench.datasets._cityscapes_labels import INSTANCE_FACTOR, LABELS, NUM_LABELS
from sisbench.datasets._cityscapes_layout import NO_LABEL_IDS, OFFICIAL
from sisbench.datasets._layouts import PHOTOS, Layout, Part
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

FLAT = Layout(
    "flat",
    (
        Part("photo", ("{split}_img",), "_leftImg8bit", PHOTOS),
        Part("label map", ("{split}_label",), "_gtFine_labelIds", others=NO_LABEL_IDS),
        Part("instance map", ("{split}_inst",), "_gtFine_instanceIds"),
    ),
    marks=("train_img", "val_img"),
)


def scan(tree: Tree, split: str) -> Listing:
    """List one split; the city is no scene category."""
    return _layouts.scan(tree, split, (OFFICIAL, FLAT))


DATASET = register(Dataset(card=CARD, scan=scan, instance_factor=INSTANCE_FACTOR))
