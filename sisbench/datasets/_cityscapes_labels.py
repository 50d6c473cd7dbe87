"""The Cityscapes label space: official names, colours and train ids (cityscapesScripts, `helpers/labels.py`).

Label maps hold ids 0 to 33. "License plate" (-1) is never drawn into a label map, so it has no entry. Nineteen classes
are scored; all others are ignored by every score but are conditions of a generator like any other.
"""

from __future__ import annotations

from sisbench.card import Label

LABELS = (
    Label(0, "unlabeled", (0, 0, 0)),
    Label(1, "ego vehicle", (0, 0, 0)),
    Label(2, "rectification border", (0, 0, 0)),
    Label(3, "out of roi", (0, 0, 0)),
    Label(4, "static", (0, 0, 0)),
    Label(5, "dynamic", (111, 74, 0)),
    Label(6, "ground", (81, 0, 81)),
    Label(7, "road", (128, 64, 128), train_id=0),
    Label(8, "sidewalk", (244, 35, 232), train_id=1),
    Label(9, "parking", (250, 170, 160)),
    Label(10, "rail track", (230, 150, 140)),
    Label(11, "building", (70, 70, 70), train_id=2),
    Label(12, "wall", (102, 102, 156), train_id=3),
    Label(13, "fence", (190, 153, 153), train_id=4),
    Label(14, "guard rail", (180, 165, 180)),
    Label(15, "bridge", (150, 100, 100)),
    Label(16, "tunnel", (150, 120, 90)),
    Label(17, "pole", (153, 153, 153), train_id=5),
    Label(18, "polegroup", (153, 153, 153)),
    Label(19, "traffic light", (250, 170, 30), train_id=6),
    Label(20, "traffic sign", (220, 220, 0), train_id=7),
    Label(21, "vegetation", (107, 142, 35), train_id=8),
    Label(22, "terrain", (152, 251, 152), train_id=9),
    Label(23, "sky", (70, 130, 180), train_id=10),
    Label(24, "person", (220, 20, 60), train_id=11),
    Label(25, "rider", (255, 0, 0), train_id=12),
    Label(26, "car", (0, 0, 142), train_id=13),
    Label(27, "truck", (0, 0, 70), train_id=14),
    Label(28, "bus", (0, 60, 100), train_id=15),
    Label(29, "caravan", (0, 0, 90)),
    Label(30, "trailer", (0, 0, 110)),
    Label(31, "train", (0, 80, 100), train_id=16),
    Label(32, "motorcycle", (0, 0, 230), train_id=17),
    Label(33, "bicycle", (119, 11, 32), train_id=18),
)

NUM_LABELS = 35
"""Channels of the one-hot layout as in SPADE: ids 0 to 33, and channel 34, which no label map uses."""

INSTANCE_FACTOR = 1000
"""Instance maps hold `id * 1000 + number` for a single object, `id` for everything else, groups of objects included."""
