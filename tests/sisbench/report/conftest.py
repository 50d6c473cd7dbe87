"""Run folders to report on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sisbench import report
from sisbench.evaluation import Value
from tests.records import make_record, write_run

if TYPE_CHECKING:
    from playwright.sync_api import Page

NOISY = {"diversity": Value(0.3, 0.01, 4)}


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Three methods under one protocol, one of them with stages and semantic maps; one of them under another, too."""
    classes = {"iou": {"road": Value(0.9, 0.01, 4), "car": Value(0.4, 0.05, 4)}}
    folder = tmp_path / "runs"
    scores = {
        "lggan": {"fd_effnet": Value(150.0, 8.0, 4), "miou": Value(0.4, 0.02, 4), "fid": "no weights. Fetch them."},
        "spade": {"fd_effnet": Value(90.0, 5.0, 4), "miou": Value(0.5, 0.02, 4), "fid": "no weights. Fetch them."},
        "oasis": {"fd_effnet": Value(120.0, 6.0, 4), "miou": Value(0.3, 0.02, 4), "fid": Value(60.0, 2.0, 4)},
    }
    for method, results in scores.items():
        record = make_record(method, results=results, real={"miou": Value(0.6, 0.01, 4)}, per_class=classes)
        more = {"stages": ("local", "weight_local"), "semantics": True} if method == "lggan" else {}
        write_run(folder / method, record, **more)
    noise = make_record(
        "spade",
        protocol="diversity-v1",
        results=NOISY,
        images_per_layout=3,
        facts={"images_per_layout": "3", "split": "re-sampled"},
    )
    write_run(folder / "noise", noise)
    return folder


@pytest.fixture
def page_file(runs: Path, tmp_path: Path) -> Path:
    report.write(tmp_path / "page.html", report.build([runs]))
    return tmp_path / "page.html"


@pytest.fixture
def opened(browser_page: Page, page_file: Path) -> Page:
    browser_page.goto(page_file.as_uri())
    return browser_page
