"""X-Fork's generator as plain PyTorch."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from benchmarks.plain.pix2pix import EncoderDecoder, seen, taken_over
from generators import Generator
from generators.xfork import XFork


def plain(network: Generator) -> Callable[[Tensor, Tensor | None], Tensor]:
    """Return the plain form of an X-Fork generator of RGB that is used in evaluation mode, with the same weights."""
    assert isinstance(network, XFork) and not network.bgr and network.test_mode == "eval"
    model = network.model
    form = taken_over(EncoderDecoder(network.input_channels, model.width, model.levels, [3, 3]), model)
    return lambda cond, noise: form(seen(network, cond))[0]
