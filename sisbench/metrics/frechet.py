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

Uncertainty: the delta method. The distance changes to first order by the mean of the influence of its samples,

    psi(x) = 2 (mu_1 - mu_2).(x - mu_1) + |x - mu_1|^2 - tr S_1 - ((x - mu_1)' M (x - mu_1) - tr M S_1),

where M is the optimal transport map between the Gaussians; at sample i the quadratic form is (n - 1) (U s U')_ii with
G = U s V', also where S_1 is singular. (Both quadratic parts are taken n / (n - 1) times, which follows from the
unbiased covariance and makes the influences of a set sum to 0.) The standard error measures the spread of the distance
over new draws of n images: an interval of 1.96 standard errors covers the expectation at this n, not the limit
n -> infinity.

Squared influences count interactions of pairs twice (see `_feature_sets`): with V_1 / n and V_2 / n^2 the two parts of
the variance, v(n) = V_1 / n + 2 V_2 / n^2 in expectation. The same of halves of the sample gives v(n / 2), and
(v(n / 2) - 2 v(n)) / 4 is the excess, which is taken off. Halves are every second image of an order that depends on the
features alone.
Simulated coverage at n = 500 (`benchmarks.coverage`; without taking the excess off it is up to 100 %): rectified
features, 95 % at d = 2048 and 94 to 95 % at d = 64, equal distributions included. Log-normal features, whose tails are
heavier: 98 % at d = 2048, where the error is 1.2 times the spread (fewer images than dimensions: to leave an image out
changes less than its influence says), and 92 % at d = 64, where draws of small value also have a small error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from sisbench.errors import InputError
from sisbench.metrics._base import Estimate
from sisbench.metrics._feature_sets import FeatureSets, canonical_order, estimate, first_order_variance

SMALLEST = 1e-4
"""Singular values below this part of the largest are not taken from a squared matrix."""


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


def frechet_influence(p: Gaussian, q: Gaussian) -> tuple[float, Tensor, Tensor]:
    """Return the distance and the influence of every sample on it; both sides fitted to samples.

    Returns:
        The distance, the influences of the samples of p (n_p,), those of q (n_q,).
    """
    left, singular, right = _decompose(p, q, vectors=True)
    forward = _influence(p, p.mean - q.mean, left, singular)
    backward = _influence(q, q.mean - p.mean, right, singular)
    return _distance(p, q, singular), forward, backward


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


def _influence(p: Gaussian, shift: Tensor, vectors: Tensor, singular: Tensor) -> Tensor:
    """Influence of the samples of p, (n,); `vectors` (k, r) are the singular vectors on its side."""
    scaled = p.root
    if p.basis is not None:
        scaled, vectors = p.basis @ p.root, p.basis @ vectors
    n = scaled.shape[0]
    mean_part = 2 * math.sqrt(n - 1) * (scaled @ shift)
    trace_part = n * scaled.square().sum(1) - scaled.square().sum()
    cross_part = n * (vectors.square() @ singular) - singular.sum()
    return mean_part + trace_part - cross_part


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
        value, on_fake, on_real = frechet_influence(Gaussian.from_samples(fake), Gaussian.from_samples(real))
        excess = _excess_variance(fake, real, self.paired, first_order_variance(on_fake, on_real, self.paired))
        return {self.outputs[0]: estimate(value, on_fake, on_real, self.paired, excess)}


def _excess_variance(fake: Tensor, real: Tensor, paired: bool, variance: float) -> float:
    """Return what `variance`, by squared influences, counts too much; 0 where halves are too small to tell."""
    if min(len(fake), len(real)) < 4:
        return 0.0
    order = canonical_order(torch.cat([fake, real], 1)) if paired else canonical_order(fake)
    orders = (order, order if paired else canonical_order(real))
    halves = []
    for start in (0, 1):
        half = (
            Gaussian.from_samples(side[places[start::2]]) for side, places in zip((fake, real), orders, strict=True)
        )
        _, on_fake, on_real = frechet_influence(*half)
        halves.append(first_order_variance(on_fake, on_real, paired))
    return max(0.0, (sum(halves) / 2 - 2 * variance) / 4)
