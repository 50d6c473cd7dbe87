"""Generated images by key: from a folder, from memory, or as a stream that is scored while it is made."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from torch import Tensor

from sisbench import images
from sisbench.errors import InputError, Problems
from sisbench.files import File, Tree

Fakes = Mapping[str, Tensor] | Iterable[tuple[str, Tensor]]
"""Images uint8 (3, H, W) by key, or pairs of key and image in any order (sorted keys need the least memory)."""

PHOTO_SUFFIX = "_leftImg8bit"
"""What Cityscapes adds to the key in the names of photos; methods often write their images under the photos' names."""


class ImageFolder(Mapping[str, Tensor]):
    """The PNG files below a folder (or in a zip archive); an image is decoded each time it is asked for.

    The key of a file is its name without folder, suffix and `PHOTO_SUFFIX`. Hidden files are ignored. JPEG files are
    taken with a warning, since their compression alone moves every score.

    Args:
        root: The folder.

    Raises:
        InputError: Nothing is there.
        Problems: Files that are no images, or two files of one key; all of them are listed.
    """

    def __init__(self, root: Path) -> None:
        tree = Tree(root, "generated images", "Name the folder that holds them.")
        self._files: dict[str, File] = {}
        problems, lossy = [], []
        for name in tree.names():
            path, file = PurePosixPath(name), tree.file(name)
            key = path.stem.removesuffix(PHOTO_SUFFIX)
            if path.suffix.lower() not in (".png", ".jpg", ".jpeg"):
                problems.append(f"{file}: is no PNG file")
            elif key in self._files:
                problems.append(f"{file}: has the same key {key!r} as {self._files[key]}")
            else:
                self._files[key] = file
                if path.suffix.lower() != ".png":
                    lossy.append(file)
        if problems:
            raise Problems(
                f"{root} does not hold generated images alone:", _first(problems), "Move other files elsewhere."
            )
        if not self._files:
            raise InputError(f"{root} holds no images; expected PNG files named by the keys of the samples.")
        if lossy:
            warnings.warn(
                f"{len(lossy)} of {len(self._files)} generated images are JPEG files, such as {lossy[0]}: compression "
                "alone moves every score. Save images as PNG.",
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


def in_order(fakes: Fakes, keys: Sequence[str], size: tuple[int, int]) -> Iterator[Tensor]:
    """Yield the images of `keys` in this order; every key exactly once, no other key.

    Of a stream, images that come early are held back until it is their turn.

    Args:
        fakes: The images.
        keys: Unique keys.
        size: Height and width that every image must have.

    Raises:
        InputError: Keys are missing, unknown or doubled (before the first image, unless it is a stream), or an image
            has another kind or size.
    """
    if isinstance(fakes, Mapping):
        _require_keys(fakes.keys(), keys)
        for key in keys:
            yield _checked(fakes, key, fakes[key], size)
        return
    stream, waiting, known, seen = iter(fakes), dict[str, Tensor](), frozenset(keys), set[str]()
    for key in keys:
        while key not in waiting:
            arrival = next(stream, None)
            if arrival is None:
                _require_keys(seen, keys)
                raise AssertionError("a key that was seen is neither waiting nor used")
            name, image = arrival
            if name not in known or name in seen:
                fault = "came twice" if name in seen else "is the key of no sample"
                raise InputError(f"generated image {name!r} {fault}; expected each of {len(keys)} keys once.")
            seen.add(name)
            waiting[name] = _checked(fakes, name, image, size)
        yield waiting.pop(key)
    if (arrival := next(stream, None)) is not None:
        raise InputError(f"generated image {arrival[0]!r} came after all {len(keys)} samples had theirs.")


def _require_keys(given: Collection[str], expected: Sequence[str]) -> None:
    """Raise an error that lists the first ten missing and unknown keys, unless both are the same set."""
    missing, unknown = sorted(set(expected) - set(given)), sorted(set(given) - set(expected))
    if not missing and not unknown:
        return
    problems = [f"no image for {key}" for key in missing], [f"no sample for {key}" for key in unknown]
    raise Problems(
        f"generated images and samples do not match: of {len(expected)} samples {len(missing)} have no image; "
        f"{len(unknown)} images have no sample.",
        list(itertools.chain(*map(_first, problems))),
        "Name each image by the key of its sample, and generate the whole split.",
    )


def _first(problems: Sequence[str], limit: int = 10) -> list[str]:
    """Return the first problems, and how many more there are."""
    more = len(problems) - limit
    return [*problems[:limit], *([f"... and {more} more"] if more > 0 else [])]


def _checked(fakes: Fakes, key: str, image: Tensor, size: tuple[int, int]) -> Tensor:
    if str(image.dtype) == "torch.uint8" and tuple(image.shape) == (3, *size):
        return image
    where = f"{fakes.file(key)}" if isinstance(fakes, ImageFolder) else f"generated image {key!r}"
    raise InputError(
        f"{where}: is {image.dtype} of shape {tuple(image.shape)}; the protocol compares uint8 images (3, H, W) of "
        f"height {size[0]} and width {size[1]}. Generate at that size; images are never resized silently."
    )
