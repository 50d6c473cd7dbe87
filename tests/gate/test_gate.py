"""The gate that guards this project: a fixed generator, scored again, against numbers that were committed.

'tests/gate/baseline' is a record of generator.pth on 16 layouts; docs/ci.md says how both were made.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from torch import Tensor

import sisbench
from benchmarks.false_alarms import the_job
from sisbench import gate
from sisbench.evaluation import Value
from sisbench.folders import ImageFolder
from sisbench.gate.findings import Result
from sisbench.gate.rules import Tolerances, read_toml
from sisbench.gate.text import text
from sisbench.metrics import psnr
from sisbench.pipeline import run
from sisbench.record import RunRecord

HERE = Path(__file__).parent
BASELINE = HERE / "baseline"
LIMIT = 16
NUMBERS = ("fd_effnet", "miou", "accuracy", "ssim", "psnr")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixed run, made again."""
    folder = tmp_path_factory.mktemp("gate") / "run"
    run(the_job(LIMIT), folder, device="cpu")
    return folder


def check(record: Path) -> Result:
    """Check as '.ci/run' does."""
    return gate.check(gate.find(BASELINE, record), Tolerances(read_toml(HERE / "tolerances.toml")), strict=True)


def test_the_projects_own_numbers_do_not_drift(folder: Path) -> None:
    result = check(folder)
    assert not result.failed, text(result)
    assert result.count("within") + result.count("unchanged") == len(NUMBERS)


@pytest.mark.parametrize("output", NUMBERS)
@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_a_number_that_moves_by_one_percent_fails(output: str, factor: float, tmp_path: Path) -> None:
    record = RunRecord.read(BASELINE / "record.json")
    score = record.evaluation.results[output]
    assert isinstance(score, Value)
    moved = {**record.evaluation.results, output: score._replace(value=score.value * factor)}
    evaluation = dataclasses.replace(record.evaluation, results=moved)
    dataclasses.replace(record, evaluation=evaluation).write(tmp_path / "record.json")
    (pair,) = check(tmp_path / "record.json").pairs
    assert [move.output for move in pair.failures(strict=True)] == [output]


def test_a_metric_that_computes_something_else_fails(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = psnr.psnr

    def wrong(fake: Tensor, real: Tensor) -> Tensor:
        return right(fake, real) * 0.99

    monkeypatch.setattr(psnr, "psnr", wrong)
    job = the_job(LIMIT)
    samples = job.samples(job.protocol.real_split)
    found = sisbench.evaluate(ImageFolder(folder / "images"), samples, job.protocol, metrics=["psnr"])
    record = RunRecord.read(folder / "record.json")
    evaluation = dataclasses.replace(record.evaluation, results={**record.evaluation.results, **found.results})
    dataclasses.replace(record, evaluation=evaluation).write(tmp_path / "record.json")
    (pair,) = check(tmp_path / "record.json").pairs
    assert [move.output for move in pair.failures(strict=True)] == ["psnr"]


def test_the_baseline_is_whole_and_small() -> None:
    record = RunRecord.read(BASELINE / "record.json")
    assert record.evaluation.n == LIMIT and record.digest
    assert [o for o, score in record.evaluation.results.items() if isinstance(score, Value)] == [*NUMBERS]
    assert (BASELINE / "record.per_image.csv").is_file()
    assert sum(path.stat().st_size for path in HERE.rglob("*") if path.suffix != ".pyc") < 1_000_000
