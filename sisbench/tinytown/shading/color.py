"""Linear RGB triples in compiled code."""

from __future__ import annotations

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.noise import unit
from sisbench.tinytown.weather import Triple

SNOW: Triple = (0.72, 0.75, 0.80)
WHITE_PAINT: Triple = (0.72, 0.72, 0.70)
SOIL: Triple = (0.16, 0.105, 0.06)


@shader
def blend(a: Triple, b: Triple, t: float) -> Triple:
    """Go from one colour to another."""
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


@shader
def scaled(a: Triple, k: float) -> Triple:
    """Darken or brighten."""
    return a[0] * k, a[1] * k, a[2] * k


@shader
def _wave(n: float, hue: float) -> float:
    k = (n + 6 * hue) % 6
    return max(0.0, min(k, 4 - k, 1.0))


@shader
def hued(hue: float, saturation: float, value: float) -> Triple:
    """Colour of a hue (0 red, 1/3 green, 2/3 blue), saturation and value, all 0 to 1."""
    return (
        value * (1 - saturation * _wave(5.0, hue)),
        value * (1 - saturation * _wave(3.0, hue)),
        value * (1 - saturation * _wave(1.0, hue)),
    )


@shader
def any_color(i: int, j: int, seed: int) -> Triple:
    """Colour that prints, goods and signs may have; mostly saturated."""
    value = unit(i, j, seed + 2)
    return hued(unit(i, j, seed), 0.25 + 0.7 * unit(i, j, seed + 1), 0.05 + 0.55 * value * value + 0.1)
