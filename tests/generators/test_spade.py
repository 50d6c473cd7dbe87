"""What is SPADE's own: the start of the decoder, and the style encoder."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from generators.spade import Spade, StyleEncoder
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
