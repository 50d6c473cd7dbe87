"""The only conversion between tensors, 8-bit images and image files in the project.

Files are read by `decoding`. Generated images are cut to 8 bits by truncation, as pix2pixHD, SPADE and OASIS write
them, and saved as PNG.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from sisbench import decoding
from sisbench.card import Resampling
from sisbench.decoding import Resample as Resample
from sisbench.decoding import Source as Source
from sisbench.decoding import size_of as size_of
from sisbench.errors import InputError
from sisbench.files import write_bytes


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


def decode_photo(source: Source, size: tuple[int, int] | None = None, resample: Resample = "bicubic") -> Tensor:
    """Read a photo, as `decoding.photo` does.

    Args:
        source: A PNG, JPEG or WebP file.
        size: Height and width to resize to; None keeps the stored size.
        resample: Filter of the resizing.

    Returns:
        uint8, `(3, H, W)`, RGB.

    Raises:
        InputError: The file is damaged, animated, has transparent pixels, or more than 8 bits per channel.
    """
    return from_pil(decoding.photo(source, size, resample))


def decode_ids(source: Source, size: tuple[int, int] | None = None, band: int | None = None) -> Tensor:
    """Read a label or instance map, as `decoding.ids` does.

    Args:
        source: A grey PNG file of 8 or 16 bits, or one in colours, of which a band holds the ids.
        size: Height and width to resize to by nearest; None keeps the stored size.
        band: That band.

    Returns:
        int64, `(H, W)`.

    Raises:
        InputError: The file is damaged or of another kind.
    """
    return torch.from_numpy(np.asarray(decoding.ids(source, size, band)).astype(np.int64))


def resize_ids(ids: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize a map of ids by nearest, exactly as `decode_ids` does.

    Args:
        ids: Integers that 32 bits hold, `(H, W)`.
        size: Height and width.

    Returns:
        int64, of that size.
    """
    if tuple(ids.shape) == size:
        return ids.long()
    picture = Image.fromarray(ids.to(torch.int32).numpy()).resize((size[1], size[0]), Image.Resampling.NEAREST)
    return torch.from_numpy(np.asarray(picture).astype(np.int64))


def resize_photo(image_u8: Tensor, size: tuple[int, int], resample: Resampling) -> Tensor:
    """Resize an image to 8 bits again.

    Args:
        image_u8: uint8, `(3, H, W)`, on the CPU.
        size: Height and width.
        resample: See `card.Resampling`.

    Returns:
        uint8, `(3, *size)`; the image itself where it has the size.
    """
    if tuple(image_u8.shape[-2:]) == size:
        return image_u8
    if resample == "bilinear-corners":
        floats = functional.interpolate(image_u8[None].float(), size, mode="bilinear", align_corners=True)
        return floats[0].round().to(torch.uint8)
    return from_pil(to_pil(image_u8).resize((size[1], size[0]), decoding.FILTERS[resample]))


def encode_png(image_u8: Tensor) -> bytes:
    """Return an image, uint8 `(3, H, W)`, as the bytes of a PNG file."""
    stream = io.BytesIO()
    to_pil(image_u8).save(stream, "PNG")
    return stream.getvalue()


def save_label_png(path: Path, labels: Tensor, palette: Sequence[tuple[int, int, int]]) -> None:
    """Write a map of numbers as a PNG file with colours, atomically; what is read back are the numbers.

    Args:
        path: The file; its folder is made.
        labels: Integers, `(H, W)`, below the number of colours.
        palette: RGB by number, at most 256.

    Raises:
        InputError: The file cannot be written.
    """
    picture = Image.fromarray(labels.to(torch.uint8).cpu().numpy())
    picture.putpalette([channel for color in palette for channel in color])
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    write_bytes(path, stream.getvalue())


def save_ids(path: Path, ids: Tensor) -> None:
    """Write a map of ids as a grey PNG file of 8 bits, as data sets have them, atomically.

    Args:
        path: The file; its folder is made.
        ids: Integers from 0 to 255, `(H, W)`.

    Raises:
        InputError: The file cannot be written.
    """
    stream = io.BytesIO()
    Image.fromarray(ids.to(torch.uint8).cpu().numpy()).save(stream, "PNG")
    write_bytes(path, stream.getvalue())


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
