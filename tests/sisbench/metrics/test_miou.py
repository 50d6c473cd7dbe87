from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics.miou import MeanIoU, _confusion, class_iou, confusion, mean_iou

# Worked example of the reference codes: 5 classes, 255 ignored.
TRUTH = torch.tensor([[[0, 0, 1, 1], [2, 2, 1, 1], [0, 0, 255, 255], [2, 2, 0, 0]]])
PREDICTED = torch.tensor([[[0, 0, 1, 1], [2, 1, 1, 0], [0, 3, 3, 0], [2, 2, 0, 2]]])
MATRIX = torch.tensor(
    [[4, 0, 1, 1, 0], [1, 3, 0, 0, 0], [0, 1, 3, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
)


def metric_of(predicted: Tensor, truth: Tensor, num_classes: int, **rules: str) -> MeanIoU:
    metric = MeanIoU(num_classes, **rules)  # type: ignore[arg-type]
    metric.update(predicted, truth)
    return metric


def draw(n: int, seed: int, num_classes: int = 4, difficulty: float = 0.3) -> tuple[Tensor, Tensor]:
    """Label maps of n images that differ in what they show and in how well it is recognised."""
    generator = torch.Generator().manual_seed(seed)
    frequency = torch.rand(n, num_classes, generator=generator) ** 2 + 0.02
    truth = torch.multinomial(frequency, 64, replacement=True, generator=generator)
    wrong = torch.rand(n, 64, generator=generator) < difficulty * torch.rand(n, 1, generator=generator)
    guess = torch.randint(0, num_classes, (n, 64), generator=generator)
    return torch.where(wrong, guess, truth).view(n, 8, 8), truth.view(n, 8, 8)


def test_two_classes_by_hand() -> None:
    # Truth 0 0 0 1, prediction 0 0 1 1: IoU 2/3 and 1/2, accuracy 3/4.
    metric = metric_of(torch.tensor([[[0, 0, 1, 1]]]), torch.tensor([[[0, 0, 0, 1]]]), 2)
    assert metric.confusion.tolist() == [[2, 1], [0, 1]]
    values = metric.compute()
    assert values["miou"] == (pytest.approx((2 / 3 + 1 / 2) / 2), None, 1)
    assert values["accuracy"] == (pytest.approx(3 / 4), None, 1)


def test_worked_example() -> None:
    matrix = confusion(PREDICTED, TRUTH, 5)[0]
    assert torch.equal(matrix, MATRIX)
    assert class_iou(matrix).tolist() == pytest.approx([4 / 7, 0.6, 0.6, 0, 0])
    assert mean_iou(matrix, "union") == pytest.approx(0.44285714285714284, abs=1e-15)
    assert mean_iou(matrix, "truth") == pytest.approx(0.5904761904761905, abs=1e-15)
    assert mean_iou(matrix, "all") == pytest.approx(0.3542857142857143, abs=1e-15)


@pytest.mark.parametrize(("rule", "accuracy"), [("exclude", 10 / 14), ("count_wrong", 0.625)])
def test_ignored_pixels(rule: str, accuracy: float) -> None:
    values = metric_of(PREDICTED, TRUTH, 5, ignored_pixels=rule).compute()
    assert values["accuracy"].value == pytest.approx(accuracy, abs=1e-15)
    assert values["miou"].value == pytest.approx(0.44285714285714284)  # never counts them


def test_counts_are_global() -> None:
    metric = metric_of(PREDICTED, TRUTH, 5)
    metric.update(torch.tensor([[[1, 1], [0, 0]]]), torch.tensor([[[1, 1], [1, 1]]]))
    assert metric.compute()["miou"].value == pytest.approx(0.4)  # the mean of the two images' values is 0.3464


def test_per_class_leaves_out_absent_classes() -> None:
    values = metric_of(PREDICTED, TRUTH, 5).per_class()["iou"]
    assert list(values) == [0, 1, 2, 3]
    assert [values[c].value for c in range(4)] == pytest.approx([4 / 7, 0.6, 0.6, 0])


@pytest.mark.parametrize("rule", ["union", "truth", "all"])
def test_standard_errors_agree_with_the_jackknife(rule: str) -> None:
    predicted, truth = draw(60, seed=1)
    whole = metric_of(predicted, truth, 5, iou_classes=rule)
    found, per_class = whole.compute(), whole.per_class()["iou"]
    left_out = []
    for i in range(60):
        rest = [j for j in range(60) if j != i]
        metric = metric_of(predicted[rest], truth[rest], 5, iou_classes=rule)
        values = metric.compute()
        left_out.append([values["miou"].value, values["accuracy"].value, metric.per_class()["iou"][2].value])
    spread = torch.tensor(left_out, dtype=torch.float64).var(0, correction=0)
    jackknife = (59 * spread).sqrt().tolist()
    delta = [found["miou"].stderr, found["accuracy"].stderr, per_class[2].stderr]
    assert delta == pytest.approx(jackknife, rel=0.03)


def test_intervals_cover_the_expectation() -> None:
    # 300 draws of 50 images; the true value is that of 4000. The binomial error of the coverage is 1.3 %.
    truth = {k: v.value for k, v in metric_of(*draw(4000, seed=0), 4).compute().items()}
    covered = {"miou": 0, "accuracy": 0}
    for seed in range(1, 301):
        for output, value in metric_of(*draw(50, seed), 4).compute().items():
            assert value.stderr is not None
            covered[output] += abs(value.value - truth[output]) < 1.96 * value.stderr
    assert all(0.90 <= count / 300 <= 0.98 for count in covered.values()), covered


def test_a_perfect_segmentation() -> None:
    _, truth = draw(5, seed=3)
    values = metric_of(truth, truth, 4).compute()
    assert (values["miou"].value, values["miou"].stderr) == (1, 0)
    assert (values["accuracy"].value, values["accuracy"].stderr) == (1, 0)


def test_bad_input() -> None:
    square = torch.zeros(1, 2, 2, dtype=torch.int64)
    with pytest.raises(InputError, match="one shape"):
        confusion(square, square[:, :1], 3)
    with pytest.raises(InputError, match="predicted classes run from 0 to 3; expected 0 to 2"):
        confusion(torch.tensor([[[0, 3]]]), torch.tensor([[[0, 0]]]), 3)
    with pytest.raises(InputError, match="true classes run from -1 to 0"):
        confusion(torch.tensor([[[0, 0]]]), torch.tensor([[[0, -1]]]), 3)
    with pytest.raises(InputError, match="no pixel"):
        metric_of(square, torch.full_like(square, 255), 3).compute()
    with pytest.raises(InputError, match="before any image"):
        MeanIoU(3).per_class()


def test_memory_grows_by_counts_only() -> None:
    metric = metric_of(*draw(10, seed=4), 4)
    assert isinstance(metric.unions, list)
    assert sum(tensor.numel() for tensor in metric.unions) == 10 * 4
    assert math.prod(metric.confusion.shape) == 16


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int16, torch.int32, torch.int64])
def test_labels_of_other_integer_types_do_not_overflow(dtype: torch.dtype) -> None:
    matrix = confusion(PREDICTED.to(dtype), TRUTH.to(torch.int16 if dtype == torch.int16 else torch.uint8), 200)[0]
    assert torch.equal(matrix[:5, :5], MATRIX)
    assert matrix.sum() == MATRIX.sum()


@pytest.mark.parametrize("num_classes", [1, 19, 182, 255])
@pytest.mark.parametrize("block", [1, 5])
def test_the_loop_counts_as_the_form_for_accelerators(num_classes: int, block: int) -> None:
    generator = torch.Generator().manual_seed(num_classes)
    predicted, truth = (
        torch.randint(0, num_classes, (3, 7, 9), generator=generator)
        .repeat_interleave(block, 1)
        .repeat_interleave(block, 2)
        for _ in range(2)
    )
    truth[:, ::3, ::2] = 255
    expected = _confusion(predicted, truth, num_classes)
    assert torch.equal(confusion(predicted, truth, num_classes), expected)
    assert torch.equal(confusion(predicted.mT, truth.mT, num_classes), expected)  # not contiguous
    counted = int((truth != 255).sum())
    assert int(expected.sum()) == counted > 0


@pytest.mark.parametrize("place", [0, 1, 40, 62])
@pytest.mark.parametrize(("which", "value"), [(0, 19), (0, 255), (0, -1), (1, 19), (1, 254), (1, -1)])
def test_one_pixel_out_of_range_is_found_everywhere(place: int, which: int, value: int) -> None:
    maps = [torch.full((1, 7, 9), 3), torch.full((1, 7, 9), 3)]
    maps[which].view(-1)[place] = value
    with pytest.raises(InputError, match=f"{('predicted', 'true')[which]} classes run from .* expected 0 to 18"):
        confusion(maps[0], maps[1], 19)
    ignored = torch.full((1, 7, 9), 255)
    if which == 0:  # a segmenter of another label space shows itself there too
        with pytest.raises(InputError, match="predicted classes"):
            confusion(maps[0], ignored, 19)


def test_no_pixel_at_all() -> None:
    empty = torch.zeros(2, 0, 4, dtype=torch.int64)
    assert torch.equal(confusion(empty, empty, 3), torch.zeros(2, 3, 3, dtype=torch.int64))
