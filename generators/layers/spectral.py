"""Spectral norm of a whole network, for papers that say "all layers", and weights that a method applies itself."""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from generators.layers.norms import SpadeNorm, spectral_norm

_LAYERS = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)


def normalise_everything(module: nn.Module) -> None:
    """Attach spectral norm to every convolution and linear layer that has none, those inside of SPADE norms apart."""
    if isinstance(module, _LAYERS) and not hasattr(module, "weight_orig"):
        spectral_norm(cast(nn.Conv2d, module))
    for child in module.children():
        if not isinstance(child, SpadeNorm):
            normalise_everything(child)


def weight_of(layer: nn.Module) -> Tensor:
    """Return the weight that a layer applies, divided by its spectral norm where it has one.

    For a method that computes a layer's output in another way than the layer does. In training it moves the vectors of
    the spectral norm, as a call of the layer would, so it is asked once a forward.
    """
    weight = cast(Tensor, layer.weight)
    for hook in layer._forward_pre_hooks.values():
        hook(layer, (weight,))  # an input as large as the weight is never divided in the place of it
    return cast(Tensor, layer.weight)
