"""Whatever stands in names, files and records: the screen shows it and does not obey it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from sisbench.cli import main
from sisbench.cli.screen import echo, visible, write
from tests.records import make_record, write_run

ROOT = Path(__file__).parents[3]
EVIL = "lg\x1b[2Jgan\r\a\u202e"
SHOWN = "lg\\x1b[2Jgan\\r\\x07\\u202e"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def call(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert not OBEYED.search(result.output)
    return result


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two runs of a method with a hostile name, in folders with hostile names."""
    monkeypatch.chdir(tmp_path)
    one = write_run(Path(f"a {EVIL}"), make_record(EVIL, seed=1))
    return one, write_run(Path(f"b {EVIL}"), make_record(EVIL, seed=2))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tof é 中 👩\u200d🚀", "two\nlines\tof é 中 👩\u200d🚀"),
        ("\x00\x1b[31m\x7f\x9b", "\\x00\\x1b[31m\\x7f\\x9b"),
        ("\u202e\u2066\u200f\u061c\u2028", "\\u202e\\u2066\\u200f\\u061c\\u2028"),
        (os.fsdecode(b"\xff.png"), "\\udcff.png"),
        ("a\\x1b", "a\\x1b"),
    ],
)
def test_what_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_compare(runs: tuple[Path, Path]) -> None:
    found = call("compare", *runs)
    assert found.exit_code == 0, found.output
    assert f"A  {SHOWN}  a {SHOWN}/record.json\n" in found.stdout


def test_table(runs: tuple[Path, Path]) -> None:
    (runs[1] / "record.json").write_text("{")
    found = call("table", "--dataset", "tinytown", "--records", ".", "--no-promoted")
    assert found.exit_code == 0, found.output
    assert f"warning: b {SHOWN}/record.json cannot be read as a run record" in found.stderr
    assert "lg\ufffd[2Jgan" in found.stdout


def test_notes_of_a_figure(runs: tuple[Path, Path]) -> None:
    found = call("plot", "fid-miou", *runs, "--distance", "fid", "-o", "figure.png")
    assert SHOWN in found.stderr


def test_check(runs: tuple[Path, Path]) -> None:
    found = call("check", "--baseline", runs[0], "--record", runs[1])
    assert found.exit_code in (0, 1), found.output
    assert "lg" in found.stdout


def test_notes_of_a_report(runs: tuple[Path, Path]) -> None:
    (runs[0] / "record.json").unlink()
    found = call("report", *runs, "-o", "report.html")
    assert f"a {SHOWN}" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("verify", EVIL), SHOWN),
        (("table", EVIL), SHOWN),
        (("promote", EVIL), SHOWN),
        ((EVIL,), SHOWN),
        (("compare", f"--{EVIL}"), SHOWN),
        ((f"--{EVIL}",), SHOWN),
    ],
)
def test_errors(arguments: tuple[str, ...], shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = call(*arguments)
    assert found.exit_code == 2
    assert shown in found.stderr


def test_errors_of_the_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: click.Group, context: click.Context) -> None:
        raise PermissionError(13, "Permission denied", EVIL)

    monkeypatch.setattr(click.Group, "invoke", refuse)
    assert f"cannot write or read {SHOWN}: Permission denied" in call("list").stderr


def test_warnings() -> None:
    script = (
        "import warnings\n"
        "from sisbench.cli.screen import messages_made_visible\n"
        "before = warnings.formatwarning\n"
        "with messages_made_visible():\n"
        f"    warnings.warn({f'the file {EVIL}'!r})\n"
        "assert warnings.formatwarning is before\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert f"UserWarning: the file {SHOWN}\n" in done.stderr


def test_bytes_go_out_as_they_are_only_where_they_are_trusted(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write(b"\x1b[1mours\x1b[0m\r\n", trusted=True)
    write(EVIL.encode(), trusted=False)
    echo(EVIL, err=True)
    out, err = capfdbinary.readouterr()
    assert (out, err) == (b"\x1b[1mours\x1b[0m\r\n" + SHOWN.encode(), SHOWN.encode() + b"\n")


def test_files_of_tables_are_shown_on_a_screen_and_whole_in_a_pipe(runs: tuple[Path, Path]) -> None:
    command = [sys.executable, "-m", "sisbench", "table", "--dataset", "tinytown", "--records", ".", "--no-promoted"]
    command += ["--format", "csv"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    piped = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout.decode()
    assert EVIL in piped
    leader, follower = pty.openpty()
    process = subprocess.Popen(command, stdout=follower, env=environment)
    os.close(follower)
    shown = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break  # the other end was closed, as Linux says it
        if not chunk:
            break
        shown += chunk
    os.close(leader)
    assert process.wait(timeout=60) == 0
    assert SHOWN in shown.decode()
    assert not OBEYED.search(shown.decode().replace("\r\n", "\n"))


def test_no_command_has_a_door_of_its_own() -> None:
    others = [path for path in (ROOT / "sisbench" / "cli").glob("*.py") if path.name != "screen.py"]
    assert len(others) > 15
    for path in others:
        found = re.findall(r"click\.s?echo|\bprint\(|std(?:out|err)\.write", path.read_text(encoding="utf-8"))
        assert not found, f"{path} prints by {found}; expected sisbench.cli.screen.echo"
