"""Which pictures a run folder holds, and where the layouts and photos behind them lie.

No path is ever made from a key of a record: a folder is listed, and what is not on the list is missing. What is listed
but lies elsewhere (a symbolic link out of the run folder) is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sisbench import datasets, panel_layouts
from sisbench.card import Card
from sisbench.errors import InputError
from sisbench.files import File, Tree
from sisbench.report.collect import Run

Kind = Literal["photo", "map", "layout"]
"""A photo is compressed with loss, a map of flat colours without, a layout holds ids that its card colours."""


@dataclass(frozen=True)
class Picture:
    """One picture that the page may show.

    Attributes:
        source: Its file, in a run folder or in a data set.
        kind: How it is decoded and compressed.
        card: Of a layout, whose colours are used.
        panel: Number of the square of the file that it is, from the left; None is the whole file.
    """

    source: Path | File
    kind: Kind
    card: Card | None = None
    panel: int | None = None


@dataclass(frozen=True)
class RunPictures:
    """Pictures of one run, by key of the layout.

    Attributes:
        images: The generated image; of several of one layout the first.
        variants: By number, further images of the same layout, the first included; empty where there is one only.
        semantics: The segmenter's label maps of the generated images.
        stages: By name of the stage.
        problems: What was refused or is missing, one line each.
    """

    images: Mapping[str, Picture] = field(default_factory=dict)
    variants: Mapping[str, Mapping[str, Picture]] = field(default_factory=dict)
    semantics: Mapping[str, Picture] = field(default_factory=dict)
    stages: Mapping[str, Mapping[str, Picture]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def of_run(run: Run) -> RunPictures:
    """List the pictures of a run."""
    if run.folder is None:
        return RunPictures(problems=(f"{run.label}: a record without a run folder, hence without images.",))
    refused: list[str] = []
    several = run.images_per_layout > 1
    images, variants = _grouped(_listed(run.folder, "images", refused), several)
    semantics, _ = _grouped(_listed(run.folder, "semantics", refused, "map"), several)
    stages = {
        name: _grouped(_listed(run.folder, f"stages/{name}", refused), several)[0]
        for name in _folders(run.folder / "stages")
    }
    problems = [f"{run.label}: {line}" for line in refused] + _missing(run, images)
    return RunPictures(images, variants, semantics, {n: of for n, of in stages.items() if of}, tuple(problems))


def layouts_and_photos(
    dataset: str, split: str, root: Path | None = None
) -> tuple[Card | None, dict[str, tuple[Picture, Picture | None]], str]:
    """Find the layouts and photos of a split; of a cross-view task source photos in the place of layouts.

    Args:
        dataset: Name of the data set.
        split: Name of the split.
        root: Its folder or archive, where it was named.

    Returns:
        The card (None for a data set that is not registered here), layout and photo by key, and why there are none.
    """
    try:
        known = datasets.get(dataset)
    except InputError as error:
        return None, {}, str(error)
    try:
        tree = datasets.locate(known, root)
        items = known.index(tree, split)
        if known.direction:
            return known.card, _views(known, tree, items), ""
    except InputError as error:
        return known.card, {}, str(error)
    found = {}
    for item in items:
        photo = Picture(item.image, "photo") if item.image is not None else None
        found[item.key] = (Picture(item.layout, "layout", known.card), photo)
    return known.card, found, ""


def _views(
    known: datasets.Dataset, tree: Tree, items: Sequence[datasets.Item]
) -> dict[str, tuple[Picture, Picture | None]]:
    """Return source and target photo by key."""
    source, target = panel_layouts.ends(known)
    found: dict[str, tuple[Picture, Picture | None]] = {}
    if known.views is not None and known.views.panels:
        layout = panel_layouts.layout_of(known, tree, items)
        for item in items:
            first, second = (Picture(item.layout, "photo", panel=layout.place(view)) for view in (source, target))
            found[item.key] = first, second
        return found
    for item in items:
        files = {"ground": item.image, "aerial": item.aerial}
        seen, made = files[source], files[target]
        if seen is not None:
            found[item.key] = Picture(seen, "photo"), Picture(made, "photo") if made is not None else None
    return found


def _grouped(files: Mapping[str, Picture], several: bool) -> tuple[dict[str, Picture], dict[str, dict[str, Picture]]]:
    """Return the first picture of each key, and all of them by number where files are called KEY/NUMBER."""
    if not several:
        return dict(files), {}
    variants: dict[str, dict[str, Picture]] = {}
    for name, picture in files.items():
        key, _, number = name.rpartition("/")
        variants.setdefault(key, {})[number] = picture
    return {key: next(iter(of.values())) for key, of in variants.items()}, variants


def _listed(run: Path, place: str, refused: list[str], kind: Kind = "photo") -> dict[str, Picture]:
    """Return the PNG files below a folder by their name without the suffix, sorted; links that lead out are refused."""
    inside, folder = run.resolve(), run / place
    if not folder.is_dir():
        return {}
    if not folder.resolve().is_relative_to(inside):
        refused.append(f"{place} is a link out of the run folder and was not followed.")
        return {}
    found: dict[str, Picture] = {}
    for parent, folders, names in os.walk(folder):
        for link in [name for name in folders if (Path(parent) / name).is_symlink()]:
            refused.append(f"{(Path(parent) / link).relative_to(run).as_posix()} is a link to a folder, not followed.")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent) / name
            if not name.endswith(".png") or name.startswith("."):
                continue
            if path.is_symlink() and not path.resolve().is_relative_to(inside):
                refused.append(f"{path.relative_to(run).as_posix()} is a link out of the run folder, not followed.")
                continue
            found[path.relative_to(folder).as_posix().removesuffix(".png")] = Picture(path, kind)
    return found


def _folders(parent: Path) -> list[str]:
    if not parent.is_dir():
        return []
    return sorted(path.name for path in parent.iterdir() if path.is_dir() and not path.name.startswith("."))


def _missing(run: Run, images: Mapping[str, Picture]) -> list[str]:
    """Name the images that the record counts and the folder lacks."""
    n = run.record.evaluation.n
    if run.shares is not None:
        lost = [key for key in run.shares.keys if key not in images]
        if lost:
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            return [f"{run.label}: images/ lacks {len(lost)} of {n} images: {', '.join(lost[:3])}{more}."]
    elif len(images) != n:
        return [f"{run.label}: images/ holds {len(images)} images, the record is of {n}."]
    return []
