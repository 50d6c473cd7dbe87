"""Numbers that papers print, from the tidy CSV files of `leaderboards/published`: one value a line, as printed.

A value belongs to one cell of one table. Where two places print different numbers for the same thing, both stay, and
`conflicts.csv` says so: a value knows what others print, and nothing is resolved here.
"""

from __future__ import annotations

import csv
import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from sisbench.errors import InputError
from sisbench.tables._place import leaderboards
from sisbench.tables.printed import Citation as Citation
from sisbench.tables.printed import Place as Place
from sisbench.tables.printed import PublishedData as PublishedData
from sisbench.tables.printed import PublishedValue as PublishedValue
from sisbench.tables.printed import Side as Side

_CITATIONS, _CONFLICTS = "citations.csv", "conflicts.csv"
_COLUMNS = (
    *("table", "row", "method", "variant", "citation_key", "year", "dataset", "metric", "value", "spread", "unit"),
    *("source", "source_table", "protocol", "note"),
)
_CITATION_COLUMNS = ("citation_key", "authors", "title", "venue", "year")
_CONFLICT_COLUMNS = ("conflict", "table", "row", "dataset", "metric", "value", "statement")


def load(folder: Path | None = None) -> PublishedData:
    """Read all published numbers.

    Args:
        folder: Where the CSV files lie; None is that of the leaderboards.

    Raises:
        InputError: A file is missing, damaged, or does not fit the others: a place twice, an unknown citation, a
            conflict about a value that is not there.
    """
    folder = folder or leaderboards() / "published"
    citations = {line[0]: Citation(*line) for line in _read(folder / _CITATIONS, _CITATION_COLUMNS)}
    tables = sorted(path for path in folder.glob("*.csv") if path.name not in (_CITATIONS, _CONFLICTS))
    values = [_value(path, line, citations) for path in tables for line in _read(path, _COLUMNS)]
    _refuse_twice(folder, (value.place for value in values))
    sides = [Side(line[0], Place(*line[1:5]), *line[5:]) for line in _read(folder / _CONFLICTS, _CONFLICT_COLUMNS)]
    disputes = _disputes(folder / _CONFLICTS, sides, {value.place: value.value for value in values})
    whole = tuple(_disputed(value, disputes) for value in values)
    return PublishedData(whole, citations, tuple(sides))


def _read(path: Path, columns: tuple[str, ...]) -> list[list[str]]:
    """Return the lines below the heading."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            head, *lines = list(csv.reader(stream, strict=True)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path} cannot be read as published numbers ({error}); expected a CSV file in UTF-8. Restore it."
        ) from error
    if tuple(head) != columns:
        raise InputError(
            f"{path} has the columns {','.join(head)!r}; expected {','.join(columns)!r}. Correct the head."
        )
    for number, line in enumerate(lines, start=2):
        if len(line) != len(columns):
            raise InputError(
                f"{path}, row {number}: {len(line)} cells; expected {len(columns)}. Quote cells that hold commas."
            )
    return lines


def _value(path: Path, line: list[str], citations: Mapping[str, Citation]) -> PublishedValue:
    table, row, method, variant, citation, year, dataset, metric, *rest = line
    printed, spread, unit, source, source_table, protocol, note = rest
    place = Place(table, row, dataset, metric)
    if table != path.stem:
        raise InputError(f"{path} holds a value of table {table!r}; expected {path.stem!r}. Move it to its own file.")
    if citation and citation not in citations:
        raise InputError(f"{path} cites {citation!r}, which is not in {_CITATIONS}. Add the paper there.")
    if dataset:  # facts of a row may be words
        _require_number(path, printed, place)
        if spread:
            _require_number(path, spread, place)
    return PublishedValue(
        *(place, method, variant, citation, year, printed, spread, unit),
        *(source, source_table, protocol, note),
    )


def _require_number(path: Path, text: str, place: Place) -> None:
    try:
        finite = math.isfinite(float(text))
    except ValueError:
        finite = False
    if not finite:
        raise InputError(
            f"{path}: the value of {' / '.join(place)} is {text!r}; expected a number as printed. Leave out the line "
            "of a value that is not reported."
        )


def _refuse_twice(folder: Path, places: Iterable[Place]) -> None:
    twice = [place for place, count in Counter(places).items() if count > 1]
    if twice:
        raise InputError(
            f"{folder}: {' / '.join(twice[0])} has two values; expected one. Tell the rows apart by their key."
        )


def _disputes(path: Path, sides: list[Side], printed: Mapping[Place, str]) -> dict[Place, tuple[Side, ...]]:
    """Return the sides that print something else, by place."""
    by_conflict: dict[str, list[Side]] = defaultdict(list)
    for side in sides:
        if printed.get(side.place) != side.value:
            raise InputError(
                f"{path}: {side.conflict!r} says that {' / '.join(side.place)} is {side.value!r}, where the data has "
                f"{printed.get(side.place)!r}; expected the same. Correct one of them."
            )
        by_conflict[side.conflict].append(side)
    found: dict[Place, tuple[Side, ...]] = {}
    for side in sides:
        others = tuple(other for other in by_conflict[side.conflict] if other.value != side.value)
        found[side.place] = found.get(side.place, ()) + others
    return found


def _disputed(value: PublishedValue, disputes: Mapping[Place, tuple[Side, ...]]) -> PublishedValue:
    others = disputes.get(value.place)
    if not others:
        return value
    return dataclasses.replace(value, disputes=others)
