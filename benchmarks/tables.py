"""Wall time of `sisbench table --all`, every table in all seven formats, and of one table of 10,000 cells by format."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._measure import machine, spread, write_results
from sisbench.tables.formats import SUFFIXES, Format, render
from sisbench.tables.model import Cell, Column, Measured, Published, Row, Table

ROWS, COLUMNS = 1000, 10
COMMAND_FIGURE, CELLS_FIGURE = 2.0, 1.0
"""Seconds that all tables, and 10,000 cells in one text format, may take."""
SCRIPT = """
import sys
from sisbench.cli.table import table
table(sys.argv[1:], standalone_mode=False)
assert "torch" not in sys.modules, "torch was imported"
"""


def ten_thousand_cells() -> Table:
    """Return a table of 1000 rows and 10 columns; every cell has a published number, every other row measured ones."""
    columns = tuple(
        Column(f"c{i}", f"metric {i}", f"group {i // 2}", "cityscapes", f"m{i}", "spade-2019", i % 2 == 0)
        for i in range(COLUMNS)
    )
    rows = tuple(Row(f"r{i}", f"method {i}", {"seed": str(i)}, group=str(i // 100)) for i in range(ROWS))
    cells = {}
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            published = Published(i + j / 10, f"{i}.{j}", "Paper", "Table 1", "key", "in words", f"note {j}")
            path = Path(f"records/cityscapes/{i}.json")
            number = Measured(i + j / 9, 0.5, 500, "spade-2019", path, "promoted", "trained", "paper", i, True)
            cells[row.key, column.key] = Cell(published, number if i % 2 else None, "" if i % 2 else "no record")
    return Table("large", "10,000 cells", "Paper, Table 1", "Method", ("seed",), columns, rows, cells)


def seconds_of_the_command(runs: int) -> list[float]:
    """Run `sisbench table --all` in fresh processes, after one that warms up."""
    seconds = []
    for _ in range(runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", SCRIPT, "--all", "-o", folder], stdout=subprocess.DEVNULL, check=True)
            seconds.append(time.perf_counter() - start)
    return seconds[1:]


def seconds_of_a_format(table: Table, form: Format, runs: int) -> list[float]:
    """Write a table, after a first time that loads what the format needs."""
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        render([table], form)
        seconds.append(time.perf_counter() - start)
    return seconds[1:]


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="runs of each, after one that warms up")
    runs = parser.parse_args().runs
    about = machine(threads=1, packages=("pillow", "matplotlib"))
    table = ten_thousand_cells()
    found = {"`sisbench table --all`, 7 formats": spread(seconds_of_the_command(runs))}
    texts: list[Format] = [form for form in SUFFIXES if form != "png"]
    cells = {form: seconds_of_a_format(table, form, runs) for form in texts}
    found |= {f"10,000 cells, {form}": spread(values) for form, values in cells.items()}
    head = ["what", "median s", "min", "max"]
    rows = [[what, *(f"{values[key]:.3f}" for key in ("median", "min", "max"))] for what, values in found.items()]
    figures = {"all": COMMAND_FIGURE, "cells": CELLS_FIGURE}
    print(write_results("tables", "Tables", {"machine": about, "figures": figures, "seconds": found}, [head, *rows]))
    slowest = max(cells, key=lambda form: statistics.median(cells[form]))
    command = found["`sisbench table --all`, 7 formats"]["median"]
    print(f"All tables: {command:.2f} s (to reach: under {COMMAND_FIGURE} s).")
    print(f"10,000 cells, {slowest}: {statistics.median(cells[slowest]):.2f} s (to reach: under {CELLS_FIGURE} s).")


if __name__ == "__main__":
    main()
