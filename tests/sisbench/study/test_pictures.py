from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sisbench.errors import InputError, Problems
from sisbench.files import File
from sisbench.study import pictures
from tests.sisbench.study.samples import folder, keys


def file(path: Path) -> File:
    return File(path.parent, path.name)


def saved(path: Path, pixels: object, mode: str | None = None, **options: object) -> File:
    image = Image.fromarray(np.asarray(pixels))
    (image.convert(mode) if mode else image).save(path, **options)
    return file(path)


def test_folders_archives_and_runs(tmp_path: Path) -> None:
    plain = folder(tmp_path / "plain", ["a_leftImg8bit", "b"])
    run = folder(tmp_path / "run" / "images", ["a", "b"]).parent
    (run / "record.json").write_text("{}")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for path in plain.iterdir():
            archive.write(path, f"inner/{path.name}")
    for place in (plain, run, tmp_path / "all.zip"):
        assert sorted(pictures.listed(place, "generated")) == ["a", "b"]


def test_keys_that_stand_alone() -> None:
    a, b = dict.fromkeys(keys(15)), dict.fromkeys([*keys(2), "other"])
    with pytest.raises(Problems, match="14 of their keys stand alone") as caught:
        pictures.require_keys("'b'", b, "'a'", a, exactly=True)
    assert "'scene_002': in 'a', not in 'b'" in str(caught.value)
    assert str(caught.value).count("\n  - ") == 11
    assert "... and 4 more" in str(caught.value)
    pictures.require_keys("layouts", a, "'b'", dict.fromkeys(keys(2)), exactly=False)


def test_label_maps_take_the_colours_of_the_palette(tmp_path: Path) -> None:
    ids = saved(tmp_path / "ids.png", np.array([[0, 2]], dtype=np.uint8))
    palette = [(10, 20, 30), (0, 0, 0), (40, 50, 60)]
    drawn = pictures.layout(ids, palette, (4, 2))
    assert [drawn.getpixel((x, 1)) for x in range(4)] == [palette[0], palette[0], palette[2], palette[2]]
    deep = saved(tmp_path / "deep.png", np.array([[300]], dtype=np.uint16))
    with pytest.raises(InputError, match=r"label id 300 where ids from 0 to 2"):
        pictures.layout(deep, palette, (1, 1))
    coloured = saved(tmp_path / "coloured.png", np.full((1, 2, 3), 9, dtype=np.uint8))
    assert pictures.layout(coloured, palette, (2, 1)).getpixel((0, 0)) == (9, 9, 9)


def test_neighbouring_ids_differ_without_a_palette() -> None:
    colors = np.array(pictures.any_palette())
    assert len(np.unique(colors, axis=0)) > 200
    assert np.abs(np.diff(colors, axis=0)).sum(axis=1).min() > 60


@pytest.mark.parametrize("size", [(64, 32), (7, 5), (1, 1)])
def test_spoilt_beyond_doubt(size: tuple[int, int]) -> None:
    plain = Image.new("RGB", size, (200, 210, 220))
    assert set(np.asarray(pictures.degrade(plain)).reshape(-1).tolist()) == {55, 45, 35}


def test_spoiling_moves_the_tiles() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (36, 72, 3), dtype=np.uint8)
    spoilt = 255 - np.asarray(pictures.degrade(Image.fromarray(pixels))).astype(int)
    tiles = {
        name: [image[y : y + 6, x : x + 6].tobytes() for y in range(0, 36, 6) for x in range(0, 72, 6)]
        for name, image in (("before", pixels.astype(int)), ("after", spoilt))
    }
    assert sorted(tiles["before"]) == sorted(tiles["after"])
    assert sum(a != b for a, b in zip(tiles["before"], tiles["after"], strict=True)) > 60


def test_encoding_keeps_every_pixel_and_no_name() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (9, 7, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    image.info["comment"] = "made by spade"
    encoded = pictures.encode(image)
    assert (np.asarray(Image.open(io.BytesIO(encoded)).convert("RGB")) == pixels).all()
    assert b"spade" not in encoded
    assert len(pictures.encode(image.resize((70, 90)), 20)) < len(pictures.encode(image.resize((70, 90))))
