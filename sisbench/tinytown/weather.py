"""Time of day, season and weather of a world: what the label map does not tell.

Every number here is a choice of ours, made by eye; colours are linear RGB, relative to a camera whose exposure is part of
the choice.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sisbench.tinytown.keys import Key

Triple = tuple[float, float, float]

TIMES = ("day", "golden", "overcast", "dusk", "night")
SEASONS = ("summer", "autumn", "winter")


class Light(NamedTuple):
    """The light of a world, in numbers that compiled code takes.

    Attributes:
        sun: Direction to the sun or moon, unit vector.
        sun_color: Its colour.
        sun_power: Its strength; 0 leaves it out.
        softness: Angular radius of its disc, for shadows.
        ambient: Light of the sky from above.
        bounce: Light from the ground.
        horizon: Sky at the horizon.
        zenith: Sky overhead.
        glow: Strength of the glow around the sun.
        cloud: Cover, 0 to 1.
        cloud_color: Colour of clouds.
        fog: Extinction per metre.
        fog_color: Colour of the distance.
        dark: 0 by day, 1 by night.
        lit: Radiance of lit windows and lamps.
        exposure: Of the camera.
        balance: White balance of the camera.
        grain: Noise of the sensor, standard deviation of a grey level in [0, 1].
        seed: For clouds and stars, 32 bits.
    """

    sun: Triple
    sun_color: Triple
    sun_power: float
    softness: float
    ambient: Triple
    bounce: Triple
    horizon: Triple
    zenith: Triple
    glow: float
    cloud: float
    cloud_color: Triple
    fog: float
    fog_color: Triple
    dark: float
    lit: float
    exposure: float
    balance: Triple
    grain: float
    seed: int


class Weather(NamedTuple):
    """A world's conditions by name, and the light that follows.

    Attributes:
        time: One of `TIMES`.
        season: One of `SEASONS`.
        wet: 0 dry, 1 soaked.
        snow: Whether snow lies.
        foggy: Whether there is fog.
        lit_windows: Probability that a window is lit.
        light: The light.
    """

    time: str
    season: str
    wet: float
    snow: bool
    foggy: bool
    lit_windows: float
    light: Light


def weather(key: Key) -> Weather:
    """Draw the conditions of a world."""
    time = key.pick("time", TIMES, (55, 17, 14, 6, 8))
    season = key.pick("season", SEASONS, (62, 22, 16))
    snow = season == "winter" and key.chance("snow", 0.4)
    sky = key.pick("sky", ("dry", "wet", "fog"), (68, 18, 14))
    if sky == "wet":
        snow = False
    wet = key.uniform("wetness", 0.5, 1.0) if sky == "wet" else 0.0
    cloud = key.pick("cloud", (0.0, 0.25, 0.4, 0.55))
    if wet and time != "night":
        cloud = max(cloud, 0.6)
    azimuth = key.uniform("azimuth", 0.0, 2 * math.pi)
    strength = key.unit("strength")
    fog, softness, grain, glow, dark, lit_windows, lit = (
        0.0008,
        0.006,
        key.uniform("grain", 0.008, 0.022),
        1.0,
        0.0,
        0.03,
        0.15,
    )
    if time == "day":
        elevation = key.uniform("elevation", 0.5, 1.15)
        sun_color, power = (1.0, 0.95, 0.86), 2.2 + 0.8 * strength
        ambient = _scale((0.42, 0.52, 0.68), key.uniform("ambient", 0.75, 1.1))
        horizon, zenith = (0.72, 0.82, 0.95), _scale((0.16, 0.34, 0.72), key.uniform("zenith", 0.8, 1.2))
        cloud_color, exposure = (1.15, 1.15, 1.18), 0.62 * (0.85 if snow else 1.0)
    elif time == "golden":
        elevation = key.uniform("elevation", 0.12, 0.3)
        sun_color, power, ambient = (1.0, 0.66, 0.34), 2.3, (0.38, 0.38, 0.50)
        horizon, zenith, cloud_color = (1.05, 0.68, 0.42), (0.22, 0.32, 0.56), (1.1, 0.75, 0.6)
        exposure, lit_windows, lit = 0.75, 0.15, 0.4
    elif time == "overcast":
        elevation, k = 0.8, 0.75 + 0.3 * strength
        sun_color, power, ambient = (1.0, 1.0, 1.0), 0.12, _scale((0.88, 0.92, 0.98), k)
        horizon, zenith = _scale((0.85, 0.87, 0.9), k), _scale((0.6, 0.64, 0.7), k)
        cloud, cloud_color, exposure, softness = 0.95, _scale((0.86, 0.88, 0.92), k), 0.75, 0.4
        fog, glow, lit_windows, lit = 0.003, 0.1, 0.08, 0.35
    elif time == "dusk":
        elevation = 0.05
        sun_color, power, ambient = (1.0, 0.5, 0.3), 0.25, (0.22, 0.24, 0.40)
        horizon, zenith, cloud_color = (0.75, 0.42, 0.35), (0.10, 0.13, 0.30), (0.55, 0.36, 0.42)
        exposure, softness, dark, lit_windows, lit = 1.15, 0.2, 0.6, 0.4, 0.9
    else:
        elevation = 0.6
        sun_color, power, ambient = (0.5, 0.6, 0.9), 0.10, (0.045, 0.055, 0.10)
        horizon, zenith, cloud_color = (0.12, 0.10, 0.12), (0.012, 0.018, 0.045), (0.10, 0.09, 0.10)
        exposure, glow, grain, dark, lit_windows, lit = 2.3, 0.1, 0.03, 1.0, 0.5, 1.1
    if sky == "fog":
        fog = key.uniform("fog", 0.008, 0.03)
    height = math.sin(elevation)
    light = Light(
        sun=(math.cos(azimuth) * math.cos(elevation), math.sin(azimuth) * math.cos(elevation), height),
        sun_color=sun_color, sun_power=power, softness=softness, ambient=ambient,
        bounce=tuple(0.35 * a + 0.10 * s * power * height for a, s in zip(ambient, sun_color, strict=True)),  # type: ignore[arg-type]
        horizon=horizon, zenith=zenith, glow=glow, cloud=float(cloud), cloud_color=cloud_color,
        fog=fog, fog_color=_scale(horizon, 0.92), dark=dark, lit=lit,
        exposure=exposure * key.uniform("exposure", 0.85, 1.18),
        balance=(key.uniform("red", 0.93, 1.07), 1.0, key.uniform("blue", 0.93, 1.07)),
        grain=grain, seed=key.seed,
    )  # fmt: skip
    return Weather(time, season, wet, snow, sky == "fog", lit_windows, light)


def _scale(color: Triple, factor: float) -> Triple:
    return (color[0] * factor, color[1] * factor, color[2] * factor)
