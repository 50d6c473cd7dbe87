"""Finding records, and which of several comes first."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sisbench import promotion
from sisbench.errors import InputError, Problems
from sisbench.files import write_json
from sisbench.tables import measured
from sisbench.tables.measured import Candidate
from tests.records import make_record, write_run

OLD = Path(__file__).parents[1] / "records" / "v1-lggan-tinytown.json"


@pytest.fixture
def boards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leaderboards of a test's own, without records."""
    folder = tmp_path / "leaderboards"
    folder.mkdir()
    monkeypatch.setattr(measured, "leaderboards", lambda: folder)
    return folder


def test_runs_are_found_at_any_depth_and_other_json_is_left_alone(boards: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    first = write_run(runs / "town" / "a <b> 'é", make_record(seed=1))
    second = write_run(runs / "b", make_record(seed=2))
    (runs / "labels.json").write_text("not even JSON")
    (runs / ".hidden").mkdir()
    shutil.copy(second / "record.json", runs / ".hidden")
    found = measured.collect([runs])
    assert [c.path for c in found] == [second / "record.json", first / "record.json"]
    assert {c.origin for c in found} == {"local"}
    assert found[0].shown_path == second / "record.json"
    assert measured.collect([first]) == [found[1]]
    assert measured.collect([first / "record.json"]) == [found[1]]


def test_promoted_records_come_first_and_copies_count_once(boards: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    run = write_run(runs / "a", make_record(seed=1))
    shutil.copytree(run, runs / "copy")
    write_run(runs / "z", make_record(seed=2))
    (promoted,) = promotion.promote([run], boards / "measured")
    found = measured.collect([runs])
    assert [(c.path, c.origin) for c in found] == [
        (promoted.target, "promoted"),
        (runs / "z" / "record.json", "local"),
    ]
    assert found[0].shown_path == Path("measured") / "tinytown" / promoted.target.name
    assert [c.origin for c in measured.collect([runs], promoted=False)] == ["local", "local"]


def test_records_of_schema_1_are_found_once(boards: Path, tmp_path: Path) -> None:
    value = make_record().to_json()
    del value["digest"]
    for name in ("a", "b"):
        write_json(tmp_path / name / "record.json", {**value, "schema": 1})
    (only,) = measured.collect([tmp_path / "a", tmp_path / "b"])
    assert only.record.digest is None


def test_another_edition_of_a_protocol_is_not_mixed_in(boards: Path, tmp_path: Path) -> None:
    problems: list[str] = []
    other = tmp_path / "other.json"
    other.write_text(OLD.read_text(encoding="utf-8").replace("tinytown-v0", "tinytown-v1"), encoding="utf-8")
    assert measured.collect([other], problems=problems) == []
    (problem,) = problems
    assert "another edition of the protocol 'tinytown-v1' (digest d5faedc28ebf, here " in problem
    run = write_run(tmp_path / "run", make_record(protocol="of-a-plug-in"))
    assert [c.record.spec["protocol"] for c in measured.collect([run])] == ["of-a-plug-in"]


def test_a_loop_of_links_ends(boards: Path, tmp_path: Path) -> None:
    run = write_run(tmp_path / "runs" / "a")
    (run / "again").symlink_to(tmp_path / "runs")
    (run / "self").symlink_to(run / "self")
    assert [c.path for c in measured.collect([tmp_path / "runs"])] == [run / "record.json"]


def edited(text: str) -> str:
    return text.replace("15.68", "25.68")


def newer(text: str) -> str:
    return json.dumps({**json.loads(text), "schema": 99})


def with_a_list_of_overrides(text: str) -> str:
    return by_hand(spec={"overrides": ["steps"]})


def with_weights_in_words(text: str) -> str:
    return by_hand(provenance={"weights": "trained"})


def by_hand(**parts: dict[str, Any]) -> str:
    """A record of schema 1, which no digest protects."""
    value = make_record().to_json()
    del value["digest"]
    changed = {name: {**value[name], **changes} for name, changes in parts.items()}
    return json.dumps({**value, **changed, "schema": 1})


def without_method(text: str) -> str:
    return json.dumps({**json.loads(OLD.read_text()), "spec": {"dataset": "tinytown", "seed": True}})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (edited, "edited"),
        (newer, "schema 99"),
        (lambda text: text[:100], "cannot be read"),
        (lambda text: text.replace("15.68", "NaN"), "NaN"),
        (lambda text: json.dumps({"n": 4}), "run record"),
        (without_method, "does not name its method, protocol, recipe, seed"),
        (with_a_list_of_overrides, "the 'overrides' of this record are ['steps']; expected an object"),
        (with_weights_in_words, "the 'weights' of this record are 'trained'; expected an object"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_others_are_returned(
    boards: Path, tmp_path: Path, damage: Callable[[str], str], message: str
) -> None:
    good, bad = write_run(tmp_path / "good"), write_run(tmp_path / "bad")
    (bad / "record.json").write_text(damage((bad / "record.json").read_text()))
    problems: list[str] = []
    assert [c.path for c in measured.collect([tmp_path], problems=problems)] == [good / "record.json"]
    (problem,) = problems
    assert str(bad / "record.json") in problem
    assert message in problem
    with pytest.raises(Problems, match="records that cannot be used"):
        measured.collect([tmp_path])


def test_other_files_of_a_run_are_left_alone_even_where_they_are_named(boards: Path, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    for name in ("images.json", "stages.json", "semantics.json"):
        (run / name).write_text("{}")
    (run / "other.json").write_text("{}")
    problems: list[str] = []
    assert [c.path for c in measured.collect(sorted(run.glob("*.json")), problems=problems)] == [run / "record.json"]
    (problem,) = problems
    assert str(run / "other.json") in problem


def test_folders_that_are_empty_or_not_there(boards: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    problems: list[str] = []
    assert measured.collect([tmp_path / "empty"], problems=problems) == []
    assert problems == [f"{tmp_path / 'empty'} holds no record; expected the folder of a run, or one of several runs."]
    assert measured.collect([tmp_path / "empty"], may_be_empty=True) == []
    with pytest.raises(InputError, match="gone, which does not exist"):
        measured.collect([tmp_path / "gone"], problems=problems)


def test_the_order_of_records_that_fit_one_cell() -> None:
    def candidate(name: str, origin: str, complete: bool, time: str) -> Candidate:
        record = make_record(complete=complete, provenance={"time_utc": time})
        return Candidate(record, Path(name), origin)  # type: ignore[arg-type]

    old, new = "2026-01-01T00:00:00+00:00", "2026-02-01T00:00:00+00:00"
    expected = [
        candidate("promoted", "promoted", True, old),
        candidate("promoted of a part", "promoted", False, new),
        candidate("newest", "local", True, new),
        candidate("older", "local", True, old),
        candidate("newest of a part", "local", False, new),
        candidate("older of a part", "local", False, old),
    ]
    shuffled = [expected[i] for i in (3, 5, 1, 4, 0, 2)]
    assert [c.path.name for c in measured.preferred(shuffled)] == [c.path.name for c in expected]
    assert measured.preferred(reversed(shuffled)) == measured.preferred(shuffled)


def _edited(record: Any, **facts: str) -> Any:
    """The record with other facts of its evaluation, sealed anew."""
    evaluation = dataclasses.replace(record.evaluation, provenance={**record.evaluation.provenance, **facts})
    return dataclasses.replace(record, evaluation=evaluation).sealed()


def test_a_record_of_another_card_of_the_same_name_is_a_problem(boards: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", make_record())
    write_run(tmp_path / "runs" / "b", _edited(make_record(seed=1), card_sha256="9" * 64))
    problems: list[str] = []
    assert len(measured.collect([tmp_path / "runs"], problems=problems)) == 1
    assert "another edition of the card 'tinytown' (digest 999999999999, here " in problems[0]


def test_records_of_other_photos_do_not_stand_in_one_column(boards: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "runs" / "a", make_record())
    write_run(tmp_path / "runs" / "b", _edited(make_record(seed=1), samples_sha256="9" * 64))
    write_run(tmp_path / "runs" / "c", _edited(make_record(seed=2, complete=False), samples_sha256="8" * 64))
    problems: list[str] = []
    found = measured.collect([tmp_path / "runs"], problems=problems)
    assert [c.record.spec["seed"] for c in found] == [0, 2]  # a part of the split has other samples by nature
    (problem,) = problems
    assert f"{tmp_path / 'runs' / 'b' / 'record.json'} was measured on other photos or label maps" in problem
    shutil.rmtree(tmp_path / "runs" / "a")
    assert [c.record.spec["seed"] for c in measured.collect([tmp_path / "runs"])] == [1, 2]
