"""Image files by key: what a folder, a zip archive, or a text file that lists them holds. No torch."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Literal

from sisbench.errors import InputError, Problems, first
from sisbench.files import File, Tree

PHOTO_SUFFIX = "_leftImg8bit"
"""What Cityscapes adds to the key in the names of photos; methods often write their images under the photos' names."""

LAYOUT_SUFFIX = "_gtFine_labelIds"
"""The same for label maps. Where a folder has such files, the other `_gtFine_` files beside them are no label maps."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")

Kind = Literal["generated", "real", "layout"]

_WHAT = {"generated": "generated images", "real": "real images", "layout": "label maps"}


def listed(root: Path, kind: Kind, below: str = "") -> dict[str, File]:
    """List image files by key: the name without folder and suffix.

    Hidden files are left out. A text file (`.txt`) holds one path a line, relative to itself; empty lines and those
    that begin with # say nothing.

    Args:
        root: Folder (searched to any depth), zip archive or text file.
        kind: What the files hold.
        below: Of a folder or archive, the folder inside that holds them; others are left alone.

    Raises:
        InputError: Nothing is there.
        Problems: Files that are no images, or two files of one key; the first ten are listed, and how many more.
    """
    what = _WHAT[kind]
    found = _text_list(root, what) if root.suffix.lower() == ".txt" else _tree(root, what, below)
    if kind == "layout" and any(PurePosixPath(file.name).stem.endswith(LAYOUT_SUFFIX) for file in found):
        found = [file for file in found if "_gtFine_" not in file.name or LAYOUT_SUFFIX in file.name]
    files: dict[str, File] = {}
    problems = []
    for file in found:
        path = PurePosixPath(file.name)
        key = path.stem.removesuffix(LAYOUT_SUFFIX if kind == "layout" else PHOTO_SUFFIX)
        if path.suffix.lower() not in SUFFIXES:
            problems.append(f"{file}: is no {'PNG, JPEG or WebP' if kind == 'real' else 'PNG'} file")
        elif key in files:
            problems.append(f"{file}: has the same key {key!r} as {files[key]}")
        else:
            files[key] = file
    if problems:
        raise Problems(f"{root} does not hold {what} alone:", first(problems), "Move other files elsewhere.")
    if not files:
        raise InputError(f"{root} holds no images; expected PNG files named by the keys of the samples.")
    return files


def _tree(root: Path, what: str, below: str) -> list[File]:
    tree = Tree(root, f"a set of {what}", "Name the folder, zip archive or list (.txt) that holds them.")
    return [tree.file(name) for name in tree.names(f"{below}/" if below else "")]


def _text_list(path: Path, what: str) -> list[File]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path} as a list of {what}: {error}. Write one path a line, UTF-8.") from error
    names = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    missing = [f"{path.parent / name}: does not exist" for name in names if not (path.parent / name).is_file()]
    if missing:
        raise Problems(
            f"{path} names files that are not there:", first(missing), "Paths are relative to the list itself."
        )
    return [File(path.parent, name) for name in names]
