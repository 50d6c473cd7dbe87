"""SESAME on whole layouts: a discriminator of two streams, of which one weighs the other, and SPADE's generator."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import generators
from benchmarks.plain.sesame import plain
from generators import GeneratorError
from generators.layers.discriminators import judge
from generators.layers.sesame_discriminator import SesameDiscriminator, SesamePatchDiscriminator
from generators.sesame import Sesame, SesameObjective
from tests.generators import pinned
from tests.generators.test_paper_sizes import layout, paper_generator
from tests.generators.tiny import LABELS, SIZE, Case, random_cond, random_image
from tests.golden._key_hash import refill_all

QUICK = Case("sesame", "quick")
RECIPES = generators.info("sesame").recipes


def patch(labels: int = 5, width: int = 4, layers: int = 3) -> SesamePatchDiscriminator:
    network = SesamePatchDiscriminator(labels + 3, width, layers)
    refill_all(network)
    return network.eval()


# The discriminator


class Constant(nn.Module):
    def __init__(self, values: Tensor) -> None:
        super().__init__()
        self.values = values

    def forward(self, cond: Tensor) -> Tensor:
        return self.values


@torch.no_grad()
def test_image_features_are_multiplied_by_one_plus_the_sum_of_the_conditions() -> None:
    network = patch()
    image = random_image(1, (32, 32))
    last = network(torch.zeros(1, 5, 32, 32), image)[-2]
    weights = torch.arange(2 * last.shape[2] * last.shape[3], dtype=torch.float32).view(1, 2, *last.shape[2:]) / 100
    network.sem_sequence = Constant(weights)  # type: ignore[assignment]
    expected = network.img_sequence[-1](last * (1 + weights[:, 0] + weights[:, 1])[:, None])
    found = network(torch.zeros(1, 5, 32, 32), image)
    assert torch.allclose(found[-1], expected, atol=1e-6)
    assert torch.equal(found[-2], last)  # features for matching are those before the product


@torch.no_grad()
def test_a_condition_that_says_nothing_leaves_the_judgement_to_the_image() -> None:
    network, cond, image = patch(), torch.rand(1, 5, 32, 32), random_image(1, (32, 32))
    for part in ("weight", "bias"):
        network.get_parameter(f"sem_sequence.0.0.{part}").zero_()
    *features, prediction = network(cond, image)
    assert torch.allclose(prediction, network.img_sequence[-1](features[-1]), atol=1e-6)


@torch.no_grad()
def test_several_images_of_a_condition_are_judged_as_each_alone() -> None:
    network = SesameDiscriminator(5 + 3, 4, 3, 2)
    refill_all(network)
    cond = random_cond(5, False, (32, 64))
    fakes = [random_image(2, (32, 64), seed) for seed in range(3)]
    together = judge(network.eval(), cond, fakes)
    for fake, found in zip(fakes, together, strict=True):
        alone = network(cond, fake)
        for scale, expected in zip(found, alone, strict=True):
            assert [layer.shape for layer in scale] == [layer.shape for layer in expected]
            for a, b in zip(scale, expected, strict=True):
                assert torch.allclose(a, b, atol=1e-5)


@torch.no_grad()
def test_the_second_scale_sees_condition_and_image_at_half_the_size() -> None:
    network = SesameDiscriminator(5 + 3, 4, 3, 2)
    refill_all(network)
    network.eval()
    cond, image = random_cond(5, False, (32, 64)), random_image(2, (32, 64))
    halves = [F.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False) for x in (cond, image)]
    expected = network.get_submodule("discriminator_1")(*halves)
    assert torch.equal(network(cond, image)[1][-1], expected[-1])


def test_gradients_of_one_judgement_reach_both_streams_and_the_image() -> None:
    network, image = patch(), random_image(1, (32, 32)).requires_grad_()
    network(random_cond(5, False, (32, 32), 1), image)[-1].sum().backward()
    assert image.grad is not None
    assert image.grad.any()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.ndim == 1 or parameter.grad.any(), name


def test_spectral_norms_iterate_once_for_all_images_of_a_step() -> None:
    once, jointly = SesameDiscriminator(8, 4, 3, 1), SesameDiscriminator(8, 4, 3, 1)
    for network in (once, jointly):
        refill_all(network)
    cond, image = random_cond(5, False, (32, 32)), random_image(2, (32, 32))
    with torch.no_grad():
        once.train()(cond, image)
        judge(jointly.train(), cond, [image, image, image])
    for key, value in once.state_dict().items():
        assert torch.allclose(value, jointly.state_dict()[key], atol=1e-7), key


# The losses


def test_losses_are_those_of_spade_with_features_of_the_images_stream() -> None:
    network = QUICK.generator().train()
    recipe = dataclasses.replace(QUICK.recipe, init_gain=0.7)
    objective = SesameObjective(network, recipe)
    cond, real = QUICK.cond(), random_image(2, SIZE)
    stages = objective.stages(network, cond, real)
    objective.eval()  # power iteration would move the weights between two calls
    terms = objective.generator_terms(cond, real, stages)
    fake, true = judge(objective.discriminator, cond, [stages["image"], real])
    gan = -torch.stack([scale[-1].mean() for scale in fake]).mean()
    matching = torch.stack(
        [
            torch.stack([(a - b).abs().mean() for a, b in zip(f[:-1], r[:-1], strict=True)]).sum()
            for f, r in zip(fake, true, strict=True)
        ]
    ).mean()
    assert terms["gan"].item() == pytest.approx(gan.item(), rel=1e-5)
    assert terms["feature_matching"].item() == pytest.approx(matching.item(), rel=1e-5)
    d_terms = objective.discriminator_terms(cond, real, {"image": stages["image"].detach()})
    of_fake = torch.stack([F.relu(1 + scale[-1]).mean() for scale in fake]).mean()
    of_real = torch.stack([F.relu(1 - scale[-1]).mean() for scale in true]).mean()
    assert d_terms["fake"].item() == pytest.approx(of_fake.item(), rel=1e-5)
    assert d_terms["real"].item() == pytest.approx(of_real.item(), rel=1e-5)


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_those_of_spade(name: str) -> None:
    recipe, theirs = RECIPES[name], generators.info("spade").recipes[name]
    for value in ("size", "model", "discriminator", "batch_size", "lr_g", "lr_d", "betas", "flip", "fresh_fakes"):
        assert getattr(recipe, value) == getattr(theirs, value)
    assert recipe.loss_weights == {k: v for k, v in theirs.loss_weights.items() if k != "kl"}
    if name != "quick":
        assert (recipe.epochs, recipe.decay_epochs) == (100, 100)


# The generator, checkpoints and sizes of the paper


def test_the_plain_form_agrees() -> None:
    network = QUICK.generator()
    assert isinstance(network, Sesame)
    with torch.no_grad():
        network.train()(QUICK.cond())
        network.eval()
        assert (network(QUICK.cond()) - plain(network)(QUICK.cond(), None)).abs().max() < 1e-5


def paper_discriminator(recipe: str) -> SesameDiscriminator:
    labels, edges = LABELS[recipe]
    with torch.device("meta"):
        return SesameDiscriminator(labels + edges + 3, **RECIPES[recipe].discriminator)


@pytest.mark.parametrize(
    ("recipe", "of_g", "of_d"),
    [
        ("cityscapes", 93_048_003, 11_106_562),
        ("ade20k", 96_492_483, 11_342_082),
        ("coco_stuff", 97_480_899, 11_409_666),
    ],
)
def test_parameters(recipe: str, of_g: int, of_d: int) -> None:
    assert generators.parameter_count(paper_generator("sesame", recipe)) == of_g
    assert generators.parameter_count(paper_discriminator(recipe)) == of_d


@pytest.mark.golden
def test_keys_and_shapes_are_those_of_the_released_checkpoints(golden_folder: Path) -> None:
    for recipe, file in (("cityscapes", "cityscapes"), ("ade20k", "ade20k"), ("coco_stuff", "coco")):
        for name, built in (
            (f"spade-{file}-G", paper_generator("sesame", recipe)),
            (f"safm-{file}-D", paper_discriminator(recipe)),  # SAFM's is this one
        ):
            state = json.loads((golden_folder / "keys" / f"{name}.json").read_text())["state"]
            assert layout(built) == {key: (tuple(shape), dtype) for key, (shape, dtype) in state.items()}, name


def test_checkpoints_of_spade_are_its_checkpoints(tmp_path: Path) -> None:
    theirs = dataclasses.replace(QUICK, method="spade").generator(seed=1)
    torch.save({f"module.{key}": value for key, value in theirs.state_dict().items()}, tmp_path / "latest_net_G.pth")
    network = QUICK.generator()
    generators.load_state(network, generators.read_state(tmp_path / "latest_net_G.pth"), "latest_net_G.pth")
    with torch.no_grad():
        assert torch.equal(network.eval()(QUICK.cond()), theirs.eval()(QUICK.cond()))


def test_a_checkpoint_of_another_data_set_says_how_many_channels_it_holds() -> None:
    other = Sesame(num_labels=9, edges=True, size=SIZE, width=2, hidden=4, upsampling="more")
    with pytest.raises(GeneratorError, match="made for 10 condition channels, this network for 7"):
        generators.load_state(QUICK.generator(), other.state_dict(), "latest_net_G.pth")


# Pinned outputs; see test_pinned


@torch.no_grad()
def test_the_pinned_discriminator() -> None:
    network = SesameDiscriminator(7 + 3, 2, 4, 2)
    refill_all(network)
    cond, image = pinned.cond(6, True, SIZE), pinned.waves(2, 3, *SIZE)
    for _ in range(5):
        network.train()(cond, image)
    large, small = network.eval()(cond, image)
    assert pinned.summary(large[-2]) == pytest.approx(PINNED_FEATURES, abs=pinned.TOLERANCE)
    assert pinned.summary(large[-1]) == pytest.approx(PINNED_LARGE, abs=10 * pinned.TOLERANCE)  # O(10)
    assert pinned.summary(small[-1]) == pytest.approx(PINNED_SMALL, abs=10 * pinned.TOLERANCE)


PINNED_FEATURES = [0.320548, 0.659577, -0.021348, -0.364274, 0.285508, -0.239749]
PINNED_LARGE = [-1.449561, 4.239945, -2.904912, -4.831783, -4.006529, -3.441053]
PINNED_SMALL = [-0.485743, 5.234369, 9.976912, 10.589004, -0.795534, 4.168001]
