"""Methods by name: each public module of this folder, and each plug-in, registers its own with `@register`."""

from __future__ import annotations

import difflib
import fnmatch
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from generators._base import Generator, Objective
from generators._entries import Entries, Problem
from generators._errors import GeneratorError
from generators._recipe import Recipe

G = TypeVar("G", bound=type[Generator])


@dataclass(frozen=True)
class Info:
    """What is known of a method without building it.

    Attributes:
        name: Name on the command line.
        title: Name in text and tables.
        task: "layout" (label map to photo), "edit" (a region of a photo, by a label map) or "cross-view".
        paper: Citation.
        conditions: Parts of the condition, in channel order: "layout", then "edges" (of instances, where the data set
            has them). The channel of unlabelled pixels is the layout's last, with "unlabeled" before it the first.
            "classes" in the place of "layout" is a layout of the scored classes and one channel for all else; "values",
            one whose channels are in the order of the label maps' values, unlabelled or not (of ADE20K 0 to 150, as
            SPADE's descendants have it). Last comes "instances", the ids, where a method cannot do without. Of a
            cross-view method: what it reads of the condition (`View`), of "source", "semantics", "layout".
        recipes: Trainings by name; a recipe named as a data set is its default there, "quick" is for small machines.
        generator: The network's class.
        objective: The class of its training objective.
    """

    name: str
    title: str
    task: Literal["layout", "edit", "cross-view"]
    paper: str
    conditions: tuple[str, ...]
    recipes: Mapping[str, Recipe]
    generator: type[Generator]
    objective: type[Objective]


_infos: Entries[Info] = Entries("a method", "generators", "sisbench.methods", GeneratorError)


def register(
    name: str,
    *,
    title: str,
    task: Literal["layout", "edit", "cross-view"],
    paper: str,
    conditions: tuple[str, ...],
    recipes: Mapping[str, Recipe],
    objective: type[Objective],
) -> Callable[[G], G]:
    """Register the decorated generator class under a name; a name that is taken is a programming error."""

    def add(cls: G) -> G:
        for what, given, base in (("", cls, Generator), ("objective ", objective, Objective)):
            if not (isinstance(given, type) and issubclass(given, base)):
                raise TypeError(f"the method {name!r} cannot be registered: its {what}{given!r} is no {base.__name__}")
        if wrong := [recipe for recipe in dict(recipes).values() if not isinstance(recipe, Recipe)]:
            raise TypeError(f"the method {name!r} cannot be registered: {wrong[0]!r} is no Recipe")
        if (cls.crossview, cls.edits) != (task == "cross-view", task == "edit"):
            raise TypeError(f"the method {name!r} cannot be registered: its task is {task!r}, its network's is not")
        _infos.add(name, Info(name, title, task, paper, conditions, recipes, cls, objective))
        return cls

    return add


def names(pattern: str = "*") -> list[str]:
    """Names of all methods that match a shell pattern, sorted."""
    return fnmatch.filter(_infos.names(), pattern)


def info(name: str) -> Info:
    """Return what is known of a method.

    Raises:
        GeneratorError: No method has this name (the message gives the closest one), or its plug-in is broken.
    """
    found = _infos.get(name)
    if found is None:
        raise GeneratorError(f"{name!r} is not a method; {_hint(name, _infos.names())}. See 'sisbench list methods'.")
    return found


def origin(name: str) -> str | None:
    """Return distribution and version of the plug-in that a method comes from; None for our own."""
    return _infos.origin(name)


def problems() -> list[Problem]:
    """Load every plug-in and return what is wrong with their methods."""
    return _infos.problems()


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
