"""OASIS (Schönfeld, Sushko, Zhang, Gall, Schiele, Khoreva, ICLR 2021), in the official key layout.

A generator of SPADE blocks that reads 3D noise and layout together, and a discriminator that segments: the only
supervision is adversarial. The recipes named as data sets are those of the released checkpoints, from which the
published numbers come. Where the paper's text says something else there is a recipe "...-paper" with its value:

- decay of the average: 0.9999 in the text, 0.999 in the code on Cityscapes;
- weight of LabelMix on ADE20K: 10 in the code, 5 as quoted from the long edition of the paper, which was not at hand.

The published numbers are of the training's best checkpoint, by FID on the very images that are scored. That choice
looks at the test set, so recipes take the last checkpoint, except those called "...-best", which repeat it.
"""

from __future__ import annotations

import dataclasses
import itertools
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._base import Generator, Stages
from generators._errors import GeneratorError
from generators._oasis_objective import OasisObjective
from generators._recipe import Recipe
from generators._registry import register
from generators.layers.blocks import SpadeBlock
from generators.layers.noise import draw_noise, spread_noise
from generators.layers.norms import CondPyramid, SpadeNorm

UPSAMPLINGS = 5

ADE20K = Recipe(
    source="Schönfeld et al. 2021, sec. 3; official code for rates, batch, loss weights and the average",
    size=(256, 256),
    discriminator={"width": 64},
    loss_weights={"gan": 1.0, "labelmix": 10.0},
    batch_size=32,
    epochs=200,
    lr_g=1e-4,
    lr_d=4e-4,
    betas=(0.0, 0.999),
    ema_decay=0.9999,
    ema_whole_state=True,
    ema_refresh=51,
)
CITYSCAPES = dataclasses.replace(
    ADE20K,
    size=(256, 512),
    loss_weights={"gan": 1.0, "labelmix": 5.0},
    batch_size=20,
    lr_g=4e-4,
    ema_decay=0.999,
)
COCO = dataclasses.replace(ADE20K, epochs=100)


CITYSCAPES_PAPER = dataclasses.replace(
    CITYSCAPES, source="Schönfeld et al. 2021, sec. 3, as printed: average with 0.9999", ema_decay=0.9999
)
ADE20K_PAPER = dataclasses.replace(
    ADE20K,
    source="Schönfeld et al. 2021; weight 5 of LabelMix as quoted from its long edition",
    loss_weights={"gan": 1.0, "labelmix": 5.0},
)


def _best(recipe: Recipe, every: int) -> Recipe:
    """Return a training whose best checkpoint is taken, as for the published numbers: by FID on the evaluated split."""
    return dataclasses.replace(recipe, keep_every=every, select="fid_torch")


def _with_vgg(recipe: Recipe) -> Recipe:
    """Return the ablation with a perceptual loss (Table 2)."""
    return dataclasses.replace(recipe, loss_weights={**recipe.loss_weights, "vgg": 10.0})


QUICK = Recipe(
    source="ours: minutes on two CPU cores, hence a pixel and a texture loss beside the adversarial one; chosen by "
    "measurement on tinytown, no published counterpart",
    model={"width": 8, "hidden": 16, "z_dim": 4},  # with more, noise drowns the layout for longer than this trains
    discriminator={"width": 8},
    loss_weights={"gan": 1.0, "labelmix": 5.0, "l1": 100.0, "texture": 50.0},
    batch_size=1,
    steps=550,
    decay_steps=250,
    lr_g=2e-3,
    lr_d=1e-3,
    betas=(0.5, 0.99),
    ema_decay=0.99,
    ema_whole_state=True,
    ema_refresh=51,
    fresh_fakes=False,
    init_gain=0.7,
)


class OasisNorm(SpadeNorm):
    """A SPADE norm whose batch norm is called `first_norm`, as in the official checkpoints."""

    def __init__(self, channels: int, cond_channels: int, hidden: int = 128) -> None:
        super().__init__(channels, cond_channels, hidden)
        self.first_norm = self._modules.pop("param_free_norm")

    @property
    def param_free_norm(self) -> Any:  # type: ignore[override]
        """The batch norm, under the name that the SPADE norm knows."""
        return self.first_norm


@register(
    "oasis",
    title="OASIS",
    task="layout",
    paper="Schönfeld et al., You Only Need Adversarial Supervision for Semantic Image Synthesis, ICLR 2021",
    conditions=("unlabeled", "layout"),
    recipes={
        "cityscapes": CITYSCAPES,
        "ade20k": ADE20K,
        "ade20k_outdoors": ADE20K,
        "coco_stuff": COCO,
        "cityscapes-paper": CITYSCAPES_PAPER,
        "ade20k-paper": ADE20K_PAPER,
        "cityscapes-vgg": _with_vgg(CITYSCAPES),
        "ade20k-vgg": _with_vgg(ADE20K),
        "coco_stuff-vgg": _with_vgg(COCO),
        "cityscapes-best": _best(CITYSCAPES, 2500),
        "ade20k-best": _best(ADE20K, 5000),
        "coco_stuff-best": _best(COCO, 5000),
        "quick": QUICK,
    },
    objective=OasisObjective,
)
class Oasis(Generator):
    """SPADE blocks from noise and layout to the image.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included (and first).
        edges: Must be false: the method takes no instance edges.
        size: Height and width of the image.
        width: Channels before the last convolution (channels_G).
        hidden: Width inside the SPADE norms.
        z_dim: Dimensions of the noise; 0 is the method without 3D noise.

    Raises:
        GeneratorError: The size is no multiple of 32, or edges are asked for.
    """

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        hidden: int = 128,
        z_dim: int = 64,
    ) -> None:
        super().__init__(num_labels, edges, size)
        if edges:
            raise GeneratorError("OASIS takes no instance edges; build it with edges=False.")
        factor = 2**UPSAMPLINGS
        if size[0] % factor or size[1] % factor:
            raise GeneratorError(
                f"OASIS makes sizes that are multiples of {factor}; got {size[0]}x{size[1]}. Choose another size."
            )
        self.z_dim = z_dim
        self.start_size = (size[0] // factor, size[1] // factor)
        channels = self.input_channels
        self.fc = nn.Conv2d(channels, 16 * width, 3, padding=1)
        widths = [factor * width for factor in (16, 16, 16, 8, 4, 2, 1)]
        self.body = nn.ModuleList(
            SpadeBlock(fin, fout, channels, hidden, OasisNorm) for fin, fout in itertools.pairwise(widths)
        )
        self.conv_img = nn.Conv2d(width, 3, 3, padding=1)

    @property
    def input_channels(self) -> int:
        """Channels that the first convolution sees: noise, then layout."""
        return self.z_dim + self.cond_channels

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image" from cond (N, C, H, W) and noise, vectors (N, z_dim) or a map (N, z_dim, H, W)."""
        if self.z_dim:
            if noise is None:
                raise ValueError("OASIS needs noise; draw it with sample_noise")
            cond = torch.cat((spread_noise(noise.to(cond), self.size), cond), dim=1)
        pyramid = CondPyramid(cond)
        x = self.fc(F.interpolate(cond, size=self.start_size, mode="nearest"))
        if x.device.type == "cpu":  # channels last: the convolutions take about half the time there
            x, pyramid = x.contiguous(memory_format=torch.channels_last), pyramid.channels_last()
        for block in self.body[:-1]:
            x = F.interpolate(block(x, pyramid), scale_factor=2, mode="nearest")
        x = self.body[-1](x, pyramid)
        return {"image": torch.tanh(self.conv_img(F.leaky_relu(x, 0.2)))}

    @property
    def noise_maps(self) -> bool:
        """Whether there is 3D noise, which may differ from pixel to pixel."""
        return bool(self.z_dim)

    def sample_noise(self, n: int, rng: torch.Generator | None = None) -> Tensor | None:
        """Draw a vector for each of n images from the standard normal; None without 3D noise."""
        return draw_noise(n, self.z_dim, rng) if self.z_dim else None
