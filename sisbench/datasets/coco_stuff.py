"""COCO-Stuff: the photos of COCO 2017 with 80 things and 91 stuff classes in one label map (Caesar et al., CVPR 2018).

Label maps are the pixel maps `stuffthingmaps_trainval2017`: 0 to 181, and 255 where nothing was labelled. Files are
read in the layouts that their archives unpack to, or in the archives themselves, in one folder,

    [images/]{split}2017/{id}.jpg                                        photo
    [stuffthingmaps[_trainval2017]/|annotations/]{split}2017/{id}.png    label map

and in the flat one of SPADE's preparation:

    {split}_img/{id}.jpg         photo
    {split}_label/{id}.png       label map
    [{split}_inst/{id}.png]      instance map

Only that one has instance maps, which are label maps with the single things of `instances_{split}2017.json` painted
over them: their values say where a thing ends, nothing of its label. SPADE takes 183 layout channels (255 is the last)
and instance edges, OASIS 183 (255 is the first) and no edges, so it needs no instance maps. A few photos are grey; they
are read as RGB.
"""

from __future__ import annotations

from sisbench.card import Card
from sisbench.datasets import Dataset, Listing, _layouts, register
from sisbench.datasets._coco_stuff_labels import LABELS, NEVER_ANNOTATED, NUM_LABELS
from sisbench.datasets._layouts import Layout, Part
from sisbench.files import Tree

CARD = Card(
    name="coco_stuff",
    title="COCO-Stuff",
    source="Caesar et al., 'COCO-Stuff: Thing and Stuff Classes in Context', CVPR 2018, on the images of COCO 2017; "
    "182 ids as in deeplab-pytorch; 183 layout channels and 256x256 images as in Park et al. (SPADE), CVPR 2019",
    licence="annotations CC-BY-4.0; photos under the Flickr licence of each; COCO terms of use",
    obtain="To get the data: download train2017.zip and val2017.zip from https://cocodataset.org and "
    "stuffthingmaps_trainval2017.zip from the page of COCO-Stuff into one folder, unpacked or not, and name it with "
    "--root or link it as $SISBENCH_DATA/coco_stuff. Instance maps are part of SPADE's preparation of COCO alone "
    "({train,val}_{img,label,inst}).",
    labels=LABELS,
    num_labels=NUM_LABELS,
    unknown_label=True,
    instances=True,
    size=(256, 256),
    native_size=None,
    counts={"train": 118287, "val": 5000},
    eval_split="val",
    default_protocol="spade-2019",
    absent=NEVER_ANNOTATED,
)

_PHOTOS = (".jpg", ".jpeg")  # label maps are the PNG files, also in a folder that holds both
_TRAIN_IDS = {"_labelTrainIds.png": "train ids (171 in a row) in place of label ids"}

LAYOUTS = (
    Layout(
        "flat",
        (
            Part("photo", ("{split}_img",), suffixes=_PHOTOS),
            Part("label map", ("{split}_label",), others=_TRAIN_IDS),
            Part("instance map", ("{split}_inst",), optional=True),
        ),
        marks=("train_img", "val_img"),
    ),
    Layout(
        "official",
        (
            Part("photo", ("images/{split}", "{split}"), suffixes=_PHOTOS),
            Part(
                "label map",
                ("stuffthingmaps/{split}", "stuffthingmaps_trainval2017/{split}", "annotations/{split}", "{split}"),
                others=_TRAIN_IDS,
            ),
        ),
        marks=("images/train2017", "images/val2017", "train2017", "val2017"),
        splits={"train": "train2017", "val": "val2017"},
    ),
)


def scan(tree: Tree, split: str) -> Listing:
    """List one split."""
    return _layouts.scan(tree, split, LAYOUTS)


DATASET = register(Dataset(card=CARD, scan=scan, instances_optional=True))
