"""What stands below a table: notes of single numbers, the letters behind measured ones, and why cells are empty."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sisbench.errors import first
from sisbench.tables.model import Column, Measured, Table

Quantity = Literal["published", "measured", "difference", "interval", "n"]
QUANTITIES: tuple[Quantity, ...] = ("published", "measured", "difference", "interval", "n")
"""What can be shown of a cell, from top to bottom."""

CARRIERS: tuple[Quantity, ...] = ("measured", "difference", "interval")
"""What the letters of a measured number may stand behind; the first that is shown has them."""
_LEGEND = {
    "p": "promoted",
    "l": "local",
    "t": "trained by the run",
    "w": "weights from a file",
    "n": "no weights to train",
    "r": "real photos, no generated ones",
    "s": "answers of people in a study",
    "i": "of a part of the split only",
}
_WEIGHTS = {"trained": "t", "file": "w", "none": "n", "real": "r", "study": "s"}
_PLACES = 6
"""Places that a note names before it counts the others."""


@dataclass(frozen=True)
class Note:
    """A line below the table.

    Attributes:
        marker: The number that refers to it; empty where none does.
        text: The note.
    """

    marker: str
    text: str


def plain(text: str) -> str:
    r"""Return text on one line, with a stand-in for every character that moves the cursor or turns the direction.

    >>> plain("a\nb"), plain("\x1b[31m") == "\ufffd[31m"
    ('a b', True)
    """
    turning = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"
    joined = " ".join(text.split())
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") or c in turning else c for c in joined)


def provenance(measured: Measured) -> str:
    """Return the letters that say where a measured number is from.

    The first is p or l (promoted, local), the second t or w (trained by the run, weights from a file), n (a method
    without weights), r (photos) or s (a study), and i follows where only a part of the split was evaluated.
    """
    letters = ("p" if measured.origin == "promoted" else "l") + _WEIGHTS[measured.weights]
    return letters + ("" if measured.complete else "i")


def notes(table: Table, show: Sequence[Quantity], numbers: Mapping[str, str]) -> tuple[Note, ...]:
    """Return the notes: those of single numbers, the letters, footnotes, units, protocols, and why cells are empty.

    Args:
        table: The table.
        show: What is shown of its cells.
        numbers: Markers of the notes of single numbers, by their text.
    """
    found = [f"Published: {table.source}."] if table.source and "published" in show else []
    if any(q in show for q in CARRIERS):
        used = {letter for cell in table.cells.values() if cell.measured for letter in provenance(cell.measured)}
        letters = ", ".join(f"{letter} {text}" for letter, text in _LEGEND.items() if letter in used)
        found += [f"Letters: {letters}."] if letters else []
    found += table.footnotes
    units = _by_fact(table.columns, [c.unit if c.unit not in f"{c.group} {c.title}" else "" for c in table.columns])
    found += [f"Units: {'; '.join(f'{unit} ({of})' for unit, of in units.items())}."] if units else []
    protocols = _by_fact(table.columns, [c.protocol for c in table.columns])
    if len(protocols) == 1 and all(c.protocol for c in table.columns):
        found.append(f"Protocol of measured numbers: {next(iter(protocols))}.")
    elif protocols:
        found.append(f"Protocols of measured numbers: {'; '.join(f'{p} ({of})' for p, of in protocols.items())}.")
    numbered = [Note(marker, plain(text)) for text, marker in numbers.items()]
    return (*numbered, *(Note("", plain(text)) for text in (*found, *doubts(table), *reasons(table))))


def _by_fact(columns: Sequence[Column], facts: Sequence[str]) -> dict[str, str]:
    """Return which columns have which fact in common; columns without one are left out."""
    having: dict[str, list[Column]] = {}
    for column, fact in zip(columns, facts, strict=True):
        if fact:
            having.setdefault(fact, []).append(column)
    return {fact: _titles(of) for fact, of in having.items()}


def doubts(table: Table) -> list[str]:
    """Return what makes measured numbers doubtful, each warning once, with its rows."""
    names = _row_names(table)
    rows: dict[str, dict[str, None]] = {}
    for row in table.rows:
        for column in table.columns:
            measured = table.cell(row, column).measured
            for text in measured.warnings if measured else ():
                rows.setdefault(text, {})[names[row.key]] = None
    return [f"Warning: {', '.join(first(list(of), _PLACES))}: {text}" for text, of in rows.items()]


def reasons(table: Table) -> list[str]:
    """Return why cells lack a number, each reason once, with the rows, or the cells, that it is about."""
    places: dict[str, dict[str, list[Column]]] = {}
    for row in table.rows:
        for column in table.columns:
            for reason in table.cell(row, column).reason.splitlines():
                places.setdefault(reason, {}).setdefault(row.key, []).append(column)
    titles = _row_names(table)
    found = []
    for reason, rows in places.items():
        if sum(map(len, rows.values())) == len(table.rows) * len(table.columns):
            found.append(f"All cells: {reason.removesuffix('.')}.")
            continue
        same: dict[str, list[str]] = {}
        for key, columns in rows.items():
            where = "" if len(columns) == len(table.columns) else f" ({_titles(columns)})"
            same.setdefault(where, []).append(titles[key])
        named = [f"{', '.join(first(of, _PLACES))}{where}" for where, of in same.items()]
        found.append(f"{'; '.join(first(named, _PLACES))}: {reason.removesuffix('.')}.")
    return found


def _row_names(table: Table) -> dict[str, str]:
    """Return the rows' titles, with their facts where two rows have one title."""
    titles = Counter(row.title for row in table.rows)
    names = {}
    for row in table.rows:
        facts = [row.facts[name] for name in table.fact_columns if row.facts.get(name)]
        twice = facts and titles[row.title] > 1
        names[row.key] = f"{row.title} [{', '.join(facts)}]" if twice else row.title
    return names


def _titles(columns: Sequence[Column]) -> str:
    """Return the titles of columns, under the headings of their groups."""
    groups: dict[str, list[str]] = {}
    for column in columns:
        groups.setdefault(column.group, []).append(column.title)
    named = [" ".join(filter(None, (group, ", ".join(first(of, _PLACES))))) for group, of in groups.items()]
    return "; ".join(first(named, _PLACES))
