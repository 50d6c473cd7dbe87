"""X-Fork++ (Tang et al., CVPR 2019): X-Fork whose network sees the target view's semantics beside the source photo.

A row of SelectionGAN's tables, whose authors gave the earlier methods the input of theirs. Network, losses and
discriminator are those of `generators.xfork`: the discriminator does not see the semantics. Which maps of CVUSA the
published row was trained on is not stated.
"""

from __future__ import annotations

from generators import xfork
from generators._registry import register
from generators._torch7_objective import Torch7Objective
from generators._torch7_recipes import recipes


@register(
    "xfork_plus",
    title="X-Fork++",
    task="cross-view",
    paper="Tang et al., Multi-Channel Attention Selection GAN with Cascaded Semantic Guidance, CVPR 2019",
    conditions=("source", "semantics"),
    recipes=recipes(xfork.LOSS_WEIGHTS, xfork.CODE_BATCH, xfork.QUICK),
    objective=Torch7Objective,
)
class XForkPlus(xfork.XFork):
    """Source photo and colour map to target photo and colour map; arguments as of `XFork`."""

    sees_semantics = True
