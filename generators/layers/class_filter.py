"""Class-specific generation without one full pass per class (LGGAN, sec. 3.2).

Every class filters a feature map by its mask (eq. 1) and convolves the result with weights of its own. Done literally,
35 classes mean 35 masked copies of the features and 35 convolutions over the whole image, of which nearly all inputs
are zero. Where a class's filtered features are zero its image is a constant, tanh(bias); so the convolution runs only
on the smallest rectangle that holds all its non-constant values, and not at all for a class that is absent. The
convolution that fuses all class images treats the constant ones as what they are. The result is the same, gradients
included.

A grouping of pixels by class and one matrix product per class does less arithmetic, but its scattered additions cost
more than the rectangles' margins save (measured in `benchmarks/lggan_local.py`'s setting: 0.51 against 0.22 CPU s).
"""

from __future__ import annotations

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
    n_classes, height, width = weight.shape[0], *classes.shape
    margin = weight.shape[-1] // 2
    pad = (margin,) * 4
    features = F.pad(features[None], pad, mode="reflect")  # pad(features * mask) = pad(features) * pad(mask)
    classes = F.pad(classes[None, None].to(features.dtype), pad, mode="reflect")[0, 0]

    present = torch.unique(classes).long()
    present = present[present < n_classes]
    planes = []
    for index in present.tolist():
        mask = classes == index
        top, bottom = _extent(mask.any(1), 2 * margin, height)
        left, right = _extent(mask.any(0), 2 * margin, width)
        window = (slice(top, bottom + 2 * margin), slice(left, right + 2 * margin))
        response = F.conv2d(features[..., *window] * mask[window], weight[index])
        planes.append(F.pad(response, (left, width - right, top, height - bottom))[0])
    stacked = torch.stack(planes) if planes else features.new_zeros(0, 3, height, width)
    return ClassPlanes(present, torch.tanh(stacked + bias[present, :, None, None]), torch.tanh(bias))


def _extent(occupied: Tensor, reach: int, length: int) -> tuple[int, int]:
    """First and last-but-one output index that a padded row or column of a mask reaches."""
    where = occupied.nonzero()
    return max(int(where[0]) - reach, 0), min(int(where[-1]) + 1, length)


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
    fused = F.conv2d(result.planes.flatten(0, 1)[None], by_class[:, result.present].flatten(1, 2), bias, padding=margin)
    # Absent classes: constant planes. Their sum is one convolution of an image of ones, which keeps the border right.
    missing = torch.ones(n_classes, dtype=torch.bool, device=weight.device)
    missing[result.present] = False
    constant = torch.einsum("onckl,nc->okl", by_class[:, missing], result.absent[missing])
    return fused + F.conv2d(weight.new_ones(1, 1, height, width), constant[:, None], padding=margin)


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
    missing = torch.ones(len(result.absent), dtype=torch.bool, device=classes.device)
    missing[result.present] = False
    return present + result.absent[missing].abs().mean(1).sum()
