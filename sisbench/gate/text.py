"""The finding of the gate for terminals and logs."""

from __future__ import annotations

from sisbench.errors import counted
from sisbench.gate.findings import Judged, Result
from sisbench.gate.wording import HEAD, cells, notes, others, summary
from sisbench.report_text import aligned


def text(result: Result) -> str:
    """Return tables of numbers, what else changed, and at the end one sentence; the same files give the same text.

    What a terminal would not print but obey, such as a line break in the name of a method, is replaced.
    """
    blocks = [_pair(pair, result.strict) for pair in result.pairs]
    blocks += [others(result), [summary(result)]]
    lines = [line for block in blocks if block for line in (*block, "")]
    return "\n".join("".join(c if c.isprintable() else "\ufffd" for c in line) for line in lines[:-1])


def _pair(pair: Judged, strict: bool) -> list[str]:
    lines = [
        f"{pair.record.identity}, {counted(pair.record.evaluation.n, 'image')}",
        f"baseline  {pair.baseline.path}",
        f"record    {pair.record.path}",
        "",
        *aligned([HEAD, *(cells(move, strict) for move in pair.moves)]),
    ]
    if below := notes(pair, strict):
        lines += ["", *below]
    if pair.changes or pair.diagnosis:
        lines += ["", "what else changed", *_changes(pair), *([pair.diagnosis] if pair.diagnosis else [])]
    return lines


def _changes(pair: Judged) -> list[str]:
    widths = [max((len(change[column]) for change in pair.changes), default=0) for column in (0, 1)]
    return [f"  {c.kind.ljust(widths[0])}  {c.what.ljust(widths[1])}  {c.before} -> {c.after}" for c in pair.changes]
