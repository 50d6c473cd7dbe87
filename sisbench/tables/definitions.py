"""Definitions of the papers' tables, from `leaderboards/tables`: rows, columns, and what may stand in them.

A measured number stands beside a published one only if its record is of the row's method and recipe, unchanged, under
the column's protocol; a preference only if its study is of the row's pair of methods, on the column's data set. Where
nothing of ours can stand, the definition says why.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from sisbench import protocols
from sisbench.errors import InputError, unknown_name
from sisbench.tables._fields import Fields
from sisbench.tables._place import leaderboards
from sisbench.tables.defined import DefinedColumn as DefinedColumn
from sisbench.tables.defined import DefinedRow as DefinedRow
from sisbench.tables.defined import Definition as Definition
from sisbench.tables.defined import Fact as Fact
from sisbench.tables.defined import Match as Match
from sisbench.tables.defined import Pair as Pair
from sisbench.tables.model import Column, Row


def names() -> list[str]:
    """Names of all defined tables, sorted."""
    return sorted(path.stem for path in _folder().glob("*.json"))


def get(name: str) -> Definition:
    """Return a definition.

    Raises:
        InputError: No table has this name (the message gives the closest one), or its file is damaged.
    """
    if name not in names():
        raise unknown_name("a table", name, names(), "sisbench table --list")
    return read(_folder() / f"{name}.json")


def read(path: Path) -> Definition:
    """Read a definition from its file.

    Raises:
        InputError: The file is missing or damaged, a field is missing, unknown or of another kind, a protocol is
            unknown or does not cover the data set, or a key stands there twice.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path} cannot be read as the definition of a table ({error}); expected JSON. Restore the file."
        ) from error
    top = Fields(value, str(path))
    definition = Definition(
        name=top.text("name"),
        title=top.text("title"),
        source=top.text("source"),
        row_heading=top.text("row_heading"),
        facts=tuple(_fact(each) for each in top.each("facts", "metric")),
        columns=tuple(_column(each) for each in top.each("columns", "key")),
        rows=tuple(_row(each) for each in top.each("rows", "key")),
        marks=top.chosen("marks", ("best", "worst")),
        footnotes=top.texts("footnotes", []),
    )
    top.close()
    if definition.name != path.stem:
        raise InputError(f"{path} defines {definition.name!r}; expected {path.stem!r}. Rename the file or the table.")
    _refuse_twice(path, "fact", (fact.metric for fact in definition.facts))
    _refuse_twice(path, "column", (each.column.key for each in definition.columns))
    _refuse_twice(path, "row", (each.row.key for each in definition.rows))
    _refuse_scattered(path, [each.row.group for each in definition.rows])
    _refuse_mixed(path, definition)
    return definition


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object; a plain `dict` would keep the last of several fields of one name."""
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise ValueError(f"the field {twice[0]!r} stands twice in one object")
    return dict(pairs)


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"it holds {constant}")


def _folder() -> Path:
    return leaderboards() / "tables"


def _fact(fields: Fields) -> Fact:
    fact = Fact(fields.text("title"), fields.text("metric"), fields.text("suffix", ""), fields.mapping("texts"))
    fields.close()
    return fact


def _column(fields: Fields) -> DefinedColumn:
    column = Column(
        key=fields.text("key"),
        title=fields.text("title"),
        group=fields.text("group", ""),
        dataset=fields.text("dataset"),
        metric=fields.text("metric"),
        protocol=fields.text("protocol", ""),
        higher_is_better=fields.flag("higher_is_better"),
        unit=fields.text("unit", ""),
        scale=fields.number("scale", 1.0),
        decimals=fields.count("decimals", 1),
    )
    published, unmeasured, study = fields.text("published"), fields.text("unmeasured", ""), fields.flag("study", False)
    fields.close()
    fields.require_one(protocol=bool(column.protocol), unmeasured=bool(unmeasured), study=study)
    if column.protocol:
        with fields.naming():
            protocols.get(column.protocol).scoring(column.dataset)
    return DefinedColumn(column, published, unmeasured, study)


def _row(fields: Fields) -> DefinedRow:
    match, pair = fields.inner("match"), fields.inner("pair")
    matched, paired = _match(match) if match else None, _pair(pair) if pair else None
    row = Row(
        key=fields.text("key"),
        title=fields.text("title"),
        citation=fields.text("citation", ""),
        method=matched.method if matched else "",
        group=fields.text("group", ""),
    )
    unmeasured, ranked = fields.text("unmeasured", ""), fields.flag("ranked", True)
    fields.close()
    fields.require_one(match=matched is not None, pair=paired is not None, unmeasured=bool(unmeasured))
    return DefinedRow(row, matched, paired, unmeasured, ranked)


def _match(fields: Fields) -> Match:
    recipes = {dataset: tuple(names) for dataset, names in fields.mapping("recipes", list).items()}
    match = Match(fields.text("method"), recipes, fields.mapping("overrides", object))
    fields.close()
    return match


def _pair(fields: Fields) -> Pair:
    pair = Pair(fields.texts("preferred"), fields.texts("against"))
    fields.close()
    return pair


def _refuse_twice(path: Path, kind: str, keys: Iterable[str]) -> None:
    twice = [key for key, count in Counter(keys).items() if count > 1]
    if twice:
        raise InputError(f"{path} has two of {kind} {twice[0]!r}; expected one. Give each a key of its own.")


def _refuse_scattered(path: Path, groups: list[str]) -> None:
    runs = [group for group, before in zip(groups, [None, *groups], strict=False) if group != before]
    if len(runs) != len(set(runs)):
        raise InputError(f"{path} scatters rows of one group; expected neighbours. Move them together.")


def _refuse_mixed(path: Path, definition: Definition) -> None:
    """Pairs of methods are compared by studies, methods are measured by records."""
    for row in definition.rows:
        for column in definition.columns:
            if (row.pair is not None and column.column.protocol) or (row.match is not None and column.study):
                raise InputError(
                    f"{path}: row {row.row.key!r} and column {column.column.key!r} do not fit; expected rows with "
                    "'pair' in columns with 'study', and rows with 'match' in those with 'protocol'. Correct one."
                )
