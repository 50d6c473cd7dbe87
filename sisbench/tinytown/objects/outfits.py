"""What people look like and wear: drawn from a key, the season in mind.

Nobody is of one colour from head to foot: what is worn below is always chosen to stand apart from what is worn above.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Color
from sisbench.tinytown.weather import Weather

APART = 0.33
"""Least distance of the colours of two garments, Euclidean, of gamma-corrected RGB in [0, 1]."""

_SKINS: tuple[Color, ...] = (
    (0.62, 0.40, 0.29), (0.55, 0.34, 0.24), (0.48, 0.28, 0.18), (0.40, 0.22, 0.13), (0.27, 0.14, 0.08),
    (0.15, 0.075, 0.045), (0.085, 0.042, 0.027), (0.58, 0.38, 0.25),
)  # fmt: skip
_HAIRS: tuple[Color, ...] = (
    (0.010, 0.008, 0.007), (0.022, 0.013, 0.008), (0.055, 0.028, 0.014), (0.11, 0.06, 0.028), (0.25, 0.15, 0.06),
    (0.42, 0.29, 0.13), (0.17, 0.05, 0.018),
)  # fmt: skip
_GREY_HAIRS: tuple[Color, ...] = ((0.30, 0.30, 0.30), (0.55, 0.54, 0.52), (0.16, 0.155, 0.15))
_TOPS: tuple[tuple[Color, float], ...] = (
    ((0.70, 0.69, 0.66), 9), ((0.022, 0.022, 0.026), 9), ((0.03, 0.045, 0.11), 8), ((0.17, 0.175, 0.18), 7),
    ((0.40, 0.39, 0.37), 4), ((0.42, 0.025, 0.03), 5), ((0.07, 0.16, 0.42), 5), ((0.28, 0.42, 0.60), 4),
    ((0.05, 0.16, 0.07), 3), ((0.16, 0.17, 0.07), 3), ((0.45, 0.33, 0.19), 4), ((0.60, 0.53, 0.40), 3),
    ((0.62, 0.38, 0.03), 3), ((0.62, 0.17, 0.025), 2), ((0.50, 0.18, 0.24), 3), ((0.19, 0.03, 0.07), 2),
    ((0.15, 0.07, 0.25), 2), ((0.02, 0.25, 0.26), 2), ((0.16, 0.085, 0.045), 3), ((0.45, 0.62, 0.50), 1),
)  # fmt: skip
_BOTTOMS: tuple[tuple[Color, float], ...] = (
    ((0.030, 0.050, 0.115), 12), ((0.075, 0.125, 0.23), 9), ((0.20, 0.29, 0.42), 5), ((0.020, 0.020, 0.023), 11),
    ((0.10, 0.10, 0.105), 7), ((0.25, 0.25, 0.25), 4), ((0.40, 0.32, 0.20), 6), ((0.58, 0.52, 0.42), 3),
    ((0.12, 0.075, 0.045), 3), ((0.11, 0.12, 0.06), 3), ((0.66, 0.65, 0.62), 3), ((0.25, 0.035, 0.04), 1),
)  # fmt: skip
_SHOES: tuple[Color, ...] = (
    (0.02, 0.018, 0.017), (0.62, 0.61, 0.58), (0.10, 0.05, 0.025), (0.05, 0.06, 0.10), (0.25, 0.25, 0.25),
    (0.35, 0.03, 0.03),
)  # fmt: skip
_BAGS: tuple[Color, ...] = (
    (0.02, 0.02, 0.022), (0.12, 0.06, 0.03), (0.03, 0.05, 0.14), (0.35, 0.03, 0.03), (0.13, 0.14, 0.07),
    (0.5, 0.38, 0.2), (0.05, 0.25, 0.28),
)  # fmt: skip
VEST: Color = (0.62, 0.80, 0.03)
_ORANGE: Color = (0.80, 0.17, 0.01)

BUILDS = ("man", "woman", "child", "elder")
TOPS = ("tee", "shirt", "jacket", "coat", "dress", "vest")
"""Short sleeves; long sleeves; open over a shirt; down to the thighs; skirt and bodice in one; safety vest."""
BOTTOMS = ("trousers", "wide", "shorts", "skirt", "long skirt")
HAIRS = ("short", "crop", "bob", "long", "tail", "bun", "curls", "bald")
HATS = ("none", "cap", "beanie", "sun hat", "hijab", "helmet", "full helmet", "hard hat", "peaked")


class Cut(NamedTuple):
    """What of an outfit decides its shape.

    Attributes:
        build: One of `BUILDS`.
        woman: Whether hips and shoulders are a woman's.
        stout: 0 slim to 1 stout.
        top: One of `TOPS`.
        bottom: One of `BOTTOMS`.
        hair: One of `HAIRS`.
        hat: One of `HATS`.
        beard: Whether there is one.
        pack: "", "backpack", "delivery box".
    """

    build: str
    woman: bool
    stout: float
    top: str
    bottom: str
    hair: str
    hat: str
    beard: bool
    pack: str


class Outfit(NamedTuple):
    """How a person looks.

    Attributes:
        cut: The shape of it.
        height: Of the person, metres.
        skin: Of face and hands.
        hair: Of hair and beard.
        above: Of the outer garment of the upper body.
        accent: Of its pattern.
        inner: Of the shirt that an open jacket shows.
        below: Of trousers or skirt; below a dress, of the legs.
        shoes: Of both.
        hat: Of what is worn on the head.
        pack: Of what is worn on the back.
        pattern: Of the upper garment, as of the material cloth.
        scale: Of the pattern, metres.
        pattern_below: Of the lower garment.
    """

    cut: Cut
    height: float
    skin: Color
    hair: Color
    above: Color
    accent: Color
    inner: Color
    below: Color
    shoes: Color
    hat: Color
    pack: Color
    pattern: int
    scale: float
    pattern_below: int


def apart(a: Color, b: Color) -> float:
    """Distance of two colours, Euclidean, of gamma-corrected RGB in [0, 1]."""
    return math.sqrt(sum((x ** (1 / 2.2) - y ** (1 / 2.2)) ** 2 for x, y in zip(a, b, strict=True)))


def outfit(
    key: Key,
    weather: Weather,
    build: str | None = None,
    sport: bool = False,
    riding: bool = False,
    worker: bool = False,
) -> Outfit:
    """Draw how a person looks.

    Args:
        key: For its choices.
        weather: Its season and rain decide what is worn.
        build: One of `BUILDS`; None: drawn.
        sport: Whether they do sports.
        riding: Whether they ride, so that legs must be free.
        worker: Whether they certainly wear a safety vest.
    """
    build = build or key.pick("build", BUILDS, (41, 37, 12, 10))
    woman = build == "woman" or (build != "man" and key.chance("woman", 0.5))
    cold, hot = weather.season == "winter", weather.season == "summer"
    worker = worker or (build in ("man", "woman") and not sport and key.chance("worker", 0.035))
    officer = build in ("man", "woman") and not sport and not worker and key.chance("officer", 0.012)
    top = _top(key, woman, cold, hot, sport or riding, build)
    bottom = _bottom(key, woman, cold, hot, sport, riding, top)
    if worker:
        top, bottom = "vest", "trousers"
    if officer:
        top, bottom = "shirt", "trousers"
    hat = _hat(key, woman, cold, hot, build)
    if worker:
        hat = key.pick("hard hat", ("hard hat", "none", "cap"), (5, 3, 2))
    if officer:
        hat = "peaked"
    hairs = ("bob", "long", "tail", "bun", "short", "curls") if woman else ("short", "crop", "bald", "curls", "long")
    hair_style = key.pick(
        "hair style", hairs, (20, 32, 18, 10, 12, 8) if woman else (48, 30, 9 if build != "child" else 0, 8, 5)
    )
    beard = not woman and build != "child" and key.chance("beard", 0.3)
    pack = "backpack" if key.chance("backpack", 0.3 if build != "elder" else 0.1) else ""
    above, accent = _shade(key, "top", _TOPS), _shade(key, "accent", _TOPS)
    if worker:
        above, accent = key.pick("vest", (VEST, _ORANGE), (3, 2)), (0.6, 0.6, 0.58)
    if officer:
        above = (0.016, 0.024, 0.06)
    skin, hair = key.pick("skin", _SKINS, (22, 20, 16, 12, 9, 7, 5, 9)), _hair(key, build)
    below = (
        skin if top == "dress" and key.chance("bare legs", 0.3 if cold else 0.7) else _shade(key, "bottom", _BOTTOMS)
    )
    if officer:
        below = (0.10, 0.11, 0.15)
    if apart(above, below) < APART:
        below = _other(key.integer("other bottom", len(_BOTTOMS)), above, _BOTTOMS)
    inner = _shade(key, "inner", _TOPS)
    if apart(inner, above) < APART:
        inner = _other(key.integer("other inner", len(_TOPS)), above, _TOPS)
    if apart(accent, above) < APART:
        accent = _other(key.integer("other accent", len(_TOPS)), above, _TOPS)
    plain = top in ("coat", "jacket", "vest") or officer
    pattern = 1 if worker else key.pick("pattern", (0, 1, 2, 3), (88, 6, 6, 0) if plain else (52, 18, 14, 16))
    scale = 0.22 if worker else key.uniform("scale", 0.05, 0.12)
    heights = {"man": (1.77, 0.07), "woman": (1.65, 0.06), "elder": (1.64, 0.07), "child": (1.26, 0.12)}
    mean, spread = heights[build]
    stout = min(1.0, max(0.0, 0.35 + 0.28 * key.normal("stout") + (0.15 if build == "elder" else 0.0)))
    stout = 0.25 * int(4 * stout + 0.5)  # few steps, so that shapes are shared
    return Outfit(
        Cut(build, woman, stout, top, bottom, hair_style, hat, beard, pack), mean + spread * key.normal("height"),
        skin, hair, above, accent, inner, below, key.pick("shoes", _SHOES, (32, 24, 16, 10, 12, 4)),
        _shade(key, "hat", _TOPS), key.pick("bag", _BAGS), pattern, scale,
        2 if key.chance("checked bottom", 0.06) else 0,
    )  # fmt: skip


def _top(key: Key, woman: bool, cold: bool, hot: bool, active: bool, build: str) -> str:
    if cold:
        weights = [1, 12, 45, 42, 3, 0]
    elif hot:
        weights = [46, 26, 14, 1, 16, 0]
    else:
        weights = [12, 32, 40, 14, 6, 0]
    if not woman or active:
        weights[4] = 0
    if active:
        weights[3] = 0
    if build == "elder":
        weights[0] //= 2
    return key.pick("top kind", TOPS, weights)


def _bottom(key: Key, woman: bool, cold: bool, hot: bool, sport: bool, riding: bool, top: str) -> str:
    if top == "dress":
        return key.pick("dress length", ("skirt", "long skirt"), (7, 3))
    weights = [58, 16, 0, 0, 0]
    if hot:
        weights[2] = 26
    if sport:
        weights = [40, 0, 60, 0, 0]
    elif woman and not riding:
        weights[3] = 6 if cold else 14
        weights[4] = 8
    return key.pick("bottom kind", BOTTOMS, weights)


def _hat(key: Key, woman: bool, cold: bool, hot: bool, build: str) -> str:
    weights = [72, 10, 34 if cold else 2, 7 if hot else 2, 7 if woman and build != "child" else 0]
    if build in ("child", "elder"):
        weights[1] += 10
    return key.pick("hat kind", HATS[:5], weights)


def _hair(key: Key, build: str) -> Color:
    if build == "elder" or (build != "child" and key.chance("grey", 0.1)):
        return key.pick("grey hair", _GREY_HAIRS)
    return key.pick("hair", _HAIRS, (26, 22, 20, 12, 8, 7, 3))


def _shade(key: Key, name: str, palette: tuple[tuple[Color, float], ...]) -> Color:
    color = key.pick(name, *zip(*palette, strict=True))
    tone = key.uniform(f"{name} tone", 0.8, 1.25)
    return (min(0.8, color[0] * tone), min(0.8, color[1] * tone), min(0.8, color[2] * tone))


def _other(start: int, color: Color, palette: tuple[tuple[Color, float], ...]) -> Color:
    """The first colour of a palette, from a place on, that stands apart from a colour."""
    for step in range(len(palette)):
        other = palette[(start + step) % len(palette)][0]
        if apart(color, other) >= APART:
            return other
    raise AssertionError(f"no colour of the palette stands apart from {color}")  # palettes hold black and white
