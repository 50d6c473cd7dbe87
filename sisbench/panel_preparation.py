"""Panel files of raw cross-view data sets, as far as their preparation is known: `sisbench data prepare`.

Dayton. Photos of both views (354x354) are resized to 256x256; semantic maps are RefineNet's of the resized photos, in
the colours of Cityscapes, for both views. The raw folder holds

    aerial/NAME, ground/NAME                        photos
    aerial_semantics/NAME, ground_semantics/NAME    colour maps, PNG
    train.txt, test.txt                             the published lists, a name a line; also in splits/

CVUSA, as its authors store it: lists `splits/train-19zl.csv` and `splits/val-19zl.csv` with the paths of aerial photo,
panorama and annotation in a line. The aerial photo is cut to its central 224x224, panorama and annotation to their
first quarter, all are resized to 256x256. Its annotation gives the ground view's map; the layout lggan needs
RefineNet's maps of both views besides, in aerial_semantics/ and ground_semantics/ under the names of the aerial photos.

Photos are resized bicubic, a choice of ours, maps by nearest. Files are PNG: a lossy one would blur colours and groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from sisbench import datasets, decoding, images, panel_layouts, panels
from sisbench.datasets import _panel_files
from sisbench.datasets._views import Panels
from sisbench.datasets.cvusa import ANNOTATION
from sisbench.errors import InputError, Problems, unknown_name
from sisbench.files import File, Tree, write_bytes

SIZE = 256
"""Height and width of a panel."""

AERIAL_CROP = 224
"""Height and width of what is taken of CVUSA's aerial photos."""

QUARTER = 4
"""The part of CVUSA's panoramas that is taken is the first of so many."""

VIEWS = ("aerial", "ground")


@dataclass(frozen=True)
class Raw:
    """The raw files of one sample.

    Attributes:
        name: Of the panel file, without suffix.
        photos: By view.
        semantics: Colour maps by view, or CVUSA's annotation of the ground view.
    """

    name: str
    photos: Mapping[str, File]
    semantics: Mapping[str, File]


def prepare_panels(
    name: str,
    root: Path,
    output: Path,
    layout: str = "selectiongan",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, int]:
    """Make panel files of a raw data set; files that are there already stay, so an interrupted call goes on.

    Args:
        name: "dayton" or "cvusa".
        root: The raw files, a folder or zip archive.
        output: Folder to fill: train/, val/, lists, and a file that names the layout.
        layout: Name of the panels' layout.
        progress: Called with the number of files done, and in all.

    Returns:
        Number of panel files by split.

    Raises:
        InputError: An unknown name, or a folder that holds panels of another layout.
        Problems: Views that have no counterpart, photos and maps of other sizes or colours; each with its file. Nothing
            is written unless all files are there.
    """
    makers = {"dayton": _dayton, "cvusa": _cvusa}
    if name not in makers:
        raise unknown_name("a data set that panels are made of", name, makers, "sisbench data prepare --help")
    views = datasets.get(name).views
    assert views is not None
    order = next((p for p in views.panels if p.name == layout), None)
    if order is None:
        raise unknown_name("a layout of panels", layout, [p.name for p in views.panels], "sisbench data prepare --help")
    _claim(output, layout)
    tree = Tree(root, datasets.get(name).card.title, datasets.get(name).card.obtain, archives=True)
    raw, missing = makers[name](tree, order)
    if missing:
        raise Problems(f"{root} cannot be made into panels; files are missing:", missing, _ADVICE)
    total, done, problems = sum(map(len, raw.values())), 0, []
    for split, samples in raw.items():
        for sample in samples:
            path = output / split / f"{sample.name}.png"
            try:
                if not path.exists():
                    write_bytes(path, images.encode_png(_compose(name, order, sample)))
            except InputError as error:
                problems.append(str(error))
            done += 1
            progress(done, total)
        names = "".join(f"{sample.name}.png\n" for sample in samples)
        write_bytes(output / f"{split}.txt", names.encode())
    if problems:
        raise Problems(f"{len(problems)} of {total} panel files could not be made:", problems, _ADVICE)
    return {split: len(samples) for split, samples in raw.items()}


_ADVICE = "Complete or correct the raw files and issue the command again: what is made already stays."


def _claim(output: Path, layout: str) -> None:
    """Write what layout a folder has; refuse one that has another."""
    mark = output / panel_layouts.MARK
    if mark.is_file() and (found := mark.read_text().strip()) != layout:
        raise InputError(f"{output} holds panels of the {found} layout, not {layout}. Choose another '--output'.")
    write_bytes(mark, f"{layout}\n".encode())


def _dayton(tree: Tree, order: Panels) -> tuple[dict[str, list[Raw]], list[str]]:
    """Pair the files of Dayton by name, those that the lists name."""
    del order  # every layout has maps of both views
    found: dict[str, list[Raw]] = {}
    folders = [*VIEWS, *(f"{view}_semantics" for view in VIEWS)]
    by_name = {folder: _by_stem(tree, folder) for folder in folders}
    missing = [f"{tree.root / folder}: no files" for folder in folders if not by_name[folder]]
    for split in ("train", "val"):
        file, entries = _panel_files.read_list(tree, split)
        samples = []
        for entry in entries:
            lacking = [folder for folder in folders if by_name[folder] and entry not in by_name[folder]]
            missing += [f"{file}: {entry} has no file in {tree.root / folder}" for folder in lacking]
            if not missing:
                photos = {view: by_name[view][entry] for view in VIEWS}
                samples.append(Raw(f"{entry}.a2g", photos, {v: by_name[f"{v}_semantics"][entry] for v in VIEWS}))
        found[split] = samples
    return found, missing


def _cvusa(tree: Tree, order: Panels) -> tuple[dict[str, list[Raw]], list[str]]:
    """Follow the lists of CVUSA."""
    mapped = "aerial semantics" in order.order
    colour_maps = {view: _by_stem(tree, f"{view}_semantics") for view in VIEWS} if mapped else {}
    found: dict[str, list[Raw]] = {}
    missing = [f"{tree.root / f'{view}_semantics'}: no files" for view, files in colour_maps.items() if not files]
    for split in ("train", "val"):
        file, rows = _panel_files.read_rows(tree, split)
        samples = []
        for number, row in enumerate(rows, start=1):
            if len(row) != 3:
                missing.append(f"{file}: line {number} names {len(row)} files; expected aerial, ground, annotation")
                continue
            stem = _panel_files.stem(row[0])
            missing += [f"{file}: line {number} names {path}, which is not there" for path in row if not tree.has(path)]
            lacking = [view for view, files in colour_maps.items() if files and stem not in files]
            missing += [f"{file}: {stem} has no file in {tree.root / f'{view}_semantics'}" for view in lacking]
            if not missing:
                aerial, ground, annotation = map(tree.file, row)
                maps = {v: files[stem] for v, files in colour_maps.items()} if mapped else {"ground": annotation}
                samples.append(Raw(stem, {"aerial": aerial, "ground": ground}, maps))
        found[split] = samples
    return found, missing


def _by_stem(tree: Tree, folder: str) -> dict[str, File]:
    return {_panel_files.stem(name): tree.file(name) for name in tree.names(f"{folder}/", _panel_files.SUFFIXES)}


def _compose(name: str, order: Panels, sample: Raw) -> Tensor:
    """Return the panels of a sample side by side, uint8 (3, 256, 256 * panels)."""
    parts: dict[str, Tensor] = {"": torch.zeros(3, SIZE, SIZE, dtype=torch.uint8)}
    cut = _cvusa_window if name == "cvusa" else _whole
    for view, file in sample.photos.items():
        parts[view] = images.resize_photo(cut(view, images.decode_photo(file), file), (SIZE, SIZE), "bicubic")
    for view, file in sample.semantics.items():
        if name == "cvusa" and "aerial semantics" not in order.order:
            picture = _annotated(file, order)
        else:
            picture = _color_map(file, order)
        parts[f"{view} semantics"] = picture
        if f"{view} groups" in order.order:
            groups, _ = panels.groups_by_color(picture, order.colors, lossy=False)
            # what is in no group keeps its colour, as in LGGAN's files
            grey = panels.as_grey(groups)
            parts[f"{view} groups"] = torch.where(grey > 0, grey, picture)
    return torch.cat([parts[what] for what in order.order], dim=2)


def _whole(view: str, picture: Tensor, file: File) -> Tensor:
    del view, file
    return picture


def _cvusa_window(view: str, picture: Tensor, file: File) -> Tensor:
    """Cut the centre of an aerial photo, the first quarter of a panorama."""
    height, width = picture.shape[-2:]
    if view == "ground":
        return picture[..., : width // QUARTER]
    if min(height, width) < AERIAL_CROP:
        raise InputError(f"{file}: is {width}x{height}; CVUSA's aerial photos are 750x750. Fetch the data again.")
    top, left = (height - AERIAL_CROP) // 2, (width - AERIAL_CROP) // 2
    return picture[..., top : top + AERIAL_CROP, left : left + AERIAL_CROP]


def _annotated(file: File, order: Panels) -> Tensor:
    """Return the first quarter of an annotation in the colours of a layout."""
    ids = images.decode_ids(file)
    counts = torch.bincount(ids.flatten())
    wrong = {value: int(counts[value]) for value in range(len(ANNOTATION), len(counts)) if counts[value]}
    if wrong:
        named = ", ".join(f"{value} ({n} pixels)" for value, n in list(wrong.items())[:8])
        known = ", ".join(f"{value} {what}" for value, (what, _, _) in enumerate(ANNOTATION))
        raise InputError(f"{file}: has the values {named}; CVUSA's annotation has {known}. Fetch the data again.")
    quarter = images.resize_ids(ids[:, : ids.shape[1] // QUARTER], (SIZE, SIZE))
    palette = torch.tensor(list(order.colors), dtype=torch.uint8)
    return palette[quarter].permute(2, 0, 1)


def _color_map(file: File, order: Panels) -> Tensor:
    """Read a map in colours, by nearest at the size of a panel; every colour is one of the palette."""
    stored = decoding.photo(file)
    picture = images.from_pil(
        stored.resize((SIZE, SIZE), Image.Resampling.NEAREST) if stored.size != (SIZE, SIZE) else stored
    )
    _, outside = panels.groups_by_color(picture, order.colors, lossy=False)
    if bool(outside.any()):
        raise InputError(
            f"{file}: has colours outside the palette of Cityscapes: {panels.describe(picture, outside)}. Draw the map "
            "in these colours and save it as PNG."
        )
    return picture
