"""X-Seq++ (Tang et al., CVPR 2019): X-Seq whose first network sees the target view's semantics beside the source photo.

A row of SelectionGAN's tables, whose authors gave the earlier methods the input of theirs. Networks, losses and
discriminators are those of `generators.xseq`: neither discriminator has the semantics as a condition. Which maps of
CVUSA the published row was trained on is not stated.
"""

from __future__ import annotations

from generators import xseq
from generators._registry import register
from generators._torch7_recipes import recipes


@register(
    "xseq_plus",
    title="X-Seq++",
    task="cross-view",
    paper="Tang et al., Multi-Channel Attention Selection GAN with Cascaded Semantic Guidance, CVPR 2019",
    conditions=("source", "semantics"),
    recipes=recipes(xseq.LOSS_WEIGHTS, xseq.CODE_BATCH, xseq.QUICK),
    objective=xseq.XSeqObjective,
)
class XSeqPlus(xseq.XSeq):
    """Source photo and colour map to target photo, and from there to its colour map; arguments as of `XSeq`."""

    sees_semantics = True
