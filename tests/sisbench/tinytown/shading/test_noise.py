"""Hashes, textures, and lines that fade before they alias."""

from __future__ import annotations

import numpy as np
import pytest

from sisbench.tinytown.shading import noise
from sisbench.tinytown.shading.noise import SIDE, band, cell, dashes, fade, line, textures, unit


def _cell(i: int, j: int, seed: int) -> int:
    """The hash in Python's integers, which never overflow."""
    mask = 0xFFFFFFFF
    h = (i * 0x9E3779B1 + j * 0x85EBCA77 + seed * 0xC2B2AE3D) & mask
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & mask
    h = ((h ^ (h >> 15)) * 0x846CA68B) & mask
    return h ^ (h >> 16)


@pytest.mark.parametrize("where", [(0, 0, 0), (1, 0, 0), (-1, 7, 3), (123456, -98765, 0xFFFFFFFF), (2**31, 2**31, 5)])
def test_hash_is_that_of_unlimited_integers(where: tuple[int, int, int]) -> None:
    assert cell(*where) == _cell(*where)


def test_hash_known_answers() -> None:
    assert cell(0, 0, 0) == 0  # every step keeps zero
    assert (cell(1, 0, 0), cell(0, 1, 0), cell(0, 0, 1)) == (0x6D523710, 0xC4A0E45C, 0xAA6F94B3)
    assert 0 <= unit(3, 4, 5) < 1 and unit(3, 4, 5) == _cell(3, 4, 5) / 2**32


def test_textures_have_zero_mean_and_unit_variance() -> None:
    finest = textures()[:, : SIDE * SIDE].astype(np.float64)
    np.testing.assert_allclose(finest.mean(1), 0, atol=1e-5)
    np.testing.assert_allclose(finest.var(1), 1, atol=1e-4)


def test_pyramids_end_at_eight_texels_and_keep_the_mean() -> None:
    texels = textures().shape[1]
    assert texels == sum((SIDE >> k) ** 2 for k in range(7))  # 512, 256, ... 8
    np.testing.assert_allclose(textures()[:, -64:].mean(1), 0, atol=1e-4)


def test_noise_is_a_texel_where_it_is_read_at_one() -> None:
    tex = textures()
    row, column, period = 5, 9, 51.2  # a texel is 0.1 m
    value = noise.noise(tex, noise.FBM, column * 0.1, row * 0.1, period, 0.0)
    assert value == pytest.approx(float(tex[noise.FBM, row * SIDE + column]), abs=1e-4)
    assert noise.noise(tex, noise.FBM, 0.9 + period, 0.5 - period, period, 0.0) == pytest.approx(value, abs=1e-3)


def test_noise_fades_where_it_would_repeat_before_the_eye() -> None:
    tex = textures()
    near = np.std([noise.noise(tex, noise.FINE, 0.37 * k, 0.11 * k, 4.0, 0.01) for k in range(400)])
    far = np.std([noise.noise(tex, noise.FINE, 0.37 * k, 0.11 * k, 4.0, 8.0) for k in range(400)])
    assert near > 0.8 and far < 0.05


def test_coverage_of_a_line() -> None:
    # Lines of 0.2 m around every metre; pixels of 0.1 m.
    assert line(3.0, 1.0, 0.2, 0.1) == 1.0
    assert line(3.1, 1.0, 0.2, 0.1) == pytest.approx(0.5)  # the pixel straddles the edge
    assert line(3.5, 1.0, 0.2, 0.1) == 0.0
    assert line(3.5, 1.0, 0.2, 0.7) == pytest.approx(0.2)  # more than half a period: the mean


def test_coverage_of_a_band_and_of_dashes() -> None:
    assert band(0.5, 0.0, 1.0, 0.1) == pytest.approx(1.0)
    assert band(1.0, 0.0, 1.0, 0.1) == pytest.approx(0.5)
    assert band(0.5, 0.0, 1.0, 4.0) == pytest.approx(0.25)  # one metre of four
    assert dashes(0.5, 3.0, 1.0, 0.1) == pytest.approx(1.0)
    assert dashes(-1.0, 3.0, 1.0, 0.1) == pytest.approx(0.0)  # from -2 to 0 there is a gap
    assert dashes(-2.0, 3.0, 1.0, 0.2) == pytest.approx(0.5)
    assert dashes(0.123, 3.0, 1.0, 6.0) == pytest.approx(1 / 3)  # two whole periods


def test_fade() -> None:
    assert (fade(0.4, 1.0), fade(0.75, 1.0), fade(1.0, 1.0)) == (1.0, 0.5, 0.0)
