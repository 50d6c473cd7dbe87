"""ADE20K, the scene parsing release: photos of everything, 150 classes (Zhou et al., CVPR 2017).

This is `ADEChallengeData2016` (SceneParsing-150), not the full ADE20K of 25,574 images and over 3,000 classes. Files
are read in the official layout, which OASIS uses too,

    images/{training|validation}/{stem}.jpg       photo
    annotations/{training|validation}/{stem}.png  label map: 0 other, 1 to 150 classes
    [annotations_instance/{training|validation}/{stem}.png]  instance map: ids of things in its green band, 0 elsewhere

and in any other folders, as SPADE reads them: `_train_` or `_val_` in the name of a file (`ADE_val_00000001.jpg`) is
its split. The instance maps are an archive of their own, which SAFM alone needs; no method takes instance edges of
them. SPADE and OASIS have 151 channels; "other" is the last of SPADE's and the first of OASIS's. A few photos are grey;
they are read as RGB.
"""

from __future__ import annotations

import dataclasses

from sisbench.card import Card
from sisbench.datasets import Dataset, Listing, _layouts, register
from sisbench.datasets._ade20k_labels import LABELS, NUM_LABELS, UNLABELED
from sisbench.datasets._layouts import Layout, Part
from sisbench.files import Tree

CARD = Card(
    name="ade20k",
    title="ADE20K",
    source="Zhou et al., 'Scene Parsing through ADE20K Dataset', CVPR 2017; label space of the scene parsing "
    "benchmark; 151 layout channels and 256x256 images as in Park et al. (SPADE), CVPR 2019",
    licence="ADE20K terms of use: photos for non-commercial research and education, annotations BSD-3-Clause",
    obtain="To get the data: download ADEChallengeData2016.zip from http://sceneparsing.csail.mit.edu, and name it, "
    "the folder that it lies in, or what it unpacks to with --root, or link it as $SISBENCH_DATA/ade20k.",
    labels=LABELS,
    num_labels=NUM_LABELS,
    unknown_label=False,
    instances=False,
    size=(256, 256),
    native_size=None,
    counts={"train": 20210, "val": 2000},
    eval_split="val",
    default_protocol="spade-2019",
    unlabeled=UNLABELED,
)

_PHOTOS = (".jpg", ".jpeg")  # label maps are the PNG files, whatever the folder
_FOLDERS = {"train": "training", "val": "validation"}

LAYOUTS = (
    Layout(
        "official",
        (
            Part("photo", ("images/{split}",), suffixes=_PHOTOS),
            Part("label map", ("annotations/{split}",)),
            Part("instance map", ("annotations_instance/{split}",), optional=True),
        ),
        marks=("images/training", "images/validation"),
        splits=_FOLDERS,
    ),
    Layout(
        "by names",
        (Part("photo", ("",), suffixes=_PHOTOS, contains="_{split}_"), Part("label map", ("",), contains="_{split}_")),
        marks=("_train_", "_val_"),
        by_name=True,
    ),
)


def scan(tree: Tree, split: str) -> Listing:
    """List one split."""
    listing = _layouts.scan(tree, split, LAYOUTS)
    if listing.problems and (full := tree.names("", ("_seg.png",))):
        problem = (
            f"{tree.root}: holds the full ADE20K, with {len(full)} files such as {full[0]}, whose labels are others; "
            "expected its scene parsing release, ADEChallengeData2016"
        )
        return dataclasses.replace(listing, items=(), problems=(problem,))
    return listing


DATASET = register(Dataset(card=CARD, scan=scan, instances_optional=True, instance_band=1))
