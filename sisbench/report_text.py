"""The table of an evaluation as text, for terminals and log files."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sisbench.errors import counted
from sisbench.evaluation import Evaluation, NotAvailable, Value

_DECIMALS = 6
"""Digits after the point beyond which a small number is written with an exponent."""


def table(evaluation: Evaluation) -> str:
    """Return the table of an evaluation.

    One row per output: value and standard error, number of images, and beside it the score of the real images where
    any output has one. Below stand what makes numbers doubtful, and the reasons of what is not available.
    """
    with_real = bool(evaluation.real)
    rows: list[tuple[str, ...]] = [("metric", "value ± std. error", "n", "real images")]
    for output, score in evaluation.results.items():
        arrow = "↑" if evaluation.higher_is_better[output] else "↓"
        real = evaluation.real.get(output)
        n = str(score.n) if isinstance(score, Value) else ""
        rows.append((f"{output} {arrow}", format_score(score), n, "" if real is None else format_score(real)))
    missing = {output: s.reason for output, s in evaluation.results.items() if isinstance(s, NotAvailable)}
    count = counted(evaluation.n, "generated image")
    if "images_per_layout" in evaluation.provenance:
        count = f"{counted(evaluation.n, 'layout')}, {evaluation.provenance['images_per_layout']} generated images each"
    notes = [f"warning  {text}" for text in evaluation.warnings]
    notes += [f"n/a  {line}" for line in by_reason(missing)]
    lines = aligned(rows if with_real else [row[:-1] for row in rows])
    return "\n".join([f"{task(evaluation.provenance)}, {count}", "", *lines, *([""] if notes else []), *notes])


def class_tables(evaluation: Evaluation) -> str:
    """Return one table for each quantity that has values by class; empty where there is none.

    Rows are the classes that the images show, with the score of the real images beside that of the generated ones.
    """
    blocks = []
    for quantity, fakes in evaluation.per_class.items():
        reals = evaluation.real_per_class.get(quantity, {})
        rows: list[tuple[str, ...]] = [(f"{quantity} by class", "value ± std. error", "real images")]
        for name in dict.fromkeys((*fakes, *reals)):
            rows.append((name, *(format_score(side[name]) if name in side else "" for side in (fakes, reals))))
        blocks.append("\n".join(aligned(rows if reals else [row[:-1] for row in rows])))
    return "\n\n".join(blocks)


def task(facts: Mapping[str, str]) -> str:
    """Return what was compared under which protocol, from the provenance of an evaluation.

    >>> task({"dataset": "tinytown", "split": "val", "protocol": "tinytown-v1"})
    'tinytown val, protocol tinytown-v1'
    >>> task({"dataset": "images", "split": "folder", "protocol": "folders-v1"})
    'photos in a folder, protocol folders-v1'
    """
    reals = {"folder": "photos in a folder", "memory": "photos in memory", "re-sampled": "images of the same layouts"}
    dataset, split = facts["dataset"], facts["split"]
    if split not in reals:
        subject = f"{dataset} {split}"
    else:
        subject = reals[split] if dataset == "images" else f"{dataset}, {reals[split]}"
    return f"{subject}, protocol {facts['protocol']}"


def by_reason(reasons: Mapping[str, str]) -> list[str]:
    """Return one line for each reason, with all outputs that share it.

    >>> by_reason({"fid": "no weights", "miou": "no label maps", "kid": "no weights"})
    ['fid, kid: no weights', 'miou: no label maps']
    """
    outputs: dict[str, list[str]] = {}
    for output, reason in reasons.items():
        outputs.setdefault(reason, []).append(output)
    return [f"{', '.join(names)}: {reason}" for reason, names in outputs.items()]


def format_score(score: Value | NotAvailable) -> str:
    """Return a score with as many digits as its standard error allows (two of the error itself).

    >>> format_score(Value(0.512345, 0.01234, 48))
    '0.512 ± 0.012'
    >>> format_score(Value(104.2345, 3.21, 48)), format_score(Value(0.5, None, 1))
    ('104.2 ± 3.2', '0.5')
    >>> format_score(Value(3.1416e-6, 1.2e-7, 48))
    '3.14e-06 ± 1.2e-07'
    """
    if isinstance(score, NotAvailable):
        return "n/a"
    value, stderr = score.value, score.stderr
    if stderr is None:
        return f"{value:.4g}"
    if stderr == 0:
        return f"{value:.3f} ± 0.000" if value == 0 or abs(value) >= 1e-3 else f"{value:.4g} ± 0"
    decimals = max(1 - math.floor(math.log10(stderr)), 0)
    if decimals > _DECIMALS and 0 < abs(value) < 1e-3:
        digits = math.floor(math.log10(abs(value))) + decimals
        return f"{value:.{min(max(digits, 0), _DECIMALS)}e} ± {stderr:.1e}"
    decimals = min(decimals, _DECIMALS)
    return f"{value:.{decimals}f} ± {stderr:.{decimals}f}"


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
