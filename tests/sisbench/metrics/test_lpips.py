from __future__ import annotations

import math

import pytest
import torch

from sisbench import metrics
from sisbench.errors import InputError
from sisbench.features import lpips
from sisbench.metrics.lpips import LPIPSAlex


def test_by_hand() -> None:
    metric = LPIPSAlex()
    metric.update(torch.tensor([[0.1, 0.2, 0.6], [0.0, 0.0, 0.3]]))
    metric.update(torch.tensor([[0.5, 0.5, 0.5]], dtype=torch.float64))
    value = metric.compute()["lpips_alex"]
    # means 0.3, 0.1, 0.5 of three layouts
    assert value.value == pytest.approx(0.3, abs=1e-7)
    assert value.stderr == pytest.approx(0.2 / math.sqrt(3), rel=1e-6)
    assert value.n == 3
    influence = metric.estimates()["lpips_alex"].influence
    assert influence is not None
    assert influence.tolist() == pytest.approx([0, -0.2, 0.2], abs=1e-7)


def test_the_order_of_pairs_changes_no_bit() -> None:
    distances = torch.rand(4, 45, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    first, second = LPIPSAlex(), LPIPSAlex()
    first.update(distances)
    second.update(distances[:, torch.randperm(45, generator=torch.Generator().manual_seed(1))])
    assert first.compute() == second.compute()


@pytest.mark.parametrize("net", sorted(lpips.NETS))
def test_every_network_has_its_metric(net: str) -> None:
    metric = metrics.get(f"lpips_{net}")
    assert (metric.needs, metric.outputs) == (f"samples:lpips-{net}", (f"lpips_{net}",))
    assert metric.higher_is_better
    assert metric.one_sided


def test_bad_distances() -> None:
    metric = LPIPSAlex()
    for shape in ((3,), (3, 0)):
        with pytest.raises(InputError, match=r"expected float \(layouts, pairs\)"):
            metric.update(torch.zeros(shape))
    with pytest.raises(InputError, match="expected float"):
        metric.update(torch.zeros(1, 3, dtype=torch.uint8))
    for bad in (math.nan, math.inf, -1e-9):
        with pytest.raises(InputError, match="negative or not finite"):
            metric.update(torch.tensor([[0.1, bad]], dtype=torch.float64))
