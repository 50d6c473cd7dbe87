"""What is seen in a window: glass, cloth, lit rooms."""

from __future__ import annotations

from typing import NamedTuple

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import any_color, blend, scaled
from sisbench.tinytown.shading.noise import band, clamp, dashes, step, unit
from sisbench.tinytown.shading.point import Air
from sisbench.tinytown.weather import Triple

WARM: Triple = (1.0, 0.72, 0.40)
COOL: Triple = (0.86, 0.92, 1.0)
NO_LIGHT: Triple = (0.0, 0.0, 0.0)


class Pane(NamedTuple):
    """What is seen through one window at a point."""

    color: Triple
    light: Triple
    mirror: float
    tilt: float


@shader
def lamp_light(t: float, air: Air) -> Triple:
    """Radiance of a lit room: mostly warm, rarely bright; `t` 0 to 1 chooses."""
    return scaled(blend(WARM, COOL, step(0.72, 0.97, t)), air.lit * (0.12 + 0.75 * t * t))


@shader
def pane(dx: float, dz: float, hw: float, hh: float, i: int, j: int, lit: float, k: int, foot: float, air: Air) -> Pane:
    """One window: glass, curtains or blinds, a lit room; `dx`, `dz` from its middle, half sizes `hw`, `hh`."""
    t, t2 = unit(i, j, k), unit(i, j, k + 1)
    deep = 0.025 + 0.05 * t2
    color = scaled((0.85, 0.95, 1.05), deep * (1.2 - 0.5 * dz / hh))
    mirror = 0.34
    flat = i >> 1 if t > 0.3 else i  # windows of one flat are lit together
    on = unit(flat, j, k + 2) < lit
    cloth = blend((0.62, 0.60, 0.55), (0.45, 0.36, 0.28), unit(i >> 1, j, k + 3))
    if unit(i, k & 15, k + 3) > 0.75:
        cloth = blend(cloth, any_color(i >> 1, j, k), 0.45)
    drop = clamp(1.6 * t2 - 0.45, 0.0, 1.0) if t > 0.45 else 0.0
    covered = band(dz, hh - 2 * hh * drop, hh, foot)
    if 0.12 < t < 0.45:  # curtains to both sides, or a net over the lower half
        covered = 1 - band(dx, -0.55 * hw, 0.55 * hw, foot) if t < 0.33 else 0.7 * band(dz, -hh, -0.1 * hh, foot)
    slats = 0.85 + 0.15 * dashes(dz, 0.12, 0.08, foot)
    color = blend(color, scaled(cloth, slats * (0.55 + 0.4 * t2)), covered)
    mirror *= 1 - 0.55 * covered
    light = NO_LIGHT
    if on:
        room = 0.75 + 0.35 * dz / hh + 0.25 * band(dz, 0.55 * hh, 0.75 * hh, foot)
        stuff = 0.55 if t2 > 0.5 and dz < -0.35 * hh and abs(dx + hw * (t - 0.5)) < 0.5 * hw else 1.0
        light = lamp_light(unit(flat, j, k + 5), air)
        light = scaled(light, room * stuff)
        light = blend(light, (light[0] * cloth[0], light[1] * cloth[1], light[2] * cloth[2]), covered)
    color = scaled(color, 1 - 0.5 * band(dz, hh - 0.16, hh, foot))  # the shadow of the reveal
    return Pane(color, light, mirror, 0.03 * (t2 - 0.5))
