from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics.iou_by_size import FP, TP, IoUBySize, T, connected_runs, size_counts
from sisbench.metrics.miou import MeanIoU, confusion

EIGHT = np.ones((3, 3), dtype=int)

label_maps = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 3))


def layout(*boxes: tuple[int, int, int, int, int]) -> Tensor:
    """Map of 30x40 pixels (small: below 4, large: from 36), class 0 with boxes of class, top, left, height, width."""
    canvas = torch.zeros(30, 40, dtype=torch.int64)
    for label, top, left, height, width in boxes:
        canvas[top : top + height, left : left + width] = label
    return canvas


def counts_of(predicted: Tensor, truth: Tensor, num_classes: int = 3) -> Tensor:
    return size_counts(predicted.numpy(), truth.numpy(), num_classes)


def metric_of(predicted: Tensor, truth: Tensor, num_classes: int = 3) -> IoUBySize:
    metric = IoUBySize(num_classes)
    metric.update(predicted, truth)
    return metric


def draw(n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Maps of n images: boxes of class 1 and 2 of all sizes, apart, recognised with errors; ignored pixels."""
    random = np.random.default_rng(seed)
    pairs = []
    for _ in range(n):
        boxes = [
            (int(random.integers(1, 3)), 2 + 14 * row, 2 + 13 * column, side, side)
            for row in range(2)
            for column in range(3)
            for side in random.choice([1, 4, 9], size=1)
        ]
        truth = layout(*boxes, (255, 0, 0, 1, int(random.integers(40))))
        wrong = torch.from_numpy(random.random(truth.shape) < 0.2 * random.random())
        guess = torch.from_numpy(random.integers(0, 3, truth.shape))
        pairs.append((torch.where(wrong | (truth == 255), guess, truth), truth))
    return torch.stack([p for p, _ in pairs]), torch.stack([t for _, t in pairs])


@given(label_maps)
@settings(deadline=None)
def test_regions_are_those_of_labelling_class_by_class(labels: np.ndarray) -> None:  # type: ignore[type-arg]
    runs = connected_runs(labels)
    expected = np.zeros(labels.shape, dtype=np.int64)
    for label in np.unique(labels):
        regions, _ = ndimage.label(labels == label, EIGHT)
        areas = np.bincount(regions.ravel())
        expected[regions > 0] = areas[regions[regions > 0]]
    np.testing.assert_array_equal(runs.area[runs.at].reshape(labels.shape), expected)
    np.testing.assert_array_equal(runs.label[runs.at].reshape(labels.shape), labels)
    assert runs.length.sum() == labels.size


def test_limits_are_those_of_coco() -> None:
    # 480x640: 32^2 pixels are the first medium area, 96^2 the first large one.
    for side, size in ((31, 0), (32, 1), (95, 1), (96, 2)):
        truth = torch.zeros(480, 640, dtype=torch.int64)
        truth[10 : 10 + side, 20 : 20 + side] = 1
        assert counts_of(truth, truth, 2)[:, T, 1].nonzero().flatten().tolist() == [size]


def test_counts_by_hand() -> None:
    truth = layout((1, 2, 2, 1, 2), (1, 10, 10, 3, 4), (2, 20, 0, 6, 10), (255, 29, 0, 1, 40))
    predicted = layout((1, 2, 2, 1, 1), (1, 10, 10, 3, 5), (2, 20, 0, 5, 10), (1, 0, 39, 1, 1), (2, 29, 0, 1, 40))
    counts = counts_of(predicted, truth)
    # Class 1: half of a region of 2; a region of 12 with a column of 3 too many; one pixel out of nothing.
    assert counts[:, :, 1].tolist() == [[1, 2, 1], [12, 12, 3], [0, 0, 0]]
    # Class 2: 50 of 60; what is predicted on ignored pixels counts nowhere.
    assert counts[:, :, 2].tolist() == [[0, 0, 0], [0, 0, 0], [50, 60, 0]]
    # The background takes the pixels that were missed: 1 + 10, in its own large region.
    assert counts[2, FP, 0] == 11
    values = metric_of(predicted[None], truth[None]).compute()
    assert values["iou_small"].value == pytest.approx(1 / 3)
    assert values["iou_medium"].value == pytest.approx(12 / 15)
    background = (1200 - 40 - 2 - 12 - 60 - 3 - 1) / (1200 - 40 - 2 - 12 - 60 + 11)
    assert values["iou_large"].value == pytest.approx((50 / 60 + background) / 2)


def test_corners_connect() -> None:
    truth = layout(*((1, i, i, 1, 1) for i in range(4)))  # a slanted line of 4 pixels: medium, not four small ones
    assert counts_of(truth, truth)[:, T, 1].tolist() == [0, 4, 0]


def test_ignored_pixels_do_not_lend_their_area() -> None:
    # Of a predicted region of 40 pixels, 38 lie where the truth is ignored; 2 wrong pixels are small.
    truth, predicted = layout((255, 5, 0, 1, 38)), layout((1, 5, 0, 1, 40))
    assert counts_of(predicted, truth)[:, FP, 1].tolist() == [2, 0, 0]


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_sums_over_sizes_are_the_confusion_matrix(seed: int) -> None:
    predicted, truth = draw(1, seed)
    matrix = confusion(predicted, truth, 3)[0]
    counts = counts_of(predicted[0], truth[0]).sum(0)
    assert torch.equal(counts[TP].long(), matrix.diagonal())
    assert torch.equal(counts[T].long(), matrix.sum(1))
    assert torch.equal(counts[FP].long(), matrix.sum(0) - matrix.diagonal())


def test_one_size_alone_gives_miou() -> None:
    # Halves and thirds of a map are large, whichever way they are read.
    truth, predicted = layout((1, 0, 0, 30, 20)), layout((1, 0, 0, 30, 26))
    metric = MeanIoU(3, "truth")
    metric.update(predicted[None], truth[None])
    by_size = metric_of(predicted[None], truth[None])
    assert list(by_size.compute()) == ["iou_large"]  # the other sizes do not occur and have no value
    assert by_size.compute()["iou_large"].value == metric.compute()["miou"].value
    assert list(by_size.per_class()) == ["iou_large"]
    assert list(by_size.per_class()["iou_large"]) == [0, 1]  # class 2 is nowhere


def test_counts_are_global() -> None:
    truth = torch.stack([layout((1, 2, 2, 1, 1)), layout((1, 2, 2, 1, 3))])
    predicted = torch.stack([layout(), layout((1, 2, 2, 1, 3))])
    assert metric_of(predicted, truth).compute()["iou_small"].value == 3 / 4  # the mean of both images is 1/2


def test_standard_errors_agree_with_the_jackknife() -> None:
    predicted, truth = draw(60, seed=1)
    whole = metric_of(predicted, truth)
    found, of_class = whole.compute(), whole.per_class()["iou_medium"][1]
    assert set(found) == {"iou_small", "iou_medium", "iou_large"}
    left_out = []
    for i in range(60):
        rest = IoUBySize(3)
        rest.append(counts=torch.cat([whole.counts[0][:i], whole.counts[0][i + 1 :]]))
        values = [estimate.value for estimate in rest.estimates().values()]
        left_out.append([*values, rest.per_class()["iou_medium"][1].value])
    jackknife = (59 * torch.tensor(left_out, dtype=torch.float64).var(0, correction=0)).sqrt().tolist()
    assert [*(value.stderr for value in found.values()), of_class.stderr] == pytest.approx(jackknife, rel=0.03)


def test_a_perfect_segmentation() -> None:
    _, truth = draw(6, seed=3)
    for estimate in metric_of(truth.masked_fill(truth == 255, 2), truth).estimates().values():
        assert estimate.score() == (1, 0, 6)


def test_bad_input() -> None:
    square = torch.zeros(1, 4, 4, dtype=torch.int64)
    with pytest.raises(InputError, match="no pixel of the layouts"):
        metric_of(square, torch.full_like(square, 255)).compute()
    with pytest.raises(InputError, match="before any image"):
        IoUBySize(3).estimates()
    with pytest.raises(InputError, match="one shape"):
        metric_of(square, square[:, :2])
    with pytest.raises(InputError, match="true classes run from 0 to 7"):
        metric_of(square, square.index_fill(1, torch.tensor([0]), 7))


def test_memory_grows_by_counts_only() -> None:
    (counts,) = metric_of(*draw(4, seed=4)).counts
    assert counts.numel() * counts.element_size() == 4 * 3 * 36
