"""Pix2pix++ (Tang et al., CVPR 2019): Pix2pix whose network sees the target view's semantics beside the source photo.

A row of SelectionGAN's tables, whose authors gave the earlier methods the input of theirs. Network, losses and
discriminator are those of `generators.pix2pix`: the discriminator does not see the semantics. Which maps of CVUSA the
published row was trained on is not stated.
"""

from __future__ import annotations

from generators import pix2pix
from generators._registry import register
from generators._torch7_objective import Torch7Objective
from generators._torch7_recipes import recipes


@register(
    "pix2pix_plus",
    title="Pix2pix++",
    task="cross-view",
    paper="Tang et al., Multi-Channel Attention Selection GAN with Cascaded Semantic Guidance, CVPR 2019",
    conditions=("source", "semantics"),
    recipes=recipes(pix2pix.LOSS_WEIGHTS, pix2pix.CODE_BATCH, pix2pix.QUICK),
    objective=Torch7Objective,
)
class Pix2PixPlus(pix2pix.Pix2Pix):
    """Source photo and colour map to target photo; arguments as of `Pix2Pix`."""

    sees_semantics = True
