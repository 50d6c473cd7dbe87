from __future__ import annotations

import pytest
import torch

from generators import ensure_torchvision
from sisbench.errors import InputError
from sisbench.metrics.inception_score import InceptionScore


def compute(logits: torch.Tensor) -> InceptionScore:
    metric = InceptionScore()
    metric.update(logits)
    return metric


def draw(n: int, classes: int, seed: int) -> torch.Tensor:
    return 3 * torch.randn(n, classes, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_by_hand() -> None:
    # Certain of four classes in equal parts: 4. Sure of nothing: 1.
    assert compute(800 * torch.eye(4).double()).compute()["is"].value == pytest.approx(4, rel=1e-14)
    assert compute(torch.zeros(5, 4)).compute()["is"].value == pytest.approx(1, rel=1e-14)
    # Two images, probabilities (3/4, 1/4) and (1/4, 3/4): exp(3/4 ln 3/2 + 1/4 ln 1/2).
    value = compute(torch.tensor([[3.0, 1.0], [1.0, 3.0]]).double().log()).compute()["is"].value
    assert value == pytest.approx(1.5**0.75 * 0.5**0.25, rel=1e-14)


def test_torch_fidelity() -> None:
    ensure_torchvision()
    from torch_fidelity.metric_isc import isc_features_to_metric

    logits = draw(40, 1008, 0)
    whole = isc_features_to_metric(logits, splits=1)  # a shuffle before one split changes nothing
    assert compute(logits).compute()["is"].value == pytest.approx(whole["inception_score_mean"], rel=1e-12)
    splits = isc_features_to_metric(logits, splits=4, shuffle=False)
    parts = [compute(part).compute()["is"].value for part in logits.split(10)]
    assert sum(parts) / 4 == pytest.approx(splits["inception_score_mean"], rel=1e-12)
    assert sum(parts) / 4 < whole["inception_score_mean"]  # smaller splits, smaller scores


def test_a_constant_added_to_all_scores_of_an_image_changes_nothing() -> None:
    logits = draw(30, 20, 1)
    moved = logits + torch.linspace(-50, 50, 30).double()[:, None]
    assert compute(moved).compute()["is"] == pytest.approx(compute(logits).compute()["is"], rel=1e-10)


def test_influences_are_the_jackknife_up_to_the_next_order() -> None:
    logits = draw(80, 6, 2)
    influence = compute(logits).estimates()["is"].influence
    assert influence is not None
    rest = torch.stack(
        [
            torch.tensor(compute(logits[torch.arange(80) != i]).compute()["is"].value, dtype=torch.float64)
            for i in range(80)
        ]
    )
    jackknife = 79 * (rest.mean() - rest)
    assert float((jackknife - influence).norm() / jackknife.norm()) < 0.05


def test_bad_input() -> None:
    broken = draw(4, 5, 3)
    broken[2, 1] = torch.nan
    with pytest.raises(InputError, match="1 of them not finite"):
        compute(broken).compute()
    with pytest.raises(InputError, match=r"shape \(5,\)"):
        compute(torch.zeros(5)).compute()
    with pytest.raises(InputError, match="before any image"):
        InceptionScore().estimates()
