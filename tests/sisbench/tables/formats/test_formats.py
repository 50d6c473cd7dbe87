"""All formats: names and suffixes, several tables, and the same bytes every time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.tables.formats import SUFFIXES, Format, of_suffix, render
from tests.sisbench.tables.example import example, hostile, large

TEXT: list[Format] = [form for form in SUFFIXES if form != "png"]


@pytest.mark.parametrize("form", SUFFIXES)
def test_a_file_is_in_the_format_of_its_suffix(form: Format) -> None:
    assert of_suffix(Path(f"a.b{SUFFIXES[form].upper()}")) == form


@pytest.mark.parametrize(("name", "kind"), [("t.docx", ".docx"), ("t", "without a suffix")])
def test_an_unknown_suffix(name: str, kind: str) -> None:
    with pytest.raises(InputError, match=f"{name}, of the kind {kind}; expected one of .txt, .md, .tex"):
        of_suffix(Path(name))


@pytest.mark.parametrize("form", TEXT)
def test_several_tables_in_one_file(form: Format) -> None:
    both = render([example(), example(name="second", title="Another one")], form).decode()
    assert "An example" in both or form == "csv"
    assert "Another one" in both or "second" in both


def test_a_picture_holds_one_table() -> None:
    with pytest.raises(InputError, match="these are 2: example-1, example-1"):
        render([example(), example()], "png")


def test_standalone_latex_is_a_document() -> None:
    assert render([example()], "latex", standalone=True).startswith(b"\\documentclass")
    assert b"\\documentclass" not in render([example()], "latex")


@pytest.mark.parametrize("form", TEXT)
def test_every_text_is_utf_8_that_ends_in_a_line_feed(form: Format) -> None:
    for made in (example(), hostile(), large(3, 4)):
        text = render([made], form).decode()
        assert text.endswith("\n")
        assert "\r" not in text


def test_a_table_without_rows_or_columns_is_written_too() -> None:
    for changes in ({"rows": ()}, {"columns": ()}):
        for form in SUFFIXES:
            assert render([example(**changes)], form)


SCRIPT = """
import hashlib
from sisbench.tables.formats import SUFFIXES, render
from tests.sisbench.tables.example import example, hostile
for form in SUFFIXES:
    print(form, *(hashlib.sha256(render([table], form)).hexdigest() for table in (example(), hostile())))
"""


def test_the_same_table_gives_the_same_bytes_in_every_process() -> None:
    outputs = set()
    for seed, language in (("1", "C"), ("2", "C.UTF-8")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": language, "TZ": f"UTC{seed}"}
        done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, check=True)
        outputs.add(done.stdout)
    assert len(outputs) == 1
    here = [f"{form} {hashlib.sha256(render([example()], form)).hexdigest()}" for form in SUFFIXES]
    assert [" ".join(line.split()[:2]) for line in outputs.pop().decode().splitlines()] == here
