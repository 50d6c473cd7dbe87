"""Generated images by key: from files, from memory, or as a stream that is scored while it is made."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from sisbench import images
from sisbench.errors import InputError, Problems, first
from sisbench.folders import ImageFolder

Fakes = Path | str | Tensor | Mapping[str, Tensor] | Iterable[tuple[str, Tensor]]
"""A folder, zip archive or list of image files; images (N, 3, H, W), whose keys are their numbers; images (3, H, W) by
key; or pairs of key and image in any order (sorted keys need the least memory). Images are uint8, or floating point in
[-1, 1], which is cut to 8 bits as a saved file would be."""


def number_key(index: int) -> str:
    """Return the key of an image in a tensor; sorted keys are in order up to a million images.

    >>> number_key(7)
    '000007'
    """
    return f"{index:06d}"


def opened(fakes: Fakes) -> Mapping[str, Tensor] | Iterable[tuple[str, Tensor]]:
    """Return images as a mapping or as a stream.

    Raises:
        InputError: A folder without images, a tensor that is no batch of images.
    """
    if isinstance(fakes, str | Path):
        return ImageFolder(Path(fakes))
    if isinstance(fakes, Tensor):
        if fakes.ndim != 4 or fakes.shape[1] != 3 or 0 in fakes.shape:
            raise InputError(
                f"generated images are a tensor of shape {tuple(fakes.shape)}; expected (N, 3, H, W), RGB, N of at "
                "least 1. Stack the images of the whole split."
            )
        return {number_key(i): image for i, image in enumerate(fakes)}
    if not isinstance(fakes, Iterable) or hasattr(fakes, "__array__"):
        raise InputError(
            f"generated images are of type {type(fakes).__name__}; expected a path, a tensor (N, 3, H, W), a mapping "
            "of key to image, or pairs of key and image. Turn arrays into tensors (torch.from_numpy)."
        )
    return fakes


def common_size(fakes: Mapping[str, Tensor]) -> tuple[int, int]:
    """Return height and width of the first of the sorted keys; `in_order` holds all others to it.

    Raises:
        InputError: There are no images.
    """
    if not fakes:
        raise InputError("there are no generated images; expected at least one. Check what was generated.")
    key = min(fakes)
    if isinstance(fakes, ImageFolder):
        return images.size_of(fakes.file(key))
    height, width = fakes[key].shape[-2:]
    return height, width


def in_order(
    fakes: Mapping[str, Tensor] | Iterable[tuple[str, Tensor]], keys: Sequence[str], size: tuple[int, int]
) -> Iterator[Tensor]:
    """Yield the images of `keys` in this order; every key exactly once, no other key.

    Of a stream, images that come early are held back until it is their turn.

    Args:
        fakes: The images.
        keys: Unique keys.
        size: Height and width that every image must have.

    Returns:
        uint8 (3, H, W) each.

    Raises:
        InputError: Keys are missing, unknown or doubled (before the first image, unless it is a stream), or an image
            has another kind or size.
    """
    ranges = Ranges("generated")
    if isinstance(fakes, Mapping):
        require_keys(fakes.keys(), keys)
        for key in keys:
            where = str(fakes.file(key)) if isinstance(fakes, ImageFolder) else f"generated image {key!r}"
            yield as_bytes(where, ranges.seen(fakes[key]), size)
    else:
        yield from _stream_in_order(iter(fakes), keys, size, ranges)
    ranges.judge()


def _stream_in_order(
    stream: Iterator[tuple[str, Tensor]], keys: Sequence[str], size: tuple[int, int], ranges: Ranges
) -> Iterator[Tensor]:
    waiting, known, seen = dict[str, Tensor](), frozenset(keys), set[str]()
    for key in keys:
        while key not in waiting:
            arrival = next(stream, None)
            if arrival is None:
                require_keys(seen, keys)
                raise AssertionError("a key that was seen is neither waiting nor used")
            name, image = _pair(arrival)
            if name not in known or name in seen:
                fault = "came twice" if name in seen else "is the key of no sample"
                raise InputError(f"generated image {name!r} {fault}; expected each of {len(keys)} keys once.")
            seen.add(name)
            waiting[name] = as_bytes(f"generated image {name!r}", ranges.seen(image), size)
        yield waiting.pop(key)
    if (arrival := next(stream, None)) is not None:
        raise InputError(f"generated image {_pair(arrival)[0]!r} came after all {len(keys)} samples had theirs.")


def _pair(arrival: object) -> tuple[str, Tensor]:
    if isinstance(arrival, tuple) and len(arrival) == 2:
        key, image = arrival
        if isinstance(key, str) and isinstance(image, Tensor):
            return key, image
    raise InputError(
        f"a stream of generated images brought {type(arrival).__name__}; expected pairs (key, image) of a text and a "
        "tensor. Yield them so, or stack the images into one tensor."
    )


class Ranges:
    """Watches for floating-point images in [0, 1], which would be taken for very light ones in [-1, 1].

    Args:
        what: Which images, for the warning ("generated").
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._floating = self._unsigned = 0

    def seen(self, image: Tensor) -> Tensor:
        """Take note of an image, and return it."""
        if image.is_floating_point() and image.numel():
            self._floating += 1
            self._unsigned += bool(image.min() >= 0)
        return image

    def judge(self) -> None:
        """Warn if none of the floating-point images has a value below 0."""
        if self._floating and self._floating == self._unsigned:
            warnings.warn(
                f"none of {self._floating} {self._what} floating-point images has a value below 0, though these run "
                "from -1 (black) to 1 (white). If yours run from 0 to 1, map them by 2 x - 1.",
                stacklevel=2,
            )


def require_keys(
    given: Collection[str], expected: Sequence[str], given_kind: str = "generated image", kind: str = "sample"
) -> None:
    """Raise an error that lists the first ten missing and unknown keys, unless both are the same set.

    Args:
        given: Keys that were found.
        expected: Keys that must be there.
        given_kind: What the given keys name, for the message.
        kind: What the expected keys name.
    """
    missing, unknown = sorted(set(expected) - set(given)), sorted(set(given) - set(expected))
    if not missing and not unknown:
        return
    noun = given_kind.rpartition(" ")[2] if given_kind.endswith("image") else given_kind
    problems = [f"no {noun} for {key}" for key in missing], [f"no {kind} for {key}" for key in unknown]
    raise Problems(
        f"{given_kind}s and {kind}s do not match: of {len(expected)} {kind}s {len(missing)} have no {noun}; "
        f"{len(unknown)} {noun}s have no {kind}.",
        list(itertools.chain(*map(first, problems))),
        f"Give each {kind} one {noun} of the same name."
        + (" To score a part of the split, give its photos alone as the real side." if kind == "sample" else ""),
    )


def as_bytes(where: str, image: Tensor, size: tuple[int, int] | None) -> Tensor:
    """Return an image as uint8 (3, H, W).

    Args:
        where: What it is or where it lies, for messages.
        image: uint8, or floating point in [-1, 1].
        size: Height and width that it must have; None takes any.

    Raises:
        InputError: Another kind, range or size.
    """
    if image.is_floating_point() and image.ndim == 3:
        low, high = image.aminmax() if image.numel() else (image.new_zeros(()), image.new_zeros(()))
        if not (bool(torch.isfinite(image).all()) and low >= -1 and high <= 1):
            raise InputError(
                f"{where}: holds values from {float(low):.4g} to {float(high):.4g} where floating-point images run "
                "from -1 to 1. Map [0, 1] by 2 x - 1, or give uint8."
            )
        image = images.quantise(image)
    if image.dtype == torch.uint8 and image.ndim == 3 and tuple(image.shape) == (3, *(size or image.shape[1:])):
        return image
    height, width = size or ("any", "any")
    raise InputError(
        f"{where}: is {image.dtype} of shape {tuple(image.shape)}; expected (3, H, W) of height {height} and width "
        f"{width}, uint8 or floating point in [-1, 1]. Bring it to that size; images are never resized silently."
    )
