from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from sisbench.cli.plot import plot
from sisbench.errors import InputError
from sisbench.plots.parameters import Count, measured, parameters, printed
from tests.records import make_record, write_run


def rows(figure: Figure) -> list[tuple[str, float, str]]:
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    dots = [float(line.get_xdata()[0]) for line in axes.lines]
    return list(zip(names, dots, (text.get_text() for text in axes.texts), strict=True))


def test_what_a_table_prints() -> None:
    counts, reasons, lines = printed("slides-oasis-1")
    assert {count.name: count.text for count in counts} == {
        "CRN": "84",
        "SIMS": "56",
        "Pix2pixHD": "183",
        "CC-FPSE": "131",
        "SPADE": "102",
        "SPADE+ (VGG)": "102",
        "SPADE+ (no VGG)": "102",
        "OASIS": "94",
    }
    assert reasons == {"LGGAN": "slides-oasis-1 prints no number of parameters."}
    assert lines == ["published: Slides by Minho Park, Table 1 of the longer OASIS paper"]


def test_a_table_without_them() -> None:
    with pytest.raises(InputError, match=r"'lggan-1' prints no numbers of parameters; .* oasis-1, slides-oasis-1\."):
        printed("lggan-1")


def test_what_runs_counted() -> None:
    old = make_record("old")
    old = type(old)(old.spec, old.evaluation, {"weights": {}}, old.timing)
    found = measured({"lggan": make_record(provenance={"parameters": 1_234_567}, recipe="paper"), "old": old})
    assert found == [Count("lggan, recipe paper", 1.234567, "1.23", published=False)]


def test_the_largest_stands_on_top() -> None:
    figure = parameters([Count("a", 50, "50", True), Count("b", 94, "94", True), Count("c", 60.25, "60.2", False)])
    assert rows(figure) == [("b", 94, "94"), ("c", 60.25, "60.2"), ("a", 50, "50")]
    low, high = figure.axes[0].get_ylim()
    assert low > high
    assert figure.axes[0].get_xlim()[0] == 0
    assert [line.get_marker() for line in figure.axes[0].lines] == ["o", "D", "o"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["published", "counted in the run"]


def test_far_apart_numbers_are_on_a_logarithmic_axis_without_bars() -> None:
    near, far = ([Count("a", 100, "100", True), Count("b", other, "", False)] for other in (10, 1))
    assert [parameters(counts).axes[0].get_xscale() for counts in (near, far)] == ["linear", "log"]
    assert [len(parameters(counts).axes[0].collections) for counts in (near, far)] == [2, 0]


def test_long_names_leave_room_for_the_data() -> None:
    figure = parameters([Count("x" * 5000, 2.0, "2", published=False)])
    figure.draw_without_rendering()
    assert figure.axes[0].get_position().width > 0.3


def test_the_command(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", make_record(provenance={"parameters": 30_000_000}), images=False)
    arguments = ["parameters", str(run), "--table", "oasis-1", "-o", str(tmp_path / "x.svg")]
    assert CliRunner().invoke(plot, arguments, catch_exceptions=False).exit_code == 0
    text = (tmp_path / "x.svg").read_text()
    assert all(f"<!-- {words} -->" in text for words in ("OASIS", "94", "lggan, recipe quick", "30"))


def test_runs_without_a_number(tmp_path: Path) -> None:
    path = Path("tests/sisbench/records")
    old = sorted(path.glob("*.json"))[0]
    arguments = ["parameters", str(old), "-o", str(tmp_path / "x.svg")]
    with pytest.raises(InputError, match=r"none of \w+ has a number of parameters in its record.*'--table'"):
        CliRunner().invoke(plot, arguments, catch_exceptions=False)
    result = CliRunner().invoke(plot, [*arguments, "--table", "oasis-1"], catch_exceptions=False)
    assert "its record has no number of parameters (it is of an older version). Run again." in result.stderr
