"""Protocols: one module each, holding a literal that fixes every choice of an evaluation.

They are named after who used them. A protocol that was released is never edited: a change is a new module and a new
name. A module registers its literal like this::

    PROTOCOL = register(Protocol(name="spade-2019", ...))
"""

from __future__ import annotations

from sisbench._registry import Registry
from sisbench.card import Protocol

__all__ = ["DIVERSITY", "EDIT", "FOLDERS", "get", "names", "register"]

FOLDERS = "folders-v1"
"""Protocol of images without a data set, when none is named."""

DIVERSITY = "diversity-v1"
"""Protocol of several images of each layout, when none is named."""

EDIT = "edit-v1"
"""Protocol of methods that paint a region of a photo, when none is named."""

_REGISTRY: Registry[Protocol] = Registry(
    "a protocol", __name__, "sisbench list protocols", lambda entry: isinstance(entry, Protocol)
)


def register(protocol: Protocol) -> Protocol:
    """Register a protocol under its own name."""
    return _REGISTRY.add(protocol.name, protocol)


def names() -> list[str]:
    """Names of all protocols, sorted."""
    return _REGISTRY.names()


def get(name: str) -> Protocol:
    """Return a protocol.

    Raises:
        InputError: No protocol has this name; the message gives the closest one.
    """
    return _REGISTRY.get(name)
