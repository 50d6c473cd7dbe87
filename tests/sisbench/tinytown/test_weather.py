"""Weather: balanced draws, lights that make sense."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from sisbench.tinytown.keys import Key
from sisbench.tinytown.weather import SEASONS, SKIES, TIMES, Light, weather

MANY = [weather(Key("weather test", number)) for number in range(1500)]


def _numbers(light: Light) -> list[float]:
    return [x for value in light for x in (value if isinstance(value, tuple) else (value,))]


def test_draws_are_of_their_key_alone() -> None:
    assert weather(Key("a", 1)) == weather(Key("a", 1))
    assert weather(Key("a", 1)) != weather(Key("a", 2))


def test_every_condition_occurs_about_as_often_as_it_should() -> None:
    times = Counter(w.time for w in MANY)
    assert set(times) == set(TIMES) and {w.season for w in MANY} == set(SEASONS) and {w.sky for w in MANY} == set(SKIES)
    assert times["day"] / len(MANY) == pytest.approx(0.55, abs=0.04)
    assert sum(w.wet > 0 for w in MANY) / len(MANY) == pytest.approx(0.18, abs=0.03)
    assert sum(w.foggy for w in MANY) / len(MANY) == pytest.approx(0.14, abs=0.03)


def test_what_excludes_each_other() -> None:
    for w in MANY:
        assert not (w.snow and w.wet)
        assert not w.snow or w.season == "winter"
        assert (w.light.fog >= 0.008) == w.foggy
        assert w.time != "overcast" or w.sky == "closed"


def test_lights_are_finite_and_the_sun_is_above_the_horizon() -> None:
    for w in MANY:
        numbers = _numbers(w.light)
        assert all(math.isfinite(x) for x in numbers)
        assert sum(x * x for x in w.light.sun) == pytest.approx(1)
        assert w.light.sun[2] > 0
        assert min(numbers[3:]) >= 0  # all but the direction
        assert 0 <= w.light.cloud <= 1 and 0 <= w.light.veil <= 1 and 0 <= w.light.haze <= 1
        assert 0 <= w.lit_windows <= 1


def test_nights_are_dark() -> None:
    light = {name: [w.light for w in MANY if w.time == name] for name in TIMES}
    assert all(x.dark == 1 for x in light["night"]) and all(x.dark == 0 for x in light["day"])
    brightest = max(sum(x.ambient) * x.exposure for x in light["night"])
    assert brightest < min(sum(x.ambient) * x.exposure for x in light["day"])
