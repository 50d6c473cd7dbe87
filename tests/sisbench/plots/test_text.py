from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from sisbench.plots._text import absent, caption, drawable, first_sentence, make_drawable, short_name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("LGGAN ± χ² ↑", "LGGAN ± χ² ↑"),
        ("a\nb", "a\nb"),
        ("方", r"\u65b9"),
        ("\x1b[31m\t", r"\x1b[31m\t"),
        ("\udcff", r"\udcff"),
        ("\u202eabc", r"\u202eabc"),
        ("$x$", "$x$"),
    ],
)
def test_drawable(text: str, shown: str) -> None:
    assert drawable(text) == shown


def test_no_text_of_a_figure_is_a_formula() -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.set_title(r"$\frac{1$ 方")
    make_drawable(figure)
    assert axes.get_title() == r"$\frac{1$ \u65b9"
    figure.draw_without_rendering()


def test_a_long_name_keeps_its_ends() -> None:
    name = "x" * 5000 + " (runs/first)"
    assert short_name(name) == "x" * 28 + "…" + "xxxxxx (runs/first)"
    assert short_name("a\nb\x1b") == r"a b\x1b"


def test_no_legend_leaves_out_a_name() -> None:
    figure = Figure()
    figure.subplots().plot([1, 2], label=short_name("_lggan"))
    assert [text.get_text().strip() for text in figure.legend().get_texts()] == ["_lggan"]


def test_absent_groups_by_what_is_shown() -> None:
    reasons = {"a": "no x. Get it.", "b": "no y. Get it.", "c": "no x. Buy it."}
    assert absent(reasons) == ["n/a  a, c: no x.", "n/a  b: no y."]
    assert absent(reasons, shorten=False) == ["n/a  a: no x. Get it.", "n/a  b: no y. Get it.", "n/a  c: no x. Buy it."]


def test_a_sentence_ends_before_a_capital() -> None:
    assert first_sentence("see x.pth or 0.1 of e.g. this. Then that.") == "see x.pth or 0.1 of e.g. this."
    assert first_sentence("one, without an end") == "one, without an end"


def test_a_caption_makes_room_for_itself() -> None:
    figure = Figure(figsize=(4, 3), layout="constrained")
    axes = figure.subplots()
    caption(figure, ["word " * 60])
    lines = str(figure.get_supxlabel()).splitlines()
    assert len(lines) > 3
    assert all(line.startswith("    ") for line in lines[1:])
    figure.draw_without_rendering()
    assert figure.get_figheight() > 3.4
    assert axes.get_window_extent().height / figure.dpi > 2.4
    (text,) = figure.texts
    assert text.get_window_extent().x1 < figure.bbox.x1


def test_without_lines_there_is_no_caption() -> None:
    figure = Figure(figsize=(4, 3))
    caption(figure, [])
    assert (figure.texts, figure.get_figheight()) == ([], 3)
