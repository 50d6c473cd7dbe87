"""Improved precision and recall (Kynkäänniemi et al., NeurIPS 2019), of Inception features and k = 3.

The manifold of a set is the union of balls around its images, each reaching to the k-th nearest other image of the set.
Precision is the share of generated images within the manifold of the real ones, recall the share of real images within
that of the generated ones. The paper uses VGG-16 and 50 000 images; torch-fidelity's default, whose numbers these are,
is Inception's 2048 features. Both shrink with n: compare only equal n.

Distances come from products of matrices. Squared ones are taken as equal within `TOLERANCE` of the mean squared norm of
the centred real features, so that an image is in the ball of its own copy whatever the rounding; rivals decide such
ties by rounding.

Uncertainty: of precision, a generated image contributes whether it is covered; a real image contributes the points that
no ball but its own covers. Of recall the other way round. Balls are taken as given with their centres: that they change
when an image near them comes or goes is left out. (Leaving one image out with the balls of its neighbours grown, the
full jackknife, was tried: it is 1.3 to 2 times the true spread, as the jackknife of statistics that jump is known to
be. Without the part of the other side, errors were 0.65 to 0.9 of it.)
Simulated at n = 500 and d = 64 (`benchmarks.coverage`), errors are 1.2 to 2.5 times the spread and intervals cover 97
to 100 %: too wide rather than too narrow. Where nearly everything is covered (above 0.99), the ball of one outlier
decides and the error is many times the spread.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sisbench.metrics import register
from sisbench.metrics._base import Estimate
from sisbench.metrics._feature_sets import FeatureSets, estimate, independent

K = 3
"""Neighbour that the radius of a ball reaches to."""

TOLERANCE = 1e-9
"""Difference of squared distances that counts as none, relative to the mean squared norm."""

BLOCK = 512
"""Rows of a distance matrix that are held at a time."""


@dataclass(frozen=True)
class Manifold:
    """Balls around the images of a set.

    Attributes:
        centres: float64 (m, d).
        radii: Squared distance of each image's k-th neighbour, plus what counts as equal, (m,).
    """

    centres: Tensor
    radii: Tensor

    @classmethod
    def of(cls, features: Tensor, k: int, tolerance: float) -> Manifold:
        """Fit to features (m, d), m at least k + 1."""
        radii = []
        for start in range(0, len(features), BLOCK):
            distances = _squared_distances(features[start : start + BLOCK], features)
            distances.diagonal(start).fill_(torch.inf)
            radii.append(distances.kthvalue(k).values + tolerance)
        return cls(features, torch.cat(radii))


def coverage(points: Tensor, manifold: Manifold) -> tuple[Tensor, Tensor]:
    """Return which points a manifold covers, and how many each of its balls covers alone.

    Args:
        points: float64 (n, d).
        manifold: Of m images.

    Returns:
        bool (n,); int64 (m,).
    """
    covered, alone = [], torch.zeros(len(manifold.centres), dtype=torch.int64)
    for part in points.split(BLOCK):
        inside = _squared_distances(part, manifold.centres) <= manifold.radii
        balls = inside.sum(1)
        covered.append(balls > 0)
        alone += inside[balls == 1].sum(0)
    return torch.cat(covered), alone


def precision_recall(fake: Tensor, real: Tensor, k: int = K) -> tuple[float, float]:
    """Return precision and recall of features, float64 (n, d) and (m, d), n and m at least k + 1.

    >>> line = torch.arange(8.0).double()[:, None]
    >>> precision_recall(line[:5], line + 1)  # the ball around 4 reaches 3 far, to 7: 8 is left out
    (1.0, 0.875)
    """
    manifolds = _manifolds(fake, real, k)
    parts = coverage(manifolds[0].centres, manifolds[1]), coverage(manifolds[1].centres, manifolds[0])
    return float(parts[0][0].double().mean()), float(parts[1][0].double().mean())


def _manifolds(fake: Tensor, real: Tensor, k: int) -> tuple[Manifold, Manifold]:
    """Fit to both sides, centred at the mean of the real one."""
    mean = real.mean(0)
    tolerance = TOLERANCE * float((real - mean).square().sum(1).mean())
    return Manifold.of(fake - mean, k, tolerance), Manifold.of(real - mean, k, tolerance)


def _squared_distances(x: Tensor, y: Tensor) -> Tensor:
    """Squared distances of rows, (n, m); rounding may make them slightly negative."""
    return torch.addmm(x.square().sum(1)[:, None] + y.square().sum(1), x, y.T, alpha=-2)


@register("precision_recall")
class PrecisionRecall(FeatureSets):
    """Improved precision and recall with k = 3.

    Keeps all features (16 kB per image and side). Distances are made in blocks of rows: memory grows with n, not with
    its square.

    Args:
        paired: See `FeatureSets`.
        options: Those of `torchmetrics.Metric`.
    """

    needs = "feature:inception"
    outputs = ("precision", "recall")
    higher_is_better = True
    minimum = K + 1

    def estimates(self) -> dict[str, Estimate]:
        """Return both shares, in 0..1; n counts the generated images.

        Raises:
            InputError: See `FeatureSets.sets`.
        """
        generated, real = _manifolds(*self.sets(), K)
        precise, by_real = coverage(generated.centres, real)
        recalled, by_generated = coverage(real.centres, generated)
        precision, recall = (float(covered.double().mean()) for covered in (precise, recalled))
        return {
            "precision": estimate(precision, independent(_share(precise), _lost(by_real, len(precise)), self.paired)),
            "recall": estimate(recall, independent(_lost(by_generated, len(recalled)), _share(recalled), self.paired)),
        }


def _share(covered: Tensor) -> Tensor:
    """Influence of each point on the share that is covered."""
    return covered.double() - covered.double().mean()


def _lost(alone: Tensor, n: int) -> Tensor:
    """Influence of each ball on the covered share of n points, given how many it covers alone."""
    influence = alone.double() * len(alone) / n
    return influence - influence.mean()
