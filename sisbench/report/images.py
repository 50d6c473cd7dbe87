"""Pictures as small WebP files, as large as the page may be.

Photos are compressed with loss, maps of flat colours without. The first size of `SIZES` at which all pictures fit into
the limit is taken; it is found on a few of them.
"""

from __future__ import annotations

import base64
import io
import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from sisbench.decoding import DAMAGE, FORMATS
from sisbench.errors import InputError
from sisbench.report.pictures import Picture

_PROBE = 24
"""Pictures that a size is judged by."""

_SLACK = 0.92
"""Share of the limit that such a judgement may fill."""


class Size(NamedTuple):
    """How pictures are made smaller.

    Attributes:
        width: Largest width in pixels; smaller ones stay as they are.
        quality: WebP quality of photos, 0 to 100.
    """

    width: int
    quality: int


SIZES = (
    *(Size(512, 82), Size(384, 80), Size(320, 80), Size(256, 78), Size(224, 75)),
    *(Size(192, 70), Size(160, 65), Size(128, 60), Size(96, 50)),
)
SMALLEST = SIZES[-2:]


@dataclass(frozen=True)
class Encoded:
    """A picture as text.

    Attributes:
        base64: WebP in base64; empty for a picture that cannot be shown.
        problem: Why it cannot be shown; empty for one that can.
    """

    base64: str
    problem: str = ""


@dataclass(frozen=True)
class Batch:
    """All pictures of a page.

    Attributes:
        pictures: One for each that was asked for, in their order.
        size: What they were reduced to.
    """

    pictures: tuple[Encoded, ...]
    size: Size


def encode_all(
    pictures: Sequence[Picture],
    limit: int,
    told: Callable[[int, int], None] = lambda done, total: None,
    sizes: Sequence[Size] = SIZES,
) -> Batch | None:
    """Encode pictures at the largest size at which all fit.

    Args:
        pictures: What to encode; one that cannot be read takes its reason along.
        limit: Most characters of base64.
        told: Called with the number of pictures done, and of all.
        sizes: Sizes to try, in this order.

    Returns:
        The pictures, or None if they do not fit at any size.
    """
    probe = [pictures[i * len(pictures) // _PROBE] for i in range(_PROBE)] if len(pictures) > _PROBE else pictures
    with warnings.catch_warnings(), ThreadPoolExecutor(os.cpu_count()) as pool:
        # For all threads at once: filters of warnings belong to the process.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        for size in sizes:
            tried = sum(len(one.base64) for one in pool.map(lambda p, s=size: encode(p, s), probe))
            if probe and tried * len(pictures) / len(probe) > (limit if probe is pictures else _SLACK * limit):
                continue
            done: list[Encoded] = []
            for one in pool.map(lambda p, s=size: encode(p, s), pictures):
                done.append(one)
                told(len(done), len(pictures))
            if sum(len(one.base64) for one in done) <= limit:
                return Batch(tuple(done), size)
    return None


def encode(picture: Picture, size: Size) -> Encoded:
    """Encode one picture."""
    try:
        image = _decoded(picture)
        photo = picture.kind == "photo"
        if image.width > size.width:
            reduced = (size.width, max(1, round(image.height * size.width / image.width)))
            image = image.resize(reduced, Image.Resampling.BICUBIC if photo else Image.Resampling.NEAREST)
        stream = io.BytesIO()
        options = {"quality": size.quality, "method": 2} if photo else {"lossless": True, "method": 0}
        image.convert("RGB").save(stream, "WEBP", **options)
    except InputError as error:
        return Encoded("", str(error))
    except (*DAMAGE, Image.DecompressionBombWarning) as error:
        reason = getattr(error, "strerror", None) or str(error)
        reason = "not PNG, JPEG or WebP" if isinstance(error, UnidentifiedImageError) else reason
        return Encoded("", f"{_name(picture)} is no readable image ({reason}).")
    return Encoded(base64.b64encode(stream.getvalue()).decode("ascii"))


def _decoded(picture: Picture) -> Image.Image:
    source = picture.source
    content = source.read_bytes() if isinstance(source, Path) else source.read()
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        image.load()
        if picture.panel is not None:
            left = picture.panel * image.height
            return image.crop((left, 0, left + image.height, image.height))
        if picture.kind != "layout" or picture.card is None:
            return image.copy()
        if image.mode != "L":
            raise ValueError(f"pixels of kind {image.mode!r} where ids of 8 bits are expected")
        coloured = Image.frombytes("P", image.size, image.tobytes())
    coloured.putpalette([channel for color in picture.card.palette() for channel in color])
    return coloured


def _name(picture: Picture) -> str:
    """The end of a path: machines differ in its beginning."""
    path = picture.source if isinstance(picture.source, Path) else Path(picture.source.name)
    return "/".join(path.parts[-3:])
