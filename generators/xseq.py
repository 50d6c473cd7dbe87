"""X-Seq (Regmi and Borji, CVPR 2018): a generator of the photo, and one of the photo's semantics behind it.

Facts: the paper, and the values of the official Torch7 code. Each generator has a discriminator; the second one's
condition is the generated photo, for the real map too. A tenth of the second generator's loss reaches the first,
through the second's input alone: not through its discriminator's condition. Conventions of the family, the order of its
updates, and what is known of its weights: `generators._torch7`, `generators._torch7_objective`.
"""

from __future__ import annotations

import dataclasses

from torch import Tensor, nn

from generators import pix2pix
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

LOSS_WEIGHTS = {**pix2pix.LOSS_WEIGHTS, "gan_semantics": 1.0, "l1_semantics": 100.0}
CODE_BATCH = 4
QUICK = dataclasses.replace(
    pix2pix.QUICK, loss_weights={**pix2pix.QUICK.loss_weights, "gan_semantics": 1.0, "l1_semantics": 100.0}
)
SHARE = 0.1
"""How much of the second generator's loss the first one's is increased by."""


class XSeqObjective(Torch7Objective):
    """The family's losses of two generators: terms of the second and its discriminator end in "_semantics"."""

    def build_discriminator(self, recipe: Recipe) -> nn.Module:
        """Build D1, of source photo and photo, and D2, of generated photo and colour map."""
        return nn.ModuleDict({name: PatchGAN(6, bias=True, **recipe.discriminator) for name in ("D1", "D2")})

    def judgements(self, cond: Tensor, real: Tensor, stages: Stages) -> list[Judgement]:
        """Return what each of the two judges."""
        assert isinstance(self.discriminator, nn.ModuleDict)
        image, semantics = stages["image"], stages["semantics"]
        view = CrossViewGenerator.parts(cond)
        return [
            Judgement("", self.discriminator["D1"], view.source, image, real),
            Judgement("_semantics", self.discriminator["D2"], image.detach(), semantics, view.semantics),
        ]


@register(
    "xseq",
    title="X-Seq",
    task="cross-view",
    paper="Regmi and Borji, Cross-View Image Synthesis Using Conditional GANs, CVPR 2018",
    conditions=("source",),
    recipes=recipes(LOSS_WEIGHTS, CODE_BATCH, QUICK),
    objective=XSeqObjective,
)
class XSeq(Torch7Generator):
    """Source photo to target photo (`G1`), and from there to its colour map (`G2`).

    Args:
        num_labels: Channels of the target view's one-hot layout, which the network does not see.
        edges: Always False.
        size: Height and width of both views; multiples of 2^levels.
        width: Channels of the outermost convolutions of both generators (ngf).
        levels: Convolutions down to each waist, at least 5; None is as many as the size allows, 8 at most.
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
        levels = levels_of(size, levels)
        self.G1 = EncoderDecoder(self.input_channels, width=width, levels=levels)
        self.G2 = EncoderDecoder(3, width=width, levels=levels)
        self._finish()

    @property
    def dropped_values(self) -> int:
        """Number of values of an image that dropout decides on, in both generators."""
        return self.G1.dropped_values(self.size) + self.G2.dropped_values(self.size)

    def translate(self, x: Tensor, drop: Dropout) -> Stages:
        """Compute "image" and "semantics" from the photo, (N, input_channels, H, W)."""
        (image,) = self.G1(x, drop)
        seen = image.detach()
        if image.requires_grad:
            seen = seen + SHARE * (image - seen)  # the same values; of their gradient a share
        (semantics,) = self.G2(seen, drop)
        return {"image": image, "semantics": semantics}

    def photo(self, x: Tensor, drop: Dropout) -> Tensor:
        """Compute "image" alone, without the second generator."""
        image: Tensor = self.G1(x, drop)[0]
        return image
