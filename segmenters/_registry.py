"""Names to segmenters: `create("drn_d_105.cityscapes")` is an architecture and, after the dot, weights it comes with.

Each public module of this folder, and each plug-in, registers its own architectures.
"""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Callable
from dataclasses import dataclass

from segmenters._base import Segmenter
from segmenters._entries import Entries, Problem
from segmenters._errors import SegmenterError
from segmenters._families import MMSEG, family_of

DEFAULT = "default"
"""Name of the first reading of any architecture."""

Builder = Callable[[int, float], Segmenter]
"""Makes an untrained network from the number of classes and the input scale."""


@dataclass(frozen=True)
class RealScore:
    """mIoU that the authors of weights report on real images: what a segmenter that works comes close to.

    Attributes:
        miou: Mean IoU, 0 to 1.
        reading: How the images were read.
        dataset: Name of the data set.
        split: Its split.
        size: Height and width of images and labels; None: the own size of each.
        source: Where it is written.
    """

    miou: float
    reading: str
    dataset: str
    split: str
    size: tuple[int, int] | None
    source: str


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
        companions: Further files of a release in several, beside `file`.
        real_scores: What the authors report on real images.
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
    companions: tuple[str, ...] = ()
    real_scores: tuple[RealScore, ...] = ()


@dataclass(frozen=True)
class Info:
    """Facts of an architecture.

    Attributes:
        name: Name on the command line.
        summary: One line.
        paper: Where it was published.
        weights: Weights it is known with, by tag order.
        readings: Ways in which it reads an image, the default first.
    """

    name: str
    summary: str
    paper: str
    weights: tuple[Weights, ...]
    readings: tuple[str, ...] = ("single",)


@dataclass(frozen=True)
class _Architecture:
    """What is registered under a name."""

    builder: Builder
    info: Info


_architectures: Entries[_Architecture] = Entries("a segmenter", "segmenters", "sisbench.segmenters", SegmenterError)


def register(
    name: str, *, paper: str, weights: tuple[Weights, ...] = (), readings: tuple[str, ...] = ("single",)
) -> Callable[[Builder], Builder]:
    """Return a decorator that registers a builder; the first line of its docstring is the summary.

    Args:
        name: Name of the architecture, without a dot.
        paper: Where it was published.
        weights: Weights it is known with.
        readings: Ways in which it reads an image, those of its class.

    Raises:
        ValueError: The name is taken or holds a dot (a programming error).
    """
    _architectures.require_free(name)
    if "." in name:
        raise ValueError(f"a segmenter cannot be registered as {name!r}: the dot is for the tag of its weights")

    def add(builder: Builder) -> Builder:
        summary = (builder.__doc__ or "").strip().partition("\n")[0]
        _architectures.add(name, _Architecture(builder, Info(name, summary, paper, weights, readings)))
        return builder

    return add


def names(pattern: str = "*") -> list[str]:
    """Return the architectures that match a shell pattern, sorted; `info` lists the weights that each is known with."""
    return fnmatch.filter(_architectures.names(), pattern)


def info(name: str) -> Info:
    """Return the facts of an architecture; a tag after a dot is allowed and checked.

    Raises:
        SegmenterError: Nothing has this name (the message gives the closest one), or its plug-in is broken.
    """
    if name.startswith(MMSEG):  # whether there is such a configuration, mmsegmentation knows: asked for in `create`
        return Info(name, "a model of mmsegmentation", "MMSegmentation contributors, 2020", weights=())
    if (family := family_of(name)) is not None:
        return Info(name, family.summary, family.paper, weights=())
    return _architecture(name).info


def origin(name: str) -> str | None:
    """Return distribution and version of the plug-in that an architecture comes from; None for our own."""
    return _architectures.origin(name.partition(".")[0])


def problems() -> list[Problem]:
    """Load every plug-in and return what is wrong with their segmenters."""
    return _architectures.problems()


def check_reading(name: str, reading: str, readings: tuple[str, ...]) -> None:
    """Raise a SegmenterError if a reading is neither the default nor one of those there are."""
    if reading not in (DEFAULT, *readings):
        raise SegmenterError(f"{name} has no reading {reading!r}; it has {', '.join(readings)}. Name one of them.")


def build(arch: str, num_classes: int, input_scale: float) -> Segmenter:
    """Make an untrained network of a registered architecture."""
    return _architecture(arch).builder(num_classes, input_scale)


def split(name: str) -> tuple[str, Weights | None]:
    """Take "arch" or "arch.tag" apart.

    Raises:
        SegmenterError: Nothing has this name (the message gives the closest one), or its plug-in is broken.
    """
    arch, dot, tag = name.partition(".")
    found = _architectures.get(arch)
    if found is not None and not dot:
        return arch, None
    for known in found.info.weights if found is not None else ():
        if known.tag == tag:
            return arch, known
    raise _unknown(name)


def _architecture(name: str) -> _Architecture:
    found = _architectures.get(split(name)[0])
    assert found is not None  # split has refused it otherwise
    return found


def _unknown(name: str) -> SegmenterError:
    infos = [info(arch) for arch in names()]
    known = sorted(n for i in infos for n in (i.name, *(f"{i.name}.{w.tag}" for w in i.weights)))
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.4)
    hint = f"closest: {close[0]!r}" if close else "known: " + ", ".join(known)
    return SegmenterError(f"{name!r} is not a segmenter; {hint}. See 'sisbench list segmenters'.")
