"""Names to segmenters: `create("drn_d_105.cityscapes")` is an architecture and, after the dot, weights it comes with.

The folder is scanned once: every public module in it is imported and registers its architectures, so adding a segmenter
is adding a file.
"""

from __future__ import annotations

import difflib
import fnmatch
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from segmenters._base import Segmenter
from segmenters._errors import SegmenterError

Builder = Callable[[int, float], Segmenter]
"""Makes an untrained network from the number of classes and the input scale."""


@dataclass(frozen=True)
class Weights:
    """Weights that an architecture is known with.

    Attributes:
        tag: Name after the dot.
        file: File name; shipped with the package, or put by the user into one of the folders that are searched.
        num_classes: Classes they tell apart.
        label_space: What the classes are.
        origin: Where they come from: a page, or the command that trained them.
        licence: Terms of the file.
        sha256: Digest the file must have; None where none is published.
        shipped: Whether the file is part of the package.
        input_scale: Factor by which images were resized in training.
    """

    tag: str
    file: str
    num_classes: int
    label_space: str
    origin: str
    licence: str
    sha256: str | None = None
    shipped: bool = False
    input_scale: float = 1.0


@dataclass(frozen=True)
class Info:
    """Facts of an architecture.

    Attributes:
        name: Name on the command line.
        summary: One line.
        paper: Where it was published.
        weights: Weights it is known with, by tag order.
    """

    name: str
    summary: str
    paper: str
    weights: tuple[Weights, ...]


_builders: dict[str, Builder] = {}
_infos: dict[str, Info] = {}
_scanned = False


def register(name: str, *, paper: str, weights: tuple[Weights, ...] = ()) -> Callable[[Builder], Builder]:
    """Return a decorator that registers a builder; the first line of its docstring is the summary.

    Args:
        name: Name of the architecture, without a dot.
        paper: Where it was published.
        weights: Weights it is known with.

    Raises:
        ValueError: The name is taken or holds a dot (a programming error).
    """
    if name in _builders or "." in name:
        raise ValueError(f"a segmenter cannot be registered as {name!r}: taken, or with a dot")

    def add(builder: Builder) -> Builder:
        summary = (builder.__doc__ or "").strip().splitlines()[0]
        _builders[name], _infos[name] = builder, Info(name, summary, paper, weights)
        return builder

    return add


def names(pattern: str = "*") -> list[str]:
    """Return the architectures that match a shell pattern, sorted; `info` lists the weights that each is known with."""
    _scan()
    return sorted(fnmatch.filter(_infos, pattern))


def info(name: str) -> Info:
    """Return the facts of an architecture; a tag after a dot is allowed and checked.

    Raises:
        SegmenterError: Nothing has this name; the message gives the closest one.
    """
    return _infos[split(name)[0]]


def build(arch: str, num_classes: int, input_scale: float) -> Segmenter:
    """Make an untrained network of a registered architecture."""
    return _builders[arch](num_classes, input_scale)


def split(name: str) -> tuple[str, Weights | None]:
    """Take "arch" or "arch.tag" apart.

    Raises:
        SegmenterError: Nothing has this name; the message gives the closest one.
    """
    _scan()
    arch, dot, tag = name.partition(".")
    if arch not in _infos:
        raise _unknown(name)
    if not dot:
        return arch, None
    for known in _infos[arch].weights:
        if known.tag == tag:
            return arch, known
    raise _unknown(name)


def _unknown(name: str) -> SegmenterError:
    known = sorted(n for i in _infos.values() for n in (i.name, *(f"{i.name}.{w.tag}" for w in i.weights)))
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.4)
    hint = f"closest: {close[0]!r}" if close else "known: " + ", ".join(known)
    return SegmenterError(f"{name!r} is not a segmenter; {hint}. See 'sisbench list segmenters'.")


def _scan() -> None:
    global _scanned
    if _scanned:
        return
    _scanned = True
    package = importlib.import_module("segmenters")
    for module in pkgutil.iter_modules(package.__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"segmenters.{module.name}")
