from __future__ import annotations

import itertools

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sisbench.plots._published import axis, pairs
from sisbench.plots._scatter import Axis, Coordinate, Panel, Point, scatter

FID, MIOU = Axis("FID", False), Axis("mIoU (%)", True)


def point(label: str, x: float, y: float, stderr: float | None = None) -> Point:
    return Point(label, Coordinate(x, stderr), Coordinate(y, stderr), published=stderr is None)


def names(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts if text.get_text()]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_points_are_the_numbers() -> None:
    figure = scatter([Panel("Cityscapes", MIOU, FID, [point("SPADE", 62.3, 71.8), point("ours", 61.0, 70.0, 2.0)])])
    (axes,) = figure.axes
    spots = [(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines if line.get_marker() in "oD"]
    assert spots == [(62.3, 71.8), (61.0, 70.0)]
    assert names(axes) == ["SPADE", "ours"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("mIoU (%) ↑", "FID ↓")


def test_published_and_measured_differ_in_shape_and_fill() -> None:
    figure = scatter([Panel("x", MIOU, FID, [point("a", 1, 1), point("b", 2, 2, 0.1)])])
    published, measured = (line for line in figure.axes[0].lines if line.get_marker() in "oD")
    assert (published.get_marker(), published.get_markerfacecolor()) == ("o", "white")
    assert (measured.get_marker(), measured.get_markerfacecolor()) == ("D", "#0072B2")
    assert legend(figure) == ["published", "measured, with 95 % interval"]


def test_whiskers_are_95_percent_intervals() -> None:
    axes = scatter([Panel("x", MIOU, FID, [point("a", 50, 100, 2.0)])]).axes[0]
    across, up = (segments.get_segments()[0] for segments in axes.collections)
    assert across[:, 0].tolist() == pytest.approx([50 - 3.92, 50 + 3.92], abs=1e-3)
    assert up[:, 1].tolist() == pytest.approx([100 - 3.92, 100 + 3.92], abs=1e-3)


def test_published_points_have_none() -> None:
    figure = scatter([Panel("x", MIOU, FID, [point("a", 50, 100)])])
    assert not figure.axes[0].collections
    assert legend(figure) == ["published"]


@pytest.mark.parametrize(
    ("x", "y", "arrow"), [(True, True, "↗"), (True, False, "↘"), (False, True, "↖"), (False, False, "↙")]
)
def test_the_better_corner(x: bool, y: bool, arrow: str) -> None:
    axes = scatter([Panel("x", Axis("a", x), Axis("b", y), [point("a", 1, 1)])]).axes[0]
    assert axes.get_title(loc="right") == f"better {arrow}"
    neither = scatter([Panel("x", Axis("a", None), Axis("b", y), [point("a", 1, 1)])]).axes[0]
    assert (neither.get_title(loc="right"), neither.get_xlabel()) == ("", "a")


def test_panels_stand_two_in_a_row() -> None:
    figure = scatter([Panel(f"{i}", MIOU, FID, [point("a", 1, 1)]) for i in range(3)], ["below"])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["0", "1", "2"]
    assert figure.get_supxlabel() == "below"


def test_a_logarithmic_axis_has_plain_numbers() -> None:
    axes = scatter([Panel("x", Axis("speed", True, log=True), FID, [point("a", 0.3, 1), point("b", 120, 2)])]).axes[0]
    low, high = axes.get_xlim()
    shown = [label.get_text() for label in axes.get_xticklabels() if low <= label.get_position()[0] <= high]
    assert shown == ["0.2", "0.5", "1", "2", "5", "10", "20", "50", "100", "200"]


@pytest.mark.parametrize("table", ["oasis-1", "slides-oasis-1", "lggan-3-left", "oasis-2"])
def test_names_in_the_papers_figures_never_collide(table: str) -> None:
    x = "lpips" if table == "oasis-2" else "miou"
    found = pairs(table, x, "fid")
    figure = scatter([Panel(one.title, axis(one.x), axis(one.y), one.points) for one in found])
    for axes in figure.axes:
        extents = [text.get_window_extent() for text in axes.texts if text.get_text()]
        assert len(extents) >= 3
        assert not any(a.overlaps(b) for a, b in itertools.combinations(extents, 2))
        frame = axes.get_window_extent()
        assert all(frame.x0 - 1 <= box.x0 and box.x1 <= frame.x1 + 1 for box in extents)
        dots = axes.transData.transform([(line.get_xdata()[0], line.get_ydata()[0]) for line in axes.lines])
        assert not any(box.x0 < x < box.x1 and box.y0 < y < box.y1 for box in extents for x, y in dots)
