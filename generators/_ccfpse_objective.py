"""CC-FPSE's losses: hinge at three levels of the feature pyramid, feature matching, perceptual loss, divergence."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from generators._base import Generator
from generators._fpse_discriminator import FPSEDiscriminator, matching_loss
from generators._recipe import Recipe
from generators.layers.blocks import xavier_init
from generators.layers.discriminators import Features
from generators.spade import SpadeObjective, StyleEncoder


class CCFPSEObjective(SpadeObjective):
    """SPADE's losses with the feature-pyramid discriminator; in the variational variant with SPADE's style encoder.

    Terms of G: "gan" (hinge, averaged over the three predictions), "feature_matching" (averaged over the encoder's
    layers 2 to 5), "vgg", "kl", and for small machines "l1" and "texture". Terms of D: "fake" and "real".

    Args:
        generator: The network to be trained; fixes the condition's channels, and whether there is a style.
        recipe: Loss weights, constructor arguments of the discriminator, gain of its initialisation.
        vgg_weights: File of torchvision's VGG-19, needed when "vgg" has a weight.

    Raises:
        GeneratorError: The perceptual loss is asked for without its weights, or images are of a size that the
            discriminator cannot take.
    """

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        FPSEDiscriminator.require(generator.size)
        super().__init__(generator, recipe, vgg_weights)
        if z_dim := int(getattr(generator, "z_dim", 0)):
            self.style = StyleEncoder(int(getattr(generator, "width", 0)), z_dim)
            xavier_init(self.style, recipe.init_gain)

    def build_discriminator(self, generator: Generator, recipe: Recipe) -> nn.Module:
        """Build and initialise D."""
        discriminator = FPSEDiscriminator(generator.cond_channels, **recipe.discriminator)
        xavier_init(discriminator, recipe.init_gain)
        return discriminator

    def matching(self, fake: Features, real: Features) -> Tensor:
        """Feature matching of one judged image."""
        return matching_loss(fake, real)
