"""Inception Score (Salimans et al., "Improved techniques for training GANs", 2016).

    IS = exp( mean_n sum_k p_nk (ln p_nk - ln m_k) ),   m = mean_n p_n

with p the softmax, in float64, of Inception's 1008 class scores without their bias (torch-fidelity's `logits_unbiased`;
the published TensorFlow code drops the bias too). It looks at generated images alone: classes of ImageNet, recognised
with certainty and all equally often. Of street scenes it says little; the tables of the field print it.

The whole set is one split. The original averages over ten splits of 5000 images, and torch-fidelity over ten splits of
whatever there is, after a shuffle. A split of n images cannot score above n, and the score falls short of its limit by
about 1 / n: 500 images in ten splits measure the splitting. One split needs no shuffle either, hence no seed.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics import register
from sisbench.metrics._base import Estimate, Metric, joined
from sisbench.metrics.crossview_is import inception_score


@register("is")
class InceptionScore(Metric):
    """Inception Score of the whole set, in one split.

    Influences are by the delta method, as in `crossview_is`. Keeps the 1008 class scores of every image (8 kB).

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    needs = "feature:inception/logits"
    outputs = ("is",)
    higher_is_better = True
    one_sided = True
    logits: list[Tensor] | Tensor

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.add_state("logits", default=[], dist_reduce_fx="cat")

    def update(self, logits: Tensor) -> None:
        """Take in class scores before the softmax, float64 (N, K), of images of one side."""
        self.append(logits=logits.double())

    def estimates(self) -> dict[str, Estimate]:
        """Return the score, in 1..K.

        Raises:
            InputError: No image, or scores that are no finite vectors.
        """
        logits = joined(self.logits, "is")
        if logits.ndim != 2 or not logits.isfinite().all():
            raise InputError(
                f"is got class scores of shape {tuple(logits.shape)}, "
                f"{int((~logits.isfinite()).sum())} of them not finite; expected finite numbers of shape (N, K). "
                "Check the images and the feature network."
            )
        return {"is": inception_score(logits.softmax(1))}
