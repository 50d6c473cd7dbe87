"""Top-1 and top-5 accuracy of the cross-view tables (Regmi and Borji, CVPR 2018), as their evaluation code has it.

No true classes are involved: a generated image is right if the classifier sees in it what it sees in the real image of
the same pair. With r_n the most probable class of real image n, hit1 is "r_n is the most probable class of the fake",
hit5 "r_n is among its five most probable classes".

The tables have a column over all pairs and one over the pairs whose real image is classified with a probability
strictly greater than 0.5. Here these are two metrics, since the second does not exist where the classifier is never
that sure. The tables print percent; values here are fractions in 0..1, as all accuracies of this package.

Of equal probabilities the lower class index counts as the more probable one (the original leaves it to its sort).

Standard errors are those of a share (of a ratio of sums, for the confident pairs). Intervals of 1.96 of them cover 91
to 96 % in simulations with 500 images and shares between 0.5 and 0.9. Close to 0 or 1, where a handful of images
decide, they are far too short, and of no length where all images agree.
"""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics import register
from sisbench.metrics._base import Estimate, Metric, joined
from sisbench.metrics._probabilities import TOP, by_rank, check_pairs, require_classes, require_pairs

CONFIDENT = 0.5
"""A real image is confidently classified if its largest probability is strictly greater than this."""


def agreement(fake: Tensor, real: Tensor) -> Tensor:
    """Compare what a classifier sees in image pairs.

    Args:
        fake: Class probabilities of the generated images, (N, K), rows sum to 1.
        real: Those of the real images, (N, K).

    Returns:
        uint8 (N, 3), each 0 or 1: hit1, hit5, and whether the real image is confidently classified.

    Raises:
        InputError: Shapes differ, or these are no probabilities.

    >>> real = torch.tensor([[0.7, 0.2, 0.1], [0.4, 0.3, 0.3]])
    >>> fake = torch.tensor([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3]])
    >>> agreement(fake, real)
    tensor([[1, 1, 1],
            [0, 1, 0]], dtype=torch.uint8)
    """
    fake, real = check_pairs(fake, real)
    seen, ranked = by_rank(real)[:, :1], by_rank(fake)
    hits = ranked == seen
    flags = [hits[:, 0], hits[:, :TOP].any(1), real.amax(1) > CONFIDENT]
    return torch.stack(flags, 1).to(torch.uint8)


@register("crossview_accuracy")
class CrossviewAccuracy(Metric):
    """Share of generated images in which the classifier sees what it sees in the real ones, in 0..1.

    Keeps 3 bytes per image.

    Args:
        paired: True; there is no such score of independent sets.
        options: Those of `torchmetrics.Metric`.
    """

    needs = "probabilities"
    outputs: ClassVar[tuple[str, ...]] = ("top1", "top5")
    higher_is_better = True
    flags: list[Tensor] | Tensor
    num_classes: Tensor

    def __init__(self, paired: bool = True, **options: Any) -> None:
        super().__init__(**options)
        require_pairs(type(self).__name__, paired)
        self.add_state("flags", default=[], dist_reduce_fx="cat")
        self.add_state("num_classes", torch.tensor(0), dist_reduce_fx="max")

    def update(self, fake: Tensor, real: Tensor) -> None:
        """Take in class probabilities of image pairs, both float (N, K)."""
        self.append(flags=agreement(fake, real))
        self.num_classes = self.num_classes.new_tensor(fake.shape[1])

    def estimates(self) -> dict[str, Estimate]:
        """Return both accuracies.

        Raises:
            InputError: No image, or at most five classes.
        """
        flags = self._checked_flags()
        return {output: Estimate.mean(flags[:, column]) for column, output in enumerate(self.outputs)}

    def _checked_flags(self) -> Tensor:
        """Return what `agreement` found, float64 (N, 3)."""
        flags = joined(self.flags, self.outputs[0]).double()
        require_classes(self.outputs[1], int(self.num_classes))
        return flags


@register("crossview_accuracy_confident")
class CrossviewAccuracyConfident(CrossviewAccuracy):
    """Top-1 and top-5 agreement over pairs whose real image has a probability above 0.5 for some class, in 0..1.

    A ratio of sums over all images; n counts them all, and an image that is not confidently classified has the
    influence 0. Keeps 3 bytes per image.

    Args:
        paired: True; there is no such score of independent sets.
        options: Those of `torchmetrics.Metric`.
    """

    outputs: ClassVar[tuple[str, ...]] = ("top1_confident", "top5_confident")

    def estimates(self) -> dict[str, Estimate]:
        """Return both accuracies.

        Raises:
            InputError: No image, none whose real one is confidently classified, or at most five classes.
        """
        flags = self._checked_flags()
        confident = flags[:, 2]
        share = float(confident.mean())
        if share == 0:
            raise InputError(
                f"none of {len(flags)} real images is classified with a probability greater than {CONFIDENT}; "
                "an accuracy over such images needs at least one. Read crossview_accuracy, which is over all images."
            )
        results = {}
        for column, output in enumerate(self.outputs):
            value = float(flags[confident > 0, column].mean())
            results[output] = Estimate(value, (flags[:, column] - value) * confident / share)
        return results
