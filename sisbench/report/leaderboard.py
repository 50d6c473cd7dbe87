"""The leaderboard as HTML tables that need no script: one for each set of runs whose numbers compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from sisbench.errors import counted
from sisbench.evaluation import NotAvailable, Value
from sisbench.report.collect import Run
from sisbench.report.facts import short_facts
from sisbench.report_text import format_score
from sisbench.scored import FACTS

_WIDTH, _HEIGHT, _PAD = 84, 12, 4
"""Of the drawing of an interval, in pixels."""


@dataclass(frozen=True)
class Board:
    """Runs on the same images under the same protocol.

    Attributes:
        runs: Number and run.
        outputs: Columns, in the order of the protocol.
    """

    runs: tuple[tuple[int, Run], ...]
    outputs: tuple[str, ...]

    @property
    def first(self) -> Run:
        """A run that stands for the others in what they have in common."""
        return self.runs[0][1]


def boards(runs: Sequence[Run]) -> list[Board]:
    """Divide runs into tables, in the order of protocol and data set."""
    groups: dict[tuple[str, ...], list[tuple[int, Run]]] = {}
    for number, run in enumerate(runs):
        facts = run.record.evaluation.provenance
        identity = (run.protocol, run.dataset, *(facts.get(fact, "") for fact in FACTS))
        groups.setdefault(identity, []).append((number, run))
    made = []
    for members in groups.values():
        outputs = dict.fromkeys(output for _, run in members for output in run.record.evaluation.results)
        made.append(Board(tuple(members), tuple(outputs)))
    return sorted(made, key=lambda b: (b.first.protocol, b.first.dataset, -b.first.record.evaluation.n))


def table(board: Board, number: int) -> str:
    """Return a board as HTML."""
    first = board.first
    heads = "".join(_head(output, board, output == _ranked_by(board)) for output in board.outputs)
    spans = {output: _span(output, board) for output in board.outputs}
    best = {output: _best(output, board) for output in board.outputs}
    reasons = _reasons(board)
    rank = _ranked_by(board)
    rows = "".join(_row(run_number, run, board, spans, best, reasons) for run_number, run in _sorted(board, rank))
    n = first.record.evaluation.n
    several = first.images_per_layout > 1
    count = f"{counted(n, 'layout')}, {first.images_per_layout} images each" if several else counted(n, "image")
    return (
        f'<section class="board" data-protocol="{escape(first.protocol)}" data-dataset="{escape(first.dataset)}">'
        f'<h3 id="board-{number}"><bdi>{escape(first.dataset)}</bdi> <span class="muted"><bdi>{escape(first.split)}'
        f'</bdi>, {count}</span> <span class="protocol">protocol <bdi>{escape(first.protocol)}</bdi></span></h3>'
        f'<div class="scroll" role="region" tabindex="0" aria-labelledby="board-{number}"><table>'
        '<caption class="hidden">Value and standard error; the line beside it is the 95 % interval, the upright mark '
        f'the score of the real images.</caption><thead><tr><th scope="col">method</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody>{_real(board, spans)}</table></div>{_notes(board, reasons)}</section>"
    )


def interval(score: Value) -> tuple[float, float]:
    """Bounds of the 95 % interval; both the value itself where there is no standard error."""
    return score.interval or (score.value, score.value)


def _ranked_by(board: Board) -> str | None:
    """The first output that any run has a number of: rows stand in its order, best first."""
    return next((output for output in board.outputs if any(_value(run, output) for _, run in board.runs)), None)


def _sorted(board: Board, output: str | None) -> list[tuple[int, Run]]:
    def place(entry: tuple[int, Run]) -> tuple[bool, float]:
        score = _value(entry[1], output or "")
        if score is None:
            return True, 0.0
        return False, -score.value if _higher(board, output or "") else score.value

    return sorted(board.runs, key=place)


def _value(run: Run, output: str) -> Value | None:
    score = run.record.evaluation.results.get(output)
    return score if isinstance(score, Value) else None


def _higher(board: Board, output: str) -> bool:
    """Direction of an output; runs under one protocol agree in it."""
    directions = (run.record.evaluation.higher_is_better.get(output) for _, run in board.runs)
    return next((higher for higher in directions if higher is not None), True)


def _head(output: str, board: Board, ranked: bool) -> str:
    higher = _higher(board, output)
    words = "higher is better" if higher else "lower is better"
    order = f' aria-sort="{"descending" if higher else "ascending"}"' if ranked else ""
    return (
        f'<th scope="col" data-better="{"high" if higher else "low"}"{order}><bdi>{escape(output)}</bdi> '
        f'<span aria-hidden="true">{"↑" if higher else "↓"}</span><span class="hidden"> {words}</span></th>'
    )


def _row(
    number: int,
    run: Run,
    board: Board,
    spans: Mapping[str, tuple[float, float]],
    best: Mapping[str, float | None],
    reasons: Mapping[str, int],
) -> str:
    cells = []
    for output in board.outputs:
        score = run.record.evaluation.results.get(output)
        real = run.record.evaluation.real.get(output)
        if isinstance(score, Value):
            is_best = score.value == best[output]
            cells.append(_cell(score, spans[output], real if isinstance(real, Value) else None, is_best))
        else:
            mark = reasons[score.reason if isinstance(score, NotAvailable) else _NOT_MEASURED]
            cells.append(f'<td class="missing">n/a<sup>{mark}</sup></td>')
    return (
        f'<tr data-run="{number}" data-method="{escape(run.method)}"><th scope="row">'
        f'<a href="#run-{number}"><bdi>{escape(run.label)}</bdi></a>'
        f"<small><bdi>{escape(short_facts(run))}</bdi></small></th>{''.join(cells)}</tr>"
    )


def _cell(score: Value, span: tuple[float, float], real: Value | None, best: bool) -> str:
    low, high = interval(score)
    words = f"95 % interval {low:.4g} to {high:.4g}" if score.stderr is not None else "no interval"
    mark = '<span class="hidden">, best</span>' if best else ""
    return (
        f'<td data-value="{score.value!r}"{" class=best" if best else ""} title="{words}, n = {score.n}">'
        f'<span class="number">{format_score(score)}</span>{mark}<span class="hidden">, {words}</span>'
        f"{whisker(score, span, real)}</td>"
    )


def whisker(score: Value, span: tuple[float, float], real: Value | None = None) -> str:
    """Draw a number and its interval on the scale of its column."""
    scale = (_WIDTH - 2 * _PAD) / (span[1] - span[0]) if span[1] > span[0] else 0.0

    def x(value: float) -> str:
        return f"{_PAD + (value - span[0]) * scale if scale else _WIDTH / 2:.1f}"

    low, high, middle = *map(x, interval(score)), _HEIGHT / 2
    tick = f'<path class="tick" d="M{x(real.value)} 0V{_HEIGHT}"/>' if real is not None else ""
    return (
        f'<svg class="whisker" width="{_WIDTH}" height="{_HEIGHT}" aria-hidden="true" focusable="false">'
        f'<path class="axis" d="M0 {middle}H{_WIDTH}"/>{tick}'
        f'<path class="reach" d="M{low} {middle}H{high}M{low} 3V{_HEIGHT - 3}M{high} 3V{_HEIGHT - 3}"/>'
        f'<circle cx="{x(score.value)}" cy="{middle}" r="2.6"/></svg>'
    )


def _real(board: Board, spans: Mapping[str, tuple[float, float]]) -> str:
    """The score of the real images, where any output has one: of the first run, since all are of the same images."""
    reals = {
        output: score
        for _, run in reversed(board.runs)
        for output, score in run.record.evaluation.real.items()
        if isinstance(score, Value)
    }
    if not reals:
        return ""
    cells = "".join(
        _cell(reals[output], spans[output], None, best=False) if output in reals else "<td></td>"
        for output in board.outputs
    )
    return f'<tfoot><tr><th scope="row">real images</th>{cells}</tr></tfoot>'


def _span(output: str, board: Board) -> tuple[float, float]:
    """The scale of a column: all its intervals, those of the real images included."""
    sides = [
        side.get(output)
        for _, run in board.runs
        for side in (run.record.evaluation.results, run.record.evaluation.real)
    ]
    bounds = [bound for score in sides if isinstance(score, Value) for bound in interval(score)]
    return (min(bounds), max(bounds)) if bounds else (0.0, 1.0)


def _best(output: str, board: Board) -> float | None:
    """The best number of a column, if there is another one to be better than."""
    values = [score.value for _, run in board.runs if (score := _value(run, output)) is not None]
    if len(values) < 2:
        return None
    return max(values) if _higher(board, output) else min(values)


_NOT_MEASURED = "no part of the evaluation of this run, which another version of sisbench has made."


def _reasons(board: Board) -> dict[str, int]:
    """Every reason of an n/a, numbered from 1."""
    found: dict[str, int] = {}
    for _, run in board.runs:
        for output in board.outputs:
            score = run.record.evaluation.results.get(output)
            if not isinstance(score, Value):
                found.setdefault(_NOT_MEASURED if score is None else score.reason, len(found) + 1)
    return found


def _notes(board: Board, reasons: Mapping[str, int]) -> str:
    lines = [f"<li value={number}>{escape(reason)}</li>" for reason, number in reasons.items()]
    notes = f'<p class="muted">n/a, because:</p><ol class="reasons">{"".join(lines)}</ol>' if lines else ""
    doubts = dict.fromkeys((run.label, text) for _, run in board.runs for text in run.record.evaluation.warnings)
    for name, text in doubts:
        notes += f'<p class="warn"><bdi>{escape(name)}</bdi>: {escape(text)}</p>'
    networks = {f for _, run in board.runs for f in run.record.evaluation.provenance if f not in FACTS}
    for fact in sorted(networks):
        digests = {d for _, run in board.runs if (d := run.record.evaluation.provenance.get(fact)) is not None}
        if len(digests) > 1:
            notes += (
                f'<p class="warn">These runs were scored with different versions of <bdi>{escape(fact)}</bdi>: numbers '
                "that rest on it do not compare.</p>"
            )
    return f'<footer class="notes">{notes}</footer>' if notes else ""
