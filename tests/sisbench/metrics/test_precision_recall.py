from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from generators import ensure_torchvision
from sisbench.errors import InputError
from sisbench.metrics import precision_recall as module
from sisbench.metrics.precision_recall import Manifold, PrecisionRecall, coverage, precision_recall


def draw(n: int, d: int, seed: int, scale: float = 1.0) -> Tensor:
    return scale * torch.randn(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def compute(fake: Tensor, real: Tensor, paired: bool = False) -> PrecisionRecall:
    metric = PrecisionRecall(paired=paired)
    metric.update(fake, real)
    return metric


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 7)


def test_by_hand() -> None:
    # Balls of 0..4 reach 3, 2, 2, 2, 3 (third neighbour), so from -3 to 7; those of 10..14 from 7 to 17.
    line = torch.arange(5.0).double()[:, None]
    assert precision_recall(line + 10, line) == (0.0, 0.0)
    assert precision_recall(line + 4, line) == (4 / 5, 4 / 5)  # 4..7 are within reach of 0..4, 8 is not


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(("n", "m", "d", "scale"), [(40, 40, 5, 1.3), (60, 35, 8, 0.8), (30, 50, 3, 1.5)])
def test_torch_fidelity(n: int, m: int, d: int, scale: float) -> None:
    ensure_torchvision()
    from torch_fidelity.metric_prc import prc_features_to_metric

    fake, real = draw(n, d, 0, scale), draw(m, d, 1)
    peer = prc_features_to_metric(fake, real, verbose=False)
    found = precision_recall(fake, real)
    assert found == pytest.approx((peer["precision"], peer["recall"]), abs=1e-7)  # its means are float32
    assert min(found) > 0.2
    assert sum(found) < 2


def test_copies_are_covered_even_where_balls_have_no_extent() -> None:
    x = draw(6, 40, 2).repeat(5, 1) + 100  # four other images at distance 0
    assert precision_recall(x, x.flip(0)) == (1.0, 1.0)
    found = compute(x, x, paired=True).compute()
    assert [tuple(value) for value in found.values()] == [(1.0, 0.0, 30)] * 2


@pytest.mark.usefixtures("small_blocks")
def test_what_a_ball_covers_alone_is_lost_without_it() -> None:
    points, centres = draw(70, 4, 3, 1.5), draw(30, 4, 4)
    manifold = Manifold.of(centres, 3, 0.0)
    covered, alone = coverage(points, manifold)
    assert 0 < int(covered.sum()) < len(points)
    assert int(alone.max()) > 1
    for j in range(len(centres)):
        kept = torch.arange(len(centres)) != j
        rest = Manifold(centres[kept], manifold.radii[kept])
        assert int(alone[j]) == int(covered.sum()) - int(coverage(points, rest)[0].sum())


def test_sides_are_independent_or_pairs() -> None:
    fake, real = draw(40, 5, 5, 1.2), draw(40, 5, 6)
    apart, together = compute(fake, real).compute(), compute(fake, real, paired=True).estimates()
    for output, value in apart.items():
        influence = together[output].influence
        assert influence is not None
        assert float(influence.sum()) == pytest.approx(0, abs=1e-10)
        assert together[output].value == value.value
        assert value.stderr is not None
        assert value.stderr > 0
    uneven = compute(fake, real[:25]).compute()
    assert uneven["recall"].n == 40


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(5, 14), m=st.integers(5, 14))
def test_exchange_of_sides_exchanges_the_shares_and_motions_change_nothing(seed: int, n: int, m: int) -> None:
    fake, real = draw(n, 3, seed), draw(m, 3, seed + 1)
    found = precision_recall(fake, real)
    assert precision_recall(real, fake) == found[::-1]
    rotation = torch.linalg.qr(draw(3, 3, 7))[0]
    assert precision_recall(2 * fake.flip(0) @ rotation + 5, 2 * real.roll(2, 0) @ rotation + 5) == found


def test_bad_input() -> None:
    with pytest.raises(InputError, match=r"real features of shape.*at least 4"):
        compute(draw(9, 3, 0), draw(3, 3, 1)).compute()
    with pytest.raises(InputError, match="9 generated and 8 real"):
        compute(draw(9, 3, 0), draw(8, 3, 1), paired=True).compute()
