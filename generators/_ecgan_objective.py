"""ECGAN's losses: those of the released code on two images and an edge map, and what the paper adds to them."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Stages
from generators._ecgan_contrast import PixelContrast
from generators._ecgan_edges import EdgeTargets
from generators._ecgan_labels import LabelGenerator, draw_pixels, similarity_loss
from generators._errors import GeneratorError
from generators._patch_objective import PatchObjective
from generators._recipe import Recipe
from generators.layers.blocks import xavier_init
from generators.layers.discriminators import Features, judge
from generators.layers.texture import texture_energies, texture_loss

JUDGED = {"first": (1.0, "photo"), "edge": (1.0, "edges of photo"), "image": (2.0, "photo")}
"""Stages that D judges, one D for both modalities: the weight of each in every term (official code), and its target."""


class EcganObjective(PatchObjective):
    """Adversarial training against one PatchGAN that judges images and edge maps, each beside the layout.

    Terms of the released code, each summed over first image, edges and final image with weights 1, 1 and 2, edges
    compared with those of the photo: "gan", "feature_matching", "vgg"; and for small machines, ours, "texture", and
    "l1" of the images alone: the map that is closest to sparse edges at unknown places has none. Terms of D, summed
    likewise: "fake", "real".

    Terms of the paper, of which no code was released (see `_ecgan_labels` and `_ecgan_contrast`):

    - "label": cross-entropy of the label generator's reading of the photo, so that S'' has the layout's classes. Ours
      altogether.
    - "similarity": of its reading of the final image; reaches both generators.
    - "contrastive": of embeddings of pixels of the batch and of remembered layouts.

    The networks that only these need, label generator and projection, are trained together with G.

    Args:
        generator: The network to be trained.
        recipe: Loss weights and D. `objective` has "edge_sigma", "edge_low" and "edge_high" (Canny's deviation, and its
            thresholds as shares of the largest gradient); for the paper's terms also "label_width" and "label_blocks"
            (of the label generator), "similarity_pixels" and "anchors" (pixels of a class that are drawn of a layout
            for the one and the other loss), "embedding" (dimensions), "temperature", and "memory" (layouts that are
            remembered of each class).
        vgg_weights: File of torchvision's VGG-19, needed when "vgg" has a weight.

    Raises:
        GeneratorError: The perceptual loss is asked for without its weights, a choice is missing or impossible, or
            scikit-image is not installed.
    """

    judged = tuple(JUDGED)

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        from generators.ecgan import Ecgan

        assert isinstance(generator, Ecgan)
        choices = dict(recipe.objective)
        try:
            self.edges = EdgeTargets(choices["edge_sigma"], choices["edge_low"], choices["edge_high"])
            self.num_labels, self.unlabeled = generator.num_labels, generator.unlabeled
            parts: dict[str, nn.Module] = {}
            if recipe.loss_weights.get("label") or recipe.loss_weights.get("similarity"):
                parts["labels"] = LabelGenerator(self.num_labels, choices["label_width"], choices["label_blocks"])
                self.similarity_pixels = int(choices["similarity_pixels"])
            if recipe.loss_weights.get("contrastive"):
                self.anchors = int(choices["anchors"])
                parts["contrast"] = PixelContrast(
                    generator.channels,
                    self.num_labels,
                    choices["embedding"],
                    choices["temperature"],
                    choices["memory"],
                )
        except KeyError as error:
            raise GeneratorError(f"ECGAN's recipe does not state {error}; 'objective' has {sorted(choices)}") from error
        self.parts = nn.ModuleDict(parts)
        xavier_init(self.parts, recipe.init_gain)

    def cache_in(self, folder: Path) -> None:
        """Keep edges of photos on disk."""
        self.edges.folder = folder

    def encoder(self) -> nn.Module | None:
        """Return label generator and projection, where the recipe has terms for them."""
        return self.parts if len(self.parts) else None

    def stages(self, generator: Generator, cond: Tensor, real: Tensor) -> Stages:
        """Run G, and find the edges of the photos: "edge_of_real", (N, 3, H, W), 1 on edges and -1 elsewhere."""
        return {**super().stages(generator, cond, real), "edge_of_real": self.edges.of(real)}

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G, of the label generator and of the projection."""
        targets = {"photo": real, "edges of photo": stages["edge_of_real"]}
        features: dict[str, Features] = {}
        if self.weight("gan") or self.weight("feature_matching"):
            judged = {name: stages[name] for name in JUDGED} | (targets if self.weight("feature_matching") else {})
            features = dict(zip(judged, judge(self.discriminator, cond, [*judged.values()]), strict=True))
        textures: dict[str, list[Tensor]] = {}
        if self.weight("texture"):
            textures = {what: texture_energies(target) for what, target in targets.items()}
        terms: dict[str, Tensor] = {}
        for name, (share, what) in JUDGED.items():
            fake, target = stages[name], targets[what]
            found: dict[str, Tensor] = {}
            if self.weight("gan"):
                found["gan"] = self.adversarial(features[name], is_real=True, for_d=False)
            if self.weight("feature_matching"):
                found["feature_matching"] = self.matching(features[name], features[what])
            if self.vgg:
                found["vgg"] = self.vgg[0].to(real.device)(fake, target)
            if self.weight("l1") and target is real:
                found["l1"] = F.l1_loss(fake, target)
            if textures:
                found["texture"] = texture_loss(texture_energies(fake), textures[what])
            for term, value in found.items():
                terms[term] = terms.get(term, 0.0) + share * value
        return {**terms, **self._paper_terms(cond, real, stages)}

    def _paper_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        terms: dict[str, Tensor] = {}
        labels = cond[:, : self.num_labels].argmax(dim=1)
        if self.weight("label"):
            counted = torch.ones_like(labels, dtype=torch.bool) if self.unlabeled is None else labels != self.unlabeled
            losses = F.cross_entropy(self.parts["labels"](real), labels, reduction="none")
            terms["label"] = (losses * counted).sum() / counted.sum().clamp(min=1)
        if self.weight("similarity"):
            pixels = draw_pixels(labels, self.similarity_pixels, self.unlabeled)
            terms["similarity"] = similarity_loss(self.parts["labels"](stages["image"]), pixels)
        if self.weight("contrastive"):
            pixels = draw_pixels(labels, self.anchors, self.unlabeled)
            terms["contrastive"] = self.parts["contrast"](stages["features"], pixels)
        return terms

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of D; a photo counts for both images, as in the official code."""
        targets = {"photo": real, "edges of photo": stages["edge_of_real"]}
        judged = {name: stages[name] for name in JUDGED} | targets
        features = dict(zip(judged, judge(self.discriminator, cond, [*judged.values()]), strict=True))
        fake, true = [], []
        for name, (share, what) in JUDGED.items():
            fake.append(share * self.adversarial(features[name], is_real=False, for_d=True))
            true.append(share * self.adversarial(features[what], is_real=True, for_d=True))
        return {"fake": torch.stack(fake).sum(), "real": torch.stack(true).sum()}
