"""Surfaces of vehicles, people, signs and street furniture."""

from __future__ import annotations

import math

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import any_color, blend, hued, scaled
from sisbench.tinytown.shading.glyphs import word
from sisbench.tinytown.shading.masonry import sprayed
from sisbench.tinytown.shading.noise import (
    FBM,
    FINE,
    WHITE,
    Textures,
    band,
    cell,
    clamp,
    dashes,
    fade,
    floor,
    line,
    noise,
    step,
)  # fmt: skip
from sisbench.tinytown.shading.point import Air, Coat, Look, Point, across, glossy, matte
from sisbench.tinytown.weather import Triple


@shader
def plain(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Nearly one colour."""
    k = 1 + 0.06 * noise(tex, FINE, p.u, p.v, 4.0, p.foot)
    return matte(*scaled((c.r, c.g, c.b), k))


@shader
def metal(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Galvanised or painted metal: spangle, and rust where water runs."""
    f = p.foot
    k = 1 + 0.07 * noise(tex, FINE, p.u, 0.4 * p.v, 4.0, f) + 0.04 * noise(tex, FBM, p.u, p.v, 1.7, f)
    a = scaled((c.r, c.g, c.b), k)
    rust = step(1.2, 2.4, noise(tex, FBM, p.u * 3 + (p.seed & 127), p.v * 0.6, 9.0, f))
    a = blend(a, (0.17, 0.075, 0.035), 0.6 * rust * ((p.seed >> 5) & 1))
    return glossy(a[0], a[1], a[2], 0.14 * (1 - rust))


@shader
def glass(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Panes of vehicles and shelters: dark inside, the more so below; dust."""
    f = p.foot
    dust = 0.012 * clamp(1 + noise(tex, FBM, p.u, p.v, 3.0, f), 0.0, 2.0)
    a = (c.r + dust, c.g + dust, c.b + dust)
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, 0.48, 0.0, 0.0)


@shader
def paint(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Car paint: clear coat, seams of doors, dust, dirt from the wheels upwards."""
    f = p.foot
    a = (c.r, c.g, c.b)
    flake = 0.05 * noise(tex, WHITE, p.u, p.v, 1.0, f) if p.seed & 1 else 0.0
    a = scaled(a, 1 + flake + 0.03 * noise(tex, FINE, p.u, p.v, 3.0, f))
    dirty = ((p.seed >> 2) & 7) / 7
    mud = clamp(0.62 - p.lz + 0.13 * noise(tex, FBM, p.lx + (p.seed & 31), p.lz, 4.0, f), 0.0, 0.5)
    mud *= (0.35 + 1.1 * dirty + 0.5 * air.wet + 0.9 * air.snow) * (1.0 if abs(p.nz) < 0.8 else 0.2)
    a = blend(a, (0.17, 0.15, 0.125), clamp(mud, 0.0, 0.75))
    a = blend(a, (0.2, 0.19, 0.17), 0.10 * dirty * clamp(0.5 + noise(tex, FBM, p.lx, p.ly, 3.0, f), 0.0, 1.0))
    if abs(p.ny) > 0.6 and c.p1 > 0.3:
        a = scaled(a, 1 - 0.6 * line(p.lx - c.p0, c.p1, 0.025, f))
    mirror = 0.30 * (1 - 1.3 * clamp(mud, 0.0, 0.75)) * (1 - 0.4 * dirty) + 0.1 * air.wet
    if air.wet > 0:  # drops
        a = scaled(a, 1 - 0.1 * air.wet)
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, max(mirror, 0.0), 0.0, 0.0)


@shader
def emitter(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Lamps and light boxes."""
    power = c.p0 + c.p1 * air.dark
    off = 0.45 if power > 0.01 else 1.0
    return Look(c.r * off, c.g * off, c.b * off, c.r * power, c.g * power, c.b * power, 0.12, 0.0, 0.0)


@shader
def picture(x: float, y: float, seed: int, foot: float, tex: Textures) -> Triple:
    """An advertisement: a ground of two colours, something in front of it, lettering; all lengths of a unit square."""
    h = cell(seed & 0xFFFF, 3, 17)
    first, second = any_color(seed & 0xFFFF, 5, 18), any_color(seed & 0xFFFF, 6, 19)
    light: Triple = (0.72, 0.71, 0.68)
    if h & 3 == 0:
        first = light
    elif h & 3 == 1:
        second = light
    t = y if h & 4 else x
    a = blend(first, second, step(0.15, 0.85, t + 0.10 * noise(tex, FBM, x, y, 2.0, foot)))
    if h & 8:  # a photo-like blob of tones
        n = noise(tex, FBM, x + (h & 63), y, 1.6, foot)
        a = blend(
            a, hued(((h >> 9) & 255) / 256, 0.5, clamp(0.3 + 0.2 * n, 0.03, 0.7)), 0.75 * band(y, 0.3, 0.95, foot)
        )
    cx, cy = 0.3 + 0.4 * ((h >> 5) & 15) / 15, 0.58
    dx, dy = x - cx, y - cy
    thing = any_color(seed & 0xFFFF, 7, 20)
    form = (h >> 10) & 3
    if form == 0:
        a = blend(a, thing, band(math.sqrt(dx * dx + dy * dy), -1.0, 0.24, foot))
    elif form == 1:  # head and shoulders
        head = band(math.sqrt(dx * dx + (dy - 0.14) ** 2), -1.0, 0.11, foot)
        body = band(math.sqrt(dx * dx + (0.8 * dy + 0.3) ** 2), -1.0, 0.26, foot) * band(dy, -0.34, 1.0, foot)
        a = blend(a, thing, body)
        a = blend(a, (0.45, 0.27, 0.19) if h & 0x1000 else (0.16, 0.09, 0.06), head)
        a = blend(a, (0.04, 0.03, 0.025), head * band(dy, 0.19, 1.0, foot))
    elif form == 2:  # bottle or pack
        a = blend(a, thing, band(dx, -0.11, 0.11, foot) * band(dy, -0.3, 0.15, foot))
        a = blend(a, scaled(thing, 0.6), band(dx, -0.045, 0.045, foot) * band(dy, 0.15, 0.32, foot))
        a = blend(a, light, band(dx, -0.08, 0.08, foot) * band(dy, -0.15, 0.0, foot))
    else:
        a = blend(a, thing, band(dx + 0.5 * dy, -0.13, 0.13, foot))
    lower = (a[0] + a[1] + a[2]) / 3
    ink = (0.03, 0.03, 0.04) if lower > 0.3 else light
    count = 5 + (h >> 14) % 4
    a = blend(a, ink, word((x - 0.08) / 0.84 * count, (y - 0.1) / 0.13, count, seed, foot * count))
    small = band(y, 0.03, 0.07, foot) * dashes(x, 0.06, 0.045, foot) * band(x, 0.08, 0.8, foot)
    return blend(a, ink, 0.7 * small)


@shader
def poster(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Print on paper, or spray paint on the ground colour."""
    hw, hh = max(c.p0, 0.05), max(c.p1, 0.05)
    s = across(p)
    right = -1.0 if (p.nx < -0.5 or p.ny > 0.5) else 1.0
    x, y = (s - right * c.p3) / hw, (p.lz - c.p2) / hh
    a = (c.r, c.g, c.b)
    if c.p4 > 0.5:
        a = sprayed(a, s + 2.5, p.lz - c.p2 + hh, p.foot, p.seed, tex)
        return matte(*a)
    inside = band(abs(x), -1.0, 1.0 - 0.04 / hw, p.foot / hw) * band(abs(y), -1.0, 1.0 - 0.04 / hh, p.foot / hh)
    foot = p.foot / (2 * min(hw, hh))
    a = blend(a, picture(0.5 + x / 2, 0.5 + y / 2, p.seed, foot, tex), inside)
    return glossy(a[0], a[1], a[2], 0.06)


@shader
def vehicle_side(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Body of a bus, tram or van: windows with passengers behind, doors, a stripe, an advertisement, dirt."""
    f = p.foot
    a = scaled((c.r, c.g, c.b), 1 + 0.03 * noise(tex, FBM, p.u, p.v, 6.0, f))
    if abs(p.nz) > 0.6:
        return glossy(a[0] * 0.95, a[1] * 0.95, a[2] * 0.95, 0.12)
    low, high, z = c.p0, c.p1, p.lz
    period = max(c.p2, 0.3)
    s = across(p)
    side = abs(p.ny) > abs(p.nx)
    stripe = band(z, c.p3 - 0.32, c.p3, f)
    if p.seed & 4:  # a second, wavy field of colour towards the rear
        wave = p.lx + 0.8 * (z - low) + 0.3 * math.sin(2.2 * z)
        a = blend(a, (c.r2, c.g2, c.b2), 0.95 * step(0.0, max(f, 0.05), -wave - 1.0))
    a = blend(a, (c.r2, c.g2, c.b2), stripe)
    if side and p.seed & 24 == 8 and high > low:
        span = 5.2
        i = floor((s + 2.6) / span)
        x = (s + 2.6) / span - i
        y = (z - 0.62) / max(low - 0.72, 0.2)
        if i == 0 and 0 < y < 1:
            wide = 3 * (x - 0.1) / 0.8
            a = blend(a, picture(clamp(wide / 3, 0.0, 1.0), y, p.seed + 1, f / 1.2, tex), band(x, 0.1, 0.9, f / span))
    k = floor(s / period)
    x = s - k * period
    post = 0.05 if side else 0.03
    window = band(z, low, high, f) * (band(x, post, period - post, f) if side else 1.0)
    door = side and (k + (p.seed & 3)) % 4 == 0
    if door:
        window = max(
            window, band(z, 0.5, high, f) * band(x, post, period - post, f) * (1 - line(x - period / 2, 9.0, 0.05, f))
        )
    # Inside: seats, heads, the far windows' light.
    h = cell(k, 5, p.seed)
    inside = scaled((0.055, 0.06, 0.07), 1 + 0.7 * band(z, low + 0.45 * (high - low), high - 0.12, f))
    if h & 3:
        hx, hz = x - period * (0.3 + 0.4 * ((h >> 4) & 255) / 256), z - low - 0.28
        head = hx * hx + hz * hz * 0.7 < 0.017 or (hz < -0.1 and abs(hx) < 0.2)
        if head and side:
            inside = blend(inside, (0.012, 0.01, 0.01), 0.85 * fade(f, 0.4))
    a = blend(a, inside, window)
    grime = clamp(0.9 - z + 0.15 * noise(tex, FBM, p.lx, z, 5.0, f), 0.0, 0.6) * (0.4 + 0.6 * ((p.seed >> 6) & 3) / 3)
    a = blend(a, (0.15, 0.135, 0.115), grime * (1 - window))
    if side:
        a = scaled(a, 1 - 0.35 * line(s, 2 * period, 0.02, f) * (1 - window) * (1.0 if z < low else 0.0))
    glow = 0.24 * air.lit * window * air.dark * (0.6 + 0.4 * band(z, high - 0.35, high, f))
    if inside[0] < 0.03:
        glow *= 0.3
    return Look(a[0], a[1], a[2], 0.95 * glow, 0.88 * glow, 0.72 * glow, 0.13 + 0.3 * window - 0.1 * grime, 0.0, 0.0)


@shader
def stripes(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Two colours in turn: awnings, barriers."""
    f = p.foot
    period = c.p0 if c.p0 > 0.02 else 0.5
    a = blend((c.r, c.g, c.b), (c.r2, c.g2, c.b2), dashes(p.u, period, period / 2, f))
    a = scaled(
        a, 1 + 0.06 * noise(tex, FBM, p.u + (p.seed & 63), p.v, 3.0, f) + 0.04 * noise(tex, FINE, p.u, p.v, 1.0, f)
    )
    return matte(*a)


@shader
def cloth(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Clothes: folds on every one; stripes, checks, a print, flowers, denim."""
    f = p.foot
    scale = c.p1 if c.p1 > 0.01 else 0.07
    style = floor(c.p0 + 0.5)
    a = (c.r, c.g, c.b)
    b = (c.r2, c.g2, c.b2)
    s = across(p) if abs(p.nz) < 0.7 else p.ly
    if style == 1:
        a = blend(a, b, dashes(p.lz, 2 * scale, scale, f))
    elif style == 2:
        first, second = (dashes(p.lz, 2 * scale, scale, f), dashes(s, 2 * scale, scale, f))
        a = blend(a, b, 0.5 * (first + second))
    elif style == 3:
        if p.nx > 0.3 or p.nx < -0.5:
            x, z = s / 0.11, (p.lz - 1.24) / 0.11
            shape = x * x + z * z < 1 if p.seed & 1 else abs(x) + abs(z) < 1.2
            if shape:
                a = blend(a, b, fade(f, 0.25))
            a = blend(a, b, word((s + 0.12) / 0.06, (p.lz - 1.05) / 0.06, 4, p.seed, f / 0.06) if p.nx > 0 else 0.0)
    elif style == 4:
        h = cell(floor(s / scale), floor(p.lz / scale), p.seed)
        if h & 3 == 0:
            a = blend(a, b, fade(f, 1.2 * scale))
        elif h & 15 == 1:
            a = blend(a, (0.6, 0.58, 0.5), fade(f, 1.2 * scale))
    elif style == 5:
        a = scaled(a, 1 + 0.18 * noise(tex, WHITE, s, p.lz, 1.3, f))
        a = blend(a, b, 0.35 * step(0.2, 1.4, noise(tex, FBM, s, p.lz, 1.9, f)))
    else:
        seam = band(abs(s), -1.0, 0.012, f) * (1.0 if p.nx > 0.4 and p.seed & 1 else 0.0)
        a = scaled(a, 1 - 0.45 * seam)
    fold = noise(tex, FINE, s * 1.5 + (p.seed & 63), p.lz * 0.7, 1.6, f)
    a = scaled(a, max(1 + 0.13 * fold, 0.4) * (1 - 0.2 * air.wet))
    near = fade(f, 0.12)
    return Look(
        a[0], a[1], a[2], 0.0, 0.0, 0.0, 0.0, 0.12 * fold * near, 0.12 * near * noise(tex, FINE, s, p.lz, 0.9, f)
    )


@shader
def skin(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Skin, a little redder here than there."""
    n = noise(tex, FBM, p.u + (p.seed & 31), p.v, 0.4, p.foot)
    return glossy(c.r * (1 + 0.05 * n), c.g * (1 - 0.03 * n), c.b * (1 - 0.04 * n), 0.03)
