"""`sisbench verify`: exit codes and what is printed; the scoring itself is tested with `sisbench.verification`."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from sisbench import verification
from sisbench.cli import main
from sisbench.cli.verify import verify
from sisbench.evaluation import Evaluation, NotAvailable, Value
from sisbench.generation import IMAGES
from tests.records import make_record, write_run

SCORES: dict[str, Value | NotAvailable] = {"psnr": Value(20.0, 0.5, 2), "miou": Value(0.5, 0.1, 2)}


def call(*arguments: str | Path) -> Result:
    """Run the command inside the group, which turns errors into exit codes."""
    group = type(main)(commands={"verify": verify})
    assert isinstance(group, click.Group)
    return CliRunner().invoke(group, ["verify", "--device", "cpu", *map(str, arguments)])


@pytest.fixture
def now() -> dict[str, Value | NotAvailable]:
    """What the images score now; a test changes it before it calls."""
    return dict(SCORES)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: dict[str, Value | NotAvailable]) -> Path:
    """A run whose images score `now`, without any network."""

    def score(*_: object, **__: object) -> Evaluation:
        return make_record(results=now, n=2).evaluation

    monkeypatch.setattr(verification, "evaluate", score)
    return write_run(tmp_path / "run", make_record(results=SCORES, n=2))


def test_the_same(run: Path) -> None:
    result = call(run)
    assert result.exit_code == 0, result.output
    assert "psnr" in result.output
    assert "Same: every recorded number comes out again" in result.output
    assert call(run / "record.json", "--images", run / IMAGES).exit_code == 0


def test_a_difference(run: Path, now: dict[str, Value | NotAvailable]) -> None:
    now["psnr"] = Value(20.001, 0.5, 2)
    result = call(run)
    assert result.exit_code == 1
    assert "differs" in result.output
    assert call(run, "--tolerance", "1e-3").exit_code == 0


def test_a_number_that_cannot_be_computed(run: Path, now: dict[str, Value | NotAvailable]) -> None:
    now["miou"] = NotAvailable("no segmenter. Fetch it.")
    result = call(run)
    assert result.exit_code == 2
    assert "not verified  miou: no segmenter. Fetch it." in result.output


@pytest.mark.parametrize("tolerance", ["-1", "nan", "inf", "much"])
def test_a_tolerance_that_is_none(run: Path, tolerance: str) -> None:
    result = call(run, "--tolerance", tolerance)
    assert result.exit_code == 2
    assert "--tolerance" in result.output


def test_what_is_not_there(run: Path, tmp_path: Path) -> None:
    for arguments, message in (
        ([tmp_path / "nowhere"], "nowhere cannot be read as a run record (No such file or directory)"),
        ([tmp_path], "record.json cannot be read as a run record"),
        ([run, "--images", tmp_path / "none"], "none, which does not exist"),
        ([run, "--root", tmp_path / "none"], "none"),
        ([run / "images.json"], "images.json cannot be read as a run record"),
    ):
        result = call(*arguments)
        assert (result.exit_code, isinstance(result.exception, SystemExit)) == (2, True), result.output
        assert message in result.output


def test_a_record_that_was_edited(run: Path) -> None:
    path = run / "record.json"
    path.write_text(path.read_text().replace("20.0", "30.0"))
    result = call(run)
    assert result.exit_code == 2
    assert "were edited or damaged" in result.output


@pytest.mark.parametrize("method", ["<script>", "método ' \" ü", "a b"])
def test_odd_names_of_methods(run: Path, method: str) -> None:
    result = call(write_run(run, make_record(method, results=SCORES, n=2)))
    assert f"{method}, recipe quick, seed 0" in result.output


@pytest.mark.parametrize("method", ["<b>x</b>", "../up", "/etc"])
def test_names_that_are_paths(run: Path, method: str) -> None:
    result = call(write_run(run, make_record(method, results=SCORES, n=2)))
    assert result.exit_code == 2
    assert "names that are paths" in result.output
