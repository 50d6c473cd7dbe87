"""`sisbench promote` as a user meets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sisbench import promotion
from sisbench.cli.promote import promote
from sisbench.errors import InputError
from tests.records import make_record, write_run


def invoke(*arguments: str | Path) -> str:
    result = CliRunner().invoke(promote, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_it_says_what_it_did_and_what_is_unchanged(tmp_path: Path) -> None:
    one, two = write_run(tmp_path / "one"), write_run(tmp_path / "two", make_record(seed=2))
    to = tmp_path / "records"
    assert invoke(one, "--to", to, "--name", "first") == f"promoted   {to}/tinytown/first.json\n"
    assert invoke(one, "--to", to, "--name", "first") == f"unchanged  {to}/tinytown/first.json\n"
    assert invoke(two, "--to", to).startswith(f"promoted   {to}/tinytown/lggan-quick-tinytown-v1-seed2-")


def test_without_a_folder_it_is_that_of_the_source_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotion, "default_folder", lambda: tmp_path / "records")
    assert f"{tmp_path}/records/tinytown/" in invoke(write_run(tmp_path / "run"))


def test_uncommitted_changes(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", make_record(provenance={"git": {"commit": "0" * 40, "dirty": True}}))
    with pytest.raises(InputError, match="no commit holds"):
        invoke(run, "--to", tmp_path / "records")
    assert invoke(run, "--to", tmp_path / "records", "--allow-dirty").startswith("promoted")


def test_nothing_given_and_nothing_there(tmp_path: Path) -> None:
    assert CliRunner().invoke(promote, []).exit_code == 2
    with pytest.raises(InputError, match="cannot be read as a run record"):
        invoke(tmp_path / "gone", "--to", tmp_path)
    with pytest.raises(InputError, match="cannot be read as a run record"):
        invoke(tmp_path, "--to", tmp_path / "records")  # an empty folder


def test_it_loads_no_torch() -> None:
    script = "import sys; import sisbench.promotion, sisbench.tables.definitions; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
