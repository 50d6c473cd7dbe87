"""Which pixels get more samples."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown.shading.edges import edges


def _even() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    part = np.zeros((4, 5), np.int32)
    planes = np.zeros((4, 5, 3), np.float32)
    planes[..., 2] = 1
    return part, planes, np.full((4, 5, 3), 0.3, np.float32)


def test_an_even_image_has_none() -> None:
    assert not edges(*_even()).any()


def test_both_sides_of_another_part_are_marked() -> None:
    part, planes, color = _even()
    part[:, 3:] = 7
    assert np.nonzero(edges(part, planes, color).any(0))[0].tolist() == [2, 3]


def test_both_sides_of_a_fold_are_marked() -> None:
    part, planes, color = _even()
    planes[2:] = (1, 0, 0)
    assert np.nonzero(edges(part, planes, color).any(1))[0].tolist() == [1, 2]


def test_the_sky_has_no_planes() -> None:
    part, planes, color = _even()
    assert not edges(part - 1, planes * 0, color).any()


def test_brightness_counts_by_its_logarithm() -> None:
    part, planes, color = _even()
    color[1, 1] = 0.33  # log(0.36 / 0.33) = 0.09
    assert not edges(part, planes, color).any()
    color[1, 1] = 0.6  # log(0.63 / 0.33) = 0.65
    marked = edges(part, planes, color)
    assert marked[1, 1] and marked[0, 1] and marked[2, 1] and marked[1, 0] and marked[1, 2] and marked.sum() == 5
