"""Records: written whole, read back equal, refused when they are something else; old ones stay readable."""

from __future__ import annotations

import dataclasses
import json
import math
import statistics
from pathlib import Path

import pytest

from sisbench import scored
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.files import write_json
from sisbench.record import SCHEMA, RunRecord, environment
from tests.records import make_record, write_run

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
    assert record.provenance["device_name"] is None
    assert environment("cuda:0", 1, "NVIDIA H200")["device_name"] == "NVIDIA H200"
    assert record.provenance["time_utc"].endswith("+00:00")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as a run record"),
        ('{"schema": 1, "spec": {}', "cannot be read as a run record"),
        ("[]", "cannot be read as a run record"),
        ("[" * 100_000, "cannot be read as a run record"),
        ('{"schema": 99}', "has record schema 99; this version of sisbench reads 1 to 2. Update sisbench"),
        ('{"schema": "2"}', "cannot be read as a run record .*its schema is '2'"),
        ('{"schema": true}', "its schema is True"),
        ('{"schema": 0}', "its schema is 0"),
        ('{"schema": 1}', "KeyError: 'spec'"),
        ('{"schema": 1, "spec": [], "provenance": {}, "timing": {}}', "its 'spec' is no object"),
        ('{"schema": 1, "spec": {}, "provenance": {}, "timing": {}, "evaluation": 3}', "is not an evaluation"),
    ],
)
def test_other_files_are_refused_by_name(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        RunRecord.read(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("schema", [1, SCHEMA])
def test_numbers_that_are_none_are_refused(record: RunRecord, number: str, schema: int, tmp_path: Path) -> None:
    value = json.dumps({**record.to_json(), "schema": schema})
    assert value.count("20.5") == 1
    (tmp_path / "record.json").write_text(value.replace("20.5", number))
    with pytest.raises(
        InputError, match=rf"record\.json cannot be read as a run record \(it holds {number} where finite"
    ):
        RunRecord.read(tmp_path / "record.json")


def test_a_record_with_nan_is_never_written(record: RunRecord, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dataclasses.replace(record, timing={"train": math.nan}).write(tmp_path / "record.json")
    assert not list(tmp_path.iterdir())


def test_an_edited_number_is_found_by_the_digest(record: RunRecord, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    record.write(path)
    text = path.read_text()
    path.write_text(text.replace("20.5", "20.500000000000004"))  # the last bit
    with pytest.raises(
        InputError, match=r"record\.json records the digest [0-9a-f]{12}\.\.\., but .* were edited or damaged"
    ):
        RunRecord.read(path)
    path.write_text(json.dumps({k: v for k, v in json.loads(text).items() if k != "digest"}))
    with pytest.raises(InputError, match="records no digest"):
        RunRecord.read(path)


def test_layout_of_the_file_is_no_edit(record: RunRecord, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(dict(reversed(record.to_json().items()))))
    assert RunRecord.read(path) == record


def test_the_digest_is_of_the_content(record: RunRecord, tmp_path: Path) -> None:
    assert record.digest is None
    record.write(tmp_path / "record.json")
    read = RunRecord.read(tmp_path / "record.json")
    assert read.digest == record.sealed().digest == json.loads((tmp_path / "record.json").read_text())["digest"]
    assert dataclasses.replace(record, timing={"train": 2.5}).sealed().digest != read.digest
    odd = dataclasses.replace(record, spec={10: (1, 2), 9: 0.1 + 0.2})  # type: ignore[dict-item]
    odd.write(tmp_path / "odd.json")
    assert RunRecord.read(tmp_path / "odd.json").spec == {"10": [1, 2], "9": 0.30000000000000004}


def test_factory_records_are_whole(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", make_record("<b>", n=5, seed=3))
    evaluation = scored.with_per_image(scored.read(folder)).evaluations["tinytown-v1"]
    assert (evaluation.n, RunRecord.read(folder / "record.json").spec["seed"]) == (5, 3)
    column, psnr = evaluation.per_image["psnr"], evaluation.results["psnr"]
    assert isinstance(psnr, Value)
    assert statistics.stdev(column) / math.sqrt(5) == pytest.approx(psnr.stderr)


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.json"):
        RunRecord.read(tmp_path / "nothing.json")


def test_every_schema_keeps_a_real_record() -> None:
    assert {json.loads(path.read_text())["schema"] for path in HISTORIC} == set(range(1, SCHEMA + 1))


@pytest.mark.parametrize("path", HISTORIC, ids=lambda path: path.stem)
def test_historic_records_load(path: Path) -> None:
    record = RunRecord.read(path)
    assert record.evaluation.n > 0
    assert (record.digest is None) == path.name.startswith("v1")
    assert {"method", "dataset", "protocol", "seed"} <= set(record.spec)


def test_an_edit_is_seen_under_an_older_schema_too(tmp_path: Path) -> None:
    value = make_record().to_json()
    value["schema"] = 1  # whose records have no digest
    value["evaluation"]["n"] += 1
    write_json(tmp_path / "record.json", value)
    with pytest.raises(InputError, match="edited or damaged"):
        RunRecord.read(tmp_path / "record.json")
