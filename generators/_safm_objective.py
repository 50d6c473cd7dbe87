"""SAFM's losses: SPADE's against SESAME's discriminator, and a segmenter that reads the layout off the images.

The segmenter is OASIS' discriminator without its class "fake". It learns on real images from the start; later on fakes
are to be read as well, which G learns from. It is updated together with G, so fakes move it too: what is known of the
official code does not say that they would not.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Stages
from generators._oasis_discriminator import OasisDiscriminator
from generators._patch_objective import PatchObjective
from generators._recipe import Recipe
from generators.layers.blocks import xavier_init
from generators.layers.sesame_discriminator import SesameDiscriminator


def class_weights(labels: Tensor, num_labels: int, unknown: int, lost: int | None = None) -> Tensor:
    """Return the weight of every class in a batch: pixels / (number of classes present * pixels of the class).

    Args:
        labels: Channel of each pixel, int64 (N, H, W).
        num_labels: Number of channels.
        unknown: Channel whose weight is 0; of the classes present it counts as one all the same. Negative ones count
            from the end.
        lost: Channel that counts as absent.

    Returns:
        (num_labels,); 0 for classes that do not occur.
    """
    counts = torch.bincount(labels.flatten(), minlength=num_labels).to(torch.float32)
    if lost is not None:
        counts[lost] = 0
    present = counts > 0
    weights = torch.where(present, labels.numel() / (present.sum() * counts), 0)
    weights[unknown] = 0
    return weights


def segmentation_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy to the labels, each pixel weighted by its class, averaged over all pixels.

    Args:
        logits: (N, C, H, W).
        labels: Channel of each pixel, int64 (N, H, W).
        weights: By channel, (C,).
    """
    return (F.cross_entropy(logits, labels, reduction="none") * weights[labels]).mean()


class SafmObjective(PatchObjective):
    """SPADE's losses and two of a segmenter.

    Terms of G and the segmenter beside those of `PatchObjective`: "segmentation_real" and "segmentation_fake", balanced
    cross-entropies of what is read off the real images and off the fakes. D and segmenter see layout and edges, not the
    instance ids.

    Args:
        generator: The network to be trained.
        recipe: Loss weights, and how D and segmenter are built. Among the discriminator's arguments: "segmenter_width"
            (else D's), "unknown", the channel of the layout that is no class, and "lost", one that counts as absent
            (the last on ADE20K, where the official code means to drop the edges).
        vgg_weights: File of torchvision's VGG-19, needed when "vgg" has a weight.

    Raises:
        GeneratorError: The perceptual loss is asked for without its weights, or images are of a size that the
            segmenter cannot take.
    """

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        options = recipe.discriminator
        self.num_labels, self.unknown = generator.num_labels, options["unknown"]
        self.lost: int | None = options.get("lost")
        # one logit for each channel, which is OASIS' for a channel less
        self.segmenter = OasisDiscriminator(generator.num_labels - 1, options.get("segmenter_width", options["width"]))
        self.segmenter.require(generator.size)
        xavier_init(self.segmenter, recipe.init_gain)

    def build_discriminator(self, generator: Generator, recipe: Recipe) -> nn.Module:
        """Build and initialise D, of layout, edges and image."""
        options = {key: recipe.discriminator[key] for key in ("width", "layers", "scales")}
        discriminator = SesameDiscriminator(generator.cond_channels - 1 + 3, **options)
        xavier_init(discriminator, recipe.init_gain)
        return discriminator

    def encoder(self) -> nn.Module | None:
        """Return the segmenter, which learns together with G."""
        return self.segmenter

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G and the segmenter."""
        terms = super().generator_terms(cond[:, :-1], real, stages)
        images = {"segmentation_real": real, "segmentation_fake": stages["image"]}
        wanted = [name for name in images if self.weight(name)]
        if wanted:
            labels = cond[:, : self.num_labels].argmax(dim=1)
            weights = class_weights(labels, self.num_labels, self.unknown, self.lost)
            read = self.segmenter(torch.cat([images[name] for name in wanted])).split(len(cond))
            terms |= {
                name: segmentation_loss(logits, labels, weights) for name, logits in zip(wanted, read, strict=True)
            }
        return terms

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of D."""
        return super().discriminator_terms(cond[:, :-1], real, stages)
