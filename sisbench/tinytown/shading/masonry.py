"""What walls are made of, before anything is cut into them."""

from __future__ import annotations

import math

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import any_color, blend, scaled
from sisbench.tinytown.shading.glyphs import word
from sisbench.tinytown.shading.noise import (
    FBM,
    FINE,
    WHITE,
    Textures,
    band,
    clamp,
    dashes,
    fade,
    floor,
    line,
    noise,
    step,
    unit,
)  # fmt: skip
from sisbench.tinytown.shading.point import Point
from sisbench.tinytown.weather import Triple

_MORTAR: Triple = (0.42, 0.40, 0.37)


@shader
def bricks(a: Triple, s: float, z: float, foot: float, seed: int, tex: Textures) -> Triple:
    """Bricks in one of three bonds; `s` across the wall, `z` up it."""
    high, long = 0.083, 0.26
    bond = seed % 3
    row = floor(z / high)
    if bond == 0:  # stretchers
        at = s / long + 0.5 * (row & 1)
    elif bond == 1:  # a row of headers after each row of stretchers
        at = s / long if row & 1 else 2 * s / long + 0.5
    else:  # stretchers, shifted by a third
        at = s / long + (row % 3) / 3
    t = unit(floor(at), row, seed)
    near = fade(foot, 0.16)
    k = 1 + near * (0.5 * (t - 0.5) - (0.3 if t > 0.93 else 0.0))
    k += 0.10 * noise(tex, FINE, s, z, 5.0, foot) + 0.05 * noise(tex, WHITE, s, z, 2.0, foot)
    joint = max(line(z, high, 0.013, foot), line(at * long, long, 0.013, 1.5 * foot))
    return blend(scaled(a, max(k, 0.2)), _MORTAR, 0.55 * joint)


@shader
def stones(a: Triple, s: float, z: float, foot: float, seed: int, tex: Textures) -> Triple:
    """Dressed stone in courses."""
    high = 0.42
    row = floor(z / high)
    at = s / 0.9 + 0.5 * (row & 1) + 0.2 * unit(row, 4, seed)
    t = unit(floor(at), row, seed)
    k = 1 + 0.16 * (t - 0.5) * fade(foot, 0.5) + 0.05 * noise(tex, FINE, s, z, 3.0, foot)
    joint = max(line(z, high, 0.022, foot), line(at * 0.9, 0.9, 0.022, foot))
    return scaled(a, k * (1 - 0.4 * joint))


@shader
def planks(a: Triple, s: float, z: float, wide: float, foot: float, seed: int, tex: Textures) -> Triple:
    """Boards along s, one above the other, with grain."""
    row = floor(z / wide)
    t = unit(row, floor(s / 3.7 + 0.4 * (row % 3)), seed)
    grain = noise(tex, FINE, 0.25 * s + 3 * t, 3 * z, 3.0, foot)
    k = 1 + 0.2 * (t - 0.5) * fade(foot, wide) + 0.10 * grain - 0.45 * line(z, wide, 0.018, foot)
    return scaled(a, max(k, 0.2))


@shader
def ribs(a: Triple, s: float, period: float, foot: float) -> Triple:
    """Corrugated sheet with ribs across s."""
    near = clamp(1.6 - 3 * foot / period, 0.0, 1.0)
    wave = math.sin(2 * math.pi * s / period)
    return scaled(a, 1 + near * (0.16 * wave - 0.12 * max(-wave - 0.6, 0.0)))


@shader
def slabs(a: Triple, s: float, z: float, wide: float, high: float, foot: float, seed: int, tex: Textures) -> Triple:
    """Concrete slabs with open joints, each of its own tone."""
    i, j = floor(s / wide), floor(z / high)
    t = unit(i, j, seed)
    joint = max(line(s, wide, 0.05, foot), line(z, high, 0.05, foot))
    pebbles = 0.06 * noise(tex, WHITE, s, z, 2.5, foot)
    return scaled(a, (1 + 0.14 * (t - 0.5) + pebbles) * (1 - 0.4 * joint))


@shader
def timbers(a: Triple, beam: Triple, s: float, z: float, floor_height: float, foot: float, seed: int) -> Triple:
    """Timber framing with plaster between."""
    i, j = floor(s / 1.3), floor(z / floor_height)
    x, y = s - 1.3 * i, z - floor_height * j
    wood = max(line(s, 1.3, 0.17, foot), line(z, floor_height, 0.26, foot), band(y, 1.25, 1.4, foot))
    if unit(i, j, seed) < 0.4:  # a brace
        slope = x / 1.3 if unit(i, j, seed + 1) < 0.5 else 1 - x / 1.3
        wood = max(wood, band(y - slope * floor_height, -0.13, 0.13, 1.5 * foot))
    return blend(a, beam, wood)


@shader
def weathered(a: Triple, p: Point, s: float, height: float, tex: Textures) -> Triple:
    """Streaks of rain, soot, damp above the ground; large enough to be seen from far."""
    f = p.foot
    shift = (p.seed & 1023) * 1.37
    broad = noise(tex, FBM, s + shift, p.lz, 37.0, f)
    streak = noise(tex, FBM, s * 3.1 + shift, p.lz * 0.22, 29.0, f)
    below = step(0.0, 9.0, height - p.lz) if height > 0 else 0.7
    k = 1 + 0.06 * broad - 0.10 * clamp(streak, 0.0, 2.0) * (1.3 - 0.6 * below)
    low = clamp(1.2 - p.lz + 0.25 * noise(tex, FINE, s + shift, p.lz, 7.0, f), 0.0, 1.0)
    return scaled(a, k * (1 - 0.22 * low))


@shader
def sprayed(a: Triple, s: float, z: float, foot: float, seed: int, tex: Textures) -> Triple:
    """Graffiti: fat letters with an outline, on some stretches of a wall, as high as an arm reaches."""
    i = floor(s / 6.0)
    if unit(i, 41, seed) > 0.35:
        return a
    x = s - 6.0 * i - 0.5 - 1.5 * unit(i, 42, seed)
    wave = 0.06 * noise(tex, FBM, s, z, 4.0, foot)
    y = (z - 0.35 + wave) / (0.9 + 0.5 * unit(i, 43, seed)) + 0.08 * math.sin(3 * s)
    length = 3 + floor(3 * unit(i, 44, seed))
    at = (x + wave + 0.15 * y) / 0.75
    body = word(at, y, length, seed + i, foot / 0.75)
    fat = max(word(at - 0.12, y, length, seed + i, foot), word(at, y + 0.09, length, seed + i, foot))
    cloud = band(at, -0.3, length + 0.1, 0.3) * band(y, -0.15, 1.15, 0.2)
    a = blend(a, any_color(i, 45, seed), 0.55 * cloud * step(-0.8, 0.6, wave * 14 + 0.4))
    a = blend(a, (0.03, 0.03, 0.035), 0.85 * fat)
    return blend(a, any_color(i, 46, seed), 0.9 * body)


@shader
def dashes_of_light(s: float, period: float, foot: float) -> float:
    """Rows of lamps under a ceiling."""
    return dashes(s, period, 0.4 * period, foot)
