"""SESAME for whole layouts (Ntavelis et al., ECCV 2020): SPADE's generator against a discriminator of two streams.

For images of full layouts the authors trained SPADE's generator as it is; their own generator, which edits photos, is
`sesame_edit`. The discriminator looks at layout and image in streams of their own and lets the first one weigh the
features of the second. Losses are SPADE's, feature matching over the image's stream. Released checkpoints for layouts
are states of SPADE's generator and have its keys.
"""

from __future__ import annotations

import dataclasses

from torch import nn

from generators import spade
from generators._base import Generator
from generators._patch_objective import PatchObjective
from generators._recipe import Recipe
from generators._registry import register
from generators._spade_decoder import Upsampling
from generators.layers.blocks import xavier_init
from generators.layers.sesame_discriminator import SesameDiscriminator

PAPER = "Ntavelis et al., SESAME: Semantic Editing of Scenes by Adding, Manipulating or Erasing Objects, ECCV 2020"
SOURCE = (
    "Ntavelis et al. 2020: SPADE's generator and losses against the SESAME discriminator, 100 + 100 epochs; batches, "
    "rates and betas, which are not stated for whole layouts, as SPADE's code"
)


def _against_sesame(recipe: Recipe) -> Recipe:
    """Return the training of SESAME that goes with one of SPADE."""
    weights = {term: weight for term, weight in recipe.loss_weights.items() if term != "kl"}
    return dataclasses.replace(recipe, source=SOURCE, epochs=100, decay_epochs=100, loss_weights=weights)


CITYSCAPES, ADE20K = _against_sesame(spade.CITYSCAPES), _against_sesame(spade.ADE20K)
COCO = dataclasses.replace(
    _against_sesame(spade.COCO), source=f"{SOURCE}; no number of it on COCO-Stuff was found in print"
)

QUICK = dataclasses.replace(
    spade.QUICK,
    source="ours: SPADE's quick recipe against the SESAME discriminator; no published counterpart",
    loss_weights={term: weight for term, weight in spade.QUICK.loss_weights.items() if term != "kl"},
)


class SesameObjective(PatchObjective):
    """SPADE's losses, against the SESAME discriminator."""

    def build_discriminator(self, generator: Generator, recipe: Recipe) -> nn.Module:
        """Build and initialise D; it takes conditions and images as `judge` gives them."""
        discriminator = SesameDiscriminator(generator.cond_channels + 3, **recipe.discriminator)
        xavier_init(discriminator, recipe.init_gain)
        return discriminator


@register(
    "sesame",
    title="SESAME",
    task="layout",
    paper=PAPER,
    conditions=("layout", "edges"),
    recipes={
        "cityscapes": CITYSCAPES,
        "ade20k": ADE20K,
        "coco_stuff": COCO,
        "quick": QUICK,
    },
    objective=SesameObjective,
)
class Sesame(spade.Spade):
    """SPADE's generator without a style; see `generators.spade.Spade`.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the image.
        width: Channels before the last convolution (ngf).
        upsampling: "more" for 256x512, "normal" for 256x256, as published; "most" for larger images.
        hidden: Width inside the SPADE norms.

    Raises:
        GeneratorError: The size is no multiple of what the upsampling makes.
    """

    def __init__(
        self,
        num_labels: int,
        edges: bool,
        size: tuple[int, int],
        width: int = 64,
        upsampling: Upsampling = "normal",
        hidden: int = 128,
    ) -> None:
        super().__init__(num_labels, edges, size, width, upsampling, hidden)
