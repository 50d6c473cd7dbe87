from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sisbench.cli.report import report
from sisbench.errors import InputError
from tests.records import write_run


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(report, [str(argument) for argument in arguments], catch_exceptions=False)


def test_a_page_is_written_and_said(runs: Path, tmp_path: Path) -> None:
    result = invoke(runs, "-o", tmp_path / "page.html", "--title", "Ours & theirs")
    assert result.exit_code == 0
    assert "page.html (4 runs, 44 pictures, 0." in result.stdout
    assert "<h1><bdi>Ours &amp; theirs</bdi></h1>" in (tmp_path / "page.html").read_text()


def test_notes_go_to_standard_error(runs: Path, tmp_path: Path) -> None:
    next((runs / "spade" / "images").iterdir()).unlink()
    result = invoke(runs, "-o", tmp_path / "page.html")
    assert "Note: spade: images/ lacks 1 of 4 images" in result.stderr
    assert result.exit_code == 0


def test_nothing_half_written_is_left(runs: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("before")
    (runs / "spade" / "record.json").write_text("{")
    with pytest.raises(InputError, match="cannot be part of a report"):
        invoke(runs, "-o", page)
    assert page.read_text() == "before"
    assert {path.name for path in tmp_path.iterdir()} == {"page.html", "runs"}


def test_no_other_file_is_replaced_by_a_page(runs: Path) -> None:
    record = runs / "spade" / "record.json"
    before = record.read_bytes()
    with pytest.raises(InputError, match=r"was to be written to .*record\.json; expected a name that ends in \.html"):
        invoke(runs, "-o", record)
    assert record.read_bytes() == before


def test_nothing_named() -> None:
    with pytest.raises(InputError, match="nothing to report: no run was named"):
        invoke()


def test_promoted_records_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = write_run(tmp_path / "leaderboards" / "measured" / "tinytown")
    (folder / "record.json").rename(folder / "lggan.json")
    (folder / "record.per_image.csv").rename(folder / "lggan.per_image.csv")
    monkeypatch.setattr("sisbench.tables.measured.leaderboards", lambda: tmp_path / "leaderboards")
    result = invoke("--promoted", "-o", tmp_path / "page.html")
    assert "(1 run, 0 pictures" in result.stdout


@pytest.mark.parametrize(("option", "value"), [("--images", "-1"), ("--max-mb", "0"), ("--images", "many")])
def test_misuse(runs: Path, option: str, value: str) -> None:
    result = CliRunner().invoke(report, [str(runs), option, value])
    assert result.exit_code == 2
    assert "Invalid value" in result.stderr


def test_torch_is_never_loaded(runs: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from sisbench.cli.report import report\n"
        "assert not {'PIL', 'torch', 'numpy'} & set(sys.modules)\n"
        "report(sys.argv[1:], standalone_mode=False)\n"
        "assert not {'torch', 'generators', 'segmenters'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", script, str(runs), "-o", str(tmp_path / "page.html")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3])
    assert done.returncode == 0, done.stderr
