"""Confusion matrix of the label maps read off generated images: what each class is taken for.

Rows are true classes; a cell is the share of their pixels that the segmenter gives to the class of the column. Pixels
of ignored labels count nowhere. The matrix of the photos shows which errors are the segmenter's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sisbench.errors import InputError
from sisbench.plots import Drawing, Option, register
from sisbench.plots._labelled import OPTIONS, LabelledImages
from sisbench.plots._style import GRID, INK, MUTED, heading
from sisbench.plots._text import caption, drawable, short_name

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

MOST = 24
"""Classes that a figure has room for; the others are one."""

_CELL, _NAMES = 0.2, 1.2
"""Inches of a cell, and of the names beside."""
_WRITTEN = 0.095
"""Shares from here on are written into their cell."""


@register(
    "confusion",
    files="required",
    options=(Option("photos", "Draw the matrix of the photos too.", default=False), *OPTIONS),
    label_maps=True,
)
def command(seen: LabelledImages, photos: bool) -> Drawing:
    """What each true class is taken for, in percent of its pixels.

    FILES are run folders, or with '--dataset' folders or zip archives of generated images; each has a panel.

    \b
    Examples:
      sisbench plot confusion runs/tinytown/lggan --photos -o confusion.svg
    """  # noqa: D301 - click wants the character \b
    import numpy as np

    sources = [(method.label, method) for method in seen.methods] + ([("photos", None)] if photos else [])
    panels = [(title, np.sum([seen.confusion(method, key) for key in seen.keys], axis=0)) for title, method in sources]
    names = [label.name for label in seen.card.train_classes]
    return Drawing(matrix(panels, names, [f"{seen.caption}; rows: true classes, in percent of their pixels"]))


def matrix(panels: Sequence[tuple[str, NDArray[np.int64]]], names: Sequence[str], lines: Sequence[str]) -> Figure:
    """Draw the figure.

    Args:
        panels: Title and pixels by true and predicted class, (C, C); of the same layouts.
        names: Of the classes.
        lines: Below the figure.

    Returns:
        A panel each, with the classes of the truth that have most pixels, and those that only images show.

    Raises:
        InputError: No pixel has a true class.
    """
    from matplotlib.figure import Figure

    kept = _kept([found for _, found in panels])
    if not kept:
        raise InputError("no pixel of the layouts has a scored class; expected one at least. Check the label maps.")
    reduced = [_reduced(found, kept) for _, found in panels]
    titles = [*(names[c] for c in kept), "others"]
    if not any(found[-1].any() or found[:, -1].any() for found in reduced):
        titles, reduced = titles[:-1], [found[:-1, :-1] for found in reduced]
    side = _CELL * len(titles)
    figure = Figure(figsize=(_NAMES + len(reduced) * (side + 0.2), side + _NAMES + 0.3), layout="constrained")
    grid = figure.subplots(1, len(reduced), squeeze=False)[0]
    for place, ((title, _), found, axes) in enumerate(zip(panels, reduced, grid, strict=True)):
        _draw(axes, found, [drawable(name) for name in titles], named=place == 0)
        heading(axes, short_name(title))
    caption(figure, lines)
    return figure


def _kept(matrices: Sequence[NDArray[np.int64]]) -> list[int]:
    """Classes to show, in their order: those that occur in the truth or in any label map, most pixels first."""
    import numpy as np

    pixels = np.sum([found.sum(1) for found in matrices], axis=0)
    shown = np.sum([found.sum(0) for found in matrices], axis=0)
    order = sorted(np.flatnonzero(pixels + shown), key=lambda c: (-pixels[c], -shown[c]))
    return sorted(int(c) for c in order[:MOST])


def _reduced(found: NDArray[np.int64], kept: Sequence[int]) -> NDArray[np.int64]:
    """Sum all classes that are not kept into one, the last."""
    import numpy as np

    place = np.full(len(found), len(kept))
    place[list(kept)] = np.arange(len(kept))
    total = np.zeros((len(kept) + 1, len(kept) + 1), dtype=np.int64)
    np.add.at(total, (place[:, None], place[None, :]), found)
    return total


def _draw(axes: Axes, found: NDArray[np.int64], titles: Sequence[str], named: bool) -> None:
    import numpy as np

    pixels = found.sum(1, keepdims=True)
    shares = found / np.maximum(pixels, 1)
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1)  # the root shows small shares too
    for row, column in zip(*np.nonzero(shares >= _WRITTEN), strict=True):
        share = shares[row, column]
        color = "white" if share > 0.5 else INK
        axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", fontsize=5.5, color=color)
    axes.set_xticks(range(len(titles)), titles, fontsize=6.5, rotation=90)
    axes.set_yticks(range(len(titles)), titles if named else [""] * len(titles), fontsize=6.5)
    axes.tick_params(length=0, colors=INK)
    axes.set_xticks(np.arange(len(titles)) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(titles)) - 0.5, minor=True)
    axes.grid(which="minor", color=GRID, linewidth=0.4)
    axes.tick_params(which="minor", length=0)
    for spine in axes.spines.values():
        spine.set_color(GRID)
    if named:
        axes.set_ylabel("true class", fontsize=7.5, color=MUTED)
    axes.set_xlabel("class of the segmenter", fontsize=7.5, color=MUTED)
