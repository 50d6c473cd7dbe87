"""Paper tables: what may stand beside a published number, and why nothing else does."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any, Literal

import pytest

from sisbench.evaluation import Value
from sisbench.tables import definitions, published
from sisbench.tables._place import leaderboards
from sisbench.tables.build import build, mark_extremes, measured_in
from sisbench.tables.measured import Candidate
from sisbench.tables.model import Cell, Table
from tests.records import make_record

DATA = published.load()
SPADE_2019: dict[str, Any] = {
    "method": "lggan",
    "dataset": "cityscapes",
    "protocol": "spade-2019",
    "recipe": "cityscapes",
    "results": {"miou": Value(0.67, 0.01, 500), "accuracy": 0.83, "fid_torch": "no weights."},
}


def candidate(origin: Literal["promoted", "local"] = "local", path: str = "a/record.json", **changes: Any) -> Candidate:
    return Candidate(make_record(**{**SPADE_2019, **changes}), Path(path), origin)


def left(*candidates: Candidate, **options: Any) -> Table:
    return build(definitions.get("lggan-3-left"), DATA, candidates, **options)


def cell(table: Table, row: str = "lggan", column: str = "cityscapes_miou") -> Cell:
    return table.cells[row, column]


def test_a_fitting_record_stands_beside_the_published_number() -> None:
    """0.67 is 67.0 %; the paper prints 68.4; 1.96 standard errors of 1 % are 1.96 %."""
    found = cell(left(candidate(seed=7)))
    assert found.published is not None
    assert found.published.text == "68.4"
    assert found.measured is not None
    assert found.measured.value == pytest.approx(67.0)
    assert found.difference == pytest.approx(-1.4)
    assert found.measured.interval == (pytest.approx(65.04), pytest.approx(68.96))
    assert (found.measured.seed, found.measured.recipe, found.measured.protocol) == (7, "cityscapes", "spade-2019")
    assert (found.measured.origin, found.measured.weights, found.measured.complete) == ("local", "trained", True)
    assert found.measured.digest is not None
    assert found.reason == ""


def test_a_doubt_goes_with_the_numbers_that_rest_on_the_segmenter() -> None:
    one = candidate(results={"miou": 0.1, "psnr": 20.0}, real={"miou": 0.02})
    doubtful = dataclasses.replace(one.record.evaluation, warnings=("wrong-looking segmenter",))
    one = dataclasses.replace(one, record=dataclasses.replace(one.record, evaluation=doubtful))
    for output, real, warnings in (("miou", False, 1), ("miou", True, 1), ("psnr", False, 0)):
        found = measured_in(one, output, 1.0, real)
        assert found is not None
        assert len(found.warnings) == warnings


@pytest.mark.parametrize("origin", ["file", "none"])
def test_weights_of_a_file_and_none(origin: str) -> None:
    found = cell(left(candidate(provenance={"weights": {"origin": origin}}))).measured
    assert found is not None
    assert found.weights == origin


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"protocol": "oasis-2021"}, "measured under oasis-2021, the column is spade-2019"),
        ({"recipe": "quick"}, "a record does not stand here: its recipe is 'quick', the row is of 'cityscapes'"),
        ({"overrides": {"steps": 4}}, "its recipe has steps=4, the row no changes"),
        ({"complete": False}, "4 layouts were evaluated, not the whole split ('--incomplete' shows it)"),
        ({"results": {"miou": "no segmenter."}}, "n/a in the record: no segmenter"),
        ({"results": {"psnr": 1.0}}, "the record has no 'miou'"),
        ({"dataset": "tinytown"}, "no record"),
        ({"method": "oasis"}, "no record"),
    ],
)
def test_any_other_record_leaves_the_cell_empty_and_says_why(changes: dict[str, Any], reason: str) -> None:
    found = cell(left(candidate(**changes)))
    assert found.measured is None
    assert reason in found.reason
    assert found.published is not None


def test_a_part_of_a_split_stands_there_when_asked_for() -> None:
    found = cell(left(candidate(complete=False), incomplete=True)).measured
    assert found is not None
    assert not found.complete


def test_one_misfit_hides_no_fitting_record() -> None:
    found = cell(left(candidate(protocol="oasis-2021"), candidate(seed=2)))
    assert found.measured is not None
    assert found.measured.seed == 2
    assert found.reason == ""


def test_of_several_records_the_promoted_one_is_shown_and_the_others_are_named() -> None:
    promoted = candidate("promoted", str(leaderboards() / "records/cityscapes/two.json"), seed=1)
    table = left(candidate(path="one.json", provenance={"time_utc": "2099-01-01T00:00:00+00:00"}), promoted)
    found = cell(table).measured
    assert found is not None
    assert (found.seed, found.origin, found.record) == (1, "promoted", Path("records/cityscapes/two.json"))
    assert (
        "LGGAN, Cityscapes mIoU; LGGAN, Cityscapes Acc: the measured number is of records/cityscapes/two.json; "
        "one.json would fit as well."
    ) in table.footnotes


def test_an_unmeasurable_row_or_column_says_what_is_missing() -> None:
    oasis = build(definitions.get("oasis-1"), DATA, [])
    assert oasis.cells["cc-fpse", "cityscapes_miou"].reason == "no record"
    assert (
        "how the scored images were made"
        in build(definitions.get("lggan-2"), DATA, []).cells["zhai", "acc_top1_all"].reason
    )
    assert "no official list" in oasis.cells["spade", "ade_outdoors_miou"].reason
    table = left()
    assert cell(table, "sims", "ade20k_miou").reason.splitlines()[0] == "not in the paper"
    assert cell(table, "lggan").reason == "no record"


def test_facts_are_published_data() -> None:
    table = build(definitions.get("oasis-1"), DATA, [])
    assert table.fact_columns == ("# param", "VGG")
    assert dict(table.rows[0].facts) == {"# param": "183M", "VGG": "yes"}


def test_marks() -> None:
    """The best of a column is marked, whatever its direction; rows that are not ranked are not compared."""
    table = left()
    assert cell(table).mark == "best"
    assert cell(table, "sims", "cityscapes_fid").mark == "best"
    assert cell(table, "crn", "cityscapes_fid").mark is None  # the paper marks no worst
    dayton = build(definitions.get("lggan-1"), DATA, [])
    assert dayton.cells["real", "is_all"].mark is None
    assert dayton.cells["lggan", "is_all"].mark == "best"


def test_equal_values_are_marked_alike_and_one_value_is_not() -> None:
    cells = {(row, "c"): Cell() for row in "xyz"}
    mark_extremes(cells, {("x", "c"): 1.0, ("y", "c"): 2.0, ("z", "c"): 2.0}, True, ("best", "worst"))
    assert [cells[row, "c"].mark for row in "xyz"] == ["worst", "best", "best"]
    for values, direction in (({("x", "c"): 1.0}, True), ({("x", "c"): 1.0, ("y", "c"): 2.0}, None)):
        blank = {(row, "c"): Cell() for row in "xy"}
        mark_extremes(blank, values, direction, ("best", "worst"))
        assert all(each.mark is None for each in blank.values())


def test_a_column_never_mixes_protocols() -> None:
    everything = [
        candidate(protocol=protocol, recipe=recipe, seed=seed, method=method)
        for seed, (protocol, recipe, method) in enumerate(
            (p, r, m)
            for p in ("spade-2019", "oasis-2021", "tinytown-v1")
            for r in ("cityscapes", "quick")
            for m in ("lggan", "spade")
        )
    ]
    for name in definitions.names():
        table = build(definitions.get(name), DATA, everything, incomplete=True)
        for column in table.columns:
            cells = [table.cell(row, column) for row in table.rows]
            assert {c.measured.protocol for c in cells if c.measured} <= {column.protocol}


def test_a_record_is_not_changed() -> None:
    one = candidate()
    before = dataclasses.asdict(one.record)
    left(one)
    assert dataclasses.asdict(one.record) == before
