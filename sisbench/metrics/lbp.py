"""Chi-square distance between histograms of local binary patterns (after Fig. 3 of the OASIS short paper).

The paper cites Ojala et al. ("A comparative study of texture measures", Pattern Recognition 29(1), 1996) and gives
neither operator nor aggregation nor code, so its bars can be compared in order only. Here, on gray values
0.2125 R + 0.7154 G + 0.0721 B rounded to 8 bits, at pixels that have all eight neighbours:

- `lbp_chi2`, the headline: the basic operator of that paper, 256 patterns of the 3x3 neighbourhood.
- `lbp_uniform_chi2`: scikit-image's `local_binary_pattern(P=8, R=1, method="uniform")`, 10 rotation-invariant patterns
  of interpolated neighbours (Ojala et al., PAMI 24(7), 2002), equal to it at every pixel.

The distance of two histograms is 0.5 sum (p - q)^2 / (p + q) over non-empty bins, in 0..1. Both are averaged over the
pairs of an image and the real one of its layout, and taken of the pooled histograms of each set (`_pooled`);
`lbp_chi2_class` pools over the pixels of each class. 256 bins are biased upwards on few pixels: use images of 10^4 or
more.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics import register
from sisbench.metrics._base import Estimate, Metric, check_images, joined
from sisbench.metrics._histograms import ClassHistograms, chi_square, class_histogram, class_offsets, pooled
from sisbench.metrics._loops import patterns

OFFSETS = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))
"""Row and column of the neighbour of bits 0 to 7: from the east, counter-clockwise."""
PATTERNS = 256
UNIFORM_PATTERNS = 10
_DIAGONAL = 0.70711
"""Row and column distance of a diagonal neighbour on the unit circle; scikit-image rounds it to five decimals."""


def _uniform_table() -> Tensor:
    """Uniform pattern of each circle of 8 bits: the number of ones, or 9 where more than two neighbours differ."""
    bits = torch.arange(PATTERNS)[:, None] >> torch.arange(8) & 1
    changes = (bits != bits.roll(1, 1)).sum(1)
    return torch.where(changes <= 2, bits.sum(1), UNIFORM_PATTERNS - 1)


_UNIFORM = _uniform_table()


def gray(images: Tensor) -> Tensor:
    """Return gray values uint8 (..., H, W) of images uint8 (..., 3, H, W): halves are rounded up, exactly.

    >>> gray(torch.tensor([45, 103, 140], dtype=torch.uint8).view(3, 1, 1)).item()  # 93.3428
    93
    """
    red, green, blue = images.float().unbind(-3)
    # Integers below 2^24, and quotients at least 1e-4 below the next integer: float32 makes no error.
    return ((2125 * red + 7154 * green + 721 * blue + 5000) / 10000).to(torch.uint8)


def lbp256(image: Tensor) -> Tensor:
    """Basic local binary patterns: bit k is set where the neighbour at `OFFSETS[k]` is at least as bright.

    Args:
        image: Gray values, uint8 (H, W), at least 3x3.

    Returns:
        uint8 (H - 2, W - 2).

    >>> lbp256(torch.tensor([[9, 9, 1], [1, 5, 5], [1, 1, 1]], dtype=torch.uint8)).item()  # east, north, north-west
    13
    """
    return _both(image)[0]


def lbp_uniform(image: Tensor) -> Tensor:
    """Uniform local binary patterns: the number of neighbours on the unit circle that are at least as bright.

    Equal to scikit-image's at every inner pixel; at its border, which is left out, pixels outside count as black.

    Args:
        image: Gray values, uint8 (H, W), at least 3x3.

    Returns:
        uint8 (H - 2, W - 2): 0..8, or 9 where brighter and darker neighbours change more than twice around the circle.

    >>> lbp_uniform(torch.tensor([[9, 9, 9], [1, 5, 5], [1, 1, 1]], dtype=torch.uint8)).item()  # east to north-west
    4
    """
    return _UNIFORM.to(image.device)[_both(image)[1].int()]


def _shifted(image: Tensor, row: int, column: int) -> Tensor:
    """View of the neighbours (H - 2, W - 2) that lie at an offset of the inner pixels."""
    height, width = image.shape
    return image[1 + row : height - 1 + row, 1 + column : width - 1 + column]


def _both(image: Tensor) -> tuple[Tensor, Tensor]:
    """Patterns of `lbp256`, and like them those with diagonal neighbours interpolated on the unit circle: uint8.

    Where a neighbour equals the centre but for rounding, as in flat areas, rounding decides, and its bit depends on the
    place. So every step is that of scikit-image: float64, weights from absolute places, along rows first.
    """
    if image.device.type != "cpu":
        return _both_by_arrays(image)
    rows, columns = (torch.stack([_weights(length, end, image.device) for end in (-1, 1)]) for length in image.shape)
    basic, circle = image.new_empty(2, *_shifted(image, 0, 0).shape)
    patterns(image.contiguous().numpy(), rows.numpy(), columns.numpy(), basic.numpy(), circle.numpy())
    return basic, circle


def _both_by_arrays(image: Tensor) -> tuple[Tensor, Tensor]:
    """`_both` by array operations, for accelerators; equal in every bit."""
    values, centre = image.double(), _shifted(image, 0, 0)
    basic, circle = torch.zeros_like(centre), torch.zeros_like(centre)
    for bit, (row, column) in enumerate(OFFSETS):
        ones = (_shifted(image, row, column) >= centre).view(torch.uint8)
        basic.add_(ones, alpha=1 << bit)
        if row * column:
            ones = (_between(_between(values, 1, column), 0, row) >= centre).view(torch.uint8)
        circle.add_(ones, alpha=1 << bit)
    return basic, circle


def _weights(length: int, direction: int, device: torch.device) -> Tensor:
    """Of the two places around `_DIAGONAL` from every inner place of an axis, the weight of the second: float64."""
    place = torch.arange(1, length - 1, dtype=torch.float64, device=device) + direction * _DIAGONAL
    return place - place.floor()


def _between(values: Tensor, axis: int, direction: int) -> Tensor:
    """Interpolate at `_DIAGONAL` from every inner place along an axis, which loses its first and last place."""
    weight = _weights(values.shape[axis], direction, values.device)
    if axis == 0:
        weight = weight[:, None]
    start, inner = int(direction > 0), len(weight)
    return (1 - weight) * values.narrow(axis, start, inner) + weight * values.narrow(axis, start + 1, inner)


def lbp_histograms(image: Tensor) -> tuple[Tensor, Tensor]:
    """Count patterns of an image uint8 (3, H, W): int64 (256,) of `lbp256`, int64 (10,) of `lbp_uniform`."""
    values = gray(image)
    basic, circle = (torch.bincount(codes.flatten(), minlength=PATTERNS) for codes in _both(values))
    return basic, circle.new_zeros(UNIFORM_PATTERNS).index_add_(0, _UNIFORM.to(circle.device), circle)


def check_neighbours(fake: Tensor, real: Tensor) -> None:
    """Raise an InputError unless both are uint8 images (N, 3, H, W) of one shape with inner pixels."""
    check_images(fake, real)
    height, width = fake.shape[-2:]
    if min(height, width) < 3:
        raise InputError(
            f"local binary patterns got images of {height}x{width}; they need 3x3, a pixel and its eight neighbours. "
            "Leave lbp out."
        )


@register("lbp")
class LBP(Metric):
    """Texture distances of pairs and of whole sets.

    Keeps 2128 bytes per pair: its histograms, which the pooled distances and their influences are made of.

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    needs = "pixels"
    outputs = ("lbp_chi2", "lbp_chi2_pooled", "lbp_uniform_chi2", "lbp_uniform_chi2_pooled")
    higher_is_better = False
    basic: list[Tensor] | Tensor
    uniform: list[Tensor] | Tensor

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_state("basic", default=[], dist_reduce_fx="cat")
        self.add_state("uniform", default=[], dist_reduce_fx="cat")

    def update(self, fake: Tensor, real: Tensor) -> None:
        """Take in image pairs, both uint8 (N, 3, H, W)."""
        check_neighbours(fake, real)
        for pair in zip(fake, real, strict=True):
            basic, uniform = zip(*map(lbp_histograms, pair), strict=True)
            self.append(basic=torch.stack(basic)[None].int(), uniform=torch.stack(uniform)[None].int())

    def estimates(self) -> dict[str, Estimate]:
        """Return the distances, each in 0..1.

        Raises:
            InputError: No image.
        """
        estimates: list[Estimate] = []
        for state in (self.basic, self.uniform):
            counts = joined(state, "lbp")  # (n, 2, bins), generated and real
            pixels = counts[:, 0].sum(-1)
            total, gradient = _distance(counts.sum(0))
            estimates.append(Estimate.mean(_distance(counts)[0] / pixels))
            estimates.append(pooled(total, (counts * gradient).sum((1, 2)), pixels))
        return dict(zip(self.outputs, estimates, strict=True))


@register("lbp_class")
class LBPClass(ClassHistograms):
    """Texture distance over the pixels of a class, averaged over classes; 2 kB per image and class it shows.

    A pattern belongs to the class of its centre.
    """

    outputs = ("lbp_chi2_class",)
    quantity = "lbp_chi2"

    def counts(self, fake: Tensor, real: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
        """Count one pair: histograms of both sides, int64 (C, 2, 256), and inner pixels by class."""
        check_neighbours(fake[None], real[None])
        offsets = class_offsets(_shifted(truth, 0, 0), self.num_classes, PATTERNS)
        sides = [class_histogram(offsets, lbp256(gray(x)), self.num_classes, PATTERNS) for x in (fake, real)]
        return torch.stack(sides, 1), sides[0].sum(-1)

    def distance(self, histograms: Tensor) -> tuple[Tensor, Tensor]:
        """Distance times pixels, (C,), and its gradient, (C, 2, 256)."""
        return _distance(histograms)


def _distance(counts: Tensor) -> tuple[Tensor, Tensor]:
    """`chi_square` of counts (..., 2, bins), generated and real; the gradient by both, of the same shape."""
    total, by_fake, by_real = chi_square(*counts.unbind(-2))
    return total, torch.stack([by_fake, by_real], -2)
