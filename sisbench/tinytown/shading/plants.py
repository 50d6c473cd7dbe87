"""Leaves, bark, blossoms."""

from __future__ import annotations

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import blend, scaled
from sisbench.tinytown.shading.noise import (
    FBM,
    FINE,
    WHITE,
    Textures,
    cell,
    clamp,
    fade,
    floor,
    line,
    noise,
    step,
    unit,
)  # fmt: skip
from sisbench.tinytown.shading.point import Air, Coat, Look, Point, matte


@shader
def foliage(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Leaves between two colours: branch by branch, twig by twig, and single leaves with gaps from near."""
    f = p.foot
    branch = noise(tex, FBM, p.x + p.z * 0.7, p.y + p.z * 0.9, 9.0, f)
    twig = noise(tex, FINE, p.x + p.z * 0.7, p.y - p.z * 0.9, 6.0, f)
    h = cell(floor(p.x * 3.3), floor(p.y * 3.3), floor(p.z * 3.3) + (p.seed & 0xFFFF))
    tuft = ((h & 255) / 256 - 0.5) * fade(f, 0.6)
    # Leaves: cells of a lattice that is askew to everything.
    qx, qy, qz = 0.8 * p.x + 0.5 * p.z, 0.8 * p.y - 0.6 * p.x, 0.8 * p.z + 0.4 * p.y
    g = cell(floor(qx * 9), floor(qy * 9), floor(qz * 9) + 77)
    near = fade(f, 0.2)
    leaf = ((g & 255) / 256 - 0.5) * near
    gap = near if g & 0x700 == 0 else 0.0
    tree = unit(p.seed & 0xFFFFF, 1, 4) - 0.5
    t = clamp(0.42 + 0.14 * branch + 0.12 * twig + 0.35 * tuft + 0.35 * leaf + 0.25 * tree, 0.0, 1.0)
    a = blend((c.r, c.g, c.b), (c.r2, c.g2, c.b2), t)
    a = scaled(a, max(1 + 0.10 * branch + 0.08 * twig + 0.5 * leaf, 0.3) * (1 - 0.7 * gap) * (1 - 0.15 * air.wet))
    if h & 0xF000 == 0:  # a twig in many is dry, or shows its paler side
        a = blend(a, (0.28, 0.26, 0.10), 0.4 * fade(f, 0.5))
    tilt = 0.9 * near
    return Look(
        max(a[0], 0.008), max(a[1], 0.008), max(a[2], 0.006), 0.0, 0.0, 0.0, 0.0,
        tilt * (((g >> 12) & 255) / 256 - 0.5), tilt * (((g >> 20) & 255) / 256 - 0.5),
    )  # fmt: skip


@shader
def bark(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Furrowed bark; where it is white, a birch's, with dark bands."""
    f = p.foot
    around = p.u + (p.seed & 255) * 0.37
    a = (c.r, c.g, c.b)
    if c.r > 0.35:
        bands = step(0.7, 1.2, noise(tex, FINE, around * 0.6, p.lz * 5, 3.0, f))
        a = scaled(a, 1 + 0.06 * noise(tex, FBM, around, p.lz, 2.0, f))
        a = blend(a, (0.035, 0.032, 0.03), bands)
        a = blend(a, (0.06, 0.05, 0.04), 0.8 * step(0.9, 0.1, p.lz))
    else:
        furrow = noise(tex, FINE, around * 5, p.lz * 0.8, 3.0, f)
        a = scaled(a, max(1 + 0.28 * furrow + 0.1 * noise(tex, FBM, around, p.lz, 2.0, f), 0.25))
        moss = step(0.5, 1.5, noise(tex, FBM, around * 2, p.lz, 5.0, f) - 0.35 * p.lz)
        a = blend(a, (0.07, 0.09, 0.03), 0.6 * moss)
    return matte(*scaled(a, 1 - 0.3 * air.wet))


@shader
def flowers(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Blossoms of two colours above green."""
    f = p.foot
    i, j = floor(p.x / 0.09 + p.z * 3), floor(p.y / 0.09 + p.z * 5)
    h = cell(i, j, p.seed)
    grain = noise(tex, WHITE, p.x + p.z, p.y + p.z, 3.0, f)
    green = scaled((0.06, 0.12, 0.03), max(1 + 0.3 * grain, 0.3))
    patch = step(-0.4, 0.4, noise(tex, FBM, p.x, p.y, 4.0, f))
    bloom = blend((c.r, c.g, c.b), (c.r2, c.g2, c.b2), patch)
    near = fade(f, 0.12)
    there = 1.0 if h & 255 < 120 else 0.0
    a = blend(green, scaled(bloom, 0.75 + 0.5 * ((h >> 8) & 255) / 256), 0.47 + (there - 0.47) * near)
    return matte(*scaled(a, 1 - 0.12 * line(p.x, 0.3, 0.05, f)))
