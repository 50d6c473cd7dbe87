from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sisbench.cli.study import study
from sisbench.errors import InputError
from sisbench.study.key import Key
from tests.sisbench.study.samples import folder, keys, prefer, save, sheet


def run(*arguments: object) -> Result:
    return CliRunner().invoke(study, [str(argument) for argument in arguments])


def test_from_folders_to_percentages(tmp_path: Path) -> None:
    a, b = folder(tmp_path / "a b", keys(6), 1), folder(tmp_path / "b=c", keys(6), 2)
    made = run("make", f"LGGAN={a}", f"Spade={b}", "--trials", 6, "--vigilance", 2, "-o", tmp_path / "s.html")
    assert made.exit_code == 0, made.output
    assert "LGGAN vs. Spade       30        6         15 / 15\n" in made.output
    assert "5 raters, 6 comparisons and 2 vigilance pairs each" in made.output
    key = Key.read(tmp_path / "s.key.json")
    files = [save(tmp_path / f"{rater}.json", sheet(key, rater, prefer("LGGAN"))) for rater in (1, 2, 3, 4, 5)]
    scored = run("score", tmp_path / "s.key.json", *files, "--output", tmp_path / "o.json", "--csv", tmp_path / "o.csv")
    assert scored.exit_code == 0, scored.output
    assert "LGGAN vs. Spade         100.0" in scored.output
    assert json.loads((tmp_path / "o.json").read_text())["preferences"][0]["value"] == 100
    assert (tmp_path / "o.csv").read_text().splitlines()[1].startswith("LGGAN,Spade,,preference,100.0,")


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        (["a"], "'a' was given as a method; expected NAME=DIR"),
        (["=a"], "expected NAME=DIR"),
        (["a="], "expected NAME=DIR"),
        (["a\x1b[31m=x", "b=y"], r"'a\x1b[31m' is the name of a method; expected characters that print"),
        (["a=x", "a=y"], "two methods are called 'a'"),
        (["a=nowhere", "b=elsewhere"], "nowhere, which does not exist"),
        (["a=x"], "it compares two or more"),
    ],
)
def test_methods_that_do_not_fit(tmp_path: Path, methods: list[str], message: str) -> None:
    found = run("make", *methods, "-o", tmp_path / "s.html")
    assert isinstance(found.exception, InputError)
    assert message in str(found.exception)


def test_wrong_files(tmp_path: Path) -> None:
    found = run("score", tmp_path / "absent.key.json", tmp_path / "a.json")
    assert isinstance(found.exception, InputError)
    assert "the key of a study" in str(found.exception)
    assert run("score", tmp_path / "absent.key.json").exit_code == 2


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        (["--output", "s.key.json"], "s.key.json"),
        (["--csv", "./1.json"], "1.json"),
        (["--output", "scores", "--csv", "scores"], "scores"),
    ],
)
def test_no_key_and_no_answers_are_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], refused: str
) -> None:
    monkeypatch.chdir(tmp_path)
    a, b = folder(tmp_path / "a", keys(6), 1), folder(tmp_path / "b", keys(6), 2)
    run("make", f"A={a}", f"B={b}", "--trials", 6, "--vigilance", 2, "-o", "s.html")
    save(tmp_path / "1.json", sheet(Key.read(Path("s.key.json")), 1, prefer("A")))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    found = run("score", "s.key.json", "1.json", *options)
    assert isinstance(found.exception, InputError)
    assert f"scores were to be written to {refused}, which holds" in str(found.exception)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before


def test_no_torch() -> None:
    code = (
        "import sys, sisbench.cli.study, sisbench.study.make, sisbench.study.score, sisbench.study.text\n"
        "assert 'torch' not in sys.modules, 'torch was imported'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
