"""The losses that SPADE and its descendants share: hinge, feature matching, perceptual, optional pixel loss.

A method with another D, adversarial loss or feature matching (pix2pixHD) overrides the function of that name.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Objective, Stages
from generators._errors import GeneratorError
from generators._recipe import Recipe
from generators.layers.blocks import xavier_init
from generators.layers.discriminators import Features, MultiScaleDiscriminator, judge
from generators.layers.losses import checkerboard_loss, feature_matching_loss, gan_loss
from generators.layers.perceptual import FILE_NAME, VGGLoss
from generators.layers.texture import texture_energies, texture_loss


class PatchObjective(Objective):
    """Adversarial training against SPADE's multi-scale PatchGAN.

    Terms of G: "gan", "feature_matching", "vgg", "l1" and "texture", each summed over the judged images, and
    "checkerboard", of G's transposed convolutions. Terms of D: "fake", "real", summed likewise. D sees condition and
    image together, fake and real in one batch.

    Args:
        generator: The network to be trained; fixes the condition's channels.
        recipe: Loss weights, adversarial loss, constructor arguments of the discriminator, gain of its initialisation.
        vgg_weights: File of torchvision's VGG-19, needed when "vgg" has a weight.

    Raises:
        GeneratorError: The perceptual loss is asked for without its weights.
    """

    judged: tuple[str, ...] = ("image",)
    """Stages that D judges and that the image losses compare with the real image."""

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self.discriminator = self.build_discriminator(generator, recipe)
        self.gan_mode = recipe.gan_mode
        self._upsamplers = [layer for layer in generator.modules() if isinstance(layer, nn.ConvTranspose2d)]
        self.vgg: list[VGGLoss] = []  # in a list: neither trained nor saved with the objective
        if self.weight("vgg"):
            if vgg_weights is None:
                raise GeneratorError(
                    f"the recipe's perceptual loss needs torchvision's VGG-19 weights, {FILE_NAME}, which were not "
                    "found. Put the file into the weights folder (see 'sisbench doctor'), or train without the term: "
                    "'--without vgg' (the record says so)."
                )
            self.vgg.append(VGGLoss(vgg_weights))

    def build_discriminator(self, generator: Generator, recipe: Recipe) -> nn.Module:
        """Build and initialise D; it takes conditions and images as `judge` gives them."""
        discriminator = MultiScaleDiscriminator(generator.cond_channels + 3, **recipe.discriminator)
        xavier_init(discriminator, recipe.init_gain)
        return discriminator

    def adversarial(self, features: Features, *, is_real: bool, for_d: bool) -> Tensor:
        """Adversarial loss of one judged image."""
        return gan_loss(features, is_real=is_real, for_d=for_d, mode=self.gan_mode)

    def matching(self, fake: Features, real: Features) -> Tensor:
        """Feature matching of one judged image."""
        return feature_matching_loss(fake, real)

    def discriminator_module(self) -> nn.Module:
        """Return D."""
        return self.discriminator

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        fakes = [stages[name] for name in self.judged]
        terms: dict[str, list[Tensor]] = {}
        matching = bool(self.weight("feature_matching"))
        if self.weight("gan") or matching:
            features = judge(self.discriminator, cond, [*fakes, real] if matching else fakes)
            for fake in features[: len(fakes)]:
                if self.weight("gan"):
                    terms.setdefault("gan", []).append(self.adversarial(fake, is_real=True, for_d=False))
                if matching:
                    terms.setdefault("feature_matching", []).append(self.matching(fake, features[-1]))
        energies = texture_energies(real) if self.weight("texture") else []
        for fake_image in fakes:
            if self.vgg:
                terms.setdefault("vgg", []).append(self.vgg[0].to(fake_image.device)(fake_image, real))
            if self.weight("l1"):
                terms.setdefault("l1", []).append(F.l1_loss(fake_image, real))
            if self.weight("texture"):
                terms.setdefault("texture", []).append(texture_loss(texture_energies(fake_image), energies))
        if self.weight("checkerboard"):
            terms["checkerboard"] = [checkerboard_loss(self._upsamplers)]
        return {name: torch.stack(values).sum() for name, values in terms.items()}

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of D; the real image counts once for every judged image, as in the official codes."""
        *fakes, true = judge(self.discriminator, cond, [*(stages[name] for name in self.judged), real])
        fake_terms = [self.adversarial(fake, is_real=False, for_d=True) for fake in fakes]
        return {
            "fake": torch.stack(fake_terms).sum(),
            "real": self.adversarial(true, is_real=True, for_d=True) * len(fakes),
        }
