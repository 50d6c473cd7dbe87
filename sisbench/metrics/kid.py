"""KID: squared maximum mean discrepancy of Inception features (Binkowski et al., "Demystifying MMD GANs", ICLR 2018).

    KID = mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{i, j} k(x_i, y_j),   k(x, y) = (x.y / d + 1)^3

It is unbiased for independent sets, so unlike FID it may be compared across n; it is 0 in expectation for equal
distributions, and then negative half of the time. Where image i of both sides shares a layout, the n terms k(x_i, y_i)
of the last mean lower the expectation by 2 / n times their distance from the others: we keep them, as all peers do. Of
a set and itself it is thus slightly negative.

Two numbers:

- "kid" is over all images at once. No subsets are drawn, so there is no seed and no noise.
- "kid_subsets" is the mean over 100 random subsets of 1000 images (of all, where a side has fewer), as Binkowski's code
  and torch-fidelity 0.4.0 report it, with the latter's generator and seed. Its expectation over subsets is "kid". The
  draw goes over images in an order that depends on their features alone, so that arrival does not matter: the same
  features in this order (`canonical_order`) give torch-fidelity's number. torch-fidelity refuses sets of fewer than
  1000 images unless it is given a subset size.

Uncertainty: the two-sample U-statistic has the influences (its Hajek projection)

    psi(x_i) = 2 (mean_j k(x_i, x_j) - mean_j k(x_i, y_j)) minus its mean,

those of y likewise; in pairs they are of h(i, j) = k(x_i, x_j) + k(y_i, y_j) - k(x_i, y_j) - k(x_j, y_i). The part of
the variance that comes from pairs of images has a closed form in the kernels that are left when row and column means
are taken off, and what squared influences count too much of it is subtracted (see `_feature_sets`). "kid_subsets" gets
the same error; the draw of subsets adds noise of the deviation over subsets divided by 10 (`subset_kid` returns them).
Simulated coverage at n = 500 (`benchmarks.coverage`): 93 to 96 %, also where the distributions are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor

from sisbench.metrics import register
from sisbench.metrics._base import Estimate
from sisbench.metrics._feature_sets import FeatureSets, canonical_order, estimate, independent

SUBSETS, SUBSET_SIZE, SEED = 100, 1000, 2020
"""Defaults of torch-fidelity 0.4.0."""

BLOCK = 512
"""Rows of a kernel matrix that are held at a time."""


def polynomial_kernel(x: Tensor, y: Tensor) -> Tensor:
    """Return (x_i.y_j / d + 1)^3, (n, m), of features (n, d) and (m, d).

    >>> polynomial_kernel(torch.tensor([[1.0, 1.0]]), torch.tensor([[1.0, 1.0], [-1.0, -1.0]]))
    tensor([[8., 0.]])
    """
    base = (x @ y.T / x.shape[1]).add_(1)
    return base.square().mul_(base)


@dataclass(frozen=True)
class _Sums:
    """What is kept of a kernel matrix (n, m); both sides the same set: without its diagonal.

    Attributes:
        by_choice: (n, c): of each row, the sum over the images of each choice.
        columns: (m,): sums of columns.
        squares: Sum of squares.
    """

    by_choice: Tensor
    columns: Tensor
    squares: float

    @classmethod
    def of(cls, x: Tensor, y: Tensor, choices: Tensor, same: bool = False) -> _Sums:
        by_choice, columns, squares = [], x.new_zeros(len(y)), 0.0
        for start in range(0, len(x), BLOCK):
            kernel = polynomial_kernel(x[start : start + BLOCK], y)
            if same:
                kernel.diagonal(start).zero_()
            by_choice.append(kernel @ choices)
            columns += kernel.sum(0)
            squares += float(kernel.square().sum())
        return cls(torch.cat(by_choice), columns, squares)


def _all_kids(fake: Tensor, real: Tensor, chosen_fake: Tensor, chosen_real: Tensor) -> tuple[Tensor, tuple[_Sums, ...]]:
    """Return the KID of each choice of images (c,), and the sums that it is made of: fake-fake, real-real, fake-real.

    Args:
        fake: float64 (n, d).
        real: float64 (m, d).
        chosen_fake: (n, c), 1 where a choice has an image and 0 elsewhere.
        chosen_real: (m, c).
    """
    within_fake = _Sums.of(fake, fake, chosen_fake, same=True)
    within_real = _Sums.of(real, real, chosen_real, same=True)
    across = _Sums.of(fake, real, chosen_real)
    n, m = chosen_fake.sum(0), chosen_real.sum(0)
    kids = (
        (chosen_fake * within_fake.by_choice).sum(0) / (n * (n - 1))
        + (chosen_real * within_real.by_choice).sum(0) / (m * (m - 1))
        - 2 * (chosen_fake * across.by_choice).sum(0) / (n * m)
    )
    return kids, (within_fake, within_real, across)


def kid(fake: Tensor, real: Tensor) -> float:
    """Return the unbiased KID of features, float64 (n, d) and (m, d), n and m at least 2.

    >>> kid(torch.tensor([[1.0], [1.0]]).double(), torch.tensor([[0.0], [0.0]]).double())  # 2^3 + 1 - 2
    7.0
    """
    everything = fake.new_ones(len(fake), 1), real.new_ones(len(real), 1)
    return float(_all_kids(fake, real, *everything)[0])


def subset_kid(fake: Tensor, real: Tensor, subsets: int = SUBSETS, size: int = SUBSET_SIZE, seed: int = SEED) -> Tensor:
    """Return the KID of random subsets, float64 (subsets,); torch-fidelity reports its mean and deviation.

    Args:
        fake: float64 (n, d), n at least 2.
        real: float64 (m, d), m at least 2.
        subsets: How many.
        size: Images of each side in a subset; the smaller of n and m where that is less.
        seed: Of numpy's legacy generator, which draws the images of both sides in turn.
    """
    return _all_kids(fake, real, *_draw(len(fake), len(real), subsets, size, seed))[0]


def _draw(n: int, m: int, subsets: int, size: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return choices of images, 0 or 1, (n, subsets) and (m, subsets)."""
    rng = np.random.RandomState(seed)  # torch-fidelity's generator: another one draws other subsets
    chosen = torch.zeros(n, subsets, dtype=torch.float64), torch.zeros(m, subsets, dtype=torch.float64)
    for subset in range(subsets):
        for side in chosen:
            side[torch.from_numpy(rng.choice(len(side), min(size, n, m), replace=False)), subset] = 1
    return chosen


def _residual_squares(squares: float, rows: Tensor, columns: Tensor) -> float:
    """Sum of squares of a matrix (n, m) after its row and column means are taken off."""
    n, m = len(rows), len(columns)
    rest = squares - float(rows.square().sum()) / m - float(columns.square().sum()) / n
    return max(0.0, rest + float(rows.sum()) ** 2 / (n * m))


def _residual_squares_symmetric(squares: float, rows: Tensor) -> float:
    """Sum of squares off the diagonal of a symmetric matrix after the best sum a_i + a_j + b is taken off."""
    n = len(rows)
    mean = float(rows.sum()) / (n * (n - 1))
    effects = (rows / (n - 1) - mean) * (n - 1) / (n - 2)
    return max(0.0, squares - n * (n - 1) * mean**2 - 2 * (n - 2) * float(effects.square().sum()))


def _pair_squares(fake: Tensor, real: Tensor) -> float:
    """Sum over i != j of h(i, j)^2."""
    total = 0.0
    for start in range(0, len(fake), BLOCK):  # h is symmetric: blocks on and right of the diagonal
        x, y, xs, ys = fake[start : start + BLOCK], real[start : start + BLOCK], fake[start:], real[start:]
        h = polynomial_kernel(x, xs) + polynomial_kernel(y, ys) - polynomial_kernel(x, ys) - polynomial_kernel(y, xs)
        h.diagonal().zero_()
        total += 2 * float(h.square().sum()) - float(h[:, : len(x)].square().sum())
    return total


def _excess(interactions: float, n: int) -> float:
    """What squared influences of a U-statistic count too much, given the mean square of its interactions."""
    return interactions * (4 / (n * (n - 2)) - 2 / (n * (n - 1)))


def _kid_influence(fake: Tensor, real: Tensor, sums: tuple[_Sums, ...], paired: bool) -> tuple[Tensor, Tensor, float]:
    """Return the influences of both sides, (n,) and (m,), and the excess of their variance."""
    within_fake, within_real, across = sums
    n, m = len(fake), len(real)
    by_row = across.by_choice[:, 0], across.columns
    if paired:
        own = ((fake * real).sum(1) / fake.shape[1] + 1) ** 3
        by_row = by_row[0] - own, by_row[1] - own
    on_fake = 2 * (within_fake.columns / (n - 1) - by_row[0] / (m - paired))
    on_real = 2 * (within_real.columns / (m - 1) - by_row[1] / (n - paired))
    on_fake, on_real = on_fake - on_fake.mean(), on_real - on_real.mean()
    if min(n, m) < 4:  # three images leave no interaction when means are taken off
        return on_fake, on_real, 0.0
    if paired:
        rows = within_fake.columns + within_real.columns - by_row[0] - by_row[1]
        rest = _residual_squares_symmetric(_pair_squares(fake, real), rows) / (n * (n - 3))
        return on_fake, on_real, _excess(rest, n)
    excess = 4 * _residual_squares(across.squares, *by_row) / ((n - 1) * (m - 1)) / (n * m)
    for side in (within_fake, within_real):
        k = len(side.columns)
        excess += _excess(_residual_squares_symmetric(side.squares, side.columns) / (k * (k - 3)), k)
    return on_fake, on_real, excess


@register("kid")
class KID(FeatureSets):
    """KID over all images, and the mean over 100 random subsets.

    Keeps all features (16 kB per image and side). Kernel matrices are made in blocks of rows: memory grows with n, not
    with its square.

    Args:
        paired: See `FeatureSets`.
        options: Those of `torchmetrics.Metric`.
    """

    needs = "feature:inception"
    outputs = ("kid", "kid_subsets")
    higher_is_better = False
    optimum = MappingProxyType({"kid": None, "kid_subsets": None})  # unbiased: below 0 by the mean self-similarity

    def estimates(self) -> dict[str, Estimate]:
        """Return both numbers; n counts the generated images.

        Raises:
            InputError: See `FeatureSets.sets`.
        """
        fake, real = self.sets()
        drawn = _draw(len(fake), len(real), SUBSETS, SUBSET_SIZE, SEED)
        choices = []
        for side, subsets in zip((fake, real), drawn, strict=True):
            placed = torch.empty_like(subsets)
            placed[canonical_order(side)] = subsets
            choices.append(torch.cat([torch.ones_like(subsets[:, :1]), placed], 1))
        kids, sums = _all_kids(fake, real, *choices)
        on_fake, on_real, excess = _kid_influence(fake, real, sums, self.paired)
        values = dict(zip(self.outputs, (float(kids[0]), float(kids[1:].mean())), strict=True))
        influences = independent(on_fake, on_real, self.paired)
        return {name: estimate(value, influences, excess) for name, value in values.items()}
