"""A table as text in cells, the same for every format that people read; each format adds its own escapes and marks.

A row of the table becomes an entry of several lines, one for each quantity that is known of it: the published number,
the measured one, their difference, the interval, the number of images. So every number stands below the others of its
column and beside its name, and a table without measured numbers is the paper's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sisbench.tables.formats._notes import CARRIERS, QUANTITIES, Note, Quantity, notes, plain, provenance
from sisbench.tables.model import Cell, Column, Row, Table

_LABELS: Mapping[Quantity, str] = {"interval": "95 % interval"}


@dataclass(frozen=True)
class Text:
    """What one cell shows on one line.

    Attributes:
        text: The number.
        suffix: What stands raised behind it: letters of the legend, or the number of a note.
        mark: Best or worst of its column.
    """

    text: str = ""
    suffix: str = ""
    mark: Literal["best", "worst"] | None = None


@dataclass(frozen=True)
class Line:
    """One line of an entry.

    Attributes:
        label: Which quantity it holds; empty for the published numbers of a table without others.
        cells: One for each column.
    """

    label: str
    cells: tuple[Text, ...]


@dataclass(frozen=True)
class Entry:
    """One row of the table.

    Attributes:
        title: Its name.
        facts: Text of the fact columns.
        lines: At least one.
        rule: Whether a rule stands above it, because a group of rows begins.
    """

    title: str
    facts: tuple[str, ...]
    lines: tuple[Line, ...]
    rule: bool


@dataclass(frozen=True)
class Grid:
    """A whole table as text; the first columns are the row's name, its facts, and the labels of its lines.

    Attributes:
        title: Heading of the table.
        heads: Headings of the first columns; the one over the labels is empty, and there only where labels are.
        groups: Headings over neighbouring columns, with how many each spans; empty where no column has one.
        titles: Headings of the columns, with arrows.
        entries: The rows.
        notes: What stands below.
        labelled: Whether lines are labelled: whether there is more than the paper's own numbers.
    """

    title: str
    heads: tuple[str, ...]
    groups: tuple[tuple[str, int], ...]
    titles: tuple[str, ...]
    entries: tuple[Entry, ...]
    notes: tuple[Note, ...]
    labelled: bool


def grid(table: Table, show: Sequence[Quantity] = QUANTITIES) -> Grid:
    """Return a table as text.

    Args:
        table: The table.
        show: What to show of every cell.
    """
    numbers: dict[str, str] = {}
    labelled = any(q in show for q in QUANTITIES[1:]) and any(
        table.cell(row, column).measured for row in table.rows for column in table.columns
    )
    entries, group = [], table.rows[0].group if table.rows else ""
    for row in table.rows:
        lines = _lines(table, row, show, numbers)
        kept = tuple(line if labelled else Line("", line.cells) for line in lines)
        facts = tuple(plain(row.facts.get(name, "")) for name in table.fact_columns)
        entries.append(Entry(plain(row.title), facts, kept, row.group != group))
        group = row.group
    heads = (plain(table.row_heading), *map(plain, table.fact_columns), *([""] if labelled else []))
    titles = tuple(f"{plain(c.title)} {c.arrow}".rstrip() for c in table.columns)
    return Grid(
        plain(table.title), heads, _groups(table), titles, tuple(entries), notes(table, show, numbers), labelled
    )


def number(value: float, decimals: int, sign: bool = False) -> str:
    """Return a number with fixed decimals; what rounds to zero has no minus sign.

    >>> number(-0.04, 1), number(0.26, 1, sign=True)
    ('0.0', '+0.3')
    """
    text = f"{value:{'+' if sign else ''}.{decimals}f}"
    return text if text.strip("+-0.") else f"{0:.{decimals}f}"


def _lines(table: Table, row: Row, show: Sequence[Quantity], numbers: dict[str, str]) -> tuple[Line, ...]:
    """Lines of a row for all quantities that it has; one empty line where it has none."""
    cells = [table.cell(row, column) for column in table.columns]
    found: dict[Quantity, tuple[Text, ...]] = {}
    for quantity in QUANTITIES:
        if quantity in show:
            pairs = zip(cells, table.columns, strict=True)
            texts = tuple(_text(cell, column, quantity, show, numbers) for cell, column in pairs)
            if any(text.text for text in texts):
                found[quantity] = texts
    counts = {text.text for text in found.get("n", ()) if text.text}
    one_n = len(counts) == 1 and "measured" in found
    lines = []
    for quantity, texts in found.items():
        if quantity == "measured" and one_n:
            lines.append(Line(f"measured, n = {next(iter(counts))}", texts))
        elif quantity != "n" or not one_n:
            lines.append(Line(_LABELS.get(quantity, quantity), texts))
    return tuple(lines) or (Line("", (Text(),) * len(cells)),)


def _text(cell: Cell, column: Column, quantity: Quantity, show: Sequence[Quantity], numbers: dict[str, str]) -> Text:
    published, measured = cell.published, cell.measured
    if quantity == "published":
        if published is None:
            return Text()
        note = numbers.setdefault(published.note, str(len(numbers) + 1)) if published.note else ""
        return Text(plain(published.text), note, cell.mark)
    if measured is None:
        return Text()
    suffix = provenance(measured) if quantity == next((q for q in CARRIERS if q in show), None) else ""
    if quantity == "measured":
        return Text(number(measured.value, column.decimals), suffix, cell.mark if published is None else None)
    if quantity == "difference":
        difference = cell.difference
        return Text() if difference is None else Text(number(difference, column.decimals, sign=True), suffix)
    if quantity == "interval":
        interval = measured.interval
        return Text() if interval is None else Text(_between(*interval, column.decimals), suffix)
    return Text(str(measured.n))


def _between(low: float, high: float, decimals: int) -> str:
    """Two bounds; a dash between them, but for what might be read as a second minus sign."""
    return (" to " if low < 0 else "–").join(number(bound, decimals) for bound in (low, high))


def _groups(table: Table) -> tuple[tuple[str, int], ...]:
    groups: list[tuple[str, int]] = []
    for column in table.columns:
        name = plain(column.group)
        if groups and groups[-1][0] == name:
            groups[-1] = (name, groups[-1][1] + 1)
        else:
            groups.append((name, 1))
    return tuple(groups) if any(name for name, _ in groups) else ()
