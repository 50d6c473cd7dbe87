"""Resizing by Pillow, where an original resizes by Pillow: its filters widen where they shrink, and bytes are rounded.

Images and maps come and go as tensors; those of another device make the way through main memory.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

BILINEAR, BICUBIC = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC


def resize_images(images: Tensor, size: tuple[int, int], method: Image.Resampling) -> Tensor:
    """Resize images.

    Args:
        images: uint8 (N, 3, H, W).
        size: New height h and width w.
        method: BILINEAR or BICUBIC.

    Returns:
        uint8 (N, 3, h, w) on the same device; the images themselves where they have the size.
    """
    if tuple(images.shape[-2:]) == size:
        return images
    pictures = [Image.fromarray(x) for x in images.permute(0, 2, 3, 1).cpu().contiguous().numpy()]
    resized = np.stack([np.asarray(picture.resize((size[1], size[0]), method)) for picture in pictures])
    return torch.from_numpy(resized).permute(0, 3, 1, 2).contiguous().to(images.device)


def resize_maps(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize maps bilinearly, each channel for itself.

    Args:
        maps: Float32 (N, C, H, W).
        size: New height h and width w.

    Returns:
        Float32 (N, C, h, w) on the same device; the maps themselves where they have the size.
    """
    if tuple(maps.shape[-2:]) == size:
        return maps
    channels = maps.detach().cpu().contiguous().numpy()
    resized = np.empty((*channels.shape[:2], *size), dtype=np.float32)
    for index in np.ndindex(*channels.shape[:2]):
        resized[index] = Image.fromarray(channels[index]).resize((size[1], size[0]), BILINEAR)
    return torch.from_numpy(resized).to(maps.device)
