"""Image files to PIL images: strict about what they are, silent about nothing. No torch.

Photos are read as they are stored: resized by PIL (bicubic, antialiased when shrinking, aspect ignored), never rotated
by an EXIF tag (the label map was drawn on the stored pixels). Label and instance maps are read as integers and resized
by PIL nearest.
"""

from __future__ import annotations

import struct
import warnings
from pathlib import Path
from typing import BinaryIO, Literal

from PIL import Image, UnidentifiedImageError

from sisbench.errors import InputError
from sisbench.files import File

Source = File | Path
"""Where an image file lies: in a tree of a data set, or on disk."""

Resample = Literal["bicubic", "bilinear"]

FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}
FORMATS = ("PNG", "JPEG", "WEBP")
"""What data sets are stored in; PIL's other readers only add ways to fail on a damaged file."""

_ORIENTATION = 0x0112
"""EXIF tag: how a viewer should turn the stored pixels."""

_OPAQUE_MODES = {"1", "L", "P", "RGB", "CMYK", "YCbCr"}
_ALPHA_MODES = {"LA", "La", "PA", "RGBA", "RGBa"}
DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)
"""What PIL raises on damaged files: truncated data, broken PNG chunks, absurd sizes."""


def size_of(source: Source) -> tuple[int, int]:
    """Return height and width from the header of an image file, without decoding it.

    Raises:
        InputError: The file cannot be read or is no image.
    """
    with _stream(source) as stream:
        try:
            with Image.open(stream, formats=FORMATS) as image:
                return image.height, image.width
        except DAMAGE as error:
            raise _damaged(source, error) from error


def photo(source: Source, size: tuple[int, int] | None = None, resample: Resample = "bicubic") -> Image.Image:
    """Read a photo.

    Grey, palette and CMYK photos become RGB. An alpha channel is dropped if it is opaque everywhere. An orientation tag
    of EXIF is not followed; it makes a warning.

    Args:
        source: A PNG, JPEG or WebP file.
        size: Height and width to resize to; None keeps the stored size.
        resample: Filter of the resizing.

    Returns:
        An RGB image.

    Raises:
        InputError: The file is damaged, animated, has transparent pixels, or more than 8 bits per channel.
    """
    with _stream(source) as stream:
        _require_eight_bits(source, stream.read(26))
        stream.seek(0)
        try:
            with Image.open(stream, formats=FORMATS) as image:
                _require_one_frame(source, image)
                image.load()
                rgb = _rgb(source, image)
                if (turned := image.getexif().get(_ORIENTATION, 1)) not in (0, 1):
                    warnings.warn(
                        f"{source}: has the EXIF orientation {turned}, which is not followed: pixels are taken as they "
                        "are stored. Rotate the file itself if its label map is drawn upright.",
                        stacklevel=3,
                    )
        except InputError:
            raise
        except DAMAGE as error:
            raise _damaged(source, error) from error
    if size is not None and (rgb.height, rgb.width) != size:
        rgb = rgb.resize((size[1], size[0]), FILTERS[resample])
    return rgb


def ids(source: Source, size: tuple[int, int] | None = None, band: int | None = None) -> Image.Image:
    """Read a label or instance map.

    Only grey PNG of 8 or 16 bits is taken: a colour or palette map needs the table of its ids, fewer bits are rescaled
    by decoders, and lossy formats blur ids. Or, where a data set keeps ids in one, a band of a colour PNG of 8 bits.

    Args:
        source: The file.
        size: Height and width to resize to by nearest; None keeps the stored size.
        band: The band that holds the ids, from 0 for red on; None where maps are grey.

    Returns:
        An image of mode "L" or "I".

    Raises:
        InputError: The file is damaged or of another kind.
    """
    with _stream(source) as stream:
        _require_ids_png(source, stream.read(26), "grey" if band is None else "colour")
        stream.seek(0)
        try:
            with Image.open(stream, formats=FORMATS) as image:
                image.load()
                if band is not None:
                    grey = image.getchannel(band)
                else:
                    grey = image.convert("I") if image.mode != "L" else image.copy()  # "I" holds 16 bits unsigned
        except DAMAGE as error:
            raise _damaged(source, error) from error
    if size is not None and (grey.height, grey.width) != size:
        grey = grey.resize((size[1], size[0]), Image.Resampling.NEAREST)
    return grey


def stored(source: Source) -> Image.Image:
    """Read a picture as it is stored, whatever its pixels mean.

    Raises:
        InputError: The file is damaged or animated.
    """
    with _stream(source) as stream:
        try:
            with Image.open(stream, formats=FORMATS) as image:
                _require_one_frame(source, image)
                image.load()
                return image.copy()
        except InputError:
            raise
        except DAMAGE as error:
            raise _damaged(source, error) from error


def _stream(source: Source) -> BinaryIO:
    """Open a file for reading; one on disk is not read before it is needed."""
    path = source.tree / source.name if isinstance(source, File) and source.tree.is_dir() else source
    if isinstance(path, File):
        return path.open()
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}. Check the file, or fetch the data again.") from error


def _require_one_frame(source: Source, image: Image.Image) -> None:
    if (frames := getattr(image, "n_frames", 1)) != 1:
        raise InputError(f"{source}: is an animation of {frames} frames where one photo is expected. Save one frame.")


def _rgb(source: Source, image: Image.Image) -> Image.Image:
    if image.mode in _ALPHA_MODES or (image.mode in _OPAQUE_MODES and "transparency" in image.info):
        image = image.convert("RGBA")
        lowest, _ = image.getchannel("A").getextrema()
        if lowest != 255:
            raise InputError(f"{source}: has transparent pixels where a photo is expected; flatten it.")
    elif image.mode not in _OPAQUE_MODES:
        raise InputError(
            f"{source}: pixels of kind {image.mode!r} where an 8-bit photo is expected; convert it to RGB."
        )
    return image.convert("RGB")


_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KINDS = {0: "grey", 2: "colour", 3: "palette", 4: "grey with alpha", 6: "colour with alpha"}


def _require_ids_png(source: Source, header: bytes, expected: Literal["grey", "colour"]) -> None:
    """Judge by the file's header: PIL rescales 2 and 4 bits, and shows colour only after it has opened the file."""
    if not header:
        raise InputError(f"{source}: is empty where a {expected} PNG of ids is expected. Fetch the data again.")
    if not header.startswith(_PNG_SIGNATURE) or len(header) < 26:
        raise InputError(f"{source}: is no PNG where a {expected} PNG of ids is expected. Check the file.")
    bits, kind = header[24], _PNG_KINDS.get(header[25], f"unknown ({header[25]})")
    if expected == "colour" and (kind != "colour" or bits != 8):
        raise InputError(
            f"{source}: is a {kind} PNG of {bits} bits where a colour PNG of 8 bits with ids in one of its bands is "
            "expected. Check the file."
        )
    if expected == "grey" and (kind != "grey" or bits not in (8, 16)):
        raise InputError(
            f"{source}: is a {kind} PNG of {bits} bits where a grey PNG of ids (8 or 16 bits) is expected. "
            "Convert its colours to ids with the palette of the data set."
        )


def _require_eight_bits(source: Source, header: bytes) -> None:
    """Refuse empty files by that name, and PNG files of 16 bits: PIL would silently cut their colours to 8."""
    if not header:
        raise InputError(f"{source}: is no readable image (the file is empty). Fetch or make it again.")
    if header.startswith(_PNG_SIGNATURE) and len(header) == 26 and header[24] == 16:
        raise InputError(
            f"{source}: is a PNG of 16 bits per channel where an 8-bit photo is expected; how to round it is your "
            "choice. Convert it."
        )


def _damaged(source: Source, error: BaseException) -> InputError:
    reason = "not PNG, JPEG or WebP" if isinstance(error, UnidentifiedImageError) else str(error)
    return InputError(f"{source}: is no readable image ({reason}). It may be truncated: fetch or make it again.")
