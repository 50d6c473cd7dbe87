"""A table in LaTeX, with the rules of booktabs; any text compiles with pdflatex, whatever it is written in."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from sisbench.tables.formats._grid import Grid, Line, Text, grid
from sisbench.tables.formats._notes import QUANTITIES, Quantity
from sisbench.tables.formats._slug import slug
from sisbench.tables.model import Table

_SPECIAL = {
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "−": "$-$",
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "\N{NO-BREAK SPACE}": "~",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "Æ": r"\AE{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
}
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}
_LIGATURES = ("--", "``", "''", "?`", "!`")
"""Pairs that would be set as a dash, a quotation mark, or a Spanish question mark."""
_WIDE = 9
"""Columns beyond which the table is set in smaller type."""

_HEAD = r"""\documentclass{article}
\usepackage[a4paper,landscape,margin=10mm]{geometry}
\usepackage{booktabs}
\pagestyle{empty}
\begin{document}
"""
_END = "\\end{document}\n"


def latex(table: Table, show: Sequence[Quantity] = QUANTITIES) -> str:
    r"""Return a `table` environment for a document that uses the package booktabs.

    The best number of a column is bold, the worst underlined; the label is `tab:NAME`. Numbers have no `\cite`: the
    keys of a bibliography are the author's.

    Args:
        table: The table.
        show: What to show of every cell.
    """
    text = grid(table, show)
    left = len(text.heads)
    rows = [*_group_rows(text, left), _row([escaped(cell) for cell in (*text.heads, *text.titles)]), r"\midrule"]
    for entry in text.entries:
        rows += [r"\midrule"] if entry.rule else []
        for i, line in enumerate(entry.lines):
            names = (entry.title, *entry.facts) if i == 0 else ("",) * (1 + len(entry.facts))
            rows.append(_row(_left_cells(names, line, text) + [_cell(cell) for cell in line.cells]))
    notes = [f"{_raised(note.marker)}{escaped(note.text)}" for note in text.notes]
    small = ["\\footnotesize", "\\setlength{\\tabcolsep}{3pt}"] if left + len(text.titles) > _WIDE else []
    lines = [
        r"% Needs \usepackage{booktabs}.",
        r"\begin{table}[tb]",
        r"\centering",
        *small,
        f"\\caption{{{escaped(text.title)}}}",
        f"\\label{{tab:{slug(table.name)}}}",
        f"\\begin{{tabular}}{{{'l' * left}{'r' * len(text.titles)}}}",
        r"\toprule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        *([r"\par\smallskip", r"\begin{minipage}{\linewidth}\footnotesize"] if notes else []),
        "\\par\n".join(notes),
        *([r"\end{minipage}"] if notes else []),
        r"\end{table}",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def document(fragments: Sequence[str]) -> str:
    """Return a whole document of tables, one on each page."""
    return _HEAD + "\\clearpage\n".join(fragments) + _END


def escaped(text: str) -> str:
    r"""Return text that LaTeX sets as it is; a character that its standard fonts lack becomes its number.

    >>> print(escaped("SPADE_2 & 50% Schönfeld"), escaped("中"))
    SPADE\_2 \& 50\% Sch\"{o}nfeld [U+4E2D]
    """
    composed = unicodedata.normalize("NFC", text)
    pairs = [before + c for before, c in zip(f" {composed}", composed, strict=False)]
    return "".join(("{}" if pair in _LIGATURES else "") + _character(pair[1]) for pair in pairs)


def _character(c: str) -> str:
    if c in _SPECIAL:
        return _SPECIAL[c]
    if c.isascii():
        return c if c.isprintable() else f"[U+{ord(c):04X}]"
    parts = unicodedata.normalize("NFD", c)
    if len(parts) == 2 and parts[1] in _ACCENTS and parts[0].isascii():
        letter = {"i": r"\i", "j": r"\j"}.get(parts[0], parts[0])
        return f"\\{_ACCENTS[parts[1]]}{{{letter}}}"
    return f"[U+{ord(c):04X}]"


def _group_rows(text: Grid, left: int) -> list[str]:
    """The row of headings over columns, and a rule below each."""
    if not text.groups:
        return []
    cells, rules, x = [""] * left, [], left + 1
    for name, size in text.groups:
        cells.append(f"\\multicolumn{{{size}}}{{c}}{{{escaped(name)}}}" if name else " & " * (size - 1))
        rules += [f"\\cmidrule(lr){{{x}-{x + size - 1}}}"] if name else []
        x += size
    return [_row(cells), " ".join(rules)]


def _left_cells(names: Sequence[str], line: Line, text: Grid) -> list[str]:
    return [escaped(name) for name in (*names, *([line.label] if text.labelled else []))]


def _cell(cell: Text) -> str:
    number = "$-$" + escaped(cell.text[1:]) if cell.text.startswith("-") else escaped(cell.text)
    around = {"best": f"\\textbf{{{number}}}", "worst": f"\\underline{{{number}}}", None: number}[cell.mark]
    return f"{around}{_raised(cell.suffix)}"


def _raised(suffix: str) -> str:
    return f"\\textsuperscript{{{suffix}}}" if suffix else ""


def _row(cells: Sequence[str]) -> str:
    # braces: a first cell that begins with a bracket would be read as an argument of the row before
    first, *rest = cells
    return " & ".join([f"{{{first}}}" if first.startswith(("[", "*")) else first, *rest]) + r" \\"
