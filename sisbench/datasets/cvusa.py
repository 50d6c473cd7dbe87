"""CVUSA: pairs of aerial photos and street panoramas (Workman et al., ICCV 2015), as cross-view methods prepare them.

A sample is one file of panels side by side, 256x256 each: the aerial photo's centre, 224x224 of 750x750, and the first
quarter of the panorama, both resized. `sisbench data prepare cvusa` makes panel files of the raw data set.

Methods were trained on different semantic maps: SelectionGAN on the data set's own four classes of the ground view in
colours, X-Fork and X-Seq on the same as stored (values 0 to 3), LGGAN on RefineNet's Cityscapes maps of both views. Of
the first two there is none of the aerial view, so their files serve a2g alone. Their four classes are read as LGGAN's
groups sky, construction (man-made), ground (road) and vegetation, a choice of ours.

SelectionGAN's and X-Fork's files have one width and other orders: a file PANELS in the root that holds a layout's name
says which it is; without it the order is SelectionGAN's.
"""

from __future__ import annotations

import dataclasses

from sisbench.datasets import Dataset, _panel_files, dayton, register
from sisbench.datasets._views import Color, Panels

ANNOTATION: tuple[tuple[str, int, Color], ...] = (
    ("sky", 4, (0, 0, 0)),
    ("man-made", 3, (0, 0, 255)),
    ("road", 1, (255, 0, 0)),
    ("vegetation", 5, (0, 255, 0)),
)
"""The data set's own classes of the ground view by value, their groups, and their colours in SelectionGAN's files."""

PANELS = (
    Panels(
        "selectiongan",
        ("aerial", "ground", "", "ground semantics"),
        {color: group for _, group, color in ANNOTATION},
    ),
    Panels(
        "x-fork",
        ("ground", "aerial", "ground semantics", ""),
        {(value, value, value): group for value, (_, group, _) in enumerate(ANNOTATION)},
    ),
    dayton.PANELS[2],
)
"""Of layouts of one width the first is taken where nothing says which it is."""

CARD = dataclasses.replace(
    dayton.CARD,
    name="cvusa",
    title="CVUSA",
    source="Workman, Souvenir and Jacobs, 'Wide-Area Image Geolocalization with Aerial Reference Imagery', ICCV 2015, "
    "in the split of Zhai et al., CVPR 2017; panels: Regmi and Borji, CVPR 2018, and the preparation of SelectionGAN "
    "(Ha0Tang/SelectionGAN, d59c2d8) and LGGAN (e67dfb8)",
    obtain="Ask the authors of CVUSA for the photos and make panels with 'sisbench data prepare cvusa', or take the "
    "panel files of SelectionGAN or LGGAN, and name their folder (which holds train/ and test/) with '--root'.",
    counts={"train": 35532, "val": 8884},
)

VIEWS = dataclasses.replace(dayton.VIEWS, panels=PANELS)

DATASET = register(Dataset(card=CARD, scan=_panel_files.scan, views=VIEWS))
