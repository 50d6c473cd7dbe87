"""Metrics: pure functions, and accumulators over them that merge, pickle and synchronise.

A metric is a file of this folder. It declares what it needs and never sees a network or a file:

====================  ==========================================================  =====================================
needs                 `update` gets                                               constructor takes
====================  ==========================================================  =====================================
"pixels"              fake, real: uint8 images (N, 3, H, W), paired               nothing
"pixels+truth"        fake, real, truth: the same, and the true label maps,       `num_classes`
                      int64 (N, H, W), train ids (255 where no score counts)
"labels"              predicted, truth: label maps that the protocol's segmenter  `num_classes`, `iou_classes`,
                      read off the images of one side, and the true ones          `ignored_pixels` (`card.Segmentation`)
"feature:NETWORK"     fake, real: float64 (N, D), what `features.create(NETWORK)` `paired`
                      gives as "pooled"; "feature:NETWORK/HEAD" names another
                      output of the same network
"probabilities"       fake, real: float64 (N, K), rows sum to 1: what the         `paired`
                      protocol's classifier sees in the images
"samples:pixels"      samples: uint8 (N, S, 3, H, W), S images for each layout    nothing
"samples:lpips-NET"   distances: float64 (N, S (S - 1) / 2), LPIPS of all pairs   nothing
                      of the S images for each layout
====================  ==========================================================  =====================================

A one-sided metric (`one_sided`) judges the images of one side on their own: its `update` gets no `real`, and its
constructor no `paired`. Constructors also take the options of `torchmetrics.Metric`.
"""

from __future__ import annotations

from sisbench._registry import Registry
from sisbench.evaluation import Value as Value
from sisbench.metrics._base import Estimate as Estimate
from sisbench.metrics._base import Metric as Metric
from sisbench.metrics._base import PerImageMean as PerImageMean
from sisbench.metrics._base import check_images as check_images


def _fits(entry: object) -> bool:
    """Whether something is a metric that says what lists and tables ask of every metric."""
    if not (isinstance(entry, type) and issubclass(entry, Metric)):
        return False
    declared = {"needs": str, "outputs": tuple, "higher_is_better": bool}
    return all(isinstance(getattr(entry, name, None), kind) for name, kind in declared.items())


_registry: Registry[type[Metric]] = Registry("a metric", "sisbench.metrics", "sisbench list metrics", _fits)
register = _registry.register
names = _registry.names
get = _registry.get
