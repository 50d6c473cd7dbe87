"""X-Seq's generators as plain PyTorch, one after the other, as the official code runs them to make an image."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from benchmarks.plain.pix2pix import EncoderDecoder, seen, taken_over
from generators import Generator
from generators.xseq import XSeq


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of X-Seq's generators of RGB that are used in evaluation mode, with the same weights."""
    assert isinstance(network, XSeq) and not network.bgr and network.test_mode == "eval"
    g1, g2 = (
        taken_over(EncoderDecoder(channels, model.width, model.levels, [3]), model)
        for channels, model in ((network.input_channels, network.G1), (3, network.G2))
    )

    def forward(cond: Tensor, noise: Tensor | None) -> Tensor:
        image: Tensor = g1(seen(network, cond))[0]
        g2(image)  # the map that comes with the image
        return image

    return forward
