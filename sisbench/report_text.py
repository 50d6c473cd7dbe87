"""The table of an evaluation as text, for terminals and log files."""

from __future__ import annotations

import math

from sisbench.evaluation import Evaluation, NotAvailable, Value


def table(evaluation: Evaluation) -> str:
    """Return the table of an evaluation.

    One row per output: value and standard error, number of images, and beside it the score of the real images where
    the output has one. Below stand the reasons of what is not available.
    """
    rows: list[tuple[str, ...]] = [("metric", "value ± std. error", "n", "real images")]
    reasons: dict[str, list[str]] = {}
    for output, score in evaluation.results.items():
        arrow = "↑" if evaluation.higher_is_better[output] else "↓"
        real = evaluation.real.get(output)
        n = str(score.n) if isinstance(score, Value) else ""
        rows.append((f"{output} {arrow}", format_score(score), n, "" if real is None else format_score(real)))
        if isinstance(score, NotAvailable):
            reasons.setdefault(score.reason, []).append(output)
    facts = evaluation.provenance
    count = f"{evaluation.n} generated images"
    if "images_per_layout" in facts:
        count = f"{evaluation.n} layouts with {facts['images_per_layout']} generated images each"
    title = f"{facts['dataset']} {facts['split']}, protocol {facts['protocol']}, {count}"
    notes = [f"n/a  {', '.join(outputs)}: {reason}" for reason, outputs in reasons.items()]
    return "\n".join([title, "", *aligned(rows), *([""] if notes else []), *notes])


def format_score(score: Value | NotAvailable) -> str:
    """Return a score with as many digits as its standard error allows (two of the error itself).

    >>> format_score(Value(0.512345, 0.01234, 48))
    '0.512 ± 0.012'
    >>> format_score(Value(104.2345, 3.21, 48)), format_score(Value(0.5, None, 1))
    ('104.2 ± 3.2', '0.5')
    """
    if isinstance(score, NotAvailable):
        return "n/a"
    if score.stderr is None:
        return f"{score.value:.4g}"
    decimals = 3 if score.stderr == 0 else min(max(1 - math.floor(math.log10(score.stderr)), 0), 6)
    return f"{score.value:.{decimals}f} ± {score.stderr:.{decimals}f}"


def aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Return rows of equal columns under a ruled head; the first column stands left, the others right.

    Args:
        rows: The head first, all of equal length.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    ]
    return [lines[0].rstrip(), "-" * (sum(widths) + 2 * (len(widths) - 1)), *(line.rstrip() for line in lines[1:])]
