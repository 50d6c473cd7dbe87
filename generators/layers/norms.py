"""The SPADE norm, and the condition it reads at every resolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CondPyramid:
    """A condition, resized by nearest neighbour to every size that is asked for, once.

    All norms of one resolution share one resized tensor.

    Args:
        cond: (N, C, H, W).
    """

    def __init__(self, cond: Tensor) -> None:
        self._levels = {tuple(cond.shape[2:]): cond}
        self._cond = cond

    def at(self, x: Tensor) -> Tensor:
        """Return the condition at the height and width of `x`."""
        size = tuple(x.shape[2:])
        if size not in self._levels:
            self._levels[size] = F.interpolate(self._cond, size=size, mode="nearest")
        return self._levels[size]

    def channels_last(self) -> CondPyramid:
        """Return the same condition in channels-last memory."""
        return CondPyramid(self._cond.contiguous(memory_format=torch.channels_last))


class SpadeNorm(nn.Module):
    """Spatially-adaptive normalisation: y = n(x) * (1 + gamma(cond)) + beta(cond).

    n is batch norm without parameters of its own; gamma and beta are two 3x3 convolutions away from the condition
    (Park et al. 2019, eq. 1 and 2). Key layout of the official checkpoints.

    Args:
        channels: Channels of x.
        cond_channels: Channels of the condition.
        hidden: Width between the two convolutions; 128 in every published model.
    """

    def __init__(self, channels: int, cond_channels: int, hidden: int = 128) -> None:
        super().__init__()
        self.param_free_norm = nn.BatchNorm2d(channels, affine=False)
        self.mlp_shared = nn.Sequential(nn.Conv2d(cond_channels, hidden, 3, padding=1), nn.ReLU())
        self.mlp_gamma = nn.Conv2d(hidden, channels, 3, padding=1)
        self.mlp_beta = nn.Conv2d(hidden, channels, 3, padding=1)

    def forward(self, x: Tensor, cond: CondPyramid) -> Tensor:
        """Normalise x, (N, channels, h, w), under the condition; same shape."""
        hidden = self.mlp_shared(cond.at(x))
        # gamma and beta read the same input: one convolution of twice the width is faster than two
        weight = torch.cat((self.mlp_gamma.weight, self.mlp_beta.weight))
        bias = torch.cat((self.mlp_gamma.get_parameter("bias"), self.mlp_beta.get_parameter("bias")))
        gamma, beta = F.conv2d(hidden, weight, bias, padding=1).chunk(2, dim=1)
        return torch.addcmul(beta, self.param_free_norm(x), 1 + gamma)


def spectral_norm(module: nn.Conv2d) -> nn.Conv2d:
    """Attach spectral norm in the key layout of the official checkpoints (`weight_orig`, `weight_u`, `weight_v`).

    The newer parametrisation of torch names its tensors differently and starts with 15 power iterations; the published
    weights go with the stored vectors of this one.
    """
    return torch.nn.utils.spectral_norm(module)
