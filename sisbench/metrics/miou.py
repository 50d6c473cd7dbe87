"""Mean intersection over union and pixel accuracy of what a segmenter reads off the images.

All counts are taken over the whole set before any ratio: one global confusion matrix, as in the evaluation code of DRN,
deeplab-pytorch and CSAIL; the mean of per-image values is another quantity that none of them reports. Only pixels with
a true class enter the matrix.

The three codes disagree on classes that the set does not show, by more than most methods differ, so the rule is an
argument:

- "union": the mean runs over classes in prediction or truth; a class that is only predicted counts as 0 (DRN, mmseg).
- "truth": over classes in the truth (deeplab-pytorch).
- "all": over every class, absent ones as 0 (CSAIL).

Pixels of ignored labels are left out of the accuracy ("exclude") or count as wrong ("count_wrong", which the published
accuracies on Cityscapes near 82 % correspond to; leaving them out gives about 93 %).

Standard errors: the delta method over images (infinitesimal jackknife). A ratio t / u of sums over images changes by
(t_i - (t / u) u_i) / u with the weight of image i; the mean over classes changes by the mean of those. The set of
classes is taken as given: a class that a few images of the set decide on makes the interval too short.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from sisbench.card import IGNORED
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.metrics import register
from sisbench.metrics._base import Estimate, Metric, joined
from sisbench.metrics._loops import pair_counts

IouClasses = Literal["union", "truth", "all"]
IgnoredPixels = Literal["exclude", "count_wrong"]


def check_label_maps(predicted: Tensor, truth: Tensor, num_classes: int) -> None:
    """Raise an InputError unless both maps have one shape (N, H, W), and classes in range (truth: or 255)."""
    _check_shapes(predicted, truth)
    for what, ids in (("predicted", predicted), ("true", truth.masked_fill(truth == IGNORED, 0))):
        lowest, highest = map(int, ids.aminmax()) if ids.numel() else (0, 0)
        if lowest < 0 or highest >= num_classes:
            raise InputError(
                f"{what} classes run from {lowest} to {highest}; expected 0 to {num_classes - 1}. "
                "Check that segmenter and data set share their label space."
            )


def _check_shapes(predicted: Tensor, truth: Tensor) -> None:
    if predicted.shape != truth.shape or truth.ndim != 3:
        raise InputError(
            f"predicted label maps of shape {tuple(predicted.shape)} stand against true ones of shape "
            f"{tuple(truth.shape)}; expected one shape (N, H, W). Bring both to the size of the protocol."
        )


def confusion(predicted: Tensor, truth: Tensor, num_classes: int) -> Tensor:
    """Count pixels by true and predicted class, image by image.

    Args:
        predicted: Integers (N, H, W), 0 .. num_classes - 1.
        truth: Integers (N, H, W), 0 .. num_classes - 1, or `IGNORED` (255) for pixels that do not count.
        num_classes: Number of classes, at most 255.

    Returns:
        int64 (N, num_classes, num_classes): rows are true classes, columns predicted ones.

    Raises:
        InputError: Shapes differ, or a class is out of range.

    >>> confusion(torch.tensor([[[0, 1, 1]]]), torch.tensor([[[0, 0, 255]]]), 2)
    tensor([[[1, 1],
             [0, 0]]])
    """
    _check_shapes(predicted, truth)
    if truth.device.type != "cpu":
        return _confusion(predicted, truth, num_classes)
    counts = np.zeros((len(truth), num_classes, num_classes), dtype=np.int64)
    for p, t, matrix in zip(predicted.flatten(1).numpy(), truth.flatten(1).numpy(), counts, strict=True):
        if not pair_counts(p, t, matrix):
            check_label_maps(predicted, truth, num_classes)  # says what the loop has found
    return torch.from_numpy(counts)


def _confusion(predicted: Tensor, truth: Tensor, num_classes: int) -> Tensor:
    """Count pixels by array operations, for accelerators."""
    check_label_maps(predicted, truth, num_classes)
    # Ignored pixels make rows of their own behind the classes, which are cut off: no mask, which would cost most.
    rows, cells = IGNORED + 1, num_classes**2
    counts = [
        torch.bincount((t.long() * num_classes).add_(p).flatten(), minlength=rows * num_classes)[:cells]
        for p, t in zip(predicted, truth, strict=True)
    ]
    return torch.stack(counts).view(-1, num_classes, num_classes)


def class_counts(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Return intersections and unions by class, each (..., C), of confusion matrices (..., C, C)."""
    intersection = matrix.diagonal(dim1=-2, dim2=-1)
    return intersection, matrix.sum(-1) + matrix.sum(-2) - intersection


def averaged_classes(matrix: Tensor, rule: IouClasses) -> Tensor:
    """Return which classes the mean runs over: bool (C,), for the confusion matrix (C, C) of the whole set."""
    if rule == "all":
        return torch.ones(matrix.shape[0], dtype=torch.bool, device=matrix.device)
    return matrix.sum(1) > 0 if rule == "truth" else class_counts(matrix)[1] > 0


def class_iou(matrix: Tensor) -> Tensor:
    """Return the IoU by class, float64 (C,), of a confusion matrix (C, C); 0 for classes in neither map."""
    intersection, union = class_counts(matrix)
    return intersection.double() / union.clamp(min=1)


def mean_iou(matrix: Tensor, rule: IouClasses = "union") -> float:
    """Return the mean IoU of a confusion matrix (C, C) under an averaging rule.

    >>> matrix = torch.tensor([[3, 1, 0], [0, 0, 0], [0, 0, 0]])  # class 1 is only predicted, class 2 is nowhere
    >>> mean_iou(matrix, "union"), mean_iou(matrix, "truth"), mean_iou(matrix, "all")
    (0.375, 0.75, 0.25)
    """
    return float(class_iou(matrix)[averaged_classes(matrix, rule)].mean())


def ratio_influence(part: Tensor, whole: Tensor) -> Tensor:
    """Influence of every image on ratios of sums over images, column by column: (p_i - (P / W) w_i) / mean(w).

    Args:
        part: Counts (N, ...).
        whole: Counts (N, ...).

    Returns:
        float64 (N, ...); 0 where `whole` sums to 0, since no image has a share in a ratio that does not exist.

    >>> ratio_influence(torch.tensor([1, 2]), torch.tensor([2, 2]))  # ratios 1/2 and 2/2 in equal shares
    tensor([-0.2500,  0.2500], dtype=torch.float64)
    """
    total = whole.sum(0).double().clamp(min=1)
    return (part - part.sum(0) / total * whole) * (len(whole) / total)


def require_pixels(matrix: Tensor) -> None:
    """Raise an InputError if a confusion matrix holds no pixel: every score of it would be 0 / 0."""
    if not matrix.any():
        raise InputError("no pixel of the layouts has a scored class; mIoU needs at least one. Check the label maps.")


@register("miou")
class MeanIoU(Metric):
    """Mean IoU and pixel accuracy over the whole set.

    Keeps one confusion matrix, and of every image the counts that its influence is made of (8 bytes per class).

    Args:
        num_classes: Number of scored classes.
        iou_classes: Averaging rule.
        ignored_pixels: Treatment of ignored pixels in the accuracy.
        options: Those of `torchmetrics.Metric`.
    """

    needs = "labels"
    one_sided = True
    outputs = ("miou", "accuracy")
    higher_is_better = True
    confusion: Tensor
    intersections: list[Tensor] | Tensor
    unions: list[Tensor] | Tensor
    pixels: list[Tensor] | Tensor

    def __init__(
        self,
        num_classes: int,
        iou_classes: IouClasses = "union",
        ignored_pixels: IgnoredPixels = "exclude",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.num_classes, self.iou_classes, self.ignored_pixels = num_classes, iou_classes, ignored_pixels
        self.add_state("confusion", torch.zeros(num_classes, num_classes, dtype=torch.int64), dist_reduce_fx="sum")
        for state in ("intersections", "unions", "pixels"):
            self.add_state(state, default=[], dist_reduce_fx="cat")

    def update(self, predicted: Tensor, truth: Tensor) -> None:
        """Take in label maps of images and the true ones, int64 (N, H, W), train ids (255: ignored, truth only)."""
        matrices = confusion(predicted, truth, self.num_classes)
        intersection, union = class_counts(matrices)
        counted = matrices.sum((1, 2))
        pixels = torch.full_like(counted, truth[0].numel()) if self.ignored_pixels == "count_wrong" else counted
        self.confusion += matrices.sum(0)
        self.append(intersections=intersection.int(), unions=union.int(), pixels=pixels.int())

    def estimates(self) -> dict[str, Estimate]:
        """Return mIoU and accuracy, both in 0..1.

        Raises:
            InputError: No image, or none with a pixel that counts.
        """
        influence = self._iou_influence()
        require_pixels(self.confusion)
        averaged = averaged_classes(self.confusion, self.iou_classes)
        correct, pixels = joined(self.intersections, "accuracy").sum(1), joined(self.pixels, "accuracy")
        return {
            "miou": Estimate(mean_iou(self.confusion, self.iou_classes), influence[:, averaged].mean(1)),
            "accuracy": Estimate(int(correct.sum()) / int(pixels.sum()), ratio_influence(correct, pixels)),
        }

    def per_class(self) -> dict[str, dict[int, Value]]:
        """Return the IoU of every class in prediction or truth, as {"iou": {class: value}}."""
        influence, iou = self._iou_influence(), class_iou(self.confusion)
        present = averaged_classes(self.confusion, "union").nonzero().flatten().tolist()
        return {"iou": {c: Estimate(float(iou[c]), influence[:, c]).score() for c in present}}

    def _iou_influence(self) -> Tensor:
        """Influence of every image on the IoU of every class, float64 (N, C)."""
        return ratio_influence(joined(self.intersections, "miou"), joined(self.unions, "miou"))
