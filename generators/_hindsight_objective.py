"""The objective of CRN: image and feature differences by class, of which the best of several images counts.

Where a network makes several images of a layout, each class is compared in each of them, and the gradient goes to the
image that is closest to the photo in this class: what one image paints, others are free to paint otherwise (Chen and
Koltun 2017, sec. 3). With one image it is the plain mean difference of images and features. That the best is that of
the weighted sum of all terms, not of each term by itself, is our reading: what is known of the official code leaves
it open.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from generators._base import Generator, Objective, Stages
from generators._errors import GeneratorError
from generators._recipe import Recipe
from generators.layers.texture import texture_energies
from generators.layers.vgg_features import MATCONVNET, VGGFeatures

BEST, MEAN = 0.999, 0.001
"""Shares of the best image and of the mean over all images, in the official code."""


class HindsightObjective(Objective):
    """Regression; no network is trained against G.

    Terms: "l1", mean absolute difference of images in [0, 255]; "vgg", the same of VGG-19 features, summed over layers
    with `Recipe.vgg_layers`; "texture", ours, of the energies of `generators.layers.texture` (images in [-1, 1]). Each
    is, per image and class, the mean over pixels of (layout * difference), the layout resized by area; the weighted sum
    of the terms decides which image is best in a class; 0.999 times the best and 0.001 times the mean over the images
    are summed over the classes, and averaged over the samples.

    Args:
        generator: Its stages have "images", (N, U, 3, H, W), or only "image".
        recipe: Loss weights, and which VGG-19 with which weights of its layers.
        vgg_weights: File of that VGG-19, needed when "vgg" has a weight.

    Raises:
        GeneratorError: The perceptual loss is asked for without its weights.
    """

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self.num_labels = generator.num_labels
        self.layers = dict(recipe.vgg_layers)
        self.vgg: list[VGGFeatures] = []  # in a list: neither trained nor saved with the objective
        if self.weight("vgg"):
            if vgg_weights is None:
                raise GeneratorError(_missing(recipe.vgg_weights))
            self.vgg.append(VGGFeatures(vgg_weights, recipe.vgg_weights))

    def discriminator_module(self) -> None:
        """Return None."""
        return

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        images = stages.get("images", stages["image"][:, None])
        by_term = self.by_image_and_class(cond[:, : self.num_labels], real, images)
        if not by_term:
            return {}
        total = torch.stack([self.weight(name) * table.detach() for name, table in by_term.items()]).sum(0)
        best = total.argmin(dim=1, keepdim=True)
        terms = {}
        for name, table in by_term.items():
            closest, mean = table.gather(1, best)[:, 0], table.mean(1)
            terms[name] = (BEST * closest + MEAN * mean).sum(1).mean()
        return terms

    def by_image_and_class(self, layout: Tensor, real: Tensor, images: Tensor) -> dict[str, Tensor]:
        """Compare images with photos, term by term.

        Args:
            layout: One-hot, (N, C, H, W).
            real: Photos, (N, 3, H, W) in [-1, 1]; constants.
            images: (N, U, 3, H, W) in [-1, 1] or beyond.

        Returns:
            By term, (N, U, C): mean over pixels of layout * |difference|; its sum over C is the plain mean.
        """
        fakes, real, tables = images.flatten(0, 1), real.detach(), {}
        if self.weight("l1"):
            tables["l1"] = _by_class((images - real[:, None]).abs().mean(2) * 127.5, layout)
        if self.weight("texture"):
            energies = zip(texture_energies(fakes), texture_energies(real), strict=True)
            tables["texture"] = torch.stack([_compared(fake, true, layout) for fake, true in energies]).sum(0)
        if self.vgg:
            vgg, names = self.vgg[0].to(real.device), set(self.layers)
            with torch.no_grad():
                targets = vgg(real, names)
            features = vgg(fakes, names)
            tables["vgg"] = torch.stack(
                [weight * _compared(features[name], targets[name], layout) for name, weight in self.layers.items()]
            ).sum(0)
        return tables


def _compared(fakes: Tensor, real: Tensor, layout: Tensor) -> Tensor:
    """Compare (N * U, F, h, w) with (N, F, h, w); return (N, U, C)."""
    difference = (fakes.unflatten(0, (len(real), -1)) - real[:, None]).abs().mean(2)
    return _by_class(difference, F.interpolate(layout, size=tuple(real.shape[2:]), mode="area"))


def _by_class(difference: Tensor, layout: Tensor) -> Tensor:
    """Mean over pixels of layout (N, C, h, w) times difference (N, U, h, w): (N, U, C)."""
    return difference.flatten(2) @ layout.flatten(2).transpose(1, 2) / layout[0, 0].numel()


def _missing(name: str) -> str:
    theirs = name == MATCONVNET
    file = "MatConvNet's VGG-19 weights, imagenet-vgg-verydeep-19.mat," if theirs else "torchvision's VGG-19 weights"
    another = ", choose a recipe that ends in '-torchvision'" if theirs else ""
    return (
        f"the recipe's perceptual loss needs {file} which were not found. Get them ('sisbench weights fetch {name}')"
        f"{another}, or train without the term: '--without vgg' (the record says so)."
    )
