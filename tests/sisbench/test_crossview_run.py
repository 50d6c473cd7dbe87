"""A cross-view run from planning to its record, and the commands that lead there."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import sisbench
from sisbench import images, protocols
from sisbench.cli import main
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.job import plan
from sisbench.record import RunRecord
from tests.panel_trees import panel_tree
from tests.sisbench.crossview_method import QUICK, registered

COLUMNS = (
    *("top1", "top1_confident", "top5", "top5_confident", "is_all", "is_top1", "is_top5"),
    *("crossview_kl", "crossview_kl_std", "crossview_ssim", "crossview_psnr", "crossview_sd"),
)
"""What tables 1 and 2 of LGGAN print, KL with its deviation."""


@pytest.fixture(autouse=True)
def tint() -> Iterator[str]:
    cropped = dataclasses.replace(QUICK, load_size=(143, 143), crop_from=1)
    with registered(cropped=cropped, dayton=dataclasses.replace(QUICK, source="of dayton")) as name:
        yield name


@pytest.mark.parametrize(("direction", "recipe"), [("a2g", "quick"), ("g2a", "cropped")])
def test_a_run_ends_in_a_record_with_every_column(tmp_path: Path, direction: str, recipe: str) -> None:
    job = plan("tint", "tinytown", direction=direction, recipe=recipe, limit=6)
    record = sisbench.run(job, tmp_path / "run", device="cpu", cache_dir=tmp_path / "cache")
    assert record is not None
    assert record.spec["dataset"] == f"tinytown_{direction}"
    assert record.spec["protocol"] == "tinytown-crossview-v1"
    results = record.evaluation.results
    assert all(isinstance(results[column], Value) for column in COLUMNS)
    picture = images.decode_photo(tmp_path / "run" / "samples.png")
    assert picture.shape == (3, 3 * 128, 2 * (4 * 128 + 4))  # source, semantics, image, photo; two columns
    assert sisbench.run(job, tmp_path / "run", device="cpu") == record


@pytest.mark.parametrize(
    ("dataset", "layout", "direction", "protocol"),
    [
        ("dayton", "selectiongan", "a2g", "crossview-2018"),
        ("dayton", "lggan", "g2a", "crossview-2018-crop"),
        ("cvusa", "x-fork", "a2g", "crossview-2018"),
    ],
)
def test_a_run_on_panel_files(tmp_path: Path, dataset: str, layout: str, direction: str, protocol: str) -> None:
    root = panel_tree(tmp_path, dataset, layout)
    args = ["--method", "tint", "--dataset", dataset, "--direction", direction, "--root", str(root)]
    args += ["--protocol", protocol, "--steps", "1", "--output", str(tmp_path / "run")]
    done = CliRunner().invoke(main, ["run", *args, "--device", "cpu", "--cache", str(tmp_path / "cache")])
    assert done.exit_code == 0, done.output
    record = RunRecord.read(tmp_path / "run/record.json")
    assert (record.spec["dataset"], record.spec["protocol"]) == (f"{dataset}_{direction}", protocol)
    pixels = [record.evaluation.results[f"crossview_{name}"] for name in ("ssim", "psnr", "sd")]
    assert all(isinstance(value, Value) for value in pixels)
    assert record.evaluation.provenance["size"] == "256x256"
    assert record.evaluation.provenance["selection"].startswith("list val.txt: 2 of 2 files")


def test_directions_are_runs_of_their_own() -> None:
    a2g, g2a, default = (plan("tint", "tinytown", direction=d) for d in ("a2g", "g2a", None))
    assert a2g.spec() == default.spec() == plan("tint", "tinytown_a2g").spec()
    assert a2g.default_folder().parent == Path("runs/tinytown_a2g")
    assert {key for key in a2g.spec() if a2g.spec()[key] != g2a.spec()[key]} == {"dataset", "card_sha256"}


def test_the_recipe_of_a_data_set_is_that_of_its_directions() -> None:
    assert plan("tint", "dayton", direction="g2a").recipe.source == "of dayton"
    assert plan("tint", "cvusa").recipe_name == "quick"


def test_the_protocol_has_every_column_of_the_tables() -> None:
    from sisbench import metrics

    outputs = [
        output for name in protocols.get("tinytown-crossview-v1").metrics for output in metrics.get(name).outputs
    ]
    assert set(COLUMNS) <= set(outputs)


@pytest.mark.parametrize(
    ("method", "dataset", "direction", "message"),
    [
        ("lggan", "tinytown", "a2g", "lggan makes photos of label maps, and '--direction' was given"),
        ("lggan", "dayton", None, "lggan makes photos of label maps, and dayton is a cross-view task"),
        ("tint", "cityscapes", None, "cityscapes shows scenes in one view.*choose a method"),
        ("tint", "ade20k", "g2a", "ade20k shows scenes in one view.*leave the direction out"),
    ],
)
def test_tasks_and_methods_that_do_not_fit(method: str, dataset: str, direction: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan(method, dataset, direction=direction)


def test_images_of_a_direction_are_scored_by_name(tmp_path: Path) -> None:
    runner = CliRunner()
    out = tmp_path / "run"
    args = ["--method", "tint", "--dataset", "tinytown", "--direction", "g2a", "--steps", "0", "--limit", "4"]
    done = runner.invoke(main, ["run", *args, "--output", str(out), "--device", "cpu", "--cache", str(tmp_path / "c")])
    assert done.exit_code == 0, done.output
    assert "tinytown v1, ground to aerial, protocol tinytown-crossview-v1" in done.output
    done = runner.invoke(main, ["evaluate", "--fake", str(out / "images"), "--direction", "g2a"])
    assert done.exit_code == 2
    assert "name it with '--dataset'" in done.output
    done = runner.invoke(main, ["verify", str(out), "--cache", str(tmp_path / "c"), "--device", "cpu"])
    assert done.exit_code == 0, done.output
