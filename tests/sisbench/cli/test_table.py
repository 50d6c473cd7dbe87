"""`sisbench table` as a user meets it."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sisbench.cli.table import _complete_tables, table
from sisbench.errors import InputError
from sisbench.tables import definitions
from sisbench.tables.formats import SUFFIXES
from tests.records import make_record, write_run
from tests.sisbench.study.test_outcome import scores

STUDY = ("--study", "scores.json")
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*arguments: str | Path) -> Result:
    command = [*map(str, arguments), *([] if "--no-promoted" in arguments else ["--no-promoted"])]
    result = CliRunner().invoke(table, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def refused(match: str, *arguments: str | Path) -> None:
    with pytest.raises(InputError, match=match):
        invoke(*arguments)


def test_without_a_name_it_lists_the_tables() -> None:
    assert invoke().stdout == invoke("--list").stdout
    lines = invoke().stdout.splitlines()
    assert len(lines) == 9
    assert lines[3].split("  ")[0] == "lggan-3-left"


def test_a_paper_table_and_a_record_in_it(tmp_path: Path) -> None:
    spade = {"method": "spade", "dataset": "cityscapes", "recipe": "cityscapes", "results": {"miou": 0.623}}
    write_run(tmp_path / "runs/a", make_record(protocol="spade-2019", **spade), images=False)  # type: ignore[arg-type]
    lines = invoke("lggan-3-left").stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("GauGAN"))
    assert lines[at].split()[:3] == ["GauGAN", "published", "62.3"]
    assert lines[at + 1].split() == ["measured,", "n", "=", "4", "62.3ˡᵗ"]
    assert lines[at + 2].split() == ["difference", "0.0"]
    assert "measured under spade-2019, the column is oasis-2021" in " ".join(invoke("oasis-1").stdout.split())


def test_a_data_set(tmp_path: Path) -> None:
    write_run(tmp_path / "elsewhere/a", images=False)
    text = invoke("--dataset", "tinytown", "--records", tmp_path / "elsewhere").stdout
    assert text.startswith("tinytown, protocol tinytown-v1\n")
    assert "fid): n/a in the record" in text
    (line,) = csv.DictReader(
        io.StringIO(
            invoke(
                "--dataset", "tinytown", "--where", "metric=psnr", "--records", "elsewhere", "--format", "csv"
            ).stdout
        )
    )
    assert (line["measured"], line["recipe"], line["n"]) == ("15.68", "quick", "4")


def test_a_free_table() -> None:
    arguments = ("--where", "dataset=cityscapes", "--where", "metric=miou", "--where", "source=oasis-1")
    text = invoke("--rows", "method,variant", "--columns", "metric", *arguments).stdout
    assert "OASIS" in text
    assert "69.3" in text
    found = json.loads(invoke(*arguments, "--format", "json").stdout)["tables"][0]
    assert [column["protocol"] for column in found["columns"]] == ["oasis-2021"]


def test_parts_of_cells() -> None:
    head = invoke("oasis-2", "--format", "csv", "--show", "n, difference").stdout.splitlines()[0]
    assert head.endswith("mark,difference,n,reason")


@pytest.mark.parametrize("form", SUFFIXES)
def test_a_file_is_in_the_format_of_its_suffix(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"new folder/t{SUFFIXES[form]}"  # type: ignore[index]
    assert invoke("oasis-2", "-o", path).stdout == f"table {path}\n"
    starts = {"terminal": b"Multi", "markdown": b"### ", "latex": b"% Needs", "csv": b"table,", "json": b"{\n"}
    starts |= {"html": b"<!DOCTYPE html>", "png": b"\x89PNG"}
    assert path.read_bytes().startswith(starts[form])
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_the_format_that_is_named_wins_over_the_suffix(tmp_path: Path) -> None:
    invoke("oasis-2", "--format", "json", "-o", "t.txt")
    assert json.loads((tmp_path / "t.txt").read_text())
    invoke("oasis-2", "--standalone", "-o", "t.tex")
    assert (tmp_path / "t.tex").read_text().startswith("\\documentclass")


def test_all_tables(tmp_path: Path) -> None:
    write_run(tmp_path / "runs/a", images=False)
    output = invoke("--all", "-o", "tables").stdout
    assert output == "64 files in tables; see tables/index.html\n"
    assert len(list((tmp_path / "tables").iterdir())) == 9 * 7 + 1


def test_incomplete_records(tmp_path: Path) -> None:
    write_run(tmp_path / "runs/a", make_record(complete=False), images=False)
    assert "15.68" not in invoke("--dataset", "tinytown").stdout
    assert (
        "All cells: 4 layouts were evaluated, not the whole split ('--incomplete' shows it)."
        in invoke("--dataset", "tinytown").stdout
    )
    assert "15.68ˡᵗⁱ" in invoke("--dataset", "tinytown", "--incomplete").stdout


def test_files_that_are_no_records_are_named_on_standard_error(tmp_path: Path) -> None:
    write_run(tmp_path / "runs/good", images=False)
    (tmp_path / "runs/bad").mkdir()
    (tmp_path / "runs/bad/record.json").write_text("{")
    result = invoke("--dataset", "tinytown")
    assert result.stderr.startswith("warning: runs/bad/record.json cannot be read")
    assert "warning" not in result.stdout


def test_hostile_names_are_text_in_every_format(tmp_path: Path) -> None:
    name = '<script>alert(1)</script>"&|*_../../x\x1b[31m中'
    write_run(tmp_path / "runs/a", make_record(method=name), images=False)
    for form in SUFFIXES:
        invoke("--dataset", "tinytown", "-o", f"out/t{SUFFIXES[form]}")
    for suffix in (".html", ".md", ".txt"):
        text = (tmp_path / f"out/t{suffix}").read_text()
        assert "\x1b" not in text
        assert "<script>" not in text or suffix == ".txt"
    invoke("--all", "-o", "all")
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "out", "all"}


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["oasis1"], "'oasis1' is not a table; closest: 'oasis-1'. See 'sisbench table --list'"),
        (["../oasis-1"], "is not a table"),
        (["oasis-1", "--dataset", "tinytown"], "NAME and --dataset: several kinds of tables; expected one of"),
        (["oasis-1", "--where", "metric=miou"], "NAME and --where: several kinds"),
        (["--all", "--list"], "--list and --all: several kinds"),
        (["--all"], "--all: a format was given, or no folder; expected '--all -o FOLDER'"),
        (["--all", "-o", "x", "--format", "csv"], "--all: a format was given"),
        (["--dataset", "tinytwon"], "'tinytwon' is not a data set; closest: 'tinytown'"),
        (["--dataset", "tinytown"], "no paper's table and no record has a number of data set 'tinytown'"),
        (["--where", "datset=tinytown"], "'datset' is not a key of rows, columns and filters; closest: 'dataset'"),
        (["--where", "dataset"], "--where: 'dataset'; expected KEY=VALUE"),
        (["--where", "metric=nothing"], "no number of a paper or of a record has metric=nothing"),
        (["--rows", "metric"], "rows were asked for by 'metric'"),
        (["--columns", "colour"], "'colour' is not a key"),
        (["oasis-1", "--show", "mean"], "'mean' is not something that a cell shows"),
        (["oasis-1", "--show", ","], "--show: nothing; expected some of published"),
        (["oasis-1", "-o", "t.docx"], "t.docx, of the kind .docx; expected one of .txt"),
        (["oasis-1", "--standalone"], "--standalone: the format terminal; expected LaTeX"),
        (["oasis-1", "--records", "gone"], "records were looked for in gone, which does not exist"),
        (["oasis-1", "--records", "."], "no record was read from ."),
    ],
)
def test_misuse(arguments: list[str], match: str) -> None:
    refused(match, *arguments)


def test_a_picture_of_several_tables(tmp_path: Path) -> None:
    for protocol in ("a-v1", "b-v1"):
        write_run(tmp_path / "runs" / protocol, make_record(protocol=protocol), images=False)
    refused("a picture holds one table, and these are 2", "--dataset", "tinytown", "-o", "t.png")
    invoke("--dataset", "tinytown", "--where", "protocol=a-v1", "-o", "t.png")


def run(*arguments: str, seed: str = "0", **environment: str) -> subprocess.CompletedProcess[bytes]:
    script = "import sys; from sisbench.cli.table import table; table(sys.argv[1:], standalone_mode=False)\n"
    script += "print(sorted({'torch', 'pandas', 'scipy'} & set(sys.modules)), file=sys.stderr)"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed, **environment},
        capture_output=True,
        check=True,
    )


def test_the_same_bytes_in_every_process_without_torch(tmp_path: Path) -> None:
    for seed, method in enumerate(("b", "a", "c")):
        write_run(tmp_path / f"runs/{method}", make_record(method=method, seed=seed), images=False)
    for seed, language in (("1", "C"), ("2", "C.UTF-8")):
        done = run("--all", "-o", f"out-{seed}", seed=seed, LC_ALL=language, TZ=f"UTC{seed}")
        assert done.stderr == b"[]\n"
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / f"out-{seed}").iterdir()} for seed in "12")
    assert one == two
    assert {"index.html", *(f"{name}.md" for name in definitions.names())} <= one.keys()


def on_a_screen(*arguments: str, **environment: str) -> str:
    """Standard output of the command at a terminal."""
    leader, follower = pty.openpty()
    script = "import sys; from sisbench.cli.table import table; table(sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdout=follower,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "60", "NO_COLOR": "", **environment},
    )
    os.close(follower)
    chunks = []
    try:
        while chunk := os.read(leader, 65536):
            chunks.append(chunk)
    except OSError:
        pass  # the other end was closed, as Linux says it
    finally:
        os.close(leader)
        assert process.wait(timeout=60) == 0
    return b"".join(chunks).decode()


def test_on_a_screen_the_best_is_bold_and_the_lines_fit() -> None:
    text = on_a_screen("oasis-1")
    assert "\x1b[1m28.4\x1b[0m" in text
    tables = text.replace("\x1b[1m", "").replace("\x1b[0m", "").partition("¹ most")[0]
    assert max(len(line.rstrip("\r")) for line in tables.split("\n")) <= 60


def test_without_colour() -> None:
    assert "\x1b" not in on_a_screen("oasis-1", NO_COLOR="1")
    assert "\x1b" not in on_a_screen("oasis-1", TERM="dumb")
    assert "\x1b" not in invoke("oasis-1").stdout


def test_a_picture_is_not_printed_to_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Screen())
    with pytest.raises(InputError, match="--format png: a screen to write to; expected a file"):
        table(["oasis-1", "--format", "png", "--no-promoted"], standalone_mode=False)


def test_names_complete() -> None:
    items = _complete_tables(None, None, "lggan-3")  # type: ignore[arg-type]
    assert [item.value for item in items] == ["lggan-3-left", "lggan-3-middle", "lggan-3-right"]


def test_outputs_in_the_documentation_are_what_the_command_prints() -> None:
    text = (ROOT / "docs/tables.md").read_text(encoding="utf-8")
    blocks = re.findall(r"<!-- checked -->\n```\n\$ sisbench table (.*)\n((?:.|\n)*?)```\n", text)
    assert len(blocks) == 2
    for arguments, printed in blocks:
        assert invoke(*shlex.split(arguments)).stdout == printed


@pytest.mark.parametrize("arguments", [["oasis-1"], ["--dataset", "tinytown"], ["--rows", "method"], ["lggan-3-mid"]])
def test_scores_of_a_study_where_no_table_takes_them(arguments: list[str]) -> None:
    refused(r"--study: given for a table of records alone; expected .*lggan-3-middle", *arguments, *STUDY)


def test_scores_of_a_study_in_all_tables(tmp_path: Path) -> None:
    (tmp_path / "scores.json").write_text(json.dumps(scores()))
    invoke("--all", "-o", "tables", *STUDY)
    (line,) = [
        line
        for line in csv.DictReader(io.StringIO((tmp_path / "tables/lggan-3-middle.csv").read_text()))
        if line["row"] == "gaugan" and line["dataset"] == "cityscapes"
    ]
    assert (line["measured"], line["low"], line["high"], line["n"]) == ("75.0", "50.0", "87.5", "8")
    assert (line["weights"], line["recipe"], line["seed"]) == ("study", "", "")
    refused("gone.json cannot be read as the scores of a study", "lggan-3-middle", "--study", "gone.json")
