"""Panel files of cross-view data sets: photos and maps of two views side by side, in squares.

Layouts of one width differ in their order, which no width tells: a file `PANELS` in the root names the layout then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sisbench import decoding, images
from sisbench.datasets import Dataset, Item
from sisbench.datasets._views import GREYS, NO_GROUP, Color, Panels
from sisbench.errors import InputError, first, unknown_name
from sisbench.files import File, Tree

MARK = "PANELS"
"""File in the root, or in the folder of the splits: the name of the panels' layout."""

LOSSY = (".jpg", ".jpeg")
"""Suffixes of files whose colours are not those that were saved."""

NEAR = 48
"""In lossy files every colour counts as the nearest one of the palette; beyond this distance in RGB it is blurred."""

MOSTLY = 0.5
"""A map with a smaller share of pixels of its palette is no such map."""


class Maps(NamedTuple):
    """The target view's semantics.

    Attributes:
        semantics: In colours, uint8 (3, H, W).
        groups: By LGGAN's groups, as grey values: uint8 (H, W), 10 to 60, or 0 for none.
    """

    semantics: Tensor
    groups: Tensor


def layout_of(dataset: Dataset, tree: Tree, items: Sequence[Item]) -> Panels:
    """Return the layout that panel files have: what `PANELS` says, else the first of the width of the first file.

    Raises:
        InputError: An unknown name, or a width that no layout has, or that the named one has not.
    """
    assert dataset.views is not None
    layouts = dataset.views.panels
    if file := _mark(tree):
        name = file.read().decode(errors="replace").strip()
        named = next((layout for layout in layouts if layout.name == name), None)
        if named is None:
            raise unknown_name(f"{file}: a layout of {dataset.card.title}", name, [p.name for p in layouts], "docs")
        layouts = (named,)
    if not items:
        return layouts[0]
    number = _number(items[0].layout)
    fitting = next((layout for layout in layouts if len(layout.order) == number), None)
    if fitting is None:
        raise _wrong_width(items[0].layout, layouts)
    return fitting


def read(item: Item, layout: Panels, wanted: Sequence[str]) -> list[Tensor]:
    """Read some panels of a file.

    Args:
        item: The sample.
        layout: How its panels lie.
        wanted: What of it: entries of `Panels.order`.

    Returns:
        uint8 (3, S, S) each, S the height of the file.

    Raises:
        InputError: The file is damaged or of another width.
    """
    picture = images.from_pil(decoding.photo(item.layout))
    side = picture.shape[1]
    if picture.shape[2] != side * len(layout.order):
        raise _wrong_width(item.layout, (layout,))
    parts = picture.split(side, dim=2)
    return [parts[place] for what in wanted if (place := layout.place(what)) is not None]


def maps(item: Item, layout: Panels, view: str, semantics: Tensor, groups: Tensor | None) -> Maps:
    """Return the semantics of a view: the groups are those of their panel where there is one, else by colour.

    A panel of groups is compared for equality, as LGGAN's code does: what a lossy file has blurred is of no group.

    Raises:
        InputError: Hardly any pixel has a colour of the palette: it is no such map.
    """
    if groups is not None:
        return Maps(semantics, grey_groups(groups))
    if not bool(semantics.any()) and layout.colors.get((0, 0, 0), NO_GROUP) == NO_GROUP:
        raise InputError(
            f"{item.layout}: the panel '{view} semantics' is black: this file has no map of the {view} view, the "
            "target. Choose the other direction, or files that have one."
        )
    found, outside = groups_by_color(semantics, layout.colors, item.layout.name.lower().endswith(LOSSY))
    if int(outside.sum()) > (1 - MOSTLY) * outside.numel():
        raise InputError(
            f"{item.layout}: the panel '{view} semantics' is no map in the colours of the {layout.name} layout: "
            f"{describe(semantics, outside)}. Check the order of the panels (a file {MARK} in the root names it), or "
            "prepare the files again."
        )
    return Maps(semantics, as_grey(found))


def groups_by_color(picture: Tensor, colors: Mapping[Color, int], lossy: bool) -> tuple[Tensor, Tensor]:
    """Read a map in colours.

    Args:
        picture: uint8 (3, H, W).
        colors: Group by colour.
        lossy: Whether the nearest colour of the palette counts, and not an equal one alone.

    Returns:
        Groups, int64 (H, W), `NO_GROUP` where there is none; and where the colour is none of the palette (in lossy
        files: not within `NEAR` of one), bool (H, W).
    """
    codes, where = np.unique(_codes(picture), return_inverse=True)
    palette = np.array(list(colors), dtype=np.int64)
    seen = np.stack((codes >> 16, codes >> 8 & 255, codes & 255), axis=1)
    distance = np.square(seen[:, None] - palette[None]).sum(2)
    nearest, least = distance.argmin(1), distance.min(1)
    outside = least > (NEAR**2 if lossy else 0)
    group = np.array(list(colors.values()))[nearest]
    group = group if lossy else np.where(outside, NO_GROUP, group)
    shape = picture.shape[1:]
    where = where.reshape(shape)
    return torch.from_numpy(group[where]), torch.from_numpy(outside[where])


def grey_groups(picture: Tensor) -> Tensor:
    """Return the grey values of a panel of groups, uint8 (3, H, W): uint8 (H, W), 0 for what is none of theirs."""
    grey = picture[0]
    known = torch.zeros(256, dtype=torch.bool)
    known[list(GREYS)] = True
    return grey.masked_fill(~((picture == grey).all(0) & known[grey.long()]), 0)


def as_grey(groups: Tensor) -> Tensor:
    """Return groups, `NO_GROUP` for none, as the grey values of LGGAN's label panels: uint8, 0 for none."""
    table = torch.zeros(256, dtype=torch.uint8)
    table[: len(GREYS)] = torch.tensor(GREYS, dtype=torch.uint8)
    return table[groups]


def describe(picture: Tensor, outside: Tensor) -> str:
    """Count and name the colours of some pixels of a picture."""
    codes, counts = np.unique(_codes(picture)[outside.numpy()], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    named = [f"({c >> 16}, {c >> 8 & 255}, {c & 255}) in {n}" for c, n in zip(codes[order], counts[order], strict=True)]
    total = int(outside.sum())
    return f"{total} of {outside.numel()} pixels have other colours, {'; '.join(first(named, 4))}"


def require_direction(dataset: Dataset, layout: Panels) -> None:
    """Raise an InputError unless files of a layout hold what the direction of a data set needs."""
    source, target = ends(dataset)
    for what in (source, target, f"{target} semantics"):
        if layout.place(what) is None:
            assert dataset.views is not None
            able = [p.name for p in dataset.views.panels if p.place(what) is not None]
            raise InputError(
                f"{dataset.card.title} needs the panel {what!r}, which files of the {layout.name} layout do not hold "
                f"({widths((layout,))}). Choose the other direction, or files of the layout {' or '.join(able)}."
            )


def ends(dataset: Dataset) -> tuple[str, str]:
    """Return source and target view of a data set's direction."""
    return ("aerial", "ground") if dataset.direction == "a2g" else ("ground", "aerial")


def widths(layouts: Iterable[Panels]) -> str:
    """Say how wide files of some layouts are."""
    return "; ".join(
        f"{p.name}: {256 * len(p.order)}x256, {', '.join(what or 'nothing' for what in p.order)}" for p in layouts
    )


def _codes(picture: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    red, green, blue = picture.numpy().astype(np.int64)
    codes: np.ndarray[tuple[int, ...], np.dtype[np.int64]] = red << 16 | green << 8 | blue
    return codes


def _number(file: File) -> int:
    """Return the number of square panels of a file; 0 if it holds no whole number of them."""
    height, width = decoding.size_of(file)
    return width // height if width % height == 0 else 0


def _wrong_width(file: File, layouts: Sequence[Panels]) -> InputError:
    height, width = decoding.size_of(file)
    return InputError(
        f"{file}: is {width}x{height}, which is no layout of panels that is expected here ({widths(layouts)}; other "
        "heights in proportion). Prepare the files again ('sisbench data prepare'), or name their layout in a file "
        f"{MARK} in the root."
    )


def _mark(tree: Tree) -> File | None:
    places = [MARK, *(f"{folder}/{MARK}" for folder in tree.folders())]
    return next((tree.file(place) for place in places if tree.has(place)), None)
