"""SPADE's losses as put together by the objective, against the single functions on separately judged images."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from generators import GeneratorError, Objective, Stages
from generators._patch_objective import PatchObjective
from generators.layers.losses import checkerboard_loss, feature_matching_loss, gan_loss
from generators.layers.texture import texture_energies, texture_loss
from tests.generators.tiny import SIZE, Case, random_image

CASE = Case("spade", "quick")


class TwoImages(PatchObjective):
    judged = ("image", "other")


@pytest.fixture
def inputs() -> tuple[Tensor, Tensor, Stages]:
    stages = {"image": random_image(2, SIZE, 1), "other": random_image(2, SIZE, 2)}
    return CASE.cond(), random_image(2, SIZE, 0), stages


@pytest.fixture
def objective() -> PatchObjective:
    return build()


def build(**loss_weights: float) -> PatchObjective:
    recipe = dataclasses.replace(CASE.recipe, init_gain=0.7)
    if loss_weights:
        recipe = dataclasses.replace(recipe, loss_weights=loss_weights)
    network = CASE.generator()
    torch.manual_seed(0)
    return TwoImages(network, recipe).eval()  # evaluation: judging does not move the spectral norms


def test_terms_of_g_are_summed_over_the_judged_images(
    objective: PatchObjective, inputs: tuple[Tensor, Tensor, Stages]
) -> None:
    cond, real, stages = inputs
    terms = objective.generator_terms(cond, real, stages)
    judge = objective.discriminator_module()
    fakes, true = [judge(cond, stages[name]) for name in ("image", "other")], judge(cond, real)
    expected = {
        "gan": sum(gan_loss(fake, is_real=True, for_d=False) for fake in fakes),
        "feature_matching": sum(feature_matching_loss(fake, true) for fake in fakes),
        "l1": sum(F.l1_loss(stages[name], real) for name in ("image", "other")),
        "texture": sum(
            texture_loss(texture_energies(stages[name]), texture_energies(real)) for name in TwoImages.judged
        ),
    }
    assert set(terms) == set(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, atol=1e-5, rtol=1e-5)


def test_d_counts_the_real_image_as_often_as_the_fakes(
    objective: PatchObjective, inputs: tuple[Tensor, Tensor, Stages]
) -> None:
    cond, real, stages = inputs
    terms = objective.discriminator_terms(cond, real, stages)
    judge = objective.discriminator_module()
    fake = sum(gan_loss(judge(cond, stages[name]), is_real=False, for_d=True) for name in ("image", "other"))
    true = gan_loss(judge(cond, real), is_real=True, for_d=True)
    assert set(terms) == {"fake", "real"}
    torch.testing.assert_close(terms["fake"], fake, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(terms["real"], 2 * true, atol=1e-5, rtol=1e-5)


def test_the_real_image_gets_no_gradient_from_feature_matching(inputs: tuple[Tensor, Tensor, Stages]) -> None:
    cond, real, stages = inputs
    real.requires_grad_()
    stages["image"].requires_grad_()
    build(feature_matching=1.0).generator_terms(cond, real, stages)["feature_matching"].backward()
    assert real.grad is None or not real.grad.any()
    assert stages["image"].grad is not None
    assert bool(stages["image"].grad.any())


@pytest.mark.parametrize("term", ["gan", "feature_matching", "l1", "texture"])
def test_a_term_alone(term: str, inputs: tuple[Tensor, Tensor, Stages], objective: PatchObjective) -> None:
    alone = build(**{term: 1.0}).generator_terms(*inputs)
    assert list(alone) == [term]
    torch.testing.assert_close(alone[term], objective.generator_terms(*inputs)[term], atol=1e-5, rtol=1e-5)


def test_checkerboards_are_those_of_every_transposed_convolution_of_g(inputs: tuple[Tensor, Tensor, Stages]) -> None:
    network = Case("lggan", "quick").generator()
    recipe = dataclasses.replace(CASE.recipe, loss_weights={"checkerboard": 1.0})
    terms = PatchObjective(network, recipe).generator_terms(*inputs)
    layers = [layer for layer in network.modules() if isinstance(layer, torch.nn.ConvTranspose2d)]
    assert len(layers) == 4  # two upsamplings of the local branch and two of the weight map
    assert terms == {"checkerboard": checkerboard_loss(layers)}
    terms["checkerboard"].backward()
    moved = {name for name, p in network.named_parameters() if p.grad is not None and bool(p.grad.any())}
    assert moved == {f"deconv{i}_{branch}.weight" for i in (3, 4) for branch in ("local", "attention")}


def test_the_perceptual_loss_asks_for_its_weights() -> None:
    with pytest.raises(GeneratorError, match=r"vgg19-dcbb9e9d\.pth.*--without vgg"):
        build(gan=1.0, vgg=10.0)


def test_the_perceptual_loss_is_neither_trained_nor_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inputs: tuple[Tensor, Tensor, Stages]
) -> None:
    class Difference(torch.nn.Module):
        """Stands for the network, which has a file of its own and tests of its own."""

        def __init__(self, weights: Path) -> None:
            super().__init__()
            self.weights, self.scale = weights, torch.nn.Parameter(torch.tensor(2.0))

        def forward(self, fake: Tensor, real: Tensor) -> Tensor:
            return self.scale * F.l1_loss(fake, real)

    monkeypatch.setattr("generators._patch_objective.VGGLoss", Difference)
    recipe = dataclasses.replace(CASE.recipe, loss_weights={"vgg": 10.0})
    objective: Objective = TwoImages(CASE.generator(), recipe, tmp_path / "vgg.pth")
    cond, real, stages = inputs
    terms = objective.generator_terms(cond, real, stages)
    expected = 2 * sum(F.l1_loss(stages[name], real) for name in ("image", "other"))
    torch.testing.assert_close(terms, {"vgg": expected})
    assert not any("scale" in name for name in (*objective.state_dict(), *dict(objective.named_parameters())))
