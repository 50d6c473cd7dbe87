"""What a kind of figure says of itself, and the registry that finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, ParamSpec

from sisbench._registry import Registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure

P = ParamSpec("P")


class Drawing(NamedTuple):
    """A figure, and what it could not show.

    Attributes:
        figure: To be written by `plots.save`.
        notes: Full reasons of what is absent, one line each; the figure has room for their first sentences.
    """

    figure: Figure
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """An option of a figure's command.

    Attributes:
        name: Argument of the function; "data_set" is '--data-set' on the command line.
        help: One sentence.
        default: Value without it; False makes it a flag.
        choices: Allowed texts; empty where any is.
        several: Whether it may be repeated; the function gets a tuple.
        number: Whether its text is that of a number.
    """

    name: str
    help: str
    default: str | bool | None = None
    choices: tuple[str, ...] = ()
    several: bool = False
    number: bool = False


@dataclass(frozen=True)
class Kind:
    """A kind of figure.

    Attributes:
        name: Of the command.
        files: Whether run folders or other files must be given.
        options: Beside the output.
        draw: Takes the files and the options as keywords. Its docstring is the command's help.
        label_maps: Whether `draw` takes `_labelled.LabelledImages` of the files in place of these.
    """

    name: str
    files: Literal["required", "optional"]
    options: tuple[Option, ...]
    draw: Callable[..., Drawing]
    label_maps: bool = False


PROTOCOL = Option("protocol", "Of files with several protocols, the one to draw.")

_registry: Registry[Kind] = Registry("a figure", "sisbench.plots", "sisbench plot --help")
names = _registry.names
get = _registry.get


def register(
    name: str, files: Literal["required", "optional"], options: tuple[Option, ...] = (), label_maps: bool = False
) -> Callable[[Callable[P, Drawing]], Callable[P, Drawing]]:
    """Return a decorator that registers the function of a kind of figure; see `Kind`."""

    def add(draw: Callable[P, Drawing]) -> Callable[P, Drawing]:
        _registry.add(name, Kind(name, files, options, draw, label_maps))
        return draw

    return add
