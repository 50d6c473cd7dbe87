"""Two metrics against each other: published pairs of a table, measured ones, or both where their protocols agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sisbench.errors import InputError, counted
from sisbench.evaluation import Evaluation
from sisbench.plots._kind import PROTOCOL, Drawing, Option
from sisbench.plots._measured import read, with_promoted
from sisbench.plots._metrics import axis_of, dataset_title, scale_of
from sisbench.plots._pairing import Side, pair, under
from sisbench.plots._published import Pair, axis, pairs, source
from sisbench.plots._scatter import Panel, Point, scatter
from sisbench.plots._text import absent
from sisbench.report_text import task
from sisbench.scored import Stored

OPTIONS = (
    Option("table", "Table of published numbers to draw, with measured ones beside them; see 'sisbench table --list'."),
    Option("dataset", "Data set of the table; may be left out to draw all of them."),
    PROTOCOL,
    Option("promoted", "Add the promoted records of the same data set and protocol.", default=False),
)


@dataclass(frozen=True)
class Sources:
    """What to draw.

    Attributes:
        files: Run folders, records, or files of 'sisbench evaluate --output'.
        table: Published table; None for measured numbers alone.
        dataset: Data set of the table; None for all.
        protocol: Of files with several protocols, the one to take.
        promoted: Whether to add the promoted records that fit.
    """

    files: tuple[Path, ...]
    table: str | None
    dataset: str | None
    protocol: str | None
    promoted: bool


@dataclass(frozen=True)
class Quantity:
    """A metric on an axis.

    Attributes:
        name: Output of the evaluations, or a quantity of published data.
        option: Of the command, that names it.
    """

    name: str
    option: str


@dataclass(frozen=True)
class _Part:
    """One panel, and what is said of it."""

    panel: Panel
    lines: tuple[str, ...]
    reasons: Mapping[str, str]
    published: Pair | None = None


def draw(sources: Sources, quantities: Sequence[tuple[Quantity, Quantity]]) -> Drawing:
    """Draw a panel for each pair of quantities and, of a published table, each data set.

    Args:
        sources: Where the numbers are.
        quantities: Horizontal and vertical axes.

    Raises:
        InputError: Nothing to draw, or numbers of several protocols on one axis.
    """
    stored = read(sources.files)
    if sources.table is None:
        parts = list(_alone(sources, stored, quantities))
    else:
        parts = list(_beside(sources, sources.table, stored, quantities))
    published = [part.published for part in parts if part.published is not None]
    lines = [source(published)] if published else []
    if disputes := dict.fromkeys(dispute for one in published for dispute in one.disputes):
        lines.append(f"other places print other numbers: {'; '.join(disputes)}")
    lines += [line for part in parts for line in part.lines]
    short, full = (
        dict.fromkeys(line for part in parts for line in absent(part.reasons, shorten)) for shorten in (True, False)
    )
    figure = scatter([part.panel for part in parts], [*dict.fromkeys(lines), *short])
    return Drawing(figure, tuple(full))


def _alone(sources: Sources, stored: list[Stored], quantities: Sequence[tuple[Quantity, Quantity]]) -> Iterator[_Part]:
    """Measured numbers without published ones, all of one data set."""
    if sources.dataset is not None:
        raise InputError(
            f"'--dataset {sources.dataset}' chooses a part of a published table, and none is named; expected both or "
            "neither. Give '--table' too: runs know their data set."
        )
    if sources.promoted:
        tasks = [(_dataset(one), protocol) for file in stored for protocol, one in file.evaluations.items()]
        stored = with_promoted(stored, tasks)
    if not stored:
        raise InputError(
            "there is nothing to draw: no file, and no '--table'; expected one of them. Give run folders, or the name "
            "of a published table (see 'sisbench table --list')."
        )
    for pairs_of in quantities:
        x, y = (
            Side(each.name, _protocol(stored, each.name, sources.protocol), scale_of(each.name), each.option)
            for each in pairs_of
        )
        found = pair(stored, x, y)
        axes = [
            axis_of(side.output, one.higher_is_better[side.output])
            for side, one in zip((x, y), found.tasks, strict=True)
        ]
        panel = Panel(dataset_title(_dataset(found.tasks[0])), axes[0], axes[1], found.points)
        yield _Part(panel, tuple(map(_task, found.tasks)), found.reasons)


def _beside(
    sources: Sources, table: str, stored: list[Stored], quantities: Sequence[tuple[Quantity, Quantity]]
) -> Iterator[_Part]:
    """Published numbers, and beside them measured ones of the same data set under the protocol of their columns."""
    if sources.protocol is not None:
        raise InputError(
            f"'--protocol {sources.protocol}' and '--table {table}' were given; expected one of them, since the "
            "columns of a table are under protocols of their own. Leave '--protocol' out."
        )
    found = [(x, y, one) for x, y in quantities for one in pairs(table, x.name, y.name, sources.dataset)]
    datasets = list(dict.fromkeys(one.x.column.dataset for _, _, one in found))
    for file in stored:
        theirs = {_dataset(one) for one in file.evaluations.values()}
        if not theirs & set(datasets):
            raise InputError(
                f"{file.path} is of {', '.join(sorted(theirs))}, and this figure of table {table!r} of "
                f"{', '.join(datasets)}; expected the same data set. Leave the file out, or leave '--table' out."
            )
    for x, y, published in found:
        points, lines, reasons = _measured_beside(published, x, y, stored, sources.promoted)
        yield _Part(
            Panel(
                dataset_title(published.x.column.dataset),
                axis(published.x),
                axis(published.y),
                (*published.points, *points),
            ),
            lines,
            {**published.reasons, **reasons},
            published,
        )


def _measured_beside(
    published: Pair, x: Quantity, y: Quantity, stored: Sequence[Stored], add_promoted: bool
) -> tuple[tuple[Point, ...], tuple[str, ...], Mapping[str, str]]:
    """Return points, lines and reasons of the measured numbers that belong beside a pair of columns."""
    columns = (published.x.column, published.y.column)
    dataset = columns[0].dataset
    mine = [file for file in stored if any(_dataset(one) == dataset for one in file.evaluations.values())]
    if add_promoted and all(column.protocol for column in columns):
        mine = with_promoted(mine, [(dataset, column.protocol) for column in columns])
    if not mine:
        return (), (), {}
    for column in (published.x, published.y):
        if column.unmeasured:
            raise InputError(
                f"{mine[0].path} cannot stand beside {column.column.title} of {published.definition.source}: "
                f"{column.unmeasured} Leave '--table' out to draw measured numbers alone."
            )
    sides = [
        Side(column.metric, column.protocol, column.scale, quantity.option)
        for column, quantity in zip(columns, (x, y), strict=True)
    ]
    found = pair(mine, *sides)
    return found.points, tuple(map(_task, found.tasks)), found.reasons


def _protocol(stored: Sequence[Stored], output: str, wanted: str | None) -> str | None:
    """The wanted protocol where it has anything to do with an output: the other axis may be of another one."""
    return wanted if any(wanted in under(one, output) for one in stored) else None


def _dataset(evaluation: Evaluation) -> str:
    return evaluation.provenance["dataset"]


def _task(evaluation: Evaluation) -> str:
    return f"measured: {task(evaluation.provenance)}, {counted(evaluation.n, 'image')}"
