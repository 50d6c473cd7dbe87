"""SPADE+: what it takes from SPADE, what it leaves out, and its two ways to draw several images."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import generators
from benchmarks.plain.spade_plus import plain
from generators import GeneratorError, parameter_count
from generators.layers.noise import spread_noise
from generators.spade_plus import SpadePlus
from tests.generators.pinned import TOLERANCE, summary, waves
from tests.generators.pinned import cond as pinned_cond
from tests.generators.test_paper_sizes import layout, paper_discriminator, paper_generator
from tests.generators.tiny import SIZE, Case, random_image
from tests.golden._key_hash import refill_all

PLAIN, STYLE, NOISE = (Case("spade_plus", f"quick{variant}") for variant in ("", "-style", "-noise"))
RECIPES = generators.info("spade_plus").recipes
VGG = ("", "-no-vgg")


def network(case: Case) -> SpadePlus:
    built = case.generator()
    assert isinstance(built, SpadePlus)
    return built.eval()


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_are_those_of_spade_without_feature_matching_and_with_an_average(name: str) -> None:
    recipe = RECIPES[name]
    assert "feature_matching" not in recipe.loss_weights
    assert (recipe.ema_whole_state, recipe.ema_refresh) == (True, 51)
    if name.startswith("quick"):
        return
    assert recipe.ema_decay == 0.9999
    data = name.partition("-")[0]
    theirs = generators.info("spade").recipes[data]
    for value in ("size", "batch_size", "epochs", "decay_epochs", "lr_g", "lr_d", "betas", "discriminator", "flip"):
        assert getattr(recipe, value) == getattr(theirs, value)
    weights = {"gan": 1, "vgg": 10, "kl": 0.05}
    if name.endswith("-no-vgg"):
        del weights["vgg"]
    assert dict(recipe.loss_weights) == weights


def test_rows_of_the_tables_have_recipes() -> None:
    table_1 = {f"{data}{vgg}" for data in ("ade20k", "ade20k_outdoors", "cityscapes", "coco_stuff") for vgg in VGG}
    assert table_1 | {"ade20k-style", "ade20k-noise", "ade20k-noise-no-vgg"} <= set(RECIPES)


@pytest.mark.parametrize(
    ("recipe", "options", "expected"),
    [
        ("cityscapes", {}, 93_048_003),
        ("ade20k", {}, 96_492_483),
        ("coco_stuff", {}, 97_480_899),
        ("ade20k", {"z_dim": 256}, 111_942_595),
        # 64 more channels in 3x3 convolutions to 1024 channels (fc) and, 18 times, to 128
        ("ade20k", {"noise_channels": 64}, 96_492_483 + 64 * 9 * (1024 + 18 * 128)),
    ],
)
def test_parameters_at_paper_size(recipe: str, options: dict[str, Any], expected: int) -> None:
    assert parameter_count(paper_generator("spade_plus", recipe, **options)) == expected


def test_generator_and_discriminator_are_the_102_million_of_the_table() -> None:
    both = (paper_generator("spade_plus", "ade20k"), paper_discriminator("spade_plus", "ade20k"))
    assert sum(map(parameter_count, both)) == pytest.approx(102.3e6, rel=1e-3)


def test_keys_and_shapes_are_those_of_spade() -> None:
    for options in ({}, {"z_dim": 256}):
        ours, theirs = (paper_generator(method, "ade20k", **options) for method in ("spade_plus", "spade"))
        assert layout(ours) == layout(theirs)


@torch.no_grad()
def test_a_checkpoint_of_spade_makes_the_same_images() -> None:
    spade, ours = Case("spade", "quick").generator().eval(), network(PLAIN)
    generators.load_state(ours, spade.state_dict(), "a test")
    assert torch.equal(ours(PLAIN.cond()), spade(PLAIN.cond()))


@torch.no_grad()
def test_noise_is_read_before_the_layout_at_the_input_and_in_every_norm() -> None:
    """The same as SPADE on a condition with so many more channels."""
    ours, cond = network(NOISE), NOISE.cond()
    noise = ours.sample_noise(2, torch.Generator().manual_seed(0))
    assert noise is not None
    assert noise.shape == (2, 16)
    wide = generators.create("spade", num_labels=16 + 6, edges=True, size=SIZE, **PLAIN.recipe.model).eval()
    wide.load_state_dict(ours.state_dict())
    assert torch.equal(ours(cond, noise), wide(torch.cat((spread_noise(noise, SIZE), cond), dim=1)))


@torch.no_grad()
def test_noise_may_be_a_map() -> None:
    ours, cond = network(NOISE), NOISE.cond()
    noise = torch.randn(2, 16, generator=torch.Generator().manual_seed(0))
    image, maps = ours(cond, noise), spread_noise(noise, SIZE).clone()
    assert ours.noise_maps
    assert torch.equal(ours(cond, maps), image)
    maps[:, :, :, 64:] = torch.randn(2, 16, 1, 1)
    assert (ours(cond, maps) - image)[..., 80:].abs().max() > 0.01
    assert not network(STYLE).noise_maps
    assert not network(PLAIN).noise_maps


def test_noise_must_be_given_and_fit() -> None:
    with pytest.raises(ValueError, match="sample_noise"):
        network(NOISE)(NOISE.cond())
    with pytest.raises(GeneratorError, match="64x128"):
        network(NOISE)(NOISE.cond(), torch.zeros(2, 16, 32, 64))


def test_a_style_and_noise_at_once_are_refused() -> None:
    with pytest.raises(GeneratorError, match="z_dim=8 and noise_channels=4"):
        generators.create("spade_plus", num_labels=3, edges=False, size=(32, 32), z_dim=8, noise_channels=4)


@torch.no_grad()
def test_training_draws_noise_anew_and_shows_d_the_layout_alone() -> None:
    built, real, cond = network(NOISE), random_image(2, SIZE), NOISE.cond()
    objective = NOISE.objective(built).eval()
    torch.manual_seed(5)
    stages = objective.stages(built, cond, real)
    torch.manual_seed(5)
    assert torch.equal(stages["image"], built(cond, torch.randn(2, 16)))
    assert set(objective.generator_terms(cond, real, stages)) == {"gan", "l1", "texture"}
    assert set(objective.discriminator_terms(cond, real, stages)) == {"fake", "real"}


@torch.no_grad()
def test_training_with_a_style_has_spades_encoder_and_divergence() -> None:
    built, real, cond = network(STYLE), random_image(2, SIZE), STYLE.cond()
    objective = STYLE.objective(built).eval()
    assert objective.encoder() is not None
    assert "kl" in objective.generator_terms(cond, real, objective.stages(built, cond, real))


@torch.no_grad()
@pytest.mark.parametrize("case", [PLAIN, STYLE, NOISE], ids=str)
def test_it_equals_the_plain_form(case: Case) -> None:
    built, cond = network(case), case.cond()
    noise = built.sample_noise(2, torch.Generator().manual_seed(0))
    built.train()(cond, noise)
    built.eval()
    torch.testing.assert_close(built(cond, noise), plain(built)(cond, noise), atol=1e-5, rtol=0)


@torch.no_grad()
def test_pinned_output_with_noise() -> None:
    built = generators.create(
        "spade_plus", num_labels=7, edges=True, size=(64, 64), width=4, hidden=8, noise_channels=6
    )
    refill_all(built)
    cond, noise = pinned_cond(7, True, (64, 64)), waves(2, 6)
    built.train()(cond, noise)
    expected = [-0.029953, 0.522445, 0.02031, 0.937657, 0.714218, -0.243772]
    assert summary(built.eval()(cond, noise)) == pytest.approx(expected, abs=TOLERANCE)
