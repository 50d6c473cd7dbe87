"""A table for the terminal: aligned columns, folded where they are wider than the screen."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

from sisbench.tables.formats._grid import Entry, Grid, Text, grid
from sisbench.tables.formats._notes import QUANTITIES, Quantity
from sisbench.tables.model import Table

_RAISED = str.maketrans("0123456789pltwrsi", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵖˡᵗʷʳˢⁱ")
_STYLES = {"best": "1", "worst": "4"}
_GAP = "  "
WIDTH = 100
"""Characters of a line where no screen tells."""


def terminal(table: Table, show: Sequence[Quantity] = QUANTITIES, width: int = WIDTH, styled: bool = False) -> str:
    """Return a table as text; a raised letter or number behind a number stands for a note below.

    Args:
        table: The table.
        show: What to show of every cell.
        width: Characters of a line. Columns that do not fit stand below, each time beside the rows' names; groups of
            columns stay together where one line holds them.
        styled: Whether the best number of a column is bold and the worst underlined, by ANSI escapes.
    """
    text = grid(table, show)
    left = _left(text)
    columns = _columns(text, styled)
    widths = [max(map(_width, column)) for column in columns]
    blocks = [_block(text, left, columns, widths, part) for part in _fold(text, _width(left[0]), widths, width)]
    lines = ["\n".join(block) for block in blocks]
    notes = [_wrapped(f"{note.marker.translate(_RAISED)} {note.text}".lstrip(), width) for note in text.notes]
    return "\n\n".join([_wrapped(text.title, width), *lines, *(["\n".join(notes)] if notes else [])]) + "\n"


def _left(text: Grid) -> list[str]:
    """The first columns, side by side: the head, then every line; all of one width."""
    rows = [text.heads]
    for entry in text.entries:
        for i, line in enumerate(entry.lines):
            names = (entry.title, *entry.facts) if i == 0 else ("",) * (1 + len(entry.facts))
            rows.append((*names, *([line.label] if text.labelled else [])))
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [_GAP.join(_ljust(cell, w) for cell, w in zip(row, widths, strict=True)) for row in rows]


def _columns(text: Grid, styled: bool) -> list[list[str]]:
    """Every column: its heading, then its cell on every line.

    Numbers end in one place, and what stands raised follows; only what nothing follows may use that room.
    """
    lines = [line for entry in text.entries for line in entry.lines]
    columns = []
    for i, title in enumerate(text.titles):
        cells = [line.cells[i] for line in lines]
        raised = max((len(cell.suffix) for cell in cells), default=0)
        room = max((_width(cell.text) + (raised if cell.suffix else 0) for cell in cells), default=0)
        columns.append([title, *(_cell(cell, room, raised, styled) for cell in cells)])
    return columns


def _cell(cell: Text, room: int, raised: int, styled: bool) -> str:
    end = max(room - raised, _width(cell.text))
    text = cell.text
    if styled and cell.mark is not None:
        text = f"\x1b[{_STYLES[cell.mark]}m{text}\x1b[0m"
    return f"{' ' * (end - _width(cell.text))}{text}{cell.suffix.translate(_RAISED).ljust(room - end)}"


def _fold(text: Grid, left: int, widths: Sequence[int], width: int) -> list[range]:
    """Split the columns into blocks that fit; a group is split only where it does not fit by itself."""
    room = width - left
    parts: list[range] = []
    start = end = 0
    for size in [n for _, n in text.groups] or [1] * len(widths):
        steps = [size] if _span(widths[end : end + size]) <= room else [1] * size
        for step in steps:
            if end > start and sum(_group_spans(text, widths, range(start, end + step))) > room:
                parts.append(range(start, end))
                start = end
            end += step
    return [*parts, range(start, end)]


def _group_spans(text: Grid, widths: Sequence[int], part: range) -> list[int]:
    """What each group of a block takes: its columns, or its heading where that is longer."""
    groups = _groups_in(text, part) or [("", [x]) for x in part]
    return [max(_span([widths[x] for x in inside]), len(_GAP) + _width(name)) for name, inside in groups]


def _span(widths: Sequence[int]) -> int:
    return sum(widths) + len(_GAP) * len(widths)


def _block(
    text: Grid, left: Sequence[str], columns: Sequence[Sequence[str]], least: Sequence[int], part: range
) -> list[str]:
    """Lines of some of the columns, beside the names of the rows that have a number in any of them."""
    groups = _groups_in(text, part)
    widths = dict(zip(part, (least[x] for x in part), strict=True))
    for (_, inside), span in zip(groups, _group_spans(text, least, part), strict=False):
        widths[inside[0]] += span - _span([least[x] for x in inside])
    rows = [_GAP.join([left[y], *(_rjust(columns[x][y], widths[x]) for x in part)]).rstrip() for y in range(len(left))]
    rule = "-" * (_width(left[0]) + _span(list(widths.values())))
    lines = []
    if any(name for name, _ in groups):
        names = [_centred(name, _span([widths[x] for x in inside]) - len(_GAP)) for name, inside in groups]
        lines.append(_GAP.join([" " * _width(left[0]), *names]).rstrip())
    lines += [rows[0], rule]
    y = 1
    for entry in text.entries:
        if _shown(entry, part):
            lines += [rule] if entry.rule and lines[-1] != rule else []
            lines += rows[y : y + len(entry.lines)]
        y += len(entry.lines)
    return lines


def _shown(entry: Entry, part: range) -> bool:
    """Whether a row has a number in some of the columns; one that has none anywhere is shown beside all."""
    filled = {x for line in entry.lines for x, cell in enumerate(line.cells) if cell.text}
    return not filled or not filled.isdisjoint(part)


def _groups_in(text: Grid, part: range) -> list[tuple[str, list[int]]]:
    """The headings of groups, each with the columns that a block has of it; nothing where columns are not grouped."""
    found, x = [], 0
    for name, size in text.groups:
        inside = [i for i in range(x, x + size) if i in part]
        found += [(name, inside)] if inside else []
        x += size
    return found


def _centred(name: str, room: int) -> str:
    """Return a name amid dashes, so that it is seen what it spans."""
    if not name:
        return " " * room
    dashes = room - _width(name) - 2
    if dashes < 2:
        return _ljust(name, room)
    return f"{'-' * (dashes // 2)} {name} {'-' * (dashes - dashes // 2)}"


def _width(text: str) -> int:
    """Columns of the screen that a text takes: escapes none, Chinese characters two."""
    if text.isascii() and "\x1b" not in text:
        return len(text)
    for code in ("\x1b[1m", "\x1b[4m", "\x1b[0m"):
        text = text.replace(code, "")
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)


def _ljust(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _rjust(text: str, width: int) -> str:
    return " " * (width - _width(text)) + text
