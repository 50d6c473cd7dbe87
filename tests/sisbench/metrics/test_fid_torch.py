from __future__ import annotations

import pytest
import torch

from sisbench import metrics
from sisbench.metrics.fid import FID
from sisbench.metrics.fid_torch import FIDTorch


def test_it_is_the_distance_of_fid_on_other_features() -> None:
    rng = torch.Generator().manual_seed(0)
    fake, real = torch.randn(2, 20, 7, generator=rng, dtype=torch.float64)
    metric, fid = FIDTorch(paired=True), FID(paired=True)
    for each in (metric, fid):
        each.update(fake, real)
    assert metric.compute()["fid_torch"] == pytest.approx(fid.compute()["fid"])


def test_it_has_a_network_and_a_column_of_its_own() -> None:
    assert metrics.get("fid_torch") is FIDTorch
    assert FIDTorch.needs == "feature:inception-torch"
    assert FIDTorch.outputs == ("fid_torch",)
