"""Pictures of a study: listed by key, decoded for the eye, spoilt for vigilance pairs. PIL only, no torch."""

from __future__ import annotations

import colorsys
import io
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from sisbench.errors import InputError, Problems, first
from sisbench.files import File, Tree
from sisbench.study.design import shuffled

Kind = Literal["generated", "real", "layout"]
Palette = Sequence[tuple[int, int, int]]
"""RGB by label id."""

_WHAT = {"generated": "generated images", "real": "real images", "layout": "label maps"}
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_PHOTO, _LAYOUT = "_leftImg8bit", "_gtFine_labelIds"
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)
_TILES = 6
"""Tiles along the shorter side of a spoilt image."""


def listed(root: Path, kind: Kind) -> dict[str, File]:
    """List pictures by key, as `sisbench evaluate` does: the name without folder, suffix and the endings of Cityscapes.

    Args:
        root: Folder (searched to any depth) or zip archive; of a run's folder, its `images` are taken.
        kind: What the files hold.

    Raises:
        InputError: Nothing is there.
        Problems: Files that are no images, or two files of one key.
    """
    what = _WHAT[kind]
    if kind == "generated" and (root / "images").is_dir():
        root = root / "images"
    tree = Tree(root, f"a set of {what}", "Name the folder or zip archive that holds them.")
    names = tree.names()
    if kind == "layout" and any(PurePosixPath(name).stem.endswith(_LAYOUT) for name in names):
        names = [name for name in names if "_gtFine_" not in name or _LAYOUT in name]
    files: dict[str, File] = {}
    problems = []
    for name in names:
        path, file = PurePosixPath(name), tree.file(name)
        key = path.stem.removesuffix(_LAYOUT if kind == "layout" else _PHOTO)
        if path.suffix.lower() not in _SUFFIXES:
            problems.append(f"{file}: is no PNG, JPEG or WebP file")
        elif key in files:
            problems.append(f"{file}: has the same key {key!r} as {files[key]}")
        else:
            files[key] = file
    if problems:
        raise Problems(
            f"{root} does not hold {what} alone, one per layout:", first(problems), "Move other files elsewhere."
        )
    if not files:
        raise InputError(f"{root} holds no images; expected PNG files named by the keys of the samples.")
    return files


def require_keys(
    what: str, keys: Mapping[str, object], wanted: str, reference: Mapping[str, object], exactly: bool
) -> None:
    """Raise `Problems` unless one set of files has the keys of another, and only these where `exactly` is asked."""
    problems = [f"{key!r}: in {wanted}, not in {what}" for key in sorted(set(reference) - set(keys))]
    if exactly:
        problems += [f"{key!r}: in {what}, not in {wanted}" for key in sorted(set(keys) - set(reference))]
    if problems:
        raise Problems(
            f"{what} and {wanted} are not of the same layouts, {len(problems)} of their keys stand alone:",
            first(problems),
            "Images are paired by file name. Generate the missing ones, or move the others elsewhere.",
        )


def photo(file: File, size: tuple[int, int] | None = None) -> Image.Image:
    """Decode a picture to RGB.

    Args:
        file: PNG, JPEG or WebP.
        size: Width and height to resize to (bicubic); None keeps the stored size.

    Raises:
        InputError: It is damaged, animated, transparent, or has more than 8 bits per channel.
    """
    image = _decoded(file)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        raise InputError(
            f"{file}: has pixels of kind {image.mode!r} where an 8-bit photo is expected. Convert it to RGB."
        )
    if image.has_transparency_data and image.convert("RGBA").getchannel("A").getextrema()[0] != 255:
        raise InputError(f"{file}: has transparent pixels where a photo is expected. Flatten it.")
    rgb = image.convert("RGB")
    return rgb if size in (None, rgb.size) else rgb.resize(size, Image.Resampling.BICUBIC)


def layout(file: File, palette: Palette, size: tuple[int, int]) -> Image.Image:
    """Decode a label map to colours: ids (grey PNG) by the palette, coloured maps as they are.

    Args:
        file: The label map.
        palette: Colours by id.
        size: Width and height to resize to (nearest).

    Raises:
        InputError: It is damaged, or holds an id that the palette does not reach.
    """
    image = _decoded(file)
    if image.mode == "L" or image.mode.startswith("I"):
        ids = np.asarray(image).astype(np.int64)
        if int(ids.max()) >= len(palette):
            raise InputError(
                f"{file}: holds the label id {ids.max()} where ids from 0 to {len(palette) - 1} are expected. Give a "
                "label map, not an instance map."
            )
        image = Image.fromarray(np.array(palette, dtype=np.uint8)[ids])
    return image.convert("RGB").resize(size, Image.Resampling.NEAREST)


def any_palette() -> list[tuple[int, int, int]]:
    """Return 256 colours for ids without a data set, neighbours far apart on the colour circle."""
    golden = (5**0.5 - 1) / 2
    colors = (colorsys.hsv_to_rgb(i * golden % 1, 0.45 + 0.15 * (i % 3), 0.9 - 0.2 * (i % 4) / 3) for i in range(256))
    return [(round(255 * r), round(255 * g), round(255 * b)) for r, g, b in colors]


def degrade(image: Image.Image) -> Image.Image:
    """Spoil a picture beyond doubt: its tiles change places, its colours become their negatives."""
    negative = ImageOps.invert(image)
    tile = max(1, min(image.size) // _TILES)
    boxes = [
        (x, y, x + tile, y + tile)
        for y in range(0, image.height - tile + 1, tile)
        for x in range(0, image.width - tile + 1, tile)
    ]
    spoilt = negative.copy()
    for box, source in zip(boxes, shuffled(boxes, "tiles"), strict=True):
        spoilt.paste(negative.crop(source), box[:2])
    return spoilt


def encode(image: Image.Image, quality: int | None = None) -> bytes:
    """Return a picture as WebP, without any metadata.

    Args:
        image: RGB.
        quality: 1 to 100 for lossy compression; None keeps every pixel.
    """
    stream = io.BytesIO()
    if quality is None:
        image.save(stream, "WEBP", lossless=True, exact=True, method=2)
    else:
        image.save(stream, "WEBP", quality=quality, method=2)
    return stream.getvalue()


def _decoded(file: File) -> Image.Image:
    stream = file.open()
    try:
        with Image.open(stream, formats=("PNG", "JPEG", "WEBP")) as image:
            frames = getattr(image, "n_frames", 1)
            image.load()
            decoded = image.copy()
    except _DAMAGE as error:
        reason = "not PNG, JPEG or WebP" if isinstance(error, UnidentifiedImageError) else str(error)
        raise InputError(
            f"{file}: is no readable image ({reason}). It may be truncated: fetch or make it again."
        ) from error
    if frames != 1:
        raise InputError(f"{file}: is an animation of {frames} frames where one picture is expected. Save one frame.")
    return decoded
