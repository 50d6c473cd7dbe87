"""Kullback-Leibler divergence between what a classifier sees in a generated image and in the real one of its pair.

    d_n = sum_k P_nk (ln P_nk - ln Q_nk),    P: generated, Q: real, in nats

"kl" is its mean over the pairs. The cross-view tables report another function of the same d_n: `crossview_kl`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sisbench.metrics import register
from sisbench.metrics._base import PerImageMean
from sisbench.metrics._probabilities import check_pairs, require_pairs

SMALLEST = 2.0**-149
"""The smallest positive float32. Classifiers run in float32, whose softmax gives 0 for probabilities below it: a real 0
is taken for this number, the largest that it can stand for up to a factor of two. That bounds d_n by 103.3 nats, where
the formula would give infinity; probabilities of a float32 softmax that are not 0 never change."""


def kl_divergence(fake: Tensor, real: Tensor) -> Tensor:
    """Return the divergence of each pair, in nats: at least 0 up to the rounding of sums to 1, at most 103.3.

    Args:
        fake: Class probabilities P of the generated images, (N, K), rows sum to 1. Terms with P = 0 count as 0, their
            limit.
        real: Class probabilities Q of the real images, (N, K); at least `SMALLEST` is taken.

    Returns:
        float64 (N,).

    Raises:
        InputError: Shapes differ, or these are no probabilities.

    >>> fake, real = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.5, 0.5]])
    >>> kl_divergence(fake, real)  # ln 2
    tensor([0.6931], dtype=torch.float64)
    """
    fake, real = check_pairs(fake, real)
    return (torch.xlogy(fake, fake.clamp(min=SMALLEST)) - torch.xlogy(fake, real.clamp(min=SMALLEST))).sum(1)


@register("kl")
class KL(PerImageMean):
    """Mean divergence of class probabilities, generated from real, in nats.

    Keeps the 8 bytes of every image's number.

    Args:
        paired: True; there is no such score of independent sets.
        options: Those of `torchmetrics.Metric`.
    """

    needs = "probabilities"
    outputs = ("kl",)
    higher_is_better = False

    def __init__(self, paired: bool = True, **options: Any) -> None:
        super().__init__(**options)
        require_pairs(type(self).__name__, paired)

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        """Return the divergence of each pair, float64 (N,)."""
        return kl_divergence(fake, real)
