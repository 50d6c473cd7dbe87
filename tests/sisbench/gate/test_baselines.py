"""Updating a baseline: the record's bytes, whole, with the numbers of its own images and of no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from sisbench import gate, per_image, scored
from sisbench.errors import InputError
from sisbench.gate import baselines
from sisbench.gate.subjects import read
from tests.records import make_record
from tests.sisbench.gate.factories import run
from tests.sisbench.test_compare import draw, evaluation


def test_a_first_baseline_from_a_run(tmp_path: Path) -> None:
    source, target = run(tmp_path / "run"), tmp_path / "new" / "baseline"
    (line,) = baselines.create(target, source, read(source, "--record"))
    assert line == f"new baseline  {target / 'record.json'}  from {source / 'record.json'}"
    for name in ("record.json", "record.per_image.csv"):
        assert (target / name).read_bytes() == (source / name).read_bytes()
    assert sorted(path.name for path in target.iterdir()) == ["record.json", "record.per_image.csv"]


def test_a_first_baseline_as_a_file_or_of_a_whole_folder(tmp_path: Path) -> None:
    source = run(tmp_path / "runs" / "a")
    run(tmp_path / "runs" / "b" / "c", seed=1)
    baselines.create(tmp_path / "one.json", source, read(source, "--record"))
    assert read(tmp_path / "one.json", "--baseline")[0].evaluation.keys
    baselines.create(tmp_path / "all", tmp_path / "runs", read(tmp_path / "runs", "--record"))
    assert sorted(str(path.relative_to(tmp_path / "all")) for path in (tmp_path / "all").rglob("*.json")) == [
        "a/record.json",
        "b/c/record.json",
    ]
    assert not gate.check(gate.find(tmp_path / "all", tmp_path / "runs"), strict=True).failed
    with pytest.raises(InputError, match=r"two.json' is one file and .* a folder of several"):
        baselines.create(tmp_path / "two.json", tmp_path / "runs", read(tmp_path / "runs", "--record"))


def update(baseline: Path, record: Path) -> list[str]:
    return baselines.update(gate.find(baseline, record), baseline, record)


def test_an_update_makes_the_gate_pass(tmp_path: Path) -> None:
    old, new = run(tmp_path / "old"), run(tmp_path / "new", {"psnr": 15.0})
    assert gate.check(gate.find(old, new)).failed
    assert update(old, new) == [f"updated  {old / 'record.json'}  from {new / 'record.json'}"]
    assert not gate.check(gate.find(old, new), strict=True).failed
    assert (old / "record.per_image.csv").read_bytes() == (new / "record.per_image.csv").read_bytes()


def test_numbers_of_other_images_do_not_stay_beside_it(tmp_path: Path) -> None:
    old, new = run(tmp_path / "old"), run(tmp_path / "new", {"psnr": 15.0})
    per_image.beside(new / "record.json").unlink()
    update(old, new)
    assert not per_image.beside(old / "record.json").exists()
    assert read(old, "--baseline")[0].evaluation.results["psnr"].value == 15.0  # type: ignore[union-attr]


def test_a_baseline_updated_with_itself_stays(tmp_path: Path) -> None:
    folder = run(tmp_path / "a")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    update(folder, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_an_interrupted_update_leaves_a_baseline_that_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = run(tmp_path / "old"), run(tmp_path / "new", {"psnr": 15.0})
    monkeypatch.setattr(baselines, "write_bytes", lambda path, content: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        update(old, new)
    assert read(old, "--baseline")[0].evaluation.results["psnr"].value == 16.0  # type: ignore[union-attr]


def test_a_folder_gets_what_is_new_and_keeps_what_was_not_run(tmp_path: Path) -> None:
    for seed in (0, 1):
        run(tmp_path / "baselines" / f"seed{seed}", seed=seed)
    run(tmp_path / "runs" / "x", {"psnr": 15.0}, seed=0)
    run(tmp_path / "runs" / "y", seed=2)
    old = tmp_path / "baselines"
    assert update(old, tmp_path / "runs") == [
        f"updated  {old / 'seed0' / 'record.json'}  from {tmp_path / 'runs' / 'x' / 'record.json'}",
        f"new baseline  {old / 'y' / 'record.json'}  from {tmp_path / 'runs' / 'y' / 'record.json'}",
        f"left as it is  {old / 'seed1' / 'record.json'}: no record for lggan on tinytown, protocol tinytown-v1, "
        "recipe quick, seed 1",
    ]
    assert [one.identity.seed for one in read(old, "--baseline")] == [0, 1, 2]


def test_a_place_that_is_taken_is_not_overwritten(tmp_path: Path) -> None:
    run(tmp_path / "baselines" / "x", seed=0)
    run(tmp_path / "runs" / "x", seed=1)
    with pytest.raises(InputError, match=r"belongs at .*x/record.json, where there is another one"):
        update(tmp_path / "baselines", tmp_path / "runs")
    assert read(tmp_path / "baselines", "--baseline")[0].identity.seed == 0


def test_one_record_joins_a_folder_by_its_own_name(tmp_path: Path) -> None:
    run(tmp_path / "baselines" / "x", seed=0)
    make_record(seed=1).write(tmp_path / "one.json")
    update(tmp_path / "baselines", tmp_path / "one.json")
    assert (tmp_path / "baselines" / "one.json").is_file()
    run(tmp_path / "runs" / "second", seed=2)
    update(tmp_path / "baselines", tmp_path / "runs" / "second")
    assert (tmp_path / "baselines" / "second" / "record.json").is_file()


def test_a_protocol_is_not_lost(tmp_path: Path) -> None:
    both = [evaluation({"psnr": draw(seed, 5)}, protocol=protocol) for seed, protocol in enumerate(("one", "two"))]
    scored.write(tmp_path / "old.json", both)
    scored.write(tmp_path / "new.json", both[:1])
    with pytest.raises(InputError, match=r"old\.json holds protocol two, which the record does not have"):
        update(tmp_path / "old.json", tmp_path / "new.json")
