"""What the tests of probability scores share: the worked example, random pairs, and the jackknife."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from sisbench.metrics import Metric

REAL = torch.tensor(
    [
        [0.70, 0.10, 0.08, 0.06, 0.04, 0.02],
        [0.20, 0.45, 0.15, 0.10, 0.06, 0.04],
        [0.05, 0.05, 0.60, 0.15, 0.10, 0.05],
        [0.30, 0.25, 0.20, 0.12, 0.08, 0.05],
    ],
    dtype=torch.float64,
)
FAKE = torch.tensor(
    [
        [0.60, 0.15, 0.10, 0.07, 0.05, 0.03],
        [0.50, 0.05, 0.20, 0.12, 0.08, 0.05],
        [0.10, 0.30, 0.40, 0.10, 0.06, 0.04],
        [0.01, 0.29, 0.26, 0.20, 0.14, 0.10],
    ],
    dtype=torch.float64,
)
"""Worked example of the evaluation code's formulas: 6 classes, 4 pairs."""


def draw(n: int, num_classes: int = 9, seed: int = 0, blur: float = 1.0) -> tuple[Tensor, Tensor]:
    """Probabilities of n generated and real images, float64 (n, num_classes); pairs resemble each other."""
    generator = torch.Generator().manual_seed(seed)
    real = 2 * torch.randn(n, num_classes, generator=generator, dtype=torch.float64)
    fake = real + blur * torch.randn(n, num_classes, generator=generator, dtype=torch.float64)
    return fake.softmax(1), real.softmax(1)


def values(metric: Metric, *batch: Tensor) -> dict[str, float]:
    """Values of a metric of one batch."""
    metric.update(*batch)
    return {output: value.value for output, value in metric.compute().items()}


def assert_influences_are_those_of_the_jackknife(create: Callable[[], Metric], *batch: Tensor, rel: float) -> None:
    """Compare the influence of every image with n - 1 times what leaving it out changes.

    Args:
        create: Makes an empty metric.
        batch: What its update takes; n images.
        rel: Tolerance, as a share of the largest influence.
    """
    n = len(batch[0])
    whole = create()
    whole.update(*batch)
    left_out = [values(create(), *(torch.cat([x[:i], x[i + 1 :]]) for x in batch)) for i in range(n)]
    for output, estimate in whole.estimates().items():
        assert estimate.influence is not None
        assert abs(float(estimate.influence.sum())) < 1e-9
        changes = [(n - 1) * (estimate.value - values_of_rest[output]) for values_of_rest in left_out]
        jackknife = torch.tensor(changes, dtype=torch.float64)
        error = (estimate.influence - (jackknife - jackknife.mean())).abs().max()
        assert float(error) <= rel * float(jackknife.abs().max()), output
