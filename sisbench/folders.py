"""Images in files by key, decoded when they are asked for."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

from torch import Tensor

from sisbench import images, result_folders
from sisbench.errors import InputError, Problems, first
from sisbench.files import File, Tree
from sisbench.listing import PHOTO_SUFFIX, SUFFIXES, listed


class ImageFolder(Mapping[str, Tensor]):
    """Images in files, decoded each time one is asked for: uint8 (3, H, W), RGB, by key.

    The key of a file is its name without folder, suffix and `PHOTO_SUFFIX`. Generated images should be PNG files:
    others are taken with a warning, since their compression alone moves every score. Of a result folder of another code
    (see `result_folders`) the generated images are taken.

    Attributes:
        lossy: Number of files that are not PNG.
        found: What was found in a result folder of another code; empty elsewhere.

    Args:
        root: Folder, zip archive, or text file that lists the images.
        kind: Generated or real images.

    Raises:
        InputError: Nothing is there, or several sets of generated images.
        Problems: Files that are no images, or two files of one key.
    """

    def __init__(self, root: Path, kind: Literal["generated", "real"] = "generated") -> None:
        results = result_folders.find(root) if kind == "generated" else None
        self._files = listed(root, kind, results.folder if results else "")
        self.found = result_folders.message(results, root, len(self)) if results else ""
        lossy = [file for file in self._files.values() if not file.name.lower().endswith(".png")]
        self.lossy = len(lossy)
        if lossy and kind == "generated":
            warnings.warn(
                f"{len(lossy)} of {len(self._files)} generated images are JPEG or WebP files, such as {lossy[0]}: "
                "compression alone moves every score. Save images as PNG.",
                stacklevel=2,
            )

    def __getitem__(self, key: str) -> Tensor:
        return images.decode_photo(self._files[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def file(self, key: str) -> File:
        """Return the file of a key."""
        return self._files[key]


class SampleFolder(Mapping[str, tuple[File, ...]]):
    """Several images for each layout, in files: those of a key in the order of their paths.

    Two arrangements are taken: a folder for each key (`KEY/any name.png`), or a folder for each round of generation
    (`any name/KEY.png`), as one gets by running a method again with another seed.

    Args:
        root: Folder or zip archive.

    Raises:
        InputError: Nothing is there, or layouts have unequal numbers of images or fewer than two.
        Problems: Files that are no images.
    """

    def __init__(self, root: Path) -> None:
        tree = Tree(root, "a set of re-sampled images", "Name the folder or zip archive that holds them.")
        names = tree.names()
        problems = [f"{tree.file(name)}: is no PNG file" for name in names if not name.lower().endswith(SUFFIXES)]
        problems += [f"{tree.file(name)}: lies in no folder" for name in names if "/" not in name]
        if problems:
            raise Problems(
                f"{root} does not hold re-sampled images alone:",
                first(problems),
                "Put the images of a layout into KEY/, or those of one round into ROUND/ under the names of the keys.",
            )
        if not names:
            raise InputError(f"{root} holds no images; expected PNG files KEY/NAME.png or ROUND/KEY.png.")
        rounds: dict[str, set[str]] = {}
        for name in names:
            path = PurePosixPath(name)
            rounds.setdefault(str(path.parent), set()).add(_key(path))
        by_round = len(rounds) > 1 and len({frozenset(keys) for keys in rounds.values()}) == 1
        # One folder alone, or names that repeat from folder to folder as numbers do: then folders are layouts.
        by_round = by_round and not all(_key(PurePosixPath(name)).isdigit() for name in names)
        groups: dict[str, list[File]] = {}
        for name in names:
            path = PurePosixPath(name)
            groups.setdefault(_key(path) if by_round else path.parent.name, []).append(tree.file(name))
        counts = {key: len(files) for key, files in groups.items()}
        least, most = min(counts, key=lambda key: counts[key]), max(counts, key=lambda key: counts[key])
        if counts[least] != counts[most] or counts[least] < 2:
            raise InputError(
                f"{root}: {least!r} has {counts[least]} images and {most!r} has {counts[most]}; expected two or more, "
                "and the same number for every layout. Generate the missing ones."
            )
        self.per_layout = counts[least]
        self._files = {key: tuple(files) for key, files in groups.items()}

    def __getitem__(self, key: str) -> tuple[File, ...]:
        return self._files[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _key(path: PurePosixPath) -> str:
    return path.stem.removesuffix(PHOTO_SUFFIX)
