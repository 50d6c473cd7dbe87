from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest

from sisbench.per_image import PerImage
from sisbench.report.collect import Run, collect
from sisbench.report.galleries import Column, Gallery, choose, extremes, plan
from sisbench.report.pictures import Picture, of_run
from tests.records import make_record, sample_keys, write_run


def ranked(run: Run, values: Mapping[str, float]) -> Run:
    columns = {"miou": tuple(values.values()), "fd_effnet": tuple(values.values())}
    return dataclasses.replace(run, shares=PerImage(tuple(values), columns))


def planned(folder: Path, count: int) -> tuple[list[Run], list[Gallery]]:
    runs = list(collect([folder]).runs)
    found = [of_run(run) for run in runs]
    rankings = [extremes(run, of.images, 1) for run, of in zip(runs, found, strict=True)]
    return runs, plan(runs, found, rankings, count)


def test_extremes_follow_the_direction_of_the_metric(runs: Path) -> None:
    (run,) = collect([runs / "spade"]).runs
    values = {"a": 3.0, "b": -1.0, "c": 7.0, "d": 5.0, "e": 5.0}
    images = {key: Picture(Path(key), "photo") for key in values}
    ends = extremes(ranked(run, values), images, 2)
    assert ends["miou"].best == (("c", 7.0), ("d", 5.0))
    assert ends["miou"].worst == (("b", -1.0), ("a", 3.0))
    assert ends["fd_effnet"].best == (("b", -1.0), ("a", 3.0))
    assert ends["fd_effnet"].worst == (("c", 7.0), ("e", 5.0))


def test_extremes_never_meet_and_leave_out_what_is_missing(runs: Path) -> None:
    (run,) = collect([runs / "spade"]).runs
    values = {"a": 1.0, "b": 2.0, "c": 3.0, "lost": 9.0}
    ends = extremes(ranked(run, values), {key: Picture(Path(key), "photo") for key in "abc"}, 4)
    assert ends["miou"].best == (("c", 3.0),)
    assert ends["miou"].worst == (("a", 1.0),)
    assert extremes(dataclasses.replace(run, shares=None), {}, 4) == {}


def test_a_gallery_has_layout_photo_and_every_run_of_the_split(runs: Path) -> None:
    found, (gallery,) = planned(runs, 100)
    assert gallery.shown == sample_keys("tinytown", 4)
    assert (gallery.dataset, gallery.split, gallery.total, gallery.reason) == ("tinytown", "val", 4, "")
    assert gallery.columns == (
        *(Column("layout", "layout", None), Column("real", "real", None)),
        *(Column("image", "lggan", 0), Column("semantics", "semantic map", 0)),
        *(Column("stage", "local", 0), Column("stage", "weight_local", 0)),
        *(Column("image", "spade", 1), Column("variant", "noise 01", 1), Column("variant", "noise 02", 1)),
        *(Column("image", "oasis", 2), Column("image", "spade", 3)),
    )
    assert all(len(cells) == len(gallery.columns) for cells in gallery.cells.values())
    assert found[1].protocol == "diversity-v1"


def test_images_of_a_ranking_are_there_beyond_the_rows(runs: Path) -> None:
    found, (gallery,) = planned(runs, 1)
    assert len(gallery.shown) == 1
    wanted = {
        one.key for run in found for ends in extremes(run, of_run(run).images, 1).values() for s in ends for one in s
    }
    assert set(gallery.cells) == {*gallery.shown, *wanted}
    stages = [number for number, column in enumerate(gallery.columns) if column.kind == "stage"]
    assert all(not set(cells) & set(stages) for key, cells in gallery.cells.items() if key not in gallery.shown)


def test_data_that_is_not_at_hand_leaves_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SISBENCH_DATA", raising=False)
    write_run(tmp_path / "run", make_record(dataset="cityscapes", protocol="oasis-2021"))
    _, (gallery,) = planned(tmp_path, 4)
    assert [column.kind for column in gallery.columns] == ["image"]
    assert "Looked for in" in gallery.reason
    assert gallery.size == (256, 512)


def test_samples_that_all_runs_have_come_first() -> None:
    counts = {"a": 1, "b": 1, "c": 1, "y": 2, "z": 2}
    assert choose(counts, runs=2, limit=3) == ["a", "y", "z"]
    assert choose(counts, runs=2, limit=1) == ["y"]
    assert choose(counts, runs=2, limit=9) == ["a", "b", "c", "y", "z"]
    assert choose({}, runs=1, limit=3) == []
