"""X-SO (Regmi and Borji, CVIU 2019): photo and semantics as one stack of six channels. Not official.

No training script or weights of the paper's methods are released. What is known: photo and map come from one
encoder-decoder as a stack, and X-Fork's code can build a discriminator of twice the channels, twelve: presumably source
photo, its semantics, photo and map. Here the three channels of the source's semantics are black, as those of CVUSA's
aerial photos are, for a cross-view condition has the target's semantics only. The weight of the map's L1, and the
training, are X-Fork's. Conventions of the family: `generators._torch7`.
"""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn

from generators import pix2pix, xfork
from generators._base import Stages
from generators._crossview import CrossViewGenerator
from generators._encoder_decoder import EncoderDecoder, levels_of
from generators._recipe import Recipe
from generators._registry import register
from generators._torch7 import TestMode, Torch7Generator
from generators._torch7_objective import Judgement, Torch7Objective
from generators._torch7_recipes import recipes
from generators.layers.dropout import Dropout
from generators.layers.patchgan import PatchGAN


def _assumed(recipe: Recipe) -> Recipe:
    source = f"ours: X-SO's training is not released; X-Fork's. {recipe.source}"
    return dataclasses.replace(recipe, source=source)


class XSOObjective(Torch7Objective):
    """The family's losses; D judges photo and map together."""

    def build_discriminator(self, recipe: Recipe) -> nn.Module:
        """Build D, of source photo, its semantics, photo and colour map."""
        return PatchGAN(12, bias=True, **recipe.discriminator)

    def judgements(self, cond: Tensor, real: Tensor, stages: Stages) -> list[Judgement]:
        """Return what D judges: the stack."""
        view = CrossViewGenerator.parts(cond)
        condition = torch.cat((view.source, torch.full_like(view.source, -1.0)), dim=1)
        fake = torch.cat((stages["image"], stages["semantics"]), dim=1)
        return [Judgement("", self.discriminator, condition, fake, torch.cat((real, view.semantics), dim=1))]


@register(
    "xso",
    title="X-SO",
    task="cross-view",
    paper="Regmi and Borji, Cross-view image synthesis using geometry-guided conditional GANs, CVIU 2019",
    conditions=("source",),
    recipes={
        name: _assumed(recipe) for name, recipe in recipes(xfork.LOSS_WEIGHTS, pix2pix.CODE_BATCH, xfork.QUICK).items()
    },
    objective=XSOObjective,
)
class XSO(Torch7Generator):
    """Source photo to a stack of target photo and its colour map.

    Args:
        num_labels: Channels of the target view's one-hot layout, which the network does not see.
        edges: Always False.
        size: Height and width of both views; multiples of 2^levels.
        width: Channels of the outermost convolutions (ngf).
        levels: Convolutions down to the waist, at least 5; None is as many as the size allows, 8 at most.
        bgr: Whether the network works on BGR.
        test_mode: How images are made: "eval", or "train" as in the official scripts.

    Raises:
        GeneratorError: An impossible size or number of levels, or an unknown test mode.
    """

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        levels: int | None = None,
        bgr: bool = False,
        test_mode: TestMode = "eval",
    ) -> None:
        super().__init__(num_labels, edges, size, bgr, test_mode)
        self.model = EncoderDecoder(self.input_channels, {"": 6}, width, levels_of(size, levels))
        self._finish()

    @property
    def dropped_values(self) -> int:
        """Number of values of an image that dropout decides on."""
        return self.model.dropped_values(self.size)

    def translate(self, x: Tensor, drop: Dropout) -> Stages:
        """Compute "image" and "semantics" from the photo, (N, input_channels, H, W)."""
        image, semantics = self.model(x, drop)[0].split(3, dim=1)
        return {"image": image, "semantics": semantics}
