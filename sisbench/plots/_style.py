"""What all figures share: inks, markers, and a quiet frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

INK, MUTED, GRID = "#222222", "#595959", "#DDDDDD"
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", (0, (5, 2)), (0, (1, 1.4)), (0, (5, 1.5, 1, 1.5)))
"""Methods differ in these as well as in colour: figures are read in grey, too."""

PUBLISHED: dict[str, Any] = {"marker": "o", "markerfacecolor": "white", "markeredgecolor": INK}
MEASURED: dict[str, Any] = {
    "marker": "D",
    "markerfacecolor": "#0072B2",
    "markeredgecolor": "white",
    "markeredgewidth": 0.6,
}


def frame(axes: Axes, grid: Literal["both", "x", "y"] = "both") -> None:
    """Draw a pale grid behind the data and leave the frame at two sides."""
    axes.grid(axis=grid, color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=8, colors=MUTED, length=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GRID)


def heading(axes: Axes, text: str) -> None:
    """Write the title of a panel, above its left corner."""
    axes.set_title(text, fontsize=10, color=INK, loc="left", fontweight="bold")


def log_ticks(axis: Axis) -> None:
    """Write numbers at 1, 2 and 5 of every decade of a logarithmic axis, and none between them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def legend(figure: Figure, published: Iterable[bool], measured: str) -> None:
    """Say what hollow and filled points are.

    Args:
        figure: Gets the legend above its axes.
        published: Of every point whether it is; what does not occur is not explained.
        measured: What the others are.
    """
    from matplotlib.lines import Line2D

    kinds = ((True, PUBLISHED, "published"), (False, MEASURED, measured))
    occurring = set(published)
    handles = [
        Line2D([], [], linestyle="", markersize=6, label=label, **look)
        for kind, look, label in kinds
        if kind in occurring
    ]
    figure.legend(
        handles=handles, loc="outside upper left", ncols=2, frameon=False, fontsize=8, labelcolor=INK, handletextpad=0.2
    )
