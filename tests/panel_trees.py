"""Builders of cross-view data for tests: panel files in every layout, and raw files that they are made of.

Pictures are blocks of 16 pixels, so that JPEG files keep their colours; sky is above the horizon of the ground view.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sisbench.card import Card
from sisbench.datasets import tinytown
from sisbench.files import Tree
from sisbench.tinytown import spaces
from sisbench.tinytown.panels import write_panels

Picture = NDArray[np.uint8]

IDS = (7, 11, 21, 26, 17, 4)
"""Road, building, vegetation, car, pole, static: the last is in no group."""

SKY = 23
WIDTHS = {"ground": 256, "aerial": 256, "panorama": 1024}
WORLDS = (("train", "park"), ("train", "plaza"), ("val", "park"), ("val", "plaza"))


def photo(seed: int, width: int = 256) -> Picture:
    """Draw a photo of coloured blocks."""
    return _blocks(np.random.default_rng(seed).integers(0, 256, (16, width // 16, 3), np.uint8))


def labels(seed: int, sky: bool, width: int = 256) -> Picture:
    """Draw a label map of Cityscapes, its upper half sky if it is of the ground view."""
    fields = np.array(IDS, np.uint8)[np.random.default_rng(seed).integers(0, len(IDS), (16, width // 16))]
    if sky:
        fields[:8] = SKY
    return _blocks(fields)


def in_colors(ids: Picture) -> Picture:
    """Return a label map in the colours of Cityscapes."""
    palette: Picture = np.array(_card().palette(), np.uint8)[ids]
    return palette


def panel_tree(root: Path, style: str = "dayton", layout: str = "selectiongan") -> Path:
    """Write panel files of four samples, in train/ and val/, with lists and the name of the layout.

    Sample n (`WORLDS`) has the ground photo `photo(10 n)`, the aerial one `photo(10 n + 1)` and label maps of the same
    seeds; of CVUSA the ground view is the first quarter of the panorama of seed 10 n + 2.
    """
    town, lines = root / "town", []
    for number, (split, category) in enumerate(WORLDS):
        for at, (view, width) in enumerate(WIDTHS.items()):
            paths = spaces.get("cityscapes").paths(view, split, category, number)
            for name in (paths.photo, paths.layout):
                (town / name).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(photo(10 * number + at, width)).save(town / paths.photo, lossless=True)
            Image.fromarray(labels(10 * number + at, view != "aerial", width)).save(town / paths.layout)
        views = {view: {"height": 256, "width": width} for view, width in WIDTHS.items()}
        lines.append({"world": number, "category": category, "split": split, "space": "cityscapes", "views": views})
    (town / "worlds.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    output = root / f"{style}-{layout}"
    write_panels(Tree(town), style, layout, output)
    return output


def raw_dayton(root: Path) -> Path:
    """Write raw photos at 354x354, RefineNet's maps at 256x256, and lists of JPEG names."""
    for number, name in enumerate(("A.x1.y2.a90", "B.x3.y4.a180", "C.x5.y6.a0")):
        for at, view in enumerate(("ground", "aerial")):
            picture = Image.fromarray(photo(10 * number + at)).resize((354, 354), Image.Resampling.NEAREST)
            _save(root / view / f"{name}.png", picture)
            ids = labels(10 * number + at, view == "ground")
            _save(root / f"{view}_semantics" / f"{name}.png", Image.fromarray(in_colors(ids)))
    (root / "train.txt").write_text("A.x1.y2.a90.jpg\nB.x3.y4.a180.jpg\n")
    (root / "test.txt").write_text("C.x5.y6.a0.jpg\n")
    return root


def raw_cvusa(root: Path) -> Path:
    """Write CVUSA as its authors store it: 750x750 aerial photos, panoramas and annotations of 1232x224."""
    for split, numbers in (("train", (1, 2)), ("val", (3,))):
        rows = []
        for number in numbers:
            names = (
                f"bingmap/19/{number:07d}.jpg",
                f"streetview/panos/{number:07d}.jpg",
                f"annotations/{number:07d}.png",
            )
            _save(root / names[0], Image.fromarray(photo(number, 256)).resize((750, 750), Image.Resampling.NEAREST))
            panorama = np.tile(photo(number, 256)[:224, :154], (1, 8, 1))
            _save(root / names[1], Image.fromarray(panorama))
            _save(root / names[2], Image.fromarray(annotation(number)))
            rows.append(",".join(names))
        (root / "splits").mkdir(exist_ok=True)
        (root / f"splits/{split}-19zl.csv").write_text("\n".join(rows) + "\n")
    return root


def annotation(seed: int) -> Picture:
    """Draw an annotation of four vertical stripes in every quarter: sky, man-made, road, vegetation; they shift."""
    stripes = (np.arange(1232) // 77 + seed) % 4
    return np.tile(stripes.astype(np.uint8), (224, 1))


def _blocks(fields: Picture) -> Picture:
    return fields.repeat(16, 0).repeat(16, 1)


def _card() -> Card:
    return tinytown.CARD


def _save(path: Path, image: Image.Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
