"""A table in Markdown, as GitHub, GitLab and pandoc read it: one head line, so groups stand in the columns' titles."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sisbench.tables.formats._grid import Text, grid
from sisbench.tables.formats._notes import QUANTITIES, Quantity
from sisbench.tables.model import Table

_MARKUP = re.compile(r"([\\`*_{}\[\]<>|~#$^!])")


def markdown(table: Table, show: Sequence[Quantity] = QUANTITIES) -> str:
    """Return a table in Markdown; the best number of a column is bold, the worst in italics.

    Args:
        table: The table.
        show: What to show of every cell.
    """
    text = grid(table, show)
    groups = [name for name, size in text.groups for _ in range(size)] or [""] * len(text.titles)
    titles = [f"{group} {title}".strip() for group, title in zip(groups, text.titles, strict=True)]
    head = [escaped(cell) for cell in (*text.heads, *titles)]
    rows = [head, [":--"] * len(text.heads) + ["--:"] * len(titles)]
    for entry in text.entries:
        for i, line in enumerate(entry.lines):
            names = (entry.title, *entry.facts) if i == 0 else ("",) * (1 + len(entry.facts))
            left = [escaped(cell) for cell in (*names, *([line.label] if text.labelled else []))]
            rows.append([*left, *map(_cell, line.cells)])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    notes = [f"- {_raised(note.marker)}{escaped(note.text)}" for note in text.notes]
    return "\n".join([f"### {escaped(text.title)}", "", *lines, *(["", *notes] if notes else [])]) + "\n"


def escaped(text: str) -> str:
    r"""Return text that Markdown shows as it is.

    >>> print(escaped("a|b <script> *x*"))
    a\|b &lt;script&gt; \*x\*
    """
    marked = _MARKUP.sub(r"\\\1", text.replace("&", "&amp;"))
    return marked.replace("\\<", "&lt;").replace("\\>", "&gt;")


def _cell(cell: Text) -> str:
    around = {"best": "**", "worst": "_", None: ""}[cell.mark]
    return f"{around}{escaped(cell.text)}{around}{_raised(cell.suffix).rstrip()}"


def _raised(suffix: str) -> str:
    return f"<sup>{suffix}</sup> " if suffix else ""
