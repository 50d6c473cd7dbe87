"""Pix2pix (Isola et al., CVPR 2017) as cross-view translation: an encoder-decoder from a photo to the other view.

The network that X-Fork's paper compares with, and that the rows "Pix2pix" of the Dayton and CVUSA tables stand for, is
pix2pix's encoder-decoder without skips; it is the default. `network` "unet" is the generator that pix2pix is known for,
in the key layout of its PyTorch code, so that checkpoints of `unet_256` from three channels to three load. No published
cross-view number is known to be of it.

Conventions of the family, and what is known of its weights: `generators._torch7`.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

from torch import Tensor

from generators._base import Stages
from generators._encoder_decoder import EncoderDecoder, levels_of
from generators._errors import GeneratorError
from generators._recipe import Recipe
from generators._registry import register
from generators._torch7 import TestMode, Torch7Generator
from generators._torch7_objective import Torch7Objective
from generators._torch7_recipes import recipes
from generators.layers.dropout import Dropout
from generators.layers.unet import UNet

LOSS_WEIGHTS = {"gan": 1.0, "l1": 100.0}
CODE_BATCH = 8

QUICK = Recipe(
    source="ours: minutes on two CPU cores, with a texture loss and a waist of 4x4, whose batch statistics stand on "
    "more than four values; no published counterpart",
    model={"width": 16, "levels": 5},
    discriminator={"width": 8, "layers": 3},
    loss_weights={**LOSS_WEIGHTS, "texture": 100.0},
    batch_size=4,
    steps=300,
    decay_steps=100,
    lr_g=1e-3,
    lr_d=4e-4,
    betas=(0.5, 0.999),
    fresh_fakes=False,
    discriminator_first=True,
    init="pix2pix",
    init_gain=0.02,
)


def with_unet(recipe: Recipe) -> Recipe:
    """Return the same training of the U-Net."""
    source = f"ours: the U-Net in place of the benchmarked encoder-decoder; else {recipe.source}"
    return dataclasses.replace(recipe, source=source, model={**recipe.model, "network": "unet"})


RECIPES = recipes(LOSS_WEIGHTS, CODE_BATCH, QUICK)
UNET_RECIPES = {f"{name}-unet": with_unet(RECIPES[name]) for name in ("dayton", "cvusa", "quick")}


@register(
    "pix2pix",
    title="Pix2pix",
    task="cross-view",
    paper="Isola et al., Image-to-Image Translation with Conditional Adversarial Networks, CVPR 2017",
    conditions=("source",),
    recipes=RECIPES | UNET_RECIPES,
    objective=Torch7Objective,
)
class Pix2Pix(Torch7Generator):
    """Source photo to target photo, down to a waist of one pixel and back.

    Args:
        num_labels: Channels of the target view's one-hot layout, which the network does not see.
        edges: Always False.
        size: Height and width of both views; multiples of 2^levels.
        width: Channels of the outermost convolutions (ngf).
        levels: Convolutions down to the waist, at least 5; None is as many as the size allows, 8 at most.
        network: "encoder-decoder", which was benchmarked, or "unet".
        bgr: Whether the network works on BGR.
        test_mode: How images are made: "eval", or "train" as in the official scripts.

    Raises:
        GeneratorError: An impossible size or number of levels, or an unknown network or test mode.
    """

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        levels: int | None = None,
        network: Literal["encoder-decoder", "unet"] = "encoder-decoder",
        bgr: bool = False,
        test_mode: TestMode = "eval",
    ) -> None:
        super().__init__(num_labels, edges, size, bgr, test_mode)
        if network not in ("encoder-decoder", "unet"):
            raise GeneratorError(f"pix2pix has no network {network!r}; choose 'encoder-decoder' or 'unet'.")
        levels = levels_of(size, levels)
        self.model: UNet | EncoderDecoder
        if network == "unet":
            self.model = UNet(self.input_channels, 3, width, levels)
        else:
            self.model = EncoderDecoder(self.input_channels, width=width, levels=levels)
        self._finish()

    @property
    def dropped_values(self) -> int:
        """Number of values of an image that dropout decides on."""
        return self.model.dropped_values(self.size)

    def translate(self, x: Tensor, drop: Dropout) -> Stages:
        """Compute "image" from the photo, (N, input_channels, H, W)."""
        return {"image": self.model(x, drop)[-1]}
