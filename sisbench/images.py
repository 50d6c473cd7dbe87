"""The only conversion between tensors, 8-bit images and image files in the project.

Photos are read as they are stored: resized by PIL (bicubic, antialiased when shrinking, aspect ignored), never rotated
by an EXIF tag (the label map was drawn on the stored pixels). Label and instance maps are read as integers and resized
by PIL nearest. Generated images are cut to 8 bits by truncation, as pix2pixHD, SPADE and OASIS write them, and saved
as PNG.
"""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from sisbench.errors import InputError
from sisbench.files import File, write_bytes

Source = File | Path
"""Where an image file lies: in a tree of a data set, or on disk."""

Resample = Literal["bicubic", "bilinear"]

_FILTERS = {"bicubic": Image.Resampling.BICUBIC, "bilinear": Image.Resampling.BILINEAR}
_FORMATS = ("PNG", "JPEG", "WEBP")
"""What data sets are stored in; PIL's other readers only add ways to fail on a damaged file."""

_ORIENTATION = 0x0112
"""EXIF tag: how a viewer should turn the stored pixels."""

_OPAQUE_MODES = {"1", "L", "P", "RGB", "CMYK", "YCbCr"}
_ALPHA_MODES = {"LA", "La", "PA", "RGBA", "RGBa"}
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)
"""What PIL raises on damaged files: truncated data, broken PNG chunks, absurd sizes."""


def quantise(image_pm1: Tensor) -> Tensor:
    """Convert generator output to 8 bits by truncation.

    `clip((y + 1) / 2 * 255, 0, 255)` in float32, fraction cut off. Going `to_pm1` and back is therefore no identity:
    63 dark levels come back one lower. Real photos are compared as they were read, not through this function.

    Args:
        image_pm1: Any shape, floating point, values beyond [-1, 1] are clipped.

    Returns:
        uint8, same shape and device.

    Raises:
        InputError: A value is not finite.

    Example:
        >>> quantise(torch.tensor([-1.0, 0.0, 0.999, 1.0]))
        tensor([  0, 127, 254, 255], dtype=torch.uint8)
    """
    if not bool(torch.isfinite(image_pm1).all()):
        raise InputError(
            "an image holds values that are not finite where [-1, 1] is expected: the generator diverged. "
            "Train again with another seed or a lower rate."
        )
    return ((image_pm1.float() + 1) / 2 * 255).clamp(0, 255).to(torch.uint8)


def to_pm1(image_u8: Tensor) -> Tensor:
    """Convert 8 bits to [-1, 1]: `(x / 255 - 0.5) / 0.5`, float32, same shape and device.

    Example:
        >>> to_pm1(torch.tensor([0, 255], dtype=torch.uint8))
        tensor([-1.,  1.])
    """
    return image_u8.float().div_(255).sub_(0.5).div_(0.5)


def size_of(source: Source) -> tuple[int, int]:
    """Return height and width from the header of an image file, without decoding it.

    Raises:
        InputError: The file cannot be read or is no image.
    """
    with _stream(source) as stream:
        try:
            with Image.open(stream, formats=_FORMATS) as image:
                return image.height, image.width
        except _DAMAGE as error:
            raise _damaged(source, error) from error


def decode_photo(source: Source, size: tuple[int, int] | None = None, resample: Resample = "bicubic") -> Tensor:
    """Read a photo.

    Grey, palette and CMYK photos become RGB. An alpha channel is dropped if it is opaque everywhere. An orientation tag
    of EXIF is not followed; it makes a warning.

    Args:
        source: A PNG, JPEG or WebP file.
        size: Height and width to resize to; None keeps the stored size.
        resample: Filter of the resizing.

    Returns:
        uint8, `(3, H, W)`, RGB.

    Raises:
        InputError: The file is damaged, animated, has transparent pixels, or more than 8 bits per channel.
    """
    with _stream(source) as stream:
        _require_eight_bits(source, stream.read(26))
        stream.seek(0)
        try:
            with Image.open(stream, formats=_FORMATS) as image:
                if (frames := getattr(image, "n_frames", 1)) != 1:
                    raise InputError(f"{source}: is an animation of {frames} frames where one photo is expected.")
                image.load()
                rgb = _rgb(source, image)
                if (turned := image.getexif().get(_ORIENTATION, 1)) not in (0, 1):
                    warnings.warn(
                        f"{source}: has the EXIF orientation {turned}, which is not followed: pixels are taken as they "
                        "are stored. Rotate the file itself if its label map is drawn upright.",
                        stacklevel=2,
                    )
        except InputError:
            raise
        except _DAMAGE as error:
            raise _damaged(source, error) from error
    if size is not None and (rgb.height, rgb.width) != size:
        rgb = rgb.resize((size[1], size[0]), _FILTERS[resample])
    return from_pil(rgb)


def decode_ids(source: Source, size: tuple[int, int] | None = None) -> Tensor:
    """Read a label or instance map.

    Only grey PNG of 8 or 16 bits is taken: a colour or palette map needs the table of its ids, fewer bits are rescaled
    by decoders, and lossy formats blur ids.

    Args:
        source: The file.
        size: Height and width to resize to by nearest; None keeps the stored size.

    Returns:
        int64, `(H, W)`.

    Raises:
        InputError: The file is damaged or of another kind.
    """
    with _stream(source) as stream:
        _require_grey_png(source, stream.read(26))
        stream.seek(0)
        try:
            with Image.open(stream, formats=_FORMATS) as image:
                image.load()
                grey = image.convert("I") if image.mode != "L" else image.copy()  # "I" holds 16 bits unsigned
        except _DAMAGE as error:
            raise _damaged(source, error) from error
    if size is not None and (grey.height, grey.width) != size:
        grey = grey.resize((size[1], size[0]), Image.Resampling.NEAREST)
    return torch.from_numpy(np.asarray(grey).astype(np.int64))


def encode_png(image_u8: Tensor) -> bytes:
    """Return an image, uint8 `(3, H, W)`, as the bytes of a PNG file."""
    stream = io.BytesIO()
    to_pil(image_u8).save(stream, "PNG")
    return stream.getvalue()


def save_png(path: Path, image_u8: Tensor) -> None:
    """Write an image as a PNG file, atomically.

    Args:
        path: The file; its folder is made.
        image_u8: uint8, `(3, H, W)`, RGB.

    Raises:
        InputError: The file cannot be written.
    """
    write_bytes(path, encode_png(image_u8))


def to_pil(image_u8: Tensor) -> Image.Image:
    """Return an image, uint8 `(3, H, W)` on any device, as a PIL image.

    Raises:
        ValueError: The tensor is no such image.
    """
    if image_u8.dtype != torch.uint8 or image_u8.ndim != 3 or image_u8.shape[0] != 3:
        raise ValueError(f"expected uint8 (3, H, W), got {image_u8.dtype} {tuple(image_u8.shape)}")
    return Image.fromarray(image_u8.permute(1, 2, 0).contiguous().cpu().numpy())


def from_pil(image: Image.Image) -> Tensor:
    """Return an RGB image of PIL as uint8 `(3, H, W)`, in memory of its own."""
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()


def _stream(source: Source) -> BinaryIO:
    """Open a file for reading; one on disk is not read before it is needed."""
    path = source.tree / source.name if isinstance(source, File) and source.tree.is_dir() else source
    if isinstance(path, File):
        return path.open()
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}. Check the file, or fetch the data again.") from error


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


def _require_grey_png(source: Source, header: bytes) -> None:
    """Judge by the file's header: PIL rescales 2 and 4 bits, and shows colour only after it has opened the file."""
    if not header:
        raise InputError(f"{source}: is empty where a grey PNG of ids is expected. Fetch the data again.")
    if not header.startswith(_PNG_SIGNATURE) or len(header) < 26:
        raise InputError(f"{source}: is no PNG where a grey PNG of ids is expected. Check the file.")
    bits, kind = header[24], _PNG_KINDS.get(header[25], f"unknown ({header[25]})")
    if kind != "grey" or bits not in (8, 16):
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
