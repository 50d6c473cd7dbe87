from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Annotation

from sisbench.plots._labels import Box, Label, Line, choose, place

EDGES = Box(0, 0, 400, 300)
SIZE = (40.0, 10.0)


def boxes(centres: list[tuple[float, float]], places: list[tuple[float, tuple[int, int]]]) -> list[Box]:
    found = []
    for (x, y), (distance, (across, up)) in zip(centres, places, strict=True):
        length = (across**2 + up**2) ** 0.5
        left = x + distance * across / length - SIZE[0] * (1 - (across > 0) + (across < 0)) / 2
        bottom = y + distance * up / length - SIZE[1] * (1 - (up > 0) + (up < 0)) / 2
        found.append(Box(left, bottom, left + SIZE[0], bottom + SIZE[1]))
    return found


def test_areas() -> None:
    assert Box(0, 0, 4, 3).area == 12
    assert Box(0, 0, 4, 3).overlap(Box(3, 1, 9, 9)) == 2
    assert Box(0, 0, 4, 3).overlap(Box(4, 0, 5, 3)) == 0


@pytest.mark.parametrize(
    ("line", "crosses"),
    [
        (Line(-1, 5, 11, 5), True),
        (Line(2, 2, 3, 3), True),
        (Line(-1, 11, 11, 11), False),
        (Line(-2, 5, -1, 5), False),
        (Line(5, -5, 5, 20), True),
        (Line(-3, 8, 3, 14), False),
        (Line(-3, 5, 3, 12), True),
    ],
)
def test_lines(line: Line, crosses: bool) -> None:
    assert line.crosses(Box(0, 0, 10, 10)) is crosses


def test_alone_a_name_stands_to_the_right() -> None:
    assert choose([(100, 100)], [SIZE], EDGES) == [(6.0, (1, 0))]


def test_at_the_edge_it_stands_inside() -> None:
    assert choose([(395, 100)], [SIZE], EDGES) == [(6.0, (-1, 0))]


def test_it_keeps_off_whiskers() -> None:
    ((distance, direction),) = choose([(100, 100)], [SIZE], EDGES, [Line(60, 100, 140, 100), Line(100, 60, 100, 140)])
    assert distance == 6.0
    assert 0 not in direction


def test_neighbours_move_aside() -> None:
    centres = [(100.0, 100.0), (120.0, 100.0), (110.0, 108.0)]
    found = boxes(centres, choose(centres, [SIZE] * 3, EDGES))
    assert all(a.overlap(b) == 0 for a, b in itertools.combinations(found, 2))
    points = [Box(x - 4, y - 4, x + 4, y + 4) for x, y in centres]
    assert all(name.overlap(point) == 0 for name in found for point in points)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 300)), min_size=1, max_size=12))
def test_it_ends_and_repeats(spots: list[tuple[int, int]]) -> None:
    centres = [(float(x), float(y)) for x, y in spots]
    first = choose(centres, [SIZE] * len(centres), EDGES)
    assert first == choose(centres, [SIZE] * len(centres), EDGES)
    assert len(first) == len(centres)


def test_scattered_names_never_collide() -> None:
    centres = [(30.0 + 45 * i, 20.0 + 37 * (i * 5 % 8)) for i in range(8)]
    found = boxes(centres, choose(centres, [SIZE] * 8, EDGES))
    assert all(a.overlap(b) == 0 for a, b in itertools.combinations(found, 2))
    assert all(name.overlap(EDGES) == pytest.approx(name.area) for name in found)


def test_names_are_written_where_they_were_placed() -> None:
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], linestyle="")
    figure.draw_without_rendering()
    place(axes, [Label(0.5, 0.5, "one"), Label(0.51, 0.5, "two"), Label(0.495, 0.51, "three"), Label(0.5, 0.49, "4")])
    names = [text for text in axes.texts if text.get_text()]
    assert [text.get_text() for text in names] == ["one", "two", "three", "4"]
    extents = [text.get_window_extent() for text in names]
    assert not any(a.overlaps(b) for a, b in itertools.combinations(extents, 2))
    assert all(isinstance(text, Annotation) and text.arrow_patch for text in axes.texts if not text.get_text())
