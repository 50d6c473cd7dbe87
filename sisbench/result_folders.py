"""Result folders of other codes: where the generated images lie, whichever folder of theirs is named.

SPADE, and the codes that derive from it, write `results/NAME/test_latest/images/{input_label,synthesized_image}/`, with
an `index.html` beside `images`; OASIS writes `results/NAME/ITERATION/{image,label}/`, whose label maps are coloured.
Both name an image after the data set's photo, which is what its key is made of.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from sisbench.errors import InputError, counted, first
from sisbench.files import Tree


class _Code(NamedTuple):
    """How a code calls its folders.

    Attributes:
        name: Of the code.
        images: Folder of generated images.
        layouts: Folder of label maps beside it.
        alone: Whether the name of the first says enough without the second.
    """

    name: str
    images: str
    layouts: str
    alone: bool


_CODES = (_Code("SPADE", "synthesized_image", "input_label", True), _Code("OASIS", "image", "label", False))


class Found(NamedTuple):
    """Generated images in a result folder.

    Attributes:
        code: Whose folder it is.
        folder: Where the images are: a folder inside the one that was named; empty for that one itself.
    """

    code: str
    folder: str


def find(root: Path) -> Found | None:
    """Find the generated images of a result folder, from its top, from a folder in between, or from that of the images.

    Args:
        root: Folder or zip archive.

    Returns:
        None where it is no result folder of a known code.

    Raises:
        InputError: Several sets of images are there, or the folder of the label maps was named.
    """
    if not root.exists() or root.suffix.lower() == ".txt":
        return None
    tree = Tree(root, "a set of generated images")
    folders = {str(PurePosixPath(name).parent) for name in tree.names()}
    found = [each for code in _CODES for each in (*_itself(root, code), *_inside(folders, code))]
    if len(found) > 1:
        places = [f"{root / each.folder} ({each.code})" for each in found]
        raise InputError(
            f"{root} holds {len(found)} sets of generated images: {', '.join(first(places))}; expected one. Name the "
            "folder of one of them."
        )
    return found[0] if found else None


def message(found: Found, root: Path, count: int) -> str:
    """Return what was found, for the user."""
    return f"result folder of {found.code}: {counted(count, 'image')} in {root / found.folder}"


def _itself(root: Path, code: _Code) -> Iterator[Found]:
    """Yield the folder that was named, if it is that of the images."""
    if root.name == code.layouts and (root.parent / code.images).is_dir():
        raise InputError(
            f"{root} holds the label maps of a result folder of {code.name}; expected its generated images. Name "
            f"{root.parent / code.images}."
        )
    if root.is_dir() and root.name == code.images and (code.alone or (root.parent / code.layouts).is_dir()):
        yield Found(code.name, "")


def _inside(folders: set[str], code: _Code) -> Iterator[Found]:
    """Yield the folders of images inside the one that was named, by their paths."""
    for folder in sorted(folders):
        path = PurePosixPath(folder)
        if path.name == code.images and (code.alone or str(path.parent / code.layouts) in folders):
            yield Found(code.name, folder)
