"""A baseline without training: every class in its mean colour over the training photos.

What a method reaches beyond it is more than knowing which colour a class has.
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
    "mean_colour",
    title="Mean colour",
    task="layout",
    paper="a baseline of this project",
    conditions=("layout",),
    recipes={"quick": NO_TRAINING},
    objective=Objective,
)
class MeanColour(Generator):
    """Paint every class in its mean colour.

    A class that no training photo has takes the mean colour of all pixels.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout; it is not looked at.
        size: Height and width of the images.
    """

    trains: ClassVar[bool] = False
    prepares: ClassVar[str] = "the mean colour of every class"

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int]) -> None:
        super().__init__(num_labels, edges, size)
        self._colours: Tensor | None = None

    def prepare(self, samples: TrainingSet, folder: Path, report: Report) -> None:
        """Count pixels and add up their colours, by class; integers, so the mean is exact in any order."""
        _prepared.build(folder, samples, self._sums, self._what, report)

    def use_prepared(self, folder: Path) -> Mapping[str, Any]:
        """Divide."""
        found = _prepared.load(folder, self._what)
        counts, sums = (parts.sum(0).double() for parts in found.joined("counts", "sums"))
        everywhere = sums.sum(0) / counts.sum()
        colours = torch.where(counts[:, None] > 0, sums / counts[:, None].clamp(min=1), everywhere)
        self._colours = (colours / 127.5 - 1).float()
        return found.facts()

    def prepared_bytes(self, n_samples: int) -> int:
        """Four integers for a class, in each shard."""
        return -(-n_samples // _prepared.SHARD) * self.num_labels * 4 * 8

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute "image" from cond (N, C, H, W)."""
        if self._colours is None:
            raise GeneratorError("mean_colour has no colours yet; give it what it has prepared ('use_prepared').")
        layout = cond[:, : self.num_labels]
        return {"image": torch.einsum("nchw,cd->ndhw", layout, self._colours.to(layout))}

    @property
    def _what(self) -> dict[str, Any]:
        return {"method": "mean_colour", "version": 1, "labels": self.num_labels, "size": list(self.size)}

    def _sums(self, conds: Tensor, photos: Tensor) -> dict[str, Tensor]:
        """Pixels (1, C) and sums of their colours (1, C, 3), int64."""
        layout = conds[:, : self.num_labels].argmax(1).flatten()
        counts = torch.bincount(layout, minlength=self.num_labels)
        planes = [
            torch.zeros(self.num_labels, dtype=torch.int64).index_add_(0, layout, plane.flatten().long())
            for plane in photos.unbind(1)
        ]
        return {"counts": counts[None], "sums": torch.stack(planes, dim=1)[None]}
