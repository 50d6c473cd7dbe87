"""KL score of the cross-view tables (Regmi and Borji, CVPR 2018), as their evaluation code has it.

With d_n the divergence of pair n (`kl_divergence`, generated from real), the tables print "mean ± deviation" of two
numbers on different scales: exp(mean d_n), which is 1 for equal probabilities, and the population deviation of d_n
itself, in nats and not exponentiated. The textbook mean is the metric "kl".

Standard errors: the delta method over images; the exponential changes by exp(mean d) (d_n - mean d), the deviation s by
((d_n - mean d)^2 - s^2) / (2 s) with the weight of image n.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

from torch import Tensor

from sisbench.metrics import register
from sisbench.metrics._base import Estimate, Metric, joined
from sisbench.metrics._probabilities import require_pairs
from sisbench.metrics.kl import kl_divergence


@register("crossview_kl")
class CrossviewKL(Metric):
    """Exponential of the mean divergence, and the deviation of divergences.

    Keeps the 8 bytes of every image's divergence.

    Args:
        paired: True; there is no such score of independent sets.
        options: Those of `torchmetrics.Metric`.
    """

    needs = "probabilities"
    outputs = ("crossview_kl", "crossview_kl_std")
    higher_is_better = False
    optimum = MappingProxyType({"crossview_kl": 1.0})
    divergences: list[Tensor] | Tensor

    def __init__(self, paired: bool = True, **options: Any) -> None:
        super().__init__(**options)
        require_pairs(type(self).__name__, paired)
        self.add_state("divergences", default=[], dist_reduce_fx="cat")

    def update(self, fake: Tensor, real: Tensor) -> None:
        """Take in class probabilities of image pairs, both float (N, K)."""
        self.append(divergences=kl_divergence(fake, real))

    def estimates(self) -> dict[str, Estimate]:
        """Return exp(mean d) and the population deviation of d.

        Raises:
            InputError: No image.
        """
        mean = Estimate.mean(joined(self.divergences, "crossview_kl"))
        assert mean.influence is not None
        score, variance = math.exp(mean.value), Estimate.mean(mean.influence.square())
        assert variance.influence is not None
        deviation = math.sqrt(variance.value)
        # Equal divergences (all images perfect, or one image) leave nothing that an image could change: 0, not 0 / 0.
        share = variance.influence / (2 * deviation) if deviation > 0 else variance.influence
        return {
            "crossview_kl": Estimate(score, score * mean.influence),
            "crossview_kl_std": Estimate(deviation, share),
        }
