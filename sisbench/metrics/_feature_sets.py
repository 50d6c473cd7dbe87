"""What the scores that compare two sets of features share: state, pairing, and the variance of nonlinear statistics.

A statistic of n images is, to second order, a sum of influences and of interactions of pairs of images. With V_1 and
V_2 the variances of the two parts (of order 1/n and 1/n^2), the squared influences of one sample give V_1 + 2 V_2 in
expectation and not V_1 + V_2 (Efron, Stein, "The jackknife estimate of variance", Ann. Statist. 1981: the k-th term of
the decomposition counts k times). The interactions are most of the spread where two distributions are nearly equal, and
of a Fréchet distance in more dimensions than images. So each metric here says how much of the variance is that excess.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics._base import Estimate, Metric, joined


def canonical_order(features: Tensor) -> Tensor:
    """Return an order of rows that depends on their content alone, int64 (n,), for features float64 (n, d).

    It is the lexicographic order by the bytes of the numbers, highest first: numeric order where none is negative.

    >>> canonical_order(torch.tensor([[2.0, 0.0], [1.0, 3.0], [1.0, 2.0]]).double())
    tensor([2, 1, 0])
    """
    big_endian = np.ascontiguousarray(features.numpy().astype(">f8"))
    rows = big_endian.view(f"V{big_endian.shape[1] * 8}")[:, 0]
    return torch.from_numpy(np.argsort(rows, kind="stable"))


def independent(on_fake: Tensor, on_real: Tensor, paired: bool) -> tuple[Tensor, ...]:
    """Return influences by what is drawn independently: pairs, or images of either side.

    Args:
        on_fake: Influence of each generated image, (n,); sums to 0.
        on_real: Influence of each real image, (m,); sums to 0.
        paired: Whether image i of both sides is drawn together, so that n = m and the influences of a pair add up.
    """
    return (on_fake + on_real,) if paired else (on_fake, on_real)


def first_order_variance(influences: Sequence[Tensor]) -> float:
    """Return the variance of a statistic by its influences, which sum to 0; see `independent`."""
    return sum(math.fsum(each.square().tolist()) / (len(each) * (len(each) - 1)) for each in influences)


def estimate(value: float, influences: Sequence[Tensor], excess: float = 0.0) -> Estimate:
    """Return a number of two sets with its uncertainty.

    Args:
        value: The number.
        influences: See `independent`.
        excess: What the squared influences count too much, the V_2 of the module's text. At most half of the variance
            is taken off, which is what remains where all of it comes from interactions. Influences of pairs are scaled
            so that they give the remaining variance.
    """
    variance = first_order_variance(influences)
    kept = 1.0 if variance == 0 else min(max(1 - excess / variance, 0.5), 1.0)
    if len(influences) == 1:
        return Estimate(value, influences[0] * math.sqrt(kept))
    return Estimate(value, None, math.sqrt(variance * kept), len(influences[0]))


class FeatureSets(Metric):
    """A metric of two sets of features, all of which it keeps (8 d bytes per image and side: 16 kB for Inception).

    Args:
        paired: Whether fake i and real i belong to the same layout. The standard error is then over draws of layouts:
            influences of a pair are added before their variance is taken. Otherwise both sides are independent.
        options: Those of `torchmetrics.Metric`.
    """

    minimum = 2
    fake: list[Tensor] | Tensor
    real: list[Tensor] | Tensor

    def __init__(self, paired: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.paired = paired
        self.add_state("fake", default=[], dist_reduce_fx="cat")
        self.add_state("real", default=[], dist_reduce_fx="cat")

    def update(self, fake: Tensor | None = None, real: Tensor | None = None) -> None:
        """Take in features (N, d) of either side or of both; the sides may have different numbers."""
        for state, features in (("fake", fake), ("real", real)):
            if features is not None:
                self.append(**{state: features.double()})

    def sets(self) -> tuple[Tensor, Tensor]:
        """Return the features of the generated and of the real images, float64 (n, d) and (m, d).

        Raises:
            InputError: Fewer than `minimum` images on a side, unequal numbers where they are paired, or features that
                are no finite vectors.
        """
        output = self.outputs[0]
        fake, real = joined(self.fake, output), joined(self.real, output)
        for side, features in (("generated", fake), ("real", real)):
            check_features(features, side, output, self.minimum)
        if self.paired and len(fake) != len(real):
            raise InputError(
                f"{output} of pairs got {len(fake)} generated and {len(real)} real images; expected equal numbers. "
                "Create it with paired=False for independent sets."
            )
        return fake, real


def check_features(features: Tensor, side: str, what: str, minimum: int = 2) -> None:
    """Raise an InputError unless features are (n, d), finite, of at least `minimum` images.

    Args:
        features: What to check.
        side: Whose they are, for the message ("generated").
        what: What is computed of them.
        minimum: Smallest n.
    """
    if features.ndim != 2 or len(features) < minimum:
        raise InputError(
            f"{what} got {side} features of shape {tuple(features.shape)}; it needs (n, d) with n of at least "
            f"{minimum}. Give it more images."
        )
    finite = features.isfinite().all(1)
    if not finite.all():
        row = int((~finite).nonzero()[0])
        raise InputError(
            f"{what} got features of {side} image {row} that are not finite; expected numbers. "
            "Check the image and the feature network."
        )
