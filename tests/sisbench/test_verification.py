"""Scoring a record's images again: the same, changed, missing, edited, hostile."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

import segmenters
from sisbench import per_image, sealed
from sisbench.errors import InputError, Problems
from sisbench.files import write_json
from sisbench.images import decode_photo, save_png
from sisbench.job import Overrides, plan
from sisbench.metrics import ms_ssim
from sisbench.pipeline import run
from sisbench.verification import verify
from sisbench.verified import Verification
from tests.records import make_record, write_run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    job = plan("lggan", "tinytown", overrides=Overrides(steps=0, width=2), limit=3)
    run(job, folder / "run", device="cpu", cache_dir=folder / "cache")
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    return shutil.copytree(finished / "run", tmp_path / "run")


@pytest.fixture
def check(finished: Path) -> Callable[..., Verification]:
    def checked(path: Path, images: Path | None = None, **options: Any) -> Verification:
        return verify(path, images, cache_dir=finished / "cache", **options)

    return checked


def reseal(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Edit a record as a forger would, who computes the digest again."""
    value = json.loads((folder / "record.json").read_text())
    change(value)
    write_json(folder / "record.json", sealed.seal(value))


def test_an_untouched_run(folder: Path, check: Callable[..., Verification]) -> None:
    seen: list[tuple[int, int]] = []
    found = check(folder, progress=lambda done, total: seen.append((done, total)))
    assert (found.verdict, found.unchecked, seen[-1]) == ("same", (), (3, 3))
    assert [change.what for change in found.changed if not change.what.startswith("git")] == []
    assert len(found.checks["single images"]) == 3 * 5
    assert all(c.difference == 0 for checks in found.checks.values() for c in checks if c.difference is not None)


def test_without_the_cache_too(folder: Path) -> None:
    assert verify(folder / "record.json").verdict == "same"


def test_a_promoted_record_names_its_images(folder: Path, tmp_path: Path, check: Callable[..., Verification]) -> None:
    away = tmp_path / "records"
    away.mkdir()
    for suffix in (".json", ".per_image.csv"):
        shutil.copy(folder / f"record{suffix}", away / f"name{suffix}")
    with pytest.raises(
        InputError, match=r"images of .*name\.json were looked for in .*records/images.* with '--images'"
    ):
        check(away / "name.json")
    archive = shutil.make_archive(str(tmp_path / "images"), "zip", folder / "images")
    for images in (folder / "images", Path(archive)):
        assert check(away / "name.json", images).verdict == "same"


def test_an_image_that_changed(folder: Path, check: Callable[..., Verification]) -> None:
    path = sorted((folder / "images").iterdir())[1]
    save_png(path, torch.full_like(decode_photo(path), 200))
    found = check(folder)
    assert found.verdict == "differs"
    assert "images_sha256" in [change.what for change in found.changed]
    psnr = [c.name for c in found.checks["single images"] if c.name.startswith("psnr") and c.verdict(1e-9) == "differs"]
    assert psnr == [f"psnr of {path.stem}"]


def test_images_that_were_only_packed_anew(folder: Path, check: Callable[..., Verification]) -> None:
    from PIL import Image

    path = sorted((folder / "images").iterdir())[0]
    Image.open(path).save(path, compress_level=0)
    found = check(folder)
    assert found.verdict == "same"
    assert "images_sha256" in [change.what for change in found.changed]


def test_missing_images_are_listed(tmp_path: Path) -> None:
    record = make_record(n=120)
    folder = write_run(tmp_path / "run", record, images=False)
    (folder / "images").mkdir()
    with pytest.raises(InputError, match="images holds no images; expected PNG files"):
        verify(folder)
    key = record.evaluation.keys[0]
    save_png(folder / "images" / f"{key}.png", torch.zeros(3, 128, 256, dtype=torch.uint8))
    with pytest.raises(Problems) as refusal:
        verify(folder)
    lines = str(refusal.value).splitlines()
    assert sum(line.startswith("  - no image for ") for line in lines) == 10
    assert "  - ... and 109 more" in lines
    assert key not in str(refusal.value)


def test_an_edited_record(folder: Path) -> None:
    path = folder / "record.json"
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 1'))
    with pytest.raises(InputError, match="were edited or damaged"):
        verify(folder)


def test_an_edited_record_with_a_new_digest(folder: Path, check: Callable[..., Verification]) -> None:
    (folder / "record.per_image.csv").unlink()
    reseal(folder, lambda value: value["evaluation"]["results"]["psnr"].update(value=40.0))
    found = check(folder)
    assert found.verdict == "differs"
    assert found.unchecked == ("record.per_image.csv is not there: the shares of single images were not looked at",)
    assert "numbers were not those of these images" in found.text() or found.changed  # commits made meanwhile


def test_shares_that_were_edited_with_their_mean_kept(folder: Path, check: Callable[..., Verification]) -> None:
    path = folder / "record.per_image.csv"
    keys, columns = per_image.read(path)
    per_image.write(path, keys, {**columns, "psnr": columns["psnr"][::-1]})
    found = check(folder)
    assert [kind for kind, checks in found.checks.items() if any(c.verdict(1e-9) == "differs" for c in checks)] == [
        "single images"
    ]
    per_image.write(path, keys, {**columns, "psnr": [x + 1 for x in columns["psnr"]]})
    with pytest.raises(InputError, match=r"the mean of 'psnr' in .* was edited or damaged"):
        check(folder)


def test_shares_of_other_samples(folder: Path, check: Callable[..., Verification]) -> None:
    path = folder / "record.per_image.csv"
    keys, columns = per_image.read(path)
    per_image.write(path, ("a", *keys[1:]), columns)
    with pytest.raises(InputError, match=rf"is of other samples .*: a, {keys[0]} are on one side"):
        check(folder)


def test_a_record_of_schema_1(folder: Path, check: Callable[..., Verification]) -> None:
    value = json.loads((folder / "record.json").read_text())
    for place, name in (("spec", "images_per_layout"), ("provenance", "images_sha256"), ("provenance", "plugins")):
        del value[place][name]
    value["schema"] = 1
    del value["digest"]
    write_json(folder / "record.json", value)
    found = check(folder)
    assert found.verdict == "same"
    assert "images_sha256" not in [change.what for change in found.changed]  # it was not recorded


def test_what_this_machine_lacks_is_not_verified(
    folder: Path, check: Callable[..., Verification], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise segmenters.SegmenterError("the weights are not here. Fetch them.")

    monkeypatch.setattr(segmenters, "create", missing)
    found = check(folder)
    assert found.verdict == "not verified"
    assert "not verified  miou, accuracy" in found.text()
    assert "the weights are not here" in found.text()


def test_other_networks_and_versions_are_named(folder: Path, check: Callable[..., Verification]) -> None:
    def older(value: dict[str, Any]) -> None:
        value["evaluation"]["provenance"]["feature:effnet"] = "0" * 64
        value["evaluation"]["provenance"]["protocol_sha256"] = "1" * 64
        value["provenance"]["packages"]["torch"] = "1.0"

    reseal(folder, older)
    changed = {change.what: (change.before, change.after) for change in check(folder).changed}
    assert changed["feature:effnet"][0] == "000000000000..."
    assert changed["protocol_sha256"][0] == "111111111111..."
    assert changed["packages.torch"] == ("1.0", torch.__version__)


def test_a_plugin_that_made_the_images_need_not_be_here(folder: Path, check: Callable[..., Verification]) -> None:
    reseal(folder, lambda value: value["provenance"].update(plugins={"acme": "1.0"}))
    found = check(folder)
    assert found.verdict == "same"
    assert not [change for change in found.changed if change.what.startswith("plugins")]
    reseal(folder, lambda value: value["provenance"].update(plugins=["acme"]))
    assert check(folder).verdict == "same"


def test_a_plugin_that_brings_the_data_set_is_named(folder: Path) -> None:
    def foreign(value: dict[str, Any]) -> None:
        value["spec"]["dataset"] = "acmetown"
        value["provenance"]["plugins"] = {"acme": "1.0"}

    reseal(folder, foreign)
    with pytest.raises(InputError, match=r"'acmetown' is not a data set.* plug-ins, which may bring it: acme 1\.0\."):
        verify(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "../lggan"}, r"has names that are paths: '\.\./lggan'; expected plain names"),
        ({"dataset": "/etc"}, "names that are paths: '/etc'"),
        ({"recipe": ".."}, r"names that are paths: '\.\.'"),
        ({"protocol": "C:x"}, "names that are paths: 'C:x'"),
        ({"dataset": "tinytwn"}, "'tinytwn' is not a data set; closest: 'tinytown'"),
        ({"protocol": "tinytown-v9"}, "'tinytown-v9' is not a protocol; closest"),
        ({"protocol": "oasis-2021"}, "does not cover data set 'tinytown'"),
        ({"limit": -1}, "has the limit -1 and 1 images per layout"),
        ({"limit": "4"}, "has the limit '4'"),
        ({"images_per_layout": None}, "None images per layout"),
    ],
)
def test_a_spec_that_leads_nowhere(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    record = make_record(n=2)
    write_run(tmp_path / "run", dataclasses.replace(record, spec={**record.spec, "images_per_layout": 1}))
    reseal(tmp_path / "run", lambda value: value["spec"].update(change))
    with pytest.raises(InputError, match=message):
        verify(tmp_path / "run")


@pytest.mark.parametrize("key", ["../../secret", "/etc/passwd", "a\\b"])
def test_keys_are_never_followed(key: str, tmp_path: Path) -> None:
    write_run(tmp_path / "run", make_record(keys=["a", key]), images=False)
    with pytest.raises(InputError, match="has names that are paths"):
        verify(tmp_path / "run")


def test_a_record_without_a_method_s_data(tmp_path: Path) -> None:
    write_run(tmp_path / "run", make_record(n=2))
    reseal(tmp_path / "run", lambda value: value["spec"].pop("dataset"))
    with pytest.raises(InputError, match=r"record\.json does not say its 'dataset'"):
        verify(tmp_path / "run")
    write_run(tmp_path / "city", make_record(dataset="cityscapes", protocol="spade-2019", n=2))
    with pytest.raises(InputError, match="cityscapes"):
        verify(tmp_path / "city", root=tmp_path / "nowhere")


def test_several_images_for_each_layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The scenes are too small for MS-SSIM; any number of the images serves.
    monkeypatch.setattr(ms_ssim, "pairwise_ms_ssim", lambda images: images.double().mean().view(1))
    overrides = Overrides(steps=0, width=2)
    job = plan("spade", "tinytown", protocol="diversity-v1", recipe="quick-style", overrides=overrides, limit=2)
    run(job, tmp_path / "run", device="cpu")
    found = verify(tmp_path / "run")
    assert found.verdict == "same"
    assert [check.name for check in found.checks["numbers"] if check.now is not None] == ["ms_ssim"]
