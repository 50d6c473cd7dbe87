from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from sisbench.cli.plot import plot
from sisbench.errors import InputError
from sisbench.plots._text import short_name
from sisbench.plots._training_log import Curve
from sisbench.plots.curves import curves, smoothed

GAN = Curve((10, 20, 30), (1.0, 0.5, 0.25))
REAL = Curve((10, 20, 30), (-1.0, 0.0, 1.0))


def log(folder: Path, *lines: object, end: str = "\n") -> Path:
    folder.mkdir(exist_ok=True)
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    (folder / "losses.jsonl").write_text(text + end)
    return folder


def titles(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def test_smoothing_by_hand() -> None:
    keep = math.exp(-10 / 5)
    found = smoothed(Curve((10, 20, 30), (1.0, 3.0, 2.0)), 5.0)
    second = (3 + keep * 1) / (1 + keep)
    third = (2 + keep * 3 + keep**2 * 1) / (1 + keep + keep**2)
    assert found == pytest.approx([1.0, second, third])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.floats(0.1, 1000))
def test_a_running_mean_stays_between_the_extremes(values: list[float], span: float) -> None:
    means = smoothed(Curve(tuple(range(0, 10 * len(values), 10)), tuple(values)), span)
    assert len(means) == len(values)
    assert all(min(values) - 1e-6 <= mean <= max(values) + 1e-6 for mean in means)


def test_a_panel_for_each_term() -> None:
    figure = curves({"a": {"d/real": REAL, "miou": GAN, "g/gan": GAN}})
    assert titles(figure) == ["generator: gan", "discriminator: real", "miou"]
    raw, mean = figure.axes[0].lines
    assert (raw.get_xdata().tolist(), raw.get_ydata().tolist()) == ([10, 20, 30], [1.0, 0.5, 0.25])
    assert mean.get_ydata() == pytest.approx(smoothed(GAN, 30 / 20))
    assert raw.get_linewidth() < mean.get_linewidth()
    assert figure.get_supxlabel() == "thick: running mean over about 2 steps; thin: as logged"


def test_without_smoothing_there_is_one_line() -> None:
    figure = curves({"a": {"g/gan": GAN}}, smooth=0)
    assert [line.get_ydata().tolist() for line in figure.axes[0].lines] == [[1.0, 0.5, 0.25]]
    assert figure.get_supxlabel() == "as logged"


def test_a_log_of_one_step_is_seen() -> None:
    figure = curves({"a": {"g/gan": Curve((4,), (0.5,)), "d/real": Curve((2, 4), (0.5, 0.7))}})
    assert [[line.get_marker() for line in axes.lines] for axes in figure.axes] == [["o"], [""]]
    assert figure.get_supxlabel() == "as logged"  # 1/20 of 4 steps is no running mean


def test_runs_differ_in_more_than_colour() -> None:
    figure = curves({name: {"g/gan": GAN} for name in "abcd"}, smooth=0)
    lines = figure.axes[0].lines
    assert len({str(line.get_linestyle()) + str(line._dash_pattern) for line in lines}) == 4
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b", "c", "d"]


def test_the_legend_fits_whatever_runs_are_called() -> None:
    figure = curves({f"lggan-quick-seed{n}-5e6f7a8b": {"g/gan": GAN} for n in range(4)})
    figure.draw_without_rendering()
    assert figure.legends[0].get_window_extent().x1 <= figure.bbox.x1


def test_a_term_that_a_run_lacks_is_listed() -> None:
    figure = curves({"a": {"g/gan": GAN, "d/real": REAL}, "b": {"d/real": REAL}}, smooth=0)
    assert figure.get_supxlabel() == "as logged\nn/a  b: g/gan: not in its log."
    assert [len(axes.lines) for axes in figure.axes] == [1, 2]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_chosen_terms() -> None:
    runs = {"a": {"g/gan": GAN, "d/real": REAL}}
    assert titles(curves(runs, ["d/real", "g/gan", "d/real"])) == ["discriminator: real", "generator: gan"]
    with pytest.raises(InputError, match=r"no run has logged 'g/x'; expected some of g/gan, d/real"):
        curves(runs, ["g/x"])


def test_logarithmic_where_it_can_be() -> None:
    figure = curves({"a": {"g/gan": GAN, "d/real": REAL}}, log=True)
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "linear"]
    assert figure.get_supxlabel().endswith("linear axis, since not above 0 throughout: d/real")


def test_the_command(tmp_path: Path) -> None:
    folders = [str(log(tmp_path / name, {"step": 10, "g/gan": 1.0}, {"step": 20, "g/gan": 0.5})) for name in "abb"]
    options = ["--term", "g/gan", "--smooth", "0", "--log", "-o", str(tmp_path / "x.svg")]
    result = CliRunner().invoke(plot, ["curves", *folders, *options], catch_exceptions=False)
    assert result.exit_code == 0
    text = (tmp_path / "x.svg").read_text()
    assert all(f"<!-- {words} -->" in text for words in ("a", "b", "generator: gan", "as logged"))
    for smooth in ("-3", "nan", "much"):
        refused = CliRunner().invoke(plot, ["curves", *folders, "--smooth", smooth, "-o", str(tmp_path / "y.svg")])
        assert refused.exit_code == 2 or isinstance(refused.exception, InputError)


def test_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    folders = []
    for parent in "ab":
        (tmp_path / parent).mkdir()
        folders.append(str(log(tmp_path / parent / "run", {"step": 10, "g/gan": 1.0})))
    result = CliRunner().invoke(plot, ["curves", *folders, "-o", str(tmp_path / "x.svg")], catch_exceptions=False)
    assert result.exit_code == 0
    assert all(f"<!-- {short_name(folder)} -->" in (tmp_path / "x.svg").read_text() for folder in folders)
