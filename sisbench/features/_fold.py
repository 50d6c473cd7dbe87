"""The same function in less time: batch norms folded into convolutions, channels last in memory, oneDNN throughout.

On a CPU with one thread, folding takes a quarter off EfficientNet-Lite0, the layout a quarter off VGG-16, and both
together a third off Inception (`benchmarks/inception.py`).
"""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

M = TypeVar("M", bound=nn.Module)


def fold_batch_norms(module: M) -> M:
    """Fold, in place, every batch norm that follows a convolution in the order their parent declares them.

    The convolution gets the norm's scale and shift in evaluation mode (multiplied in float64, rounded once), and the
    norm's place is taken by what it did besides: timm's norms carry their activation. Outputs stay equal to rounding.

    Args:
        module: A network in evaluation mode that runs its parts in the order of declaration, as torch-fidelity's and
            timm's do.

    Returns:
        The module.
    """
    before: tuple[str, nn.Conv2d] | None = None
    for name, child in list(module.named_children()):
        if isinstance(child, nn.BatchNorm2d) and before is not None:
            convolution_name, convolution = before
            fused = fuse_conv_bn_eval(convolution.double().eval(), child.double().eval())
            setattr(module, convolution_name, fused.float())
            setattr(module, name, getattr(child, "act", nn.Identity()))
        before = (name, child) if isinstance(child, nn.Conv2d) else None
        fold_batch_norms(child)
    return module


def channels_last(module: M) -> M:
    """Lay the weights of convolutions out with channels last, in place; their activations follow."""
    for parameter in module.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return module


class Pointwise(nn.Module):
    """A convolution of 1x1 by oneDNN, whatever the number of threads.

    With one thread and fewer than 16 images torch takes an older way to such convolutions, which is slower: by a fifth
    of the whole of Inception, by two fifths of EfficientNet-Lite0.

    Args:
        convolution: What is computed.
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.convolution = convolution

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (N, C, H, W)."""
        c = self.convolution
        if x.device.type != "cpu" or x.dtype != torch.float32 or not torch.backends.mkldnn.is_available():
            found: Tensor = c(x)
            return found
        return torch.mkldnn_convolution(x, c.weight, c.bias, (0, 0), c.stride, (1, 1), 1)


def pointwise(module: M) -> M:
    """Replace, in place, every plain 1x1 convolution inside a frozen network by `Pointwise`."""
    for name, child in module.named_children():
        if type(child) is nn.Conv2d and _plain(child):
            setattr(module, name, Pointwise(child))
        else:
            pointwise(child)
    return module


def _plain(convolution: nn.Conv2d) -> bool:
    """Whether it is a 1x1 convolution of all channels without padding."""
    return convolution.kernel_size == (1, 1) and convolution.groups == 1 and convolution.padding in ((0, 0), "valid")
