"""ECGAN's label generator, which reads a layout off an image, and the similarity loss on what it reads.

The paper says that there is a label generator G_l, which maps the generated image back to a layout S'', and a loss that
builds a similarity map of S'' and compares it with that of the layout S, "to model the relationship between semantic
categories". No code of either was released; networks, sampling and formula are ours.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators.layers.blocks import ResidualBlock


class LabelGenerator(nn.Module):
    """Image to layout: two halvings, residual blocks, two doublings, logits of every class at full size (ours).

    Args:
        classes: Channels of the layout.
        width: Channels at full size.
        blocks: Residual blocks at a quarter of the size.
    """

    def __init__(self, classes: int, width: int, blocks: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 7, padding=3, padding_mode="reflect")
        self.down = nn.ModuleList(nn.Conv2d(k * width, 2 * k * width, 3, stride=2, padding=1) for k in (1, 2))
        self.middle = nn.Sequential(*(ResidualBlock(4 * width) for _ in range(blocks)))
        self.up = nn.ModuleList(nn.Conv2d(2 * k * width, k * width, 3, padding=1) for k in (2, 1))
        self.last = nn.Conv2d(width, classes, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Map (N, 3, H, W) in [-1, 1] to logits (N, classes, H, W)."""
        x = F.relu(F.instance_norm(self.first(image)))
        for layer in self.down:
            x = F.relu(F.instance_norm(layer(x)))
        x = self.middle(x)
        for layer in self.up:
            x = F.relu(F.instance_norm(layer(F.interpolate(x, scale_factor=2, mode="nearest"))))
        logits: Tensor = self.last(x)
        return logits


class Pixels(NamedTuple):
    """Pixels that were drawn from layouts, sample by sample, class by class.

    Attributes:
        sample: Which layout, (M,).
        place: Which of its H * W pixels, (M,).
        label: Its class, (M,).
    """

    sample: Tensor
    place: Tensor
    label: Tensor

    def of(self, maps: Tensor) -> Tensor:
        """Return the vectors of maps (N, C, H, W) at these pixels, (M, C)."""
        return maps.flatten(2).transpose(1, 2)[self.sample, self.place]


def draw_pixels(labels: Tensor, per_class: int, ignored: int | None = None) -> Pixels:
    """Draw up to so many pixels of every class of every layout, each pixel of a class alike.

    Random numbers are torch's, on the CPU, whatever the device.

    Args:
        labels: Channel of each pixel, int64 (N, H, W).
        per_class: Pixels of a class that are drawn of a layout; all where there are fewer.
        ignored: A class of which none is drawn.
    """
    flat = labels.flatten(1)
    n, pixels = flat.shape
    keys = torch.rand(n, pixels, dtype=torch.float64).to(flat.device)
    order = (flat + keys).argsort(dim=1)  # by class, at random within it
    sorted_labels = flat.gather(1, order)
    places = torch.arange(pixels, device=flat.device).expand(n, -1)
    begins = sorted_labels != F.pad(sorted_labels[:, :-1], (1, 0), value=-1)
    start = torch.where(begins, places, 0).cummax(dim=1).values
    taken = places - start < per_class
    if ignored is not None:
        taken &= sorted_labels != ignored
    sample, at = taken.nonzero(as_tuple=True)
    return Pixels(sample, order[sample, at], sorted_labels[sample, at])


def similarity_loss(logits: Tensor, pixels: Pixels) -> Tensor:
    """Binary cross-entropy between similarities of what was read off an image and those of its layout.

    The similarity of two pixels of an image is the probability that they are of one class: the product of their class
    distributions, or for the layout 1 or 0. Pairs of one class and pairs of two count half each.

    Args:
        logits: (N, classes, H, W).
        pixels: Of which all pairs are compared that lie in the same image.
    """
    probabilities = pixels.of(logits).softmax(dim=1)
    total, images = probabilities.sum() * 0, 0
    for sample in pixels.sample.unique().tolist():
        own = pixels.sample == sample
        p, label = probabilities[own], pixels.label[own]
        found = (p @ p.T).clamp(1e-6, 1 - 1e-6)
        same, off_diagonal = label[:, None] == label, ~torch.eye(len(label), dtype=torch.bool, device=label.device)
        parts = [
            -values.mean() for values in (found[same & off_diagonal].log(), (1 - found[~same]).log()) if len(values)
        ]
        if parts:
            total, images = total + torch.stack(parts).mean(), images + 1
    return total / max(images, 1)
