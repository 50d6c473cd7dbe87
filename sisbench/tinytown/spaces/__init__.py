"""Label spaces that worlds are written in: one module each, with the labels of all kinds and the names of all files.

A module registers its space like this::

    SPACE = register(Space(name="cityscapes", ...))
"""

from __future__ import annotations

from sisbench._registry import Registry
from sisbench.tinytown.spaces._space import Files, Space

__all__ = ["Files", "Space", "get", "names", "register"]

_REGISTRY: Registry[Space] = Registry(
    "a label space", __name__, "sisbench data render --help", lambda entry: isinstance(entry, Space)
)


def register(space: Space) -> Space:
    """Register a label space under its name."""
    return _REGISTRY.add(space.name, space)


def names() -> list[str]:
    """Names of all label spaces, sorted."""
    return _REGISTRY.names()


def get(name: str) -> Space:
    """Return a label space.

    Raises:
        InputError: No label space has this name; the message gives the closest one.
    """
    return _REGISTRY.get(name)
