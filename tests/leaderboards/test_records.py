"""Every promoted record is whole, unedited, and of a data set and protocol that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from sisbench import datasets, per_image, promotable, promotion, protocols, scored
from sisbench.record import RunRecord
from sisbench.study.outcome import Outcome
from sisbench.tables import measured

RECORDS = promotion.default_folder()
PATHS = sorted(RECORDS.rglob("*.json"))


def test_nothing_lies_there_besides() -> None:
    files = {path for path in RECORDS.rglob("*") if path.is_file()}
    assert files == {*PATHS, *map(per_image.beside, PATHS)}
    assert [path for path in files if path.stat().st_size > promotable.LARGEST] == []


def test_all_are_found() -> None:
    assert {candidate.path for candidate in measured.collect([])} == set(PATHS)


def test_promoted_studies_are_whole_and_name_their_data_set() -> None:
    files = [path for path in (RECORDS.parent / "studies").rglob("*") if path.is_file()]
    assert all(path.suffix == ".json" and Outcome.read(path).dataset for path in files)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_promoted_record(path: Path) -> None:
    record = RunRecord.read(path)  # checks the digest
    assert record.digest is not None
    assert path.parent == RECORDS / datasets.get(record.spec["dataset"]).card.name
    assert protocols.get(record.spec["protocol"]).digest() == record.spec["protocol_sha256"]
    assert record.provenance["complete"] is True
    scored.with_per_image(scored.read(path))
