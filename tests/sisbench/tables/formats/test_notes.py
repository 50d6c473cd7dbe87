"""What stands below a table."""

from __future__ import annotations

import dataclasses

from sisbench.tables.formats._grid import grid
from sisbench.tables.formats._notes import doubts, reasons
from sisbench.tables.model import Cell, Row
from tests.sisbench.tables.example import FID, LPIPS, MIOU, example, measured, published


def texts() -> list[str]:
    return [note.text for note in grid(example()).notes]


def test_notes_of_numbers_come_first_and_equal_ones_once() -> None:
    cells = {
        ("a", "miou"): Cell(published("1", "one")),
        ("a", "fid"): Cell(published("2", "two")),
        ("b", "fid"): Cell(published("3", "one")),
    }
    text = grid(example(cells=cells))
    assert [(note.marker, note.text) for note in text.notes[:2]] == [("1", "one"), ("2", "two")]
    assert text.entries[0].lines[0].cells[1].suffix == "2"
    assert text.entries[1].lines[0].cells[1].suffix == "1"


def test_source_footnotes_units_and_protocols() -> None:
    assert "Published: Paper, Table 1." in texts()
    assert "A footnote." in texts()
    assert "Units: % (City mIoU)." in texts()
    assert "Protocols of measured numbers: spade-2019 (City mIoU, FID)." in texts()
    one = grid(example(columns=(MIOU, FID)))
    assert "Protocol of measured numbers: spade-2019." in [note.text for note in one.notes]


def test_a_unit_that_the_heading_names_is_not_repeated() -> None:
    column = dataclasses.replace(MIOU, group="Score (%)")
    assert not [n for n in grid(example(columns=(column,))).notes if n.text.startswith("Units")]


def test_equal_reasons_are_merged_with_their_rows_and_cells() -> None:
    assert reasons(example()) == ["A (City mIoU, FID); D: no record.", "D: not in the paper."]


def test_doubts_of_measured_numbers_stand_before_what_is_missing() -> None:
    text = "wrong-looking segmenter (...)"
    cells = {(key, "miou"): Cell(None, measured(1.0, warnings=(text,))) for key in "ab"}
    table = example(cells={**cells, ("c", "fid"): Cell(reason="gone")})
    assert doubts(table) == [f"Warning: A, B: {text}"]
    assert [note.text for note in grid(table).notes][-2:] == [f"Warning: A, B: {text}", "C (City FID): gone."]
    assert doubts(example()) == []


def test_a_reason_of_all_cells_names_none() -> None:
    cells = {(row.key, c.key): Cell(reason="no record.") for row in example().rows for c in (MIOU, FID, LPIPS)}
    assert reasons(example(cells=cells)) == ["All cells: no record."]


def test_rows_of_one_title_are_told_apart_by_their_facts() -> None:
    rows = (Row("x", "S", {"VGG": "yes"}), Row("y", "S", {"VGG": "no"}), Row("z", "T", {"VGG": "no"}))
    cells = {(key, "fid"): Cell(reason="gone") for key in "xyz"}
    assert reasons(example(rows=rows, cells=cells)) == ["S [yes], S [no], T (City FID): gone."]


def test_many_places_are_counted() -> None:
    rows = tuple(Row(f"r{i}", f"R{i}") for i in range(9))
    cells = {(row.key, "fid"): Cell(reason="gone") for row in rows}
    (text,) = reasons(example(rows=rows, cells=cells))
    assert text == "R0, R1, R2, R3, R4, R5, ... and 3 more (City FID): gone."
