"""What the terminal and Markdown say alike: cells of the table, headings, and the sentence at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sisbench.errors import counted
from sisbench.evaluation import NotAvailable, Value
from sisbench.gate.findings import Judged, Move, Result, Score, Verdict
from sisbench.report_text import by_reason

HEAD = ("metric", "baseline", "record", "change", "allowed", "verdict")
_ABSENT = "-"
_DIGITS = 6

_WORDS: dict[Verdict, str] = {
    "regressed": "regressed",
    "improved": "improved",
    "within": "within tolerance",
    "unchanged": "unchanged",
    "lost": "lost",
    "gained": "new",
    "n/a": "n/a",
}


def cells(move: Move, strict: bool) -> tuple[str, ...]:
    """Return one row of the table, with so many digits that the allowed distance has two."""
    arrow = "↑" if move.higher_is_better else "↓"
    name = f"{move.output} {arrow}"
    if move.change is None:
        scores = (_score(score, None) for score in (move.before, move.after))
        return (name, *scores, _ABSENT, _ABSENT, verdict(move, strict))
    assert move.allowed is not None
    before, after = (_score(score, move.allowed) for score in (move.before, move.after))
    change = _number(move.change, move.allowed, sign=True)
    return name, before, after, change, _allowed(move), verdict(move, strict)


def verdict(move: Move, strict: bool) -> str:
    """Return what has become of a number; capitals fail the gate."""
    word = _WORDS[move.verdict]
    fails = move.verdict in ("regressed", "lost") or (strict and move.verdict == "improved")
    return word.upper() if fails else word


def sentence(move: Move) -> str:
    """Return a failure in one line.

    >>> from sisbench.gate.rules import Tolerance
    >>> sentence(Move("psnr", True, Value(20.0, 0.1, 4), Value(19.0, 0.1, 4), Tolerance("absolute", 0.01), 0.01))
    'psnr is 19.000 and was 20.000: a change of -1.000, where 0.010 is allowed.'
    >>> sentence(Move("fid", False, Value(20.0, 0.1, 4), NotAvailable("no weights."), Tolerance("absolute", 0.1)))
    'fid was 20 and is no number now: no weights.'
    """
    if move.change is None:
        reason = move.after.reason if isinstance(move.after, NotAvailable) else "the record does not have it."
        return f"{move.output} was {_score(move.before, None)} and is no number now: {reason}"
    assert move.allowed is not None
    before, after = (_score(score, move.allowed) for score in (move.before, move.after))
    change = _number(move.change, move.allowed, sign=True)
    return f"{move.output} is {after} and was {before}: a change of {change}, where {_allowed(move)} is allowed."


def notes(pair: Judged, strict: bool) -> list[str]:
    """Return what stands below the table of a pair."""
    found = [
        f"{move.output} moved most in: "
        + ", ".join(f"{key} ({_number(share, move.allowed or 0, sign=True)})" for key, share in move.images)
        for move in pair.having("regressed")
        if move.images
    ]
    lost = {m.output: _reason(m.after) for m in pair.having("lost")}
    found += [f"lost  {line}" for line in by_reason(lost)]
    absent = {m.output: _reason(m.after) for m in pair.having("n/a")}
    found += [f"n/a on both sides  {line}" for line in by_reason(absent)]
    if gained := pair.having("gained"):
        found.append(f"new, and not checked: {_names(gained)}. '--update' takes the record as the baseline.")
    if not strict and (improved := pair.having("improved")):
        found.append(f"improved: {_names(improved)}. '--update' takes the record as the baseline and keeps the gain.")
    return [*found, *pair.notes]


def summary(result: Result) -> str:
    """Return the whole finding in one sentence.

    >>> summary(Result((), (), (), False))
    'passed: nothing was checked'
    """
    verdicts: tuple[Verdict, ...] = ("regressed", "lost", "improved", "within", "unchanged", "gained", "n/a")
    counts = [f"{result.count(v)} {_WORDS[v]}" for v in verdicts if result.count(v)]
    if result.missing:
        counts.insert(0, f"{counted(len(result.missing), 'record')} missing")
    return f"{'FAILED' if result.failed else 'passed'}: {', '.join(counts) or 'nothing was checked'}"


def others(result: Result) -> list[str]:
    """Return what is to say beside the pairs: baselines and records that stand alone, and notes."""
    missing = [
        f"MISSING: no record for {subject.identity} ({subject.path}){f'; {hint}' if hint else ''}."
        for subject, hint in result.missing
    ]
    extra = [f"not checked: {subject.path} ({subject.identity}) has no baseline." for subject in result.extra]
    return [*missing, *extra, *result.notes]


def _reason(score: Score) -> str:
    return score.reason if isinstance(score, NotAvailable) else "the record does not have it."


def _names(moves: Sequence[Move]) -> str:
    return ", ".join(move.output for move in moves)


def _score(score: Score, allowed: float | None) -> str:
    if not isinstance(score, Value):
        return "n/a" if isinstance(score, NotAvailable) else _ABSENT
    return f"{score.value:.{_DIGITS}g}" if allowed is None else _number(score.value, allowed)


def _allowed(move: Move) -> str:
    assert move.allowed is not None
    said = str(move.tolerance)
    shown = _number(move.allowed, move.allowed)
    return shown if move.tolerance.kind == "absolute" else f"{shown} ({said})"


def _number(value: float, allowed: float, sign: bool = False) -> str:
    """A number with two digits of the allowed distance, or with six of its own where none is allowed."""
    plus = "+" if sign else ""
    decimals = 1 - math.floor(math.log10(allowed)) if allowed > 0 else _DIGITS + 1
    if decimals > _DIGITS:
        return f"{value:{plus}.{_DIGITS}g}"
    shown = f"{value:{plus}.{max(0, decimals)}f}"
    return shown if float(shown) or not value else f"{value:{plus}.0e}"
