"""Walls and roofs."""

from __future__ import annotations

import math

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import blend, scaled
from sisbench.tinytown.shading.masonry import bricks, planks, ribs, sprayed, weathered
from sisbench.tinytown.shading.noise import (
    FBM,
    FINE,
    WHITE,
    Textures,
    cell,
    clamp,
    dashes,
    fade,
    floor,
    line,
    noise,
    step,
    unit,
)  # fmt: skip
from sisbench.tinytown.shading.point import Air, Coat, Look, Point, across, matte


@shader
def brick(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """A wall of bricks, sometimes sprayed on."""
    s = across(p)
    a = (c.r, c.g, c.b)
    if abs(p.nz) < 0.7:
        a = bricks(a, s, p.lz, p.foot, p.seed, tex)
        a = weathered(a, p, s, 0.0, tex)
        if p.seed & 7 == 3 and p.lz < 2.3:
            a = sprayed(a, s, p.lz, p.foot, p.seed, tex)
    else:
        a = bricks(a, p.lx, p.ly, p.foot, p.seed, tex)
    return matte(*a)


@shader
def concrete(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Cast concrete: joints, anchor holes, streaks; walls are sometimes sprayed on."""
    f = p.foot
    a = (c.r, c.g, c.b)
    k = 1 + 0.08 * noise(tex, FBM, p.u + (p.seed & 255), p.v, 9.0, f) + 0.04 * noise(tex, WHITE, p.u, p.v, 4.0, f)
    k *= 1 + 0.04 * noise(tex, FINE, p.u, p.v, 3.0, f)
    if abs(p.nz) < 0.7:
        s, z = across(p), p.lz
        k *= 1 - 0.3 * line(s, 3.2, 0.03, f)
        hx, hz = s / 1.6 - floor(s / 1.6) - 0.5, z / 1.3 - floor(z / 1.3) - 0.5
        k *= 1 - 0.5 * fade(f, 0.05) * (1.0 if hx * hx * 2.5 + hz * hz * 1.7 < 0.0011 else 0.0)
        k *= 1 - 0.13 * clamp(noise(tex, FBM, s * 4 + (p.seed & 255), z * 0.35, 30.0, f), 0.0, 2.0)
        a = scaled(a, max(k, 0.2))
        a = scaled(a, 1 - 0.2 * clamp(0.7 - z + 0.25 * noise(tex, FINE, s, z, 7.0, f), 0.0, 1.0))
        if p.seed & 3 == 1 and z < 2.3:
            a = sprayed(a, s, z, f, p.seed, tex)
    else:
        a = scaled(a, max(k, 0.2))
    return matte(*a)


@shader
def roof_tiles(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Tiles on a slope: pantiles, plain tiles or slates, moss and soot."""
    f = p.foot
    flat = math.sqrt(max(1 - p.nz * p.nz, 0.04))
    down = p.lz / flat  # metres along the slope
    s = p.ly if abs(p.nx) > abs(p.ny) else p.lx
    kind = p.seed % 3
    high, wide = (0.33, 0.28) if kind == 0 else (0.2, 0.18) if kind == 1 else (0.28, 0.3)
    row = floor(down / high)
    at = s / wide + (0.0 if kind == 0 else 0.5 * (row & 1))
    t = unit(floor(at), row, p.seed)
    near = fade(f, 1.3 * high)
    k = 1 + near * (0.34 * (t - 0.5) + (0.25 if t > 0.95 else 0.0))
    lap = dashes(down, high, 0.22 * high, f)
    k *= 1 - 0.42 * (lap - 0.22) * clamp(2 - 2 * f / high, 0.0, 1.0)
    if kind == 0:
        k *= 1 + 0.16 * math.sin(2 * math.pi * at) * fade(f, 0.7 * wide)
    else:
        k *= 1 - 0.25 * line(at * wide, wide, 0.015, f)
    shift = (p.seed & 255) * 1.7
    k *= (
        1
        + 0.10 * noise(tex, FBM, s + shift, down, 13.0, f)
        + 0.05 * noise(tex, FBM, s * 2 + shift, down * 0.3, 19.0, f)
    )
    a = scaled((c.r, c.g, c.b), max(k, 0.25))
    moss = step(0.5, 1.7, noise(tex, FBM, s + shift, 0.7 * down, 11.0, f) + 0.3 * noise(tex, FINE, s, down, 3.0, f))
    a = blend(a, (0.09, 0.10, 0.05), 0.5 * moss * (0.3 + 0.7 * ((p.seed >> 4) & 3) / 3))
    a = scaled(a, 1 - 0.25 * air.wet)
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@shader
def flat_roof(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """A level roof: gravel, tar sheets, membrane, plants or solar panels."""
    f = p.foot
    style = floor(c.p0 + 0.5)
    a = (c.r, c.g, c.b)
    shift = (p.seed & 255) * 1.3
    broad = noise(tex, FBM, p.lx + shift, p.ly, 17.0, f)
    fine = noise(tex, FINE, p.lx, p.ly + shift, 4.0, f)
    grain = noise(tex, WHITE, p.lx, p.ly, 4.0, f)
    pond = step(0.5, 1.3, broad + 0.3 * fine)
    mirror = 0.25 * air.wet * pond
    if style == 0:
        a = scaled(a, 1 + 0.14 * grain + 0.10 * broad + 0.06 * fine)
        a = blend(a, (0.10, 0.12, 0.05), 0.35 * step(1.1, 1.9, broad + 0.4 * fine))
        a = scaled(a, 1 - 0.25 * pond)
    elif style == 1:
        sheet = unit(floor(p.ly / 1.0), 1, p.seed)
        end = line(p.lx + 3 * sheet, 7.5, 0.1, f)
        a = scaled(a, 1 + 0.10 * (sheet - 0.5) + 0.10 * broad + 0.05 * grain)
        a = scaled(a, 1 - 0.35 * max(line(p.ly, 1.0, 0.06, f), end))
        i, j = floor(p.lx / 3.3), floor(p.ly / 2.9)
        if unit(i, j, p.seed) < 0.12:
            a = scaled(a, 0.75)
        a = scaled(a, 1 + 0.35 * pond)  # dust where water stood
        mirror += 0.04
    elif style == 2:
        a = scaled(a, 1 + 0.06 * broad - 0.18 * max(line(p.lx, 2.2, 0.04, f), line(p.ly, 12.0, 0.04, f)))
        a = blend(a, (0.22, 0.20, 0.17), 0.4 * pond + 0.10 * clamp(fine, 0.0, 1.0))
    elif style == 3:
        t = clamp(0.5 + 0.3 * broad + 0.2 * fine, 0.0, 1.0)
        a = blend(
            blend((0.07, 0.11, 0.03), (0.17, 0.19, 0.06), t), (0.26, 0.10, 0.07), 0.5 * step(0.4, 1.4, fine - broad)
        )
        a = scaled(a, max(1 + 0.22 * grain, 0.3))
        if unit(floor(p.lx / 3.5), 3, p.seed) < 0.12:
            a = scaled((0.4, 0.38, 0.35), 1 + 0.1 * grain)
    else:  # rows of solar panels on gravel
        row = dashes(p.ly, 2.4, 1.6, f) * (1.0 - line(p.lx, 17.0, 1.2, f))
        cells = max(line(p.lx, 1.05, 0.05, f), line(p.ly - 0.8, 2.4, 0.05, f))
        a = scaled(a, 1 + 0.13 * grain + 0.08 * broad)
        panel = blend((0.015, 0.022, 0.05), (0.35, 0.36, 0.38), cells)
        a = blend(a, panel, row)
        mirror += 0.4 * row
    a = scaled((max(a[0], 0.01), max(a[1], 0.01), max(a[2], 0.01)), 1 - 0.3 * air.wet)
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, mirror, 0.0, 0.0)


@shader
def corrugated(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Corrugated sheet: ribs up walls and down roofs, sheets of slightly different tone, rust from the edges."""
    f = p.foot
    s = across(p) if abs(p.nz) < 0.7 else p.lx if abs(p.ny) >= abs(p.nx) else p.ly
    z = p.lz if abs(p.nz) < 0.7 else p.ly if abs(p.ny) >= abs(p.nx) else p.lx
    period = c.p0 if c.p0 > 0.02 else 0.25
    t = unit(floor(s / 1.1), floor(z / 5.0), p.seed)
    a = ribs(scaled((c.r, c.g, c.b), 1 + 0.08 * (t - 0.5)), s, period, f)
    a = weathered(a, p, s, 0.0, tex)
    rust = step(
        1.0, 2.2, noise(tex, FBM, s * 2 + (p.seed & 127), z * 0.5, 17.0, f) + 0.4 * noise(tex, FINE, s, z, 3.0, f)
    )
    a = blend(a, (0.20, 0.085, 0.04), rust * ((p.seed >> 3) & 3) / 4)
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, 0.05 + 0.08 * air.wet, 0.0, 0.0)


@shader
def wood(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Boards with grain, bleached by the weather."""
    f = p.foot
    a = planks((c.r, c.g, c.b), p.u, p.v, 0.14, f, p.seed, tex)
    h = 0.5 + 0.4 * noise(tex, FBM, p.u + (p.seed & 63), p.v, 7.0, f)
    grey = (a[0] + a[1] + a[2]) / 3
    a = blend(a, (grey * 1.08, grey * 1.05, grey), 0.4 * clamp(h, 0.0, 1.0))
    knot = cell(floor(p.u / 0.5), floor(p.v / 0.14), p.seed)
    kx, kv = (p.u / 0.5 - floor(p.u / 0.5) - (knot & 255) / 256, p.v / 0.14 - floor(p.v / 0.14) - 0.5)
    if knot & 0x300 == 0 and kx * kx * 12 + kv * kv < 0.05:
        a = scaled(a, 1 - 0.4 * fade(f, 0.06))
    return matte(*a)
