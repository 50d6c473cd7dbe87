"""`sisbench report`: runs as one HTML page."""

from __future__ import annotations

from pathlib import Path

import click

from sisbench.cli.screen import echo


@click.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="Page to write.",
)
@click.option("--promoted", is_flag=True, help="Add the records of the leaderboards (numbers without images).")
@click.option(
    "--images",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    help="Samples of each data set to show, evenly spaced; 0 for a page of tables alone.",
)
@click.option("--title", default="Semantic image synthesis", show_default=True, help="Heading of the page.")
@click.option(
    "--max-mb",
    type=click.FloatRange(min=0, min_open=True),
    default=40.0,
    show_default=True,
    help="Largest size of the page: pictures are made smaller, then fewer, until it fits; the page says so.",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    help="Folder of the data, for layouts and real images; else $SISBENCH_DATA/NAME, else the embedded files.",
)
def report(
    runs: tuple[Path, ...], output: Path, promoted: bool, images: int, title: str, max_mb: float, root: Path | None
) -> None:
    """Write runs as one HTML page that opens from disk: leaderboard, images, curves, provenance.

    RUNS are run folders, folders that hold run folders, or record files. The page needs no server and asks for nothing
    from outside; send it, or put it anywhere.

    \b
    Examples:
      sisbench report runs
      sisbench report runs/tinytown/* --images 48 -o tinytown.html
      sisbench report --promoted --title "Leaderboards"
    """  # noqa: D301 - click wants the character \b
    from sisbench import report as pages
    from sisbench.cli.bars import Bars
    from sisbench.errors import InputError, counted, first

    if output.suffix.lower() not in (".html", ".htm"):  # else a slip of the hand replaces a record by a page
        raise InputError(f"the page was to be written to {output}; expected a name that ends in .html. Rename it.")
    paths = [*runs, *(_promoted() if promoted else [])]
    if not paths:
        raise InputError(
            "nothing to report: no run was named and no record is promoted. Give run folders, such as 'sisbench report "
            "runs'; 'sisbench run' makes them."
        )
    with Bars() as bars:
        built = pages.build(
            paths,
            title=title,
            images=images,
            max_mb=max_mb,
            root=root,
            told=lambda done, total: bars("pictures", done, total),
        )
    pages.write(output, built)
    for note in first(built.notes, limit=20):
        echo(f"Note: {note}", err=True)
    size = f"{len(built.html) / 1e6:.1f} MB"
    echo(f"page    {output} ({counted(built.runs, 'run')}, {counted(built.pictures, 'picture')}, {size})")


def _promoted() -> list[Path]:
    from sisbench.tables import measured

    return [candidate.path for candidate in measured.collect([], promoted=True)]
