"""What is rendered of every world: the views, their sizes, the label space."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sisbench.errors import InputError, unknown_name
from sisbench.tinytown import spaces
from sisbench.tinytown.cameras import VIEWS
from sisbench.tinytown.worlds import EDITION

SMALLEST, LARGEST = 32, 4096
"""Of the height and the width of the ground view, pixels."""

_HELP = "sisbench data render --help"


@dataclass(frozen=True)
class Rendering:
    """What is rendered of every world; two renderings that are equal can share a folder.

    Attributes:
        height: Rows of the ground view, even.
        width: Columns of the ground view, even.
        views: Some of `cameras.VIEWS`, in that order.
        space: Name of the label space.
    """

    height: int
    width: int
    views: tuple[str, ...]
    space: str

    def size(self, view: str) -> tuple[int, int]:
        """Return height and width of a view; all views are as high as the ground view."""
        return self.height, {"aerial": self.height, "panorama": 4 * self.height}.get(view, self.width)

    def facts(self) -> dict[str, str]:
        """What a folder of worlds has in common, in words."""
        return {
            "edition": EDITION,
            "label space": self.space,
            "views": ", ".join(f"{view} {self.height}x{self.size(view)[1]}" for view in self.views),
        }


def facts_of(world: Mapping[str, Any]) -> dict[str, str]:
    """The same from a line of `worlds.jsonl`."""
    views = ", ".join(f"{view} {facts['height']}x{facts['width']}" for view, facts in world["views"].items())
    return {"edition": world["edition"], "label space": world["space"], "views": views}


def rendering(size: str, views: Sequence[str], space: str) -> Rendering:
    """Read what a user asks for.

    Args:
        size: "HxW" of the ground view, pixels.
        views: Names of views, in any order.
        space: Name of a label space.

    Raises:
        InputError: A size that is not sensible, no view, or an unknown name; the message gives the closest one.
    """
    found = re.fullmatch(r"(\d{1,9})[x×](\d{1,9})", size.strip().lower())
    if not found:
        raise InputError(f"the size {size!r} is not of the form HxW, height first. Write '256x512', for example.")
    for number, what in zip(map(int, found.groups()), ("height", "width"), strict=True):
        if number % 2 or not SMALLEST <= number <= LARGEST:
            raise InputError(
                f"the size {size!r} has a {what} of {number}; expected an even number from {SMALLEST} to {LARGEST}. "
                "Write '256x512', for example."
            )
    for view in views:
        if view not in VIEWS:
            raise unknown_name("a view", view, VIEWS, _HELP)
    if not views:
        raise InputError(f"no view was named; there are {', '.join(VIEWS)}. Name some with '--views'.")
    spaces.get(space)
    height, width = map(int, found.groups())
    return Rendering(height, width, tuple(view for view in VIEWS if view in views), space)
