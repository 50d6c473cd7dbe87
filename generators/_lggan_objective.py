"""LGGAN's losses: those of SPADE on every image that it makes, and two on the class-specific features."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Stages
from generators._patch_objective import PatchObjective
from generators._recipe import Recipe
from generators.layers.class_filter import ClassPlanes, local_l1
from generators.layers.spectral import normalise_everything


class LGGANObjective(PatchObjective):
    """LGGAN's losses: SPADE's on the fused, the global and the local image, and two on the class-specific features.

    "class" is the cross-entropy of classifying each present class's pooled features (sec. 3.2), "local_l1" the pixel
    loss of the class images ("local_l1_released": the same with the released code's slip). Of the paper's two
    discriminators this is the semantic-guided one, D_s, which judges an image together with its layout; the other, D_i,
    reads the source photo of the cross-view task.
    """

    judged: tuple[str, ...] = ("image", "global", "local")

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        if getattr(generator, "setup", "S5") == "S1":  # the global image is the only one
            self.judged = ("image",)

    def build_discriminator(self, generator: Generator, recipe: Recipe) -> nn.Module:
        """Build D; as the paper prints it with spectral norm on all layers, as in the code on those with a norm."""
        discriminator = super().build_discriminator(generator, recipe)
        if getattr(generator, "printed", False):
            normalise_everything(discriminator)
        return discriminator

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G."""
        terms = super().generator_terms(cond, real, stages)
        if self.weight("class"):
            terms["class"] = class_loss(stages["class_logits"], stages["class_present"])
        for term, loss in (("local_l1", local_l1), ("local_l1_released", local_l1_released)):
            if self.weight(term):
                samples = zip(stages["class_planes"], stages["classes"], real, strict=True)
                terms[term] = torch.stack([loss(*sample) for sample in samples]).mean()
        return terms


def local_l1_released(result: ClassPlanes, classes: Tensor, real: Tensor) -> Tensor:
    """`local_l1` with the released code's slip on Cityscapes: the truck's image (27) has the mask of the cars (26)."""
    car, truck = 26, 27
    image = result.dense(truck)
    right, wrong = ((image - (classes == index) * real).abs().mean() for index in (truck, car))
    return local_l1(result, classes, real) - right + wrong


def class_loss(logits: Tensor, present: Tensor) -> Tensor:
    """Cross-entropy of class i's features against i, averaged over the classes that are present.

    Args:
        logits: (N, K, K), the second axis being the class whose features they are of.
        present: (N, K) bool.
    """
    n, k, _ = logits.shape
    target = torch.arange(k, device=logits.device).expand(n, k)
    losses = F.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="none")
    valid = present.flatten().to(losses.dtype)
    return (losses * valid).sum() / valid.sum().clamp(min=1)
