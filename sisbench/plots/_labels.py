"""Names beside points, placed so that they cover neither each other nor a point.

Every name has the same candidates: sixteen directions at four distances, the farther ones with a thin line between.
Names take turns in choosing the candidate that costs least, until nobody moves. Nothing is random: equal data give
equal figures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from sisbench.plots._style import INK, MUTED
from sisbench.plots._text import short_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

_DIRECTIONS = (
    *((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)),
    *((2, 1), (2, -1), (-2, 1), (-2, -1), (1, 2), (1, -2), (-1, 2), (-1, -2)),
)
"""To the right first, as in print."""
_DISTANCES = (6.0, 15.0, 27.0, 42.0)
"""Points between a point and its name."""
_SIZE, _MARKER, _GAP = 8.0, 4.5, 1.0
"""Points: the letters, half a marker, and what stays free around a name."""
_SWEEPS = 30
_OVERLAP, _OUTSIDE, _MOVE, _CROSSED = 10.0, 40.0, 6.0, 500.0
"""Cost of a square point covered or outside, of each candidate passed over, of a line through something else."""

Place = tuple[float, tuple[int, int]]
"""Distance and direction from a point to its name."""


class Box(NamedTuple):
    """A rectangle, in points."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: Box) -> float:
        """Area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.top, other.top) - max(self.bottom, other.bottom)
        return width * height if width > 0 and height > 0 else 0.0

    @property
    def area(self) -> float:
        """Width times height."""
        return (self.right - self.left) * (self.top - self.bottom)


class Line(NamedTuple):
    """A straight line, in points or in the units of the data."""

    x0: float
    y0: float
    x1: float
    y1: float

    def crosses(self, box: Box) -> bool:
        """Whether a part of it is inside a box (Liang and Barsky, 1984)."""
        start, end = 0.0, 1.0
        for origin, step, low, high in (
            (self.x0, self.x1 - self.x0, box.left, box.right),
            (self.y0, self.y1 - self.y0, box.bottom, box.top),
        ):
            if step == 0:
                if not low < origin < high:
                    return False
                continue
            near, far = sorted(((low - origin) / step, (high - origin) / step))
            start, end = max(start, near), min(end, far)
        return start < end


class Label(NamedTuple):
    """A name that belongs to a point.

    Attributes:
        x: Of the point, in the units of the data.
        y: Likewise.
        text: The name.
    """

    x: float
    y: float
    text: str


class _Candidate(NamedTuple):
    """Where a name could go, and its line to the point; None where it stands close by."""

    box: Box
    line: Line | None

    def clash(self, other: _Candidate) -> float:
        """Cost of two names at once."""
        lines = (self.line is not None and self.line.crosses(other.box)) + (
            other.line is not None and other.line.crosses(self.box)
        )
        return _OVERLAP * self.box.overlap(other.box) + _CROSSED * lines


def place(axes: Axes, labels: Sequence[Label], whiskers: Sequence[Line] = ()) -> None:
    """Write names beside points.

    Args:
        axes: Drawn: limits and size are final.
        labels: One for each point.
        whiskers: What names should not cover besides the points, in the units of the data; each along an axis.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    scale = 72 / figure.dpi  # points in a pixel of this figure
    written = [_write(axes, label) for label in labels]
    extents = [text.get_window_extent() for text in written]
    centres = [_points(axes, label.x, label.y, scale) for label in labels]
    lines = [Line(*_points(axes, x0, y0, scale), *_points(axes, x1, y1, scale)) for x0, y0, x1, y1 in whiskers]
    edges = Box(*(value * scale for value in axes.get_window_extent().extents))
    places = choose(centres, [(box.width * scale, box.height * scale) for box in extents], edges, lines)
    for text, label, (distance, direction) in zip(written, labels, places, strict=True):
        offset = _offset(distance, direction)
        text.set_position(offset)
        text.set_horizontalalignment(("right", "center", "left")[_sign(direction[0]) + 1])
        text.set_verticalalignment(("top", "center", "bottom")[_sign(direction[1]) + 1])
        if distance > _DISTANCES[0]:
            _join(axes, label, offset)


def choose(
    centres: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    edges: Box,
    lines: Sequence[Line] = (),
) -> list[Place]:
    """Return where names go.

    Args:
        centres: Places of the points.
        sizes: Width and height of the names.
        edges: Where names should stay.
        lines: What they should not cover besides the points; each along an axis.
    """
    obstacles = [Box(x - _MARKER, y - _MARKER, x + _MARKER, y + _MARKER) for x, y in centres]
    obstacles += [Box(min(x0, x1) - 1, min(y0, y1) - 1, max(x0, x1) + 1, max(y0, y1) + 1) for x0, y0, x1, y1 in lines]
    places = [(distance, direction) for distance in _DISTANCES for direction in _DIRECTIONS]
    candidates = [
        [_candidate(centre, size, *where) for where in places] for centre, size in zip(centres, sizes, strict=True)
    ]
    fixed = [[_fixed_cost(one, index, obstacles, edges) for index, one in enumerate(theirs)] for theirs in candidates]
    taken = [0] * len(centres)
    for _ in range(_SWEEPS):
        before = list(taken)
        for me, mine in enumerate(candidates):
            others = [theirs[taken[i]] for i, theirs in enumerate(candidates) if i != me]
            costs = [cost + sum(map(one.clash, others)) for cost, one in zip(fixed[me], mine, strict=True)]
            taken[me] = costs.index(min(costs))
        if taken == before:
            break
    return [places[index] for index in taken]


def _candidate(
    centre: tuple[float, float], size: tuple[float, float], distance: float, direction: tuple[int, int]
) -> _Candidate:
    dx, dy = _offset(distance, direction)
    left = centre[0] + dx - size[0] * (1 - _sign(direction[0])) / 2
    bottom = centre[1] + dy - size[1] * (1 - _sign(direction[1])) / 2
    line = None
    if distance > _DISTANCES[0]:  # from outside the point's own marker
        x, y = _offset(2 * _MARKER, direction)
        line = Line(centre[0] + x, centre[1] + y, centre[0] + dx, centre[1] + dy)
    return _Candidate(Box(left - _GAP, bottom - _GAP, left + size[0] + _GAP, bottom + size[1] + _GAP), line)


def _fixed_cost(one: _Candidate, index: int, obstacles: Sequence[Box], edges: Box) -> float:
    crossed = sum(map(one.line.crosses, obstacles)) if one.line is not None else 0
    outside = one.box.area - one.box.overlap(edges)
    return index * _MOVE + _CROSSED * crossed + _OVERLAP * sum(map(one.box.overlap, obstacles)) + _OUTSIDE * outside


def _offset(distance: float, direction: tuple[int, int]) -> tuple[float, float]:
    length = math.hypot(*direction)
    return distance * direction[0] / length, distance * direction[1] / length


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _points(axes: Axes, x: float, y: float, scale: float) -> tuple[float, float]:
    across, up = axes.transData.transform((x, y))
    return float(across) * scale, float(up) * scale


def _write(axes: Axes, label: Label) -> Annotation:
    text = axes.annotate(
        short_name(label.text),
        (label.x, label.y),
        (0, 0),
        textcoords="offset points",
        fontsize=_SIZE,
        color=INK,
        ha="left",
        va="bottom",
        parse_math=False,
    )
    text.set_in_layout(False)
    return text


def _join(axes: Axes, label: Label, offset: tuple[float, float]) -> None:
    """Draw a thin line from a point to its name."""
    line = {"arrowstyle": "-", "color": MUTED, "linewidth": 0.5, "shrinkA": 0, "shrinkB": 3}
    axes.annotate("", (label.x, label.y), offset, textcoords="offset points", arrowprops=line).set_in_layout(False)
