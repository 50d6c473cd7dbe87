"""IoU by the size of objects: small, medium and large connected regions of the true layout.

LGGAN and ECGAN claim better small objects; neither measures it, so the definition is ours. A region is a connected set
of pixels of one class. Connectivity is 8: label maps are reduced by nearest-neighbour sampling, which breaks poles and
other slanted lines into pixels that touch at corners only. (Touching objects of one class are one region: label maps
hold no instances.) The limits are those of COCO, 32^2 and 96^2 pixels of a 640x480 image, as shares of the image, so
that they mean the same at every size of a protocol: small is below 1/300 of the pixels, medium from there to below
3/100, large the rest.

A pixel of a true region counts with the size of that region. A pixel that is wrongly predicted as a class belongs to
no true region of it; it counts with the size of the predicted region it lies in, as an unmatched detection does in
COCO. With TP correct pixels, T true pixels and FP wrongly predicted ones, of class c and size s over the whole set,

    IoU_sc = TP_sc / (T_sc + FP_sc),

and the sums of TP, T and FP over the sizes are those of the global confusion matrix. An output is the mean over the
classes with a true region of its size. Ignored pixels (255) belong to no region of either map, so that a perfect
segmentation has 1 everywhere. Standard errors: the delta method over images, as for `miou`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

from sisbench.card import IGNORED
from sisbench.errors import InputError
from sisbench.evaluation import Value
from sisbench.metrics import register
from sisbench.metrics._base import Estimate, Metric, joined
from sisbench.metrics.miou import IgnoredPixels, IouClasses, check_label_maps, ratio_influence

SIZES = ("small", "medium", "large")
TP, T, FP = range(3)


class Runs(NamedTuple):
    """Horizontal runs of equal labels of one layout, in reading order, and the regions that they make up.

    Attributes:
        at: Run that each pixel lies in, int32 (H W,).
        label: Label of each run, (R,).
        length: Pixels of each run, int64 (R,).
        area: Pixels of the 8-connected region of equal labels that each run lies in, int64 (R,).
    """

    at: NDArray[np.int32]
    label: NDArray[np.integer[Any]]
    length: NDArray[np.int64]
    area: NDArray[np.int64]


def connected_runs(layout: NDArray[np.integer[Any]]) -> Runs:
    """Find the connected regions of all classes at once.

    Runs are the nodes of a graph, and runs of neighbouring rows that touch are its edges. Two runs that touch do so at
    the first pixel of one of them, so only those pixels are looked at (0.7 ms for a street scene of 256x512, seven
    times as fast as labelling its 19 classes one by one).

    Args:
        layout: Labels (H, W).

    >>> runs = connected_runs(np.array([[1, 0, 0], [0, 1, 0], [2, 2, 2]]))
    >>> runs.area[runs.at].reshape(3, 3)  # both diagonals connect
    array([[2, 4, 4],
           [4, 2, 4],
           [3, 3, 3]])
    """
    width = layout.shape[1]
    first = np.ones(layout.shape, dtype=bool)
    np.not_equal(layout[:, 1:], layout[:, :-1], out=first[:, 1:])
    labels, starts = layout.ravel(), np.flatnonzero(first)
    length = np.diff(starts, append=labels.size)
    at = np.repeat(np.arange(len(starts), dtype=np.int32), length)
    above = np.flatnonzero(first[:-1] | first[1:])
    inner = above[above % width > 0]
    pairs = ((above, above + width), (inner - 1, inner + width), (inner, inner + width - 1))
    touching = [(a[same], b[same]) for a, b in pairs for same in [labels[a] == labels[b]]]
    edges = tuple(at[np.concatenate(ends)] for ends in zip(*touching, strict=True))
    graph = sparse.coo_array((np.ones(len(edges[0]), dtype=bool), edges), shape=(len(starts), len(starts)))
    _, region = sparse.csgraph.connected_components(graph, directed=False)
    area = np.bincount(region, weights=length).astype(np.int64)[region]
    return Runs(at, labels[starts], length, area)


def size_counts(predicted: NDArray[np.integer[Any]], truth: NDArray[np.integer[Any]], num_classes: int) -> Tensor:
    """Count the pixels of one image by size, kind and class.

    Args:
        predicted: Classes (H, W).
        truth: Classes (H, W), or `IGNORED`.
        num_classes: Number of classes.

    Returns:
        int32 (3, 3, num_classes): sizes as in `SIZES`, then `TP`, `T`, `FP`.
    """
    predicted = np.where(truth == IGNORED, truth, predicted)
    wrong = np.flatnonzero(predicted != truth)
    true, guess = connected_runs(truth), connected_runs(predicted)
    true_cell, guess_cell = _cells(true, truth.size, num_classes), _cells(guess, truth.size, num_classes)
    counted = true.label != IGNORED
    bins = len(SIZES) * num_classes
    pixels = np.bincount(true_cell[counted], true.length[counted], bins).astype(np.int64)
    missed = np.bincount(true_cell[true.at[wrong]], minlength=bins)
    invented = np.bincount(guess_cell[guess.at[wrong]], minlength=bins)
    counts = np.stack([pixels - missed, pixels, invented]).reshape(3, len(SIZES), num_classes)
    return torch.from_numpy(counts.swapaxes(0, 1).astype(np.int32))


def _cells(runs: Runs, pixels: int, num_classes: int) -> NDArray[np.int64]:
    """Size and class of every run as one number, size * num_classes + class."""
    size = (300 * runs.area >= pixels).astype(np.int64) + (100 * runs.area >= 3 * pixels)
    return size * num_classes + runs.label


@register("iou_by_size")
class IoUBySize(Metric):
    """Mean IoU over the whole set of small, medium and large regions.

    A size that no true region of the set has gives no value: `estimates` leaves its output out.
    Keeps nine counts of every class and image (36 bytes).

    Args:
        num_classes: Number of scored classes.
        iou_classes: The protocol's rule; the mean here always runs over classes with true regions of the size.
        ignored_pixels: The protocol's rule; ignored pixels never count here.
        options: Those of `torchmetrics.Metric`.
    """

    needs = "labels"
    one_sided = True
    outputs = tuple(f"iou_{size}" for size in SIZES)
    higher_is_better = True
    absent = "the layouts have no region of this size"
    counts: list[Tensor] | Tensor

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
        self.add_state("counts", default=[], dist_reduce_fx="cat")

    def update(self, predicted: Tensor, truth: Tensor) -> None:
        """Take in label maps of images and the true ones, int64 (N, H, W), train ids (255: ignored, truth only)."""
        check_label_maps(predicted, truth, self.num_classes)
        maps = zip(_small(predicted), _small(truth), strict=True)
        counts = torch.stack([size_counts(p, t, self.num_classes) for p, t in maps])
        self.append(counts=counts.to(truth.device))

    def estimates(self) -> dict[str, Estimate]:
        """Return the outputs of the sizes that occur, in 0..1.

        Raises:
            InputError: No image, or none with a pixel that counts.
        """
        found = {}
        for size, (iou, influence, present) in self._by_size().items():
            if present.any():
                found[f"iou_{size}"] = Estimate(float(iou[present].mean()), influence[:, present].mean(1))
        if not found:
            raise InputError(
                "no pixel of the layouts has a scored class; IoU by size needs at least one. Check the label maps."
            )
        return found

    def per_class(self) -> dict[str, dict[int, Value]]:
        """Return the IoU by class, of classes with true regions of the size, as {"iou_small": {class: value}, ...}."""
        return {
            f"iou_{size}": {
                c: Estimate(float(iou[c]), influence[:, c]).score() for c in present.nonzero().flatten().tolist()
            }
            for size, (iou, influence, present) in self._by_size().items()
            if present.any()
        }

    def _by_size(self) -> dict[str, tuple[Tensor, Tensor, Tensor]]:
        """IoU by class, influence of every image (N, C) on it, and which classes have true regions, for every size."""
        counts = joined(self.counts, "iou_by_size")
        found = {}
        for place, size in enumerate(SIZES):
            part, true = counts[:, place, TP], counts[:, place, T]
            whole = true + counts[:, place, FP]
            iou = part.sum(0) / whole.sum(0).double().clamp(min=1)
            found[size] = iou, ratio_influence(part, whole), true.sum(0) > 0
        return found


def _small(maps: Tensor) -> NDArray[np.uint8]:
    """Label maps in the smallest type: comparing neighbours is bound by memory."""
    array: NDArray[np.uint8] = maps.to(torch.uint8).cpu().numpy()
    return array
