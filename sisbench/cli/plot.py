"""`sisbench plot`: figures of records and evaluations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sisbench.cli.names import complete_protocols

if TYPE_CHECKING:
    from sisbench.plots.histdist import Aggregation


@click.group()
def plot() -> None:
    """Draw a figure of evaluated methods."""


@plot.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Figure to write: .pdf or .svg (vectors), or .png.",
)
@click.option(
    "--aggregation",
    type=click.Choice(["paired", "pooled", "class"]),
    default="paired",
    show_default=True,
    help="Histograms of an image and its photo, of all images of each side, or of all pixels of a class.",
)
@click.option("--protocol", shell_complete=complete_protocols, help="Of files with several protocols, the one to draw.")
def histdist(files: tuple[Path, ...], output: Path, aggregation: Aggregation, protocol: str | None) -> None:
    """Bars of colour and texture distances by method, as in Fig. 3 of OASIS.

    FILES are run folders, their record.json files, or JSON files of 'sisbench evaluate --output', all of the same
    samples under the same protocol. Methods are named by the record, else by the file.

    \b
    Examples:
      sisbench plot histdist spade.json oasis.json -o fig3.pdf
      sisbench plot histdist runs/tinytown/* --aggregation pooled -o fig3.png
    """  # noqa: D301 - click wants the character \b
    from sisbench import plots, scored
    from sisbench.plots.histdist import histdist as draw

    stored = [scored.read(file) for file in files]
    labels = scored.labels(stored)
    evaluations = [scored.chosen(one, protocol) for one in stored]
    for label, evaluation in zip(labels[1:], evaluations[1:], strict=True):
        scored.require_same_task(evaluations[0], evaluation, (labels[0], label))
    plots.save(draw(dict(zip(labels, evaluations, strict=True)), aggregation), output)
    click.echo(f"figure {output}")
