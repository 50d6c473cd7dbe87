"""`sisbench plot`: figures of records, evaluations and published numbers, one command for each kind of `plots`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sisbench.cli.names import complete_datasets, complete_protocols
from sisbench.cli.screen import echo

if TYPE_CHECKING:
    from sisbench.plots import Kind, Option
    from sisbench.plots._labelled import LabelledImages

_PATH = click.Path(path_type=Path)
_COMPLETE: dict[str, Callable[..., Any]] = {"protocol": complete_protocols, "dataset": complete_datasets}


class _Kinds(click.Group):
    """The kinds of figures as commands; they are looked up when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        from sisbench import plots

        return plots.names()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        from sisbench import plots

        return _command(plots.get(cmd_name)) if cmd_name in plots.names() else None


@click.command(cls=_Kinds)
def plot() -> None:
    """Draw a figure of evaluated methods and published numbers."""


def _command(kind: Kind) -> click.Command:
    def draw(files: tuple[Path, ...], output: Path, **options: Any) -> None:
        from sisbench import plots

        plots.require_kind(output)  # before the work, not after it
        drawing = kind.draw(_label_maps(files, options) if kind.label_maps else files, **options)
        plots.save(drawing.figure, output)
        for note in drawing.notes:
            echo(note, err=True)
        echo(f"figure {output}")

    parameters: list[click.Parameter] = [
        click.Argument(["files"], nargs=-1, required=kind.files == "required", type=_PATH),
        click.Option(
            ["-o", "--output"], required=True, type=_PATH, help="Figure to write: .pdf or .svg (vectors), or .png."
        ),
        *map(_option, kind.options),
    ]
    text = inspect.getdoc(kind.draw)
    return click.Command(kind.name, params=parameters, callback=draw, help=text)


def _label_maps(files: tuple[Path, ...], options: dict[str, Any]) -> LabelledImages:
    """Open the images of a figure of label maps; the options that say what they are go out of `options`."""
    from sisbench.plots._labelled import OPTIONS
    from sisbench.segmented import Segmented

    return Segmented(files, **{option.name: options.pop(option.name) for option in OPTIONS})


def _option(option: Option) -> click.Option:
    flag = option.default is False
    kind = click.FLOAT if option.number else click.Choice(option.choices) if option.choices else None
    return click.Option(
        [f"--{option.name.replace('_', '-')}"],
        help=option.help,
        default=option.default,
        is_flag=flag,
        multiple=option.several,
        type=kind,
        show_default=option.default is not None and not flag,
        shell_complete=_COMPLETE.get(option.name),
    )
