"""A tiny cross-view method for tests of runs and tasks, registered while a test needs it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

import generators
from generators import CrossViewGenerator, GeneratorError, Objective, Recipe, Stages, _registry

QUICK = Recipe(
    source="test", loss_weights={"l1": 1.0}, batch_size=2, steps=2, lr_g=1e-3, betas=(0.5, 0.999), fresh_fakes=False
)


class Tint(CrossViewGenerator):
    """Mix the channels of photo and colour map."""

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int], width: int = 8) -> None:
        if size[0] % 4 or size[1] % 4:
            raise GeneratorError(f"Tint takes multiples of 4, not {size[0]}x{size[1]}")
        super().__init__(num_labels, edges, size)
        self.first, self.last = nn.Conv2d(6, width, 3, padding=1), nn.Conv2d(width, 3, 1)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        source, semantics, _ = self.parts(cond)
        return {"image": self.last(self.first(torch.cat((source, semantics), dim=1)).relu()).tanh()}


class L1(Objective):
    """Absolute difference alone."""

    def discriminator_module(self) -> None:
        return None

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        return {"l1": (stages["image"] - real).abs().mean()} if self.weight("l1") else {}


@contextlib.contextmanager
def registered(**recipes: Any) -> Iterator[str]:
    """Register the method under the name "tint", with recipes besides `QUICK`."""
    generators.register(
        "tint",
        title="Tint",
        task="cross-view",
        paper="none",
        conditions=("source", "semantics"),
        recipes={"quick": QUICK, **recipes},
        objective=L1,
    )(Tint)
    try:
        yield "tint"
    finally:
        del _registry._infos._entries["tint"], _registry._infos._modules["tint"]
