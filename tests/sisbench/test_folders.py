from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image

from sisbench import images
from sisbench.errors import InputError, Problems
from sisbench.folders import ImageFolder, SampleFolder


def save(path: Path, value: int = 0, size: tuple[int, int] = (4, 6)) -> Path:
    images.save_png(path, torch.full((3, *size), value, dtype=torch.uint8))
    return path


def test_a_list_of_files(tmp_path: Path) -> None:
    save(tmp_path / "a" / "one.png", 1)
    save(tmp_path / "elsewhere" / "two_leftImg8bit.png", 2)
    text = tmp_path / "a" / "list.txt"
    text.write_text(f"# two images\none.png\n\n{tmp_path / 'elsewhere' / 'two_leftImg8bit.png'}\n", encoding="utf-8")
    found = ImageFolder(text)
    assert {key: int(found[key][0, 0, 0]) for key in found} == {"one": 1, "two": 2}


def test_a_list_that_names_missing_files(tmp_path: Path) -> None:
    text = tmp_path / "list.txt"
    text.write_text("\n".join(f"{i}.png" for i in range(14)))
    with pytest.raises(Problems, match="names files that are not there") as caught:
        ImageFolder(text)
    assert "... and 4 more" in str(caught.value)
    text.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"cannot read .* as a list of generated images"):
        ImageFolder(text)
    with pytest.raises(InputError, match=r"cannot read .*absent\.txt"):
        ImageFolder(tmp_path / "absent.txt")


@pytest.mark.parametrize("key", ["with space", "straße_日本", "a.b", "-dash", "<b>&amp;"])
def test_names_of_any_kind_are_keys(tmp_path: Path, key: str) -> None:
    save(tmp_path / f"{key}.png", 7)
    assert list(ImageFolder(tmp_path)) == [key]
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.write(tmp_path / f"{key}.png", f"{key}.png")
    assert int(ImageFolder(tmp_path / "all.zip")[key][0, 0, 0]) == 7


def test_nothing_and_nowhere(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="which does not exist"):
        ImageFolder(tmp_path / "absent")
    with pytest.raises(InputError, match="holds no images"):
        ImageFolder(tmp_path)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(InputError, match="neither a folder nor a readable zip archive"):
        ImageFolder(tmp_path / "broken.zip")


def test_loops_of_links_end(tmp_path: Path) -> None:
    save(tmp_path / "set" / "a.png")
    (tmp_path / "set" / "again").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "b.png").symlink_to("b.png")  # a link to itself
    found = ImageFolder(tmp_path / "set")
    assert sorted(found) == ["a", "b"]
    with pytest.raises(InputError, match=r"b\.png"):
        _ = found["b"]


def test_lossy_files_warn_where_they_are_generated(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.JPEG", "c.webp"):
        Image.new("RGB", (6, 4)).save(tmp_path / name)
    with pytest.warns(UserWarning, match="3 of 3 generated images are JPEG or WebP files"):
        assert ImageFolder(tmp_path).lossy == 3
    assert ImageFolder(tmp_path, "real").lossy == 3  # photos are what they are


@pytest.mark.parametrize("by_round", [True, False])
def test_several_images_for_each_layout(tmp_path: Path, by_round: bool) -> None:
    for key in ("x_1", "y_2"):
        for number in range(3):
            name = f"seed{number}/{key}_leftImg8bit.png" if by_round else f"{key}/{number}.png"
            save(tmp_path / "all" / name, number)
    found = SampleFolder(tmp_path / "all")
    assert (sorted(found), found.per_layout, len(found)) == (["x_1", "y_2"], 3, 2)
    assert [int(images.decode_photo(file)[0, 0, 0]) for file in found["y_2"]] == [0, 1, 2]


def test_one_layout_alone(tmp_path: Path) -> None:
    save(tmp_path / "key" / "first.png")
    save(tmp_path / "key" / "second.png")
    assert SampleFolder(tmp_path).per_layout == 2
    assert list(SampleFolder(tmp_path)) == ["key"]


def test_unequal_numbers_of_images(tmp_path: Path) -> None:
    for name in ("a/0.png", "a/1.png", "b/0.png"):
        save(tmp_path / "uneven" / name)
    with pytest.raises(InputError, match="'b' has 1 images and 'a' has 2"):
        SampleFolder(tmp_path / "uneven")
    save(tmp_path / "flat" / "a.png")
    with pytest.raises(Problems, match=r"a\.png: lies in no folder"):
        SampleFolder(tmp_path / "flat")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no images"):
        SampleFolder(tmp_path / "empty")
