"""What lies in the leaderboards is part of the wheel."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_file_is_package_data() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    room = ROOT / "leaderboards"
    packed = {path for glob in settings["package-data"]["leaderboards"] for path in room.glob(glob)}
    lying = {path for path in room.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert lying == packed
    assert {path.name for path in lying} >= {"README.md", "citations.csv", "conflicts.csv", "lggan-1.json"}
