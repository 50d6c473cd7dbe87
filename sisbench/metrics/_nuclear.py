"""The nuclear norm of a matrix when samples are left out: all of them, one after another, from one decomposition.

Leaving sample i out of a centred set, and centring the rest again, compresses the cross-Gram matrix G = U s V' to the
complement of q_i, the direction of sample i orthogonal to the mean. With |x| = (1 / pi) int_0^inf log(1 + x^2 / t^2) dt
over the eigenvalues +-s of the dilation H = [[0, G], [G', 0]], and with Schur's complement of H + it, the norm loses

    |G|_* - |G_i|_* = -(1 / pi) int_0^inf log det M_i(t) dt,   M_i(t) = it Q' (H + it)^-1 Q,

where Q holds q_i on the side that loses the sample, or on both. In the coordinates a_k = q_i'u_k and b_k = q_i'v_k,

    det M = alpha = 1 - sum_k a_k^2 s_k^2 / (t^2 + s_k^2)                       without sample i of the left side,
    det M = alpha beta + gamma^2,   gamma = sum_k a_k b_k t s_k / (t^2 + s_k^2)   without sample i of both.

The integrand is analytic in y = log t in a strip of half width pi / 2, so the trapezoid rule converges exponentially:
with steps of 0.3 the result is good to 1e-8 of the largest singular value, the ends included.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

STEP = 0.3
"""Distance of the nodes in log t."""

RANGE = (1e-13, 1e12)
"""Where the integral is cut off: t over the largest singular value."""


def lost_with_a_sample(vectors: Tensor, singular: Tensor) -> Tensor:
    """Return by how much the nuclear norm shrinks without each sample of one side.

    Args:
        vectors: Singular vectors on that side, float64 (n, r), orthogonal to the constant vector.
        singular: Singular values, float64 (r,).

    Returns:
        float64 (n,), at least 0.
    """
    if _vanishes(singular):
        return vectors.new_zeros(len(vectors))
    nodes, weights, near, far = _nodes(singular)
    loss, rest = _determinants(vectors, near, far)
    return -(_log(-loss, rest, nodes, singular) @ weights)


def lost_with_a_pair(left: Tensor, right: Tensor, singular: Tensor) -> Tensor:
    """Return by how much the nuclear norm shrinks without sample i of both sides, for each i.

    Args:
        left: Left singular vectors, float64 (n, r), orthogonal to the constant vector.
        right: Right singular vectors, float64 (n, r), likewise.
        singular: Singular values, float64 (r,).

    Returns:
        float64 (n,), at least 0.
    """
    if _vanishes(singular):
        return left.new_zeros(len(left))
    nodes, weights, near, far = _nodes(singular)
    on_left, alpha = _determinants(left, near, far)
    on_right, beta = _determinants(right, near, far)
    gamma = (_directions(left) * _directions(right)) @ (near * far).sqrt()
    squared = gamma.square()
    change = on_left * on_right + squared - on_left - on_right
    return -(_log(change, alpha * beta + squared, nodes, singular) @ weights)


def _vanishes(singular: Tensor) -> bool:
    """Whether the matrix is 0: one of the sides shows the same image again and again."""
    return len(singular) == 0 or float(singular.max()) == 0


def _nodes(singular: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return nodes t (T,), weights of the rule (T,), and s^2 / (t^2 + s^2) and t^2 / (t^2 + s^2), (r, T)."""
    low, high = RANGE
    y = torch.arange(math.log(low), math.log(high), STEP, dtype=torch.float64, device=singular.device)
    nodes = singular.max() * y.exp()
    sums = nodes.square() + singular[:, None].square()
    return nodes, nodes * STEP / math.pi, singular[:, None].square() / sums, nodes.square() / sums


def _directions(vectors: Tensor) -> Tensor:
    """Return the coordinates (n, r) of all q_i; of length 1 where the vectors span all that is orthogonal to 1."""
    n, r = vectors.shape
    scaled = vectors / math.sqrt(1 - 1 / n)
    return scaled / scaled.norm(dim=1, keepdim=True) if r >= n - 1 else scaled


def _determinants(vectors: Tensor, near: Tensor, far: Tensor) -> tuple[Tensor, Tensor]:
    """Return 1 - alpha and alpha, (n, T), each without the cancellation that the other has."""
    squares = _directions(vectors).square()
    outside = (1 - squares.sum(1, keepdim=True)).clamp(min=0)
    return squares @ near, squares @ far + outside


def _log(change: Tensor, value: Tensor, nodes: Tensor, singular: Tensor) -> Tensor:
    """Return the logarithm of a determinant, by its distance from 1 where that is small."""
    far = nodes > singular.max()
    return torch.where(far, torch.log1p(torch.where(far, change, 0.0)), torch.log(value))
