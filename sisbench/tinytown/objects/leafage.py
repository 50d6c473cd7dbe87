"""Colours of leaves and bark by species and season."""

from __future__ import annotations

from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Color
from sisbench.tinytown.site import Site

Greens = tuple[Color, Color]


GREENS: tuple[Greens, ...] = (
    ((0.040, 0.085, 0.016), (0.115, 0.180, 0.035)),
    ((0.028, 0.062, 0.018), (0.085, 0.140, 0.045)),
    ((0.060, 0.100, 0.018), (0.165, 0.205, 0.045)),
    ((0.045, 0.080, 0.028), (0.100, 0.155, 0.070)),
)


AUTUMN: tuple[Greens, ...] = (
    ((0.26, 0.085, 0.015), (0.42, 0.22, 0.03)),
    ((0.32, 0.20, 0.02), (0.48, 0.34, 0.06)),
    ((0.19, 0.045, 0.018), (0.36, 0.11, 0.02)),
    ((0.07, 0.095, 0.02), (0.27, 0.22, 0.05)),
    ((0.15, 0.10, 0.03), (0.30, 0.20, 0.07)),
)


NEEDLES: tuple[Greens, ...] = (
    ((0.014, 0.040, 0.018), (0.050, 0.095, 0.042)),
    ((0.020, 0.048, 0.030), (0.065, 0.105, 0.070)),
    ((0.022, 0.042, 0.014), (0.070, 0.105, 0.040)),
)


BARKS: tuple[Color, ...] = ((0.10, 0.075, 0.05), (0.15, 0.12, 0.09), (0.22, 0.19, 0.15), (0.07, 0.055, 0.042))


EVERGREEN = ("spruce", "pine", "palm")


def leaf_colors(site: Site, key: Key, name: str) -> Greens:
    """Draw the two colours of a plant's leaves in its season."""
    if name in EVERGREEN:
        return key.pick("needles", NEEDLES)
    if site.weather.season == "autumn" and key.chance("turned", 0.85):
        return key.pick("autumn", AUTUMN[1:2] + AUTUMN[3:4] if name in ("birch", "poplar", "lime") else AUTUMN)
    return key.pick("green", GREENS)


def darker(color: Color, factor: float) -> Color:
    """A colour times a factor."""
    return (color[0] * factor, color[1] * factor, color[2] * factor)
