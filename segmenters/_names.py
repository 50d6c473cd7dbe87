"""Another label space, by the names of its classes: for networks whose classes are not in the order of a data set."""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from segmenters._base import Segmenter, Size
from segmenters._errors import SegmenterError


def by_name(segmenter: Segmenter, classes: Sequence[str], never: Sequence[str] = ()) -> Segmenter:
    """Return a segmenter whose label maps hold positions in a list of classes.

    Names agree when their letters and digits do, whatever stands between them and in either case. Classes of the
    network that are not in the list are left out of the arg-max: a pixel gets the class of the list with the best
    score, as it does from a network that was trained on the list alone.

    Args:
        segmenter: A segmenter with `class_names`.
        classes: Names of the classes that label maps are to hold, in their order.
        never: Names out of `classes` that the network need not know, and that no pixel gets then (the eleven classes of
            COCO-Stuff that no annotation holds).

    Returns:
        A segmenter over the same network; the given one, if its classes are those of the list, in their order.

    Raises:
        SegmenterError: The network does not come with class names; it lacks classes of the list, which the message
            names; or a name stands for several of its classes.
    """
    if segmenter.class_names is None:
        raise SegmenterError(
            "the segmenter does not come with the names of its classes, so they cannot be mapped to "
            f"{len(classes)} others. Use weights that carry them, or a segmenter of the same label space."
        )
    own, wanted, optional = ([_letters(name) for name in names] for names in (segmenter.class_names, classes, never))
    if own == wanted:
        return segmenter
    lacking = [name for name, key in zip(classes, wanted, strict=True) if key not in (*own, *optional)]
    if lacking:
        raise SegmenterError(
            f"the segmenter lacks {len(lacking)} of the {len(classes)} classes asked for: {', '.join(lacking)}. "
            f"It knows {', '.join(segmenter.class_names)}. Score with a segmenter of the data set's label space."
        )
    unclear = [name for name, key in zip(classes, wanted, strict=True) if own.count(key) > 1 or wanted.count(key) > 1]
    if unclear:
        raise SegmenterError(f"several classes are called {unclear[0]!r}; names must tell them apart. Rename them.")
    return _Renamed(segmenter, classes, [own.index(key) if key in own else None for key in wanted])


class _Renamed(Segmenter):
    """A segmenter with its classes in another order, some left out, some never given."""

    def __init__(self, segmenter: Segmenter, classes: Sequence[str], places: Sequence[int | None]) -> None:
        super().__init__(len(places), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))  # the wrapped one normalises
        self.segmenter, self.class_names = segmenter, tuple(classes)
        self.input_scale, self.reading, self.loaded = segmenter.input_scale, segmenter.reading, segmenter.loaded
        self.known = [index for index, place in enumerate(places) if place is not None]
        self.places = [place for place in places if place is not None]
        self.train(segmenter.training)

    def scores(self, image: Tensor, size: Size | None = None) -> Tensor:
        """Scores of the wrapped network under the new classes; those that it does not know have minus infinity."""
        return self._renamed(self.segmenter.scores(image, size))

    def evidences(self, image: Tensor, sizes: Sequence[Size | None]) -> list[Tensor]:
        """Evidence of the wrapped network under the new classes."""
        return [self._renamed(maps) for maps in self.segmenter.evidences(image, sizes)]

    @torch.no_grad()
    def log_probabilities(self, image: Tensor, size: Size | None = None) -> Tensor:
        """Log-probabilities among the new classes."""
        return F.log_softmax(self._renamed(self.segmenter.log_probabilities(image, size)), dim=1)

    def _renamed(self, maps: Tensor) -> Tensor:
        if len(self.known) == self.num_classes:
            return maps[:, self.places]
        renamed = maps.new_full((len(maps), self.num_classes, *maps.shape[2:]), -torch.inf)
        renamed[:, self.known] = maps[:, self.places]
        return renamed


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()
