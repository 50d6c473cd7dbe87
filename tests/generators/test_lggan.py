"""What is LGGAN's own: class filtering, classification, the weight map."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.plain.lggan import plain
from generators import GeneratorError
from generators._lggan_objective import class_loss
from generators.lggan import LGGAN
from tests.generators.tiny import SIZE, Case, random_cond, random_image

QUICK = Case("lggan", "quick")
REST = Case("lggan", "quick", {"local_classes": 4, "local_rest": True})


def network(case: Case = QUICK) -> LGGAN:
    built = case.generator()
    assert isinstance(built, LGGAN)
    return built.eval()


@torch.no_grad()
def test_the_image_is_the_weighted_sum_of_the_local_and_the_global_one() -> None:
    stages = network().stages(QUICK.cond())
    torch.testing.assert_close(stages["weight_local"] + stages["weight_global"], torch.ones(2, 1, *SIZE))
    assert stages["weight_local"].min() > 0
    mixed = stages["weight_local"] * stages["local"] + stages["weight_global"] * stages["global"]
    assert torch.equal(stages["image"], mixed)
    assert not torch.allclose(stages["local"], stages["global"])


@torch.no_grad()
def test_the_first_channel_of_the_weight_map_is_the_local_images() -> None:
    built = network()
    built.deconv5_attention.get_parameter("bias")[0] += 100
    stages = built.stages(QUICK.cond())
    assert stages["weight_local"].min() > 0.999
    torch.testing.assert_close(stages["image"], stages["local"])


@torch.no_grad()
@pytest.mark.parametrize("case", [QUICK, REST], ids=str)
def test_the_local_image_is_made_of_class_filtered_features(case: Case) -> None:
    built, cond = network(case), case.cond()
    stages, features = built.stages(cond), built.local_features(cond)
    masks = list(cond[:, : case.labels[0]].split(1, dim=1))
    if case is REST:  # the labels from 4 on share a generator
        masks = [*masks[:4], torch.stack(masks[4:]).sum(0)]
    images = []
    for i, mask in enumerate(masks):
        head = built.get_submodule(f"deconv5_{i}")
        padded = F.pad(features * mask, (3,) * 4, mode="reflect")
        images.append(torch.tanh(F.conv2d(padded, head.get_parameter("weight"), head.get_parameter("bias"))))
    local = torch.tanh(built.deconv9(torch.cat(images, dim=1)))
    torch.testing.assert_close(stages["local"], local, atol=1e-5, rtol=0)
    for i, image in enumerate(images):
        dense = torch.stack([planes.dense(i) for planes in stages["class_planes"]])
        torch.testing.assert_close(dense, image, atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("case", [QUICK, REST], ids=str)
def test_classification_pools_over_the_whole_image(case: Case) -> None:
    built, cond = network(case), case.cond()
    cond[0, 2] = 0  # class 2 leaves the first sample
    features, classes = built.local_features(cond), built.classes(cond)
    logits, present = built.classify(features, classes)
    assert logits.shape == (2, built.local_classes, built.local_classes)
    for i in range(built.local_classes):
        filtered = features * cond[:, i : i + 1]
        torch.testing.assert_close(logits[:, i], built.fc2(filtered.mean((2, 3))), atol=1e-5, rtol=1e-5)
    assert present[:, 2].tolist() == [False, True]
    assert int(present.sum()) == 2 * built.local_classes - 1


def test_the_class_of_every_pixel() -> None:
    layout = torch.tensor([[0, 3], [4, 5]])
    cond = F.one_hot(layout, 6).permute(2, 0, 1)[None].float()
    cond = torch.cat((cond, torch.ones(1, 1, 2, 2)), dim=1)  # edges
    cond[0, :, 1, 1] = 0  # no label
    assert network().classes(cond).tolist() == [[[0, 3], [4, 6]]]
    assert network(REST).classes(cond).tolist() == [[[0, 3], [4, 5]]]


@pytest.mark.parametrize("value", [0.5, 2.0, -1.0, math.nan])
def test_a_layout_that_is_not_one_hot_is_refused(value: float) -> None:
    cond = QUICK.cond()
    cond[1, :, 5, 7] = 0
    cond[1, 1, 5, 7] = value
    with pytest.raises(GeneratorError, match="one-hot"):
        network()(cond)


def test_two_labels_on_a_pixel_are_refused() -> None:
    cond = QUICK.cond()
    cond[0, :2, 0, 0] = 1
    with pytest.raises(GeneratorError, match="one-hot"):
        network()(cond)


@torch.no_grad()
def test_edges_are_no_class() -> None:
    without, cond = QUICK.cond(), QUICK.cond()
    without[:, -1] = 0
    assert torch.equal(network().classes(without), network().classes(cond))
    assert not torch.equal(network()(without), network()(cond))


def test_what_only_training_needs_is_computed_in_training_only() -> None:
    built = network()
    only = {"class_logits", "class_present"}
    with torch.no_grad():
        assert not only & set(built.stages(QUICK.cond()))
        assert only <= set(built.train().stages(QUICK.cond()))


def test_the_class_loss_by_hand() -> None:
    logits = torch.zeros(2, 2, 2, dtype=torch.float64)
    logits[0, 0] = torch.tensor([1.0, 0.0])  # features of class 0 in sample 0: log(1 + 1/e)
    logits[1, 1] = torch.tensor([3.0, 0.0])  # of class 1 in sample 1: log(1 + e^3)
    logits[1, 0] = torch.tensor([9.0, -9.0])  # of class 0 in sample 1, which it is absent from
    present = torch.tensor([[True, True], [False, True]])
    expected = (math.log1p(math.exp(-1)) + math.log(2) + math.log1p(math.exp(3))) / 3
    assert class_loss(logits, present).item() == pytest.approx(expected, rel=1e-12)
    assert class_loss(logits, torch.zeros(2, 2, dtype=torch.bool)) == 0


def test_the_losses_of_the_class_images() -> None:
    built = network().train()
    objective = QUICK.objective(built).train()
    cond, real = QUICK.cond(), random_image(2, SIZE)
    with torch.no_grad():
        stages = objective.stages(built, cond, real)
        terms = objective.generator_terms(cond, real, stages)
        per_sample = []
        for n in range(2):
            planes = stages["class_planes"][n]
            errors = [(planes.dense(i) - cond[n, i] * real[n]).abs().mean() for i in range(built.branches)]
            per_sample.append(torch.stack(errors).sum())
    torch.testing.assert_close(terms["local_l1"], torch.stack(per_sample).mean())
    torch.testing.assert_close(terms["class"], class_loss(stages["class_logits"], stages["class_present"]))


@torch.no_grad()
def test_absent_labels_and_unlabelled_pixels() -> None:
    cond = random_cond(6, True, SIZE)
    cond[:, :6] = 0
    cond[0, 1, :, :30] = 1  # the first sample is labelled in part, the second not at all
    built = network()
    image: Tensor = built(cond)
    assert bool(image.isfinite().all())
    stages = built.train().stages(cond)
    assert stages["class_present"].tolist() == [[i == 1 for i in range(6)], [False] * 6]


@pytest.mark.parametrize("options", [{"local_classes": 7}, {"local_classes": 6, "local_rest": True}])
def test_more_local_generators_than_labels_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(GeneratorError, match="7 local generators need as many labels; the layout has 6"):
        dataclasses.replace(QUICK, options=options).generator()


@torch.no_grad()
@pytest.mark.parametrize("options", [{}, {"local_classes": 3, "local_rest": True}], ids=str)
def test_it_equals_the_plain_form(options: dict[str, int]) -> None:
    case = dataclasses.replace(QUICK, options=options)
    built, cond = case.generator(), case.cond()
    built.train()(cond)
    built.eval()
    torch.testing.assert_close(built(cond), plain(built)(cond, None), atol=1e-5, rtol=0)
