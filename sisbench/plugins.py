"""Plug-ins: methods, metrics, data sets and more from other installed packages, by entry points.

A plug-in declares an entry point for each of its entries; `GROUPS` names the groups. What is declared is read from
metadata alone. What is wrong with a plug-in is found when it is loaded, and never breaks anything but itself.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, cast

from sisbench._entries import Declared, Problem, declared
from sisbench.errors import InputError, unknown_name

OWN = "sisbench"
"""Origin of what comes with sisbench itself."""

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "methods": "sisbench.methods",
        "metrics": "sisbench.metrics",
        "datasets": "sisbench.datasets",
        "protocols": "sisbench.protocols",
        "segmenters": "sisbench.segmenters",
        "features": "sisbench.features",
    }
)
"""Entry-point group of each kind of entry."""

_DOORS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "methods": ("generators", ""),
        "metrics": ("sisbench.metrics", "_registry"),
        "datasets": ("sisbench.datasets", "_REGISTRY"),
        "protocols": ("sisbench.protocols", "_REGISTRY"),
        "segmenters": ("segmenters", ""),
        "features": ("sisbench.features", "_registry"),
    }
)
"""Where the entries of each kind are kept: a module, and a name in it."""


@dataclass(frozen=True)
class Entry:
    """An entry that a plug-in declares.

    Attributes:
        kind: One of `GROUPS`.
        name: Name of the entry.
        declared: What the metadata say.
    """

    kind: str
    name: str
    declared: Declared


class _Door(Protocol):
    """What every room and every registry of entries offers."""

    def names(self) -> list[str]: ...

    def origin(self, name: str) -> str | None: ...

    def problems(self) -> list[Problem]: ...


def entries(kind: str | None = None) -> list[Entry]:
    """Return what the installed plug-ins declare, by kind and name; nothing of them is imported.

    Args:
        kind: One of `GROUPS`; None returns all kinds.
    """
    kinds = GROUPS if kind is None else (kind,)
    found = [(each, entry) for each in kinds for entry in declared(GROUPS[each])]
    return [Entry(each, entry.name, entry) for each, entry in found if isinstance(entry, Declared)]


def find(name: str, kind: str | None = None) -> list[Entry]:
    """Return the entries of a plug-in, or those of this name.

    Args:
        name: A distribution (as package installers compare names: case and `-`, `_`, `.` do not matter), or an entry.
        kind: One of `GROUPS`; None returns all kinds.

    Raises:
        InputError: No plug-in has this name, or nothing of this kind.
    """
    installed = entries()
    found = [entry for entry in installed if _normal(entry.declared.distribution) == _normal(name)]
    found = found or [entry for entry in installed if entry.name == name]
    if not found:
        known = {entry.declared.distribution for entry in installed} | {entry.name for entry in installed}
        raise unknown_name("a plug-in or an entry of one", name, known, "sisbench list plugins")
    chosen = [entry for entry in found if kind in (None, entry.kind)]
    if not chosen:
        has = ", ".join(dict.fromkeys(entry.kind for entry in found))
        raise InputError(f"the plug-in {name!r} has no {kind}; it has {has}. Choose one of these with '--kind'.")
    return chosen


def origin(kind: str, name: str) -> str:
    """Return where an entry comes from: distribution and version of a plug-in, else `OWN`."""
    return _door(kind).origin(name) or OWN


def problems(kind: str) -> list[Problem]:
    """Load every plug-in of a kind and return what is wrong with them."""
    return _door(kind).problems()


def used() -> dict[str, str]:
    """Return versions of the plug-ins of which this process has loaded anything, by distribution, for records."""
    loaded = [entry.declared for entry in entries() if entry.declared.module in sys.modules]
    return {plugin.distribution: plugin.version for plugin in sorted(loaded, key=lambda plugin: plugin.distribution)}


def _door(kind: str) -> _Door:
    module, name = _DOORS[kind]
    door: Any = importlib.import_module(module)
    return cast(_Door, getattr(door, name) if name else door)


def _normal(distribution: str) -> str:
    return distribution.lower().replace("_", "-").replace(".", "-")
