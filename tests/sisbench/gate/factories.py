"""Baselines and records for the gate's tests, in memory and in files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sisbench.evaluation import NotAvailable, Value
from sisbench.gate.subjects import Subject
from tests.records import Result, make_record, write_run

BASE: dict[str, Result] = {
    "fd_effnet": Value(170.0, 8.0, 4),
    "fid": NotAvailable("the weights are not here. Fetch them."),
    "miou": Value(0.4, 0.02, 4),
    "psnr": Value(16.0, 0.3, 4),
}


def subject(results: dict[str, Result] | None = None, path: str = "record.json", **facts: Any) -> Subject:
    """A run's evaluation whose numbers are those of the baseline, but for the given ones."""
    record = make_record(results={**BASE, **(results or {})}, **facts)
    return Subject(Path(path), str(record.spec["method"]), record.evaluation, record, sealed=True)


def run(folder: Path, results: dict[str, Result] | None = None, **facts: Any) -> Path:
    """The folder of such a run."""
    return write_run(folder, make_record(results={**BASE, **(results or {})}, **facts), images=False)


def edit(path: Path, old: str, new: str) -> None:
    """Change a file's text, which must hold the old one."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
