"""The convolution of CRN and SIMS: layer norm over the whole map, then leaky ReLU, in the key layout of TensorFlow."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

EPS = 1e-12
"""TensorFlow-slim's layer norm; torch's default is 1e-5."""


class NormedConv(nn.Conv2d):
    """3x3 convolution without bias, layer norm, leaky ReLU of slope 0.2.

    The layer norm takes mean and population variance of a sample over height, width and channels together, and has a
    gain and a bias for every channel: a group norm of one group. Its entries are `LayerNorm.weight` and
    `LayerNorm.bias`, `LayerNorm/gamma` and `LayerNorm/beta` in checkpoints of TensorFlow (`generators._tensorflow`).

    Args:
        fin: Channels in.
        fout: Channels out.
    """

    def __init__(self, fin: int, fout: int) -> None:
        super().__init__(fin, fout, 3, padding=1, bias=False)
        self.LayerNorm = nn.GroupNorm(1, fout, eps=EPS)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, fin, h, w) to (N, fout, h, w)."""
        return F.leaky_relu(self.LayerNorm(super().forward(x)), 0.2, inplace=True)
