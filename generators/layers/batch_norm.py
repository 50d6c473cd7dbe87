"""Batch norm as the Torch methods use it: by the batch's statistics in evaluation too, where that is asked for."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F


class BatchNorm(nn.BatchNorm2d):
    """torch's batch norm, but for two cases.

    A batch that has one value a channel (a single image at 1x1) has no variance: it is normalised by the running
    statistics, which it leaves as they are, as Torch7's layer does on a CPU; torch raises an error. And with
    `by_batch` evaluation takes the statistics of its batch, without moving the running ones.
    """

    by_batch = False

    def forward(self, x: Tensor) -> Tensor:
        """Normalise (N, C, H, W)."""
        alone = x.numel() == x.shape[1]
        if self.training and not alone:
            return super().forward(x)
        given = (None, None) if self.by_batch and not alone else (self.running_mean, self.running_var)
        return F.batch_norm(x, *given, self.weight, self.bias, training=given[0] is None, eps=self.eps)


def use_batch_statistics(network: nn.Module) -> None:
    """Let every `BatchNorm` of a network take its batch's statistics in evaluation."""
    for layer in network.modules():
        if isinstance(layer, BatchNorm):
            layer.by_batch = True
