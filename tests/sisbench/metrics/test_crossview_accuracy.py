from __future__ import annotations

import math

import pytest
import torch

from sisbench.errors import InputError
from sisbench.metrics.crossview_accuracy import CrossviewAccuracy, CrossviewAccuracyConfident, agreement
from tests.sisbench.metrics.class_probabilities import (
    FAKE,
    REAL,
    assert_influences_are_those_of_the_jackknife,
    draw,
    values,
)


def test_worked_example() -> None:
    assert values(CrossviewAccuracy(), FAKE, REAL) == {"top1": 0.5, "top5": 0.75}
    assert values(CrossviewAccuracyConfident(), FAKE, REAL) == {"top1_confident": 1, "top5_confident": 1}
    assert agreement(FAKE, REAL).tolist() == [[1, 1, 1], [0, 1, 0], [1, 1, 1], [0, 0, 0]]


def test_agrees_with_torchmetrics() -> None:
    from torchmetrics.functional.classification import multiclass_accuracy  # after torchvision was made ready for it

    fake, real = draw(200, num_classes=20, blur=3)
    seen, confident = real.argmax(1), real.amax(1) > 0.5
    assert 20 < int(confident.sum()) < 180
    found = values(CrossviewAccuracy(), fake, real) | values(CrossviewAccuracyConfident(), fake, real)
    for k in (1, 5):
        for suffix, rows in (("", torch.ones_like(confident)), ("_confident", confident)):
            expected = multiclass_accuracy(fake[rows], seen[rows], 20, average="micro", top_k=k)
            assert found[f"top{k}{suffix}"] == pytest.approx(float(expected), abs=1e-7)  # torchmetrics has float32


def test_confident_is_strictly_more_than_a_half() -> None:
    half = torch.tensor([[0.5, 0.1, 0.1, 0.1, 0.1, 0.1]])
    more = torch.tensor([[0.5 + 2**-20, 0.1 - 2**-20, 0.1, 0.1, 0.1, 0.1]])
    assert agreement(half, half)[0, 2] == 0
    assert agreement(more, more)[0, 2] == 1


def test_it_is_the_real_image_that_must_be_confident() -> None:
    sure, unsure = torch.tensor([[0.9, 0.1, 0, 0, 0, 0]]), torch.tensor([[0.4, 0.1, 0.1, 0.1, 0.1, 0.2]])
    assert agreement(fake=unsure, real=sure)[0, 2] == 1
    assert agreement(fake=sure, real=unsure)[0, 2] == 0


def test_the_lower_of_equal_classes_is_the_more_probable() -> None:
    level = torch.full((1, 6), 1 / 6)
    last = torch.tensor([[0.0, 0, 0, 0, 0, 1]])
    fifth = torch.tensor([[0.0, 0, 0, 0, 1, 0]])
    assert agreement(level, level).tolist() == [[1, 1, 0]]  # both take class 0
    assert agreement(level, fifth).tolist() == [[0, 1, 1]]
    assert agreement(level, last).tolist() == [[0, 0, 1]]


def test_standard_errors_of_the_confident_are_those_of_their_share() -> None:
    fake, real = draw(300, blur=2)
    confident = real.amax(1) > 0.5
    metric = CrossviewAccuracyConfident()
    metric.update(fake, real)
    value = metric.compute()["top1_confident"]
    assert value.n == 300
    assert value.stderr == pytest.approx(math.sqrt(value.value * (1 - value.value) / int(confident.sum())), rel=1 / 300)
    influence = metric.estimates()["top1_confident"].influence
    assert influence is not None
    assert (influence[~confident] == 0).all()


@pytest.mark.parametrize("kind", [CrossviewAccuracy, CrossviewAccuracyConfident])
def test_influences(kind: type[CrossviewAccuracy]) -> None:
    assert_influences_are_those_of_the_jackknife(kind, *draw(80, blur=3), rel=0.03)


def test_nobody_is_confident() -> None:
    unsure = REAL[[1, 3]]
    metric = CrossviewAccuracyConfident()
    metric.update(unsure, unsure)
    with pytest.raises(InputError, match=r"none of 2 real images is classified with a probability greater than 0\.5"):
        metric.compute()
    assert values(CrossviewAccuracy(), unsure, unsure) == {"top1": 1, "top5": 1}


@pytest.mark.parametrize("kind", [CrossviewAccuracy, CrossviewAccuracyConfident])
def test_too_few_classes(kind: type[CrossviewAccuracy]) -> None:
    metric = kind()
    metric.update(*draw(4, num_classes=5))
    with pytest.raises(InputError, match="of 5 classes, which is all of them"):
        metric.compute()


def test_the_number_of_classes_survives_a_merge() -> None:
    fake, real = draw(6)
    first, second = CrossviewAccuracy(), CrossviewAccuracy()
    first.update(fake, real)
    second.merge_state(first)
    assert second.estimates()["top1"].value == first.estimates()["top1"].value


def test_bad_input() -> None:
    with pytest.raises(InputError, match="paired=False"):
        CrossviewAccuracy(paired=False)
    with pytest.raises(InputError, match="before any image"), pytest.warns(UserWarning, match="before the ``update``"):
        CrossviewAccuracy().compute()
