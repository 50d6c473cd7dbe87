"""Every rule of mIoU and of accuracy side by side, from one confusion matrix, whatever the protocol's own.

Tables of different papers follow different rules (see `miou`), and one set of images differs by more between two rules
than most methods differ under one. Reported together, a number of any paper finds the one that it can be held against:

========================  ====================================================================  ======================
output                    definition                                                            whose code reports it
========================  ====================================================================  ======================
`miou_union`              mean IoU over classes in prediction or truth                          DRN, mmsegmentation
`miou_truth`              mean IoU over classes in the truth                                    deeplab-pytorch
`miou_all`                mean IoU over all classes, absent ones as 0                           CSAIL
`accuracy_exclude`        correct pixels over pixels with a true class                          all three
`accuracy_count_wrong`    correct pixels over all pixels: an ignored one is always wrong        SPADE's tables
`mean_accuracy`           mean over classes in the truth of the correct share of their pixels   deeplab-pytorch
`fwiou`                   mean IoU weighted by the classes' shares of the true pixels           deeplab-pytorch
========================  ====================================================================  ======================

CSAIL adds 1e-10 to its denominators, which are pixel counts; its numbers are therefore smaller than these by the
relative amount of 1e-10 over the count (5e-12 of 14 pixels, nothing that a float holds from a million pixels on). The
sum is left out here: a perfect segmentation has exactly 1.

Standard errors: the delta method over images, as for `miou`. In 400 simulated sets of 500 images, intervals of 1.96
standard errors covered the value of the population in 94 % for every output, and in 93 to 96 % with 50 images.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sisbench.metrics import register
from sisbench.metrics._base import Estimate, Metric, joined
from sisbench.metrics.miou import (
    IgnoredPixels,
    IouClasses,
    averaged_classes,
    class_counts,
    class_iou,
    confusion,
    mean_iou,
    ratio_influence,
    require_pixels,
)

_RULES: tuple[IouClasses, ...] = ("union", "truth", "all")


def mean_accuracy(matrix: Tensor) -> float:
    """Return the mean over classes in the truth of their recall, for a confusion matrix (C, C).

    >>> mean_accuracy(torch.tensor([[3, 1, 0], [0, 0, 0], [2, 0, 2]]))  # 3 of 4 and 2 of 4; class 1 is not there
    0.625
    """
    present = averaged_classes(matrix, "truth")
    return float((matrix.diagonal()[present] / matrix.sum(1)[present].double()).mean())


def frequency_weighted_iou(matrix: Tensor) -> float:
    """Return the mean IoU weighted by the shares of the classes in the truth, for a confusion matrix (C, C).

    >>> frequency_weighted_iou(torch.tensor([[3, 0], [1, 0]]))  # 3/4 of 3/4, 1/4 of 0
    0.5625
    """
    return float((class_iou(matrix) * matrix.sum(1)).sum() / matrix.sum())


@register("miou_rules")
class MeanIoURules(Metric):
    """Mean IoU, accuracy, mean accuracy and frequency-weighted IoU under every rule.

    Keeps one confusion matrix, and of every image the counts that its influence is made of (12 bytes per class).

    Args:
        num_classes: Number of scored classes.
        iou_classes: The protocol's rule; changes nothing here.
        ignored_pixels: The protocol's rule; changes nothing here.
        options: Those of `torchmetrics.Metric`.
    """

    needs = "labels"
    one_sided = True
    outputs = (
        "miou_union",
        "miou_truth",
        "miou_all",
        "accuracy_exclude",
        "accuracy_count_wrong",
        "mean_accuracy",
        "fwiou",
    )
    higher_is_better = True
    confusion: Tensor
    intersections: list[Tensor] | Tensor
    unions: list[Tensor] | Tensor
    truths: list[Tensor] | Tensor
    sizes: list[Tensor] | Tensor

    def __init__(
        self,
        num_classes: int,
        iou_classes: IouClasses = "union",
        ignored_pixels: IgnoredPixels = "exclude",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        del iou_classes, ignored_pixels
        self.num_classes = num_classes
        self.add_state("confusion", torch.zeros(num_classes, num_classes, dtype=torch.int64), dist_reduce_fx="sum")
        for state in ("intersections", "unions", "truths", "sizes"):
            self.add_state(state, default=[], dist_reduce_fx="cat")

    def update(self, predicted: Tensor, truth: Tensor) -> None:
        """Take in label maps of images and the true ones, int64 (N, H, W), train ids (255: ignored, truth only)."""
        matrices = confusion(predicted, truth, self.num_classes)
        intersection, union = class_counts(matrices)
        sizes = torch.full((len(truth),), truth[0].numel(), dtype=torch.int32, device=truth.device)
        self.confusion += matrices.sum(0)
        self.append(intersections=intersection.int(), unions=union.int(), truths=matrices.sum(2).int(), sizes=sizes)

    def estimates(self) -> dict[str, Estimate]:
        """Return all outputs, in 0..1.

        Raises:
            InputError: No image, or none with a pixel that counts.
        """
        intersections, unions = joined(self.intersections, "miou_rules"), joined(self.unions, "miou_rules")
        truths, sizes = joined(self.truths, "miou_rules"), joined(self.sizes, "miou_rules")
        matrix = self.confusion
        require_pixels(matrix)
        iou_influence = ratio_influence(intersections, unions)
        found = {
            f"miou_{rule}": Estimate(mean_iou(matrix, rule), iou_influence[:, averaged_classes(matrix, rule)].mean(1))
            for rule in _RULES
        }
        correct, counted = intersections.sum(1), truths.sum(1)
        for rule, pixels in (("exclude", counted), ("count_wrong", sizes)):
            accuracy = int(correct.sum()) / int(pixels.sum())
            found[f"accuracy_{rule}"] = Estimate(accuracy, ratio_influence(correct, pixels))
        recall_influence = ratio_influence(intersections, truths)[:, averaged_classes(matrix, "truth")]
        found["mean_accuracy"] = Estimate(mean_accuracy(matrix), recall_influence.mean(1))
        # fwIoU is a sum of products, share of a class times its IoU: both factors move with an image.
        share = matrix.sum(1).double() / matrix.sum()
        share_influence = ratio_influence(truths, counted[:, None].expand_as(truths))
        influence = share_influence @ class_iou(matrix) + iou_influence @ share
        found["fwiou"] = Estimate(frequency_weighted_iou(matrix), influence)
        return found
