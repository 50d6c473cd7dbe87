"""Data sets that show a scene in two views: directions, the groups of classes that methods see, layouts of panel files.

A direction makes a data set of its own, whose photo is the target view: "tinytown_a2g" (`Dataset.directed`). Facts of
the panels and groups: the data preparation of Dayton and CVUSA as the codes of X-Fork, SelectionGAN and LGGAN read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sisbench.card import Label

DIRECTIONS: Mapping[str, str] = {"a2g": "aerial to ground", "g2a": "ground to aerial"}
"""Names on the command line, and what they mean."""

GROUPS = (
    Label(0, "vehicle", (0, 0, 142)),
    Label(1, "ground", (128, 64, 128)),
    Label(2, "object", (220, 20, 60)),
    Label(3, "construction", (70, 70, 70)),
    Label(4, "sky", (70, 130, 180)),
    Label(5, "vegetation", (107, 142, 35)),
)
"""LGGAN's groups of classes: the label space of a cross-view layout, each in the colour of one of its classes."""

GREYS = (10, 20, 30, 40, 50, 60)
"""Grey values of the groups in LGGAN's label panels."""

NO_GROUP = 255
"""In a layout of groups: a pixel whose class is in none of them."""

_MEMBERS = {
    "vehicle": ("car", "truck", "bus", "train", "motorcycle", "bicycle"),
    "ground": ("road", "sidewalk", "terrain"),
    "object": ("pole", "traffic light", "traffic sign", "person", "rider"),
    "construction": ("building", "wall", "fence"),
    "sky": ("sky",),
    "vegetation": ("vegetation",),
}
"""Classes of Cityscapes by group; all others are in none."""

Color = tuple[int, int, int]


@dataclass(frozen=True)
class Panels:
    """What a panel file holds side by side, in squares.

    Attributes:
        name: How the layout is called.
        order: What each panel is, from left to right: "aerial" and "ground" (photos), with " semantics" (a map in
            colours) or " groups" (the map of LGGAN's groups in grey) behind. "" is a panel that holds nothing.
        colors: Group by colour of the semantic maps, or `NO_GROUP`; other colours are none of theirs.
    """

    name: str
    order: tuple[str, ...]
    colors: Mapping[Color, int] = field(default_factory=dict)

    def place(self, what: str) -> int | None:
        """Return the number of a panel, from the left; None if there is no such."""
        return self.order.index(what) if what in self.order else None


@dataclass(frozen=True)
class Views:
    """How a data set shows two views.

    Attributes:
        size: Height and width of both views, as methods see them.
        protocol: Protocol of its cross-view tasks when none is named.
        native_size: Height and width of the stored views; None where the two differ.
        directions: Which of `DIRECTIONS` there are; the first is taken where none is named.
        panels: Layouts of panel files; empty if views are files of their own (`Item.aerial`).
        alone: Whether it is of cross-view tasks alone: its photos have no label maps for methods that start from these.
    """

    size: tuple[int, int]
    protocol: str
    native_size: tuple[int, int] | None = None
    directions: tuple[str, ...] = tuple(DIRECTIONS)
    panels: tuple[Panels, ...] = ()
    alone: bool = False


def group_of(name: str) -> int:
    """Return the group of a class of Cityscapes by its name, `NO_GROUP` if it is in none.

    >>> group_of("car"), group_of("terrain"), group_of("parking")
    (0, 1, 255)
    """
    return next((group.id for group in GROUPS if name in _MEMBERS[group.name]), NO_GROUP)


def group_colors(labels: Sequence[Label]) -> dict[Color, int]:
    """Return group by colour of a label space in which classes are called as in Cityscapes.

    A colour that several labels share is that of the one that is in a group ("pole", not "polegroup").
    """
    found: dict[Color, int] = {}
    for label in labels:
        group = group_of(label.name)
        if group != NO_GROUP or label.color not in found:
            found[label.color] = group
    return found


def group_ids(labels: Sequence[Label]) -> tuple[int, ...]:
    """Return the groups of 256 label ids; ids outside the label space are in none."""
    table = [NO_GROUP] * 256
    for label in labels:
        table[label.id] = group_of(label.name)
    return tuple(table)
