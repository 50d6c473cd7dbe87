"""Metrics: pure functions, and accumulators over them that merge, pickle and synchronise.

A metric is a file of this folder. It declares what it needs and never sees a network:

=================  =====================================================  ==============================================
needs              `update(fake, real)` gets                              constructor takes
=================  =====================================================  ==============================================
"pixels"           uint8 images (N, 3, H, W), paired                      nothing
"labels"           int64 (N, H, W): label maps that a segmenter read off  `num_classes`, `iou_classes`,
                   the images, and the true ones (train ids, 255 where    `ignored_pixels` (see `card.Segmentation`)
                   no score counts)
"feature:NETWORK"  float64 features (N, D) of `features.create(NETWORK)`  `paired`
=================  =====================================================  ==============================================

Constructors also take the options of `torchmetrics.Metric`.
"""

from __future__ import annotations

from sisbench._registry import Registry
from sisbench.evaluation import Value as Value
from sisbench.metrics._base import Metric as Metric

_registry: Registry[type[Metric]] = Registry("a metric", "sisbench.metrics", "sisbench list metrics")
register = _registry.register
names = _registry.names
get = _registry.get
