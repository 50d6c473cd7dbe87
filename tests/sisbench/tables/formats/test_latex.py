"""Tables in LaTeX: escapes by hand, and documents that pdflatex compiles."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sisbench.tables import definitions, published
from sisbench.tables.build import build
from sisbench.tables.formats.latex import document, escaped, latex
from sisbench.tables.model import Row
from tests.sisbench.tables.example import example, hostile

BODY = r"""
\begin{tabular}{lllrrr}
\toprule
 &  &  & \multicolumn{2}{c}{City} &  \\
\cmidrule(lr){4-5}
Method & VGG &  & mIoU $\uparrow$ & FID $\downarrow$ & LPIPS \\
\midrule
A & yes & published & \underline{40.0}\textsuperscript{1} & 50.0 & 0.50 $\pm$ 0.10 \\
B & no & published & \textbf{60.0} & \textbf{30.5} &  \\
 &  & measured & 59.3\textsuperscript{pt} & 30.4\textsuperscript{pt} &  \\
 &  & difference & $-$0.7 & $-$0.1 &  \\
 &  & 95 \% interval & 58.3--60.2 &  &  \\
 &  & n & 500 & 400 &  \\
\midrule
C &  & measured, n = 500 &  & 0.0\textsuperscript{lwi} &  \\
 &  & 95 \% interval &  & $-$1.0 to 0.9 &  \\
D &  &  &  &  &  \\
\bottomrule
\end{tabular}
"""


def test_a_whole_table() -> None:
    text = latex(example())
    assert BODY in text
    assert "\\caption{An example}\n\\label{tab:example-1}\n" in text
    assert text.startswith("% Needs \\usepackage{booktabs}.\n\\begin{table}[tb]\n")
    assert text.endswith("\\end{table}\n")


def test_what_latex_would_read_is_escaped() -> None:
    assert escaped(r"50% & $x_1^2$ #{a}~\b") == (
        r"50\% \& \$x\_1\textasciicircum{}2\$ \#\{a\}\textasciitilde{}\textbackslash{}b"
    )
    assert escaped("Schönfeld, Łukasz, ñ, ï") == r"Sch\"{o}nfeld, \L{}ukasz, \~{n}, \"{\i}"
    assert escaped("中\u0300") == "[U+4E2D][U+0300]"
    assert escaped("a--b ``c'' d-e") == r"a-{}-b `{}`c'{}' d-e"
    assert escaped("") == ""


def test_a_row_that_begins_with_a_bracket_is_no_argument_of_the_row_before() -> None:
    text = latex(example(rows=(Row("a", "[5mm]"), Row("b", "*"))))
    assert "\n{[5mm]} & " in text
    assert "\n{*} & " in text


def test_columns_of_a_group_without_heading_are_counted() -> None:
    head = re.search(r"^ &.*multicolumn.*$", latex(example()), re.MULTILINE)
    assert head is not None
    assert head[0].count("&") == 4  # six columns, of which one heading spans two


def compile_(text: str, folder: Path) -> str:
    """Run pdflatex; return its log."""
    if shutil.which("pdflatex") is None:
        if os.environ.get("SISBENCH_REQUIRE_LATEX") == "1":
            pytest.fail("pdflatex is not here, and SISBENCH_REQUIRE_LATEX=1 asks for it")
        pytest.skip("pdflatex is not here: no table was compiled (SISBENCH_REQUIRE_LATEX=1 makes this a failure)")
    (folder / "t.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "t.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (folder / "t.pdf").stat().st_size > 1000
    return done.stdout


def test_every_table_of_the_papers_compiles_and_fits_the_page(tmp_path: Path) -> None:
    data = published.load()
    tables = [build(definitions.get(name), data, []) for name in definitions.names()]
    log = compile_(document([latex(table) for table in [*tables, example()]]), tmp_path)
    assert "Overfull" not in log
    assert re.search(r"Output written on t\.pdf \((\d+) pages", log)[1] == str(len(tables) + 1)  # type: ignore[index]


def test_hostile_text_compiles(tmp_path: Path) -> None:
    compile_(document([latex(hostile())]), tmp_path)


def test_every_escape_compiles(tmp_path: Path) -> None:
    """Printable ASCII, Latin letters with accents, and characters that the fonts lack."""
    characters = "".join(map(chr, (*range(32, 127), *range(160, 384), 0x2014, 0x2191, 0x4E2D, 0x1F600)))
    rows = tuple(Row(str(i), characters[i : i + 40]) for i in range(0, len(characters), 40))
    compile_(document([latex(example(rows=rows))]), tmp_path)


def test_a_fragment_compiles_in_a_document_of_an_author(tmp_path: Path) -> None:
    text = latex(example())
    compile_(
        f"\\documentclass{{article}}\\usepackage{{booktabs}}\\begin{{document}}\n{text}\\end{{document}}", tmp_path
    )


def test_without_pdflatex_the_tests_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.delenv("SISBENCH_REQUIRE_LATEX", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no table was compiled"):
        compile_("", tmp_path)
    monkeypatch.setenv("SISBENCH_REQUIRE_LATEX", "1")
    with pytest.raises(pytest.fail.Exception, match="pdflatex is not here"):
        compile_("", tmp_path)
