"""The camera."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown.keys import Key
from sisbench.tinytown.shading.develop import develop
from sisbench.tinytown.weather import weather

LIGHT = weather(Key("camera")).light._replace(exposure=1.0, balance=(1.0, 1.0, 1.0), grain=0.0)


def _grey(level: float, **changes: float) -> np.ndarray:
    light = LIGHT._replace(**changes)
    return develop(np.full((8, 8, 3), level, np.float32), light, 0.0, 3)


def test_black_stays_black_and_brightness_ends_at_white() -> None:
    assert (_grey(0.0) == 0).all()
    assert (_grey(100.0) == 255).all()


def test_a_grey_follows_the_curve() -> None:
    # (1 * (2.51 + 0.03)) / (2.43 + 0.59 + 0.14) = 0.80380; to the power of 1 / 2.2: 0.90549; times 255: 230.9.
    assert (_grey(1.0) == 231).all()
    assert (_grey(2.0, exposure=0.5) == 231).all()


def test_balance_acts_on_its_channel() -> None:
    out = develop(np.full((4, 4, 3), 0.2, np.float32), LIGHT._replace(balance=(1.2, 1.0, 0.8)), 0.0, 3)
    assert (out[..., 0] > out[..., 1]).all() and (out[..., 1] > out[..., 2]).all()


def test_corners_are_darker_by_the_vignette() -> None:
    out = develop(np.full((32, 32, 3), 0.3, np.float32), LIGHT, 0.4, 3)[..., 1].astype(int)
    assert out[0, 0] == out[-1, -1] < out[0, 16] < out[16, 16]


def test_noise_is_of_the_stated_strength_and_of_the_seed() -> None:
    light = LIGHT._replace(grain=0.02)
    grey = np.full((64, 64, 3), 0.3, np.float32)
    out = develop(grey, light, 0.0, 3)
    spread = out[..., 1].astype(float).std() / 255
    assert 0.005 < spread < 0.02
    np.testing.assert_array_equal(out, develop(grey, light, 0.0, 3))
    assert (out != develop(grey, light, 0.0, 4)).any()
