"""What holds for every kind of figure, and the command that is made of it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from sisbench import plots
from sisbench.cli import main
from sisbench.evaluation import Value
from tests.records import make_record, write_run

IOU = {"road": Value(0.9, 0.01, 4), "sky": Value(0.6, 0.05, 4)}
HISTOGRAMS = {"lab_emd": Value(8.0, 0.5, 4), "lbp_chi2": Value(0.04, 0.002, 4)}
QUALITY = {"fd_effnet": Value(170.0, 8.0, 4), "miou": Value(0.4, 0.02, 4), "ms_ssim": Value(0.7, 0.01, 4)}
SIZE = (128, 256)
OPTIONS = {
    "confusion": [],
    "curves": [],
    "fid-miou": ["--distance", "fd_effnet"],
    "histdist": [],
    "parameters": [],
    "per-class": [],
    "quality-diversity": ["--quality", "fd_effnet", "--diversity", "ms_ssim"],
    "semantics": ["--count", "2"],
    "speed": [],
    "worst": ["--count", "2"],
}
"""For runs of tinytown."""
ELSEWHERE = {"recreations", "stages"}
"""Kinds of other files than runs with label maps; they have tests of their own (`test_recreation`, `test_stages`)."""


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    made = []
    for method in ("lggan", "spade"):
        record = make_record(method, results=HISTOGRAMS | QUALITY, per_class={"iou": IOU})
        made.append(str(with_label_maps(write_run(tmp_path / "runs" / method, record, size=SIZE))))
    return made


def with_label_maps(run: Path) -> Path:
    """Add what 'sisbench run --save semantics' saves: two classes, left and right."""
    (run / "semantics").mkdir()
    labels = np.repeat(np.array([0, 10], dtype=np.uint8), SIZE[1] // 2)
    for image in (run / "images").iterdir():
        Image.fromarray(np.tile(labels, (SIZE[0], 1))).save(run / "semantics" / image.name)
    return run


def plot(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["plot", *map(str, arguments)])


def test_every_kind_is_tested_here() -> None:
    assert sorted(OPTIONS.keys() | ELSEWHERE) == plots.names()


def test_the_list_of_kinds() -> None:
    listed = plot("--help").stdout
    assert all(re.search(rf"^  {name} +[A-Z]", listed, re.MULTILINE) for name in OPTIONS), listed
    assert plot("nosuch").exit_code == 2


@pytest.mark.parametrize("kind", OPTIONS)
def test_help_has_examples(kind: str) -> None:
    text = plot(kind, "--help").stdout
    assert f"sisbench plot {kind} " in text
    assert "-o" in text
    for option in plots.get(kind).options:
        assert f"--{option.name}" in text


@pytest.mark.parametrize("kind", OPTIONS)
def test_one_run_and_several(kind: str, runs: list[str], tmp_path: Path) -> None:
    for files in (runs, runs[:1]):
        result = plot(kind, *files, *OPTIONS[kind], "-o", tmp_path / "x.png")
        assert (result.exit_code, result.stdout) == (0, f"figure {tmp_path / 'x.png'}\n"), result.output
        assert result.stderr == ""
        with Image.open(tmp_path / "x.png") as image:
            assert min(image.size) > 250


@pytest.mark.parametrize("kind", OPTIONS)
def test_equal_runs_give_equal_bytes(kind: str, runs: list[str], tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.svg" for name in "ab"]
    for file in files:
        assert plot(kind, *runs, *OPTIONS[kind], "-o", file).exit_code == 0
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("kind", OPTIONS)
def test_what_is_not_there(kind: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("nowhere", "empty"):
        result = plot(kind, tmp_path / name, "-o", tmp_path / "x.png")
        assert result.exit_code == 2
        assert f"{tmp_path / name}" in result.stderr
        assert re.search(r"Give (the|a) folder", result.stderr)
        assert "Traceback" not in result.output
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize("kind", OPTIONS)
def test_the_output_is_checked_first(kind: str, tmp_path: Path) -> None:
    result = plot(kind, tmp_path / "nowhere", "-o", tmp_path / "x.jpg")
    assert result.exit_code == 2
    assert "of the kind .jpg; expected .pdf, .svg or .png" in result.stderr


@pytest.mark.parametrize("kind", OPTIONS)
def test_hostile_names(kind: str, tmp_path: Path) -> None:
    hostile = ["<script>alert(1)</script>-->", "$\\frac{1$", "方法 \x1b[31m", "../up & 'away' \"\n"]
    results = HISTOGRAMS | QUALITY
    folders = []
    for place, name in enumerate(hostile):
        record = make_record(name, results=results, per_class={"iou": IOU | {name: Value(0.5, 0.1, 4)}})
        folders.append(with_label_maps(write_run(tmp_path / f"{place} $_& 'run' é", record, size=SIZE)))
    result = plot(kind, *folders, *OPTIONS[kind], "-o", tmp_path / "x.svg")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize("kind", [kind for kind in OPTIONS if kind != "curves"])
def test_a_number_that_is_none(kind: str, runs: list[str], tmp_path: Path) -> None:
    path = Path(runs[0]) / "record.json"
    path.write_text(path.read_text().replace("170.0", "NaN"))
    result = plot(kind, *runs, *OPTIONS[kind], "-o", tmp_path / "x.png")
    assert result.exit_code == 2
    assert str(path) in result.stderr
    assert "NaN" in result.stderr


def test_no_file_where_one_is_needed(tmp_path: Path) -> None:
    for kind in ("confusion", "curves", "histdist", "per-class", "semantics", "speed", "worst"):
        result = plot(kind, "-o", tmp_path / "x.png")
        assert result.exit_code == 2
        assert "FILES" in result.stderr


@pytest.mark.parametrize("kind", ["fid-miou", "quality-diversity", "parameters"])
def test_without_files_it_draws_what_is_published(kind: str, tmp_path: Path) -> None:
    result = plot(kind, "-o", tmp_path / "x.svg")
    assert result.exit_code == 0, result.output
    assert "<!-- published -->" in (tmp_path / "x.svg").read_text()
    assert "<!-- measured" not in (tmp_path / "x.svg").read_text()
