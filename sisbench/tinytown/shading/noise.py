"""Noise from integer hashes, and lines that fade before they alias.

Four tileable textures carry all grain of the world. Each has a pyramid of halved copies, and is read at the level of a
pixel's footprint, so that nothing flickers in the distance.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown.shading._compile import entry, shader

SIDE = 512
_MASK = 0xFFFFFFFF
FBM, FINE, WHITE, CLOUD = 0, 1, 2, 3
"""The textures: broad, finer, pixel noise, clouds. Zero mean and unit variance at the finest level."""

Textures = NDArray[np.float32]


@shader
def cell(i: int, j: int, seed: int) -> int:
    """Hash two lattice numbers and a seed to 32 bits."""
    h = (i * 0x9E3779B1 + j * 0x85EBCA77 + seed * 0xC2B2AE3D) & _MASK
    h = ((h ^ (h >> 16)) * 0x7FEB352D) & _MASK
    h = ((h ^ (h >> 15)) * 0x846CA68B) & _MASK
    return h ^ (h >> 16)


@shader
def unit(i: int, j: int, seed: int) -> float:
    """Hash two lattice numbers and a seed to [0, 1)."""
    return cell(i, j, seed) * 2.3283064365386963e-10


@shader
def floor(x: float) -> int:
    """Largest integer below."""
    return math.floor(x)


@shader
def clamp(x: float, low: float, high: float) -> float:
    """Limit x to [low, high]."""
    return min(max(x, low), high)


@shader
def step(low: float, high: float, x: float) -> float:
    """Smooth step from 0 at `low` to 1 at `high`."""
    t = clamp((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)


@shader
def mix(a: float, b: float, t: float) -> float:
    """Interpolate from a to b."""
    return a + (b - a) * t


@shader
def line(x: float, period: float, width: float, foot: float) -> float:
    """Coverage of a periodic line, 0 to 1; the average of the pattern where a pixel spans more than half a period."""
    if foot > period / 2:
        return width / period
    away = abs(x - round(x / period) * period)
    return clamp((width / 2 - away) / max(foot, 1e-4) + 0.5, 0.0, 1.0)


@shader
def band(x: float, low: float, high: float, foot: float) -> float:
    """Share of a pixel at x, `foot` wide, that lies between `low` and `high`."""
    f = max(foot, 1e-4)
    return clamp((min(x + f / 2, high) - max(x - f / 2, low)) / f, 0.0, 1.0)


@shader
def _dashed_up_to(x: float, period: float, length: float) -> float:
    k = math.floor(x / period)
    return k * length + min(x - k * period, length)


@shader
def dashes(x: float, period: float, length: float, foot: float) -> float:
    """Share of a pixel at x, `foot` wide, that is dashed; dashes of a length start at every multiple of the period."""
    f = max(foot, 1e-4)
    return (_dashed_up_to(x + f / 2, period, length) - _dashed_up_to(x - f / 2, period, length)) / f


@shader
def fade(foot: float, size: float) -> float:
    """1 where a detail of a size can be seen, 0 where a pixel is larger than it."""
    return clamp(2 - 2 * foot / size, 0.0, 1.0)


@shader
def noise(textures: Textures, which: int, u: float, v: float, period: float, foot: float) -> float:
    """Read a texture.

    Args:
        textures: All of them, float32 (4, texels of the pyramid).
        which: Row.
        u: Place, metres.
        v: Place, metres.
        period: Metres after which it repeats.
        foot: Metres that a pixel covers.
    """
    size = SIDE
    start = 0
    texel = period / SIDE
    while texel * 2 <= foot and size > 8:
        start += size * size
        size >>= 1
        texel *= 2
    x = u * (size / period)
    y = v * (size / period)
    i = floor(x)
    j = floor(y)
    fx = x - i
    fy = y - j
    mask = size - 1
    i0 = i & mask
    i1 = (i + 1) & mask
    j0 = start + (j & mask) * size
    j1 = start + ((j + 1) & mask) * size
    row = textures[which]
    top = row[j0 + i0] * (1 - fx) + row[j0 + i1] * fx
    low = row[j1 + i0] * (1 - fx) + row[j1 + i1] * fx
    seen = min(1.0, period / (12 * foot + 1e-9))  # the coarse levels repeat too often to be looked at
    value: float = seen * (top * (1 - fy) + low * fy)
    return value


@shader
def _fractal(out: NDArray[np.float64], seed: int, base: int, octaves: int, gain: float) -> None:
    amplitude = 1.0
    for octave in range(octaves):
        n = base << octave
        if n > SIDE:
            break
        for y in range(SIDE):
            for x in range(SIDE):
                u = x * n / SIDE
                v = y * n / SIDE
                i = floor(u)
                j = floor(v)
                fu = u - i
                fv = v - j
                fu = fu * fu * (3 - 2 * fu)
                fv = fv * fv * (3 - 2 * fv)
                k = seed * 131 + octave
                top = mix(unit(i, j, k), unit((i + 1) % n, j, k), fu)
                low = mix(unit(i, (j + 1) % n, k), unit((i + 1) % n, (j + 1) % n, k), fu)
                out[y, x] += amplitude * mix(top, low, fv)
        amplitude *= gain


@entry
def _bases() -> NDArray[np.float64]:
    out = np.zeros((4, SIDE, SIDE))
    _fractal(out[FBM], 1, 4, 7, 0.55)
    _fractal(out[FINE], 2, 8, 6, 0.65)
    _fractal(out[CLOUD], 5, 3, 8, 0.5)
    for y in range(SIDE):
        for x in range(SIDE):
            out[WHITE, y, x] = unit(x, y, 9)
    for k in range(4):
        mean = out[k].sum() / SIDE**2
        out[k] -= mean
        out[k] /= math.sqrt((out[k] * out[k]).sum() / SIDE**2)
    return out


@functools.cache
def textures() -> Textures:
    """The four textures with their pyramids, float32 (4, texels)."""
    levels = [_bases().astype(np.float32)]
    while levels[-1].shape[-1] > 8:
        last = levels[-1]
        halved = last[:, ::2, ::2] + last[:, 1::2, ::2] + last[:, ::2, 1::2] + last[:, 1::2, 1::2]
        levels.append((halved / 4).astype(np.float32))
    return np.ascontiguousarray(np.concatenate([level.reshape(4, -1) for level in levels], 1))
