from __future__ import annotations

import pytest
import torch
from torch import Tensor

from sisbench.metrics._nuclear import lost_with_a_pair, lost_with_a_sample


def norm(x: Tensor, y: Tensor) -> float:
    """Nuclear norm of the cross-Gram matrix of two sets, each centred."""
    return float(torch.linalg.svdvals((x - x.mean(0)) @ (y - y.mean(0)).T).sum())


def without(x: Tensor, index: int) -> Tensor:
    return torch.cat([x[:index], x[index + 1 :]])


def decomposed(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    left, singular, right = torch.linalg.svd((x - x.mean(0)) @ (y - y.mean(0)).T, full_matrices=False)
    rank = min(len(x) - 1, len(y) - 1, x.shape[1])
    return left[:, :rank], singular[:rank], right.T[:, :rank]


@pytest.mark.parametrize(("n", "d"), [(12, 30), (40, 10), (20, 20), (12, 12), (3, 2), (30, 1)])
@pytest.mark.parametrize("scale", [1e-6, 1, 1e6])
def test_equals_the_decomposition_of_what_is_left(n: int, d: int, scale: float) -> None:
    draw = torch.Generator().manual_seed(n)
    x = scale * torch.randn(n, d, generator=draw, dtype=torch.float64).exp()
    y = x + 0.7 * scale * torch.randn(n, d, generator=draw, dtype=torch.float64)
    left, singular, right = decomposed(x, y)
    whole, tolerance = norm(x, y), 1e-8 * float(singular.max())
    one = [whole - norm(without(x, i), y) for i in range(n)]
    other = [whole - norm(x, without(y, i)) for i in range(n)]
    both = [whole - norm(without(x, i), without(y, i)) for i in range(n)]
    assert lost_with_a_sample(left, singular).tolist() == pytest.approx(one, abs=tolerance)
    assert lost_with_a_sample(right, singular).tolist() == pytest.approx(other, abs=tolerance)
    assert lost_with_a_pair(left, right, singular).tolist() == pytest.approx(both, abs=tolerance)


def test_two_samples_by_hand() -> None:
    # Samples -1 and 1 against -2 and 2: G = [[2, -2], [-2, 2]], norm 4; one sample alone has no spread.
    x = torch.tensor([[-1.0], [1.0]], dtype=torch.float64)
    left, singular, right = decomposed(x, 2 * x)
    assert singular.tolist() == pytest.approx([4.0])
    assert lost_with_a_sample(left, singular).tolist() == pytest.approx([4.0, 4.0], rel=1e-8)
    assert lost_with_a_pair(left, right, singular).tolist() == pytest.approx([4.0, 4.0], rel=1e-8)


def test_nothing_can_be_lost_of_nothing() -> None:
    vectors = torch.zeros(5, 2, dtype=torch.float64)
    assert lost_with_a_sample(vectors, torch.zeros(2, dtype=torch.float64)).tolist() == [0] * 5
    assert lost_with_a_pair(vectors[:, :0], vectors[:, :0], torch.zeros(0, dtype=torch.float64)).tolist() == [0] * 5
