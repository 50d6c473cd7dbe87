"""Inception scores of the cross-view tables (Regmi and Borji, CVPR 2018), as their evaluation code has them.

    IS = exp( mean_n sum_k P_nk (ln P_nk - ln m_k) ),    m = mean_n P_n

over the whole set in one split, with the class probabilities P of the protocol's classifier. On all classes that is the
textbook inception score (Salimans et al. 2016) of this classifier; the tables call it "all".

"Top-1" and "top-5" first change the rows: the k largest entries stay (of equal ones the lower class index first), and

- "crossview_is", as the code does and the tables report: all others become 1e-9, and the row keeps a sum below 1;
- "is_topk_paper", as the paper writes: all others become (1 - sum of the kept) / (K - k), and the row sums to 1.

Terms with P = 0 count as 0, their limit: a float32 softmax can underflow to 0, of which the original makes NaN.

Standard errors: the delta method over images. With a_n = sum_k P_nk ln P_nk, ln IS changes with the weight of image n
by (a_n - mean a) - sum_k (P_nk - m_k) (1 + ln m_k). It measures the spread at this number of images; that the score
falls short of its limit by up to about (K - 1) / (2 n) of its value is not in it: compare equal n.
Simulated coverage of the expectation by 1.96 standard errors: 12 classes, 93 % at n = 48 and 94 % at n = 500 (top-1: 91
and 96 %); 365 classes at n = 500, 93 to 95 % (top-1: 89 to 93 %).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from sisbench.metrics import register
from sisbench.metrics._base import Estimate, Metric, joined
from sisbench.metrics._probabilities import TOP, by_rank, check_probabilities, require_classes

REST = 1e-9
"""What the code puts in place of all probabilities but the largest."""


def inception_score(rows: Tensor) -> Estimate:
    """Return the inception score of a set; between 1 and K where rows sum to 1.

    Args:
        rows: Class probabilities, float64 (n, K); at least 0. They need not sum to 1.

    >>> round(inception_score(torch.eye(3).double()).value, 12)  # three images, each surely of another class
    3.0
    """
    marginal = rows.mean(0)
    own = torch.xlogy(rows, rows).sum(1)
    score = math.exp(math.fsum(own.tolist()) / len(own) - float(torch.xlogy(marginal, marginal).sum()))
    slope = 1 + marginal.clamp(min=torch.finfo(marginal.dtype).tiny).log()  # where the mean is 0, so are all rows
    influence = (own - own.mean()) - (rows - marginal) @ slope
    return Estimate(score, score * influence)


def keep_top(rows: Tensor, k: int) -> Tensor:
    """Keep the k largest entries of each row, all others become 1e-9 (as the evaluation code does).

    Args:
        rows: float64 (n, K).
        k: How many stay.

    Returns:
        float64 (n, K); rows do not sum to 1.

    >>> keep_top(torch.tensor([[0.25, 0.5, 0.25, 0.0]]).double(), 2)[0].tolist()
    [0.25, 0.5, 1e-09, 1e-09]
    """
    kept = by_rank(rows)[:, :k]
    return torch.full_like(rows, REST).scatter(1, kept, rows.gather(1, kept))


def spread_rest(rows: Tensor, k: int) -> Tensor:
    """Keep the k largest entries of each row, all others share what they had in equal parts (as the paper writes).

    Args:
        rows: float64 (n, K), each of sum 1; K greater than k.
        k: How many stay.

    Returns:
        float64 (n, K), each row of sum 1.

    >>> spread_rest(torch.tensor([[0.5, 0.25, 0.125, 0.125, 0.0]]).double(), 1)[0].tolist()
    [0.5, 0.125, 0.125, 0.125, 0.125]
    """
    kept = by_rank(rows)[:, :k]
    values = rows.gather(1, kept)
    rest = (1 - values.sum(1, keepdim=True)).clamp(min=0) / (rows.shape[1] - k)  # a rounded sum may exceed 1
    return rest.expand_as(rows).scatter(1, kept, values)


class _SetOfProbabilities(Metric):
    """A score of one set of class probabilities, all of which it keeps.

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    needs = "probabilities"
    one_sided = True
    higher_is_better = True
    rows: list[Tensor] | Tensor

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_state("rows", default=[], dist_reduce_fx="cat")

    def update(self, probabilities: Tensor) -> None:
        """Take in class probabilities of images of one side, float (N, K)."""
        self.append(rows=check_probabilities(probabilities, "given"))

    def _all_rows(self) -> Tensor:
        rows = joined(self.rows, self.outputs[0])
        require_classes(self.outputs[-1], rows.shape[1])
        return rows


@register("crossview_is")
class CrossviewIS(_SetOfProbabilities):
    """Inception scores as the evaluation code of the cross-view tables computes them.

    Keeps 8 K bytes per image (2.9 kB for the 365 classes of Places).

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    outputs = ("is_all", "is_top1", "is_top5")

    def estimates(self) -> dict[str, Estimate]:
        """Return the three scores.

        Raises:
            InputError: No image, or at most five classes.
        """
        rows = self._all_rows()
        variants = (rows, keep_top(rows, 1), keep_top(rows, TOP))
        return {output: inception_score(variant) for output, variant in zip(self.outputs, variants, strict=True)}


@register("is_topk_paper")
class TopInceptionScorePaper(_SetOfProbabilities):
    """Top-1 and top-5 inception scores as the text of the paper defines them.

    Keeps 8 K bytes per image (2.9 kB for the 365 classes of Places).

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    outputs = ("is_top1_paper", "is_top5_paper")

    def estimates(self) -> dict[str, Estimate]:
        """Return both scores.

        Raises:
            InputError: No image, or at most five classes.
        """
        rows = self._all_rows()
        variants = (spread_rest(rows, 1), spread_rest(rows, TOP))
        return {output: inception_score(variant) for output, variant in zip(self.outputs, variants, strict=True)}
