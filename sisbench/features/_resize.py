"""How images reach a network's size, convention by convention, each to the last bit where that can be.

All take uint8 images (N, 3, H, W). Which code base resizes how: `docs/precision.md`.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor


def resize_tf1(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize as TensorFlow 1 did: bilinear, source = target * in / out (no half-pixel shift), no antialias.

    Equal to the last bit to torch-fidelity's `interpolate_bilinear_2d_like_tensorflow1x`, which the tests compare with:
    the same float32 operations on the same numbers. Rows are resized before columns are gathered, so the horizontal
    step sees every input row once and not twice.

    Args:
        image: uint8 or float (N, C, H, W).
        size: Height and width to reach.

    Returns:
        float32 (N, C, *size), on the scale of the input.

    >>> row = torch.tensor([0, 100], dtype=torch.uint8).view(1, 1, 1, 2)
    >>> resize_tf1(row, (1, 4)).flatten()  # the upper neighbour is clamped at the edge
    tensor([  0.,  50., 100., 100.])
    """
    wide = _between(image.float(), size[1], dim=3)
    return _between(wide, size[0], dim=2)


def _between(x: Tensor, length: int, dim: int) -> Tensor:
    position = torch.arange(length, dtype=torch.float32, device=x.device) * torch.tensor(
        x.shape[dim] / length, dtype=torch.float32, device=x.device
    )
    low = position.long()
    high = (low + 1).clamp_max(x.shape[dim] - 1)
    share = (position - low.float()).view(-1, *[1] * (x.ndim - 1 - dim))
    start = x.index_select(dim, low)
    return start + (x.index_select(dim, high) - start) * share


def resize_pil(image: Tensor, size: tuple[int, int], resample: Image.Resampling) -> Tensor:
    """Resize as Pillow does RGB images: antialiased, rounded to bytes after each direction.

    Args:
        image: uint8 (N, 3, H, W).
        size: Height and width to reach; images that have them stay as they are.
        resample: Filter.

    Returns:
        uint8 (N, 3, *size), on the device of the input.
    """
    if image.shape[-2:] == size:
        return image
    arrays = image.permute(0, 2, 3, 1).cpu().numpy()
    resized = [np.asarray(Image.fromarray(np.ascontiguousarray(a)).resize(size[::-1], resample)) for a in arrays]
    return torch.from_numpy(np.stack(resized)).permute(0, 3, 1, 2).to(image.device)


def resize_clean(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize as clean-fid's mode `clean`: Pillow's bicubic filter, antialiased, each channel in float, cut to 0..255.

    Parmar, Zhang, Zhu, "On aliased resizing and surprising subtleties in GAN evaluation", 2022. Nothing is rounded.

    Args:
        image: uint8 (N, 3, H, W).
        size: Height and width to reach.

    Returns:
        float32 (N, 3, *size) in 0..255, on the device of the input.
    """
    planes = image.flatten(0, 1).cpu().numpy().astype(np.float32)
    resized = [np.asarray(Image.fromarray(plane).resize(size[::-1], Image.Resampling.BICUBIC)) for plane in planes]
    return torch.from_numpy(np.stack(resized)).clamp_(0, 255).view(*image.shape[:2], *size).to(image.device)


def imagenet_normalised(image: Tensor) -> Tensor:
    """Map uint8 (N, 3, H, W) to x / 255, minus the mean and over the deviation of ImageNet; float32."""
    mean = torch.tensor([0.485, 0.456, 0.406], device=image.device).view(3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225], device=image.device).view(3, 1, 1)
    return (image.float() / 255 - mean) / deviation
