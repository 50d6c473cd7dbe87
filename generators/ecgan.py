"""ECGAN (Tang et al., ICLR 2023): edges first, then the image, in the official key layout.

Neither weights nor the whole method were ever released. The public code, of which only the history has the networks,
is the generator below, its discriminator, and their adversarial, feature matching and perceptual losses; the recipes
named as data sets train that. The published numbers are those of the whole method, which adds a label generator with
a similarity loss and pixel-wise contrastive learning across layouts, known from abstract, introduction and overview
figure alone. The recipes "...-contrastive" train it with choices of ours, which their sources name and
`Recipe.objective` states. So no recipe is the one that made the published numbers: they cannot be repeated from public
material, by these recipes no more than by others.

ADE20K's layouts have a channel for each stored value, 0 for unlabelled pixels, as the released code reads them.

Edges have the losses of the images, by the same discriminator; first image, edges and final image weigh 1, 1 and 2.
Edge targets are Canny's by scikit-image, where the authors wrote their own; `generators._ecgan_edges` says what
differs.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Stages
from generators._ecgan_objective import EcganObjective
from generators._errors import GeneratorError
from generators._recipe import Recipe
from generators._registry import register
from generators._spade_decoder import SpadeDecoder, Upsampling
from generators.layers.neighbourhoods import convolve
from generators.layers.norms import CondPyramid

HEADS = (32, 16, 8)
"""Channels of the edge and of the image head before their last convolutions, whatever the width."""

EDGES = (("edge_sigma", 1.4), ("edge_low", 0.075), ("edge_high", 0.175))
"""Canny's: deviation of the Gaussian, and both thresholds as shares of the largest gradient."""
CONTRASTIVE = (
    *EDGES,
    ("label_width", 32),
    ("label_blocks", 4),
    ("similarity_pixels", 32),
    ("embedding", 64),
    ("temperature", 0.1),
    ("anchors", 8),
    ("memory", 32),
)
"""What the paper's parts beyond the released code need; all of it ours (`EcganObjective` says what each is)."""
_OURS = (
    "ours: label generator, its training on photos, similarity and contrastive loss with all their numbers (objective, "
    "weights of label, similarity and contrastive), after the description in Tang et al. 2023; the rest: "
)

CITYSCAPES = Recipe(
    source="official code (history of the repository) for networks, losses, betas, batch and numbers of the edges; "
    "edges by scikit-image in the place of the authors' own Canny; epochs, which neither the code nor the paper's "
    "available parts state, are those of LGGAN",
    size=(256, 512),
    model={"upsampling": "more"},
    discriminator={"width": 64, "layers": 4, "scales": 2},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "vgg": 10.0},
    objective=EDGES,
    batch_size=16,
    epochs=100,
    decay_epochs=100,
    lr_g=1e-4,
    lr_d=4e-4,
    betas=(0.0, 0.9),
)
ADE20K = dataclasses.replace(
    CITYSCAPES,
    source="official code (history of the repository) for networks, losses, betas and numbers of the edges; edges by "
    "scikit-image in the place of the authors' own Canny; batch and epochs, which neither the code nor the paper's "
    "available parts state, are those of SPADE",
    size=(256, 256),
    model={"upsampling": "normal", "unlabeled": 0},
    batch_size=32,
)
COCO = dataclasses.replace(ADE20K, model={"upsampling": "normal", "unlabeled": 182}, epochs=100, decay_epochs=0)
QUICK = Recipe(
    source="ours: minutes on two CPU cores; a pixel and a texture loss in the place of the perceptual one; values of "
    "SPADE's quick recipe, with fewer steps since each takes longer; no published counterpart",
    model={"width": 8, "hidden": 16, "upsampling": "more"},
    discriminator={"width": 16, "layers": 3, "scales": 2},
    loss_weights={"gan": 1.0, "feature_matching": 10.0, "l1": 100.0, "texture": 50.0},
    objective=EDGES,
    batch_size=1,
    steps=400,
    decay_steps=200,
    lr_g=2e-3,
    lr_d=5e-4,
    betas=(0.5, 0.99),
    fresh_fakes=False,
    init_gain=0.7,
)


def _whole(recipe: Recipe, **smaller: int) -> Recipe:
    """Return the training of the whole method that goes with one of the released part."""
    weights = {**recipe.loss_weights, "label": 1.0, "similarity": 1.0, "contrastive": 1.0}
    choices = tuple((name, smaller.get(name, value)) for name, value in CONTRASTIVE)
    return dataclasses.replace(recipe, source=_OURS + recipe.source, loss_weights=weights, objective=choices)


@register(
    "ecgan",
    title="ECGAN",
    task="layout",
    paper="Tang et al., Edge Guided GANs with Contrastive Learning for Semantic Image Synthesis, ICLR 2023",
    conditions=("values", "edges"),
    recipes={
        "cityscapes": CITYSCAPES,
        "ade20k": ADE20K,
        "coco_stuff": COCO,
        "cityscapes-contrastive": _whole(CITYSCAPES),
        "ade20k-contrastive": _whole(ADE20K),
        "coco_stuff-contrastive": _whole(COCO),
        "quick": QUICK,
        "quick-contrastive": _whole(QUICK, label_width=8, label_blocks=2, embedding=16),
    },
    objective=EcganObjective,
)
class Ecgan(SpadeDecoder):
    """SPADE blocks, then three heads: an edge map, an image that the edges guide, and one that the layout corrects.

    Args:
        num_labels: Channels of the one-hot layout, the unlabelled one included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the image.
        width: Channels before the heads (ngf).
        upsampling: "more" for 256x512, "normal" for 256x256, as published; "most" for larger images.
        hidden: Width inside the SPADE norms.
        unlabeled: The layout's channel of unlabelled pixels, where there is one. The semantic preserving module has a
            map less than the layout has channels then, and losses on classes pass over it.

    Raises:
        GeneratorError: The size is no multiple of what the upsampling makes, or there is no such channel.
    """

    unused_parameters: ClassVar[tuple[str, ...]] = ("fc1.",)

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        upsampling: Upsampling = "normal",
        hidden: int = 128,
        unlabeled: int | None = None,
    ) -> None:
        super().__init__(num_labels, edges, size, width, upsampling, hidden)
        if unlabeled is not None and not 0 <= unlabeled < num_labels:
            raise GeneratorError(
                f"channel {unlabeled} cannot be that of unlabelled pixels: the layout has channels 0 to "
                f"{num_labels - 1}. Choose the recipe of this data set."
            )
        self.channels = last = self.conv_img.in_channels
        del self.conv_img
        self.unlabeled, self.classes = unlabeled, num_labels - int(unlabeled is not None)
        self.fc = nn.Conv2d(self.cond_channels, 16 * width, 3, padding=1)
        self.fc1 = nn.Linear(self.classes, self.classes)  # in the checkpoints, used by no output
        for head in ("edge", "img"):
            for i, (fin, fout) in enumerate(itertools.pairwise((last, *HEADS, 3)), start=1):
                self.add_module(f"conv_{head}{i}", nn.Conv2d(fin, fout, 3, padding=1))
        joint = last + 6 + self.cond_channels
        self.conv_comb1 = nn.Conv2d(joint, self.classes, 3, padding=1)
        self.conv_comb2 = nn.Conv2d(self.classes, joint, 3, padding=1)
        self.conv_comb = nn.Conv2d(joint, 3, 3, padding=1)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute the edge map and both images.

        Args:
            cond: (N, C, H, W), one-hot layout first.
            noise: Ignored; the method is deterministic.

        Returns:
            "image": the final one (I'' in the paper), (N, 3, H, W) in [-1, 1]; "edge": (N, 3, H, W) in [-1, 1];
            "first": the image before its semantics are corrected (I'), (N, 3, H, W), up to 1 + sigmoid(1) in absolute
            value; in training mode also "features", (N, width, H, W), which all heads read.
        """
        pyramid = CondPyramid(cond)
        if cond.device.type == "cpu":
            pyramid = pyramid.channels_last()
        start = F.interpolate(cond, size=self.start_size, mode="nearest")
        features = self.features(self.fc(start), pyramid)
        active = F.leaky_relu(features, 0.2)
        edge, first = self._edge_and_first(active)
        stages: Stages = {"image": self._preserve(active, first, edge, pyramid), "edge": edge, "first": first}
        if self.training:
            stages["features"] = features
        return stages

    def pictures(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "edge" and "first" of `stages`, the latter cut to [-1, 1]."""
        stages = self.stages(cond)
        return {"edge": stages["edge"], "first": stages["first"].clamp(-1, 1)}

    def _edge_and_first(self, active: Tensor) -> tuple[Tensor, Tensor]:
        """Edge generator and image generator; attention guided edge transfer from the one to the other at each layer.

        The features of the edges are an attention map on those of the image, and the edge map is one on the image.
        """
        # both first layers read the same features: one convolution of twice the width
        weight, bias = (
            torch.cat([self.get_submodule(layer).get_parameter(name) for layer in ("conv_edge1", "conv_img1")])
            for name in ("weight", "bias")
        )
        edge, image = F.conv2d(active, weight, bias, padding=1).chunk(2, dim=1)
        for i in range(2, len(HEADS) + 2):
            image = torch.addcmul(image, image, torch.sigmoid(edge))
            edge = self.get_submodule(f"conv_edge{i}")(F.leaky_relu(edge, 0.2))
            image = self.get_submodule(f"conv_img{i}")(F.leaky_relu(image, 0.2))
        edge, image = torch.tanh(edge), torch.tanh(image)
        return edge, torch.addcmul(image, image, torch.sigmoid(edge))

    def _preserve(self, active: Tensor, first: Tensor, edge: Tensor, pyramid: CondPyramid) -> Tensor:
        """Semantic preserving module: a map for each class, the more of it the more the image has; and the image.

        Args:
            active: Features after their activation; those of the layout, which is not negative, are the layout itself.
            first: Image.
            edge: Edge map.
            pyramid: Condition.
        """
        seen = torch.cat((active, F.leaky_relu(torch.cat((first, edge), dim=1), 0.2)), dim=1)
        of_seen, of_cond = self.conv_comb1.weight.split((seen.shape[1], self.cond_channels), dim=1)
        maps = F.conv2d(seen, of_seen, padding=1) + self._of_cond(seen, of_cond, pyramid)
        maps = maps * (1 + torch.sigmoid(maps.mean(dim=(2, 3), keepdim=True)))
        joint = self.conv_comb2(F.leaky_relu(maps, 0.2, inplace=True))
        image: Tensor = torch.tanh(self.conv_comb(F.leaky_relu(joint, 0.2, inplace=True)))
        return image

    def _of_cond(self, x: Tensor, weight: Tensor, pyramid: CondPyramid) -> Tensor:
        """The condition's part of the class maps, bias included: once for each distinct 3x3 neighbourhood, if it pays.

        Args:
            x: Of the device, the precision and the size in question.
            weight: (classes, C, 3, 3).
            pyramid: Condition.
        """
        bias, shared = _bias(self.conv_comb1), None
        if not (self.training or torch.is_grad_enabled()) and _counts_pay(x, weight):
            shared = pyramid.neighbourhoods(x)
        if shared is None:
            return F.conv2d(F.leaky_relu(pyramid.at(x), 0.2), weight, bias, padding=1)
        table = convolve(F.leaky_relu(shared.palette, 0.2), shared.small, weight, bias)
        return F.embedding(shared.small.at, table).permute(0, 3, 1, 2)


def _counts_pay(x: Tensor, weight: Tensor) -> bool:
    """Whether to look for equal neighbourhoods; measured on processors only, and no graph can keep their counts."""
    graph = torch.compiler.is_compiling() or torch._C._get_tracing_state()
    return x.device.type == "cpu" and x.dtype == weight.dtype and not torch.is_autocast_enabled("cpu") and not graph


def _bias(conv: nn.Conv2d) -> Tensor:
    return conv.get_parameter("bias")
