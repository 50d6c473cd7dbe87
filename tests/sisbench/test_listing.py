"""Which files count, and by which key."""

from __future__ import annotations

from pathlib import Path

import pytest

from sisbench.errors import InputError, Problems
from sisbench.listing import listed


def save(path: Path) -> Path:
    """Write a file that nobody opens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def test_label_maps_among_the_files_of_cityscapes(tmp_path: Path) -> None:
    stem = tmp_path / "city" / "city_000000_000019_gtFine"
    for kind in ("labelIds", "instanceIds", "color"):
        save(stem.with_name(f"{stem.name}_{kind}.png"))
    stem.with_name(f"{stem.name}_polygons.json").write_text("{}")
    found = listed(tmp_path, "layout")
    assert list(found) == ["city_000000_000019"]
    assert found["city_000000_000019"].name.endswith("_labelIds.png")


def test_photos_and_images_under_the_names_of_photos(tmp_path: Path) -> None:
    for name in ("a_leftImg8bit.png", "inner/b.JPG", "inner/c.webp", ".hidden.png"):
        save(tmp_path / name)
    assert sorted(listed(tmp_path, "real")) == sorted(listed(tmp_path, "generated")) == ["a", "b", "c"]


def test_folders_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="which does not exist"):
        listed(tmp_path / "absent", "generated")
    with pytest.raises(InputError, match="holds no images"):
        listed(tmp_path, "generated")
    for name in ("a/00.png", "b/00.png", "notes.md"):
        save(tmp_path / "several" / name)
    with pytest.raises(Problems, match=r"(?s)generated images alone:.*same key '00'.*notes\.md: is no PNG"):
        listed(tmp_path / "several", "generated")
    with pytest.raises(Problems, match=r"notes\.md: is no PNG, JPEG or WebP file"):
        listed(tmp_path / "several", "real")
