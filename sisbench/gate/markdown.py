"""The finding of the gate for a comment on a pull request: GitHub's Markdown, with details that fold."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from sisbench.errors import counted
from sisbench.gate.findings import Judged, Result
from sisbench.gate.wording import HEAD, cells, notes, others, summary

MARKER = "<!-- sisbench check -->"
"""First line, by which a workflow finds its own comment again."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]|~$]|:(?=//))")
_REFERENCE = re.compile("([@#])")
"""What GitHub takes for people and issues; a backslash does not keep it from that, a comment behind it does."""


def markdown(result: Result) -> str:
    """Return the finding; names from files are escaped, so that they are shown and not obeyed."""
    mark = "❌" if result.failed else "✅"
    blocks = [MARKER, f"### {mark} sisbench check {escaped(summary(result))}"]
    for pair in result.pairs:
        blocks += _pair(pair, result.strict)
    if beside := others(result):
        blocks.append("\n".join(f"- {escaped(line)}" for line in beside))
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    r"""Return text as Markdown that shows it, on one line: no markup, no link, nobody mentioned.

    >>> escaped("a|b <script> *x*")
    'a\\|b &lt;script&gt; \\*x\\*'
    >>> escaped("@all #1")
    '@<!-- -->all #<!-- -->1'
    """
    return _as_html(_SPECIAL.sub(r"\\\1", " ".join(text.split())))


def _as_html(text: str) -> str:
    """Text for the title of a fold, where Markdown is not obeyed but HTML is, and people and issues are looked for."""
    return _REFERENCE.sub(r"\1<!-- -->", html.escape(text, quote=False))


def _pair(pair: Judged, strict: bool) -> list[str]:
    name, count = str(pair.record.identity), counted(pair.record.evaluation.n, "image")
    failures = pair.failures(strict)
    rows = [[escaped(cell) for cell in cells(move, strict)] for move in pair.moves]
    for row, move in zip(rows, pair.moves, strict=True):
        row[-1] = f"**{row[-1]}**" if move in failures else row[-1]
    table = _table(HEAD, ("---", *("--:",) * 4, "---"), *rows)
    blocks = [f"**{escaped(name)}**, {count}", table] if failures else [_folded(f"{name}, {count}: passed", table)]
    if below := [*notes(pair, strict), *([pair.diagnosis] if pair.diagnosis else [])]:
        blocks.append("\n".join(f"- {escaped(line)}" for line in below))
    files = ("", "file", str(pair.baseline.path), str(pair.record.path))
    changes = [[escaped(cell) for cell in row] for row in (files, *pair.changes)]
    listed = _table(("ingredient", "entry", "baseline", "record"), ("---",) * 4, *changes)
    return [*blocks, _folded(f"What else changed: {len(pair.changes) or 'nothing that is recorded'}", listed)]


def _table(*rows: Sequence[str]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{_as_html(' '.join(title.split()))}</summary>\n\n{body}\n\n</details>"
