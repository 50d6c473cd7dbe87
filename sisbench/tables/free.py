"""Tables of any numbers: rows and columns by chosen keys, and those of one data set.

A column is one quantity on one data set under one protocol, whatever was asked for; numbers that differ in any of these
stand in columns of their own. Numbers of one cell that differ in something else (two seeds) are neither averaged nor
chosen from: the cell stays empty and says by which key they are told apart.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

from sisbench.errors import InputError
from sisbench.tables.build import mark_extremes
from sisbench.tables.model import Cell, Column, Row, Table
from sisbench.tables.observations import KEYS, Observation, require_key

ROWS = ("method", "recipe", "variant", "seed", "weights", "source")
"""What rows are told apart by where nothing is asked for."""
_COLUMNS = ("dataset", "protocol", "metric")
_DECIMALS = 6

Place = tuple[str, ...]


def dataset_tables(
    observations: Sequence[Observation], rows: Sequence[str] = (), columns: Sequence[str] = ()
) -> list[Table]:
    """Return the tables of a data set, one for each protocol; those with measured numbers come first.

    Real photos have a row of their own, the last, where rows are told apart by method; else they are left out.

    Args:
        observations: The numbers of the data set; at least one.
        rows: As for `free_table`.
        columns: As for `free_table`.

    Raises:
        InputError: As `free_table`.
    """
    if rows and "method" not in rows:
        observations = [o for o in observations if not _is_real(o)] or observations
    tables = []
    measured = {o.keys["protocol"] for o in observations if not o.published}
    for protocol in sorted({o.keys["protocol"] for o in observations}, key=lambda name: (name not in measured, name)):
        under = [o for o in observations if o.keys["protocol"] == protocol]
        name = under[0].keys["dataset"]
        title = f"{name}, {protocol if protocol not in measured and ' ' in protocol else f'protocol {protocol}'}"
        tables.append(free_table(under, rows, columns, name=f"{name} {protocol}", title=title))
    return tables


def free_table(
    observations: Sequence[Observation],
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    name: str = "free",
    title: str = "",
) -> Table:
    """Return a table of all given numbers.

    Args:
        observations: The numbers; at least one.
        rows: Keys that tell rows apart, the first one their title; empty takes `ROWS`.
        columns: Keys that order the columns, the last one their title. Those that a column can have but one of (data
            set, protocol, metric) are added in front where they are missing.
        name: Name of the table.
        title: Heading; empty says what all numbers have in common.

    Raises:
        InputError: An unknown key, or one that rows cannot have: a column would mix metrics or protocols.
    """
    row_keys = tuple(dict.fromkeys(rows)) or ROWS
    for key in (*row_keys, *columns):
        require_key(key)
    for key in ("metric", "protocol"):
        if key in row_keys:
            raise InputError(
                f"rows were asked for by {key!r}, so that a column would hold several of them; expected some of "
                f"{', '.join(k for k in KEYS if k not in ('metric', 'protocol'))}. Ask for '--columns {key}'."
            )
    missing = [key for key in _COLUMNS if key not in (*columns, *row_keys)]
    column_keys = (*missing, *dict.fromkeys(key for key in columns if key not in row_keys))

    cells_of: dict[tuple[Place, Place], list[Observation]] = {}
    for one in observations:
        # numbers in different units are never of one column, whatever a paper calls them
        column_place = (*(one.keys[key] for key in column_keys), one.column.unit)
        cells_of.setdefault((tuple(one.keys[key] for key in row_keys), column_place), []).append(one)
    elsewhere = _OtherProtocols(cells_of, column_keys)
    made_rows = _rows(observations, row_keys)
    made_columns = _columns(cells_of, column_keys)
    cells: dict[tuple[str, str], Cell] = {}
    footnotes: dict[str, None] = {}
    for row_place, row in made_rows.items():
        for column_place, column in made_columns.items():
            found = cells_of.get((row_place, column_place), [])
            cells[row.key, column.key] = _cell(found) if found else Cell(reason=elsewhere(row_place, column_place))
            footnotes |= dict.fromkeys(_passed_over(row, found))
    photos = {tuple(o.keys[key] for key in row_keys) for o in observations if _is_real(o)}
    methods = [row for place, row in made_rows.items() if place not in photos]
    for column in made_columns.values():
        _mark(cells, [row.key for row in methods], column)
    facts = [key for key in row_keys[1:] if len({row.facts[key] for row in methods}) > 1]
    return Table(
        name=name,
        title=title or _title(observations, column_keys),
        source="",
        row_heading=row_keys[0],
        fact_columns=tuple(facts),
        columns=tuple(made_columns.values()),
        rows=tuple(made_rows.values()),
        cells=cells,
        footnotes=tuple(footnotes),
    )


def _rows(observations: Sequence[Observation], keys: Sequence[str]) -> dict[Place, Row]:
    """Rows by their place: the published ones in the order of the data, then those of records, sorted, then photos."""
    printed = dict.fromkeys(tuple(o.keys[key] for key in keys) for o in observations if o.published)
    of_records = {tuple(o.keys[key] for key in keys): _is_real(o) for o in observations if not o.published}
    others = sorted(of_records.keys() - printed.keys(), key=lambda p: (of_records[p], [_natural(v) for v in p]))
    places = [*printed, *others]
    made = {}
    for place in places:
        facts = dict(zip(keys, place, strict=True))
        made[place] = Row(_key(place), place[0] or "none", facts, method=facts.get("method", ""))
    return made


def _columns(cells_of: Mapping[tuple[Place, Place], Sequence[Observation]], keys: Sequence[str]) -> dict[Place, Column]:
    """Columns by their place, sorted by their keys; metrics in the order of the protocols."""
    found: dict[Place, list[Observation]] = {}
    for (_, place), observations in cells_of.items():
        found.setdefault(place, []).extend(observations)
    order = {o.keys["metric"]: i for i, o in reversed([*enumerate(o for of in cells_of.values() for o in of)])}
    metric = keys.index("metric")

    def by_keys(place: Place) -> list[tuple[float, str]]:
        return [(order[v], "") if i == metric else _natural(v) for i, v in enumerate(place)]

    places = sorted(found, key=by_keys)
    varying = [i for i, key in enumerate(keys) if key == "metric" or len({place[i] for place in places}) > 1]
    made = {}
    for place in places:
        first_one, printed = found[place][0], next((o for o in found[place] if o.published), None)
        made[place] = dataclasses.replace(
            (printed or first_one).column,
            key=_key(place),
            title=_heading(keys[-1], place[len(keys) - 1]),
            group=", ".join(place[i] or "none" for i in varying if i < len(keys) - 1),
            dataset=first_one.keys["dataset"] if "dataset" in keys else "",
            decimals=printed.column.decimals if printed else _decimals(found[place]),
        )
    return made


def _heading(key: str, value: str) -> str:
    """A value as the title of a column; a bare number does not say what it is."""
    return f"{key} {value}" if value.isdecimal() else value or "none"


class _OtherProtocols:
    """Why an empty cell has no measured number: those of its row are under another protocol than its column.

    Args:
        cells_of: All cells that hold anything.
        keys: Keys of the columns.
    """

    def __init__(self, cells_of: Mapping[tuple[Place, Place], Sequence[Observation]], keys: Sequence[str]) -> None:
        self._protocol = keys.index("protocol")
        self._found: dict[tuple[Place, Place], dict[str, None]] = {}
        for (row, column), found in cells_of.items():
            if any(o.measured for o in found):
                self._found.setdefault((row, self._rest(column)), {})[column[self._protocol]] = None

    def __call__(self, row: Place, column: Place) -> str:
        found = self._found.get((row, self._rest(column)))
        return f"measured under {', '.join(found)}, the column is {column[self._protocol]}" if found else ""

    def _rest(self, column: Place) -> Place:
        return column[: self._protocol] + column[self._protocol + 1 :]


def _cell(found: Sequence[Observation]) -> Cell:
    """What is known of a cell: one number, or the reasons why none of those that fit it can be shown."""
    numbers = [o for o in found if o.published or o.measured]
    if not numbers:
        return Cell(reason="\n".join(dict.fromkeys(o.reason for o in found)))
    texts = {o.published.text if o.published else None for o in numbers}
    differing = [key for key in KEYS if len({o.keys[key] for o in numbers}) > 1]
    if differing and (len(texts) > 1 or None in texts):
        return Cell(
            reason=f"several numbers, which differ in {', '.join(differing)}: add that to '--rows' or '--columns', or "
            "choose one with '--where'"
        )
    return Cell(numbers[0].published, numbers[0].measured)


def _passed_over(row: Row, found: Sequence[Observation]) -> list[str]:
    """Say which records have the same keys as the one that is shown."""
    shown, *others = [o.measured.record.as_posix() for o in found if o.measured] or [""]
    if not others or len({tuple(o.keys.values()) for o in found if o.measured}) > 1:
        return []
    return [f"{row.title}: the number of {shown} is shown; {', '.join(others)} would fit as well."]


def _is_real(one: Observation) -> bool:
    """Whether it is of real photos."""
    return one.keys["weights"] == "real"


def _mark(cells: dict[tuple[str, str], Cell], rows: Sequence[str], column: Column) -> None:
    """Mark the best published number of a column, and the best measured one."""
    places = [(row, column.key) for row in rows]
    printed = {place: p.value for place in places if (p := cells[place].published) is not None}
    measured = {place: m.value for place in places if (m := cells[place].measured) is not None and m.complete}
    for values in (printed, measured):
        mark_extremes(cells, values, column.higher_is_better, ("best",))


def _decimals(found: Sequence[Observation]) -> int:
    """Digits behind the point, so that the smallest standard error of a column has two."""
    errors = [o.measured.stderr for o in found if o.measured and o.measured.stderr]
    if not errors:
        return found[0].column.decimals
    return min(max(1 - math.floor(math.log10(min(errors))), 0), _DECIMALS)


def _title(observations: Sequence[Observation], keys: Sequence[str]) -> str:
    """Say what all numbers have in common, of what columns go by."""
    common = {key: {o.keys[key] for o in observations} for key in keys if key != "metric"}
    facts = [f"{key} {next(iter(values))}" for key, values in common.items() if len(values) == 1]
    return ", ".join(["Published and measured numbers", *facts])


def _key(place: Place) -> str:
    """Return a place as one text that no other place has."""
    return "/".join(value.replace("%", "%25").replace("/", "%2F") for value in place)


def _natural(value: str) -> tuple[float, str]:
    """Sort numbers by their value, and after them words."""
    return (float(value), "") if value.isdecimal() else (math.inf, value)
