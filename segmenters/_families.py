"""Segmenters that are named by a prefix and what it opens: `oasis-d:RUN`, the discriminator of a run.

This room knows no runs. Who does registers how they are opened; until then the name is unknown here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from segmenters._base import Segmenter

MMSEG = "mmseg:"
"""What the names of mmsegmentation's models begin with; the name or path of a configuration follows."""

Opener = Callable[[str], Segmenter]
"""Opens what follows the prefix; the segmenter knows its file (`Segmenter.loaded`) and its `class_names`."""


@dataclass(frozen=True)
class Family:
    """How segmenters of a prefix are opened.

    Attributes:
        prefix: What their names begin with, the colon included.
        summary: One line.
        paper: Where it was published.
        opener: Opens one.
    """

    prefix: str
    summary: str
    paper: str
    opener: Opener


_families: dict[str, Family] = {}


def register_family(prefix: str, *, summary: str, paper: str) -> Callable[[Opener], Opener]:
    """Return a decorator that registers how segmenters of a prefix are opened.

    Raises:
        ValueError: The prefix ends in no colon, or is taken (a programming error).
    """
    if not prefix.endswith(":") or prefix in (MMSEG, *_families):
        raise ValueError(f"segmenters cannot be named by {prefix!r}: expected a prefix that is free and ends in ':'")

    def add(opener: Opener) -> Opener:
        _families[prefix] = Family(prefix, summary, paper, opener)
        return opener

    return add


def families() -> list[Family]:
    """Return all families, by prefix."""
    return [_families[prefix] for prefix in sorted(_families)]


def family_of(name: str) -> Family | None:
    """Return the family that a name belongs to."""
    return next((family for prefix, family in _families.items() if name.startswith(prefix)), None)


def prefix_of(name: str) -> str:
    """Return the prefix of a name, that of mmsegmentation included; empty for a name of an architecture."""
    family = family_of(name)
    return MMSEG if name.startswith(MMSEG) else family.prefix if family else ""
