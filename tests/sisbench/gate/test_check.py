"""`sisbench check` as its users meet it: exit codes, files, options, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
from click.testing import CliRunner, Result

from sisbench.cli.check import check as command
from sisbench.errors import InputError
from sisbench.gate.subjects import read
from tests.sisbench.gate.factories import edit, run


def invoke(*arguments: object) -> Result:
    """Call the command as the group does: errors for users end with exit code 2."""

    @click.group()
    def main() -> None: ...

    main.add_command(command)
    result = CliRunner().invoke(main, ["check", *map(str, arguments)])
    if isinstance(result.exception, InputError):
        result.exit_code = 2
    else:
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def sides(folder: Path, results: dict[str, Any] | None = None, **facts: Any) -> tuple[object, ...]:
    return "--baseline", run(folder / "old"), "--record", run(folder / "new", results, **facts)


@pytest.mark.parametrize(
    ("results", "options", "code"),
    [
        ({}, (), 0),
        ({"psnr": 15.995}, (), 0),
        ({"psnr": 15.84}, (), 1),  # 1 %
        ({"psnr": 15.84}, ("--tolerance", "psnr=2%"), 0),
        ({"psnr": 15.84}, ("--tolerance", "*=interval"), 0),
        ({"psnr": 17.0}, (), 0),
        ({"psnr": 17.0}, ("--strict",), 1),
        ({"psnr": "no photos. Fetch them."}, (), 1),
        ({"fid": 30.0}, ("--strict",), 0),
        ({}, ("--tolerance", "nonsense=1"), 2),
        ({}, ("--tolerance", "psnr=-1"), 2),
        ({}, ("--tolerance", "psnr"), 2),
        ({}, ("--tolerances", "nothing.toml"), 2),
        ({}, ("--unknown",), 2),
    ],
)
def test_exit_codes(tmp_path: Path, results: dict[str, Any], options: tuple[str, ...], code: int) -> None:
    result = invoke(*sides(tmp_path, results), *options)
    assert result.exit_code == code, result.output
    if code < 2:
        assert result.output.splitlines()[-1].startswith(("passed: ", "FAILED: ")[code])


def test_the_option_comes_after_the_file(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text("[tolerances]\npsnr = 0\n")
    both = sides(tmp_path, {"psnr": 15.995})
    assert invoke(*both, "--tolerances", tmp_path / "t.toml").exit_code == 1
    assert invoke(*both, "--tolerances", tmp_path / "t.toml", "--tolerance", "psnr=1").exit_code == 0


def test_files_are_written_whatever_the_verdict_and_are_the_same_each_time(tmp_path: Path) -> None:
    both = sides(tmp_path, {"psnr": 15.0, "miou": "x\udc80. Do."}, seed=3)
    written = []
    for turn in ("a", "b"):
        paths = {kind: tmp_path / turn / f"check.{kind}" for kind in ("markdown", "junit", "json")}
        result = invoke(*both, *(part for kind, path in paths.items() for part in (f"--{kind}", path)))
        assert result.exit_code == 1
        written.append([result.output, *(path.read_bytes() for path in paths.values())])
    assert written[0] == written[1]
    _, markdown, junit, as_json = written[0]
    assert "❌" in markdown.decode()
    assert ElementTree.fromstring(junit).get("failures") == "2"
    value = json.loads(as_json)
    assert (value["check"], value["failed"], value["strict"]) == (1, True, False)
    (pair,) = value["pairs"]
    assert (pair["method"], pair["seed"], pair["n"]) == ("lggan", 3, 4)
    verdicts = {one["output"]: one["verdict"] for one in pair["outputs"]}
    assert verdicts == {"fd_effnet": "unchanged", "fid": "n/a", "miou": "lost", "psnr": "regressed"}
    assert pair["changes"] == [{"kind": "seed", "what": "seed", "before": "0", "after": "3"}]


def test_an_output_may_not_overwrite_what_is_checked_nor_another_output(tmp_path: Path) -> None:
    both = sides(tmp_path)
    before = (tmp_path / "old" / "record.json").read_bytes()
    for options in (
        ("--json", tmp_path / "old" / "record.json"),
        ("--junit", tmp_path / "new" / ".." / "new" / "record.json"),
        ("--json", tmp_path / "x", "--markdown", tmp_path / "x"),
    ):
        result = invoke(*both, *options)
        assert result.exit_code == 2
        assert "is to be written but is a baseline, a record or another output" in str(result.exception)
    assert (tmp_path / "old" / "record.json").read_bytes() == before


def test_a_baseline_without_a_record_fails_and_says_which_is_near(tmp_path: Path) -> None:
    for seed in (0, 1):
        run(tmp_path / "old" / str(seed), seed=seed)
    run(tmp_path / "new" / "0", seed=0)
    run(tmp_path / "new" / "2", seed=2)
    result = invoke("--baseline", tmp_path / "old", "--record", tmp_path / "new")
    assert result.exit_code == 1
    assert "MISSING: no record for lggan on tinytown, protocol tinytown-v1, recipe quick, seed 1" in result.output
    assert "has seed 2 in place of 1" in result.output
    assert "not checked: " in result.output
    assert result.output.splitlines()[-1] == "FAILED: 1 record missing, 3 unchanged, 1 n/a"


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"dataset": "cityscapes"}, "dataset: tinytown against cityscapes"),
        ({"protocol": "oasis-2021"}, "is of protocol tinytown-v1"),
        ({"method": "spade"}, "is of the method lggan"),
        ({"n": 6}, "number of images: 4 against 6"),
    ],
)
def test_misuse_is_no_regression(tmp_path: Path, facts: dict[str, Any], message: str) -> None:
    result = invoke(*sides(tmp_path, **facts))
    assert result.exit_code == 2
    assert message in str(result.exception)


def test_an_edited_record_is_refused(tmp_path: Path) -> None:
    both = sides(tmp_path)
    edit(tmp_path / "new" / "record.json", '"value": 16.0', '"value": 26.0')
    result = invoke(*both)
    assert result.exit_code == 2 and "were edited or damaged" in str(result.exception)


def test_the_same_file_on_both_sides_is_said(tmp_path: Path) -> None:
    folder = run(tmp_path / "a")
    result = invoke("--baseline", folder, "--record", folder / "record.json")
    assert result.exit_code == 0
    assert "is baseline and record at once: it was checked against itself." in result.output


def test_update_shows_what_changed_and_takes_it(tmp_path: Path) -> None:
    both = sides(tmp_path, {"psnr": 15.0})
    result = invoke(*both, "--update")
    assert result.exit_code == 0
    assert "REGRESSED" in result.output and result.output.splitlines()[-1].startswith("updated  ")
    assert invoke(*both, "--strict").exit_code == 0


def test_update_writes_a_first_baseline(tmp_path: Path) -> None:
    folder, target = run(tmp_path / "run"), tmp_path / "baseline"
    assert invoke("--baseline", target, "--record", folder).exit_code == 2
    result = invoke("--baseline", target, "--record", folder, "--update", "--json", tmp_path / "x.json")
    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "There was no baseline: nothing was compared, and no report is written."
    assert not (tmp_path / "x.json").exists()
    assert read(target, "--baseline")[0].sealed
    assert invoke("--baseline", target, "--record", folder).exit_code == 0


def test_names_with_spaces_quotes_and_other_letters(tmp_path: Path) -> None:
    hostile = tmp_path / 'it\'s "a" <b> ünï'
    result = invoke(*sides(hostile, {"psnr": 15.0}), "--markdown", hostile / "x y.md")
    assert result.exit_code == 1
    assert "&lt;b&gt; ünï" in (hostile / "x y.md").read_text(encoding="utf-8")
