"""Cells as text: which lines a row has, how numbers are written, what stands raised."""

from __future__ import annotations

import pytest

from sisbench.tables.formats._grid import Text, grid, number
from sisbench.tables.formats._notes import QUANTITIES, plain
from tests.sisbench.tables.example import HOSTILE, example, hostile, measured


def test_every_quantity_of_a_row_has_its_line() -> None:
    found = {entry.title: entry for entry in grid(example()).entries}
    assert [line.label for line in found["A"].lines] == ["published"]
    assert [line.label for line in found["B"].lines] == ["published", "measured", "difference", "95 % interval", "n"]
    assert [line.label for line in found["C"].lines] == ["measured, n = 500", "95 % interval"]
    assert [line.label for line in found["D"].lines] == [""]
    assert found["D"].lines[0].cells == (Text(), Text(), Text())


def test_numbers_of_a_row() -> None:
    """59.26 - 60.0 = -0.74; 59.26 -+ 1.96 * 0.5 = 58.28 and 60.24; the FID has no standard error."""
    lines = {line.label: line.cells for line in grid(example()).entries[1].lines}
    assert lines["published"] == (Text("60.0", "", "best"), Text("30.5", "", "best"), Text())
    assert lines["measured"] == (Text("59.3", "pt"), Text("30.4", "pt"), Text())
    assert lines["difference"] == (Text("-0.7"), Text("-0.1"), Text())
    assert lines["95 % interval"] == (Text("58.3–60.2"), Text(), Text())
    assert lines["n"] == (Text("500"), Text("400"), Text())


def test_letters_say_where_a_number_is_from() -> None:
    (first, _) = grid(example()).entries[2].lines
    assert first.cells[1] == Text("0.0", "lwi")  # and what rounds to zero has no sign
    notes = [note.text for note in grid(example()).notes]
    assert (
        "Letters: p promoted, l local, t trained by the run, w weights from a file, i of a part of the split only."
    ) in notes


def test_an_interval_with_a_negative_bound_has_no_dash() -> None:
    (_, interval) = grid(example()).entries[2].lines
    assert interval.cells[1].text == "-1.0 to 0.9"


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_only_what_is_asked_for_is_shown(quantity: str) -> None:
    text = grid(example(), [quantity])  # type: ignore[list-item]
    labels = {line.label for entry in text.entries for line in entry.lines} - {""}
    expected = {"published": "published", "interval": "95 % interval"}.get(quantity, quantity)
    assert labels == ({expected} if quantity != "published" else set())
    letters = [note for note in text.notes if note.text.startswith("Letters")]
    assert len(letters) == (quantity in ("measured", "difference", "interval"))


def test_without_the_measured_number_its_letters_stand_at_the_next_line() -> None:
    lines = grid(example(), ["published", "difference"]).entries[1].lines
    assert lines[1].cells[0] == Text("-0.7", "pt")


def test_a_table_without_measured_numbers_is_the_papers_own() -> None:
    table = example()
    cells = {place: cell for place, cell in table.cells.items() if cell.measured is None}
    text = grid(example(cells=cells))
    assert not text.labelled
    assert text.heads == ("Method", "VGG")


def test_heads_groups_and_rules() -> None:
    text = grid(example())
    assert text.heads == ("Method", "VGG", "")
    assert text.groups == (("City", 2), ("", 1))
    assert text.titles == ("mIoU ↑", "FID ↓", "LPIPS")
    assert [entry.rule for entry in text.entries] == [False, False, True, False]
    assert [entry.facts for entry in text.entries] == [("yes",), ("no",), ("",), ("",)]


def test_a_mark_of_a_cell_without_a_published_number_is_of_the_measured_one() -> None:
    from sisbench.tables.model import Cell

    cells = {("c", "fid"): Cell(None, measured(5.0), mark="best")}
    assert grid(example(cells=cells)).entries[2].lines[0].cells[1].mark == "best"


def test_fixed_decimals() -> None:
    assert [number(1.26, 1), number(-0.04, 1), number(0.04, 1, sign=True), number(2.5, 0)] == ["1.3", "0.0", "0.0", "2"]
    assert number(1.26, 1, sign=True) == "+1.3"


def test_text_from_outside_stays_on_its_line_and_moves_no_cursor() -> None:
    assert plain("a\x1b[2Jb\r\nc\td\u202ee\u0007") == "a\ufffd[2Jb c d\ufffde\ufffd"
    text = grid(hostile())
    for each in (text.title, *text.heads, *text.titles, text.entries[0].title, *text.entries[0].facts):
        assert "\x1b" not in each
        assert "\n" not in each
        assert each == "" or "<script>" in each
    assert all("\x1b" not in note.text and "\n" not in note.text for note in text.notes)
    assert "\x1b" in HOSTILE
