"""Fréchet distance between Gaussians fitted to features (Dowson, Landau 1982; Heusel et al. 2017, eq. 6).

    FD = |mu_1 - mu_2|^2 + tr S_1 + tr S_2 - 2 tr (S_1 S_2)^(1/2)

With roots A'A = S_1 and B'B = S_2, the non-zero eigenvalues of S_1 S_2 are those of G G' with G = A B', so the last
trace is the nuclear norm (sum of singular values) of G. Singular covariances, the usual case with fewer images than
dimensions, are no special case: there is no matrix root of a non-symmetric product, hence no complex numbers and no
epsilon. A root has at most min(n, d) rows: the centred samples where n <= d, a d x d triangle otherwise.

Singular values are square roots of the eigenvalues of G G', which costs a fraction of a decomposition of G. Squaring
spoils small ones: s_k gets an error of about eps s_max^2 / s_k. So the short way is taken where all that can differ
from 0 (centring makes one vanish) are above `SMALLEST` s_max, with errors below 1e-11 s_max; sets of repeated images,
dead features and the like go through the singular value decomposition.

Covariances are unbiased (divided by n - 1). The distance is biased upwards at finite n: compare only equal n.

Uncertainty: the jackknife. The distance without each image (of a pair: without both) is computed exactly, from the one
decomposition (see `_nuclear`); the influences are psi_i = -(n - 1) (FD_-i - mean FD_-i). The derivative by the weight
of an image, the usual shortcut, is another number where there are fewer images than dimensions: the nuclear norm grows
with the root of the weight, and an image there has a dimension to itself. Its intervals were up to 1.3 times too wide.
The standard error measures the spread of the distance over new draws of n images: an interval of 1.96 standard errors
covers the expectation at this n, not the limit n -> infinity.

Squared influences count interactions of pairs of images twice (see `_feature_sets`): with V_1 / n and V_2 / n^2 the two
parts of the variance, v(n) = V_1 / n + 2 V_2 / n^2 in expectation. The same of halves of the sample gives v(n / 2), and
(v(n / 2) - 2 v(n)) / 4 is the excess, which is taken off. Halves are every second image of an order that depends on the
features alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics._base import Estimate
from sisbench.metrics._feature_sets import FeatureSets, canonical_order, estimate, first_order_variance
from sisbench.metrics._nuclear import lost_with_a_pair, lost_with_a_sample

SMALLEST = 1e-4
"""Singular values below this part of the largest are not taken from a squared matrix."""

VANISHING = 1e-12
"""Singular values below this part of the largest are rounding."""

LEAST = 3
"""Images of which one can be left out; fewer have a distance without a standard error."""


@dataclass(frozen=True)
class Gaussian:
    """A normal distribution, with its covariance as a root.

    Attributes:
        mean: float64 (d,).
        root: float64 (k, d), covariance = root' root.
        basis: float64 (n, k) with orthonormal columns, where basis @ root are the centred samples over sqrt(n - 1);
            None where root itself is, or where there are no samples.
        rank: Upper bound of the rank of the covariance; None where only the number of rows bounds it.
    """

    mean: Tensor
    root: Tensor
    basis: Tensor | None = None
    rank: int | None = None

    @classmethod
    def from_samples(cls, features: Tensor) -> Gaussian:
        """Fit to features (n, d): mean and unbiased covariance.

        Raises:
            InputError: Fewer than two samples, another shape, or numbers that are not finite.
        """
        if features.ndim != 2 or features.shape[0] < 2:
            raise InputError(
                f"a Fréchet distance got features of shape {tuple(features.shape)}; it needs (n, d) with n of at "
                "least 2, since one sample has no covariance. Give it more images."
            )
        features = features.double()
        if not features.isfinite().all():
            row = int((~features.isfinite()).any(1).nonzero()[0])
            raise InputError(f"features of sample {row} are not finite. Check the image and the feature network.")
        mean = features.mean(0)
        centred = (features - mean) / math.sqrt(features.shape[0] - 1)
        if features.shape[0] <= features.shape[1]:
            return cls(mean, centred, rank=len(features) - 1)
        basis, triangle = torch.linalg.qr(centred)
        return cls(mean, triangle, basis)

    @classmethod
    def from_moments(cls, mean: Tensor, covariance: Tensor) -> Gaussian:
        """Take a mean (d,) and a symmetric covariance (d, d) as they are.

        Raises:
            InputError: The matrix is no covariance (asymmetric, or with negative eigenvalues beyond rounding).
        """
        covariance = covariance.double()
        eigenvalues, vectors = torch.linalg.eigh(covariance)
        scale = eigenvalues.abs().max()
        if eigenvalues[0] < -1e-6 * scale or (covariance - covariance.T).abs().max() > 1e-6 * scale:
            raise InputError(
                f"the matrix is no covariance: its eigenvalues run from {eigenvalues[0]:.3g} to {eigenvalues[-1]:.3g}; "
                "expected a symmetric matrix without negative ones. Check where the statistics come from."
            )
        return cls(mean.double(), eigenvalues.clamp(min=0).sqrt()[:, None] * vectors.T)


def frechet_distance(p: Gaussian, q: Gaussian) -> float:
    """Return the (squared) Fréchet distance of two Gaussians; at least 0.

    >>> one = Gaussian(torch.tensor([0.0]), torch.tensor([[1.0]]))  # mean 0, deviation 1
    >>> other = Gaussian(torch.tensor([3.0]), torch.tensor([[2.0]]))  # mean 3, deviation 2
    >>> frechet_distance(one, other)  # 3^2 + (2 - 1)^2
    10.0
    """
    return _distance(p, q, _decompose(p, q, vectors=False)[1])


def leave_one_out(p: Gaussian, q: Gaussian, paired: bool) -> tuple[float, tuple[Tensor, ...]]:
    """Return the distance, and what it is without each sample; both sides fitted to three samples or more.

    Args:
        p: One side, n samples.
        q: The other side, m samples.
        paired: Whether sample i of both sides is left out together (n = m).

    Returns:
        The distance; then without each pair, (n,), or without each sample of p, (n,), and of q, (m,).
    """
    left, singular, right = _decompose(p, q, vectors=True)
    # Vectors of vanishing values are anything that is orthogonal to the others, the constant vector too.
    kept = singular > VANISHING * singular.max()
    left, singular, right = left[:, kept], singular[kept], right[:, kept]
    sides = [_Side.of(p, left), _Side.of(q, right)]
    (first, second), shift, norm = sides, p.mean - q.mean, singular.sum()
    distance = _distance(p, q, singular)
    if paired:
        norms = (norm - lost_with_a_pair(first.vectors, second.vectors, singular)) * first.growth * second.growth
        shifts = shift - (first.centred - second.centred) / (first.n - 1)
        return distance, (shifts.square().sum(1) + first.traces() + second.traces() - 2 * norms,)
    found = []
    for side, other, sign in ((first, second, -1), (second, first, 1)):
        norms = (norm - lost_with_a_sample(side.vectors, singular)) * side.growth
        shifts = shift + sign * side.centred / (side.n - 1)
        found.append(shifts.square().sum(1) + side.traces() + other.trace - 2 * norms)
    return distance, tuple(found)


@dataclass(frozen=True)
class _Side:
    """Samples of one side around their mean.

    Attributes:
        centred: float64 (n, d).
        vectors: Singular vectors of the cross-Gram matrix of samples, (n, r).
        trace: Of the covariance.
    """

    centred: Tensor
    vectors: Tensor
    trace: Tensor

    @classmethod
    def of(cls, g: Gaussian, vectors: Tensor) -> _Side:
        scaled = g.root if g.basis is None else g.basis @ g.root
        n = len(scaled)
        return cls(math.sqrt(n - 1) * scaled, vectors if g.basis is None else g.basis @ vectors, g.root.square().sum())

    @property
    def n(self) -> int:
        return len(self.centred)

    @property
    def growth(self) -> float:
        """By how much a root of the covariance grows when it is divided by n - 2 in place of n - 1."""
        return math.sqrt((self.n - 1) / (self.n - 2))

    def traces(self) -> Tensor:
        """Traces of the covariances without each sample, (n,)."""
        n, own = self.n, self.centred.square().sum(1)
        return ((n - 1) * self.trace - n / (n - 1) * own) / (n - 2)


def _decompose(p: Gaussian, q: Gaussian, vectors: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Return left vectors (k_p, r), singular values (r,) and right vectors (k_q, r) of the cross-Gram matrix.

    Vectors are empty where they are not asked for.
    """
    if len(p.root) > len(q.root):
        left, singular, right = _decompose(q, p, vectors)
        return right, singular, left
    cross = p.root @ q.root.T
    square = cross @ cross.T
    none = cross.new_empty(0)
    squares, left = torch.linalg.eigh(square) if vectors else (torch.linalg.eigvalsh(square), none)
    vanishing = len(squares) - min(len(g.root) if g.rank is None else g.rank for g in (p, q))
    squares = squares[max(0, vanishing) :]
    if len(squares) and squares[0] > SMALLEST**2 * squares[-1]:
        if not vectors:
            return none, squares.sqrt(), none
        left = left[:, max(0, vanishing) :]
        right = cross.T @ left
        singular = right.norm(dim=0)
        return left, singular, right / singular
    if not vectors:
        return none, torch.linalg.svdvals(cross), none
    left, singular, right = torch.linalg.svd(cross, full_matrices=False)
    return left, singular, right.T


def _distance(p: Gaussian, q: Gaussian, singular: Tensor) -> float:
    means = (p.mean - q.mean).square().sum()
    distance = means + p.root.square().sum() + q.root.square().sum() - 2 * singular.sum()
    # Equal sets leave a rest of rounding, which may be negative.
    return max(0.0, float(distance))


class FrechetDistance(FeatureSets):
    """Fréchet distance of features; a subclass names the network.

    Keeps all features (8 d bytes per image and side: 16 kB for Inception), which a covariance of fewer images than
    dimensions and the standard error both need.

    Args:
        paired: See `FeatureSets`.
        options: Those of `torchmetrics.Metric`.
    """

    higher_is_better = False

    def estimates(self) -> dict[str, Estimate]:
        """Return the distance; n counts the generated images.

        Raises:
            InputError: See `FeatureSets.sets`.
        """
        fake, real = self.sets()
        if min(len(fake), len(real)) < LEAST:
            distance = frechet_distance(Gaussian.from_samples(fake), Gaussian.from_samples(real))
            return {self.outputs[0]: Estimate(distance, None, None, len(fake))}
        value, influences = _jackknife(fake, real, self.paired)
        excess = _excess_variance(fake, real, self.paired, first_order_variance(influences))
        return {self.outputs[0]: estimate(value, influences, excess)}


def _jackknife(fake: Tensor, real: Tensor, paired: bool) -> tuple[float, tuple[Tensor, ...]]:
    """Return the distance, and the influences of each pair, or of each image of the two sides."""
    value, without = leave_one_out(Gaussian.from_samples(fake), Gaussian.from_samples(real), paired)
    return value, tuple(-(len(side) - 1) * (side - side.mean()) for side in without)


def _excess_variance(fake: Tensor, real: Tensor, paired: bool, variance: float) -> float:
    """Return what `variance`, by squared influences, counts too much; 0 where halves are too small to tell."""
    if min(len(fake), len(real)) < 2 * LEAST:
        return 0.0
    order = canonical_order(torch.cat([fake, real], 1)) if paired else canonical_order(fake)
    orders = (order, order if paired else canonical_order(real))
    halves = []
    for start in (0, 1):
        half_fake, half_real = (side[places[start::2]] for side, places in zip((fake, real), orders, strict=True))
        halves.append(first_order_variance(_jackknife(half_fake, half_real, paired)[1]))
    return max(0.0, (sum(halves) / 2 - 2 * variance) / 4)
