"""Image files to PIL images; `test_images` has what becomes of them as tensors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sisbench import decoding
from sisbench.errors import InputError
from sisbench.files import File


def file(path: Path) -> File:
    return File(path.parent, path.name)


def saved(path: Path, pixels: object, mode: str | None = None) -> File:
    image = Image.fromarray(np.asarray(pixels))
    (image.convert(mode) if mode else image).save(path)
    return file(path)


def picture(path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 255, (16, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def test_photos_of_every_kind_become_rgb(tmp_path: Path) -> None:
    grey = np.full((4, 6), 77, dtype=np.uint8)
    opaque = np.full((4, 6, 4), 255, dtype=np.uint8)
    assert decoding.photo(saved(tmp_path / "grey.png", grey)).getpixel((0, 0)) == (77, 77, 77)
    assert decoding.photo(saved(tmp_path / "palette.png", grey, "P")).mode == "RGB"
    assert decoding.photo(saved(tmp_path / "opaque.png", opaque)).getpixel((5, 3)) == (255, 255, 255)
    assert decoding.photo(saved(tmp_path / "cmyk.jpg", grey, "CMYK"), (2, 3)).size == (3, 2)


def test_photos_that_are_refused(tmp_path: Path) -> None:
    clear = np.zeros((4, 6, 4), dtype=np.uint8)
    with pytest.raises(InputError, match=r"clear\.png: has transparent pixels"):
        decoding.photo(saved(tmp_path / "clear.png", clear))
    with pytest.raises(InputError, match=r"deep\.png: is a PNG of 16 bits per channel"):
        decoding.photo(saved(tmp_path / "deep.png", np.zeros((4, 6), dtype=np.uint16)))
    frames = [Image.new("RGB", (4, 4), (shade, 0, 0)) for shade in (0, 200)]
    frames[0].save(tmp_path / "moving.webp", save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match="animation of 2 frames"):
        decoding.photo(file(tmp_path / "moving.webp"))
    whole = picture(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes(whole.read_bytes()[:200])
    with pytest.raises(InputError, match=r"cut\.png: is no readable image"):
        decoding.photo(file(tmp_path / "cut.png"))
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(InputError, match=r"text\.png: is no readable image \(not PNG, JPEG or WebP\)"):
        decoding.photo(file(tmp_path / "text.png"))


def test_pictures_as_they_are_stored(tmp_path: Path) -> None:
    deep = decoding.stored(saved(tmp_path / "deep.png", np.full((4, 6), 300, dtype=np.uint16)))
    assert (deep.mode, deep.getpixel((0, 0))) == ("I;16", 300)
    clear = decoding.stored(saved(tmp_path / "clear.png", np.zeros((4, 6, 4), dtype=np.uint8)))
    assert clear.mode == "RGBA"
    (tmp_path / "text.png").write_text("no image")
    with pytest.raises(InputError, match=r"text\.png: is no readable image"):
        decoding.stored(tmp_path / "text.png")
    frames = [Image.new("RGB", (4, 4), (shade, 0, 0)) for shade in (0, 200)]
    frames[0].save(tmp_path / "moving.webp", save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match=r"moving\.webp: is an animation of 2 frames"):
        decoding.stored(tmp_path / "moving.webp")


def test_no_torch() -> None:
    code = "import sys, sisbench.decoding, sisbench.listing; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
