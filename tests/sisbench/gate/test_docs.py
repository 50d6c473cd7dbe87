"""docs/ci.md says what the code does: the table of defaults, and a workflow that parses and whose options exist."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest

from sisbench.cli.check import check
from sisbench.cli.run import run
from sisbench.gate.rules import DEFAULTS, parse

PAGE = (Path(__file__).parents[3] / "docs" / "ci.md").read_text(encoding="utf-8")
COMMANDS = {"check": check, "run": run}


def marked(name: str) -> str:
    return PAGE.partition(f"<!-- {name} -->\n")[2].partition(f"<!-- /{name} -->")[0]


def test_the_table_of_defaults() -> None:
    rows = [f"| {d.kind} | `{' '.join(d.outputs)}` | {d.tolerance} | {d.reason} |" for d in DEFAULTS]
    assert marked("defaults").splitlines()[2:] == rows


def test_the_workflow_is_whole() -> None:
    yaml = pytest.importorskip("yaml")
    workflow = yaml.safe_load(marked("workflow").removeprefix("```yaml\n").removesuffix("```\n"))
    steps = workflow["jobs"]["gate"]["steps"]
    assert workflow[True] == {"pull_request": None, "push": {"branches": ["main"]}}  # YAML 1.1 reads 'on' as a boolean
    assert all(("uses" in step) != ("run" in step) for step in steps)
    commands = [words for step in steps if (words := shlex.split(step.get("run", "")))[:1] == ["sisbench"]]
    assert [words[1] for words in commands] == ["run", "check"]
    for words in commands:
        require_options(words)
    (written,) = (words for words in commands if words[1] == "check")
    names = [written[written.index(f"--{kind}") + 1] for kind in ("markdown", "junit", "json")]
    assert names == ["check.md", "check.xml", "check.json"]
    after = [step for step in steps if "check.md" in step.get("run", "") and "sisbench" not in step["run"]]
    assert after and all("always()" in step["if"] for step in after)  # a gate that fails must still be read


def test_the_commands_of_the_page_have_their_options() -> None:
    blocks = [text for kind, text in re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL) if not kind]
    lines = [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
    commands = [
        shlex.split(line, comments=True) for line in lines if line.startswith(("sisbench run", "sisbench check"))
    ]
    assert len(commands) >= 5
    for words in commands:
        require_options(words)


def test_the_file_of_tolerances() -> None:
    (block,) = re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for name, tolerance in tomllib.loads(block)["tolerances"].items():
        parse(str(tolerance), name)


def require_options(words: list[str]) -> None:
    command: click.Command = COMMANDS[words[1]]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known
