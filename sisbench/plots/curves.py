"""Training curves: every logged term over the steps, several runs in one panel each.

The thin line is what was logged (one step's value), the thick one its running mean: exponential weights that fall to
1/e over `smooth` steps, normalised so that the first values are no lower than they were. Terms of the generator are
named g/..., those of the discriminator d/...; whatever else a log holds (a metric now and then) has a panel as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sisbench.errors import InputError
from sisbench.plots import COLORS, Drawing, Option, register
from sisbench.plots._style import INK, LINES, MUTED, frame, log_ticks
from sisbench.plots._text import absent, caption, legend_columns, short_name
from sisbench.plots._training_log import Curve, Curves, read

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OWNERS = {"g": "generator", "d": "discriminator"}
_COLUMNS, _WIDTH, _HEIGHT = 3, 2.7, 1.9
_SHARE = 20
"""Without '--smooth', weights fall over this fraction of the longest run."""


@register(
    "curves",
    files="required",
    options=(
        Option("term", "Term to draw ('g/gan'); may be repeated.  [default: all]", several=True),
        Option(
            "smooth",
            "Steps of the running mean; 0 draws what was logged alone.  [default: 1/20 of the longest run; 0 below 1]",
            number=True,
        ),
        Option("log", "Logarithmic values, of terms that are above 0 throughout.", default=False),
    ),
)
def command(files: tuple[Path, ...], term: tuple[str, ...], smooth: float | None, log: bool) -> Drawing:
    """Training curves of runs, finished or not.

    FILES are run folders, or their losses.jsonl files. Runs are named by their folders.

    \b
    Examples:
      sisbench plot curves runs/tinytown/lggan -o curves.png
      sisbench plot curves runs/tinytown/* --term g/feature_matching --term d/fake --log -o curves.pdf
    """  # noqa: D301 - click wants the character \b
    files = tuple({path.resolve(): path for path in files}.values())
    runs = {name: read(path) for name, path in zip(_labels(files), files, strict=True)}
    return Drawing(curves(runs, term, smooth, log), tuple(absent(_lacking(runs, term))))


def curves(
    runs: Mapping[str, Curves], terms: Sequence[str] = (), smooth: float | None = None, log: bool = False
) -> Figure:
    """Draw the figure.

    Args:
        runs: By the name in the legend.
        terms: Which to draw, in order; all where empty.
        smooth: Steps over which weights of the running mean fall to 1/e; 0 for none; None is 1/20 of the longest run,
            none where that is less than a step.
        log: Whether panels of terms above 0 have a logarithmic axis.

    Raises:
        InputError: No run has one of the terms, or `smooth` is no number of steps.
    """
    from matplotlib.figure import Figure

    if smooth is not None and not 0 <= smooth < math.inf:
        raise InputError(
            f"a running mean over {smooth:g} steps was asked for; expected 0 or more. Give one such as 200."
        )
    shown = _terms(runs, terms)
    share = max(curve.steps[-1] for run in runs.values() for curve in run.values()) / _SHARE
    span = smooth if smooth is not None else share if share >= 1 else 0.0
    columns = min(len(shown), _COLUMNS)
    rows = -(-len(shown) // columns)
    figure = Figure(
        figsize=(_WIDTH * columns + (1.5 if columns == 1 else 0), 0.35 + _HEIGHT * rows), layout="constrained"
    )
    grid = list(figure.subplots(rows, columns, squeeze=False, sharex=True).flat)
    linear = []
    for axes, term in zip(grid, shown, strict=False):
        for place, (name, run) in enumerate(runs.items()):
            if term in run:
                _draw(axes, run[term], span, place, name)
        above = all(value > 0 for run in runs.values() if term in run for value in run[term].values)
        if log and above:
            axes.set_yscale("log")
            log_ticks(axes.yaxis)
        elif log:
            linear.append(term)
        frame(axes)
        axes.tick_params(labelbottom=True)
        axes.set_title(_title(term), fontsize=8.5, color=INK, loc="left")
    for axes in grid[len(shown) :]:
        axes.remove()
    for axes in grid[max(0, len(shown) - columns) : len(shown)]:
        axes.set_xlabel("step", fontsize=8, color=MUTED)
    handles, labels = _handles(grid[: len(shown)])
    beside = legend_columns(labels, figure.get_figwidth())
    figure.legend(handles, labels, loc="outside upper left", ncols=beside, frameon=False, fontsize=8, labelcolor=INK)
    how = f"thick: running mean over about {span:.0f} steps; thin: as logged" if span else "as logged"
    notes = [f"linear axis, since not above 0 throughout: {', '.join(linear)}"] if linear else []
    caption(figure, [how, *notes, *absent(_lacking(runs, terms))])
    return figure


def smoothed(curve: Curve, span: float) -> list[float]:
    """Return the running mean with weights exp(-age / span), normalised.

    >>> smoothed(Curve((0, 10, 20), (2.0, 2.0, 2.0)), 5.0)
    [2.0, 2.0, 2.0]
    """
    total = weight = 0.0
    means = []
    for last, step, value in zip((curve.steps[0], *curve.steps), curve.steps, curve.values, strict=False):
        keep = math.exp((last - step) / span)
        total, weight = keep * total + value, keep * weight + 1
        means.append(total / weight)
    return means


def _draw(axes: Axes, curve: Curve, span: float, place: int, name: str) -> None:
    color, style = COLORS[place % len(COLORS)], LINES[place % len(LINES)]
    if span:
        axes.plot(curve.steps, curve.values, color=color, linewidth=0.5, alpha=0.45)
    axes.plot(
        curve.steps,
        smoothed(curve, span) if span else curve.values,
        color=color,
        linestyle=style,
        linewidth=1.5 if span else 1.0,
        marker="o" if len(curve.steps) == 1 else "",  # nobody sees a line of one point
        markersize=4,
        label=short_name(name),
    )


def _handles(grid: Sequence[Axes]) -> tuple[list[Artist], list[str]]:
    """Legend entries, one for each run, whichever panel it is in."""
    found: dict[str, Artist] = {}
    for axes in grid:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return list(found.values()), list(found)


def _terms(runs: Mapping[str, Curves], wanted: Sequence[str]) -> list[str]:
    """Terms to draw: the generator's, the discriminator's, then others, each in the order of the logs."""
    there = list(dict.fromkeys(name for run in runs.values() for name in run))
    unknown = [term for term in wanted if term not in there]
    if unknown:
        raise InputError(
            f"no run has logged {', '.join(map(repr, unknown))}; expected some of {', '.join(there)}. Name one of them."
        )
    if wanted:
        return list(dict.fromkeys(wanted))
    order = {"g": 0, "d": 1}
    return sorted(there, key=lambda name: order.get(name.partition("/")[0], 2))


def _lacking(runs: Mapping[str, Curves], terms: Sequence[str]) -> dict[str, str]:
    shown = _terms(runs, terms)
    lacking = {name: [term for term in shown if term not in run] for name, run in runs.items()}
    return {name: f"{', '.join(missing)}: not in its log." for name, missing in lacking.items() if missing}


def _title(term: str) -> str:
    owner, slash, name = term.partition("/")
    return f"{_OWNERS[owner]}: {name}" if slash and owner in _OWNERS else term


def _labels(files: Sequence[Path]) -> list[str]:
    """Names of the folders; whole paths where two have one name."""
    folders = [(path if path.is_dir() else path.parent).resolve() for path in files]
    names = [folder.name for folder in folders]
    return names if len(set(names)) == len(names) else [str(path) for path in files]
