from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sisbench import per_image
from sisbench.errors import InputError
from sisbench.report.collect import collect
from tests.records import make_record, write_run


def test_a_parent_gives_its_runs_in_order_with_what_lies_in_them(runs: Path) -> None:
    found = collect([runs])
    assert [(run.label, run.protocol) for run in found.runs] == [
        ("lggan", "tinytown-v1"),
        ("spade", "diversity-v1"),
        ("oasis", "tinytown-v1"),
        ("spade", "tinytown-v1"),
    ]
    first = found.runs[0]
    assert first.folder == runs / "lggan"
    assert first.shares is not None
    assert len(first.shares.keys) == 4
    assert first.losses["d/real"][:2] == [(50, 0.5), (100, 0.5)]
    assert found.notes == ()


def test_the_split_of_several_images_per_layout_is_that_of_the_protocol(runs: Path) -> None:
    (run,) = collect([runs / "noise"]).runs
    assert (run.split, run.images_per_layout) == ("val", 3)


def test_runs_of_one_method_are_told_apart_by_their_place(tmp_path: Path) -> None:
    for place in ("a/x", "b/x", "c/y"):
        write_run(tmp_path / place, make_record(seed=ord(place[0])))
    assert [run.label for run in collect([tmp_path]).runs] == ["lggan (a/x)", "lggan (b/x)", "lggan (c/y)"]
    assert [run.label for run in collect([tmp_path / "a", tmp_path / "c"]).runs] == ["lggan (x)", "lggan (y)"]


def test_a_promoted_record_lies_beside_its_numbers_and_has_no_folder(tmp_path: Path) -> None:
    record = make_record()
    record.write(tmp_path / "tinytown" / "lggan.json")
    per_image.write(tmp_path / "tinytown" / "lggan.per_image.csv", record.evaluation.keys, record.evaluation.per_image)
    (tmp_path / "other.json").write_text("{broken")  # not opened: no record has no numbers beside it
    (run,) = collect([tmp_path]).runs
    assert run.folder is None
    assert run.shares is not None


def test_copies_of_a_record_are_shown_once_and_the_run_folder_stays(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    promoted = tmp_path / "promoted.json"
    shutil.copy(tmp_path / "run" / "record.json", promoted)
    found = collect([promoted, tmp_path / "run", tmp_path / "run" / "record.json"])
    assert [run.folder for run in found.runs] == [tmp_path / "run"]
    (note,) = found.notes
    assert "promoted.json is the same record as" in note


def test_an_unfinished_run_is_named(tmp_path: Path) -> None:
    write_run(tmp_path / "done")
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "spec.json").write_text("{}")
    found = collect([tmp_path])
    assert len(found.runs) == 1
    assert "begun is a run that has not finished" in found.notes[0]
    with pytest.raises(InputError, match=r"begun holds no record \(.*has not finished.* left out\)\. Give"):
        collect([tmp_path / "begun"])


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere does not exist\. Give run folders"):
        collect([tmp_path / "nowhere"])
    with pytest.raises(InputError, match=r"holds no record\. Give run folders"):
        collect([tmp_path])


def test_every_damaged_or_edited_record_is_named_at_once(runs: Path) -> None:
    (runs / "lggan" / "record.json").write_text('{"schema": 2')
    edited = json.loads((runs / "spade" / "record.json").read_text())
    edited["evaluation"]["results"]["miou"]["value"] = 0.9
    (runs / "spade" / "record.json").write_text(json.dumps(edited))
    with pytest.raises(InputError, match=r"(?s)2 records cannot be part.*lggan.*spade"):
        collect([runs])


def test_numbers_of_other_images_are_refused_and_named(runs: Path) -> None:
    shutil.copy(runs / "spade" / "record.per_image.csv", runs / "lggan" / "record.per_image.csv")
    found = collect([runs])
    assert found.runs[0].shares is None
    assert "lggan: the mean of 'fd_effnet'" in found.notes[0]
    assert "not of one evaluation" in found.notes[0]


def test_a_log_of_a_killed_or_diverged_training_keeps_what_is_finite(runs: Path) -> None:
    (runs / "lggan" / "losses.jsonl").write_text(
        '{"step": 1, "g": 2.0}\n{"step": 2, "g": NaN}\n{"step": 3, "g": 4.0}\n{"step": 4, "g'
    )
    found = collect([runs])
    assert found.runs[0].losses == {"g": [(1, 2.0), (3, 4.0)]}
    assert found.notes == ("lggan: 2 lines of losses.jsonl hold no finite numbers and are left out.",)
