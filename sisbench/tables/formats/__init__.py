"""Formats of tables: one module each, from `tables.model` to text or bytes that depend on nothing but the table.

No dates, no versions, no locale, no hash order: the same table gives the same bytes on every machine; pictures do so
with the same version of Pillow.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from sisbench.errors import InputError
from sisbench.tables.formats._notes import QUANTITIES as QUANTITIES
from sisbench.tables.formats._notes import Quantity as Quantity
from sisbench.tables.formats.terminal import WIDTH as WIDTH
from sisbench.tables.model import Table

Format = Literal["terminal", "markdown", "latex", "csv", "json", "html", "png"]
SUFFIXES: dict[Format, str] = {
    "terminal": ".txt",
    "markdown": ".md",
    "latex": ".tex",
    "csv": ".csv",
    "json": ".json",
    "html": ".html",
    "png": ".png",
}
"""Suffix of a file in each format; a file that is to be written is in the format of its suffix."""


def of_suffix(path: Path) -> Format:
    """Return the format of a file.

    Raises:
        InputError: No format has its suffix.
    """
    for name, suffix in SUFFIXES.items():
        if path.suffix.lower() == suffix:
            return name
    raise InputError(
        f"the table was to be written to {path}, of the kind {path.suffix or 'without a suffix'}; expected one of "
        f"{', '.join(SUFFIXES.values())}. Choose one of them, or name the format with '--format'."
    )


def render(
    tables: Sequence[Table],
    form: Format,
    show: Sequence[Quantity] = QUANTITIES,
    *,
    width: int = WIDTH,
    styled: bool = False,
    standalone: bool = False,
) -> bytes:
    """Return tables in a format.

    Args:
        tables: At least one; a picture holds one only.
        form: The format.
        show: What to show of every cell.
        width: Characters of a line, in the terminal.
        styled: Whether the terminal shows bold and underlined text.
        standalone: Whether LaTeX is a document of its own, and not what goes into one. HTML always is.

    Raises:
        InputError: Several tables for one picture, or one too large for it.
    """
    match form:
        case "terminal":
            from sisbench.tables.formats.terminal import terminal

            return "\n".join(terminal(table, show, width, styled) for table in tables).encode()
        case "markdown":
            from sisbench.tables.formats.markdown import markdown

            return "\n".join(markdown(table, show) for table in tables).encode()
        case "latex":
            from sisbench.tables.formats import latex

            fragments = [latex.latex(table, show) for table in tables]
            return (latex.document(fragments) if standalone else "\n".join(fragments)).encode()
        case "csv":
            from sisbench.tables.formats.csv import csv

            return csv(tables, show).encode()
        case "json":
            from sisbench.tables.formats.json import json

            return json(tables, show).encode()
        case "html":
            from sisbench.tables.formats import html

            return html.page([html.html(table, show) for table in tables], _title(tables)).encode()
        case "png":
            from sisbench.tables.formats.png import png

            if len(tables) != 1:
                raise InputError(
                    f"a picture holds one table, and these are {len(tables)}: {', '.join(t.name for t in tables)}. "
                    "Choose one with '--where protocol=NAME', or another format."
                )
            return png(tables[0], show)


def _title(tables: Sequence[Table]) -> str:
    return tables[0].title if len(tables) == 1 else "Tables"
