"""What the weather leaves on everything: snow on upward faces, wetness."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown.materials import MATERIALS
from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import SNOW, blend, scaled
from sisbench.tinytown.shading.noise import FBM, FINE, Textures, clamp, noise, step
from sisbench.tinytown.shading.point import Air, Look, Point

_OWN = ("asphalt", "paving", "grass", "gravel", "crop")  # they know how snow and water lie on them
_SNOW = {"foliage": 0.6, "paint": 0.8, "glass": 0.55, "vehicle_side": 0.85, "sign": 0.3, "bark": 0.5, "wood": 0.9}
_NEVER = ("cloth", "skin", "emitter", "water")
_TAKES_SNOW = np.array([0.0 if name in _OWN + _NEVER else _SNOW.get(name, 1.0) for name in MATERIALS])
_SOAKS = ("facade", "brick", "concrete", "wood", "plain", "corrugated", "stripes", "poster")
_TAKES_WATER = np.array([float(name in _SOAKS) for name in MATERIALS])
_FOLIAGE = MATERIALS["foliage"].number


@shader
def settled(material: int, a: Look, p: Point, air: Air, tex: Textures) -> Look:
    """Put snow and water on a surface."""
    takes = air.snow * _TAKES_SNOW[material]
    soaks = air.wet * _TAKES_WATER[material]
    if takes <= 0 and soaks <= 0:
        return a
    color, mirror = (a.r, a.g, a.b), a.mirror
    glow = (a.er, a.eg, a.eb)
    if soaks > 0:
        color = scaled(color, 1 - soaks * (0.34 if p.nz > 0.5 else 0.16))
        mirror += soaks * (0.20 if p.nz > 0.7 else 0.03)
    up = abs(p.nz) if material == _FOLIAGE else p.nz
    if takes > 0 and up > 0.15:
        n = 0.7 * noise(tex, FINE, p.u + (p.seed & 63), p.v, 3.1, p.foot) + 0.5 * noise(
            tex, FBM, p.u, p.v, 14.0, p.foot
        )
        cover = takes * step(0.3, 0.62, up + 0.10 * n) * clamp(0.97 + 0.12 * n, 0.0, 1.0)
        color = blend(color, scaled(SNOW, 1 + 0.03 * n), cover)
        mirror *= 1 - cover
        glow = scaled(glow, 1 - cover)
    return Look(color[0], color[1], color[2], glow[0], glow[1], glow[2], mirror, a.bump_x, a.bump_y)
