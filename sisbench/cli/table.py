"""`sisbench table`: the papers' tables and free ones, published numbers beside measured ones."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from sisbench.cli.names import complete_datasets
from sisbench.cli.screen import echo, write

if TYPE_CHECKING:
    from sisbench.errors import InputError
    from sisbench.tables.formats import Format, Quantity
    from sisbench.tables.model import Table

_FORMATS = ("terminal", "markdown", "latex", "csv", "json", "html", "png")
_QUANTITIES = ("published", "measured", "difference", "interval", "n")


def _complete_tables(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from sisbench.tables import definitions

    return [CompletionItem(name) for name in definitions.names() if name.startswith(incomplete)]


@click.command()
@click.argument("name", required=False, shell_complete=_complete_tables)
@click.option("--list", "listing", is_flag=True, help="List the tables of the papers.")
@click.option("--dataset", shell_complete=complete_datasets, help="All numbers of a data set, one table by protocol.")
@click.option("--rows", metavar="KEYS", help="Free table: what rows are told apart by, e.g. method,seed.")
@click.option("--columns", metavar="KEYS", help="Free table: what columns are ordered by, e.g. metric,dataset.")
@click.option("--where", multiple=True, metavar="KEY=VALUE", help="Only these numbers; repeat it for more of them.")
@click.option("--all", "everything", is_flag=True, help="Every table in every format, into the folder of -o.")
@click.option(
    "--records",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Records to show besides the promoted ones: folders, at any depth, or files. [default: runs, if it is there]",
)
@click.option(
    "--study",
    "studies",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Scores of a preference study to show besides the promoted ones; repeat it for more of them.",
)
@click.option("--no-promoted", is_flag=True, help="Leave out the promoted records and studies of the leaderboards.")
@click.option("--incomplete", is_flag=True, help="Show records of a part of a split too, marked.")
@click.option(
    "--show", default=",".join(_QUANTITIES), show_default=True, metavar="LIST", help="What to show of a cell."
)
@click.option("--format", "form", type=click.Choice(_FORMATS), help="[default: of -o's suffix, else terminal]")
@click.option("--standalone", is_flag=True, help="LaTeX as a whole document.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File, or with --all folder, to write.")
def table(
    name: str | None,
    listing: bool,
    dataset: str | None,
    rows: str | None,
    columns: str | None,
    where: tuple[str, ...],
    everything: bool,
    records: tuple[Path, ...],
    studies: tuple[Path, ...],
    no_promoted: bool,
    incomplete: bool,
    show: str,
    form: Format | None,
    standalone: bool,
    output: Path | None,
) -> None:
    """Published numbers beside measured ones.

    NAME is a table of a paper. A measured number stands in it only if its record is of the row's method and recipe,
    under the column's protocol, of the whole split; where none stands, the reason is below the table.

    Free tables go by the keys method, recipe, variant, seed, weights, source, dataset, protocol and metric.

    \b
    Examples:
      sisbench table lggan-3-left
      sisbench table lggan-3-middle --study preference.json
      sisbench table --dataset tinytown --records runs
      sisbench table --where dataset=cityscapes --where metric=miou --rows method,source
      sisbench table oasis-1 -o oasis-1.tex
      sisbench table --all -o tables
    """  # noqa: D301 - click wants the character \b
    from sisbench.tables import folder
    from sisbench.tables.catalog import Catalog

    free = {"--rows": rows, "--columns": columns, "--where": where}
    modes = {"NAME": name, "--list": listing, "--dataset": dataset, "--all": everything}
    _require_one({**modes, **({} if dataset else free)}, set(free))
    if listing or not any((*modes.values(), *free.values())):
        _list()
        return
    filters, quantities = _filters(where), _quantities(show)
    if everything and (output is None or form is not None):
        raise _misuse("--all", "a format was given, or no folder", "'--all -o FOLDER', which writes every format")
    if studies:
        _require_preferences(name, everything)
    catalog = Catalog.load(records, not no_promoted, incomplete, studies)
    for problem in catalog.problems:
        echo(f"warning: {problem}", err=True)
    if everything and output is not None:
        paths = folder.write(catalog.every(), output, quantities)
        echo(f"{len(paths)} files in {output}; see {paths[-1]}")
    elif name:
        _print([catalog.paper(name)], quantities, form, standalone, output)
    elif dataset:
        _print(catalog.dataset(dataset, filters, _keys(rows), _keys(columns)), quantities, form, standalone, output)
    else:
        _print([catalog.free(filters, _keys(rows), _keys(columns))], quantities, form, standalone, output)


def _list() -> None:
    """Print the names of the papers' tables."""
    from sisbench.tables import definitions

    found = [definitions.get(name) for name in definitions.names()]
    rows = [("table", "source", "title"), *((each.name, each.source, each.title) for each in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _print(
    tables: Sequence[Table], show: Sequence[Quantity], form: Format | None, standalone: bool, output: Path | None
) -> None:
    """Write tables to a file, or print them as the screen allows."""
    from sisbench.files import write_bytes
    from sisbench.tables.formats import WIDTH, of_suffix, render

    chosen = form or (of_suffix(output) if output else "terminal")
    if standalone and chosen != "latex":
        raise _misuse("--standalone", f"the format {chosen}", "LaTeX, the one format that has a choice")
    screen = output is None and sys.stdout.isatty()
    if chosen == "png" and screen:
        raise _misuse("--format png", "a screen to write to", "a file: '-o FILE.png'")
    content = render(
        tables,
        chosen,
        show,
        width=max(shutil.get_terminal_size().columns, 40) if screen else WIDTH,
        styled=screen and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
        standalone=standalone,
    )
    if output is None:
        write(content, trusted=chosen == "terminal" or not screen)
    else:
        write_bytes(output, content)
        echo(f"table {output}")


def _filters(where: Sequence[str]) -> dict[str, list[str]]:
    """Values by key, of "key=value" texts."""
    found: dict[str, list[str]] = {}
    for text in where:
        key, equals, value = text.partition("=")
        if not equals:
            raise _misuse("--where", repr(text), "KEY=VALUE, for example 'dataset=tinytown'")
        found.setdefault(key.strip(), []).append(value.strip())
    return found


def _quantities(show: str) -> list[Quantity]:
    from sisbench.errors import unknown_name
    from sisbench.tables.formats import QUANTITIES

    asked = _keys(show)
    for word in asked:
        if word not in QUANTITIES:
            raise unknown_name("something that a cell shows", word, QUANTITIES, "sisbench table --help")
    if not asked:
        raise _misuse("--show", "nothing", f"some of {', '.join(QUANTITIES)}")
    return [quantity for quantity in QUANTITIES if quantity in asked]


def _keys(text: str | None) -> list[str]:
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def _require_one(modes: Mapping[str, object], free: set[str]) -> None:
    """Raise an InputError where options ask for tables of different kinds."""
    given = [word for word, value in modes.items() if value]
    if len(given) > 1 and not set(given) <= free:
        raise _misuse(
            " and ".join(given), "several kinds of tables", "one of NAME, --list, --dataset, --all, or a free table"
        )


def _require_preferences(name: str | None, everything: bool) -> None:
    """Raise an InputError where scores of studies were given for a table that has no place for them."""
    from sisbench.tables import definitions

    having = [each for each in definitions.names() if any(column.study for column in definitions.get(each).columns)]
    if not everything and name not in having:
        raise _misuse(
            "--study", "given for a table of records alone", f"a table of preferences ({', '.join(having)}) or '--all'"
        )


def _misuse(option: str, found: str, expected: str) -> InputError:
    from sisbench.errors import InputError

    return InputError(f"{option}: {found}; expected {expected}. See 'sisbench table --help'.")
