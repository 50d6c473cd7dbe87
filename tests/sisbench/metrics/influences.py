"""Leave-one-out check of what metrics say about the share of every image."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from sisbench.metrics import Metric


def assert_influences_are_those_of_the_jackknife(
    create: Callable[[], Metric], sides: tuple[Tensor, ...], rel: float
) -> None:
    """Compare the influence of every image with (n - 1) (value - value without it), centred; errors within `rel`."""
    n = len(sides[0])

    def values(kept: list[int]) -> dict[str, float]:
        metric = create()
        metric.update(*(side[kept] for side in sides))
        return {output: estimate.value for output, estimate in metric.estimates().items()}

    whole = create()
    whole.update(*sides)
    left_out = [values([j for j in range(n) if j != i]) for i in range(n)]
    for output, estimate in whole.estimates().items():
        assert estimate.influence is not None
        assert float(estimate.influence.sum()) == pytest.approx(0, abs=1e-9 * float(estimate.influence.abs().sum()))
        jackknife = (n - 1) * (estimate.value - torch.tensor([x[output] for x in left_out], dtype=torch.float64))
        jackknife -= jackknife.mean()
        assert (estimate.influence - jackknife).norm() < rel * jackknife.norm(), output
