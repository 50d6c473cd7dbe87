"""What every cross-view method is: from a photo of one view, and the semantics of the other, to the other's photo."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from torch import Tensor

from generators._base import Generator
from generators._errors import GeneratorError

PHOTO, COLOURS = 3, 3
"""Channels of the source photo and of the colour map, which come before the layout."""


class View(NamedTuple):
    """The parts of a cross-view condition, as views into it.

    Attributes:
        source: Photo of the source view, (N, 3, H, W), RGB in [-1, 1]. A in the papers.
        semantics: Colour map of the target view's semantics, (N, 3, H, W), RGB in [-1, 1]; -1 where there is none. S_B.
        layout: One-hot layout of the target view, (N, num_labels, H, W); a pixel of no label has zeros alone.
    """

    source: Tensor
    semantics: Tensor
    layout: Tensor


class CrossViewGenerator(Generator):
    """A network from a cross-view condition to the target view's photo; its condition has 6 + `num_labels` channels.

    Methods take from it what they need (`parts`): most the source photo, some the colour map beside it.

    Args:
        num_labels: Channels of the target view's one-hot layout.
        edges: Always False: the task knows no instances.
        size: Height and width of the images, of both views.

    Raises:
        GeneratorError: Instance edges are asked for.
    """

    crossview: ClassVar[bool] = True

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int]) -> None:
        if edges:
            raise GeneratorError(
                f"{type(self).__name__} is a cross-view method, whose condition has no instance edges. Build it with "
                "edges=False."
            )
        super().__init__(num_labels, edges, size)

    @property
    def cond_channels(self) -> int:
        """Channels of the condition: source photo, colour map, one-hot layout."""
        return PHOTO + COLOURS + self.num_labels

    @staticmethod
    def parts(cond: Tensor) -> View:
        """Take a condition (N, 6 + num_labels, H, W) apart."""
        return View(cond[:, :PHOTO], cond[:, PHOTO : PHOTO + COLOURS], cond[:, PHOTO + COLOURS :])
