"""Methods as points between two metrics: published ones hollow, measured ones filled and with whiskers.

A panel is one data set under one protocol: points of different protocols never share an axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sisbench.evaluation import Z95
from sisbench.plots import _labels
from sisbench.plots._style import INK, MEASURED, MUTED, PUBLISHED, frame, heading, legend, log_ticks
from sisbench.plots._text import caption, make_drawable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 2
_WIDTH, _HEIGHT = 4.3, 3.5
_MARGIN = 0.12


class Coordinate(NamedTuple):
    """A number on an axis.

    Attributes:
        value: In the unit of the axis.
        stderr: Standard error; None where there is none, as of published numbers.
    """

    value: float
    stderr: float | None = None


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        title: With its unit ("mIoU (%)").
        higher_is_better: Direction; None where neither is better.
        log: Whether the scale is logarithmic.
    """

    title: str
    higher_is_better: bool | None
    log: bool = False

    @property
    def label(self) -> str:
        """Title with an arrow to the better side."""
        return self.title if self.higher_is_better is None else f"{self.title} {'↑' if self.higher_is_better else '↓'}"


@dataclass(frozen=True)
class Point:
    """One method.

    Attributes:
        label: Beside the point.
        x: On the horizontal axis.
        y: On the vertical one.
        published: Whether a paper prints it.
    """

    label: str
    x: Coordinate
    y: Coordinate
    published: bool


@dataclass(frozen=True)
class Panel:
    """Axes of their own.

    Attributes:
        title: Above them.
        x: Horizontal axis.
        y: Vertical axis.
        points: At least one.
    """

    title: str
    x: Axis
    y: Axis
    points: Sequence[Point]


def scatter(panels: Sequence[Panel], lines: Sequence[str] = ()) -> Figure:
    """Draw panels, two in a row.

    Args:
        panels: At least one.
        lines: What stands below: protocols, sources, what is absent and why.
    """
    from matplotlib.figure import Figure

    columns = min(len(panels), _COLUMNS)
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(_WIDTH * columns + (1.2 if columns == 1 else 0), _HEIGHT * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    for panel, axes in zip(panels, grid.flat, strict=False):
        _draw(axes, panel)
    for axes in list(grid.flat)[len(panels) :]:
        axes.remove()
    legend(figure, [point.published for panel in panels for point in panel.points], "measured, with 95 % interval")
    caption(figure, lines)
    make_drawable(figure)
    figure.draw_without_rendering()  # the layout settles, then names find their places in it
    for panel, axes in zip(panels, grid.flat, strict=False):
        labels = [_labels.Label(point.x.value, point.y.value, point.label) for point in panel.points]
        _labels.place(axes, labels, [line for point in panel.points for line in _whiskers(point)])
    return figure


def _draw(axes: Axes, panel: Panel) -> None:
    for point in panel.points:
        axes.errorbar(
            point.x.value,
            point.y.value,
            xerr=_reach(point.x),
            yerr=_reach(point.y),
            linestyle="",
            markersize=6,
            ecolor=MUTED,
            elinewidth=0.9,
            **(PUBLISHED if point.published else MEASURED),
        )
    for axis, set_scale, drawn in ((panel.x, axes.set_xscale, axes.xaxis), (panel.y, axes.set_yscale, axes.yaxis)):
        if axis.log:
            set_scale("log")
            log_ticks(drawn)
    axes.margins(_MARGIN)
    frame(axes)
    heading(axes, panel.title)
    axes.set_xlabel(panel.x.label, fontsize=9, color=INK)
    axes.set_ylabel(panel.y.label, fontsize=9, color=INK)
    if panel.x.higher_is_better is not None and panel.y.higher_is_better is not None:
        arrow = {(1, 1): "↗", (1, 0): "↘", (0, 1): "↖", (0, 0): "↙"}[panel.x.higher_is_better, panel.y.higher_is_better]
        axes.set_title(f"better {arrow}", fontsize=8, color=MUTED, loc="right")


def _reach(coordinate: Coordinate) -> float | None:
    return Z95 * coordinate.stderr if coordinate.stderr else None


def _whiskers(point: Point) -> list[_labels.Line]:
    (x, _), (y, _), across, up = point.x, point.y, _reach(point.x) or 0.0, _reach(point.y) or 0.0
    lines = [_labels.Line(x - across, y, x + across, y)] if across else []
    return lines + ([_labels.Line(x, y - up, x, y + up)] if up else [])
