"""Names to entries, for the folders `datasets`, `features`, `metrics` and `protocols`.

A folder is scanned once: every public module in it is imported and registers itself, so adding an entry is adding a
file. The same lines stand in `generators` and `segmenters` on purpose: a shared module would tie rooms that must stand
alone.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Generic, TypeVar

from sisbench.errors import unknown_name

T = TypeVar("T")


class Registry(Generic[T]):
    """Entries of one kind, found by name.

    Args:
        kind: What an entry is, with its article ("a data set").
        package: Package whose public modules register the entries.
        command: The command that lists them, for the error message.
    """

    def __init__(self, kind: str, package: str, command: str) -> None:
        self.kind, self.package, self.command = kind, package, command
        self._entries: dict[str, T] = {}
        self._scanned = False

    def add(self, name: str, entry: T) -> T:
        """Register an entry; a name that is taken is a programming error."""
        if name in self._entries:
            raise ValueError(f"{self.kind} named {name!r} is registered twice")
        self._entries[name] = entry
        return entry

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers its target under a name."""
        return lambda entry: self.add(name, entry)

    def names(self) -> list[str]:
        """All names, sorted."""
        self._scan()
        return sorted(self._entries)

    def get(self, name: str) -> T:
        """Return an entry.

        Raises:
            InputError: No entry has this name; the message gives the closest one.
        """
        self._scan()
        if name not in self._entries:
            raise unknown_name(self.kind, name, self._entries, self.command)
        return self._entries[name]

    def _scan(self) -> None:
        if self._scanned:
            return
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("_"):
                importlib.import_module(f"{self.package}.{module.name}")
        self._scanned = True  # only now: a module that fails to import must fail again, not leave a short list
