"""The digest of generated images; what generates them is tested with the whole run."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from sisbench.errors import InputError
from sisbench.generation import images_digest, says


def fill(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_by_hand(tmp_path: Path) -> None:
    lines = [f"{name}.png\0{hashlib.sha256(content).hexdigest()}\n" for name, content in (("a", b"1"), ("b", b"2"))]
    expected = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert images_digest(fill(tmp_path / "x", b=b"2", a=b"1")) == expected


def test_it_knows_names_and_contents(tmp_path: Path) -> None:
    first = images_digest(fill(tmp_path / "x", a=b"1", b=b"2"))
    assert images_digest(fill(tmp_path / "y", a=b"2", b=b"1")) != first
    assert images_digest(fill(tmp_path / "z", a=b"1", c=b"2")) != first
    nested = fill(tmp_path / "nested" / "a", b=b"1")
    assert images_digest(nested) != images_digest(nested.parent)


def test_a_zip_archive_and_litter_make_no_difference(tmp_path: Path) -> None:
    folder = fill(tmp_path / "x", a=b"1", b=b"2")
    first = images_digest(folder)
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for path in reversed(sorted(folder.iterdir())):
            archive.write(path, path.name)
    (folder / ".a.png.1.part").write_bytes(b"")
    assert images_digest(folder) == images_digest(tmp_path / "x.zip") == first


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere, which does not exist\. Name the folder"):
        images_digest(tmp_path / "nowhere")


@pytest.mark.parametrize(("content", "said"), [(None, False), ("{", False), ('{"a": 2}', False), ('{"a": 1}', True)])
def test_a_manifest(content: str | None, said: bool, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "m.json").write_text(content)
    assert says(tmp_path / "m.json", {"a": 1}) is said
