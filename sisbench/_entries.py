"""Entries of one kind by name: those of a folder of this package, and those of plug-ins.

The folder is scanned once: every public module in it is imported and registers itself, so adding an entry is adding a
file. A plug-in is an installed distribution with an entry point for each of its entries: the group says the kind, the
name is the entry's name, the value is the module whose import registers it. Metadata are read for names that are not
the folder's own; a plug-in's module is imported when one of its names is asked for, or when names are listed. One that
is broken harms nothing else: its names are left out of lists, kept with the reason, and refused when asked for.

This file stands in `generators`, `segmenters` and `sisbench`, the same to the letter (a test compares them): a shared
module would tie rooms that must stand alone.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
import re
import sys
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
"""Names become parts of paths and of command lines."""


@dataclass(frozen=True)
class Declared:
    """An entry that a plug-in declares; nothing of the plug-in was imported for it.

    Attributes:
        name: Name of the entry.
        value: The module whose import registers it, as it stands in the metadata.
        distribution: Name of the plug-in's distribution.
        version: Its version.
    """

    name: str
    value: str
    distribution: str
    version: str

    @property
    def module(self) -> str:
        """The module without an attribute that may follow it."""
        return self.value.partition(":")[0].strip()

    @property
    def origin(self) -> str:
        """Distribution and version, as lists and records show them."""
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True)
class Problem:
    """Why an entry of a plug-in cannot be used.

    Attributes:
        name: Name of the entry; empty where the metadata cannot be read.
        origin: Distribution and version.
        reason: What is wrong, a clause.
        cause: What the import raised, if it did.
    """

    name: str
    origin: str
    reason: str
    cause: BaseException | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.origin}{f', {self.name!r}' if self.name else ''}: {self.reason}"


class Entries(Generic[T]):
    """Entries of one kind, found by name.

    Args:
        kind: What an entry is, with its article ("a data set").
        package: Package whose public modules register the entries.
        group: Entry-point group of plug-ins.
        error: What is raised for a name whose plug-in is broken.
    """

    def __init__(self, kind: str, package: str, group: str, error: type[Exception]) -> None:
        self.kind, self.package, self.group, self._error = kind, package, group, error
        self._entries: dict[str, T] = {}
        self._modules: dict[str, str] = {}  # which module registered what
        self._scanned = False
        self._plugins: dict[str, list[Declared]] | None = None
        self._loaded: set[str] = set()
        self._problems: dict[str, Problem] = {}

    def add(self, name: str, entry: T) -> T:
        """Register an entry; a name that is taken is a programming error."""
        self.require_free(name)
        self._entries[name], self._modules[name] = entry, _registering()
        return entry

    def require_free(self, name: str) -> None:
        """Raise a ValueError if a name is taken.

        It is not by what a failed import left behind, nor, for the folder's own, by a plug-in that was imported first.
        """
        holder, newcomer = self._modules.get(name), _registering()
        if holder in sys.modules and (self._own(holder) or not self._own(newcomer)):
            raise ValueError(f"{self.kind} named {name!r} is registered twice, by {holder} and by {newcomer}")

    def names(self) -> list[str]:
        """Names of all entries that can be used, sorted; plug-ins are loaded."""
        self._scan()
        for name in self._declared():
            self._load(name)
        return sorted(name for name in self._entries if self._is_own(name) or name not in self._problems)

    def get(self, name: str) -> T | None:
        """Return an entry; None if nothing has this name.

        Raises:
            Exception: The error given to the constructor: the plug-in that has this name is broken.
        """
        self._scan()
        if self._is_own(name):
            return self._entries[name]
        self._load(name)
        if problem := self._problems.get(name):
            raise self._error(
                f"{name!r} is {self.kind} of the plug-in {problem.origin}, which is broken: {problem.reason}. Mend, "
                "update or uninstall it; 'sisbench check-plugin' tells when it is right."
            ) from problem.cause
        return self._entries.get(name)

    def origin(self, name: str) -> str | None:
        """Return distribution and version of the plug-in that an entry comes from; None for all others."""
        self._scan()
        declared = [] if self._is_own(name) else self._declared().get(name, [])
        return declared[0].origin if declared else None

    def problems(self) -> list[Problem]:
        """Load every plug-in and return what is wrong with them, sorted by name."""
        self.names()
        return [self._problems[name] for name in sorted(self._problems)]

    def _own(self, module: str | None) -> bool:
        return module is not None and module.startswith(f"{self.package}.")

    def _is_own(self, name: str) -> bool:
        return self._own(self._modules.get(name))

    def _scan(self) -> None:
        if self._scanned:
            return
        package = importlib.import_module(self.package)
        for module in pkgutil.iter_modules(package.__path__):
            if not module.name.startswith("_") and not module.ispkg:
                importlib.import_module(f"{self.package}.{module.name}")
        self._scanned = True  # only now: a module that fails to import must fail again, not leave a short list

    def _declared(self) -> dict[str, list[Declared]]:
        if self._plugins is None:
            entries, self._plugins = declared(self.group), {}
            for entry in entries:
                if isinstance(entry, Problem):
                    self._problems[f"{entry.name} {entry.origin}"] = entry
                else:
                    self._plugins.setdefault(entry.name, []).append(entry)
        return self._plugins

    def _load(self, name: str) -> None:
        """Import the plug-in that declares a name, or note why it cannot be used."""
        plugins = self._declared().get(name, [])
        if not plugins or name in self._loaded:
            return
        origins = " and ".join(plugin.origin for plugin in plugins)
        if self._is_own(name):
            self._note(name, origins, f"its name is taken by {self._modules[name]}")
        elif not _NAME.fullmatch(name):
            self._note(name, origins, "its name holds more than letters, digits, '_', '-' and '.'")
        elif len(plugins) > 1:
            self._note(name, origins, "several plug-ins declare this name; keep one of them")
        else:
            self._loaded.add(name)  # before the import, which may ask for names
            try:
                self._import(plugins[0])
            except BaseException:  # the user's interrupt: next time anew
                self._loaded.discard(name)
                raise
        self._loaded.add(name)

    def _import(self, plugin: Declared) -> None:
        before = set(self._entries)
        try:
            importlib.metadata.EntryPoint(plugin.name, plugin.value, self.group).load()
        except (Exception, SystemExit) as error:  # whatever a stranger's module raises
            for name in self._entries.keys() - before:
                if self._modules[name] not in sys.modules:  # registered before its module failed
                    del self._entries[name], self._modules[name]
            reason = f"{plugin.value} cannot be imported ({type(error).__name__}: {error})"
            self._note(plugin.name, plugin.origin, reason, error)
            return
        for name in self._entries.keys() - before - self._declared().keys():
            self._note(name, plugin.origin, f"{plugin.module} registers it, but no entry point of {self.group} does")
        if plugin.name not in self._entries:
            self._note(plugin.name, plugin.origin, f"{plugin.module} registers nothing under this name")

    def _note(self, name: str, origin: str, reason: str, cause: BaseException | None = None) -> None:
        self._problems[name] = Problem(name, origin, " ".join(reason.split()), cause)


def declared(group: str) -> list[Declared | Problem]:
    """Read from the metadata of all installed distributions what plug-ins declare; nothing is imported.

    Args:
        group: Entry-point group.

    Returns:
        Entries by name and distribution; a distribution with unreadable metadata is a problem.
    """
    found: dict[tuple[str, str], Declared | Problem] = {}
    seen: set[str] = set()
    for distribution in importlib.metadata.distributions():
        problem: Exception | None = None
        try:
            text = distribution.read_text("entry_points.txt")
            if not text or group not in text:
                continue
            points = list(distribution.entry_points.select(group=group))
        except Exception as error:  # no UTF-8; and the parser raises what the text makes it stumble over
            points, problem = [], error
        package, version = _identity(distribution)
        if package in seen:
            continue  # of two copies on the path, Python imports the first
        seen.add(package)
        if problem is not None:
            reason = f"its entry_points.txt cannot be read ({type(problem).__name__}: {problem})"
            found["", package] = Problem("", f"{package} {version}", reason, problem)
        found |= {(point.name, package): Declared(point.name, point.value, package, version) for point in points}
    return [found[key] for key in sorted(found)]


def _identity(distribution: importlib.metadata.Distribution) -> tuple[str, str]:
    """Name and version; "?" where the metadata are damaged."""
    try:
        return distribution.name or "?", distribution.version or "?"
    except Exception:  # what it is called is of no use then, and nothing else may suffer
        return "?", "?"


def _registering() -> str:
    """Name of the module whose import is registering something; "__main__" where none is."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    name = str(frame.f_globals.get("__name__"))
    return name if name in sys.modules else "__main__"
