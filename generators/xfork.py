"""X-Fork (Regmi and Borji, CVPR 2018): one encoder, and a decoder that forks into the photo and its semantics.

Facts: the paper, and the values of the official Torch7 code. The discriminator sees photos alone, beside the source
photo; the semantics have an L1 loss. Conventions of the family, and what is known of its weights: `generators._torch7`.
"""

from __future__ import annotations

import dataclasses

from torch import Tensor

from generators import pix2pix
from generators._base import Stages
from generators._encoder_decoder import EncoderDecoder, levels_of
from generators._registry import register
from generators._torch7 import TestMode, Torch7Generator
from generators._torch7_objective import Torch7Objective
from generators._torch7_recipes import recipes
from generators.layers.dropout import Dropout

LOSS_WEIGHTS = {**pix2pix.LOSS_WEIGHTS, "l1_semantics": 100.0}
CODE_BATCH = 1
QUICK = dataclasses.replace(pix2pix.QUICK, loss_weights={**pix2pix.QUICK.loss_weights, "l1_semantics": 100.0})


@register(
    "xfork",
    title="X-Fork",
    task="cross-view",
    paper="Regmi and Borji, Cross-View Image Synthesis Using Conditional GANs, CVPR 2018",
    conditions=("source",),
    recipes=recipes(LOSS_WEIGHTS, CODE_BATCH, QUICK),
    objective=Torch7Objective,
)
class XFork(Torch7Generator):
    """Source photo to target photo and its colour map, by a decoder whose last two blocks are double.

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
        self.model = EncoderDecoder(self.input_channels, {"_img": 3, "_seg": 3}, width, levels_of(size, levels))
        self._finish()

    @property
    def dropped_values(self) -> int:
        """Number of values of an image that dropout decides on."""
        return self.model.dropped_values(self.size)

    def translate(self, x: Tensor, drop: Dropout) -> Stages:
        """Compute "image" and "semantics" from the photo, (N, input_channels, H, W)."""
        image, semantics = self.model(x, drop)
        return {"image": image, "semantics": semantics}

    def photo(self, x: Tensor, drop: Dropout) -> Tensor:
        """Compute "image" alone."""
        image: Tensor = self.model(x, drop, heads=("_img",))[0]
        return image
