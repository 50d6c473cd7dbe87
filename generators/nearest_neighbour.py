"""A baseline without training: the training photo whose layout agrees best with the layout asked for.

Its images are real photos, so a Fréchet distance is kind to it, and mIoU is not: a method has to beat it on both.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from generators import _prepared
from generators._base import Generator, Objective, Stages
from generators._errors import GeneratorError
from generators._prepared import Report, TrainingSet
from generators._recipe import NO_TRAINING
from generators._registry import register


@register(
    "nearest_neighbour",
    title="Nearest neighbour",
    task="layout",
    paper="a baseline of this project",
    conditions=("layout",),
    recipes={"quick": NO_TRAINING},
    objective=Objective,
)
class NearestNeighbour(Generator):
    """Return the training photo with the most pixels of the right label; of equal ones that of the lower index.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout; it is not looked at.
        size: Height and width of the images.
    """

    trains: ClassVar[bool] = False
    prepares: ClassVar[str] = "an index of layouts and photos"

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int]) -> None:
        super().__init__(num_labels, edges, size)
        self._layouts: Tensor | None = None
        self._photos: Tensor | None = None

    def prepare(self, samples: TrainingSet, folder: Path, report: Report) -> None:
        """Keep all layouts and photos, 8 bits a value (16 for labels beyond 256)."""
        _prepared.build(folder, samples, self._pixels, self._what, report)

    def use_prepared(self, folder: Path) -> Mapping[str, Any]:
        """Read them into memory."""
        found = _prepared.load(folder, self._what)
        self._layouts, self._photos = found.joined("layouts", "photos")
        return found.facts()

    def prepared_bytes(self, n_samples: int) -> int:
        """Layouts and photos, uncompressed."""
        return n_samples * self.size[0] * self.size[1] * (3 + self._label_type.itemsize)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image" from cond (N, C, H, W)."""
        if self._photos is None:
            raise GeneratorError("nearest_neighbour has no photos yet; give it what it has prepared ('use_prepared').")
        photos = self._photos[[self.nearest(layout) for layout in self._labels(cond)]]
        # the middle of each of the 256 levels: cut to 8 bits it is the photo, while x / 127.5 - 1 is not (rounding)
        return {"image": ((photos.to(cond) + 0.5) / 127.5 - 1).clamp(max=1)}

    def nearest(self, layout: Tensor) -> int:
        """Return the index of the training sample that agrees best with a layout of labels, (H, W)."""
        assert self._layouts is not None
        agreeing = (self._layouts == layout).flatten(1).sum(1)
        return int((agreeing == agreeing.max()).nonzero()[0])  # argmax promises no order among equal ones

    @property
    def _what(self) -> dict[str, Any]:
        return {"method": "nearest_neighbour", "version": 1, "labels": self.num_labels, "size": list(self.size)}

    @property
    def _label_type(self) -> torch.dtype:
        return torch.uint8 if self.num_labels <= 256 else torch.int16

    def _labels(self, conds: Tensor) -> Tensor:
        return conds[:, : self.num_labels].argmax(1).to("cpu", self._label_type)

    def _pixels(self, conds: Tensor, photos: Tensor) -> dict[str, Tensor]:
        return {"layouts": self._labels(conds), "photos": photos}
