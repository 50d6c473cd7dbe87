from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sisbench.report.collect import collect
from sisbench.report.images import Size, encode
from sisbench.report.pictures import RunPictures, layouts_and_photos, of_run
from tests.panel_trees import panel_tree, photo
from tests.records import make_record, sample_keys, write_picture, write_run


def listed(folder: Path) -> RunPictures:
    (run,) = collect([folder]).runs
    return of_run(run)


def test_what_a_folder_holds(runs: Path) -> None:
    found = listed(runs / "lggan")
    keys = list(sample_keys("tinytown", 4))
    assert list(found.images) == list(found.semantics) == keys
    assert {stage: list(of) for stage, of in found.stages.items()} == {"local": keys, "weight_local": keys}
    assert (found.variants, found.problems) == ({}, ())
    assert found.semantics[keys[0]].kind == "map"


def test_several_images_of_a_layout_are_numbered(runs: Path) -> None:
    found = listed(runs / "noise")
    assert [list(of) for of in found.variants.values()] == [["00", "01", "02"]] * 4
    assert {key: picture.source.name for key, picture in found.images.items()} == dict.fromkeys(
        found.variants, "00.png"
    )


def test_missing_images_are_named(runs: Path) -> None:
    keys = sample_keys("tinytown", 4)
    for key in keys[:2]:
        (runs / "spade" / "images" / f"{key}.png").unlink()
    assert listed(runs / "spade").problems == (f"spade: images/ lacks 2 of 4 images: {keys[0]}, {keys[1]}.",)
    (runs / "oasis" / "record.per_image.csv").unlink()
    (runs / "oasis" / "images" / f"{keys[0]}.png").unlink()
    assert listed(runs / "oasis").problems == ("oasis: images/ holds 3 images, the record is of 4.",)


def test_keys_of_a_record_never_become_paths(tmp_path: Path) -> None:
    write_picture(tmp_path / "secret.png", "secret")
    keys = ("../../secret", str(tmp_path / "secret"), "fine")
    write_run(tmp_path / "run", make_record(keys=keys), images=False)
    write_picture(tmp_path / "run" / "images" / "fine.png", "fine")
    found = listed(tmp_path / "run")
    assert list(found.images) == ["fine"]
    assert "lacks 2 of 3 images: ../../secret" in found.problems[0]


@pytest.mark.parametrize("target", ["file", "folder", "images"])
def test_links_out_of_the_run_folder_are_refused(runs: Path, tmp_path: Path, target: str) -> None:
    outside = tmp_path / "outside"
    write_picture(outside / "secret.png", "secret")
    images = runs / "spade" / "images"
    if target == "file":
        (images / "secret.png").symlink_to(outside / "secret.png")
    elif target == "folder":
        (images / "more").symlink_to(outside)
    else:
        for path in images.iterdir():
            path.unlink()
        images.rmdir()
        images.symlink_to(outside)
    found = listed(runs / "spade")
    assert not any("secret" in key for key in found.images)
    assert "link" in found.problems[0]


def test_links_inside_the_run_folder_are_followed(runs: Path) -> None:
    images = runs / "spade" / "images"
    key = sample_keys("tinytown", 4)[0]
    (images / f"{key}.png").rename(runs / "spade" / "kept.png")
    (images / f"{key}.png").symlink_to(runs / "spade" / "kept.png")
    assert list(listed(runs / "spade").images) == list(sample_keys("tinytown", 4))


def test_a_record_alone_has_no_images(tmp_path: Path) -> None:
    make_record().write(tmp_path / "alone.json")
    assert listed(tmp_path / "alone.json").problems == ("lggan: a record without a run folder, hence without images.",)


@pytest.mark.parametrize("direction", ["a2g", "g2a"])
def test_photos_of_both_views(direction: str) -> None:
    card, found, reason = layouts_and_photos(f"tinytown_{direction}", "val")
    assert card is not None
    assert (card.name, len(found), reason) == (f"tinytown_{direction}", 120, "")
    source, target = found["boulevard_000036_000000"]
    assert target is not None
    assert (source.kind, target.kind) == ("photo", "photo")
    names = [str(picture.source) for picture in (source, target)]
    assert [("_aerial" in name) for name in names] == [direction == "a2g", direction == "g2a"]


def test_panels_of_both_views(tmp_path: Path) -> None:
    root = panel_tree(tmp_path, "dayton", "x-fork")
    _, found, reason = layouts_and_photos("dayton_a2g", "val", root)
    assert reason == ""
    source, target = found["park_000002.g2a"]
    assert target is not None
    assert (source.panel, target.panel) == (1, 0)  # ground, aerial, ...
    for picture, seed in ((source, 21), (target, 20)):
        content = base64.b64decode(encode(picture, Size(256, 90)).base64)
        shown = np.asarray(Image.open(io.BytesIO(content))).astype(int)
        assert shown.shape == (256, 256, 3)
        assert np.abs(shown - photo(seed)).mean() < 12  # compressed


def test_layouts_and_photos_of_embedded_data() -> None:
    card, found, reason = layouts_and_photos("tinytown", "val")
    assert card is not None
    assert (card.name, len(found), reason) == ("tinytown", 120, "")


def test_data_that_is_not_here_gives_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SISBENCH_DATA", raising=False)
    card, found, reason = layouts_and_photos("cityscapes", "val")
    assert card is not None
    assert not found
    assert "was not found. Looked for in" in reason
    card, found, reason = layouts_and_photos("<script>", "val")
    assert (card, found) == (None, {})
    assert "is not a data set" in reason
