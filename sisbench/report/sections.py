"""The section of one run as HTML: scores by class, training curves, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from sisbench.evaluation import Value
from sisbench.report import facts
from sisbench.report.collect import Run
from sisbench.report_text import format_score

_POINTS = 120
"""Most points of a curve; beyond them neighbours are averaged."""

_BAR, _CURVE, _TALL, _PAD = 140, 180, 40, 2
"""Widths of a bar and a curve, height of a curve, room around it, in pixels."""


def section(run: Run, number: int) -> str:
    """Return the section of a run."""
    label = escape(run.label)
    parts = [_classes(run), _curves(run.losses)]
    return (
        f'<article class="run" id="run-{number}" data-run="{number}" data-protocol="{escape(run.protocol)}" '
        f'data-dataset="{escape(run.dataset)}" data-method="{escape(run.method)}" tabindex="-1">'
        f'<h3><bdi>{label}</bdi></h3><p class="muted"><bdi>{escape(run.dataset)}</bdi>, protocol '
        f"<bdi>{escape(run.protocol)}</bdi>, <bdi>{escape(facts.short_facts(run))}</bdi></p>"
        f'<div class="parts">{"".join(parts)}</div>{_provenance(run)}</article>'
    )


def _classes(run: Run) -> str:
    """Bars of every quantity that has values by class, with the real images' own score as an upright mark."""
    tables = []
    for quantity, fakes in run.record.evaluation.per_class.items():
        reals = run.record.evaluation.real_per_class.get(quantity, {})
        names = dict.fromkeys((*fakes, *reals))
        top = max([1.0, *(side[name].value for side in (fakes, reals) for name in side)])
        rows = "".join(_class_row(name, fakes.get(name), reals.get(name), top, bool(reals)) for name in names)
        real = '<th scope="col">real</th>' if reals else ""
        tables.append(
            f'<div class="scroll"><table class="classes"><caption>{escape(quantity)} by class</caption><thead><tr>'
            f'<th scope="col">class</th><th scope="col"><span class="hidden">bar</span></th><th scope="col">value</th>'
            f"{real}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
    return "".join(tables)


def _class_row(name: str, fake: Value | None, real: Value | None, top: float, with_real: bool) -> str:
    bar = f'<rect class="bar" y="2" width="{_BAR * fake.value / top:.1f}" height="8"/>' if fake else ""
    x = _BAR * real.value / top if real else 0.0
    tick = f'<path class="tick" d="M{x:.1f} 0V12"/>' if real else ""
    cell = f"<td>{f'{real.value:.3f}' if real else ''}</td>"
    drawing = (
        f'<svg width="{_BAR}" height="12" viewBox="0 0 {_BAR} 12" preserveAspectRatio="none" aria-hidden="true" '
        f'focusable="false"><path class="axis" d="M0 11.5H{_BAR}"/>{bar}{tick}</svg>'
    )
    return (
        f'<tr><th scope="row"><bdi>{escape(name)}</bdi></th><td>{drawing}</td>'
        f"<td>{format_score(fake) if fake else 'absent'}</td>{cell if with_real else ''}</tr>"
    )


def _curves(losses: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """One small curve for every term of the training's log, each on a scale of its own."""
    drawn = [
        f'<li><span><bdi>{escape(term)}</bdi></span>{curve(points)}<span class="number">{points[-1][1]:.4g}</span></li>'
        for term, points in losses.items()
    ]
    if not drawn:
        return ""
    last = max(points[-1][0] for points in losses.values())
    return (
        f'<div class="training"><h4>Training, to step {last}</h4><p class="muted">Loss terms, each on its own scale; '
        f'the last value stands beside its curve.</p><ul class="curves">{"".join(drawn)}</ul></div>'
    )


def curve(points: Sequence[tuple[int, float]]) -> str:
    """Draw values by step."""
    means = _averaged(points)
    steps, values = [step for step, _ in means], [value for _, value in means]
    low, high = min(values), max(values)
    across = (_CURVE - 2 * _PAD) / ((steps[-1] - steps[0]) or 1)
    up = (_TALL - 2 * _PAD) / ((high - low) or 1)
    line = " ".join(f"{_PAD + (s - steps[0]) * across:.1f},{_TALL - _PAD - (v - low) * up:.1f}" for s, v in means)
    words = f"from {values[0]:.3g} to {values[-1]:.3g}, between {low:.3g} and {high:.3g}"
    return (
        f'<svg class="curve" viewBox="0 0 {_CURVE} {_TALL}" width="{_CURVE}" height="{_TALL}" '
        f'preserveAspectRatio="none" role="img" aria-label="{words}"><polyline points="{line}"/></svg>'
    )


def _averaged(points: Sequence[tuple[int, float]]) -> list[tuple[float, float]]:
    ordered = sorted(points)
    groups = min(len(ordered), _POINTS)
    found = []
    for i in range(groups):
        group = ordered[i * len(ordered) // groups : (i + 1) * len(ordered) // groups]
        found.append((sum(step for step, _ in group) / len(group), sum(value for _, value in group) / len(group)))
    return found


def _provenance(run: Run) -> str:
    groups = "".join(
        f"<h5>{escape(title)}</h5>{_entries(values)}" for title, values in facts.everything(run).items() if values
    )
    return (
        '<details class="provenance"><summary>Provenance</summary><div class="sheet"><h5>Repeat it</h5>'
        f'<p class="command"><code>{escape(facts.command(run))}</code></p>{groups}</div></details>'
    )


def _entries(values: Mapping[str, Any]) -> str:
    """Names and values; those of an object stand inside."""
    entries = (f"<dt><bdi>{escape(str(name))}</bdi></dt><dd>{_entry(value)}</dd>" for name, value in values.items())
    return f"<dl>{''.join(entries)}</dl>"


def _entry(value: Any) -> str:
    if isinstance(value, Mapping) and value:
        return _entries(value)
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    return f"<bdi>{escape(str(value)) if value not in (None, '', {}) else 'none'}</bdi>"
