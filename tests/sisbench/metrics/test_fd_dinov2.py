from __future__ import annotations

import pytest
import torch

from sisbench import metrics
from sisbench.metrics.fd_dinov2 import FDDINOv2
from sisbench.metrics.fid import FID


def test_it_is_the_distance_of_fid_on_other_features() -> None:
    rng = torch.Generator().manual_seed(0)
    fake, real = torch.randn(2, 20, 7, generator=rng, dtype=torch.float64)
    metric, fid = FDDINOv2(paired=True), FID(paired=True)
    for each in (metric, fid):
        each.update(fake, real)
    assert metric.compute()["fd_dinov2"] == pytest.approx(fid.compute()["fid"])


def test_it_has_a_network_and_a_column_of_its_own() -> None:
    assert metrics.get("fd_dinov2") is FDDINOv2
    assert FDDINOv2.needs == "feature:dinov2"
    assert FDDINOv2.outputs == ("fd_dinov2",)
