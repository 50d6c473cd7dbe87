"""Builders of data trees for tests: faithful in folders, names, sizes and file kinds, and small in number.

`cityscapes_tree` writes the tree that the official archives unpack to, with scenes of tinytown enlarged eight times.
`tinytown_tree` unpacks some worlds of the embedded archive, for tests that damage files. `ade20k_tree` and
`coco_stuff_tree` write what the archives of ADE20K and COCO-Stuff unpack to, with drawn scenes and the oddities that
the real ones have: photos of many sizes, some grey, one in CMYK. `moved` puts files into another layout, `packed` into
archives.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from sisbench import datasets
from sisbench.datasets import Item

SIZES = ((48, 64), (64, 48), (37, 51))
"""Heights and widths of drawn scenes, in turn."""

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


def ade20k_tree(root: Path, train: int = 4, val: int = 3) -> Path:
    """Write `ADEChallengeData2016` in small; the scenes with even numbers are outdoors by the rule.

    Args:
        root: Folder to fill.
        train: Number of train samples.
        val: Number of val samples; the first photo is grey, the second in CMYK.

    Returns:
        The folder.
    """
    for split, folder, count in (("train", "training", train), ("val", "validation", val)):
        for number in range(count):
            stem = f"ADE_{split}_{number + 1:08d}"
            labels = (0, 3, 17, 21) if number % 2 == 0 else (0, 3, 6, 150)  # sky and mountain; sky, but a ceiling too
            _save(root / f"images/{folder}/{stem}.jpg", drawn_photo(number, "L" if number == 0 else "RGB"))
            _save(root / f"annotations/{folder}/{stem}.png", drawn_ids(number, labels))
    if val > 1:
        cmyk = drawn_photo(1).convert("CMYK")
        cmyk.save(root / "images/validation/ADE_val_00000002.jpg")
    (root / "sceneCategories.txt").write_text("ADE_train_00000001 street\n")
    return root


def coco_stuff_tree(root: Path, train: int = 4, val: int = 3) -> Path:
    """Write the folders of `train2017.zip`, `val2017.zip` and `stuffthingmaps_trainval2017.zip` in small.

    Args:
        root: Folder to fill.
        train: Number of train samples.
        val: Number of val samples; the first photo is grey.

    Returns:
        The folder.
    """
    for split, first, count in (("train2017", 9, train), ("val2017", 139, val)):
        for number in range(count):
            stem = f"{first + 146 * number:012d}"
            _save(root / f"{split}/{stem}.jpg", drawn_photo(number, "L" if number == 0 else "RGB"))
            _save(root / f"stuffthingmaps/{split}/{stem}.png", drawn_ids(number, (0, 91, 181, 255)))
    return root


def flat_coco_stuff_tree(root: Path, train: int = 4, val: int = 3) -> Path:
    """Write COCO-Stuff as SPADE prepares it: things, numbered from 0, painted over the label map as instance maps."""
    coco_stuff_tree(root, train, val)
    moved(root, lambda name: f"{name.split('/')[-2].removesuffix('2017')}_{_kind(name)}/{Path(name).name}")
    for path in sorted(root.glob("*_label/*.png")):
        ids = np.array(Image.open(path)).astype(np.uint16)
        things = np.argwhere(ids < 91)
        for number, (y, x) in enumerate(things[:: max(1, len(things) // 3)]):
            ids[y, x] = number + 256 * (number == 2)  # the third needs more than 8 bits
        _save(Path(str(path).replace("_label/", "_inst/")), Image.fromarray(ids))
    return root


def moved(root: Path, place: Callable[[str], str]) -> Path:
    """Give every file below a folder another path, by its old one, and remove folders that are left empty."""
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        target = root / place(str(path.relative_to(root)))
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    return root


def packed(root: Path, archives: dict[str, str]) -> Path:
    """Move folders into zip archives that lie beside them.

    Args:
        root: Folder.
        archives: Folder inside it, and the archive that it goes to; a name that ends with "/" is left out of the paths
            in the archive.
    """
    for inner, archive in archives.items():
        base = root / inner if inner.endswith("/") else root
        with zipfile.ZipFile(root / archive, "a") as target:
            for path in sorted(path for path in (root / inner).rglob("*") if path.is_file()):
                target.write(path, path.relative_to(base))
                path.unlink()
    return moved(root, lambda name: name)


def drawn_photo(number: int, mode: str = "RGB") -> Image.Image:
    """Draw a photo of noise; its size depends on the number."""
    height, width = SIZES[number % len(SIZES)]
    pixels = np.random.default_rng(number).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def drawn_ids(number: int, ids: tuple[int, ...]) -> Image.Image:
    """Draw a label map of vertical stripes for a photo of the same number."""
    height, width = SIZES[number % len(SIZES)]
    stripes = np.array(ids, dtype=np.uint8)[np.arange(width) * len(ids) // width]
    return Image.fromarray(np.tile(stripes, (height, 1)))


def _kind(name: str) -> str:
    return "img" if name.endswith(".jpg") else "label"


def _save(path: Path, image: Image.Image) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


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
