"""Score of every class by method, with the segmenter's score on the real photos as the upper bound.

A mean over classes hides which ones a method cannot draw. Classes are sorted by the bound: where it is low, the
segmenter and not the generator is what the number judges. The whiskers are 95 % intervals.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sisbench.errors import InputError, counted
from sisbench.evaluation import Z95, Evaluation, Value
from sisbench.plots import COLORS, Drawing, Option, register
from sisbench.plots._kind import PROTOCOL
from sisbench.plots._measured import evaluations
from sisbench.plots._style import INK, MARKERS, MUTED, frame, heading
from sisbench.plots._text import absent, caption, drawable, legend_columns, short_name
from sisbench.report_text import task

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLES = {"iou": "IoU"}
_IN_PERCENT = ("iou", "accuracy")
_WIDTH, _ROW, _METHOD = 6.4, 0.11, 0.075
"""Inches: the figure, and what a class takes without and for each method."""


@register(
    "per-class",
    files="required",
    options=(PROTOCOL, Option("quantity", "What has a value for every class.", default="iou")),
)
def command(files: tuple[Path, ...], protocol: str | None, quantity: str) -> Drawing:
    """Scores of every class, beside those of the real photos.

    FILES are run folders, their record.json files, or JSON files of 'sisbench evaluate --output', all of the same
    samples under the same protocol.

    \b
    Examples:
      sisbench plot per-class runs/tinytown/lggan runs/tinytown/spade -o classes.pdf
    """  # noqa: D301 - click wants the character \b
    found = evaluations(files, protocol)
    notes = absent(missing(found, quantity), shorten=False)
    return Drawing(per_class(found, quantity), tuple(notes))


def missing(methods: Mapping[str, Evaluation], quantity: str) -> dict[str, str]:
    """Return why methods, or single classes of them, have no values."""
    classes = _classes(methods, quantity)
    reasons = {}
    for name, one in methods.items():
        values = one.per_class.get(quantity)
        if not values:
            reasons[name] = f"no {quantity} by class was evaluated."
        elif lacking := [c for c in classes if c not in values]:
            reasons[name] = f"neither layouts nor images show {', '.join(lacking)}."
    return reasons


def per_class(methods: Mapping[str, Evaluation], quantity: str = "iou") -> Figure:
    """Draw the figure.

    Args:
        methods: Evaluations of the same layouts under one protocol, by the name in the legend.
        quantity: Of `Evaluation.per_class`.

    Returns:
        One row for each class, the highest bound (else the highest first method) on top.

    Raises:
        InputError: No method has the quantity.
    """
    from matplotlib.figure import Figure

    classes = _classes(methods, quantity)
    if not classes:
        there = sorted({name for one in methods.values() for name in one.per_class})
        raise InputError(
            f"none of {', '.join(methods)} has {quantity!r} by class; expected one of {', '.join(there) or 'nothing'}, "
            "which they have. Name it with '--quantity', or evaluate again with a segmenter and '--metrics miou'."
        )
    shown = {name: one for name, one in methods.items() if one.per_class.get(quantity)}
    figure = Figure(figsize=(_WIDTH, 1.0 + len(classes) * (_ROW + _METHOD * max(1, len(shown)))), layout="constrained")
    axes = figure.subplots()
    scale = 100 if quantity in _IN_PERCENT else 1
    _draw_bounds(axes, [_bound(methods, quantity, name) for name in classes], scale)
    for place, (name, one) in enumerate(shown.items()):
        offset = (place - (len(shown) - 1) / 2) * _METHOD / (_ROW + _METHOD * len(shown))
        _draw_method(axes, place, name, [one.per_class[quantity].get(c) for c in classes], offset, scale)
    axes.set_yticks(range(len(classes)), list(map(drawable, classes)), fontsize=8.5)
    axes.set_ylim(len(classes) - 0.4, -0.6)
    frame(axes, grid="x")
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_xlabel(f"{_TITLES.get(quantity, quantity)}{' (%)' if scale == 100 else ''}", fontsize=9, color=INK)
    heading(axes, f"{_TITLES.get(quantity, quantity)} by class")
    beside = legend_columns(map(short_name, shown), _WIDTH)
    figure.legend(loc="outside upper left", ncols=beside, frameon=False, fontsize=8, labelcolor=INK, handletextpad=0.4)
    first = next(iter(methods.values()))
    lines = [f"{task(first.provenance)}, {counted(first.n, 'image')}; whiskers: 95 % intervals"]
    caption(figure, [*lines, *absent(missing(methods, quantity))])
    return figure


def _classes(methods: Mapping[str, Evaluation], quantity: str) -> list[str]:
    """Classes that any method has, by falling bound; without bounds by the falling score of the first that has one."""
    names = dict.fromkeys(name for one in methods.values() for name in one.per_class.get(quantity, {}))

    def height(name: str) -> float:
        bound = _bound(methods, quantity, name)
        scores = [one.per_class[quantity][name] for one in methods.values() if name in one.per_class.get(quantity, {})]
        return (bound or scores[0]).value

    return sorted(names, key=height, reverse=True)


def _bound(methods: Mapping[str, Evaluation], quantity: str, name: str) -> Value | None:
    """Score of the real photos: one for all methods, which share layouts, protocol and segmenter."""
    bounds = (one.real_per_class.get(quantity, {}).get(name) for one in methods.values())
    return next((bound for bound in bounds if bound is not None), None)


def _draw_bounds(axes: Axes, bounds: list[Value | None], scale: float) -> None:
    """Draw the score of the photos as an upright line through each row that has one."""
    known = [(place, bound.value * scale) for place, bound in enumerate(bounds) if bound is not None]
    if known:
        places, values = zip(*known, strict=True)
        axes.vlines(
            values,
            [p - 0.42 for p in places],
            [p + 0.42 for p in places],
            color=INK,
            linewidth=1.6,
            label="real photos",
        )


def _draw_method(axes: Axes, place: int, name: str, values: list[Value | None], offset: float, scale: float) -> None:
    rows = [(row + offset, value) for row, value in enumerate(values) if value is not None]
    axes.errorbar(
        [value.value * scale for _, value in rows],
        [row for row, _ in rows],
        xerr=[Z95 * (value.stderr or 0.0) * scale for _, value in rows],
        linestyle="",
        marker=MARKERS[place % len(MARKERS)],
        markersize=4.5,
        color=COLORS[place % len(COLORS)],
        markeredgecolor=INK,
        markeredgewidth=0.4,
        ecolor=MUTED,
        elinewidth=0.7,
        label=short_name(name),
    )
