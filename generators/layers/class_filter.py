"""Class-specific generation without one full pass per class (LGGAN, sec. 3.2).

Every class filters a feature map by its mask (eq. 1) and convolves the result with weights of its own. Done
literally, 35 classes mean 35 masked copies of the features and 35 convolutions over the whole image, of which nearly
all inputs are zero. But the masks are disjoint: each pixel feeds one class only. So the pixels are grouped by class,
one matrix product per class gives what each of its pixels adds to each of its neighbours, and one indexed sum adds
that up. The work is that of one convolution, however many classes there are and however they are scattered. A class
that is absent gives a constant image, tanh(bias); the convolution that fuses all class images treats the constant ones
as what they are. The result is the same, gradients included (`benchmarks/lggan_local.py` measures it).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F


@dataclass(frozen=True)
class ClassPlanes:
    """Class-specific images of one sample.

    Attributes:
        present: Classes that occur, ascending, (P,).
        planes: Their images in [-1, 1], (P, 3, H, W).
        absent: What any class gives where its mask is empty, tanh(bias), (N, 3).
    """

    present: Tensor
    planes: Tensor
    absent: Tensor

    def dense(self, index: int) -> Tensor:
        """Return the image of one class, (3, H, W), whether it is present or not."""
        hits = (self.present == index).nonzero()
        if len(hits):
            return self.planes[int(hits[0, 0])]
        return self.absent[index, :, None, None].expand(self.planes.shape[1:])


def class_planes(features: Tensor, classes: Tensor, weight: Tensor, bias: Tensor) -> ClassPlanes:
    """Compute r_i = tanh(conv_i(reflect_pad(features * mask_i))) for every class of one sample.

    Args:
        features: (C, H, W).
        classes: Class of each pixel, (H, W) int64 in 0..N; N marks pixels of no class.
        weight: One odd-sized kernel a class, (N, 3, C, k, k).
        bias: (N, 3).
    """
    n_classes, (height, width) = len(weight), classes.shape
    size = weight.shape[-1]
    margin = size // 2
    pad = (margin,) * 4
    # pad(features * mask) = pad(features) * pad(mask)
    pixels = F.pad(features[None], pad, mode="reflect")[0].flatten(1).t().contiguous()
    labels = F.pad(classes[None, None].float(), pad, mode="reflect").flatten().long()

    # The canvas: the image with two margins on each side, as far as a padded pixel reaches. Tap (a, b) of a kernel
    # takes a pixel a rows up and b columns left of the pixel's own place on it.
    canvas = (height + 4 * margin, width + 4 * margin)
    image = (slice(2 * margin, 2 * margin + height), slice(2 * margin, 2 * margin + width))
    places = torch.arange(math.prod(canvas), device=classes.device).view(canvas)
    own = places[2 * margin :, 2 * margin :].flatten()
    taps = places[:size, :size].flatten()
    by_tap = weight.permute(0, 2, 3, 4, 1).flatten(2)  # (N, C, k * k * 3)

    counts = torch.bincount(labels, minlength=n_classes + 1)
    groups = torch.argsort(labels, stable=True).split(counts.tolist())
    present = counts[:n_classes].nonzero().flatten()
    planes = []
    for index in present.tolist():
        group = groups[index]
        added = (pixels[group] @ by_tap[index]).view(-1, 3)  # of every pixel and tap
        summed = _index_add(math.prod(canvas), (own[group, None] - taps).flatten(), added)
        planes.append(summed.view(*canvas, 3)[image])
    stacked = torch.stack(planes) if planes else features.new_zeros(0, height, width, 3)
    biased = stacked.permute(0, 3, 1, 2).add_(bias[present, :, None, None])
    return ClassPlanes(present, biased.tanh_(), torch.tanh(bias))


def _index_add(rows: int, index: Tensor, values: Tensor) -> Tensor:
    """Sum values by index in an order that does not vary: on a GPU `index_add` lets threads race, `index_put` sorts."""
    target = values.new_zeros(rows, values.shape[1])
    if values.is_cuda:
        return target.index_put((index,), values, accumulate=True)
    return target.index_add(0, index, values)


def fuse_planes(result: ClassPlanes, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve the concatenation of all N class images, zero-padded, without building the constant ones.

    Args:
        result: Class images of one sample.
        weight: (3, 3 * N, k, k); input channel 3 * i + j is channel j of class i.
        bias: (3,).

    Returns:
        (1, 3, H, W), before any activation.
    """
    n_classes, (height, width) = len(result.absent), result.planes.shape[2:]
    margin = weight.shape[-1] // 2
    by_class = weight.unflatten(1, (n_classes, 3))  # (3, N, 3, k, k)
    # Absent classes: constant planes. Their sum is one convolution of an image of ones, which keeps the border right.
    missing = _missing(result)
    constant = torch.einsum("onckl,nc->okl", by_class[:, missing], result.absent[missing])
    fused = F.conv2d(weight.new_ones(1, 1, height, width), constant[:, None], bias, padding=margin)
    if len(result.present):
        present = by_class[:, result.present].flatten(1, 2)
        fused = fused + F.conv2d(result.planes.flatten(0, 1)[None], present, padding=margin)
    return fused


def add_planes(result: ClassPlanes) -> Tensor:
    """Sum all class images of one sample (eq. 3), (1, 3, H, W); the sum may leave [-1, 1]."""
    missing = _missing(result)
    return (result.planes.sum(0) + result.absent[missing].sum(0)[:, None, None])[None]


def own_images(result: ClassPlanes, classes: Tensor) -> Tensor:
    """Return at every pixel the image of its own class, (3, H, W); 0 where it has none.

    Args:
        result: Class images of one sample.
        classes: Class of each pixel, (H, W).
    """
    masks = result.present[:, None, None] == classes  # (P, H, W)
    return (result.planes * masks[:, None]).sum(0)


def _missing(result: ClassPlanes) -> Tensor:
    """Which classes are absent, bool (N,)."""
    missing = torch.ones(len(result.absent), dtype=torch.bool, device=result.absent.device)
    missing[result.present] = False
    return missing


def local_l1(result: ClassPlanes, classes: Tensor, real: Tensor) -> Tensor:
    """Pixel loss of the class images: sum over classes of mean |r_i - mask_i * real| (LGGAN's code).

    Each class's mean runs over the whole image, so that far from its mask a class image is drawn to 0 (grey).

    Args:
        result: Class images of one sample.
        classes: Class of each pixel, (H, W).
        real: (3, H, W).
    """
    masks = result.present[:, None, None] == classes  # (P, H, W)
    present = (result.planes - masks[:, None] * real).abs().mean((1, 2, 3)).sum()
    return present + result.absent[_missing(result)].abs().mean(1).sum()
