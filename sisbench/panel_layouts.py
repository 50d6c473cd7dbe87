"""Which panel files hold what: layouts by width and by name, and what a direction needs of them. No torch.

Layouts of one width differ in their order, which no width tells: a file `PANELS` in the root names the layout then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sisbench import decoding
from sisbench.datasets import Dataset, Item
from sisbench.datasets._views import Panels
from sisbench.errors import InputError, unknown_name
from sisbench.files import File, Tree

MARK = "PANELS"
"""File in the root, or in the folder of the splits: the name of the panels' layout."""


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
            known = [layout.name for layout in layouts]
            raise unknown_name(f"{file}: a layout of {dataset.card.title}", name, known, "sisbench data prepare --help")
        layouts = (named,)
    if not items:
        return layouts[0]
    number = _number(items[0].layout)
    fitting = next((layout for layout in layouts if len(layout.order) == number), None)
    if fitting is None:
        raise wrong_width(items[0].layout, layouts)
    return fitting


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


def wrong_width(file: File, layouts: Sequence[Panels]) -> InputError:
    """Return the error of a file that has none of the layouts; it says which of them has which width."""
    height, width = decoding.size_of(file)
    return InputError(
        f"{file}: is {width}x{height}, which is no layout of panels that is expected here ({widths(layouts)}; other "
        "heights in proportion). Prepare the files again ('sisbench data prepare'), or name their layout in a file "
        f"{MARK} in the root."
    )


def _number(file: File) -> int:
    """Return the number of square panels of a file; 0 if it holds no whole number of them."""
    height, width = decoding.size_of(file)
    return width // height if width % height == 0 else 0


def _mark(tree: Tree) -> File | None:
    places = [MARK, *(f"{folder}/{MARK}" for folder in tree.folders())]
    return next((tree.file(place) for place in places if tree.has(place)), None)
