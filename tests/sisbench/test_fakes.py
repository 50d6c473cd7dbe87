from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from sisbench import images
from sisbench.errors import InputError, Problems
from sisbench.fakes import common_size, in_order, opened
from sisbench.folders import ImageFolder

KEYS = ("a", "b", "c")
SIZE = (4, 6)


def image(value: int, size: tuple[int, int] = SIZE) -> Tensor:
    return torch.full((3, *size), value, dtype=torch.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for value, key in enumerate(KEYS):
        images.save_png(tmp_path / "fakes" / f"{key}.png", image(value))
    return tmp_path / "fakes"


def values(found: list[Tensor]) -> list[int]:
    return [int(tensor[0, 0, 0]) for tensor in found]


def test_a_folder_by_key(folder: Path) -> None:
    fakes = ImageFolder(folder)
    assert sorted(fakes) == list(KEYS)
    assert len(fakes) == 3
    assert torch.equal(fakes["b"], image(1))
    assert values(list(in_order(fakes, KEYS, SIZE))) == [0, 1, 2]


def test_photo_names_folders_hidden_files_and_archives(folder: Path, tmp_path: Path) -> None:
    (folder / "city").mkdir()
    (folder / "a.png").rename(folder / "city" / "a_leftImg8bit.png")
    (folder / ".DS_Store").write_text("litter")
    with zipfile.ZipFile(tmp_path / "fakes.zip", "w") as archive:
        for path in folder.rglob("*.png"):
            archive.write(path, path.relative_to(folder))
    for root in (folder, tmp_path / "fakes.zip"):
        assert values(list(in_order(ImageFolder(root), KEYS, SIZE))) == [0, 1, 2]


def test_problems_of_a_folder_come_at_once(folder: Path) -> None:
    (folder / "notes.txt").write_text("a note")
    shutil.copy(folder / "a.png", folder / "a_leftImg8bit.png")
    with pytest.raises(Problems) as caught:
        ImageFolder(folder)
    assert f"{folder / 'notes.txt'}: is no PNG file" in str(caught.value)
    assert f"{folder / 'a_leftImg8bit.png'}: has the same key 'a'" in str(caught.value)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        ImageFolder(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no images"):
        ImageFolder(tmp_path)


def test_jpeg_warns(folder: Path) -> None:
    (folder / "b.png").unlink()
    Image.new("RGB", (6, 4)).save(folder / "b.jpg")
    with pytest.warns(UserWarning, match=r"1 of 3 .*b\.jpg"):
        fakes = ImageFolder(folder)
    assert fakes["b"].shape == (3, *SIZE)


def test_damaged_and_odd_files_are_named(folder: Path) -> None:
    content = (folder / "a.png").read_bytes()
    (folder / "a.png").write_bytes(content[: len(content) // 2])
    (folder / "b.png").write_bytes(b"")
    Image.new("I;16", (6, 4)).save(folder / "c.png")
    fakes = ImageFolder(folder)
    for key in KEYS:
        with pytest.raises(InputError, match=rf"{key}\.png"):
            fakes[key]


def test_wrong_sizes_and_types_are_named(folder: Path) -> None:
    images.save_png(folder / "b.png", image(0, (5, 6)))
    with pytest.raises(InputError, match=r"b\.png: is torch\.uint8 of shape \(3, 5, 6\).*height 4 and width 6"):
        list(in_order(ImageFolder(folder), KEYS, SIZE))
    with pytest.raises(InputError, match=r"generated image 'a': is torch\.int64"):
        list(in_order({"a": image(0).long()}, ("a",), SIZE))
    with pytest.raises(InputError, match=r"generated image 'a': is torch\.uint8 of shape \(1, 4, 6\)"):
        list(in_order({"a": image(0)[:1]}, ("a",), SIZE))


def test_floating_point_images_are_cut_as_saved_files_would_be() -> None:
    fine = torch.linspace(-1, 1, 72).view(3, 4, 6)
    (found,) = in_order({"a": fine}, ("a",), SIZE)
    assert torch.equal(found, images.quantise(fine))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1.01, -3.0, 255.0])
def test_floating_point_values_out_of_range(value: float) -> None:
    bad = torch.zeros(3, *SIZE)
    bad[1, 2, 3] = value
    with pytest.raises(InputError, match=r"generated image 'a': holds values from .* run from -1 to 1"):
        list(in_order({"a": bad}, ("a",), SIZE))


def test_images_from_zero_to_one_make_one_warning() -> None:
    unit = {key: torch.rand(3, *SIZE) for key in KEYS}
    with pytest.warns(UserWarning, match="none of 3 generated floating-point images has a value below 0") as caught:
        list(in_order(unit, KEYS, SIZE))
    assert len(caught) == 1
    list(in_order(unit | {"b": unit["b"] * 2 - 1}, KEYS, SIZE))  # one of them goes below: no warning, else an error


def test_a_tensor_is_keyed_by_number() -> None:
    assert list(opened(torch.zeros(2, 3, 4, 4))) == ["000000", "000001"]
    for shape in ((3, 4, 4), (0, 3, 4, 4), (2, 1, 4, 4)):
        with pytest.raises(InputError, match=r"expected \(N, 3, H, W\)"):
            opened(torch.zeros(shape))


def test_the_common_size(folder: Path) -> None:
    assert common_size(ImageFolder(folder)) == common_size({"a": image(0)}) == SIZE
    with pytest.raises(InputError, match="no generated images"):
        common_size({})


def test_missing_and_unknown_keys_are_listed() -> None:
    expected = [f"key{i:02}" for i in range(14)]
    given = {key: image(0) for key in [*expected[12:], "other"]}
    with pytest.raises(Problems) as caught:
        next(in_order(given, expected, SIZE))
    text = str(caught.value)
    assert "of 14 samples 12 have no image; 1 images have no sample" in text
    assert "no image for key00" in text
    assert "no image for key09" in text
    assert "key10" not in text
    assert "... and 2 more" in text
    assert "no sample for other" in text


def test_a_stream_in_any_order() -> None:
    found = in_order(((key, image(value)) for key, value in (("c", 2), ("a", 0), ("b", 1))), KEYS, SIZE)
    assert values(list(found)) == [0, 1, 2]


@pytest.mark.parametrize("arrival", [image(0), (image(0), "a"), ("a",), "ab"])
def test_a_stream_of_other_things(arrival: object) -> None:
    with pytest.raises(InputError, match=r"expected pairs \(key, image\)"):
        list(in_order([arrival], KEYS, SIZE))  # type: ignore[list-item]


def test_a_stream_is_taken_no_further_than_needed() -> None:
    taken = []

    def stream() -> object:
        for value, key in enumerate(KEYS):
            taken.append(key)
            yield key, image(value)

    found = in_order(stream(), KEYS, SIZE)  # type: ignore[arg-type]
    next(found)
    assert taken == ["a"]


@pytest.mark.parametrize(
    ("arrivals", "message"),
    [("ab", "no image for c"), ("aba", "'a' came twice"), ("abx", "'x' is the key of no sample"), ("abcd", "'d' came")],
)
def test_a_stream_that_does_not_match(arrivals: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        list(in_order(((key, image(0)) for key in arrivals), KEYS, SIZE))
