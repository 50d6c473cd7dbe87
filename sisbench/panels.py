"""Pixels of panel files: photos and maps of two views side by side, in squares; `panel_layouts` says which is which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from sisbench import decoding, images, panel_layouts
from sisbench.datasets import Item
from sisbench.datasets._views import GREYS, NO_GROUP, Color, Panels
from sisbench.errors import InputError, first

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
        raise panel_layouts.wrong_width(item.layout, (layout,))
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
            f"{describe(semantics, outside)}. Check the order of the panels (a file {panel_layouts.MARK} in the root "
            "names it), or prepare the files again."
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


def _codes(picture: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    red, green, blue = picture.numpy().astype(np.int64)
    codes: np.ndarray[tuple[int, ...], np.dtype[np.int64]] = red << 16 | green << 8 | blue
    return codes
