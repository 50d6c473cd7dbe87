"""Methods by name. Every public module of this folder is imported once and registers itself with `@register`."""

from __future__ import annotations

import difflib
import fnmatch
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from generators._errors import GeneratorError
from generators._recipe import Recipe

if TYPE_CHECKING:
    from generators._base import Generator, Objective

G = TypeVar("G", bound="type[Generator]")


@dataclass(frozen=True)
class Info:
    """What is known of a method without building it.

    Attributes:
        name: Name on the command line.
        title: Name in text and tables.
        task: "layout" (label map to photo) or "cross-view".
        paper: Citation.
        conditions: Parts of the condition, in channel order; "edges" only where the data set has instances.
        recipes: Trainings by name; a recipe named as a data set is its default there, "quick" is for small machines.
        generator: The network's class.
        objective: The class of its training objective.
    """

    name: str
    title: str
    task: Literal["layout", "cross-view"]
    paper: str
    conditions: tuple[str, ...]
    recipes: Mapping[str, Recipe]
    generator: type[Generator]
    objective: type[Objective]


_infos: dict[str, Info] = {}
_scanned = False


def register(
    name: str,
    *,
    title: str,
    task: Literal["layout", "cross-view"],
    paper: str,
    conditions: tuple[str, ...],
    recipes: Mapping[str, Recipe],
    objective: type[Objective],
) -> Callable[[G], G]:
    """Register the decorated generator class under a name; a name that is taken is a programming error."""

    def add(cls: G) -> G:
        if name in _infos:
            raise ValueError(f"a method named {name!r} is registered twice")
        _infos[name] = Info(name, title, task, paper, conditions, recipes, cls, objective)
        return cls

    return add


def names(pattern: str = "*") -> list[str]:
    """Names of all methods that match a shell pattern, sorted."""
    _scan()
    return sorted(fnmatch.filter(_infos, pattern))


def info(name: str) -> Info:
    """Return what is known of a method.

    Raises:
        GeneratorError: No method has this name; the message gives the closest one.
    """
    _scan()
    if name not in _infos:
        raise GeneratorError(f"{name!r} is not a method; {_hint(name, _infos)}. See 'sisbench list methods'.")
    return _infos[name]


def create(name: str, *, num_labels: int, edges: bool, size: tuple[int, int], **options: Any) -> Generator:
    """Build a generator with fresh weights.

    Args:
        name: Method.
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the images.
        **options: Further constructor arguments of the method; None means the method's default.

    Raises:
        GeneratorError: Unknown method or option, or a size that the network cannot take.
    """
    cls = info(name).generator
    given = {key: value for key, value in options.items() if value is not None}
    known = set(inspect.signature(cls).parameters)
    if unknown := sorted(set(given) - known):
        raise GeneratorError(f"{name} has no option {unknown[0]!r}; {_hint(unknown[0], known)}.")
    return cls(num_labels=num_labels, edges=edges, size=size, **given)


def _hint(name: str, known: Iterable[str]) -> str:
    """Name what may have been meant, or else all there is."""
    options = sorted(known)
    close = difflib.get_close_matches(name.lower(), options, n=1, cutoff=0.4)
    return f"closest: {close[0]!r}" if close else "known: " + ", ".join(options)


def _scan() -> None:
    global _scanned
    if _scanned:
        return
    _scanned = True
    package = importlib.import_module("generators")
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_") and not module.ispkg:
            importlib.import_module(f"generators.{module.name}")
