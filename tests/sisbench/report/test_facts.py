from __future__ import annotations

import shlex
from pathlib import Path

from sisbench.report.collect import Run, collect
from sisbench.report.facts import command, everything
from tests.records import make_record, write_run


def run_of(folder: Path, *args: str, **spec: object) -> Run:
    write_run(folder / "run", make_record(*args, **spec))  # type: ignore[arg-type]
    (run,) = collect([folder / "run"]).runs
    return run


def test_the_command_repeats_the_run(tmp_path: Path) -> None:
    overrides = {"steps": 0, "batch_size": 2, "width": None, "without": ["gan", "l1"]}
    run = run_of(tmp_path, overrides=overrides, limit=12, seed=7, weights_sha256="a" * 64)
    assert command(run) == (
        "sisbench run --method lggan --dataset tinytown --protocol tinytown-v1 --recipe quick --weights CHECKPOINT "
        "--steps 0 --batch-size 2 --without gan --without l1 --limit 12 --seed 7"
    )


def test_names_in_the_command_are_quoted_for_a_shell(tmp_path: Path) -> None:
    run = run_of(tmp_path, "x; rm -rf '~'")
    assert shlex.split(command(run))[3] == "x; rm -rf '~'"


def test_everything_but_the_numbers_is_said(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    said = everything(run)
    assert said["Run"] == run.record.spec
    assert said["Made with"]["parameters"] == 123_456
    assert said["Record"] == {"file": "run/record.json", "digest": run.record.digest}
