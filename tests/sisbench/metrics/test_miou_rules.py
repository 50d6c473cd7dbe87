from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics.miou import MeanIoU
from sisbench.metrics.miou_rules import MeanIoURules, frequency_weighted_iou, mean_accuracy
from tests.sisbench.metrics.test_miou import MATRIX, PREDICTED, TRUTH, draw

ACCURACIES = {"accuracy_exclude": "exclude", "accuracy_count_wrong": "count_wrong"}


def metric_of(predicted: Tensor, truth: Tensor, num_classes: int) -> MeanIoURules:
    metric = MeanIoURules(num_classes)
    metric.update(predicted, truth)
    return metric


def test_worked_example_of_the_reference_codes() -> None:
    values = metric_of(PREDICTED, TRUTH, 5).compute()
    expected = {
        "miou_union": 0.44285714285714284,
        "miou_truth": 0.5904761904761905,
        "miou_all": 0.3542857142857143,
        "accuracy_exclude": 0.7142857142857143,
        "accuracy_count_wrong": 0.625,
        "mean_accuracy": 0.7222222222222222,
        "fwiou": 0.5877551020408163,
    }
    assert {output: value for output, (value, _, _) in values.items()} == pytest.approx(expected, abs=1e-15)
    # CSAIL's code adds 1e-10 to denominators of 5 to 14 pixels.
    assert values["miou_all"].value - 0.3542857142792816 == pytest.approx(6.4e-12, abs=1e-13)
    assert values["accuracy_exclude"].value - 0.7142857142806123 == pytest.approx(5.1e-12, abs=1e-13)


def test_functions_of_the_matrix() -> None:
    assert mean_accuracy(MATRIX) == pytest.approx((4 / 6 + 3 / 4 + 3 / 4) / 3, abs=1e-15)
    assert frequency_weighted_iou(MATRIX) == pytest.approx((6 * 4 / 7 + 4 * 0.6 + 4 * 0.6) / 14, abs=1e-15)


@given(seed=st.integers(0, 10**6), images=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_each_rule_is_that_of_miou(seed: int, images: int) -> None:
    predicted, truth = draw(images, seed)
    truth = truth.masked_fill(torch.rand(truth.shape, generator=torch.Generator().manual_seed(seed)) < 0.2, 255)
    rules = metric_of(predicted, truth, 6).estimates()
    for rule in ("union", "truth", "all"):
        for ignored in ("exclude", "count_wrong"):
            one = MeanIoU(6, rule, ignored)  # type: ignore[arg-type]
            one.update(predicted, truth)
            single = one.estimates()
            for mine, own in ((f"miou_{rule}", "miou"), (f"accuracy_{ignored}", "accuracy")):
                assert rules[mine].value == single[own].value
                assert torch.equal(rules[mine].influence, single[own].influence)  # type: ignore[arg-type]


def test_standard_errors_agree_with_the_jackknife() -> None:
    predicted, truth = draw(60, seed=1)
    truth = truth.masked_fill(torch.arange(64).view(8, 8) % 7 == 0, 255)
    truth[::3, :2] = 255  # unequal numbers of counted pixels
    found = metric_of(predicted, truth, 5).compute()
    left_out = []
    for i in range(60):
        rest = [j for j in range(60) if j != i]
        left_out.append([value for value, _, _ in metric_of(predicted[rest], truth[rest], 5).compute().values()])
    jackknife = (59 * torch.tensor(left_out, dtype=torch.float64).var(0, correction=0)).sqrt().tolist()
    assert [stderr for _, stderr, _ in found.values()] == pytest.approx(jackknife, rel=0.03)


def test_the_weights_of_fwiou_move_with_the_images() -> None:
    # Class 0 is always found, class 1 for the most part: what an image shows decides, not how well it is recognised.
    truth = (torch.arange(100).view(1, 10, 10) < torch.arange(5, 85, 2).view(40, 1, 1)).long()
    predicted = truth * (torch.arange(10) % 3 > 0)
    found = metric_of(predicted, truth, 2).compute()["fwiou"]
    rest = [[j for j in range(40) if j != i] for i in range(40)]
    left_out = [metric_of(predicted[r], truth[r], 2).compute()["fwiou"].value for r in rest]
    jackknife = (39 * torch.tensor(left_out, dtype=torch.float64).var(correction=0)).sqrt()
    assert found.stderr == pytest.approx(float(jackknife), rel=0.03)


def test_influences_sum_to_zero() -> None:
    for estimate in metric_of(*draw(20, seed=2), 5).estimates().values():
        assert estimate.influence is not None
        assert float(estimate.influence.sum()) == pytest.approx(0, abs=1e-12)


def test_a_perfect_segmentation() -> None:
    _, truth = draw(5, seed=3)
    for value in metric_of(truth, truth, 4).compute().values():
        assert value == (1, pytest.approx(0, abs=1e-15), 5)


def test_the_rules_of_the_protocol_change_nothing() -> None:
    other = MeanIoURules(5, iou_classes="all", ignored_pixels="count_wrong")
    other.update(PREDICTED, TRUTH)
    assert other.compute() == metric_of(PREDICTED, TRUTH, 5).compute()


def test_bad_input() -> None:
    square = torch.zeros(1, 2, 2, dtype=torch.int64)
    with pytest.raises(InputError, match="no pixel of the layouts"):
        metric_of(square, torch.full_like(square, 255), 3).compute()
    with pytest.raises(InputError, match="before any image"):
        MeanIoURules(3).estimates()
    with pytest.raises(InputError, match="predicted classes run from 3 to 3"):
        metric_of(square + 3, square, 3)


def test_memory_grows_by_counts_only() -> None:
    metric = metric_of(*draw(10, seed=4), 4)
    kept = [tensor for state in ("intersections", "unions", "truths") for tensor in getattr(metric, state)]
    assert sum(tensor.numel() * tensor.element_size() for tensor in kept) == 10 * 4 * 12
