"""Published numbers for figures: pairs of columns of a paper's table, data set by data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sisbench.errors import InputError
from sisbench.plots._metrics import dataset_title
from sisbench.plots._scatter import Axis, Coordinate, Point
from sisbench.tables import definitions
from sisbench.tables.defined import DefinedColumn, DefinedRow, Definition
from sisbench.tables.printed import PublishedData, PublishedValue
from sisbench.tables.published import load


@dataclass(frozen=True)
class Pair:
    """Two columns of one data set.

    Attributes:
        definition: Table that they are from.
        title: The data set as the table calls it.
        x: Column on the horizontal axis.
        y: Column on the vertical one.
        points: Rows with both numbers.
        reasons: Why other rows are absent, by their titles.
        protocol: How the numbers were measured, in the words of the source: title of a row, and what is said of it.
        disputes: What other places print in their stead.
    """

    definition: Definition
    title: str
    x: DefinedColumn
    y: DefinedColumn
    points: tuple[Point, ...]
    reasons: dict[str, str]
    protocol: tuple[tuple[str, str], ...]
    disputes: tuple[str, ...]


def pairs(table: str, x: str, y: str, dataset: str | None = None) -> list[Pair]:
    """Return the pairs of two quantities, one for each data set of a table that has both.

    Args:
        table: Name of a defined table.
        x: Quantity on the horizontal axis, by its name in the published data or as an output.
        y: Likewise on the vertical axis.
        dataset: The one data set to return; None for all.

    Raises:
        InputError: The table is unknown, or has no such columns.
    """
    definition, published = definitions.get(table), load()
    datasets = dict.fromkeys(each.column.dataset for each in definition.columns)
    found = [
        _pair(definition, published, across, up)
        for name in datasets
        if dataset in (None, name)
        and (across := _column(definition, name, x)) is not None
        and (up := _column(definition, name, y)) is not None
    ]
    if not found:
        there = ", ".join(f"{c.column.metric} of {c.column.dataset}" for c in definition.columns)
        raise InputError(
            f"table {table!r} does not have both {x} and {y}{f' of {dataset}' if dataset else ''}; it has {there}. "
            "Choose another '--table' or '--dataset'."
        )
    return found


def source(found: Sequence[Pair]) -> str:
    """Return where the numbers of a table are from; what is said of some rows only has their names behind it.

    Args:
        found: Pairs of one table, at least one.
    """
    rows = {point.label for one in found for point in one.points}
    said: dict[str, dict[str, None]] = {}
    for title, clause in (each for one in found for each in one.protocol):
        said.setdefault(clause, {})[title] = None
    clauses = [clause if rows == set(titles) else f"{clause} ({', '.join(titles)})" for clause, titles in said.items()]
    return "; ".join([f"published: {found[0].definition.source}", *clauses])


def axis(column: DefinedColumn) -> Axis:
    """Return the axis of a column."""
    title, unit = column.column.title, column.column.unit
    return Axis(f"{title} ({unit})" if unit else title, column.column.higher_is_better)


def row_titles(definition: Definition, published: PublishedData) -> dict[str, str]:
    """Return the names of rows by their keys; rows of one title are told apart by their facts."""
    titles = [each.row.title for each in definition.rows]
    return {
        each.row.key: f"{each.row.title} ({_facts(definition, published, each)})"
        if titles.count(each.row.title) > 1
        else each.row.title
        for each in definition.rows
    }


def _facts(definition: Definition, published: PublishedData, row: DefinedRow) -> str:
    words = []
    for fact in definition.facts:
        text = fact.text(published.fact(definition.name, row.row.key, fact.metric))
        words.append({"yes": fact.title, "no": f"no {fact.title}"}.get(text, text))
    return ", ".join(word for word in words if word)


def _column(definition: Definition, dataset: str, name: str) -> DefinedColumn | None:
    columns = (each for each in definition.columns if each.column.dataset == dataset)
    return next((each for each in columns if name in (each.published, each.column.metric)), None)


def _pair(definition: Definition, published: PublishedData, x: DefinedColumn, y: DefinedColumn) -> Pair:
    points, reasons, used = [], {}, []
    for key, title in row_titles(definition, published).items():
        across, up = (published.find(definition.name, key, c.column.dataset, c.published) for c in (x, y))
        if across is None or up is None:
            lacking = [c.column.title for c, value in ((x, across), (y, up)) if value is None]
            reasons[title] = (
                f"{definition.name} prints no {' and no '.join(lacking)} on {dataset_title(x.column.dataset)}."
            )
            continue
        points.append(Point(title, Coordinate(float(across.value)), Coordinate(float(up.value)), published=True))
        used += [(title, x, across), (title, y, up)]
    return Pair(
        definition,
        dataset_title(x.column.dataset),
        x,
        y,
        tuple(points),
        reasons,
        tuple((title, clause) for title, _, value in used for clause in filter(None, value.protocol.split("; "))),
        tuple(_dispute(title, column, value) for title, column, value in used if value.disputes),
    )


def _dispute(title: str, column: DefinedColumn, value: PublishedValue) -> str:
    tables: dict[str, list[str]] = {}
    for side in value.disputes:
        if side.value != value.value:
            tables.setdefault(side.value, []).append(side.place.table)
    others = ", ".join(f"{other} in {' and '.join(names)}" for other, names in tables.items())
    return f"{title}, {column.column.title} on {dataset_title(column.column.dataset)} ({value.value} here, {others})"
