"""The best of the generators that a training kept."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

import generators
from generators import GeneratorError
from sisbench import selection
from sisbench.errors import InputError
from sisbench.evaluation import NotAvailable
from sisbench.job import Job
from sisbench.pipeline import claim, make_fabric
from sisbench.training import obtain_weights
from tests.sisbench.oasis_run import tiny_job


def job(select: str = "psnr", **changes: object) -> Job:
    tiny = tiny_job()
    recipe = dataclasses.replace(
        tiny.recipe, steps=3, decay_steps=0, ema_refresh=1, keep_every=2, select=select, **changes
    )
    return dataclasses.replace(tiny, recipe=recipe, limit=2)


def test_the_best_is_taken_and_the_record_says_so(tmp_path: Path) -> None:
    claim(job(), tmp_path / "run")
    obtained = obtain_weights(job(), tmp_path / "run", make_fabric("cpu"))
    kept = tmp_path / "run" / "kept"
    assert sorted(path.name for path in kept.iterdir()) == [
        "00000002.json",
        "00000002.pth",
        "00000003.json",
        "00000003.pth",
    ]
    facts = json.loads((tmp_path / "run" / "selection.json").read_text())
    values = {step: json.loads((kept / f"{step}.json").read_text())["value"] for step in ("00000002", "00000003")}
    assert facts["by_step"] == values
    assert facts["taken"] == max(values, key=lambda step: values[step])  # of PSNR more is better
    best = generators.read_state(kept / f"{facts['taken']}.pth")
    assert generators.state_digest(obtained.state) == generators.state_digest(best)
    assert obtained.origin["checkpoint"] == "best by psnr on the evaluated images, average of the generator"

    other = tmp_path / "run" / "kept" / "00000002.json"  # another score, so that the other one is taken
    other.write_text(json.dumps({"value": 99.0 if facts["taken"] == "00000003" else -99.0, "higher_is_better": True}))
    (tmp_path / "run" / "selection.json").unlink()
    again = obtain_weights(job(), tmp_path / "run", make_fabric("cpu"))
    assert generators.state_digest(again.state) != generators.state_digest(obtained.state)


def test_a_lower_value_is_better_where_the_metric_says_so(tmp_path: Path) -> None:
    for step, value in (("00000001", 3.0), ("00000002", 1.0), ("00000003", 2.0)):
        (tmp_path / "kept").mkdir(exist_ok=True)
        (tmp_path / "kept" / f"{step}.pth").write_bytes(step.encode())
        (tmp_path / "kept" / f"{step}.json").write_text(json.dumps({"value": value, "higher_is_better": False}))
    selection.select(job("fd_effnet"), tmp_path, make_fabric("cpu"))
    assert (tmp_path / "generator.pth").read_bytes() == b"00000002"


def test_a_metric_that_cannot_be_computed_is_told_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SISBENCH_WEIGHTS", str(tmp_path / "nowhere"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(InputError, match="selects its best generator by fid_torch, which this machine"):
        obtain_weights(job("fid_torch"), tmp_path, make_fabric("cpu"))
    assert not (tmp_path / "kept").exists()


def test_a_metric_that_fails_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claim(job(), tmp_path / "run")
    original = selection.evaluate

    def failing(*args: object, **options: object) -> object:
        found = original(*args, **options)  # type: ignore[call-overload]
        return dataclasses.replace(found, results={"psnr": NotAvailable("the disk is full.")})

    monkeypatch.setattr(selection, "evaluate", failing)
    monkeypatch.setattr("sisbench.training.require_metric", lambda job: None)
    with pytest.raises(InputError, match="cannot be computed: the disk is full"):
        obtain_weights(job(), tmp_path / "run", make_fabric("cpu"))


def test_a_recipe_that_selects_keeps_something() -> None:
    with pytest.raises(GeneratorError, match="keeps generators to select from"):
        dataclasses.replace(tiny_job().recipe, select="fid", keep_every=0)


def test_the_recipes_of_the_published_numbers() -> None:
    recipes = generators.info("oasis").recipes
    for name, every in (("cityscapes", 2500), ("ade20k", 5000), ("coco_stuff", 5000)):
        assert recipes[f"{name}-best"] == dataclasses.replace(recipes[name], keep_every=every, select="fid_torch")
