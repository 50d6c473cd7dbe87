"""What is checked against what: files and folders, found and matched; nothing skipped in silence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sisbench import scored
from sisbench.errors import InputError
from sisbench.gate.subjects import closest, is_collection, match, read
from tests.records import make_record
from tests.sisbench.gate.factories import edit, run, subject
from tests.sisbench.test_compare import draw, evaluation

V1 = Path(__file__).parents[1] / "records" / "v1-lggan-tinytown.json"


def test_a_run_by_its_folder_or_its_record(tmp_path: Path) -> None:
    folder = run(tmp_path / "run", seed=3)
    assert not is_collection(folder)
    for path in (folder, folder / "record.json"):
        (one,) = read(path, "--record")
        assert one.path == folder / "record.json"
        assert one.identity == ("lggan", "tinytown", "tinytown-v1", "quick", 3)
        assert one.sealed and one.record is not None and len(one.evaluation.keys) == 4
        assert "psnr" in one.evaluation.per_image


def test_a_file_of_evaluate_has_one_subject_for_each_protocol(tmp_path: Path) -> None:
    both = [evaluation({"psnr": draw(seed, 5)}, protocol=protocol) for seed, protocol in enumerate(("one", "two"))]
    scored.write(tmp_path / "pix2pix.json", both)
    found = read(tmp_path / "pix2pix.json", "--record")
    assert [one.identity for one in found] == [("pix2pix", "tinytown", p, None, None) for p in ("one", "two")]
    assert all(one.record is None and one.sealed and one.evaluation.per_image for one in found)
    assert str(found[0].identity) == "pix2pix on tinytown, protocol one"


def test_an_old_record_is_read_without_a_seal() -> None:
    (one,) = read(V1, "--baseline")
    assert not one.sealed
    assert one.evaluation.keys == ()


def test_a_folder_is_searched_to_the_bottom(tmp_path: Path) -> None:
    run(tmp_path / "b" / "deep", seed=1)
    run(tmp_path / "a", seed=0)  # its spec.json is no evaluation
    make_record(seed=2).write(tmp_path / "promoted.json")
    run(tmp_path / ".hidden", seed=3)
    (tmp_path / ".x.json").write_text("litter")
    (tmp_path / "notes.txt").write_text("nothing")
    found = read(tmp_path, "--record")
    assert [str(one.path.relative_to(tmp_path)) for one in found] == [
        "a/record.json",
        "b/deep/record.json",
        "promoted.json",
    ]
    assert [one.identity.seed for one in found] == [0, 1, 2]


def test_a_file_that_is_no_evaluation_is_not_skipped(tmp_path: Path) -> None:
    run(tmp_path / "a")
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputError, match=r"other\.json: a JSON value is not an evaluation"):
        read(tmp_path, "--record")


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"schema": 1}', '{"schema": 99}', "\xff", "NaN"])
def test_damaged_and_newer_files_are_refused_by_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "x.json").write_text(content, encoding="latin-1")
    with pytest.raises(InputError, match=r"x\.json"):
        read(tmp_path / "x.json", "--record")


def test_edited_numbers_and_nan_are_refused(tmp_path: Path) -> None:
    path = run(tmp_path / "a") / "record.json"
    edit(path, '"value": 16.0', '"value": 16.5')
    with pytest.raises(InputError, match="were edited or damaged"):
        read(path, "--record")
    edit(path, '"value": 16.5', '"value": NaN')
    with pytest.raises(InputError, match="NaN"):
        read(path, "--record")


def test_numbers_edited_in_an_old_file_show_beside_those_of_its_images(tmp_path: Path) -> None:
    path = run(tmp_path / "a") / "record.json"
    value = json.loads(path.read_text())
    del value["digest"]
    path.write_text(json.dumps(value | {"schema": 1}).replace('"value": 16.0', '"value": 16.5'))
    with pytest.raises(InputError, match=r"the mean of 'psnr' .* was edited or damaged"):
        read(path, "--record")


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'--baseline .*nothing' does not exist; expected .*'--update'"):
        read(tmp_path / "nothing", "--baseline")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"'--record .*empty' is a folder without any evaluation"):
        read(tmp_path / "empty", "--record")


def test_two_of_one_run_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        run(tmp_path / name, seed=int(name == "c"))
    with pytest.raises(
        InputError, match=r"several evaluations of one method(.|\n)*seed 0: .*a/record.json, .*b/record.json"
    ):
        read(tmp_path, "--record")


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(InputError, match=r"cannot list .*: Permission denied\. Check its permissions"):
        read(tmp_path, "--record")


def test_folders_match_by_identity_and_name_what_stands_alone() -> None:
    baselines = [subject(path="b0", seed=0), subject(path="b1", seed=1), subject(path="b2", method="spade")]
    records = [subject(path="r2", method="spade"), subject(path="r0", seed=0), subject(path="r9", seed=9)]
    found = match(baselines, records, by_identity=True)
    assert [(one.path.name, other.path.name) for one, other in found.pairs] == [("b0", "r0"), ("b2", "r2")]
    assert [one.path.name for one in found.missing] == ["b1"]
    assert [one.path.name for one in found.extra] == ["r9"]
    assert closest(found.missing[0], found.extra) == "r9 has seed 9 in place of 1"
    assert closest(found.missing[0], []) == ""
    assert closest(subject(method="oasis"), found.extra) == ""


def test_two_files_match_whatever_their_recipe_and_seed() -> None:
    found = match([subject(seed=0)], [subject(seed=1, recipe="cityscapes")], by_identity=False)
    assert len(found.pairs) == 1


def test_two_files_of_other_protocols_or_methods_are_refused() -> None:
    with pytest.raises(InputError, match=r"b is of protocol tinytown-v1 and r of oasis-2021; .*'--protocol'"):
        match([subject(path="b")], [subject(path="r", protocol="oasis-2021")], by_identity=False)
    with pytest.raises(InputError, match=r"b is of the method lggan and r of spade; .*'sisbench compare'"):
        match([subject(path="b")], [subject(path="r", method="spade")], by_identity=False)
