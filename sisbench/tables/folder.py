"""All tables in a folder: every table in every format, and a page that shows and links them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from sisbench.files import write_bytes
from sisbench.tables.formats import QUANTITIES, SUFFIXES, Quantity, render
from sisbench.tables.formats import html as html_format
from sisbench.tables.formats._slug import slug
from sisbench.tables.model import Table

INDEX = "index.html"


def write(tables: Sequence[Table], folder: Path, show: Sequence[Quantity] = QUANTITIES) -> list[Path]:
    """Write tables in all formats, each file whole or not at all, and `index.html` last.

    Args:
        tables: The tables.
        folder: Where; made where it is missing. Other files in it stay.
        show: What to show of every cell.

    Returns:
        What was written.

    Raises:
        InputError: A table is too large for a picture, or a file cannot be written.
    """
    names = file_names(tables)
    written = []
    for table, name in zip(tables, names, strict=True):
        for form, suffix in SUFFIXES.items():
            path = folder / f"{name}{suffix}"
            write_bytes(path, render([table], form, show))
            written.append(path)
    fragments = [html_format.html(table, show) for table in tables]
    links = [_links(table, name) for table, name in zip(tables, names, strict=True)]
    contents = "\n".join(["<nav>", "<ul>", *links, "</ul>", "</nav>", ""])
    write_bytes(folder / INDEX, html_format.page(fragments, "Tables", contents).encode())
    return [*written, folder / INDEX]


def file_names(tables: Sequence[Table]) -> list[str]:
    """Return a name for the files of each table; no two are alike, on file systems that ignore case either."""
    names: list[str] = []
    for table in tables:
        name, number = slug(table.name), 1
        taken = {other.casefold() for other in (*names, "index")}
        while name.casefold() in taken:
            number += 1
            name = f"{slug(table.name)}-{number}"
        names.append(name)
    return names


def _links(table: Table, name: str) -> str:
    files = " ".join(f'<a href="{name}{suffix}">{form}</a>' for form, suffix in SUFFIXES.items())
    return f'<li><a href="#{slug(table.name)}">{escape(table.title)}</a> ({files})</li>'
