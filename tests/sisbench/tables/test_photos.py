"""The row of the real photos: once, last, and only where records agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sisbench.evaluation import Value
from sisbench.tables import definitions
from sisbench.tables.catalog import Catalog
from sisbench.tables.formats import render
from sisbench.tables.free import dataset_tables
from sisbench.tables.measured import Candidate
from sisbench.tables.model import Table
from sisbench.tables.observations import Observation, observe
from sisbench.tables.photos import METHOD, observe_photos
from sisbench.tables.published import PublishedData
from tests.records import make_record, write_run

DEFINED = [definitions.get(name) for name in definitions.names()]
REAL = {"miou": Value(0.519, 0.013, 4), "accuracy": Value(0.9, 0.005, 4), "fid": "needs generated images."}


def candidates(*records: dict[str, Any]) -> list[Candidate]:
    made = (make_record(**{"real": REAL, **record}) for record in records)
    return [Candidate(record, Path(f"{i}.json"), "local") for i, record in enumerate(made)]


def photos(*records: dict[str, Any], **options: Any) -> dict[str, Observation]:
    return {o.keys["metric"]: o for o in observe_photos(DEFINED, candidates(*records), **options)}


def table(*records: dict[str, Any], rows: tuple[str, ...] = ()) -> Table:
    found = candidates(*records)
    numbers = observe(PublishedData((), {}, ()), DEFINED, found)
    (only,) = dataset_tables([*observe_photos(DEFINED, found), *numbers], rows)
    return only


def test_scores_of_the_photos_in_the_unit_of_the_papers() -> None:
    found = photos({}, {"seed": 1})
    assert set(found) == {"miou", "accuracy"}
    measured = found["miou"].measured
    assert measured is not None
    assert (measured.value, measured.stderr, measured.n) == (pytest.approx(51.9), pytest.approx(1.3), 4)
    assert (measured.weights, measured.recipe, measured.seed, measured.origin) == ("real", "", None, "local")


@pytest.mark.parametrize(("value", "agrees"), [(0.5191, True), (0.5192, False)])
def test_records_agree_to_a_hundredth_of_the_standard_error(value: float, agrees: bool) -> None:
    """0.013 / 100 is 0.00013, which lies between 0.0001 and 0.0002."""
    newer = {"provenance": {"time_utc": "2027-01-01T00:00:00+00:00"}, "real": {"miou": Value(value, 0.013, 4)}}
    found = photos({}, newer)["miou"]
    assert (found.measured is not None) == agrees
    expected = "records disagree about the real photos: 51.92 (n = 4) in 1.json and 51.9 (n = 4) in 0.json"
    assert found.reason == ("" if agrees else expected)


def test_without_an_error_they_agree_exactly() -> None:
    bare = [{"real": {"miou": Value(value, None, 4)}, "seed": i} for i, value in enumerate((0.5, 0.5 + 1e-12, 0.501))]
    assert photos(*bare[:2])["miou"].measured is not None
    assert photos(*bare)["miou"].measured is None


def test_other_protocols_and_data_sets_are_their_own() -> None:
    other = {"protocol": "other-v1", "real": {"miou": Value(0.1, 0.01, 4)}}
    found = observe_photos(DEFINED, candidates({}, other, {"dataset": "moon"}))
    assert sorted((o.keys["dataset"], o.keys["protocol"], o.keys["metric"]) for o in found if o.measured) == [
        ("moon", "tinytown-v1", "accuracy"),
        ("moon", "tinytown-v1", "miou"),
        ("tinytown", "other-v1", "miou"),
        ("tinytown", "tinytown-v1", "accuracy"),
        ("tinytown", "tinytown-v1", "miou"),
    ]


def test_a_part_of_a_split_counts_where_it_was_asked_for_and_nothing_else_is_there() -> None:
    part = {"complete": False, "real": {"miou": Value(0.4, 0.01, 2)}}
    assert photos(part) == {}
    alone = photos(part, incomplete=True)["miou"].measured
    assert alone is not None
    assert not alone.complete
    beside = photos(part, {"seed": 1}, incomplete=True)["miou"].measured
    assert beside is not None
    assert beside.value == pytest.approx(51.9)


def test_the_last_row_unmarked_and_without_facts() -> None:
    made = table({"method": "zzz"}, {"method": "aaa"})
    assert [row.title for row in made.rows] == ["aaa", "zzz", METHOD]
    assert made.fact_columns == ()
    by_metric = {column.metric: made.cell(made.rows[-1], column) for column in made.columns}
    assert by_metric["psnr"].measured is None
    assert by_metric["psnr"].reason == ""
    assert by_metric["miou"].measured is not None
    assert by_metric["miou"].mark is None
    assert {made.cell(made.rows[0], c).mark for c in made.columns if c.metric == "miou"} == {None}  # equal ones
    better = table({"method": "a", "results": {"miou": 0.4}}, {"method": "b", "results": {"miou": 0.5}})
    assert [better.cell(row, better.columns[0]).mark for row in better.rows] == [None, "best", None]


def test_rows_that_are_not_methods_have_no_place_for_them() -> None:
    assert [row.title for row in table({}, {"seed": 1}, rows=("seed",)).rows] == ["0", "1"]
    assert [row.title for row in table({}, {"seed": 1}, rows=("method", "seed")).rows][-1] == METHOD


def test_they_are_labelled_and_filtered_like_other_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "runs" / "a", make_record(real=REAL), images=False)
    catalog = Catalog.load(promoted=False)
    text = render(catalog.dataset("tinytown"), "terminal").decode()
    row = next(line for line in text.splitlines() if line.startswith(METHOD))
    assert row.split()[:5] == ["Real", "photos", "measured,", "n", "="]
    assert "51.9ˡʳ" in row
    assert "r real photos, no generated ones" in text
    (other,) = catalog.dataset("tinytown", {"method": ["lggan"]})
    assert [row.title for row in other.rows] == ["lggan"]
    assert any(row.title == METHOD for made in catalog.every() for row in made.rows)
    assert all(row.title != METHOD for row in catalog.free({"dataset": ["tinytown"]}, ["method"], []).rows)
