"""Verification of panel files: widths, colours of the maps, groups that agree with them, and the order of the views."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from sisbench import decoding, panel_layouts, panels
from sisbench.datasets import Dataset, Item
from sisbench.datasets._views import GROUPS, NO_GROUP
from sisbench.encode import ids_present
from sisbench.errors import InputError
from sisbench.files import Tree
from sisbench.views import group_layout

_SKY = next(group.id for group in GROUPS if group.name == "sky")
VIEWS = ("aerial", "ground")

_BLACK = 4.0
"""Mean grey value of a panel that holds nothing, at most: a lossy file bleeds over its edges."""

_BLURRED = 0.2
"""Share of the pixels of a map in a lossy file that may have none of its colours."""


class PanelCheck:
    """Looks at the panel files of one split; `item` may run in threads, `order` comes last.

    Args:
        dataset: The data set; of one with a direction the panels that this needs must be there.
        tree: Its files.
        items: The samples.

    Raises:
        InputError: The first file has no layout of the data set, or not what the direction needs.
    """

    def __init__(self, dataset: Dataset, tree: Tree, items: Sequence[Item]) -> None:
        assert dataset.views is not None
        self._dataset, self._root = dataset, tree.root
        self.layout = panel_layouts.layout_of(dataset, tree, items)
        if dataset.direction:
            panel_layouts.require_direction(dataset, self.layout)
        self._seen: list[dict[str, int]] = []

    @property
    def notes(self) -> list[str]:
        """Which layout was found, and which directions it serves."""
        able = [d for d, target in (("a2g", "ground"), ("g2a", "aerial")) if f"{target} semantics" in self.layout.order]
        return [f"{self.layout.name} panels, which serve {' and '.join(able)}"]

    def item(self, item: Item) -> tuple[list[str], set[int]]:
        """Return the problems of one file, and the groups in it."""
        try:
            parts = dict(zip(self.layout.order, panels.read(item, self.layout, self.layout.order), strict=True))
        except InputError as error:
            return [str(error)], set()
        problems = []
        size, expected = decoding.size_of(item.layout), self._dataset.card.native_size
        if expected is not None and size[0] != expected[0]:
            problems.append(f"{item.layout}: is {size[0]} high; the card says {expected[0]}")
        if (unused := parts.get("")) is not None and float(unused.float().mean()) > _BLACK:
            problems.append(
                f"{item.layout}: panel {self.layout.order.index('') + 1} holds a picture where {self.layout.name} "
                "panels of this data set hold nothing. Check the order of the panels"
            )
        ids: set[int] = set()
        sky: dict[str, int] = {}
        lossy = item.layout.name.lower().endswith(panels.LOSSY)
        for view in VIEWS:
            if f"{view} semantics" in parts:
                groups, found = self._semantics(item, view, parts[f"{view} semantics"], lossy)
                problems += found
                if f"{view} groups" in parts:
                    problems += self._groups(item, view, parts[f"{view} groups"], groups, lossy)
                sky[view] = int((groups == _SKY).sum())
                ids |= {group for group in ids_present(groups) if group != NO_GROUP}
        self._seen.append(sky)
        return problems, ids

    def order(self) -> list[str]:
        """Say that the views seem to be exchanged, where most of the sky is in what passes as aerial photos."""
        total = {view: sum(sky.get(view, 0) for sky in self._seen) for view in VIEWS}
        if total["aerial"] <= total["ground"]:
            return []
        share = 100 * total["aerial"] / (total["aerial"] + total["ground"])
        assert self._dataset.views is not None
        others = [p.name for p in self._dataset.views.panels if len(p.order) == len(self.layout.order)]
        others = [name for name in others if name != self.layout.name]
        return [
            f"{self._root}: {share:.0f} % of the sky is in the panel 'aerial semantics' of the {self.layout.name} "
            f"layout: the panels seem to have another order ({', '.join(others)}). Name it in a file "
            f"{panel_layouts.MARK} there"
        ]

    def _semantics(self, item: Item, view: str, picture: Tensor, lossy: bool) -> tuple[Tensor, list[str]]:
        groups, outside = panels.groups_by_color(picture, self.layout.colors, lossy)
        if int(picture.max()) == 0:
            return groups, [f"{item.layout}: panel '{view} semantics' is black. Check the order of the panels"]
        if float(outside.float().mean()) <= (_BLURRED if lossy else 0):
            return groups, []
        told = panels.describe(picture, outside)
        return groups, [f"{item.layout}: panel '{view} semantics' has colours outside the palette: {told}"]

    def _groups(self, item: Item, view: str, picture: Tensor, by_color: Tensor, lossy: bool) -> list[str]:
        """Compare grey values with the groups of the colours; what lossy files have blurred says nothing."""
        if lossy:
            return []
        grey = panels.grey_groups(picture)
        if wrong := int((group_layout(grey[None]) != by_color).sum()):
            return [f"{item.layout}: panel '{view} groups' disagrees with '{view} semantics' in {wrong} pixels"]
        return []
