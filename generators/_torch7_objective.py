"""The losses of X-Fork's family: binary cross-entropy against a smoothed label, and L1.

Facts: the official Torch7 code. D's terms of real and fake are added, not halved. Biases of convolutions are set to 0
before every step, so that they never grow beyond the step of the optimiser that follows.

A step of that code updates D, then G, from one forward of G (`Recipe.discriminator_first`); of X-Seq's four networks
D2, G2, D1, G1. Here D1 and D2 step together, then G1 and G2, which is the same for D1, D2 and G2; what G1 gets through
G2 is the gradient of G2 before its step, not after it.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Objective, Stages
from generators._crossview import CrossViewGenerator
from generators._recipe import Recipe
from generators.layers.blocks import initialise
from generators.layers.patchgan import PatchGAN, bce
from generators.layers.texture import texture_energies, texture_loss

REAL, FAKE = 0.9, 0.0
"""What D is to say of real and of fake pairs; G asks for the former."""


class Judgement(NamedTuple):
    """What one discriminator compares.

    Attributes:
        name: Behind the names of its terms; empty for the one that judges photos.
        discriminator: The discriminator.
        condition: What fake and real are judged with, (N, C, H, W); a constant.
        fake: What G has made.
        real: What stands for it in the data.
    """

    name: str
    discriminator: nn.Module
    condition: Tensor
    fake: Tensor
    real: Tensor


class Torch7Objective(Objective):
    """Terms of G: "gan" and "l1"; "l1_semantics" of methods that make a colour map. Terms of D: "real" and "fake".

    "texture" is ours, for quick recipes.

    Args:
        generator: The network to be trained.
        recipe: Loss weights, constructor arguments of the discriminators, initialisation.
        vgg_weights: Unused.
    """

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self.discriminator = self.build_discriminator(recipe)
        initialise(self.discriminator, recipe)

    def build_discriminator(self, recipe: Recipe) -> nn.Module:
        """Build D, of source photo and image side by side."""
        return PatchGAN(6, bias=True, **recipe.discriminator)

    def judgements(self, cond: Tensor, real: Tensor, stages: Stages) -> list[Judgement]:
        """Return what is judged by whom: the image, with the source photo beside it."""
        return [Judgement("", self.discriminator, CrossViewGenerator.parts(cond).source, stages["image"], real)]

    def discriminator_module(self) -> nn.Module:
        """Return D."""
        return self.discriminator

    def stages(self, generator: Generator, cond: Tensor, real: Tensor) -> Stages:
        """Run G with its biases at 0; dropout draws from torch's own random numbers."""
        reset_biases(generator)
        return generator.stages(cond)

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        reset_biases(self.discriminator)
        terms: dict[str, Tensor] = {}
        for name, discriminator, condition, fake, _ in self.judgements(cond, real, stages):
            if self.weight(f"gan{name}"):
                terms[f"gan{name}"] = bce(discriminator(torch.cat((condition, fake), dim=1)), REAL)
        if self.weight("l1"):
            terms["l1"] = F.l1_loss(stages["image"], real)
        if "semantics" in stages and self.weight("l1_semantics"):
            terms["l1_semantics"] = F.l1_loss(stages["semantics"], CrossViewGenerator.parts(cond).semantics)
        if self.weight("texture"):
            terms["texture"] = texture_loss(texture_energies(stages["image"]), texture_energies(real))
        return terms

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of D."""
        reset_biases(self.discriminator)
        terms: dict[str, Tensor] = {}
        for name, discriminator, condition, fake, true in self.judgements(cond, real, stages):
            terms[f"real{name}"] = bce(discriminator(torch.cat((condition, true), dim=1)), REAL)
            terms[f"fake{name}"] = bce(discriminator(torch.cat((condition, fake), dim=1)), FAKE)
        return terms


@torch.no_grad()
def reset_biases(module: nn.Module) -> None:
    """Set the biases of all convolutions to 0; those of norms stay."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer.bias is not None:
            layer.bias.zero_()
