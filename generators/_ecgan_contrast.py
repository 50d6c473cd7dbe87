"""ECGAN's pixel-wise contrastive learning across layouts.

The paper says that embeddings of pixels of one class are drawn together and those of other classes pushed apart, over
many layouts of the training set. Nothing else of it was released. All below is ours: features are those which the heads
of the generator share, the loss is the supervised InfoNCE of "Exploring Cross-Image Pixel Contrast for Semantic
Segmentation" (Wang et al. 2021), and layouts beyond the batch come from a memory of class means.
"""

from __future__ import annotations

import torch
import torch.distributed
from torch import Tensor, nn
from torch.nn import functional as F

from generators._ecgan_labels import Pixels

FAR = -1e4
"""Similarity of what is no negative: its exponential is 0, and its gradient too."""


class PixelContrast(nn.Module):
    """Embeds pixels of features, remembers classes of past layouts, and compares.

    Args:
        channels: Channels of the features.
        classes: Channels of the layout.
        embedding: Dimensions of an embedding.
        temperature: By which similarities are divided.
        memory: Layouts that are remembered of each class: the last ones that had it.
    """

    memory: Tensor
    seen: Tensor

    def __init__(self, channels: int, classes: int, embedding: int, temperature: float, memory: int) -> None:
        super().__init__()
        self.temperature = temperature
        self.projection = nn.Sequential(nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, embedding))
        self.register_buffer("memory", torch.zeros(classes, memory, embedding))
        self.register_buffer("seen", torch.zeros(classes, dtype=torch.int64))

    def forward(self, features: Tensor, pixels: Pixels) -> Tensor:
        """Return the loss of the drawn pixels; in training, remember them afterwards.

        Args:
            features: (N, channels, H, W).
            pixels: Anchors.
        """
        embedded = F.normalize(self.projection(pixels.of(features)), dim=1)
        classes, length, _ = self.memory.shape
        filled = torch.arange(length, device=embedded.device) < self.seen[:, None]
        known = torch.arange(classes, device=embedded.device)[:, None].expand(-1, length)[filled]
        others = torch.cat((embedded, self.memory[filled].to(embedded)))
        loss = contrastive_loss(embedded, pixels.label, others, torch.cat((pixels.label, known)), self.temperature)
        if self.training:
            self._remember(embedded.detach(), pixels, len(features))
        return loss

    @torch.no_grad()
    def _remember(self, embedded: Tensor, pixels: Pixels, n: int) -> None:
        """Write the mean of every class of every layout over the oldest of the class, of all processes alike."""
        classes, length, dimensions = self.memory.shape
        rows = pixels.sample * classes + pixels.label
        sums = embedded.new_zeros(n * classes, dimensions).index_add_(0, rows, embedded)
        means = _of_all_processes(F.normalize(sums, dim=1)).view(-1, classes, dimensions)
        present = means.any(dim=2)
        count, number = present.sum(dim=0), present.cumsum(dim=0) - 1
        kept = present & (number >= count - length)  # of more layouts than fit, the last
        layout, label = kept.nonzero(as_tuple=True)
        slot = (self.seen[label] + number[layout, label]) % length
        self.memory[label, slot] = means[layout, label].to(self.memory)
        self.seen += count


def contrastive_loss(
    anchors: Tensor, labels: Tensor, others: Tensor, other_labels: Tensor, temperature: float
) -> Tensor:
    """Supervised InfoNCE: -log(e^p / (e^p + sum of e^n over negatives)), mean over positives, then over anchors.

    p and n are cosine similarities over the temperature. Anchors without a positive are left out; without any, it is 0.

    Args:
        anchors: Unit vectors, (M, D).
        labels: Their classes, (M,).
        others: Unit vectors that they are compared with, the anchors themselves first, (M + K, D).
        other_labels: (M + K,).
        temperature: See above.
    """
    similarity = anchors @ others.T / temperature
    positive = labels[:, None] == other_labels
    negatives = similarity.masked_fill(positive, FAR).logsumexp(dim=1, keepdim=True)
    positive = positive.clone().fill_diagonal_(False)  # an anchor is no positive of itself
    losses = F.softplus(negatives - similarity) * positive
    counts = positive.sum(dim=1)
    return (losses.sum(dim=1) / counts.clamp(min=1)).sum() / (counts > 0).sum().clamp(min=1)


def _of_all_processes(x: Tensor) -> Tensor:
    """Join a tensor of every process along its first dimension, by rank."""
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return x
    parts = [torch.empty_like(x) for _ in range(torch.distributed.get_world_size())]
    torch.distributed.all_gather(parts, x.contiguous())
    return torch.cat(parts)
