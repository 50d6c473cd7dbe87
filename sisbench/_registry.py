"""Names to entries, for the folders `datasets`, `features`, `metrics` and `protocols`.

The folder's own entries and those of plug-ins, whose entry-point group is called like the package ("sisbench.metrics").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from sisbench._entries import Entries, Problem
from sisbench.errors import InputError, unknown_name

T = TypeVar("T")


class Registry(Generic[T]):
    """Entries of one kind, found by name.

    Args:
        kind: What an entry is, with its article ("a data set").
        package: Package whose public modules register the entries; also the entry-point group of plug-ins.
        command: The command that lists them, for the error message.
        fits: Whether something can be an entry of this kind.
    """

    def __init__(
        self, kind: str, package: str, command: str, fits: Callable[[object], bool] = lambda entry: True
    ) -> None:
        self.kind, self.command, self._fits = kind, command, fits
        self._entries: Entries[T] = Entries(kind, package, package, InputError)

    def add(self, name: str, entry: T) -> T:
        """Register an entry; a name that is taken, or an entry of another kind, is a programming error."""
        if not self._fits(entry):
            raise TypeError(f"{name!r} cannot be registered as {self.kind}: {entry!r} is none, or declares too little")
        return self._entries.add(name, entry)

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers its target under a name."""
        return lambda entry: self.add(name, entry)

    def names(self) -> list[str]:
        """All names that can be used, sorted."""
        return self._entries.names()

    def get(self, name: str) -> T:
        """Return an entry.

        Raises:
            InputError: No entry has this name (the message gives the closest one), or its plug-in is broken.
        """
        entry = self._entries.get(name)
        if entry is None:
            raise unknown_name(self.kind, name, self.names(), self.command)
        return entry

    def origin(self, name: str) -> str | None:
        """Return distribution and version of the plug-in that an entry comes from; None for sisbench's own."""
        return self._entries.origin(name)

    def problems(self) -> list[Problem]:
        """Load every plug-in of this kind and return what is wrong with them."""
        return self._entries.problems()
