"""Numbers of parameters of generators: as papers print them, and as counted in runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sisbench.errors import InputError
from sisbench.plots import Drawing, Option, register
from sisbench.plots._measured import records
from sisbench.plots._published import row_titles
from sisbench.plots._style import GRID, INK, MEASURED, PUBLISHED, frame, heading, legend, log_ticks
from sisbench.plots._text import absent, caption, short_name
from sisbench.record import RunRecord
from sisbench.tables import definitions
from sisbench.tables.published import load

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_METRIC, _COUNT = "params_millions", "parameters"
"""In the published data, and in the provenance of records."""
_WIDTH, _ROW = 6.0, 0.26
_LOG_FROM = 20
"""Ratio of the largest to the smallest number from which the axis is logarithmic."""
_UNCOUNTED = "its record has no number of parameters (it is of an older version). Run again."


class Count(NamedTuple):
    """A generator's number of parameters.

    Attributes:
        name: Of the method.
        millions: The number, in millions.
        text: As printed; for a run with three digits.
        published: Whether a paper prints it.
    """

    name: str
    millions: float
    text: str
    published: bool


@register(
    "parameters",
    files="optional",
    options=(Option("table", "Published table with numbers of parameters.  [default without FILES: slides-oasis-1]"),),
)
def command(files: tuple[Path, ...], table: str | None) -> Drawing:
    """Size of generators, published and counted in runs.

    FILES are run folders or their record.json files; with a table they stand beside what it prints.

    \b
    Examples:
      sisbench plot parameters -o parameters.pdf
      sisbench plot parameters --table oasis-1 runs/cityscapes/spade runs/cityscapes/lggan -o parameters.pdf
    """  # noqa: D301 - click wants the character \b
    if table is None and not files:
        table = "slides-oasis-1"
    counts, reasons, lines = printed(table) if table is not None else ([], {}, [])
    runs = records(files)
    counts += measured(runs)
    reasons |= {name: _UNCOUNTED for name, run in runs.items() if _COUNT not in run.provenance}
    if not counts:
        raise InputError(
            f"none of {', '.join(runs)} has a number of parameters in its record; expected one at least. Run again "
            "with this version of sisbench, or name a published table with '--table'."
        )
    return Drawing(parameters(counts, [*lines, *absent(reasons)]), tuple(absent(reasons, shorten=False)))


def printed(table: str) -> tuple[list[Count], dict[str, str], list[str]]:
    """Return what a table prints, why its other rows have no number, and its source.

    Raises:
        InputError: The table is unknown, or prints no numbers of parameters.
    """
    definition, published = definitions.get(table), load()
    counts, reasons = [], {}
    for key, title in row_titles(definition, published).items():
        value = published.fact(table, key, _METRIC)
        if value is None:
            reasons[title] = f"{table} prints no number of parameters."
        else:
            counts.append(Count(title, float(value.value), value.value, published=True))
    if not counts:
        having = sorted({value.place.table for value in published.values if value.place.metric == _METRIC})
        raise InputError(
            f"table {table!r} prints no numbers of parameters; expected one that does: {', '.join(having)}. Name it "
            "with '--table'."
        )
    return counts, reasons, [f"published: {definition.source}"]


def measured(runs: Mapping[str, RunRecord]) -> list[Count]:
    """Return what runs counted; those of older versions did not."""
    counts = []
    for name, run in runs.items():
        if _COUNT in run.provenance:
            millions = int(run.provenance[_COUNT]) / 1e6
            recipe = f"{name}, recipe {run.spec['recipe']}" if run.spec.get("recipe") else name
            counts.append(Count(recipe, millions, f"{millions:.3g}", published=False))
    return counts


def parameters(counts: Sequence[Count], lines: Sequence[str] = ()) -> Figure:
    """Draw the figure, the largest generator on top.

    Args:
        counts: At least one.
        lines: What stands below.
    """
    from matplotlib.figure import Figure

    rows = sorted(counts, key=lambda count: (-count.millions, count.published, count.name))
    figure = Figure(figsize=(_WIDTH, 1.1 + _ROW * len(rows)), layout="constrained")
    axes = figure.subplots()
    log = rows[0].millions > _LOG_FROM * rows[-1].millions
    if log:
        axes.set_xscale("log")
        log_ticks(axes.xaxis)
    for place, count in enumerate(rows):
        if not log:  # on a logarithmic axis a length means nothing
            axes.hlines(place, 0, count.millions, color=GRID, linewidth=2.5)
        axes.plot(count.millions, place, linestyle="", markersize=7, **(PUBLISHED if count.published else MEASURED))
        axes.annotate(
            count.text, (count.millions, place), (7, 0), textcoords="offset points", va="center", fontsize=8, color=INK
        )
    frame(axes, grid="x")
    axes.set_yticks(range(len(rows)), [short_name(count.name) for count in rows], fontsize=8.5)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.margins(x=0.12)
    if not log:
        axes.set_xlim(left=0)
    axes.set_xlabel("Parameters of the generator (millions)", fontsize=9, color=INK)
    heading(axes, "Size of the generator")
    legend(figure, [count.published for count in counts], "counted in the run")
    caption(figure, lines)
    return figure
