"""Tables in JSON, for programs: the model of `tables.model`, number by number."""

from __future__ import annotations

import dataclasses
import json as _json
from collections.abc import Sequence
from typing import Any

from sisbench.tables.formats._flat import names, values
from sisbench.tables.formats._notes import QUANTITIES, Quantity
from sisbench.tables.model import Column, Row, Table

SCHEMA = 1


def json(tables: Sequence[Table], show: Sequence[Quantity] = QUANTITIES) -> str:
    """Return tables in JSON: `{"schema": 1, "tables": [...]}`, each with its columns, rows and cells.

    Cells stand in their row under the key of their column; one of which nothing is known is left out, and so is every
    value that is absent. The values are those of the CSV.

    Args:
        tables: The tables.
        show: Which of the numbers to write.
    """
    value = {"schema": SCHEMA, "tables": [_table(table, names(show)) for table in tables]}
    return _json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _table(table: Table, shown: Sequence[str]) -> dict[str, Any]:
    return {
        "name": table.name,
        "title": table.title,
        "source": table.source,
        "row_heading": table.row_heading,
        "fact_columns": list(table.fact_columns),
        "columns": [dataclasses.asdict(column) for column in table.columns],
        "rows": [_row(table, row, table.columns, shown) for row in table.rows],
        "footnotes": list(table.footnotes),
    }


def _row(table: Table, row: Row, columns: Sequence[Column], shown: Sequence[str]) -> dict[str, Any]:
    cells = {}
    for column in columns:
        found = values(table.cell(row, column))
        kept = {name: found[name] for name in shown if found.get(name) is not None}
        if kept:
            cells[column.key] = kept
    named = {"key": row.key, "title": row.title, "facts": dict(row.facts), "citation": row.citation}
    return {**named, "method": row.method, "group": row.group, "cells": cells}
