from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg
import torch
from torch import Tensor

from generators import ensure_torchvision
from sisbench.errors import InputError
from sisbench.metrics import frechet as module
from sisbench.metrics.frechet import FrechetDistance, Gaussian, frechet_distance, leave_one_out

# Worked example of the reference formulas (nuclear norm; eigenvalues of the product of covariances).
X = [
    [0.07942844380620405, 2.1902023574142215, -0.1348921466082706, 0.16051798245486826, 0.44269784320407946],
    [0.6233914408616125, 1.008903486104368, 0.3942487905787076, -0.3363867032016092, -0.6459064628153973],
    [0.8054577050396893, 0.41644283847383096, 0.5746197488195819, -1.1016713326380543, -0.9947568717942923],
    [1.345519481702297, 0.581867813433735, 0.5372387125250798, 2.067046863224518, -0.29032411597854957],
    [0.6013650730775091, -0.564526820474342, -1.1679516582167502, -1.0220022354201272, 0.8835195472577804],
    [-0.5337444913908144, -1.3504321842461073, 0.230094016196588, 0.8948548338337791, 1.370759922997516],
]
Y = [
    [3.6028120857639183, 1.8662717759215326, -0.6649783943048148, 0.48770338567722005, 1.8003811301970445],
    [-0.3196084500038123, 1.2809025124661955, 1.7539418001395584, -1.8768484010518356, 0.5542703340050625],
    [1.880311484919953, 1.2802106824456212, 0.7979757264908222, 0.38014610133357224, 3.088385188585312],
    [0.3411513796936445, -1.6840623942199398, -0.20807730095858223, 0.5932549247608628, 0.8587320998404145],
]
NUCLEAR, EIGENVALUES = 8.70415694862335, 8.704156921098644


class Distance(FrechetDistance):
    needs = "feature:none"
    outputs = ("fd",)


def fit(features: Tensor) -> Gaussian:
    return Gaussian.from_samples(features)


def moments(features: Tensor) -> Gaussian:
    return Gaussian.from_moments(features.mean(0), features.T.cov())


def draw(n: int, d: int, seed: int, shift: float = 0.0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    mix = torch.randn(d, d, generator=generator, dtype=torch.float64)
    return torch.randn(n, d, generator=generator, dtype=torch.float64) @ mix + shift


def test_one_dimension_by_hand() -> None:
    # Means 1 and 5, variances 2 and 8: (5 - 1)^2 + (sqrt 8 - sqrt 2)^2 = 16 + 2.
    p, q = fit(torch.tensor([[0.0], [2.0]])), fit(torch.tensor([[3.0], [7.0]]))
    assert frechet_distance(p, q) == pytest.approx(18, abs=1e-12)


def test_independent_axes_by_hand() -> None:
    p = Gaussian.from_moments(torch.tensor([0.0, 1.0]), torch.diag(torch.tensor([4.0, 9.0])))
    q = Gaussian.from_moments(torch.tensor([1.0, 1.0]), torch.diag(torch.tensor([1.0, 0.0])))
    assert frechet_distance(p, q) == pytest.approx(1 + (2 - 1) ** 2 + (3 - 0) ** 2, abs=1e-12)


def test_worked_example() -> None:
    x, y = torch.tensor(X, dtype=torch.float64), torch.tensor(Y, dtype=torch.float64)
    assert frechet_distance(fit(x), fit(y)) == pytest.approx(NUCLEAR, abs=1e-12)
    assert frechet_distance(fit(x), fit(y)) == pytest.approx(EIGENVALUES, abs=1e-7)  # that route's own rounding
    assert frechet_distance(moments(x), fit(y)) == pytest.approx(NUCLEAR, abs=1e-6)


@pytest.mark.parametrize(("n", "m", "d"), [(200, 150, 12), (40, 300, 24)])
def test_scipy_sqrtm_where_covariances_are_regular(n: int, m: int, d: int) -> None:
    x, y = draw(n, d, 0), draw(m, d, 1, shift=0.5)
    s, t = np.cov(x.numpy().T), np.cov(y.numpy().T)
    expected = float(((x.mean(0) - y.mean(0)) ** 2).sum()) + np.trace(s + t - 2 * scipy.linalg.sqrtm(s @ t).real)
    assert frechet_distance(fit(x), fit(y)) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(moments(x), moments(y)) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(fit(x), moments(y)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("n", "m"), [(300, 200), (20, 25), (20, 200)])
def test_torch_fidelity(n: int, m: int) -> None:
    ensure_torchvision()
    from torch_fidelity.metric_fid import fid_statistics_to_metric

    x, y = draw(n, 32, 2), draw(m, 32, 3, shift=0.3)
    stat = [{"mu": f.mean(0).numpy(), "sigma": np.cov(f.numpy(), rowvar=False)} for f in (x, y)]
    expected = fid_statistics_to_metric(*stat, verbose=False)["frechet_inception_distance"]
    # With fewer samples than dimensions, the reference's null eigenvalues add the square roots of their rounding.
    assert frechet_distance(fit(x), fit(y)) == pytest.approx(expected, rel=1e-9 if min(n, m) > 32 else 1e-6)


@pytest.mark.parametrize("n", [2, 20, 64, 65, 200])
def test_identical_sets_have_distance_zero(n: int) -> None:
    x = draw(n, 64, 4)
    scale = float(x.T.cov().trace())
    assert 0 <= frechet_distance(fit(x), fit(x)) < 1e-13 * scale
    assert 0 <= frechet_distance(fit(x), fit(x.flip(0))) < 1e-13 * scale


@pytest.mark.parametrize(("n", "m", "d"), [(60, 50, 90), (50, 60, 90), (80, 80, 20), (30, 80, 40), (3, 5, 3)])
def test_the_short_way_equals_the_singular_value_decomposition(
    n: int, m: int, d: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y = draw(n, d, 12), draw(m, d, 13, shift=0.3)
    monkeypatch.setattr(module, "SMALLEST", 0.0)  # nothing is too small
    distance, influences = leave_one_out(fit(x), fit(y), False)
    short = frechet_distance(fit(x), fit(y))
    monkeypatch.setattr(module, "SMALLEST", 2.0)  # everything is
    expected, exact = leave_one_out(fit(x), fit(y), False)
    assert (distance, short) == pytest.approx((expected, frechet_distance(fit(x), fit(y))), rel=1e-12)
    for found, influence in zip(influences, exact, strict=True):
        assert float((found - influence).norm() / influence.norm()) < 1e-8


@pytest.mark.parametrize("n", [30, 200])
def test_deficient_sets_are_exact(n: int) -> None:
    # Repeated images and dead features: many singular values vanish beyond the one that centring removes.
    x, y = draw(n, 64, 14), draw(n, 64, 15)
    x[n // 2 :] = x[: n - n // 2]
    for features in (x, y):
        features[:, 40:] = 0
    scale = float(x.T.cov().trace())
    assert frechet_distance(fit(x), fit(x.roll(3, 0))) < 1e-12 * scale
    kept = frechet_distance(fit(x[:, :40]), fit(y[:, :40]))
    assert frechet_distance(fit(x), fit(y)) == pytest.approx(kept, rel=1e-11)
    for paired in (True, False):
        distance, without = leave_one_out(fit(x), fit(y), paired)
        kept, without_kept = leave_one_out(fit(x[:, :40]), fit(y[:, :40]), paired)
        assert distance == pytest.approx(kept, rel=1e-11)
        for found, expected in zip(without, without_kept, strict=True):
            assert torch.allclose(found, expected, atol=1e-8 * scale)


@pytest.mark.parametrize("n", [20, 200])
def test_motions_of_the_space_change_nothing(n: int) -> None:
    x, y = draw(n, 48, 5), draw(n, 48, 6, shift=1.0)
    rotation = torch.linalg.qr(draw(48, 48, 7))[0]
    moved = frechet_distance(fit(x @ rotation + 3), fit(y @ rotation + 3))
    assert moved == pytest.approx(frechet_distance(fit(x), fit(y)), rel=1e-11)
    assert frechet_distance(fit(2 * x), fit(2 * y)) == pytest.approx(4 * frechet_distance(fit(x), fit(y)), rel=1e-11)
    assert frechet_distance(fit(y), fit(x)) == pytest.approx(frechet_distance(fit(x), fit(y)), rel=1e-11)


def rest(features: Tensor, index: int) -> Gaussian:
    """Fit to all samples but one."""
    return fit(torch.cat([features[:index], features[index + 1 :]]))


@pytest.mark.parametrize(("n", "m", "d"), [(12, 9, 40), (40, 30, 6), (12, 30, 20), (20, 20, 20), (3, 3, 5), (9, 50, 1)])
def test_without_each_sample_as_if_it_had_never_been(n: int, m: int, d: int) -> None:
    x, y = draw(n, d, 8).exp(), draw(m, d, 9, shift=0.2)
    distance, (without_x, without_y) = leave_one_out(fit(x), fit(y), False)
    assert distance == pytest.approx(frechet_distance(fit(x), fit(y)), rel=1e-12)
    assert without_x.tolist() == pytest.approx([frechet_distance(rest(x, i), fit(y)) for i in range(n)], rel=1e-7)
    assert without_y.tolist() == pytest.approx([frechet_distance(fit(x), rest(y, i)) for i in range(m)], rel=1e-7)


@pytest.mark.parametrize(("n", "d"), [(12, 30), (40, 6), (20, 20), (3, 4), (50, 1)])
def test_without_each_pair_as_if_it_had_never_been(n: int, d: int) -> None:
    x = draw(n, d, 8)
    y = 0.9 * x + 0.5 * draw(n, d, 9) + 0.2
    _, (without,) = leave_one_out(fit(x), fit(y), True)
    assert without.tolist() == pytest.approx([frechet_distance(rest(x, i), rest(y, i)) for i in range(n)], rel=1e-7)


@pytest.mark.parametrize("paired", [True, False])
def test_the_standard_error_is_the_jackknife_s(paired: bool) -> None:
    x, y = draw(5, 4, 16), draw(5, 4, 17, shift=0.5)  # too few for halves: nothing is taken off
    metric = Distance(paired=paired)
    metric.update(x, y)
    sides = (
        [[frechet_distance(rest(x, i), rest(y, i)) for i in range(5)]]
        if paired
        else [
            [frechet_distance(rest(x, i), fit(y)) for i in range(5)],
            [frechet_distance(fit(x), rest(y, i)) for i in range(5)],
        ]
    )
    variance = sum(4 / 5 * sum((value - np.mean(side)) ** 2 for value in side) for side in sides)
    assert metric.compute()["fd"].stderr == pytest.approx(float(variance) ** 0.5, rel=1e-6)


def test_one_image_again_and_again() -> None:
    metric = Distance(paired=True)
    metric.update(torch.ones(8, 5), draw(8, 5, 18))
    value = metric.compute()["fd"]
    assert value.stderr is not None
    assert value.value > 0


def test_two_images_have_a_distance_and_no_error() -> None:
    metric = Distance(paired=True)
    metric.update(draw(2, 5, 19), draw(2, 5, 20))
    assert metric.compute()["fd"].stderr is None


def test_sides_of_unequal_number_are_independent() -> None:
    metric = Distance()
    metric.update(draw(30, 5, 10))
    metric.update(real=draw(50, 5, 11, shift=1.0))
    value = metric.compute()["fd"]
    assert value.n == 30
    assert value.stderr is not None
    assert value.stderr > 0
    metric = Distance(paired=True)
    metric.update(draw(30, 5, 10), draw(29, 5, 11))
    with pytest.raises(InputError, match="30 generated and 29 real"):
        metric.compute()


def test_bad_features() -> None:
    with pytest.raises(InputError, match="at least 2"):
        fit(torch.zeros(1, 5))
    with pytest.raises(InputError, match=r"shape \(5,\)"):
        fit(torch.zeros(5))
    broken = torch.zeros(4, 3)
    broken[2, 1] = torch.nan
    with pytest.raises(InputError, match="sample 2 are not finite"):
        fit(broken)
    for matrix in (torch.diag(torch.tensor([1.0, -0.5])), torch.tensor([[1.0, 0.9], [0.0, 1.0]])):
        with pytest.raises(InputError, match="no covariance"):
            Gaussian.from_moments(torch.zeros(2), matrix)
    with pytest.raises(InputError, match="before any image"):
        metric = Distance()
        metric.update(torch.zeros(3, 2))
        metric.compute()
