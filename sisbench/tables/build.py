"""From published numbers and records to the tables of the papers.

A published number stands where the paper prints it. A measured one stands beside it only if its record is of the row's
method and recipe, on the column's data set, under the column's protocol, of the whole split; `tables.preferences` says
which study stands beside a published preference. Everything else leaves the cell empty and says why; several reasons of
one cell stand on lines of their own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from sisbench.errors import counted
from sisbench.evaluation import NotAvailable, Value
from sisbench.tables.defined import DefinedColumn, DefinedRow, Definition, Mark
from sisbench.tables.measured import Candidate, preferred
from sisbench.tables.model import Cell, Column, Measured, Row, Table
from sisbench.tables.preferences import Preferences, Study
from sisbench.tables.published import PublishedData

NOT_PRINTED = "not in the paper"
NO_RECORD = "no record"


def build(
    definition: Definition,
    published: PublishedData,
    candidates: Sequence[Candidate],
    incomplete: bool = False,
    studies: Sequence[Study] = (),
) -> Table:
    """Fill the table of a paper.

    Args:
        definition: Its rows and columns.
        published: All published numbers.
        candidates: Records that may stand in it.
        incomplete: Whether records of a part of a split may stand in it, marked as such.
        studies: Scores of preference studies that may stand in it.
    """
    cells: dict[tuple[str, str], Cell] = {}
    others: dict[str, list[str]] = {}
    by_task: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in candidates:
        spec = candidate.record.spec
        by_task.setdefault((spec["method"], spec["dataset"]), []).append(candidate)
    asked = {c.column.key: Preferences(c.column, definition.rows, studies) for c in definition.columns if c.study}
    for row in definition.rows:
        for column in definition.columns:
            found = published.find(definition.name, row.row.key, column.column.dataset, column.published)
            if column.study:
                measured, reason, equals = asked[column.column.key].measured(row)
            else:
                near = by_task.get((row.row.method, column.column.dataset), [])
                measured, reason, equals = _measured(row, column, near, incomplete)
            reasons = [*([] if found else [NOT_PRINTED]), *([reason] if reason else [])]
            cell = Cell(found.for_cell() if found else None, measured, "\n".join(reasons))
            cells[row.row.key, column.column.key] = cell
            if equals:
                others.setdefault(_passed_over(equals), []).append(f"{row.row.title}, {_name(column.column)}")
    _mark(cells, definition.columns, [row.row for row in definition.rows if row.ranked], definition.marks)
    return Table(
        name=definition.name,
        title=definition.title,
        source=definition.source,
        row_heading=definition.row_heading,
        fact_columns=tuple(fact.title for fact in definition.facts),
        columns=tuple(
            dataclasses.replace(c.column, protocol=asked[c.column.key].protocol) if c.study else c.column
            for c in definition.columns
        ),
        rows=tuple(_with_facts(row.row, definition, published) for row in definition.rows),
        cells=cells,
        footnotes=(*definition.footnotes, *(f"{'; '.join(where)}: {what}." for what, where in others.items())),
    )


def measured_in(candidate: Candidate, output: str, scale: float, real: bool = False) -> Measured | None:
    """Return an output of a record as a table shows it; None where the record has no number of it.

    Args:
        candidate: The record.
        output: Name of the output.
        scale: What its number is multiplied by.
        real: Whether to return the score of the real photos instead.
    """
    record = candidate.record
    score = (record.evaluation.real if real else record.evaluation.results).get(output)
    if not isinstance(score, Value):
        return None
    return Measured(
        value=score.value * scale,
        stderr=None if score.stderr is None else score.stderr * scale,
        n=score.n,
        protocol=record.spec["protocol"],
        record=candidate.shown_path,
        origin=candidate.origin,
        weights="real" if real else candidate.weights,
        recipe="" if real else record.spec["recipe"],
        seed=None if real else record.spec["seed"],
        complete=candidate.complete,
        digest=record.digest,
        warnings=record.evaluation.warnings if output in record.evaluation.real else (),
    )


def absence(candidate: Candidate, output: str) -> str:
    """Say why a record has no number of an output."""
    score = candidate.record.evaluation.results.get(output)
    reason = score.reason.removesuffix(".") if isinstance(score, NotAvailable) else f"the record has no {output!r}"
    return reason if score is None else f"n/a in the record: {reason}"


def part_of_split(candidate: Candidate) -> str:
    """Say that a record is of a part of the split."""
    layouts = counted(candidate.record.evaluation.n, "layout")
    return f"{layouts} were evaluated, not the whole split ('--incomplete' shows it)"


def _measured(
    row: DefinedRow, column: DefinedColumn, near: Sequence[Candidate], incomplete: bool
) -> tuple[Measured | None, str, Sequence[Path]]:
    """Return what stands in a cell, else why nothing does, and all files that fit if they are several.

    Args:
        row: The row.
        column: The column.
        near: Records of the row's method on the column's data set.
        incomplete: Whether a part of the split will do.
    """
    if row.match is None or column.unmeasured:
        return None, row.unmeasured or column.unmeasured, ()
    reasons: dict[str, None] = {}
    fitting = []
    for candidate in near:
        if why := _misfit(candidate, row, column.column, incomplete):
            reasons[why] = None
        else:
            fitting.append(candidate)
    if not fitting:
        return None, "\n".join(reasons) or NO_RECORD, ()
    ranked = preferred(fitting)
    measured = measured_in(ranked[0], column.column.metric, column.column.scale)
    return measured, "", [candidate.shown_path for candidate in ranked] if len(ranked) > 1 else ()


def _misfit(candidate: Candidate, row: DefinedRow, column: Column, incomplete: bool) -> str:
    """Say why a record does not stand in a cell; empty where it does."""
    spec = candidate.record.spec
    assert row.match is not None
    if why := row.match.mismatch(spec):
        return f"a record does not stand here: {why}"
    if spec["protocol"] != column.protocol:
        return f"measured under {spec['protocol']}, the column is {column.protocol}"
    if not (candidate.complete or incomplete):
        return part_of_split(candidate)
    if not isinstance(candidate.record.evaluation.results.get(column.metric), Value):
        return absence(candidate, column.metric)
    return ""


def _passed_over(ranked: Sequence[Path]) -> str:
    shown, *others = [path.as_posix() for path in ranked]
    return f"the measured number is of {shown}; {', '.join(others)} would fit as well"


def _name(column: Column) -> str:
    return f"{column.group} {column.title}".strip()


def _with_facts(row: Row, definition: Definition, published: PublishedData) -> Row:
    facts = {f.title: f.text(published.fact(definition.name, row.key, f.metric)) for f in definition.facts}
    return dataclasses.replace(row, facts=facts)


def _mark(
    cells: dict[tuple[str, str], Cell], columns: Sequence[DefinedColumn], rows: Sequence[Row], marks: Sequence[Mark]
) -> None:
    """Mark the best and the worst published number of each column, as far as the paper does; equal ones alike."""
    for column in (each.column for each in columns):
        places = [(row.key, column.key) for row in rows]
        values = {place: published.value for place in places if (published := cells[place].published) is not None}
        mark_extremes(cells, values, column.higher_is_better, marks)


def mark_extremes(
    cells: dict[tuple[str, str], Cell],
    values: Mapping[tuple[str, str], float],
    higher_is_better: bool | None,
    marks: Sequence[Mark],
) -> None:
    """Mark the cells with the best and the worst value; none where all are equal or neither direction is better.

    Args:
        cells: Those of the table; marked ones are replaced.
        values: The values that are compared, by cell.
        higher_is_better: Direction.
        marks: Which marks to make.
    """
    if higher_is_better is None or len(set(values.values())) < 2:
        return
    highest, lowest = max(values.values()), min(values.values())
    best, worst = (highest, lowest) if higher_is_better else (lowest, highest)
    for place, value in values.items():
        if "best" in marks and value == best:
            cells[place] = dataclasses.replace(cells[place], mark="best")
        if "worst" in marks and value == worst:
            cells[place] = dataclasses.replace(cells[place], mark="worst")
