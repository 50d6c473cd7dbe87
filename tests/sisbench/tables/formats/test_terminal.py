"""Tables for the terminal: alignment, folding, bold and underline."""

from __future__ import annotations

import re

from sisbench.tables.formats.terminal import terminal
from sisbench.tables.model import Cell, Column, Row
from tests.sisbench.tables.example import example, hostile, large, published

WHOLE = """\
An example

                                -------- City --------
Method  VGG                        mIoU ↑        FID ↓        LPIPS
-------------------------------------------------------------------
A       yes  published             40.0¹       50.0     0.50 ± 0.10
B       no   published             60.0        30.5
             measured              59.3ᵖᵗ      30.4ᵖᵗ
             difference            -0.7        -0.1
             95 % interval      58.3–60.2
             n                      500         400
-------------------------------------------------------------------
C            measured, n = 500                  0.0ˡʷⁱ
             95 % interval                 -1.0 to 0.9
D

¹ second-hand
"""


def test_a_whole_table() -> None:
    assert terminal(example()).startswith(WHOLE)


def test_numbers_of_a_column_end_in_one_place() -> None:
    lines = terminal(example()).splitlines()
    numbers = zip(lines[5:9], ("40.0", "60.0", "59.3", "-0.7"), strict=True)
    ends = {line.index(number) + len(number) for line, number in numbers}
    assert len(ends) == 1


def test_no_line_is_longer_than_the_screen() -> None:
    for width in (60, 80, 100):
        assert max(map(len, terminal(large(20, 12), width=width).splitlines())) <= width


def test_folded_blocks_have_all_columns_once_and_keep_groups_together() -> None:
    text = terminal(large(3, 12), width=80)
    titles = re.findall(r"metric \d+ ↑", text)
    assert titles == [f"metric {i} ↑" for i in range(12)]
    heads = [line for line in text.splitlines() if "metric" in line and "↑" in line]
    assert len(heads) > 1
    assert all(len(re.findall(r"metric", head)) % 3 == 0 for head in heads)


def test_a_row_is_left_out_of_a_block_that_has_nothing_of_it() -> None:
    columns = tuple(Column(f"c{i}", "x" * 40, f"g{i}", "d", "m", "", None) for i in range(2))
    rows = (Row("a", "A"), Row("b", "B"), Row("empty", "E"))
    cells = {("a", "c0"): Cell(published("1")), ("b", "c1"): Cell(published("2"))}
    blocks = terminal(example(columns=columns, rows=rows, cells=cells, fact_columns=()), width=60).split("\n\n")
    assert [line.split()[0] for line in blocks[1].splitlines()[3:]] == ["A", "E"]
    assert [line.split()[0] for line in blocks[2].splitlines()[3:]] == ["B", "E"]


def test_a_long_heading_of_a_group_is_whole() -> None:
    columns = (
        Column("a", "A", "a very long heading of a group", "d", "m", "", None),
        Column("b", "B", "next", "d", "m", "", None),
    )
    head, titles = terminal(example(columns=columns, cells={})).splitlines()[2:4]
    assert "a very long heading of a group  next" in head
    assert head.index("next") < titles.index("B") < head.index("next") + 4


def test_styles_are_escapes_only_when_asked_for_and_do_not_move_columns() -> None:
    plain, styled = terminal(example()), terminal(example(), styled=True)
    assert "\x1b" not in plain
    assert "\x1b[1m60.0\x1b[0m" in styled
    assert "\x1b[4m40.0\x1b[0m¹" in styled
    assert re.sub(r"\x1b\[\dm", "", styled) == plain


def test_hostile_text_moves_no_cursor() -> None:
    assert "\x1b" not in terminal(hostile())


def test_wide_characters_take_two_columns() -> None:
    rows = (Row("a", "中文"), Row("b", "abcd"))
    cells = {("a", "fid"): Cell(published("1.0")), ("b", "fid"): Cell(published("2.0"))}
    lines = terminal(example(rows=rows, cells=cells, fact_columns=())).splitlines()
    chinese, latin = (next(line for line in lines if line.startswith(title)) for title in ("中文", "abcd"))
    assert len(latin) == len(chinese) + 2
