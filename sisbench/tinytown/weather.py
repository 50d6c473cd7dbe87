"""Time of day, season and weather of a world: what the label map does not tell.

Every number here is a choice of ours, made by eye; colours are linear RGB, relative to a camera whose exposure is part
of the choice.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sisbench.tinytown.keys import Key

Triple = tuple[float, float, float]

TIMES = ("day", "golden", "overcast", "dusk", "night")
SEASONS = ("summer", "autumn", "winter")
SKIES = ("clear", "cumulus", "cirrus", "hazy", "broken", "closed")


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
        cloud: Cover of low clouds, 0 to 1.
        cloud_color: Colour of clouds in the sun.
        fog: Extinction per metre.
        fog_color: Colour of the distance.
        dark: 0 by day, 1 by night.
        lit: Radiance of lit windows and lamps.
        exposure: Of the camera.
        balance: White balance of the camera.
        grain: Noise of the sensor, standard deviation of a grey level in [0, 1].
        seed: For clouds and stars, 32 bits.
        veil: Strength of high clouds, 0 to 1.
        haze: How far up the colour of the horizon reaches, 0 to 1.
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
    veil: float = 0.0
    haze: float = 0.3


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
        sky: One of `SKIES`.
    """

    time: str
    season: str
    wet: float
    snow: bool
    foggy: bool
    lit_windows: float
    light: Light
    sky: str


class _Sky(NamedTuple):
    """How clouds and haze change the light of a fine day."""

    sun: float  # share of the sun's strength
    softness: float
    ambient: float
    grey: float  # 0 blue, 1 grey
    cloud: tuple[float, float]
    veil: tuple[float, float]
    haze: float
    fog: float


_SKIES = {
    "clear": _Sky(1.0, 0.0046, 0.85, 0.0, (0.0, 0.12), (0.0, 0.15), 0.25, 0.0006),
    "cumulus": _Sky(1.0, 0.0046, 0.97, 0.1, (0.28, 0.46), (0.0, 0.25), 0.3, 0.0008),
    "cirrus": _Sky(0.88, 0.008, 0.98, 0.2, (0.0, 0.2), (0.55, 1.0), 0.4, 0.0009),
    "hazy": _Sky(0.62, 0.015, 1.12, 0.65, (0.0, 0.15), (0.2, 0.5), 0.95, 0.0018),
    "broken": _Sky(0.92, 0.0055, 1.05, 0.35, (0.52, 0.68), (0.0, 0.4), 0.4, 0.0010),
    "closed": _Sky(0.05, 0.4, 1.0, 1.0, (0.9, 1.0), (0.0, 0.0), 0.5, 0.003),
}
_FINE = ("clear", "cumulus", "cirrus", "hazy", "broken")


def weather(key: Key) -> Weather:
    """Draw the conditions of a world."""
    time = key.pick("time", TIMES, (55, 17, 14, 6, 8))
    season = key.pick("season", SEASONS, (62, 22, 16))
    air = key.pick("air", ("dry", "wet", "fog"), (68, 18, 14))
    snow = season == "winter" and air != "wet" and key.chance("snow", 0.4)
    wet = key.uniform("wetness", 0.5, 1.0) if air == "wet" else 0.0
    if time == "overcast":
        sky = "closed"
    elif wet:  # it rained a moment ago
        sky = key.pick("sky after rain", ("broken", "cumulus", "closed"), (6, 2, 2))
    else:
        sky = key.pick("sky", _FINE, (24, 32, 16, 14, 14))
    light = _light(key, time, _SKIES[sky], sky == "closed")
    if snow:
        light = light._replace(exposure=0.8 * light.exposure, bounce=_scale(light.bounce, 2.2))
    if air == "fog":
        dim = _scale(light.fog_color, 1 - 0.4 * light.dark)
        light = light._replace(fog=key.uniform("fog", 0.008, 0.03), haze=1.0, fog_color=dim)
    lit = {"day": 0.03, "golden": 0.15, "overcast": 0.08, "dusk": 0.4, "night": 0.5}[time]
    return Weather(time, season, wet, snow, air == "fog", lit * key.uniform("lit", 0.6, 1.3), light, sky)


def _light(key: Key, time: str, sky: _Sky, closed: bool) -> Light:
    """The light of a time of day under a sky."""
    azimuth = key.uniform("azimuth", 0.0, 2 * math.pi)
    strength, tone = key.unit("strength"), key.unit("tone")
    grain = key.uniform("grain", 0.008, 0.022)
    softness, glow, dark, lit, haze, fog = (sky.softness, 1.0, 0.0, 0.15, sky.haze, sky.fog)
    if time in ("day", "overcast"):
        elevation = key.uniform("elevation", 0.45, 1.15)
        sun_color = _mix((1.0, 0.90, 0.74), (1.0, 0.96, 0.89), (elevation - 0.45) / 0.5)
        power = sky.sun * (2.3 + 0.8 * strength)
        ambient = _scale(_mix((0.40, 0.52, 0.72), (0.66, 0.69, 0.73), sky.grey), sky.ambient * (0.8 + 0.35 * tone))
        horizon = _mix(_mix((0.66, 0.80, 0.97), (0.80, 0.85, 0.92), tone), (0.88, 0.89, 0.90), sky.grey)
        zenith = _mix(_scale((0.13, 0.31, 0.70), 0.8 + 0.5 * strength), (0.50, 0.58, 0.70), sky.grey)
        cloud_color, exposure = (1.15, 1.15, 1.17), 0.63 / (0.82 + 0.18 * sky.ambient)
        if closed:
            k = 0.72 + 0.36 * strength
            tint = _mix((0.86, 0.90, 0.98), (0.93, 0.92, 0.89), tone)
            ambient, horizon, zenith = (_scale(tint, k), _scale(tint, 0.95 * k), _scale(tint, 0.72 * k))
            cloud_color, exposure, glow, lit = _scale(tint, 1.06 * k), 0.76, 0.1, 0.35
            sun_color = (1.0, 1.0, 1.0)
    elif time == "golden":
        elevation = key.uniform("elevation", 0.10, 0.32)
        height = (elevation - 0.10) / 0.22
        sun_color = _mix((1.0, 0.52, 0.22), (1.0, 0.74, 0.46), height)
        power, ambient = (2.4 * (0.3 + 0.7 * sky.sun), _mix((0.36, 0.36, 0.52), (0.46, 0.44, 0.50), sky.grey))
        horizon = _mix(_mix((1.08, 0.60, 0.34), (0.98, 0.78, 0.58), height), (0.85, 0.70, 0.62), 0.7 * sky.grey)
        zenith = _mix((0.20, 0.32, 0.60), (0.42, 0.42, 0.52), sky.grey)
        cloud_color = _mix((1.15, 0.70, 0.46), (1.12, 0.86, 0.70), height)
        exposure, lit, haze = 0.74, 0.4, max(haze, 0.45)
    elif time == "dusk":
        elevation = 0.05
        sun_color, power, softness = (1.0, 0.5, 0.3), 0.25 * sky.sun, 0.2
        glowing = _mix((0.95, 0.45, 0.22), (0.72, 0.40, 0.42), min(1.0, 2 * tone))
        horizon = _mix(glowing, (0.34, 0.38, 0.55), max(0.0, 2 * tone - 1))  # orange, rose, blue hour
        ambient = _mix((0.25, 0.24, 0.37), (0.18, 0.23, 0.42), tone)
        zenith = _mix((0.12, 0.16, 0.34), (0.06, 0.09, 0.25), tone)
        cloud_color = _mix(_scale(glowing, 0.85), (0.30, 0.29, 0.38), 0.4 + 0.6 * sky.grey)
        exposure, dark, lit, haze = 1.12, 0.6, 0.9, 0.55
    else:
        elevation = key.uniform("elevation", 0.35, 0.8)
        sun_color, power, ambient = ((0.5, 0.6, 0.9), 0.10 * sky.sun, (0.045, 0.055, 0.10))
        town = _mix((0.15, 0.115, 0.085), (0.07, 0.075, 0.115), tone)  # the glow of lamps over a town, or none
        horizon, zenith, cloud_color = town, (0.012, 0.018, 0.045), _scale(town, 0.85)
        exposure, glow, grain, dark, lit, haze = 2.2, 0.1, grain + 0.012, 1.0, 1.1, 0.5
    height = math.sin(elevation)
    return Light(
        sun=(math.cos(azimuth) * math.cos(elevation), math.sin(azimuth) * math.cos(elevation), height),
        sun_color=sun_color, sun_power=power, softness=softness, ambient=ambient,
        bounce=_add(_scale(ambient, 0.35), _scale(sun_color, 0.10 * power * height)),
        horizon=horizon, zenith=zenith, glow=glow, cloud=key.uniform("cloud", *sky.cloud),
        veil=key.uniform("veil", *sky.veil), haze=haze, cloud_color=cloud_color,
        fog=fog, fog_color=_scale(horizon, 0.92), dark=dark, lit=lit,
        exposure=exposure * key.uniform("exposure", 0.85, 1.18),
        balance=(key.uniform("red", 0.94, 1.06), 1.0, key.uniform("blue", 0.94, 1.06)),
        grain=grain, seed=key.seed,
    )  # fmt: skip


def _scale(color: Triple, factor: float) -> Triple:
    return (color[0] * factor, color[1] * factor, color[2] * factor)


def _add(a: Triple, b: Triple) -> Triple:
    return (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def _mix(a: Triple, b: Triple, share: float) -> Triple:
    t = min(max(share, 0.0), 1.0)
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)
