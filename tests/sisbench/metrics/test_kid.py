from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from generators import ensure_torchvision
from sisbench.errors import InputError
from sisbench.metrics import kid as module
from sisbench.metrics._feature_sets import canonical_order
from sisbench.metrics.kid import KID, kid, polynomial_kernel, subset_kid


def draw(n: int, d: int, seed: int, shift: float = 0.0) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return (torch.randn(n, d, generator=rng, dtype=torch.float64) + shift).clamp(min=0)


def compute(fake: Tensor, real: Tensor, paired: bool = False) -> KID:
    metric = KID(paired=paired)
    metric.update(fake, real)
    return metric


def by_loops(fake: Tensor, real: Tensor) -> float:
    def k(x: Tensor, y: Tensor) -> float:
        return (float(x @ y) / len(x) + 1) ** 3

    n, m = len(fake), len(real)
    within_fake = sum(k(x, y) for i, x in enumerate(fake) for j, y in enumerate(fake) if i != j)
    within_real = sum(k(x, y) for i, x in enumerate(real) for j, y in enumerate(real) if i != j)
    across = sum(k(x, y) for x in fake for y in real)
    return within_fake / (n * (n - 1)) + within_real / (m * (m - 1)) - 2 * across / (n * m)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 5)


def test_by_hand() -> None:
    # Kernels: (1 + 1)^3 = 8 within the first, 1 within the second, (0 + 1)^3 = 1 across.
    assert kid(torch.ones(2, 3).double(), torch.zeros(3, 3).double()) == pytest.approx(8 + 1 - 2, abs=1e-14)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(("n", "m"), [(12, 17), (17, 12), (5, 5), (2, 3)])
def test_the_definition(n: int, m: int) -> None:
    fake, real = draw(n, 6, 0, 0.3), draw(m, 6, 1)
    assert kid(fake, real) == pytest.approx(by_loops(fake, real), rel=1e-12)


@pytest.mark.parametrize(("n", "m", "size"), [(60, 60, 25), (60, 45, 45), (40, 70, 10)])
def test_torch_fidelity_draws_and_scores_the_same_subsets(n: int, m: int, size: int) -> None:
    ensure_torchvision()
    from torch_fidelity.metric_kid import kid_features_to_metric

    fake, real = draw(n, 16, 2, 0.2), draw(m, 16, 3)
    peer = kid_features_to_metric(fake, real, kid_subset_size=size, verbose=False)
    ours = subset_kid(fake, real, size=size)
    assert float(ours.mean()) == pytest.approx(peer["kernel_inception_distance_mean"], rel=1e-10)
    assert float(ours.std(correction=0)) == pytest.approx(peer["kernel_inception_distance_std"], rel=1e-9)


def test_the_metric_gives_torch_fidelitys_number_of_the_features_in_canonical_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ensure_torchvision()
    from torch_fidelity.metric_kid import kid_features_to_metric

    monkeypatch.setattr(module, "SUBSET_SIZE", 20)
    fake, real = draw(50, 16, 4, 0.2), draw(30, 16, 5)
    peer = kid_features_to_metric(
        fake[canonical_order(fake)], real[canonical_order(real)], kid_subset_size=20, verbose=False
    )
    found = compute(fake, real).compute()
    assert found["kid_subsets"].value == pytest.approx(peer["kernel_inception_distance_mean"], rel=1e-10)
    assert found["kid_subsets"].value == pytest.approx(found["kid"].value, abs=0.1 * abs(found["kid"].value))
    assert found["kid_subsets"].value != found["kid"].value
    assert found["kid_subsets"].stderr == found["kid"].stderr


def test_a_subset_of_all_images_is_the_whole() -> None:
    fake, real = draw(20, 8, 6, 0.1), draw(20, 8, 7)
    found = compute(fake, real).compute()
    assert found["kid_subsets"].value == pytest.approx(found["kid"].value, rel=1e-11)


def test_a_set_and_itself() -> None:
    x = draw(30, 8, 8)
    kernel = polynomial_kernel(x, x)
    found = compute(x, x, paired=True).compute()["kid"]
    assert found.value == pytest.approx(-2 / 29 * float(kernel.diagonal().mean() - kernel.mean()), rel=1e-10)
    assert found.value < 0
    assert found.stderr == pytest.approx(0, abs=1e-12)


def test_it_is_unbiased_for_independent_sets() -> None:
    values = [kid(draw(8, 4, 2 * seed), draw(6, 4, 2 * seed + 1)) for seed in range(400)]
    assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(len(values))


@pytest.mark.parametrize("paired", [False, True])
def test_influences_are_the_jackknife_up_to_the_next_order(paired: bool) -> None:
    n = 60
    fake, real = draw(n, 6, 9, 0.4), draw(n, 6, 10)
    _, sums = module._all_kids(fake, real, fake.new_ones(n, 1), real.new_ones(n, 1))
    on_fake, on_real, _ = module._kid_influence(fake, real, sums, paired)

    def without(i: int, side: str) -> float:
        rest = torch.arange(n) != i
        return kid(fake[rest] if side != "real" else fake, real[rest] if side != "fake" else real)

    sides = {"both": on_fake + on_real} if paired else {"fake": on_fake, "real": on_real}
    for side, influence in sides.items():
        left_out = torch.tensor([without(i, side) for i in range(n)], dtype=torch.float64)
        jackknife = (n - 1) * (left_out.mean() - left_out)
        assert float(influence.sum()) == pytest.approx(0, abs=1e-10)
        assert float((jackknife - influence).norm() / jackknife.norm()) < 0.05


@pytest.mark.usefixtures("small_blocks")
def test_interactions_by_loops() -> None:
    n = 13
    fake, real = draw(n, 5, 11, 0.4), draw(n, 5, 12)
    k = polynomial_kernel
    h = k(fake, fake) + k(real, real) - k(fake, real) - k(real, fake)
    h = h - h.diag().diag()
    assert module._pair_squares(fake, real) == pytest.approx(float(h.square().sum()), rel=1e-12)
    # Least squares over all pairs i < j of a_i + a_j + b.
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    design = torch.zeros(len(pairs), n + 1, dtype=torch.float64)
    for row, (i, j) in enumerate(pairs):
        design[row, [i, j, n]] = 1
    target = torch.stack([h[i, j] for i, j in pairs])
    rest = target - design @ torch.linalg.pinv(design) @ target
    found = module._residual_squares_symmetric(float(h.square().sum()), h.sum(1))
    assert found == pytest.approx(2 * float(rest.square().sum()), rel=1e-9)
    across = k(fake, real[:9])
    centred = across - across.mean(0) - across.mean(1, keepdim=True) + across.mean()
    found = module._residual_squares(float(across.square().sum()), across.sum(1), across.sum(0))
    assert found == pytest.approx(float(centred.square().sum()), rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(4, 12), m=st.integers(4, 12))
def test_order_and_exchange_of_sides(seed: int, n: int, m: int) -> None:
    fake, real = draw(n, 5, seed, 0.2), draw(m, 5, seed + 1)
    straight, back = compute(fake, real).compute(), compute(real, fake).compute()
    shuffled = compute(fake.flip(0), real.roll(1, 0)).compute()
    for output, value in straight.items():
        assert shuffled[output].value == pytest.approx(value.value, rel=1e-9, abs=1e-12)
    assert back["kid"].value == pytest.approx(straight["kid"].value, rel=1e-9, abs=1e-12)
    assert back["kid"].stderr == pytest.approx(straight["kid"].stderr, rel=1e-9)


def test_bad_input() -> None:
    with pytest.raises(InputError, match=r"generated features of shape.*at least 2"):
        compute(draw(1, 3, 0), draw(5, 3, 1)).compute()
    with pytest.raises(InputError, match="5 generated and 4 real"):
        compute(draw(5, 3, 0), draw(4, 3, 1), paired=True).compute()
    broken = draw(5, 3, 2)
    broken[3, 1] = torch.inf
    with pytest.raises(InputError, match="real image 3 that are not finite"):
        compute(draw(5, 3, 0), broken).compute()
