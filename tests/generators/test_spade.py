"""What is SPADE's own: the start of the decoder, the style encoder, its recipes, and how fast it may be computed."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import generators
from benchmarks.plain.spade import plain
from generators.layers.discriminators import judge
from generators.layers.losses import GanMode, gan_loss
from generators.layers.norms import CondPyramid, SpadeNorm
from generators.spade import Spade, SpadeObjective, StyleEncoder
from tests.generators.tiny import SIZE, Case, random_image

LAYOUT = Case("spade", "quick")
STYLE = Case("spade", "quick", {"z_dim": 8})


def network(case: Case) -> Spade:
    built = case.generator()
    assert isinstance(built, Spade)
    return built.eval()


@torch.no_grad()
def test_without_a_style_the_start_is_the_small_layout() -> None:
    built, cond = network(LAYOUT), LAYOUT.cond()
    assert built.start_size == (1, 2)
    assert built.sample_noise(2) is None
    elsewhere = cond.clone()
    elsewhere[:, :, 1::64, 1::64] = 0  # pixels that the nearest neighbour leaves out
    small = F.interpolate(cond, size=(1, 2), mode="nearest")
    assert torch.equal(small, F.interpolate(elsewhere, size=(1, 2), mode="nearest"))
    seen = []
    built.fc.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    built(cond)
    assert torch.equal(seen[0], small)


@torch.no_grad()
def test_a_style_changes_the_image() -> None:
    built, cond = network(STYLE), STYLE.cond()
    first, second = (built(cond, built.sample_noise(2, torch.Generator().manual_seed(seed))) for seed in (0, 1))
    assert (first - second).abs().max() > 0.01


def test_a_style_must_be_given() -> None:
    with pytest.raises(ValueError, match="sample_noise"):
        network(STYLE)(STYLE.cond())


@torch.no_grad()
def test_styles_are_standard_normal() -> None:
    noise = network(STYLE).sample_noise(5000, torch.Generator().manual_seed(0))
    assert noise is not None
    assert noise.shape == (5000, 8)
    assert noise.mean().item() == pytest.approx(0, abs=0.02)
    assert noise.std().item() == pytest.approx(1, abs=0.02)


@torch.no_grad()
def test_the_encoder_sees_256_pixels_whatever_it_is_given() -> None:
    torch.manual_seed(0)
    encoder, image = StyleEncoder(2, 8).eval(), random_image(2, SIZE)
    large = F.interpolate(image, size=(256, 256), mode="bilinear", align_corners=False)
    for got, expected in zip(encoder(image), encoder(large), strict=True):
        assert got.shape == (2, 8)
        assert torch.equal(got, expected)


@torch.no_grad()
@pytest.mark.parametrize("deep", [True, False])
def test_the_encoder_layer_by_layer(deep: bool) -> None:
    torch.manual_seed(0)
    encoder, x = StyleEncoder(2, 8, deep).eval(), random_image(1, (256, 256))
    image = x
    for i in range(1, 7 if deep else 6):
        x = nn.LeakyReLU(0.2)(encoder.get_submodule(f"layer{i}")(x))
    assert x.shape == (1, 16, 4, 4) if deep else (1, 16, 8, 8)
    mu, logvar = encoder(image)
    assert torch.equal(mu, encoder.fc_mu(x.flatten(1)))
    assert torch.equal(logvar, encoder.fc_var(x.flatten(1)))


def test_training_draws_from_the_style_of_the_real_image() -> None:
    built = network(STYLE)
    objective, real, cond = STYLE.objective(built).eval(), random_image(2, SIZE), STYLE.cond()
    encoder = objective.encoder()
    assert encoder is not None
    with torch.no_grad():
        torch.manual_seed(5)
        stages = objective.stages(built, cond, real)
        torch.manual_seed(5)
        mu, logvar = encoder(real)
        z = mu + torch.randn(2, 8) * (logvar / 2).exp()
        assert torch.equal(stages["image"], built(cond, z))
        terms = objective.generator_terms(cond, real, stages)
    expected = 0.5 * sum((mu**2 + logvar.exp() - 1 - logvar).flatten().tolist())
    assert terms["kl"].item() == pytest.approx(expected, rel=1e-5)
    assert math.isfinite(expected)


def test_without_a_style_there_is_no_encoder_and_no_divergence() -> None:
    built = network(LAYOUT)
    objective, real, cond = LAYOUT.objective(built), random_image(2, SIZE), LAYOUT.cond()
    assert objective.encoder() is None
    assert "kl" not in objective.generator_terms(cond, real, objective.stages(built, cond, real))


@torch.no_grad()
@pytest.mark.parametrize(
    ("upsampling", "size", "start", "blocks"),
    [("normal", (64, 32), (2, 1), 7), ("more", (64, 128), (1, 2), 7), ("most", (128, 256), (1, 2), 8)],
)
def test_upsamplings(upsampling: str, size: tuple[int, int], start: tuple[int, int], blocks: int) -> None:
    case = Case("spade", "quick", {"upsampling": upsampling}, size)
    built = network(case)
    assert built.start_size == start
    assert (
        sum(isinstance(layer, SpadeNorm) for layer in built.modules()) == 3 * blocks - 3
    )  # three blocks keep the width
    assert built(case.cond()).shape == (2, 3, *size)


@pytest.mark.parametrize("options", [{}, {"z_dim": 8}, {"upsampling": "normal"}, {"upsampling": "most"}], ids=str)
def test_it_equals_the_plain_form(options: dict[str, Any]) -> None:
    case = Case("spade", "quick", options, (128, 256))
    built, cond = network(case), case.cond()
    noise = built.sample_noise(2, torch.Generator().manual_seed(0))
    with torch.no_grad():
        built.train()(cond, noise)
        built.eval()
        torch.testing.assert_close(built(cond, noise), plain(built)(cond, noise), atol=1e-5, rtol=0)


def street() -> Tensor:
    """A layout of few labels in large regions, with edges between them, (1, 7, 64, 128)."""
    layout = torch.zeros(1, *SIZE, dtype=torch.long)
    layout[:, 30:], layout[:, 20:44, 10:50], layout[:, 35:50, 90:110] = 1, 2, 3
    edges = torch.zeros(1, 1, *SIZE)
    edges[:, :, 29:31] = edges[:, :, 20:44, 9:11] = 1
    return torch.cat((F.one_hot(layout, 6).permute(0, 3, 1, 2).float(), edges), dim=1)


@torch.no_grad()
def test_on_a_street_it_goes_by_neighbourhoods_and_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    built, cond = network(Case("spade", "quick", {"width": 4, "hidden": 32})), street()
    built.train()(cond.repeat(2, 1, 1, 1))
    built.eval()
    heights: list[int] = []
    by_neighbourhood = SpadeNorm._by_neighbourhood

    def noted(self: SpadeNorm, x: Tensor, shared: Any) -> Tensor:
        heights.append(x.shape[2])
        return by_neighbourhood(self, x, shared)

    monkeypatch.setattr(SpadeNorm, "_by_neighbourhood", noted)
    torch.testing.assert_close(built(cond), plain(built)(cond, None), atol=1e-5, rtol=0)
    assert {32, 64} <= set(heights)
    assert 1 not in heights


@torch.no_grad()
def test_a_condition_is_taken_apart_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[tuple[int, ...]] = []
    count = CondPyramid._count
    monkeypatch.setattr(CondPyramid, "_count", lambda self, size: (counted.append(size), count(self, size))[1])
    network(Case("spade", "quick", {"hidden": 32}))(street())
    assert sorted(counted) == [(2**i, 2 ** (i + 1)) for i in range(7)]


@pytest.mark.parametrize("mode", ["hinge", "ls", "original"])
def test_every_adversarial_loss_is_a_recipes_choice(mode: GanMode) -> None:
    built = network(LAYOUT)
    objective = SpadeObjective(built, dataclasses.replace(LAYOUT.recipe, gan_mode=mode))
    real, cond = random_image(2, SIZE), LAYOUT.cond()
    with torch.no_grad():
        stages = objective.eval().stages(built, cond, real)
        of_g, of_d = objective.generator_terms(cond, real, stages), objective.discriminator_terms(cond, real, stages)
        fake, true = judge(objective.discriminator, cond, [stages["image"], real])
    torch.testing.assert_close(of_g["gan"], gan_loss(fake, is_real=True, for_d=False, mode=mode))
    torch.testing.assert_close(of_d["fake"], gan_loss(fake, is_real=False, for_d=True, mode=mode))
    torch.testing.assert_close(of_d["real"], gan_loss(true, is_real=True, for_d=True, mode=mode))


def test_recipes_hold_what_the_paper_and_the_code_say() -> None:
    recipes = generators.info("spade").recipes
    for name, batch, epochs in (
        ("cityscapes", 16, (100, 100)),
        ("ade20k", 32, (100, 100)),
        ("ade20k_outdoors", 32, (100, 100)),
        ("coco_stuff", 32, (100, 0)),
        ("flickr_landscapes", 32, (50, 0)),
    ):
        recipe = recipes[name]
        assert (recipe.batch_size, (recipe.epochs, recipe.decay_epochs)) == (batch, epochs)
        assert (recipe.lr_g, recipe.lr_d, recipe.betas, recipe.init_gain) == (1e-4, 4e-4, (0.0, 0.9), 0.02)
        assert dict(recipe.loss_weights) == {"gan": 1, "feature_matching": 10, "vgg": 10, "kl": 0.05}
        assert (recipe.gan_mode, recipe.ema_decay, recipe.fresh_fakes, recipe.flip) == ("hinge", None, True, 0.5)
    for name in ("cityscapes", "ade20k", "coco_stuff"):
        assert recipes[f"{name}-paper"].betas == (0.0, 0.999)
        assert recipes[f"{name}-paper"].batch_size == 32
        assert recipes[f"{name}-style"].model == {**recipes[name].model, "z_dim": 256}
