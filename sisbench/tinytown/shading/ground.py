"""Surfaces to walk and drive on."""

from __future__ import annotations

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.noise import FBM, FINE, WHITE, Textures, noise
from sisbench.tinytown.shading.point import Air, Coat, Look, Point, matte


@shader
def grass(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Lawn between two greens."""
    broad = noise(tex, FBM, p.x, p.y, 31.0, p.foot)
    fine = noise(tex, FINE, p.x, p.y, 5.0, p.foot)
    grain = noise(tex, WHITE, p.x, p.y, 7.0, p.foot)
    t = min(max(0.35 + 0.35 * broad + 0.15 * fine, 0.0), 1.0)
    k = 1 + 0.16 * fine + 0.22 * grain
    return matte((c.r + (c.r2 - c.r) * t) * k, (c.g + (c.g2 - c.g) * t) * k, (c.b + (c.b2 - c.b) * t) * k)
