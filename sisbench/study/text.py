"""A study in words: what was planned, and the outcome as a text table and as CSV."""

from __future__ import annotations

import csv
import io
import itertools

from sisbench.errors import counted
from sisbench.report_text import aligned
from sisbench.study.interval import Proportion
from sisbench.study.make import Made
from sisbench.study.score import Rater, Scores

COLUMNS = ("method", "against", "dataset", "metric", "value", "low", "high", "n", "raters", "layouts", "study")
_FEW = 5


def design(made: Made) -> str:
    """Return how often every pair of methods is asked, and where the files are."""
    key = made.key
    rows: list[tuple[str, ...]] = [("compared", "answers", "layouts", "first / second")]
    for pair in itertools.combinations(key.methods, 2):
        shown = [trial for trial in key.trials if {trial.first.method, trial.second.method} == set(pair)]
        ahead = sum(trial.first.method == pair[0] for trial in shown)
        layouts = {trial.layout for trial in shown}
        rows.append((f"{pair[0]} vs. {pair[1]}", str(len(shown)), str(len(layouts)), f"{ahead} / {len(shown) - ahead}"))
    vigilance = sum(trial.vigilance for trial in key.trials)
    each = counted((len(key.trials) - vigilance) // key.raters, "comparison")
    return "\n".join(
        [
            f"study {key.study[:8]}, {key.question}",
            f"{counted(key.raters, 'rater')}, {each} and {counted(vigilance // key.raters, 'vigilance pair')} each",
            "",
            *aligned(rows),
            "",
            f"page  {made.page} ({counted(made.images, 'picture')}, {made.megabytes:.1f} MB): for the raters, each "
            "with a number of their own",
            f"key   {made.key_file}: keep it from them; 'sisbench study score' needs it",
        ]
    )


def table(scores: Scores) -> str:
    """Return the preferences, what every rater did, and what a reader must know."""
    rows: list[tuple[str, ...]] = [("preferred", "% of answers", "95 % interval", "n", "raters", "layouts")]
    for one in scores.preferences:
        cells = _cells(one.share) if one.share else ("n/a", "", "0", "", "")
        rows.append((f"{one.method} vs. {one.against}", *cells))
    people: list[tuple[str, ...]] = [("rater", "answers", "vigilance", "first image", "median time", "counted")]
    people += [_person(rater) for rater in scores.raters]
    head = f"study {scores.key.study[:8]}, {scores.key.question}"
    return "\n".join([head, "", *aligned(rows), "", *aligned(people), "", *_notes(scores)])


def to_csv(scores: Scores) -> str:
    """Return one line for each pair of methods, in per cent; unscored pairs have empty numbers."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    value = scores.to_json()
    for row in value["preferences"]:
        writer.writerow({**row, "dataset": value["dataset"], "study": value["study"]})
    return stream.getvalue()


def _cells(share: Proportion) -> tuple[str, ...]:
    return (
        f"{100 * share.value:.1f}",
        f"{100 * share.low:.1f} .. {100 * share.high:.1f}",
        str(share.n),
        str(share.raters),
        str(share.layouts),
    )


def _person(rater: Rater) -> tuple[str, ...]:
    return (
        str(rater.number),
        f"{rater.answered}/{rater.asked}",
        f"{rater.right}/{rater.vigilance}",
        "" if rater.first is None else f"{100 * rater.first:.0f} %",
        "" if rater.seconds is None else f"{rater.seconds:.1f} s",
        "no" if rater.excluded else "yes",
    )


def _notes(scores: Scores) -> list[str]:
    notes = [f"rater {rater.number} does not count: {rater.excluded}" for rater in scores.raters if rater.excluded]
    unfinished = [r for r in scores.raters if not r.excluded and r.answered < r.asked]
    notes += [f"rater {r.number} left {counted(r.asked - r.answered, 'question')} open" for r in unfinished]
    absent = sorted(set(range(1, scores.key.raters + 1)) - {rater.number for rater in scores.raters})
    if absent:
        notes.append(f"no file of {'rater' if len(absent) == 1 else 'raters'} {', '.join(map(str, absent))}")
    side = scores.first_image
    verdict = "raters favoured a position" if scores.biased else "no favoured position found"
    notes.append(
        f"first image chosen in {100 * side.value:.1f} % of the answers ({100 * side.low:.1f} .. "
        f"{100 * side.high:.1f}): {verdict}"
    )
    for one in scores.preferences:
        if one.share is None:
            notes.append(f"n/a  {one.method} vs. {one.against}: no answers")
    if side.raters == 1:
        notes.append("one rater: the intervals speak about other layouts, not about other raters")
    elif side.raters < _FEW:
        notes.append(f"{side.raters} raters: the intervals are wide, since little is known of how raters differ")
    return [*notes, "50 % is a tie; intervals are for other raters and other layouts of the same kind"]
