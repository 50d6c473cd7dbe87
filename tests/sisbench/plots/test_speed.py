from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from matplotlib.figure import Figure

from sisbench import scored
from sisbench.cli.plot import plot
from sisbench.errors import InputError
from sisbench.evaluation import NotAvailable, Value
from sisbench.plots.speed import device_of, images_per_second, speed
from sisbench.record import RunRecord
from tests.records import make_record, write_run

MIOU = Value(0.4, 0.02, 4)


def run(method: str = "lggan", seconds: float = 2.0, miou: Any = MIOU, **provenance: Any) -> RunRecord:
    timing = {"generate": seconds, "generate_images": 48.0}
    return make_record(method, results={"miou": miou, "fd_effnet": 170.0}, timing=timing, provenance=provenance)


def spots(figure: Figure) -> list[tuple[float, float]]:
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in lines]


def test_speeds() -> None:
    assert images_per_second({"generate": 2.0, "generate_images": 48}) == 24.0
    assert images_per_second({"generate": 2.0}).startswith("its record does not say how many")  # type: ignore[union-attr]
    for images, seconds in ((0, 0.1), (48, 0.0)):
        reason = images_per_second({"generate": seconds, "generate_images": images})
        assert reason == "it made no images: they were there already."


def test_devices() -> None:
    assert device_of({"device": "cpu", "threads": 1, "platform": "Linux x86_64"}) == "cpu, 1 thread, Linux x86_64"
    assert device_of({"device": "cuda:0", "threads": 8, "processes": 8}) == "cuda:0, 8 processes"
    assert device_of({}) == "an unknown device"
    named = {"device": "cpu", "device_name": "AMD EPYC 7763", "threads": 2, "platform": "Linux x86_64"}
    assert device_of(named) == "AMD EPYC 7763, 2 threads, Linux x86_64"
    assert device_of({"device": "cuda:1", "device_name": "NVIDIA H200", "threads": 8}) == "NVIDIA H200"


def test_points_are_the_numbers() -> None:
    figure = speed({"lggan": run(), "spade": run("spade", 1.0, 0.35)})
    assert spots(figure) == [(24.0, 40.0), (48.0, 35.0)]
    assert figure.axes[0].get_xlabel() == "Images per second ↑"
    assert figure.axes[0].get_title(loc="right") == "better ↗"
    assert figure.get_supxlabel().splitlines() == [
        "measured: tinytown val, protocol tinytown-v1, 4 images",
        "generated on cpu, 1 thread, Linux x86_64, one image at a time, files included",
    ]


def test_far_apart_speeds_are_on_a_logarithmic_axis() -> None:
    scales = [speed({"a": run(), "b": run("b", seconds)}).axes[0].get_xscale() for seconds in (1.0, 0.1)]
    assert scales == ["linear", "log"]


def test_another_metric() -> None:
    figure = speed({"a": run()}, "fd_effnet")
    assert spots(figure) == [(24.0, 170.0)]
    assert figure.axes[0].get_ylabel() == "fd_effnet ↓"
    with pytest.raises(
        InputError, match=r"none of a has a number for 'fid' .*miou, fd_effnet\. Name it with '--metric'"
    ):
        speed({"a": run()}, "fid")


def test_devices_are_not_mixed() -> None:
    runs = {"a": run(), "b": run("b", 1.0), "c": run("c", 0.1, device="cuda:0")}
    message = r"on 2 devices \('cpu, 1 thread, Linux x86_64': a, b; 'cuda:0': c\); expected one.*'--device'"
    with pytest.raises(InputError, match=message):
        speed(runs)
    with pytest.raises(InputError, match=r"no run was made on 'tpu'; expected one of 'cpu, 1 thread"):
        speed(runs, device="tpu")
    figure = speed(runs, device="cuda:0")
    assert spots(figure) == [(480.0, 40.0)]
    listed = "n/a  a, b: on another device (cpu, 1 thread, Linux x86_64)."
    assert figure.get_supxlabel().endswith(listed)


def test_threads_and_processes_are_part_of_a_device() -> None:
    for other in ({"threads": 2}, {"processes": 2}, {"platform": "Darwin arm64"}):
        with pytest.raises(InputError, match="on 2 devices"):
            speed({"a": run(), "b": run("b", **other)})


def test_the_absent_are_listed_with_their_reason() -> None:
    missing = NotAvailable("no segmenter. Fetch it.")
    figure = speed({"a": run(), "b": run("b", miou=missing), "c": run("c", seconds=0.0)})
    assert figure.get_supxlabel().splitlines()[2:] == [
        "n/a  b: miou: no segmenter.",
        "n/a  c: it made no images: they were there already.",
    ]
    with pytest.raises(
        InputError, match=r"no run has both a speed and miou \(a: it made no images: they were there alr"
    ):
        speed({"a": run(seconds=0.0)})


def test_other_samples_are_refused() -> None:
    other = make_record("b", "cityscapes", timing={"generate": 1.0, "generate_images": 4})
    with pytest.raises(InputError, match="a and b cannot be compared; they differ in dataset"):
        speed({"a": run(), "b": other})


def test_evaluations_without_a_run_have_no_speed(tmp_path: Path) -> None:
    scored.write(tmp_path / "a.json", [run().evaluation])
    with pytest.raises(InputError, match=r"a.json cannot be read as a run record"):
        CliRunner().invoke(
            plot, ["speed", str(tmp_path / "a.json"), "-o", str(tmp_path / "x.png")], catch_exceptions=False
        )


def test_the_command_names_the_absent(tmp_path: Path) -> None:
    folders = [write_run(tmp_path / "a", run(), images=False), write_run(tmp_path / "b", run("b", 0.0), images=False)]
    arguments = ["speed", *map(str, folders), "-o", str(tmp_path / "x.svg")]
    result = CliRunner().invoke(plot, arguments, catch_exceptions=False)
    assert result.stderr == "n/a  b: it made no images: they were there already.\n"
