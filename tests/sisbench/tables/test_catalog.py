"""All numbers of the leaderboards and of records, and what is said about files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.tables import definitions, measured
from sisbench.tables.catalog import Catalog
from tests.records import make_record, write_run


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_runs_in_the_working_folder_are_taken_where_they_are(tmp_path: Path) -> None:
    assert Catalog.load(promoted=False).candidates == []
    write_run(tmp_path / "runs" / "one", images=False)
    (one,) = Catalog.load(promoted=False).candidates
    assert one.path == Path("runs/one/record.json")
    write_run(tmp_path / "other", make_record(seed=1), images=False)
    (other,) = Catalog.load([Path("other")], promoted=False).candidates
    assert other.record.spec["seed"] == 1


def test_an_empty_folder_of_runs_is_a_problem_only_where_it_was_named(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    assert Catalog.load(promoted=False).problems == []
    with pytest.raises(InputError, match="runs holds no record"):
        Catalog.load([Path("runs")], promoted=False)


def test_a_copy_of_a_run_counts_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_run(tmp_path / name, images=False)
    assert len(Catalog.load([Path("a"), Path("b"), Path("a/record.json")], promoted=False).candidates) == 1


def test_a_run_that_was_promoted_counts_as_promoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "leaderboards", lambda: tmp_path / "leaderboards")
    write_run(tmp_path / "leaderboards/measured/tinytown", images=False)
    write_run(tmp_path / "runs/same", images=False)
    write_run(tmp_path / "runs/other", make_record(seed=1), images=False)
    found = [(one.origin, one.record.spec["seed"]) for one in Catalog.load().candidates]
    assert found == [("promoted", 0), ("local", 1)]
    assert [one.origin for one in Catalog.load(promoted=False).candidates] == ["local", "local"]


def test_unreadable_records_beside_readable_ones_are_problems(tmp_path: Path) -> None:
    write_run(tmp_path / "good", images=False)
    for name, text in (("damaged", "{"), ("nan", "NaN")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "record.json").write_text(text)
    edited = write_run(tmp_path / "edited", make_record(seed=1), images=False) / "record.json"
    value = json.loads(edited.read_text())
    value["evaluation"]["results"]["psnr"]["value"] = 99.0
    edited.write_text(json.dumps(value))
    newer = tmp_path / "newer" / "record.json"
    newer.parent.mkdir()
    newer.write_text(json.dumps({**value, "schema": 99}))
    catalog = Catalog.load([Path()], promoted=False)
    assert [candidate.path for candidate in catalog.candidates] == [Path("good/record.json")]
    assert len(catalog.problems) == 4
    for name in ("damaged", "nan", "edited", "newer"):
        assert any(f"{name}/record.json" in problem for problem in catalog.problems)


def test_no_record_where_some_were_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"no record was read from empty; expected at least one(.|\n)*holds no record"):
        Catalog.load([Path("empty")])
    (tmp_path / "empty" / "record.json").write_text("{")
    with pytest.raises(InputError, match=r"no record was read(.|\n)*empty/record.json(.|\n)*Name the folder of a run"):
        Catalog.load([Path("empty")])
    with pytest.raises(InputError, match="gone, which does not exist"):
        Catalog.load([Path("gone")])


def test_tables_of_a_data_set(tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "one", images=False)
    catalog = Catalog.load(promoted=False)
    (table,) = catalog.dataset("tinytown")
    assert table.title == "tinytown, protocol tinytown-v1"
    (narrow,) = catalog.dataset("tinytown", {"metric": ["psnr"]}, rows=["seed"])
    assert [column.metric for column in narrow.columns] == ["psnr"]
    assert narrow.row_heading == "seed"


def test_data_sets_without_numbers() -> None:
    with pytest.raises(InputError, match="'tinytwon' is not a data set; closest: 'tinytown'"):
        Catalog.load(promoted=False).dataset("tinytwon")
    with pytest.raises(InputError, match=r"no record has a number of data set 'tinytown'; .*sisbench run --dataset"):
        Catalog.load(promoted=False).dataset("tinytown")


def test_every_table(tmp_path: Path) -> None:
    assert [table.name for table in Catalog.load(promoted=False).every()] == definitions.names()
    write_run(tmp_path / "runs" / "one", images=False)
    names = [table.name for table in Catalog.load(promoted=False).every()]
    assert names == [*definitions.names(), "tinytown tinytown-v1"]
