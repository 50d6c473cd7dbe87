"""Pictures of a study: paired by key, label maps in colours, spoilt for vigilance pairs, stored anew. No torch."""

from __future__ import annotations

import colorsys
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from sisbench import decoding, listing
from sisbench.errors import InputError, Problems, first
from sisbench.files import File
from sisbench.listing import Kind
from sisbench.study.design import shuffled

Palette = Sequence[tuple[int, int, int]]
"""RGB by label id."""

_TILES = 6
"""Tiles along the shorter side of a spoilt image."""


def listed(root: Path, kind: Kind) -> dict[str, File]:
    """List pictures by key, as `listing.listed` does; of a run's folder, its `images` are taken.

    Args:
        root: Folder (searched to any depth), zip archive, text file that lists them, or folder of a run.
        kind: What the files hold.

    Raises:
        InputError: Nothing is there.
        Problems: Files that are no images, or two files of one key.
    """
    images = root / "images"
    return listing.listed(images if kind == "generated" and images.is_dir() else root, kind)


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


def layout(file: File, palette: Palette, size: tuple[int, int]) -> Image.Image:
    """Decode a label map to colours: ids (grey PNG) by the palette, coloured maps as they are.

    Args:
        file: The label map.
        palette: Colours by id.
        size: Width and height to resize to (nearest).

    Raises:
        InputError: It is damaged, or holds an id that the palette does not reach.
    """
    image = decoding.stored(file)
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
