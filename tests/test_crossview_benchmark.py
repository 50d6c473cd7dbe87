"""The two sides of the benchmark of the cross-view columns are one: what is timed computes the same numbers."""

from __future__ import annotations

import numpy as np

from benchmarks.crossview_metrics import TO_AGREE, difference, inputs, ours, straight


def test_straight_and_ours_agree() -> None:
    data = inputs(20)
    arrays = {k: np.ascontiguousarray(v.permute(0, 2, 3, 1) if v.ndim == 4 else v) for k, v in data.items()}
    found, expected = ours(**data), straight(**arrays)
    assert len(found) == 12
    assert max(difference(found, expected).values()) <= TO_AGREE
    assert 0 < found["top1"] < found["top5"] < 1
    assert found["crossview_ssim"] < 0.9
