"""`sisbench run --save` and `generate --save`; the rest of these commands is tested in `test_cli`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from sisbench.cli import main

TINY = ["--method", "lggan", "--dataset", "tinytown", "--steps", "0", "--width", "2", "--limit", "1", "--device", "cpu"]


def call(command: str, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [command, *TINY, *map(str, arguments)])


def numbers(folder: Path) -> Any:
    record = json.loads((folder / "record.json").read_text())
    return record["evaluation"], record["spec"], record["provenance"]["images_sha256"]


def test_pictures_change_nothing_but_files(tmp_path: Path) -> None:
    plain, saved = tmp_path / "plain", tmp_path / "saved"
    assert call("run", "--output", plain).exit_code == 0
    result = call("run", "--output", saved, "--save", "stages,semantics")
    assert result.exit_code == 0, result.output
    assert "not saved" not in result.output
    assert numbers(plain) == numbers(saved)
    added = {path.name for path in saved.iterdir()} - {path.name for path in plain.iterdir()}
    assert added == {"stages", "stages.json", "semantics", "semantics.json"}

    before = (plain / "record.json").read_bytes()
    assert call("run", "--output", plain, "--save", "stages", "--save", "semantics").exit_code == 0  # it was finished
    assert (plain / "record.json").read_bytes() == before
    for path in (saved / "stages").rglob("*.png"):
        assert (plain / path.relative_to(saved)).read_bytes() == path.read_bytes()


def test_generate_saves_too(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert call("train", "--output", folder).exit_code == 0
    result = call("generate", "--output", folder, "--save", "semantics")
    assert result.exit_code == 0, result.output
    assert len(list((folder / "semantics").iterdir())) == 1
    assert not (folder / "stages").exists()


def test_an_unknown_kind_is_told_before_the_work(tmp_path: Path) -> None:
    result = call("run", "--output", tmp_path / "run", "--save", "stages,semantic")
    assert result.exit_code == 2
    assert "'semantic' is not a kind of pictures; closest: 'semantics'" in result.output
    assert not (tmp_path / "run").exists()
