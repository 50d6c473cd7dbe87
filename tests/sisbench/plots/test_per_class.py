from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sisbench.cli.plot import plot
from sisbench.errors import InputError
from sisbench.evaluation import Evaluation, Value
from sisbench.plots.per_class import missing, per_class
from tests.records import make_record, write_run

FACTS = {"dataset": "tinytown", "split": "val", "protocol": "tinytown-v1"}


def evaluation(quantity: str = "iou", real: dict[str, float] | None = None, **classes: float) -> Evaluation:
    values = {name: Value(value, 0.01, 48) for name, value in classes.items()}
    bounds = {name: Value(value, 0.01, 48) for name, value in (real or {}).items()}
    return Evaluation(48, {}, {}, {quantity: values}, {quantity: bounds}, {}, FACTS)


REAL = {"road": 0.9, "pole": 0.3, "sky": 0.8}
LGGAN = evaluation(road=0.85, pole=0.25, sky=0.6, real=REAL)
SPADE = evaluation(road=0.8, sky=0.7, real=REAL)


def rows(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def dots(axes: Axes) -> list[list[float]]:
    return [[round(float(x), 6) for x in line.get_xdata()] for line in axes.lines if line.get_marker() != "None"]


def test_classes_are_sorted_by_the_photos() -> None:
    figure = per_class({"lggan": LGGAN, "spade": SPADE})
    assert rows(figure) == ["road", "sky", "pole"]
    assert dots(figure.axes[0]) == [[85, 60, 25], [80, 70]]
    low, high = figure.axes[0].get_ylim()
    assert low > high  # the first class stands on top


def test_the_photos_are_upright_lines() -> None:
    figure = per_class({"lggan": LGGAN})
    bounds = figure.axes[0].collections[0].get_segments()
    assert [float(segment[0, 0]) for segment in bounds] == pytest.approx([90, 80, 30])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["real photos", "lggan"]


def test_whiskers_are_95_percent_intervals() -> None:
    figure = per_class({"lggan": LGGAN})
    first = figure.axes[0].collections[1].get_segments()[0][:, 0]
    assert first.tolist() == pytest.approx([85 - 1.96, 85 + 1.96])


def test_without_photos_the_first_method_gives_the_order() -> None:
    figure = per_class({"a": evaluation(road=0.2, sky=0.7), "b": evaluation(road=0.9, sky=0.8, pole=0.5)})
    assert rows(figure) == ["sky", "pole", "road"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_what_is_absent_is_listed() -> None:
    methods = {"lggan": LGGAN, "spade": SPADE, "none": Evaluation(48, {}, {}, {}, {}, {}, FACTS)}
    reasons = {
        "spade": "neither layouts nor images show pole.",
        "none": "no iou by class was evaluated.",
    }
    assert missing(methods, "iou") == reasons
    assert per_class(methods).get_supxlabel() == (
        "tinytown val, protocol tinytown-v1, 48 images; whiskers: 95 % intervals\n"
        "n/a  spade: neither layouts nor images show pole.\nn/a  none: no iou by class was evaluated."
    )


def test_methods_differ_in_more_than_colour() -> None:
    figure = per_class({name: LGGAN for name in "abcdefg"})
    markers = [line.get_marker() for line in figure.axes[0].lines if line.get_marker() != "None"]
    assert len(set(markers)) == 7


def test_the_legend_fits_whatever_methods_are_called() -> None:
    figure = per_class({f"lggan (lggan-quick-seed{n}-5e6f7a8b)": LGGAN for n in range(4)})
    figure.draw_without_rendering()
    assert figure.legends[0].get_window_extent().x1 <= figure.bbox.x1


def test_other_quantities_are_no_percentages() -> None:
    figure = per_class({"a": evaluation("lab_emd", road=7.5)}, "lab_emd")
    assert dots(figure.axes[0]) == [[7.5]]
    assert figure.axes[0].get_xlabel() == "lab_emd"


def test_a_quantity_that_nobody_has() -> None:
    with pytest.raises(InputError, match=r"none of a, b has 'emd' by class; expected one of iou, which"):
        per_class({"a": LGGAN, "b": SPADE}, "emd")


def test_the_command_refuses_other_samples(tmp_path: Path) -> None:
    files = []
    for name in "56":
        record = make_record(name, per_class={"iou": {"road": Value(0.5, 0.1, 4)}}, facts={"samples_sha256": name * 64})
        files.append(str(write_run(tmp_path / name, record, images=False)))
    with pytest.raises(InputError, match="5 and 6 cannot be compared; they differ in samples_sha256"):
        CliRunner().invoke(plot, ["per-class", *files, "-o", str(tmp_path / "x.png")], catch_exceptions=False)
