"""A table as a picture, for slides: set by Pillow in the DejaVu fonts that come with matplotlib.

Pillow and not matplotlib's own text, which takes milliseconds a word: all tables of the papers are drawn in well under
a second, and the same table gives the same bytes.
"""

from __future__ import annotations

import functools
import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sisbench.errors import InputError
from sisbench.tables.formats._grid import Grid, Text, grid
from sisbench.tables.formats._notes import QUANTITIES, Quantity
from sisbench.tables.model import Table

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

_BODY, _SMALL, _RAISED = 28, 22, 18
_LINE, _NOTE_LINE, _MARGIN, _GAP = 40, 32, 32, 32
_INK, _GREY, _PAPER = 0, 100, 255
_LEAST = 900
"""Width that notes can be read at, below tables of few columns."""
_LIMIT = 30_000
"""Pixels of a side beyond which viewers refuse a picture."""


def png(table: Table, show: Sequence[Quantity] = QUANTITIES) -> bytes:
    """Return a PNG, black on white, letters 28 pixels high; the best number of a column is bold, the worst underlined.

    A character that DejaVu lacks is drawn as an empty box.

    Args:
        table: The table.
        show: What to show of every cell.

    Raises:
        InputError: The table is too large for a picture.
    """
    from PIL import Image, ImageDraw

    text = grid(table, show)
    sheet = _placed(text)
    if max(sheet.width, sheet.height) > _LIMIT:
        raise InputError(
            f"table {table.name!r} as a picture would have {sheet.width} x {sheet.height} pixels; no side may be "
            f"longer than {_LIMIT}. Choose fewer rows or columns ('--where'), or another format."
        )
    image = Image.new("L", (sheet.width, sheet.height), _PAPER)
    canvas = ImageDraw.Draw(image)
    for x, y, words, font, ink in sheet.texts:
        canvas.text((x, y), words, fill=ink, font=font)
    for left, right, y, weight in sheet.rules:
        canvas.rectangle((left, y, right, y + weight - 1), fill=_INK)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


@dataclass
class _Sheet:
    """What is drawn where: texts by their upper left corner, horizontal rules by both ends."""

    width: int = 0
    height: int = 0
    texts: list[tuple[int, int, str, FreeTypeFont, int]] = field(default_factory=list)
    rules: list[tuple[int, int, int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class _Columns:
    """Where the columns stand.

    Attributes:
        left: Left edges of the names, the facts and the labels.
        start: Where the numbers begin.
        right: Right edges of the columns of numbers.
        room: What numbers and their raised letters take of a column.
        raised: What the raised letters take of that.
    """

    left: tuple[int, ...]
    right: tuple[int, ...]
    room: tuple[int, ...]
    raised: tuple[int, ...]
    start: int


def _placed(text: Grid) -> _Sheet:
    """Place title, head, rows and notes from top to bottom."""
    body, bold, small = _font("DejaVuSans", _BODY), _font("DejaVuSans-Bold", _BODY), _font("DejaVuSans", _SMALL)
    columns = _columns(text)
    edge = max(*columns.right, columns.left[-1], _MARGIN + _length(bold, text.title), _LEAST)
    sheet, y = _Sheet(width=edge + _MARGIN), _MARGIN

    sheet.texts.append((_MARGIN, y, text.title, bold, _INK))
    y += _LINE + 12
    sheet.rules.append((_MARGIN, edge, y, 3))
    y = _place_head(sheet, text, columns, y + 8)
    for entry in text.entries:
        if entry.rule:
            sheet.rules.append((_MARGIN, edge, y + 8, 1))
            y += 16
        for j, line in enumerate(entry.lines):
            names = (entry.title, *entry.facts) if j == 0 else ()
            sheet.texts += [(x, y, name, body, _INK) for x, name in zip(columns.left, names, strict=False)]
            sheet.texts += [(columns.left[-1], y, line.label, body, _GREY)] if text.labelled else []
            for i, cell in enumerate(line.cells):
                _place_cell(sheet, columns, i, y, cell)
            y += _LINE
    sheet.rules.append((_MARGIN, edge, y + 8, 3))
    y += 24
    letters = (edge - _MARGIN) * 26 // _length(small, "abcdefghijklmnopqrstuvwxyz")
    for note in text.notes:
        for words in textwrap.wrap(f"{note.marker}  {note.text}".lstrip(), letters):
            sheet.texts.append((_MARGIN, y, words, small, _GREY))
            y += _NOTE_LINE
    sheet.height = y + _MARGIN
    return sheet


def _place_head(sheet: _Sheet, text: Grid, columns: _Columns, y: int) -> int:
    """Place the headings of groups and columns; return where the rows begin."""
    body = _font("DejaVuSans", _BODY)
    first = 0
    for name, size in text.groups:
        left = columns.right[first - 1] + _GAP if first else columns.start
        right = columns.right[first + size - 1]
        if name:
            sheet.texts.append(((left + right - _length(body, name)) // 2, y, name, body, _INK))
            sheet.rules.append((left, right, y + _LINE, 1))
        first += size
    y += _LINE + 8 if text.groups else 0
    sheet.texts += [(x, y, name, body, _INK) for x, name in zip(columns.left, text.heads, strict=True)]
    for right, title in zip(columns.right, text.titles, strict=True):
        sheet.texts.append((right - _length(body, title), y, title, body, _INK))
    sheet.rules.append((_MARGIN, sheet.width - _MARGIN, y + _LINE + 4, 1))
    return y + _LINE + 12


def _place_cell(sheet: _Sheet, columns: _Columns, i: int, y: int, cell: Text) -> None:
    """Place a number and its raised letters; only what nothing follows may use the room of such letters."""
    font = _font("DejaVuSans-Bold" if cell.mark == "best" else "DejaVuSans", _BODY)
    words = cell.text.replace("-", "−")
    length, room = _length(font, words), columns.room[i]
    right = columns.right[i] - room + max(room - columns.raised[i], length)
    left = right - length
    sheet.texts.append((left, y, words, font, _INK))
    if cell.mark == "worst":
        sheet.rules.append((left, right, y + _BODY + 6, 2))
    if cell.suffix:
        sheet.texts.append((right + 2, y, cell.suffix, _font("DejaVuSans", _RAISED), _GREY))


def _columns(text: Grid) -> _Columns:
    """Measure all texts, and give every column the room that its longest needs."""
    body, bold, small = _font("DejaVuSans", _BODY), _font("DejaVuSans-Bold", _BODY), _font("DejaVuSans", _RAISED)
    facts = range(len(text.heads) - 1 - text.labelled)
    names = [[e.title for e in text.entries], *([e.facts[i] for e in text.entries] for i in facts)]
    names += [[line.label for e in text.entries for line in e.lines]] if text.labelled else []
    left, x = [], _MARGIN
    for head, column in zip(text.heads, names, strict=True):
        left.append(x)
        x += max(_length(body, words) for words in (head, *column)) + _GAP
    lines = [line.cells for entry in text.entries for line in entry.lines]
    raised, room, widths = [], [], []
    for i, title in enumerate(text.titles):
        cells = [line[i] for line in lines]
        raised.append(max((_length(small, cell.suffix) + 2 for cell in cells if cell.suffix), default=0))
        lengths = [_length(bold, cell.text) + (raised[-1] if cell.suffix else 0) for cell in cells]
        room.append(max(lengths, default=0))
        widths.append(max(room[-1], _length(body, title)))
    first = 0
    for name, size in text.groups:
        lacking = _length(body, name) - sum(widths[first : first + size]) - _GAP * (size - 1)
        widths[first] += max(lacking, 0)
        first += size
    right = [x + sum(widths[: i + 1]) + _GAP * i for i in range(len(widths))]
    return _Columns(tuple(left), tuple(right), tuple(room), tuple(raised), start=x)


@functools.cache
def _font(name: str, size: int) -> FreeTypeFont:
    """Load a font; its simplest layout, since others depend on libraries that a machine may lack."""
    import matplotlib
    from PIL import ImageFont

    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _length(font: FreeTypeFont, words: str) -> int:
    return round(font.getlength(words))
