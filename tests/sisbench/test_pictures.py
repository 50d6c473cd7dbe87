"""Pictures beside the images: what is drawn of a generator's stages, what the segmenter sees, and nothing else."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

import generators
import segmenters
from generators.lggan import LGGAN
from sisbench import images, pictures
from sisbench.errors import InputError, Problems
from sisbench.generation import generate
from sisbench.job import Job, Overrides, plan
from sisbench.pipeline import claim, make_fabric, run
from sisbench.training import obtain_weights

STAGES = ["class_images", "features_1", "features_2", "global", "label_map", "local", "weight_global", "weight_local"]
"""What every layout has; a picture of a class there is for those that have it."""


def tiny_job(method: str = "lggan", **options: Any) -> Job:
    return plan(method, "tinytown", **{"overrides": Overrides(steps=0, width=2), "limit": 2, **options})


def generated(job: Job, folder: Path) -> Path:
    """A run's folder up to its images."""
    claim(job, folder)
    fabric = make_fabric("cpu")
    generate(job, obtain_weights(job, folder, fabric).state, job.samples("val"), folder, fabric)
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tiny_job(), tmp_path_factory.mktemp("made") / "run")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "run")


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def pixels(path: Path) -> Any:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def test_lggan_shows_its_branches_and_their_weights(folder: Path) -> None:
    keys = sorted(path.name for path in (folder / "images").iterdir())
    assert pictures.save(tiny_job(), folder, ["stages"]) == {}
    places = sorted(path.name for path in (folder / "stages").iterdir())
    assert [name for name in places if not name.startswith("class-")] == STAGES
    assert all(sorted(path.name for path in (folder / "stages" / name).iterdir()) == keys for name in STAGES)
    # The image is the weighted sum of the branches: it must be so in the pictures too, but for their rounding.
    found = {name: pixels(folder / "stages" / name / keys[0]) for name in STAGES}
    total = sum(found[f"weight_{branch}"] / 255 * found[branch] for branch in ("local", "global"))
    assert np.abs(total - pixels(folder / "images" / keys[0])).max() <= 3
    assert np.abs(found["weight_local"] + found["weight_global"] - 254.5).max() <= 1
    assert (found["weight_local"] == found["weight_local"][..., :1]).all()  # grey


def test_classes_have_pictures_where_they_are(folder: Path) -> None:
    pictures.save(tiny_job(), folder, ["stages"])
    samples = tiny_job().samples("val")
    names = {label.id: label.name.replace(" ", "_") for label in samples.card.labels}
    found = {path.relative_to(folder / "stages").as_posix() for path in (folder / "stages").glob("class-*/*.png")}
    there = {
        f"class-{names[index]}/{s.key}.png"
        for s in (samples[i] for i in range(len(samples)))
        for index in s.layout.unique().tolist()
    }
    assert len(there) > 10
    assert found == there
    sample = samples[0]
    with Image.open(folder / "stages" / "label_map" / f"{sample.key}.png") as picture:
        assert (np.asarray(picture) == sample.layout.numpy()).all()
        colors = np.array(samples.card.palette())
        assert (np.asarray(picture.convert("RGB")) == colors[sample.layout.numpy()]).all()
    own = pixels(folder / "stages" / "class_images" / f"{sample.key}.png")
    for index in sample.layout.unique().tolist():
        mask = sample.layout.numpy() == index
        assert (own[mask] == pixels(folder / "stages" / f"class-{names[index]}" / f"{sample.key}.png")[mask]).all()


def test_semantics_are_what_the_segmenter_says_in_the_colours_of_the_card(folder: Path) -> None:
    job = tiny_job()
    samples = job.samples("val")
    for sample in (samples[index] for index in range(len(samples))):
        images.save_png(folder / "images" / f"{sample.key}.png", sample.image)  # real photos show many classes
    assert pictures.save(job, folder, ["semantics"]) == {}
    segmenter = segmenters.create("drn_d_22_quarter.tinytown", 19, input_scale=2.0)  # as tinytown-v1 says
    for path in (folder / "images").iterdir():
        picture = Image.open(folder / "semantics" / path.name)
        expected = segmenter(images.decode_photo(path)[None])[0].numpy()
        assert len(np.unique(expected)) > 5
        assert picture.mode == "P"
        assert (np.asarray(picture) == expected).all()
        colors = np.array([label.color for label in job.card.train_classes])
        assert (np.asarray(picture.convert("RGB")) == colors[expected]).all()


def test_they_only_add_files_and_are_the_same_each_time(folder: Path, made: Path) -> None:
    pictures.save(tiny_job(), folder, pictures.KINDS)
    whole = contents(folder)
    assert contents(made).items() < whole.items()
    victims = sorted((folder / "stages" / "local").iterdir())[:1] + sorted((folder / "semantics").iterdir())[1:]
    stamps = {p: p.stat().st_mtime_ns for p in folder.rglob("*.png") if p not in victims}
    for victim in victims:
        victim.unlink()
    pictures.save(tiny_job(), folder, pictures.KINDS)  # an interrupted one continues
    assert contents(folder) == whole
    assert {p: p.stat().st_mtime_ns for p in stamps} == stamps


def test_a_finished_run_keeps_its_record(tmp_path: Path) -> None:
    run(tiny_job(), tmp_path / "run", device="cpu")
    before = contents(tmp_path / "run")
    pictures.save(tiny_job(), tmp_path / "run", pictures.KINDS)
    assert before.items() < contents(tmp_path / "run").items()


def test_pictures_of_other_weights_are_made_again(folder: Path) -> None:
    pictures.save(tiny_job(), folder, pictures.KINDS)
    first = contents(folder)
    (folder / "stages.json").write_text("{")
    value = json.loads((folder / "semantics.json").read_text())
    (folder / "semantics.json").write_text(json.dumps({**value, "segmenter_sha256": "0" * 64}))
    for stale in (*(folder / "stages").rglob("*.png"), *(folder / "semantics").iterdir()):
        stale.write_bytes(b"stale")
    pictures.save(tiny_job(), folder, pictures.KINDS)
    assert contents(folder) == first


def test_images_of_other_weights_are_refused(folder: Path) -> None:
    state = generators.read_state(folder / "generator.pth")
    state["conv_img.bias"] += 0.5
    torch.save(state, folder / "generator.pth")
    with pytest.raises(InputError, match=r"images were made from other weights .*images\.json"):
        pictures.save(tiny_job(), folder, ["stages"])
    assert not (folder / "stages").exists()


def test_missing_images_are_named(folder: Path) -> None:
    victim = sorted((folder / "images").iterdir())[0]
    victim.unlink()
    with pytest.raises(Problems, match=rf"1 of 2 images of the run are not there:\n.*{victim.name}"):
        pictures.save(tiny_job(), folder, ["semantics"])


def test_a_method_of_one_image_says_so(tmp_path: Path) -> None:
    job = tiny_job("spade")
    reasons = pictures.save(job, generated(job, tmp_path / "run"), ["stages"])
    assert reasons == {"stages": "spade computes nothing but the image"}
    assert not (tmp_path / "run" / "stages").exists()


def test_several_images_of_a_layout(tmp_path: Path) -> None:
    job = tiny_job("spade", protocol="diversity-v1", recipe="quick-style", limit=1)
    reasons = pictures.save(job, generated(job, tmp_path / "run"), pictures.KINDS)
    assert reasons["semantics"] == "protocol 'diversity-v1' names no segmenter for tinytown"


def test_missing_weights_of_the_segmenter_are_the_reason(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise segmenters.SegmenterError("the weights are not here. Fetch them.")

    monkeypatch.setattr(segmenters, "create", missing)
    assert pictures.save(tiny_job(), folder, ["semantics"]) == {"semantics": "the weights are not here. Fetch them."}
    assert not (folder / "semantics").exists()


def test_an_unknown_kind() -> None:
    with pytest.raises(InputError, match="'stage' is not a kind of pictures; closest: 'stages'"):
        pictures.require_kinds(["stages", "stage"])


def planes(channels: int, value: float) -> Tensor:
    return torch.full((1, channels, 2, 2), value)


def with_stages(monkeypatch: pytest.MonkeyPatch, change: Callable[[int], dict[str, Any]]) -> None:
    """Let LGGAN have other pictures, by the number of the call."""
    calls = iter(range(1000))
    monkeypatch.setattr(LGGAN, "pictures", lambda self, cond, noise=None: change(next(calls)))


def test_what_is_drawn_by_hand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stages = {"photo": planes(3, 1.0), "map": planes(1, 0.5), "pair": torch.tensor([0.0, 1.0]).view(1, 2, 1, 1)}
    with_stages(monkeypatch, lambda call: stages)
    assert pictures.save(tiny_job(), folder, ["stages"]) == {}
    places = [path for path in (folder / "stages").iterdir() if path.name != "label_map"]
    found = {path.name: pixels(next(path.iterdir())).tolist() for path in places}
    assert found == {
        "photo": [[[255] * 3] * 2] * 2,
        "map": [[[127] * 3] * 2] * 2,
        "pair_0": [[[0] * 3]],
        "pair_1": [[[255] * 3]],
    }


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("logits", planes(35, 0.0), r"float32 of shape \(1, 35, 2, 2\); pictures are made of"),
        ("deep", planes(3, 2.0), r"values from 2 to 2, beyond \[-1, 1\]"),
        ("map", planes(1, -0.5), r"values from -0\.5 to -0\.5, beyond \[0, 1\]"),
        ("nan", planes(1, float("nan")), r"values from nan to nan, beyond"),
        ("vector", torch.zeros(1, 8), "float32 of shape"),
        ("batch", torch.zeros(2, 3, 2, 2), "float32 of shape"),
        ("../up", planes(3, 0.0), "no plain name of a folder"),
        ("..", planes(3, 0.0), "no plain name of a folder"),
        ("a/b", planes(3, 0.0), "no plain name of a folder"),
    ],
)
def test_what_is_no_picture(
    name: str, value: Tensor, reason: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(folder.parent)
    with_stages(monkeypatch, lambda call: {name: value})
    reasons = pictures.save(tiny_job(), folder, ["stages"])
    assert re.search(reason, reasons[f"stages/{name}"])
    assert set(contents(folder.parent)) - set(before) == {"run/stages.json"}


def test_a_stage_that_leaves_its_range_later_is_left_out_wholly(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_stages(monkeypatch, lambda call: {"map": planes(1, 0.5 + call), "photo": planes(3, 0.0)})
    reasons = pictures.save(tiny_job(), folder, ["stages"])
    assert reasons == {"stages/map": "has values from 1.5 to 1.5, beyond [0, 1]"}
    assert sorted(path.name for path in (folder / "stages").iterdir()) == ["label_map", "photo"]
