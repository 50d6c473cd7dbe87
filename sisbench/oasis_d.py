"""The discriminator of a run as a segmenter, `oasis-d:RUN` (Schönfeld et al. 2021, "Application to unlabelled data").

OASIS' discriminator was trained to find the layout in real images. Its logits over the layout's channels, "fake" left
out, are class scores; the channels carry the data set's names, so label maps of scored classes follow by name.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

import generators
import segmenters
from sisbench.card import Card
from sisbench.encode import channels_of
from sisbench.errors import InputError
from sisbench.trained import DISCRIMINATOR, job_of, segmenting_discriminator


class DiscriminatorSegmenter(segmenters.Segmenter):
    """A discriminator that labels pixels.

    Images of any size are taken: one whose sides are no multiples of what the network halves is continued by its last
    rows and columns, whose scores are cut off again.

    Args:
        discriminator: Maps images (N, 3, H, W) in [-1, 1] to logits (N, C + 1, H, W), the first being "fake".
        names: Of the C channels.
        step: Its images have sides that are multiples of this.
    """

    def __init__(self, discriminator: nn.Module, names: tuple[str, ...], step: int = 64) -> None:
        super().__init__(len(names), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
        self.discriminator, self.class_names, self.step = discriminator, names, step

    def logits(self, normalised: Tensor) -> Tensor:
        """Logits of the layout's channels, (N, C, h, w), of images in [-1, 1]."""
        height, width = normalised.shape[-2:]
        beyond = (0, -width % self.step, 0, -height % self.step)
        image = F.pad(normalised, beyond, mode="replicate") if any(beyond) else normalised
        logits: Tensor = self.discriminator(image)
        return logits[:, 1:, :height, :width]


def channel_names(card: Card) -> tuple[str, ...]:
    """Return the name of every channel of OASIS' layout; of one that no label stands for, its id."""
    names = {label.id: label.name for label in card.labels}
    return tuple(names.get(label, f"id {label}") for label in channels_of(card, "first"))


def open_discriminator(run: str) -> segmenters.Segmenter:
    """Open the discriminator of a run's folder.

    Raises:
        segmenters.SegmenterError: There is no such run, or its discriminator is no segmenter.
    """
    folder = Path(run)
    try:
        job = job_of(folder)
        network = segmenting_discriminator(folder, job)
    except (InputError, generators.GeneratorError) as error:
        raise segmenters.SegmenterError(str(error)) from error
    found = DiscriminatorSegmenter(network, channel_names(job.card))
    path = folder / DISCRIMINATOR
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    found.loaded = segmenters.Loaded(path, digest, {})
    return found
