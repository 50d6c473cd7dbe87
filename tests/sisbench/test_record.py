"""Records: written whole, read back equal, refused when they are something else; old ones stay readable."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.record import SCHEMA, RunRecord, environment

HISTORIC = sorted((Path(__file__).parent / "records").glob("*.json"))


@pytest.fixture
def record() -> RunRecord:
    evaluation = Evaluation(
        n=2,
        results={"psnr": Value(20.5, 0.25, 2), "fid": NotAvailable("no weights")},
        real={},
        per_class={"iou": {"road": Value(0.5, None, 2)}},
        real_per_class={},
        higher_is_better={"psnr": True, "fid": False},
        provenance={"protocol": "p"},
    )
    return RunRecord({"method": "lggan", "seed": 0}, evaluation, environment("cpu", 1), {"train": 1.5})


def test_read_gives_what_was_written(record: RunRecord, tmp_path: Path) -> None:
    record.write(tmp_path / "record.json")
    assert RunRecord.read(tmp_path / "record.json") == record


def test_environment_names_versions_and_source(record: RunRecord) -> None:
    assert record.provenance["packages"]["torch"].startswith("2.")
    assert record.provenance["threads"] == 1
    assert record.provenance["time_utc"].endswith("+00:00")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as a run record"),
        ('{"schema": 1, "spec": {}', "cannot be read as a run record"),
        ("[]", "cannot be read as a run record"),
        ('{"schema": 99}', "has record schema 99; this version of sisbench reads 1"),
    ],
)
def test_other_files_are_refused_by_name(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        RunRecord.read(path)
    assert str(path) in str(caught.value)


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.json"):
        RunRecord.read(tmp_path / "nothing.json")


def test_every_schema_keeps_a_real_record() -> None:
    assert {json.loads(path.read_text())["schema"] for path in HISTORIC} == set(range(1, SCHEMA + 1))


@pytest.mark.parametrize("path", HISTORIC, ids=lambda path: path.stem)
def test_historic_records_load(path: Path) -> None:
    record = RunRecord.read(path)
    assert record.evaluation.n > 0
    assert {"method", "dataset", "protocol", "seed"} <= set(record.spec)
