"""Builders of data trees for tests: faithful in folders, names, sizes and file kinds, and small in number.

`cityscapes_tree` writes the tree that the official archives unpack to, with scenes of tinytown enlarged eight times.
`tinytown_tree` unpacks some worlds of the embedded archive, for tests that damage files.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from sisbench import datasets
from sisbench.datasets import Item

CITIES = {"train": ("aachen", "bochum"), "val": ("frankfurt", "lindau")}


def cityscapes_tree(root: Path, train: int = 4, val: int = 3) -> Path:
    """Write a Cityscapes tree at 2048x1024.

    Args:
        root: Folder to fill.
        train: Number of train samples.
        val: Number of val samples.

    Returns:
        The folder.
    """
    dataset = datasets.get("tinytown")
    tree = datasets.locate(dataset, dataset.root() if dataset.root else None)
    for split, count in (("train", train), ("val", val)):
        scenes = dataset.index(tree, split)
        for number in range(count):
            city = CITIES[split][number % 2]
            stem = f"{city}/{city}_{number:06d}_{number * 19 + 19:06d}"
            _write_scene(root, split, stem, scenes[number * len(scenes) // count])
    return root


def tinytown_tree(root: Path, per_category: int = 1) -> Path:
    """Unpack the first worlds of each category and split of the embedded data set.

    Args:
        root: Folder to fill.
        per_category: Number of worlds.

    Returns:
        The folder.
    """
    dataset = datasets.get("tinytown")
    tree = datasets.locate(dataset, dataset.root() if dataset.root else None)
    for split in dataset.card.counts:
        taken = dict.fromkeys(dataset.card.categories, 0)
        for item in dataset.index(tree, split):
            assert item.category is not None
            taken[item.category] += 1
            if taken[item.category] <= per_category:
                for file in item.files().values():
                    path = root / file.name.removeprefix("tinytown/")
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(file.read())
    return root


def _write_scene(root: Path, split: str, stem: str, scene: Item) -> None:
    assert scene.image is not None
    assert scene.instance is not None
    size = (2048, 1024)
    photo = Image.open(scene.image.open()).resize(size, Image.Resampling.BICUBIC)
    layout = Image.open(scene.layout.open()).resize(size, Image.Resampling.NEAREST)
    instance = Image.open(scene.instance.open()).convert("I").resize(size, Image.Resampling.NEAREST)
    palette = np.array([(*color, 255) for color in datasets.get("cityscapes").card.palette()], dtype=np.uint8)
    color = Image.fromarray(palette[np.asarray(layout)])
    files = {
        f"leftImg8bit/{split}/{stem}_leftImg8bit.png": photo,
        f"gtFine/{split}/{stem}_gtFine_labelIds.png": layout,
        f"gtFine/{split}/{stem}_gtFine_instanceIds.png": Image.fromarray(np.asarray(instance).astype(np.uint16)),
        f"gtFine/{split}/{stem}_gtFine_color.png": color,
    }
    for name, image in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path, compress_level=1)  # fast: the files are read a few times and thrown away
    polygons = root / f"gtFine/{split}/{stem}_gtFine_polygons.json"
    polygons.write_text(json.dumps({"imgHeight": 1024, "imgWidth": 2048, "objects": []}))
