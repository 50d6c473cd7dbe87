"""Diversity by LPIPS (Zhang et al. 2018): how far apart images of one layout are that differ in their noise alone.

Mean over all pairs of the S images of a layout, then over layouts; higher is more diverse. The networks give different
numbers, so each is a metric of its own: OASIS (Table 2) reports VGG. `sisbench.features.lpips` computes the distances.
"""

from __future__ import annotations

from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics import register
from sisbench.metrics._base import MeanOfValues


class Diversity(MeanOfValues):
    """Mean distance of pairs, averaged over layouts; a subclass names the network.

    Keeps the 8 bytes of every layout's mean. The layouts are the sample: the standard error is that of their mean.

    Args:
        options: Those of `torchmetrics.Metric`.
    """

    higher_is_better = True
    one_sided = True

    def update(self, distances: Tensor) -> None:
        """Take in the distances of all pairs for each layout, float (N, P).

        Raises:
            InputError: Another shape, no pair, or distances that are negative or not finite.
        """
        if distances.ndim != 2 or distances.shape[1] < 1 or not distances.is_floating_point():
            raise InputError(
                f"{self.outputs[0]} got distances {distances.dtype} of shape {tuple(distances.shape)}; expected float "
                "(layouts, pairs) with at least one pair. Sample two or more images of each layout."
            )
        if not (distances.isfinite() & (distances >= 0)).all():
            raise InputError(
                f"{self.outputs[0]} got distances that are negative or not finite; expected finite ones of at least 0. "
                "Check the images and the network."
            )
        self.append(values=distances.double().sort(dim=1).values.mean(1))  # sorted: the order of images changes no bit


@register("lpips_alex")
class LPIPSAlex(Diversity):
    """Diversity by LPIPS on AlexNet."""

    needs = "samples:lpips-alex"
    outputs = ("lpips_alex",)


@register("lpips_squeeze")
class LPIPSSqueeze(Diversity):
    """Diversity by LPIPS on SqueezeNet 1.1."""

    needs = "samples:lpips-squeeze"
    outputs = ("lpips_squeeze",)


@register("lpips_vgg")
class LPIPSVGG(Diversity):
    """Diversity by LPIPS on VGG-16."""

    needs = "samples:lpips-vgg"
    outputs = ("lpips_vgg",)
