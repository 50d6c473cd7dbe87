"""Tables in CSV."""

from __future__ import annotations

import csv as csv_module
import io

import pytest

from sisbench.tables.formats._notes import Quantity
from sisbench.tables.formats.csv import csv
from tests.sisbench.tables.example import HOSTILE, example, hostile


def test_a_cell_is_a_line_with_all_that_is_known() -> None:
    lines = list(csv_module.DictReader(io.StringIO(csv([example()]))))
    assert len(lines) == 12
    line = lines[3]
    assert (line["row"], line["column"]) == ("b", "miou")
    assert float(line["difference"]) == pytest.approx(-0.74)
    assert (float(line["low"]), float(line["high"])) == (pytest.approx(58.28), pytest.approx(60.24))
    expected = {
        **{"table": "example-1", "row_title": "B", "fact:VGG": "no", "citation": "someone2020", "better": "higher"},
        **{"dataset": "cityscapes", "metric": "miou", "protocol": "spade-2019", "unit": "%", "group": "City"},
        **{"published": "60.0", "published_text": "60.0", "source": "Paper", "source_table": "Table 1"},
        **{"measured": "59.26", "stderr": "0.5", "n": "500", "origin": "promoted", "weights": "trained"},
        **{"complete": "yes", "recipe": "paper", "seed": "3", "record": "records/city/a.json", "digest": "d" * 64},
        **{"mark": "best", "reason": "", "published_note": "", "published_protocol": "in words"},
    }
    assert {name: line[name] for name in expected} == expected


def test_absent_numbers_are_empty_and_have_their_reasons() -> None:
    line = list(csv_module.DictReader(io.StringIO(csv([example()]))))[-1]
    assert (line["row"], line["published"], line["measured"], line["n"]) == ("d", "", "", "")
    assert line["reason"] == "no record; not in the paper"


def test_several_tables_stand_under_one_head() -> None:
    lines = list(csv_module.reader(io.StringIO(csv([example(), example(name="two", fact_columns=("GAN",))]))))
    assert {len(line) for line in lines} == {len(lines[0])}
    assert [line[0] for line in lines].count("two") == 12
    assert lines[0][3:5] == ["fact:VGG", "fact:GAN"]


@pytest.mark.parametrize(
    ("show", "present", "absent"),
    [
        ("published", "published_text", "measured"),
        ("measured", "stderr", "published"),
        ("interval", "low", "difference"),
        ("n", "n", "low"),
        ("difference", "difference", "n"),
    ],
)
def test_only_what_is_asked_for_is_written(show: Quantity, present: str, absent: str) -> None:
    head = csv([example()], [show]).splitlines()[0].split(",")
    assert present in head
    assert absent not in head
    assert "reason" in head


def test_hostile_text_comes_back_as_it_was() -> None:
    lines = list(csv_module.DictReader(io.StringIO(csv([hostile()]), newline="")))
    assert lines[0]["row_title"] == HOSTILE
    assert lines[0][f"fact:{HOSTILE}"] == HOSTILE
    assert len(lines) == 2
