"""Tables of any numbers: rows, columns, and what is never mixed."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path
from typing import Any

import pytest

from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.tables import definitions, published
from sisbench.tables.free import dataset_tables, free_table
from sisbench.tables.measured import Candidate
from sisbench.tables.observations import Observation, observe, select
from tests.records import make_record

DEFINED = [definitions.get(name) for name in definitions.names()]
DATA = published.load()


def observed(*records: dict[str, Any], **options: Any) -> list[Observation]:
    candidates = [Candidate(make_record(**r), Path(f"{i}/record.json"), "local") for i, r in enumerate(records)]
    return observe(DATA, DEFINED, candidates, **options)


def of_records(*records: dict[str, Any]) -> list[Observation]:
    return [o for o in observed(*records) if not o.published]


def test_one_table_for_each_protocol() -> None:
    tables = dataset_tables(of_records({}, {"protocol": "other-v1"}))
    assert [table.title for table in tables] == ["tinytown, protocol other-v1", "tinytown, protocol tinytown-v1"]
    for table in tables:
        assert len({column.protocol for column in table.columns}) == 1


def test_tables_with_measured_numbers_come_first() -> None:
    found = select(observed({"dataset": "cityscapes", "protocol": "spade-2019"}), {"dataset": ["cityscapes"]})
    titles = [table.title for table in dataset_tables(found)]
    assert titles[0] == "cityscapes, protocol spade-2019"
    assert "cityscapes, as in USIS preprint (Computers and Graphics 2023)" in titles


def test_rows_show_the_facts_that_tell_them_apart() -> None:
    (table,) = dataset_tables(of_records({"seed": 10}, {"seed": 2}, {"seed": 2, "overrides": {"steps": 4}}))
    assert table.fact_columns == ("variant", "seed")
    assert [(row.facts["variant"], row.facts["seed"]) for row in table.rows] == [
        ("", "2"),
        ("", "10"),
        ("steps=4", "2"),
    ]
    assert {row.title for row in table.rows} == {"lggan"}


def test_metrics_are_in_the_order_of_the_protocol() -> None:
    (table,) = dataset_tables(of_records({}))
    assert [column.title for column in table.columns] == ["fd_effnet", "fid", "miou", "accuracy", "ssim", "psnr"]


def test_columns_of_several_protocols_are_split_and_the_reason_names_both() -> None:
    found = of_records({"results": {"psnr": 15.0}}, {"results": {"psnr": 16.0}, "protocol": "other-v1", "seed": 1})
    table = free_table(found, rows=["seed"], columns=["metric"])
    assert [(column.title, column.group) for column in table.columns] == [("psnr", "other-v1"), ("psnr", "tinytown-v1")]
    reasons = [table.cell(row, column).reason for row in table.rows for column in table.columns]
    assert reasons == [
        "measured under tinytown-v1, the column is other-v1",
        "",
        "",
        "measured under other-v1, the column is tinytown-v1",
    ]


def test_different_numbers_of_one_cell_are_not_chosen_from() -> None:
    found = of_records({"seed": 1}, {"seed": 2, "recipe": "paper"})
    (row,) = (table := free_table(found, rows=["method"])).rows
    cell = table.cell(row, table.columns[-1])
    assert table.footnotes == ()
    assert cell.measured is None
    assert cell.reason.startswith("several numbers, which differ in recipe, seed: add that to '--rows'")


def test_the_same_run_twice_shows_the_newest_and_names_the_other() -> None:
    old, new = ({"provenance": {"time_utc": f"202{i}-01-01T00:00:00+00:00"}, "results": {"psnr": i}} for i in (1, 2))
    table = free_table(of_records(old, new))
    (row,), (column,) = table.rows, table.columns
    measured = table.cell(row, column).measured
    assert measured is not None
    assert measured.value == 2
    assert table.footnotes == ("lggan: the number of 1/record.json is shown; 0/record.json would fit as well.",)


def test_a_number_as_a_heading_says_what_it_is() -> None:
    found = of_records(*({"seed": seed, "results": {"miou": 0.1}} for seed in (10, 2)))
    table = free_table(found, rows=["method"], columns=["metric", "seed"])
    assert [(column.group, column.title) for column in table.columns] == [("miou", "seed 2"), ("miou", "seed 10")]


def test_equal_published_numbers_of_two_tables_are_one() -> None:
    wanted = {"method": ["SPADE"], "metric": ["miou"], "protocol": ["oasis-2021"], "dataset": ["cityscapes"]}
    found = select(observed(), wanted)
    assert {o.keys["source"] for o in found} == {"oasis-1", "slides-oasis-1"}
    table = free_table(found, rows=["method"])
    number = table.cell(table.rows[0], table.columns[0]).published
    assert number is not None
    assert number.text == "62.3"


def test_published_and_measured_numbers_stand_in_rows_of_their_own() -> None:
    record = {"dataset": "cityscapes", "protocol": "spade-2019", "results": {"miou": Value(0.7, 0.01, 4)}}
    found = select(observed(record), {"dataset": ["cityscapes"], "protocol": ["spade-2019"], "metric": ["miou"]})
    table = free_table(found, rows=["method"])
    assert [row.title for row in table.rows][-2:] == ["S5", "lggan"]
    (column,) = table.columns
    assert (column.unit, column.decimals, column.protocol) == ("%", 1, "spade-2019")
    both = [row for row in table.rows if (c := table.cell(row, column)).published and c.measured]
    assert both == []


def test_best_published_and_best_measured_are_marked_apart() -> None:
    records = [
        {"dataset": "cityscapes", "protocol": "spade-2019", "seed": seed, "results": {"miou": Value(miou, 0.01, 4)}}
        for seed, miou in ((1, 0.1), (2, 0.2))
    ]
    found = select(observed(*records), {"dataset": ["cityscapes"], "protocol": ["spade-2019"], "metric": ["miou"]})
    table = free_table(found)
    best = [(row.title, row.facts["seed"]) for row in table.rows if table.cell(row, table.columns[0]).mark]
    assert best == [("LGGAN", ""), ("S5", ""), ("lggan", "2")]  # 68.4 is printed in two tables


def test_a_number_of_a_part_of_the_split_is_never_the_best() -> None:
    records = [{"seed": i, "results": {"psnr": 10.0 + i}, "complete": i < 3} for i in (1, 2, 3)]
    table = free_table([o for o in observed(*records, incomplete=True) if not o.published])
    assert [table.cell(row, table.columns[0]).mark for row in table.rows] == [None, "best", None]


def test_numbers_in_different_units_are_of_different_columns() -> None:
    (one,) = of_records({"results": {"psnr": 15.0}})
    other = dataclasses.replace(one, column=dataclasses.replace(one.column, unit="bel"))
    table = free_table([one, other])
    assert [column.unit for column in table.columns] == ["bel", "dB"]
    assert len({column.key for column in table.columns}) == 2


def test_the_last_key_of_the_columns_is_their_title() -> None:
    found = select(observed(), {"metric": ["miou"], "source": ["oasis-1"]})
    table = free_table(found, rows=["method"], columns=["metric", "dataset"])
    assert {column.title for column in table.columns} == {"ade20k", "ade_outdoors", "cityscapes", "coco_stuff"}
    assert all(column.group.endswith("miou") for column in table.columns)


def test_data_sets_as_rows() -> None:
    found = select(observed(), {"method": ["OASIS"], "source": ["oasis-1"], "metric": ["miou"]})
    table = free_table(found, rows=["dataset"])
    assert [row.title for row in table.rows] == ["ade20k", "ade_outdoors", "cityscapes", "coco_stuff"]
    assert {column.dataset for column in table.columns} == {""}


def test_digits_follow_the_smallest_error() -> None:
    """Of the standard errors 0.2 and 0.031 the smaller one has two digits with three decimals."""
    records = ({"results": {"psnr": Value(15.0, e, 4)}, "seed": seed} for seed, e in ((1, 0.2), (2, 0.031)))
    table = free_table(of_records(*records))
    assert table.columns[0].decimals == 3


@pytest.mark.parametrize("key", ["metric", "protocol"])
def test_rows_that_would_mix_a_column(key: str) -> None:
    with pytest.raises(InputError, match=f"rows were asked for by '{key}'.*Ask for '--columns {key}'"):
        free_table(of_records({}), rows=[key])


def test_unknown_keys() -> None:
    for wanted in ({"rows": ["methd"]}, {"columns": ["methd"]}):
        with pytest.raises(InputError, match=r"'methd' is not a key .*closest: 'method'"):
            free_table(of_records({}), **wanted)  # type: ignore[arg-type]


def test_places_of_hostile_names_are_apart() -> None:
    found = of_records({"method": "a/b", "recipe": "c"}, {"method": "a", "recipe": "b/c"})
    table = free_table(found, rows=["method", "recipe"])
    assert len({row.key for row in table.rows}) == 2


def test_the_order_of_the_records_does_not_matter() -> None:
    found = of_records(*({"seed": seed, "method": method} for seed in (3, 1, 2) for method in ("b", "a")))
    expected = free_table(found)
    for seed in range(5):
        shuffled = random.Random(seed).sample(found, len(found))
        table = free_table(shuffled)
        assert table.rows == expected.rows
        assert table.cells == expected.cells


def test_random_tables_never_mix_protocols() -> None:
    draw = random.Random(0)
    records = [
        {
            "method": draw.choice("ab"),
            "seed": draw.randrange(3),
            "protocol": draw.choice(("p1", "p2")),
            "dataset": draw.choice(("tinytown", "cityscapes")),
        }
        for _ in range(40)
    ]
    for rows in (["method"], ["seed"], ["dataset"], ["method", "seed"], []):
        table = free_table(of_records(*records), rows=rows)
        for column in table.columns:
            cells = [table.cell(row, column) for row in table.rows]
            assert {cell.measured.protocol for cell in cells if cell.measured} <= {column.protocol}
