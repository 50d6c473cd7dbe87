"""Promotion: what is fit, what is refused and why, and what lies there afterwards."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sisbench import promotable, promotion
from sisbench.errors import InputError, Problems
from sisbench.record import RunRecord
from tests.records import make_record, write_run
from tests.sisbench.study.samples import save
from tests.sisbench.study.test_outcome import UNANSWERED, scores

OLD = Path(__file__).parent / "records" / "v1-lggan-tinytown.json"


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_record_is_copied_byte_for_byte_and_once(tmp_path: Path) -> None:
    run, to = write_run(tmp_path / "run"), tmp_path / "records"
    digest = RunRecord.read(run / "record.json").digest
    assert digest is not None
    (done,) = promotion.promote([run], to)
    name = f"lggan-quick-tinytown-v1-seed0-{digest[:8]}"
    assert not done.there
    assert done.target == to / "tinytown" / f"{name}.json"
    assert files(to) == {f"tinytown/{name}.json", f"tinytown/{name}.per_image.csv"}
    for one, other in (("record.json", f"{name}.json"), ("record.per_image.csv", f"{name}.per_image.csv")):
        assert (run / one).read_bytes() == (to / "tinytown" / other).read_bytes()
    before = [path.stat().st_mtime_ns for path in sorted(to.rglob("*.*"))]
    (again,) = promotion.promote([run / "record.json"], to)
    assert again.there
    assert [path.stat().st_mtime_ns for path in sorted(to.rglob("*.*"))] == before


def test_a_promoted_record_can_be_promoted_elsewhere(tmp_path: Path) -> None:
    (first,) = promotion.promote([write_run(tmp_path / "run")], tmp_path / "one")
    (second,) = promotion.promote([first.target], tmp_path / "other")
    assert second.target.name == first.target.name


def test_what_an_interruption_left_is_completed(tmp_path: Path) -> None:
    run, to = write_run(tmp_path / "run"), tmp_path / "records"
    (done,) = promotion.promote([run], to)
    whole = files(to)
    done.target.unlink()
    (again,) = promotion.promote([run], to)
    assert not again.there
    assert files(to) == whole


REASONS: list[tuple[dict[str, Any], str]] = [
    ({"complete": False}, "it covers 4 images and not the whole split; run again without '--limit'"),
    ({"provenance": {"git": {"commit": "0" * 40, "dirty": True}}}, "changes that no commit holds.*'--allow-dirty'"),
    ({"protocol_sha256": "0" * 64}, "its evaluation is not of the protocol of its run"),
    (
        {"protocol_sha256": "0" * 64, "facts": {"protocol_sha256": "0" * 64}},
        r"its protocol 'tinytown-v1' has the digest 000000000000\.\.\., and [0-9a-f]{12}\.\.\. in this version",
    ),
    (
        {"card_sha256": "0" * 64, "facts": {"card_sha256": "0" * 64}},
        r"its dataset 'tinytown' has the digest 000000000000\.\.\.",
    ),
    ({"facts": {"protocol": "oasis-2021"}}, r"not of the protocol of its run \('oasis-2021', 'tinytown-v1'\)"),
    ({"protocol": "tinytown-v9"}, "'tinytown-v9' is not a protocol; closest: 'tinytown-v1'"),
    ({"dataset": "moon"}, "'moon' is not a data set"),
    ({"method": "../../evil"}, r"its method is '\.\./\.\./evil', which is no part of a file name"),
    ({"method": "<script>"}, "its method is '<script>'"),
    ({"dataset": ".."}, r"its dataset is '\.\.'"),
    ({"recipe": ["quick"]}, r"its recipe is \['quick'\]"),
    ({"recipe": "q\n"}, r"its recipe is 'q\\n'"),
    ({"seed": "0/../x"}, r"its seed is '0/\.\./x', not a whole number"),
    ({"results": {"fid": "no weights"}}, "it holds no number, only n/a"),
]


@pytest.mark.parametrize(("make", "reason"), REASONS, ids=[reason[:30] for _, reason in REASONS])
def test_what_is_not_fit_is_refused_with_its_reason(tmp_path: Path, make: dict[str, Any], reason: str) -> None:
    run = write_run(tmp_path / "run", make_record(**make), images=False)
    with pytest.raises(Problems, match=reason) as caught:
        promotion.promote([run], tmp_path / "records")
    assert len(caught.value.problems) == 1
    assert str(run / "record.json") in str(caught.value)
    assert not (tmp_path / "records").exists()


def test_all_reasons_at_once(tmp_path: Path) -> None:
    dirty = {"git": {"commit": "0" * 40, "dirty": True}}
    run = write_run(tmp_path / "run", make_record(complete=False, provenance=dirty))
    (run / "record.per_image.csv").unlink()
    with pytest.raises(Problems) as caught:
        promotion.promote([run], tmp_path / "records")
    assert len(caught.value.problems) == 3


def test_changes_without_a_commit_may_be_allowed(tmp_path: Path) -> None:
    record = make_record(provenance={"git": {"commit": "0" * 40, "dirty": True}})
    (done,) = promotion.promote([write_run(tmp_path / "run", record)], tmp_path / "records", allow_dirty=True)
    assert done.target.is_file()


def test_an_installed_version_has_no_commit(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", make_record(provenance={"git": None}))
    assert promotion.promote([run], tmp_path / "records")


def test_runs_with_plug_ins_stay_out_of_what_everybody_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotion, "default_folder", lambda: tmp_path / "records")
    run = write_run(tmp_path / "run", make_record(provenance={"plugins": {"my-metrics": "1.0"}}))
    with pytest.raises(Problems, match=r"made with plug-ins \(my-metrics\), which others may not have; .*'--to"):
        promotion.promote([run])
    assert not (tmp_path / "records").exists()
    (done,) = promotion.promote([run], tmp_path / "own")
    assert done.target.is_file()


def test_scores_of_a_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotion, "default_folder", lambda: tmp_path / "boards" / "records")
    path = save(tmp_path / "scores.json", scores())
    (done,) = promotion.promote([path])
    assert done.target == tmp_path / "boards" / "studies" / f"study-cityscapes-{scores()['digest'][:8]}.json"
    assert done.target.read_bytes() == path.read_bytes()
    (again,) = promotion.promote([path])
    assert again.there
    with pytest.raises(InputError, match="is promoted already, as"):
        promotion.promote([path], name="other")
    other = save(tmp_path / "other.json", scores(seconds=1))
    with pytest.raises(InputError, match="a promoted record is never overwritten"):
        promotion.promote([other], name=done.target.stem)
    assert done.target.read_bytes() == path.read_bytes()
    (elsewhere,) = promotion.promote([other], tmp_path / "mine", "second")
    assert elsewhere.target == tmp_path / "mine" / "second.json"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (scores(dataset=None), "its data set is None, so it has no column in a table; make the study with '--dataset'"),
        (scores(dataset="../up"), r"its data set is '\.\./up'"),
        (scores(preferences=[UNANSWERED]), "it holds no answers"),
        ({**scores(), "threshold": 0.5}, "were edited or damaged"),
        (scores(preferences=[]), "no list of preferences"),
        (scores(schema=9), "has schema 9"),
    ],
)
def test_scores_that_are_not_fit(tmp_path: Path, value: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        promotion.promote([save(tmp_path / "scores.json", value)], tmp_path / "to")
    assert not (tmp_path / "to").exists()


def test_a_record_of_schema_1(tmp_path: Path) -> None:
    shutil.copy(OLD, tmp_path / "record.json")
    with pytest.raises(Problems, match="it is of schema 1, whose numbers nothing protects from edits; run again"):
        promotion.promote([tmp_path], tmp_path / "records")


def test_numbers_of_images_that_are_not_those_of_the_record(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    table = run / "record.per_image.csv"
    head, first, *rest = table.read_text().splitlines()
    key, *cells = first.split(",")
    table.write_text("\n".join([head, ",".join([key, *(str(float(cell) + 1) for cell in cells)]), *rest]) + "\n")
    with pytest.raises(Problems, match="the mean of 'fd_effnet'"):
        promotion.promote([run], tmp_path / "records")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("15.68", "25.68", "edited"), ("15.68", "NaN", "NaN"), ('"schema": 2', '"schema": 3', "schema 3")],
)
def test_a_record_that_cannot_be_trusted(tmp_path: Path, old: str, new: str, message: str) -> None:
    record = write_run(tmp_path / "run") / "record.json"
    text = record.read_text()
    assert old in text
    record.write_text(text.replace(old, new))
    with pytest.raises(InputError, match=message):
        promotion.promote([record], tmp_path / "records")


def test_files_that_are_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = write_run(tmp_path / "run")
    monkeypatch.setattr(promotable, "LARGEST", 200)
    with pytest.raises(Problems, match=r"record\.json has 0\.0 MB, and a file may have"):
        promotion.promote([run], tmp_path / "records")


def test_nothing_is_copied_unless_all_are_fit(tmp_path: Path) -> None:
    good = write_run(tmp_path / "good", make_record(seed=1))
    bad = write_run(tmp_path / "bad", make_record(seed=2, complete=False))
    with pytest.raises(Problems):
        promotion.promote([good, bad], tmp_path / "records")
    assert not (tmp_path / "records").exists()


def test_one_record_twice(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    with pytest.raises(InputError, match="are the same record"):
        promotion.promote([run, run / "record.json"], tmp_path / "records")


def test_names(tmp_path: Path) -> None:
    run, other, to = write_run(tmp_path / "a"), write_run(tmp_path / "b", make_record(seed=1)), tmp_path / "records"
    (done,) = promotion.promote([run], to, "spade+_1.0")
    assert done.target == to / "tinytown" / "spade+_1.0.json"
    with pytest.raises(InputError, match=r"spade\+_1\.0\.json exists and differs .* never overwritten"):
        promotion.promote([other], to, "spade+_1.0")
    with pytest.raises(InputError, match=r"is promoted already, as .*spade\+_1\.0\.json"):
        promotion.promote([run], to)
    with pytest.raises(InputError, match="was given for 2 records; expected one"):
        promotion.promote([run, other], to, "both")


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "a b", "é", "a\n", "n" * 151, "-x"])
def test_names_that_are_no_file_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="which is no file name; expected up to 150 letters"):
        promotion.promote([write_run(tmp_path / "run")], tmp_path / "records", name)
    assert not (tmp_path / "records").exists()


def test_a_name_that_is_too_long_in_sum(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", make_record(method="m" * 140))
    with pytest.raises(InputError, match="Choose another one with '--name'"):
        promotion.promote([run], tmp_path / "records")


def test_a_damaged_neighbour_is_named(tmp_path: Path) -> None:
    to = tmp_path / "records"
    (done,) = promotion.promote([write_run(tmp_path / "a")], to)
    done.target.write_text(json.dumps({**json.loads(done.target.read_text()), "timing": {}}))
    with pytest.raises(InputError, match="edited"):
        promotion.promote([write_run(tmp_path / "b", make_record(seed=1))], to)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "records").write_text("a file")
    with pytest.raises(InputError, match="cannot write"):
        promotion.promote([write_run(tmp_path / "run")], tmp_path / "records")


def test_the_place_in_a_source_tree_and_in_an_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert promotion.default_folder() == Path(__file__).parents[2] / "leaderboards" / "measured"
    monkeypatch.setattr(promotion, "leaderboards", lambda: tmp_path / "site-packages" / "leaderboards")
    with pytest.raises(InputError, match=r"part of an installed package .* with '--to DIR'"):
        promotion.default_folder()
