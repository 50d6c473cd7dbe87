"""Plug-ins without an installation: a package and its metadata in a folder of `sys.path`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

Groups = Mapping[str, Mapping[str, str]]
"""Entry points by group: name to value."""


def write(folder: Path, distribution: str, groups: Groups, files: Mapping[str, str], version: str = "1.0") -> None:
    """Write what an installation would leave behind.

    Args:
        folder: A folder that is, or will be, on `sys.path`.
        distribution: Name of the distribution.
        groups: Its entry points.
        files: Its files, by path below the folder.
        version: Its version.
    """
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    info = folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
    lines = [
        line
        for group, points in groups.items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
