"""A small table with one of everything, for the formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sisbench.tables.model import Cell, Column, Measured, Published, Row, Table

HOSTILE = "<script>alert('&')</script> |*_`[x](y)\\ $x^2$ {%#~} \"q\" \x1b[31m a\nb 中 é"


def published(text: str, note: str = "") -> Published:
    return Published(float(text.partition(" ")[0]), text, "Paper", "Table 1", "someone2020", "in words", note)


def measured(value: float, **changes: Any) -> Measured:
    facts: dict[str, Any] = {
        "value": value,
        "stderr": 0.5,
        "n": 500,
        "protocol": "spade-2019",
        "record": Path("records/city/a.json"),
        "origin": "promoted",
        "weights": "trained",
        "recipe": "paper",
        "seed": 3,
        "complete": True,
        "digest": "d" * 64,
    }
    return Measured(**{**facts, **changes})


MIOU = Column("miou", "mIoU", "City", "cityscapes", "miou", "spade-2019", True, "%", 100.0, 1)
FID = Column("fid", "FID", "City", "cityscapes", "fid", "spade-2019", False)
LPIPS = Column("lpips", "LPIPS", "", "ade20k", "lpips", "", None, decimals=3)


def example(**changes: Any) -> Table:
    """Two groups of rows; A is published alone, B is measured as well, C is measured only, D is empty."""
    rows = (
        Row("a", "A", {"VGG": "yes"}, "someone2020", group="old"),
        Row("b", "B", {"VGG": "no"}, "someone2020", "b", group="old"),
        Row("c", "C", {}, method="c", group="new"),
        Row("d", "D", {}, group="new"),
    )
    cells = {
        ("a", "miou"): Cell(published("40.0", "second-hand"), reason="no record", mark="worst"),
        ("a", "fid"): Cell(published("50.0"), reason="no record"),
        ("a", "lpips"): Cell(published("0.50 ± 0.10")),
        ("b", "miou"): Cell(published("60.0"), measured(59.26), mark="best"),
        ("b", "fid"): Cell(published("30.5"), measured(30.44, n=400, stderr=None), mark="best"),
        ("c", "fid"): Cell(None, measured(-0.04, origin="local", weights="file", complete=False)),
        **{("d", key): Cell(reason="no record\nnot in the paper") for key in ("miou", "fid", "lpips")},
    }
    facts: dict[str, Any] = {
        "name": "example-1",
        "title": "An example",
        "source": "Paper, Table 1",
        "row_heading": "Method",
        "fact_columns": ("VGG",),
        "columns": (MIOU, FID, LPIPS),
        "rows": rows,
        "cells": cells,
        "footnotes": ("A footnote.",),
    }
    return Table(**{**facts, **changes})


def hostile() -> Table:
    """Every text that comes from outside is hostile."""
    column = Column("k", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, True, HOSTILE)
    cell = Cell(
        Published(1.0, "1.0", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        measured(1.5, protocol=HOSTILE, record=Path("a<b>/../record.json"), recipe=HOSTILE),
    )
    rows = (Row("r", HOSTILE, {HOSTILE: HOSTILE}, HOSTILE, HOSTILE, HOSTILE), Row("s", HOSTILE))
    cells = {("r", "k"): cell, ("s", "k"): Cell(reason=HOSTILE)}
    return Table(HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE,), (column,), rows, cells, (HOSTILE,))


def large(rows: int = 1000, columns: int = 10) -> Table:
    """A table of many cells, half of them measured as well, the others with reasons."""
    made = tuple(Column(f"c{i}", f"metric {i}", f"group {i // 3}", "city", f"m{i}", "p", True) for i in range(columns))
    named = tuple(Row(f"r{i}", f"method {i}", {"seed": str(i)}, group=str(i // 50)) for i in range(rows))
    cells = {}
    for i, row in enumerate(named):
        for j, column in enumerate(made):
            number = measured(i + j / 10) if i % 2 else None
            reason = "" if i % 2 else f"reason {j % 3}"
            cells[row.key, column.key] = Cell(published(f"{i}.{j}", f"note {j}"), number, reason)
    return Table("large", "Large", "", "Method", ("seed",), made, named, cells)
