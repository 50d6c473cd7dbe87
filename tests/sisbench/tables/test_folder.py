"""All tables in a folder."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.tables.folder import file_names, write
from sisbench.tables.formats import SUFFIXES
from tests.sisbench.tables.example import example, hostile, large


def test_every_table_in_every_format_and_a_page_that_links_them(tmp_path: Path) -> None:
    paths = write([example(), example(name="second")], tmp_path / "new" / "folder")
    there = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert there == {f"{name}{suffix}" for name in ("example-1", "second") for suffix in SUFFIXES.values()} | {
        "index.html"
    }
    assert paths[-1].name == "index.html"
    text = paths[-1].read_text()
    links = re.findall(r'href="([^"#]+)"', text)
    assert set(links) == there - {"index.html"}
    anchors = re.findall(r'href="#([^"]+)"', text)
    assert anchors == re.findall(r'<section class="sisbench" id="([^"]+)"', text) == ["example-1", "second"]


def test_writing_twice_gives_the_same_bytes_and_keeps_other_files(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    first = {path.name: path.read_bytes() for path in write([example()], tmp_path)}
    second = {path.name: path.read_bytes() for path in write([example()], tmp_path)}
    assert first == second
    assert (tmp_path / "mine.txt").read_text() == "kept"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_hostile_names_stay_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    write([hostile(), example(name="../../up"), example(name="..")], folder)
    assert {path.name for path in tmp_path.iterdir()} == {"folder"}
    assert (folder / "up.md").is_file()
    assert (folder / "table.md").is_file()
    assert "<script" not in (folder / "index.html").read_text()


def test_names_that_a_file_system_may_take_for_one_are_told_apart() -> None:
    tables = [example(name=name) for name in ("a b", "a-b", "A/B", "index")]
    assert file_names(tables) == ["a-b", "a-b-2", "A-B-3", "index-2"]


def test_a_table_that_cannot_be_drawn_leaves_no_page(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="pixels"):
        write([large(1000, 1)], tmp_path)
    assert not (tmp_path / "index.html").exists()


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write([example()], tmp_path / "f")
