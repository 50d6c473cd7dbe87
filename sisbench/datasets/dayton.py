"""Dayton: pairs of aerial and street photos (Vo and Hays, ECCV 2016), as cross-view methods prepare them.

A sample is one file of panels side by side, 256x256 each; the photos are 354x354 natively. Semantic maps are those of
RefineNet (ResNet-101, Cityscapes) for the 256x256 photos, in the colours of Cityscapes, for both views. `sisbench data
prepare dayton` makes panel files of photos and maps.

SelectionGAN's and X-Fork's files have one width and other orders: a file PANELS in the root that holds a layout's name
says which it is; without it the order is SelectionGAN's. An ablation on a third of the data (18,334 and 7,017 pairs) is
selected by its list files.
"""

from __future__ import annotations

from sisbench.card import Card
from sisbench.datasets import Dataset, Views, _panel_files, register
from sisbench.datasets._cityscapes_labels import LABELS
from sisbench.datasets._views import GROUPS, Panels, group_colors

COLORS = group_colors(LABELS)

PANELS = (
    Panels("selectiongan", ("aerial", "ground", "aerial semantics", "ground semantics"), COLORS),
    Panels("x-fork", ("ground", "aerial", "ground semantics", "aerial semantics"), COLORS),
    Panels(
        "lggan",
        ("aerial", "ground", "aerial semantics", "ground semantics", "aerial groups", "ground groups"),
        COLORS,
    ),
)
"""Of layouts of one width the first is taken where nothing says which it is."""

CARD = Card(
    name="dayton",
    title="Dayton",
    source="Vo and Hays, 'Localizing and Orienting Street Views Using Overhead Imagery', ECCV 2016; splits, panels and "
    "semantic maps: the published lists and preparation of SelectionGAN (Ha0Tang/SelectionGAN, d59c2d8) and LGGAN "
    "(e67dfb8)",
    licence="terms of its authors; not part of this package",
    obtain="Ask the authors of Dayton for the photos, or take the prepared panel files of SelectionGAN or LGGAN, and "
    "name their folder (which holds train/ and test/) with '--root'; 'sisbench data prepare dayton' makes panels.",
    labels=GROUPS,
    num_labels=len(GROUPS),
    unknown_label=False,
    instances=False,
    size=(256, 256),
    native_size=(256, 256),
    counts={"train": 55000, "val": 21048},
    eval_split="val",
    default_protocol="crossview-2018",
)

VIEWS = Views(size=(256, 256), protocol="crossview-2018", native_size=(256, 256), panels=PANELS, alone=True)

DATASET = register(Dataset(card=CARD, scan=_panel_files.scan, views=VIEWS))
