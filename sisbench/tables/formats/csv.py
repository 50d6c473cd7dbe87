"""Tables in CSV: one line for each cell, and all that is known of it in columns of their own."""

from __future__ import annotations

import csv as _csv
import io
from collections.abc import Sequence

from sisbench.tables.formats._flat import Plain, names, values
from sisbench.tables.formats._notes import QUANTITIES, Quantity
from sisbench.tables.model import Column, Table

_BETTER = {True: "higher", False: "lower", None: ""}
_COLUMN = ("dataset", "metric", "protocol", "column", "column_title", "group", "unit", "better")


def csv(tables: Sequence[Table], show: Sequence[Quantity] = QUANTITIES) -> str:
    """Return tables in CSV, one below the other under one head; quoted as RFC 4180 says, lines end in a line feed.

    A line is a cell: table, row and column, then the numbers, and why one is absent. What is absent is empty. Numbers
    are in the unit of their column and unrounded; `published_text` is what the paper prints.

    Args:
        tables: The tables.
        show: Which of the numbers to write.
    """
    facts = list(dict.fromkeys(name for table in tables for name in table.fact_columns))
    shown = names(show)
    stream = io.StringIO()
    writer = _csv.writer(stream, lineterminator="\n")
    writer.writerow(["table", "row", "row_title", *(f"fact:{f}" for f in facts), "citation", *_COLUMN, *shown])
    for table in tables:
        columns = [_column(column) for column in table.columns]
        for row in table.rows:
            left = [table.name, row.key, row.title, *(row.facts.get(name, "") for name in facts), row.citation]
            for column, about in zip(table.columns, columns, strict=True):
                found = values(table.cell(row, column))
                writer.writerow([*left, *about, *(_text(found.get(name)) for name in shown)])
    return stream.getvalue()


def _column(c: Column) -> list[str]:
    return [c.dataset, c.metric, c.protocol, c.key, c.title, c.group, c.unit, _BETTER[c.higher_is_better]]


def _text(value: Plain) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
