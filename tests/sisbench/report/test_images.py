from __future__ import annotations

import base64
import io
import random
from pathlib import Path

import pytest
from PIL import Image

from sisbench import datasets
from sisbench.report.images import SIZES, Encoded, Size, encode, encode_all
from sisbench.report.pictures import Picture, layouts_and_photos


def decoded(one: Encoded) -> Image.Image:
    assert one.problem == ""
    return Image.open(io.BytesIO(base64.b64decode(one.base64)))


def noise(path: Path, width: int = 64) -> Picture:
    pixels = random.Random(str(path.name)).randbytes(3 * width * width // 2)
    Image.frombytes("RGB", (width, width // 2), pixels).save(path)
    return Picture(path, "photo")


def test_a_photo_becomes_webp_no_wider_than_asked(tmp_path: Path) -> None:
    photo = noise(tmp_path / "a.png")
    assert (decoded(encode(photo, Size(512, 80))).size, decoded(encode(photo, Size(16, 80))).size) == (
        (64, 32),
        (16, 8),
    )
    assert decoded(encode(photo, Size(512, 80))).format == "WEBP"


def test_colours_of_a_map_stay_exact(tmp_path: Path) -> None:
    flat = Image.new("P", (8, 4))
    flat.putpalette([10, 20, 30, 200, 0, 7])
    flat.putpixel((3, 2), 1)
    flat.save(tmp_path / "map.png")
    image = decoded(encode(Picture(tmp_path / "map.png", "map"), SIZES[0])).convert("RGB")
    assert image.getpixel((3, 2)) == (200, 0, 7)
    assert image.getpixel((0, 0)) == (10, 20, 30)


def test_a_layout_is_shown_in_the_colours_of_its_card() -> None:
    card = datasets.get("tinytown").card
    _, found, _ = layouts_and_photos("tinytown", "val")
    layout, _ = next(iter(found.values()))
    ids = Image.open(layout.source.open())  # type: ignore[union-attr]
    image = decoded(encode(layout, Size(ids.width, 80))).convert("RGB")
    for place in ((0, 0), (ids.width // 2, ids.height - 1), (ids.width - 1, ids.height // 2)):
        assert image.getpixel(place) == card.palette()[ids.getpixel(place)]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not PNG, JPEG or WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not PNG, JPEG or WebP"),
        (None, "truncated"),
    ],
)
def test_what_is_no_image_is_named_with_the_reason(tmp_path: Path, content: bytes | None, reason: str) -> None:
    photo = noise(tmp_path / "images" / "a.png") if (tmp_path / "images").mkdir() is None else None
    assert photo is not None
    path = tmp_path / "images" / "a.png"
    path.write_bytes(path.read_bytes()[:400] if content is None else content)
    problem = encode(photo, SIZES[0]).problem
    assert "images/a.png is no readable image" in problem
    assert reason in problem
    assert str(tmp_path) not in problem  # a page is alike on all machines


def test_a_file_that_vanished_is_named(tmp_path: Path) -> None:
    assert (
        "gone.png is no readable image (No such file"
        in encode(Picture(tmp_path / "gone.png", "photo"), SIZES[0]).problem
    )


def test_an_absurdly_large_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for width in (16, 64):  # PIL warns of the one and refuses the other
        assert "decompression bomb" in encode(noise(tmp_path / "a.png", width), SIZES[0]).problem


def test_pictures_are_made_smaller_until_they_fit(tmp_path: Path) -> None:
    photos = [noise(tmp_path / f"{i}.png", 256) for i in range(30)]
    large = encode_all(photos, 10**9)
    assert large is not None
    assert large.size == SIZES[0]
    total = sum(len(one.base64) for one in large.pictures)
    small = encode_all(photos, total // 4)
    assert small is not None
    assert small.size in SIZES[1:]
    assert sum(len(one.base64) for one in small.pictures) <= total // 4
    assert encode_all(photos, 1000) is None


def test_the_same_files_give_the_same_text_in_their_order(tmp_path: Path) -> None:
    photos = [noise(tmp_path / f"{i}.png") for i in range(30)]
    told: list[tuple[int, int]] = []
    batch = encode_all(photos, 10**9, lambda done, total: told.append((done, total)))
    assert batch is not None
    assert list(batch.pictures) == [encode(photo, SIZES[0]) for photo in photos]
    assert told == [(i, 30) for i in range(1, 31)]
    assert encode_all([], 0) is not None
