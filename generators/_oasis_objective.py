"""OASIS' losses: a balanced cross-entropy over N + 1 classes, and LabelMix (Schönfeld et al. 2021, sec. 2).

Class 0 of the discriminator is "fake", class c + 1 is channel c of the layout.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Objective, Stages
from generators._oasis_discriminator import OasisDiscriminator
from generators._recipe import Recipe
from generators.layers.blocks import xavier_init
from generators.layers.perceptual import VGGLoss, require_vgg
from generators.layers.texture import texture_energies, texture_loss


def class_weights(labels: Tensor, num_labels: int, dont_care: bool = True) -> Tensor:
    """Return the weight of every class in a batch: alpha_c = pixels / (K * n_c), K classes being present.

    The mean of weighted pixel losses over all pixels is then the mean over present classes of each one's own mean.

    Args:
        labels: Channel of each pixel, int64 (N, H, W).
        num_labels: Number of channels.
        dont_care: Whether channel 0 is no class: its weight is 0, and it is not counted in K.

    Returns:
        (num_labels,); 0 for classes that do not occur.
    """
    counts = torch.bincount(labels.flatten(), minlength=num_labels).to(torch.float32)
    if dont_care:
        counts[0] = 0
    present = counts > 0
    return torch.where(present, labels.numel() / (present.sum() * counts), 0)


def segmentation_loss(logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
    """Cross-entropy to the labels, each pixel weighted by its class, averaged over all pixels.

    Args:
        logits: (N, C + 1, H, W), class 0 being "fake".
        labels: Channel of each pixel, int64 (N, H, W).
        weights: By channel, (C,).
    """
    return (F.cross_entropy(logits, labels + 1, reduction="none") * weights[labels]).mean()


def fake_loss(logits: Tensor) -> Tensor:
    """Cross-entropy to "fake", averaged over all pixels; logits (N, C + 1, H, W)."""
    return F.cross_entropy(logits, torch.zeros_like(logits[:, 0], dtype=torch.int64))


def labelmix_mask(labels: Tensor) -> Tensor:
    """Draw which classes are taken from the real image; one mask for the whole batch.

    The official code writes a fair bit for each class that occurs, in ascending order, over the pixels of the label map
    itself: pixels of class 0 that became 1 are then taken for class 1, where that occurs, and get its bit. So class 0
    is real with probability 1/4 beside class 1. The draws are those of `torch.randint(0, 2, (1,))` on the CPU.

    Args:
        labels: Channel of each pixel, int64 (N, H, W).

    Returns:
        bool (N, H, W), true where the pixel is real.
    """
    bits = torch.zeros(int(labels.max()) + 1, dtype=torch.bool)
    present = torch.bincount(labels.flatten().cpu()).nonzero().flatten().tolist()
    for label in present:
        bits[label] = bool(torch.randint(0, 2, (1,)))
    if 0 in present and 1 in present:
        bits[0] &= bits[1]
    return bits.to(labels.device)[labels]


def labelmix(real: Tensor, fake: Tensor, mask: Tensor) -> Tensor:
    """Return real images or logits (N, C, H, W) where the mask (N, H, W) is true, fake ones elsewhere."""
    return torch.where(mask[:, None], real, fake)


class OasisObjective(Objective):
    """Adversarial training against a segmenter.

    Terms of G: "gan", the balanced cross-entropy of D's verdict on the fake to the layout; "vgg"; and for small
    machines "l1" and "texture". Terms of D: "fake", "real", and "labelmix", the squared distance between the logits of
    a mixed image and the mixed logits, which carries its weight with it. Gradients flow into both sides of it.

    Args:
        generator: The network to be trained; fixes the labels.
        recipe: Loss weights, constructor arguments of the discriminator, gain of its initialisation. Among the
            discriminator's: "dont_care", whether channel 0 of the layout is no class (as on all data sets of the
            paper), and "balanced", whether classes are weighted.
        vgg_weights: File of torchvision's VGG-19, needed when "vgg" has a weight.

    Raises:
        GeneratorError: The perceptual loss is asked for without its weights, or images are of a size that the
            discriminator cannot take.
    """

    segments = True

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self.num_labels = generator.num_labels
        options = dict(recipe.discriminator)
        self.dont_care, self.balanced = options.pop("dont_care", True), options.pop("balanced", True)
        self.discriminator = OasisDiscriminator(generator.num_labels, **options)
        self.discriminator.require(generator.size)
        xavier_init(self.discriminator, recipe.init_gain)
        self.vgg: list[VGGLoss] = []  # in a list: neither trained nor saved with the objective
        if self.weight("vgg"):
            self.vgg.append(require_vgg(vgg_weights))

    def discriminator_module(self) -> nn.Module:
        """Return D."""
        return self.discriminator

    def labels(self, cond: Tensor) -> Tensor:
        """Return the channel of each pixel of a one-hot layout, int64 (N, H, W)."""
        return cond[:, : self.num_labels].argmax(dim=1)

    def weights(self, labels: Tensor) -> Tensor:
        """Return the weight of each class in this batch; see `class_weights`."""
        if self.balanced:
            return class_weights(labels, self.num_labels, self.dont_care)
        weights = torch.ones(self.num_labels, device=labels.device)
        weights[0] = 0.0 if self.dont_care else 1.0
        return weights

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        image = stages["image"]
        terms: dict[str, Tensor] = {}
        if self.weight("gan"):
            labels = self.labels(cond)
            terms["gan"] = segmentation_loss(self.discriminator(image), labels, self.weights(labels))
        if self.vgg:
            terms["vgg"] = self.vgg[0].to(image.device)(image, real)
        if self.weight("l1"):
            terms["l1"] = F.l1_loss(image, real)
        if self.weight("texture"):
            terms["texture"] = texture_loss(texture_energies(image), texture_energies(real))
        return terms

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of D."""
        labels, fake = self.labels(cond), stages["image"].detach()
        of_fake, of_real = self.discriminator(fake), self.discriminator(real)
        terms = {"fake": fake_loss(of_fake), "real": segmentation_loss(of_real, labels, self.weights(labels))}
        if weight := self.weight("labelmix"):
            mask = labelmix_mask(labels)
            of_mixed = self.discriminator(labelmix(real, fake, mask))
            terms["labelmix"] = weight * F.mse_loss(of_mixed, labelmix(of_real, of_fake, mask))
        return terms
