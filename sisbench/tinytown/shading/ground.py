"""Surfaces to walk and drive on."""

from __future__ import annotations

import math

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import SNOW, SOIL, WHITE_PAINT, blend, hued, scaled
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
    mix,
    noise,
    step,
    unit,
)  # fmt: skip
from sisbench.tinytown.shading.point import Air, Coat, Look, Point
from sisbench.tinytown.weather import Triple

_YELLOW: Triple = (0.70, 0.47, 0.06)


@shader
def _strewn(a: Triple, p: Point, air: Air, tex: Textures, share: float) -> Triple:
    """Fallen leaves on the ground, thicker here than there."""
    much = share * air.autumn * step(-0.6, 1.8, noise(tex, FBM, p.x, p.y, 23.0, p.foot))
    if much <= 0:
        return a
    i, j = floor(p.x / 0.17), floor(p.y / 0.17)
    h = cell(i, j, air.seed)
    dx = p.x / 0.17 - i - 0.3 - 0.4 * ((h >> 8) & 255) / 256
    dy = p.y / 0.17 - j - 0.3 - 0.4 * ((h >> 16) & 255) / 256
    turn = 2.0 if h & 1 else 0.5
    there = (h >> 24) / 256 < much and dx * dx * turn + dy * dy / turn < 0.09
    leaf = hued(0.03 + 0.11 * ((h >> 4) & 15) / 16, 0.85, 0.12 + 0.35 * ((h >> 12) & 15) / 16)
    near = fade(p.foot, 0.25)
    a = blend(a, (0.30, 0.16, 0.04), 0.45 * much * (1 - near))
    return blend(a, leaf, near) if there else a


@shader
def _snowed(a: Triple, p: Point, air: Air, tex: Textures, bare: float) -> Triple:
    """Snow on the ground; `bare` raises the share that shows through, from -1 to 1."""
    if air.snow <= 0:
        return a
    n = 0.6 * noise(tex, FINE, p.x, p.y, 7.0, p.foot) + 0.6 * noise(tex, FBM, p.x, p.y, 33.0, p.foot)
    cover = air.snow * step(-0.55, -0.15, 0.2 * n - bare)
    shade = 1 + 0.04 * noise(tex, FINE, p.x, p.y, 3.0, p.foot)
    return blend(a, scaled(SNOW, shade), cover * 0.97)


@shader
def _hollows(p: Point, tex: Textures) -> float:
    return 0.6 * noise(tex, FBM, p.x, p.y, 38.0, p.foot) + 0.4 * noise(tex, FINE, p.x, p.y, 9.0, p.foot)


@shader
def _arrow(dx: float, dy: float, foot: float) -> float:
    """An arrow 4 m long that points along x; `dx` from its tail, `dy` from its axis."""
    shaft = band(dx, 0.0, 2.8, foot) * band(dy, -0.09, 0.09, foot)
    half = 0.42 * (4.0 - dx) / 1.3
    return max(shaft, band(dx, 2.7, 4.0, foot) * band(dy, -half, half, foot) if half > 0 else 0.0)


@shader
def _paint_on_road(u: float, v: float, c: Coat, foot: float, seed: int) -> tuple[float, float]:
    """Coverage of white and of yellow paint; u along the carriageway, v from its middle."""
    half, lanes, style = c.p0, max(c.p1, 1.0), c.p2
    lane = 2 * half / lanes
    white, yellow = 0.0, 0.0
    away = u - c.p3 if c.p4 > 0.5 else 1e6
    if style > 0.5 and abs(away) > 3.9:
        white = band(abs(v), half - 0.42, half - 0.29, foot)
        middle = abs(v) < 0.45 * lane and floor(lanes + 0.5) % 2 == 0
        if middle and style > 1.5:
            both = band(abs(v), 0.06, 0.19, foot)
            white, yellow = (max(white, both), 0.0) if style < 2.5 else (white, both)
        elif abs(v) < half - 0.5 * lane:
            solid = 1.0 if (-18 < away < 0 and v < 0) or (0 < away < 18 and v > 0) else dashes(u, 9.0, 3.6, foot)
            white = max(white, line(v + half, lane, 0.13, foot) * solid)
        if lanes > 3.5 and -20 < away < -10 and v < 0:
            k = floor((v + half) / lane)
            white = max(white, _arrow(away + 17.0, v + half - (k + 0.5) * lane, foot))
    if abs(away) < 3.9:
        zebra = band(away, -1.8, 1.8, foot) * dashes(v + half, 1.0, 0.5, foot) * band(abs(v), -1.0, half - 0.3, foot)
        stop = band(away, -3.5, -3.05, foot) * band(v, -half + 0.3, -0.15, foot)
        other = band(away, 3.05, 3.5, foot) * band(v, 0.15, half - 0.3, foot)
        white = max(zebra, stop, other)
    return white, yellow


@shader
def asphalt(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Carriageway: wear, tracks, patches, manholes, cracks, paint, puddles, slush."""
    f = p.foot
    u, v = p.lx, p.ly - c.p6
    big = noise(tex, FBM, p.x, p.y, 38.0, f)
    mid = noise(tex, FINE, p.x, p.y, 9.0, f)
    grain = noise(tex, WHITE, p.x, p.y, 6.0, f)
    along = noise(tex, FINE, p.lx * 0.12, p.ly, 11.0, f)  # stretched by traffic
    half = max(c.p0, 1.0)
    lane = 2 * half / max(c.p1, 1.0)
    place = (v + half) / lane
    inside = place - floor(place) - 0.5  # -1/2 to 1/2 across the lane
    track = math.exp(-((abs(inside) * lane - 0.8) ** 2) / 0.11) if c.p1 > 0.5 else 0.0
    oil = math.exp(-((inside * lane) ** 2) / 0.09) if c.p1 > 0.5 else 0.0
    k = 1 + 0.10 * big + 0.14 * grain + 0.06 * mid + 0.07 * along
    k *= 1 + 0.10 * track * (1 + 0.5 * along) - 0.10 * oil * (1 + 0.4 * along)
    # Repairs: one place in some, of its own size and tone, with a dark joint around it.
    i, j = floor(u / 11.0), floor(v / 3.1)
    h = cell(i, j, p.seed)
    if h & 7 == 0 or h & 31 == 1:
        wide, long = (0.4 + 1.0 * ((h >> 8) & 255) / 256, 0.8 + 4.0 * ((h >> 16) & 255) / 256)
        px, py = abs(u - 11.0 * (i + 0.5)), abs(v - 3.1 * (j + 0.5))
        patch = band(px, -1.0, long, f) * band(py, -1.0, wide, f)
        rim = patch - band(px, -1.0, long - 0.07, f) * band(py, -1.0, wide - 0.07, f)
        k *= 1 - patch * (0.28 if h & 64 else -0.16) - 0.3 * rim
    crack = noise(tex, FBM, p.x + 5, p.y, 21.0, f)
    worn = fade(f, 0.14) * step(0.2, 0.9, noise(tex, FBM, p.x, p.y + 31, 61.0, f))
    k *= 1 - 0.45 * worn * clamp(1 - abs(crack) * 16, 0.0, 1.0)
    a = scaled((c.r, c.g, c.b), max(k, 0.25))
    # Manholes.
    m = floor(u / 19.0)
    h = cell(m, 77, p.seed)
    mx, my = (u - 19.0 * (m + 0.5) - 6 * ((h & 255) / 256 - 0.5), v - half * 1.2 * (((h >> 8) & 255) / 256 - 0.5))
    rho = math.sqrt(mx * mx + my * my)
    if rho < 0.6 and h & 0x300000:
        lid = band(rho, -1.0, 0.33, f)
        ribs = 0.8 + 0.4 * dashes(mx, 0.08, 0.04, f) * dashes(my, 0.08, 0.04, f)
        a = blend(a, scaled((0.09, 0.085, 0.08), ribs), lid)
        a = scaled(a, 1 - 0.55 * band(rho, 0.3, 0.36, f))
    white, yellow = _paint_on_road(u, v, c, f, p.seed)
    keep = clamp(
        1.05 - 0.95 * c.p5 * (0.6 + 0.4 * track) + (0.22 + 0.5 * c.p5) * (0.8 * mid + 0.5 * grain + 0.4 * along),
        0.06,
        1,
    )
    a = blend(a, WHITE_PAINT, white * keep * 0.95)
    a = blend(a, _YELLOW, yellow * keep * 0.95)
    gutter = step(half - 1.0, half, abs(v))
    a = scaled(a, 1 - 0.22 * gutter * clamp(0.6 + 0.4 * along, 0.0, 1.0))
    a = _strewn(a, p, air, tex, 0.12 + 0.75 * gutter)
    mirror = 0.0
    if air.wet > 0:
        depth = _hollows(p, tex) + 0.35 * track + 0.5 * gutter - 0.1
        puddle = air.wet * step(0.6, 1.0, depth)
        a = scaled(a, 1 - 0.45 * air.wet - 0.2 * puddle)
        mirror = air.wet * (0.16 + 0.05 * mid) + 0.42 * puddle
    if air.snow > 0:
        a = scaled(a, 1 - 0.25 * air.snow)
        rut = 0.85 * track + 0.22 - 0.6 * gutter + 0.25 * along
        a = _snowed(a, p, air, tex, rut)
        a = blend(a, (0.42, 0.41, 0.40), 0.45 * air.snow * clamp(0.5 + 0.3 * along - gutter, 0.0, 1.0))
        mirror += 0.06 * air.snow * track
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, clamp(mirror, 0.0, 0.75), 0.0, 0.0)


@shader
def paving(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Slabs, setts or bricks: a tone for each, joints, stains, chewing gum."""
    f = p.foot
    tile = max(c.p0, 0.08)
    row = floor(p.ly / tile)
    shifted = p.lx + (tile / 2 if c.p1 > 0.5 and row & 1 else 0.0)
    column = floor(shifted / tile)
    t = unit(column, row, p.seed & 0xFFFF)
    seen = fade(f, 0.9 * tile)
    joint = max(line(shifted, tile, 0.02 + 0.03 * tile, f), line(p.ly, tile, 0.02 + 0.03 * tile, f))
    two = 0.62 if c.p2 > 0.5 else 0.15
    pick = 1.0 if c.p2 > 0.5 and t > 0.62 else 0.35 * t
    broad = noise(tex, FBM, p.x, p.y, 27.0, f)
    mid = noise(tex, FINE, p.x, p.y, 9.0, f)
    grain = noise(tex, WHITE, p.x, p.y, 5.0, f)
    a = blend((c.r, c.g, c.b), (c.r2, c.g2, c.b2), mix(0.38 if c.p2 > 0.5 else two, pick, seen))
    loose = 1.0 if unit(column, row, p.seed + 5) > 0.97 else 0.0
    k = 1 + 0.22 * (t - 0.5) * seen + 0.09 * broad + 0.05 * mid + 0.07 * grain - 0.18 * loose * seen
    k *= 1 - 0.4 * joint * mix(0.6, 1.0, seen)
    k *= 1 - 0.16 * step(0.7, 1.6, noise(tex, FBM, p.x + 50, p.y, 43.0, f))
    i, j = floor(p.x / 0.6), floor(p.y / 0.6)
    h = cell(i, j, 91)
    gx, gy = (p.x / 0.6 - i - 0.2 - 0.6 * (h & 255) / 256, p.y / 0.6 - j - 0.2 - 0.6 * ((h >> 8) & 255) / 256)
    if (h >> 16) & 7 == 0 and gx * gx + gy * gy < 0.004:
        k *= 1 - 0.35 * fade(f, 0.08)
    a = scaled(a, max(k, 0.2))
    a = _strewn(a, p, air, tex, 0.4)
    mirror = 0.0
    if air.wet > 0:
        puddle = air.wet * step(0.55, 0.95, _hollows(p, tex) + 0.15 * joint)
        a = scaled(a, 1 - 0.38 * air.wet - 0.15 * puddle)
        mirror = air.wet * (0.10 + 0.08 * (t - 0.5) * seen) * (1 - 0.6 * joint) + 0.45 * puddle
    a = _snowed(a, p, air, tex, 0.22 * noise(tex, FBM, p.x, p.y * 3, 25.0, f) + 0.1)
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, clamp(mirror * (1 - 0.8 * air.snow), 0.0, 0.7), 0.0, 0.0)


@shader
def grass(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Lawn or meadow between two greens: tufts, dry and bald spots, flowers and mowing here and there."""
    f = p.foot
    broad = noise(tex, FBM, p.x, p.y, 47.0, f)
    mid = noise(tex, FBM, 0.8 * p.x + 0.6 * p.y, 0.8 * p.y - 0.6 * p.x, 13.0, f)
    fine = noise(tex, FINE, p.x, p.y, 2.3, f)
    grain = 0.6 * noise(tex, WHITE, p.x, p.y, 3.1, f) + 0.9 * noise(
        tex, WHITE, 0.8 * p.x + 0.6 * p.y, p.x - p.y, 27.0, f
    )
    t = clamp(0.4 + 0.25 * broad + 0.2 * mid + 0.12 * fine, 0.0, 1.0)
    a = blend((c.r, c.g, c.b), (c.r2, c.g2, c.b2), t)
    k = 1 + 0.13 * fine + 0.2 * grain + 0.07 * mid
    if p.seed & 3 == 1:
        k *= 0.94 + 0.12 * dashes(p.ly + 0.3 * mid, 2.4, 1.2, f)
    dry = step(0.6, 1.9, noise(tex, FBM, p.x, p.y + 40, 29.0, f) + 0.3 * fine)
    a = blend(a, (0.21, 0.17, 0.07), 0.5 * dry)
    bald = step(1.5, 2.1, noise(tex, FBM, p.x + 9, p.y + 70, 19.0, f) + 0.35 * fine)
    a = blend(a, SOIL, 0.6 * bald)
    h = cell(floor(p.x / 0.07), floor(p.y / 0.07), 12)
    if h & 63 == 0 and p.seed & 12 == 0 and air.autumn <= 0 and air.snow <= 0:
        a = blend(a, (0.7, 0.68, 0.6) if h & 64 else (0.7, 0.55, 0.05), 0.8 * fade(f, 0.1) * step(0.0, 1.0, mid))
    a = scaled(a, max(k, 0.25) * (1 - 0.18 * air.wet))
    a = _strewn(a, p, air, tex, 0.6)
    a = _snowed(a, p, air, tex, 0.15 * fine - 0.1)
    lean = 0.10 * fade(f, 0.5)
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, 0.0, lean * fine, lean * grain)


@shader
def gravel(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Loose stones of two tones."""
    f = p.foot
    broad = noise(tex, FBM, p.x, p.y, 31.0, f)
    fine = noise(tex, FINE, p.x, p.y, 3.0, f)
    grain = noise(tex, WHITE, p.x, p.y, 4.0, f)
    i, j = floor(p.x / 0.055 + 0.5 * fine), floor(p.y / 0.055 + 0.5 * grain)
    stone = unit(i, j, 6) * fade(f, 0.06)
    a = blend((c.r, c.g, c.b), (c.r2, c.g2, c.b2), clamp(0.3 + 0.25 * broad + 0.4 * stone, 0.0, 1.0))
    a = scaled(a, max(1 + 0.16 * grain + 0.10 * fine + 0.35 * (stone - 0.5 * fade(f, 0.06)), 0.25))
    a = scaled(a, 1 - 0.3 * air.wet)
    puddle = air.wet * step(0.9, 1.2, broad + 0.3 * fine)
    a = _strewn(a, p, air, tex, 0.35)
    a = _snowed(a, p, air, tex, 0.1 * fine - 0.1)
    lean = 0.12 * fade(f, 0.2)
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, 0.5 * puddle * (1 - air.snow), lean * grain, lean * fine)


@shader
def crop(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """A field in rows along its x, with the tracks of a tractor; by colour and season green, ripe or ploughed."""
    f = p.foot
    row = max(c.p0, 0.2)
    broad = noise(tex, FBM, p.x, p.y, 53.0, f)
    fine = noise(tex, FINE, p.x, p.y, 4.0, f)
    grain = noise(tex, WHITE, p.x, p.y, 5.0, f)
    wander = p.ly + 0.06 * noise(tex, FBM, p.x, p.y, 21.0, f)
    a = blend((c.r, c.g, c.b), (c.r2, c.g2, c.b2), clamp(0.4 + 0.3 * broad + 0.2 * fine, 0.0, 1.0))
    a = scaled(a, max(1 + 0.14 * fine + 0.2 * grain, 0.25))
    soil = scaled(SOIL, max(1 + 0.2 * grain + 0.12 * broad, 0.3))
    gap = line(wander, row, 0.42 * row, f)
    tram = max(line(wander - 0.9, 18.0, 0.45, f), line(wander + 0.9, 18.0, 0.45, f))
    thin = step(1.0, 2.0, broad + 0.4 * fine)
    a = blend(a, soil, clamp(0.7 * gap + 0.8 * tram + 0.5 * thin, 0.0, 0.95))
    a = scaled(a, 1 - 0.22 * air.wet)
    a = _snowed(a, p, air, tex, 0.1 * fine + 0.25 * gap - 0.16)
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, 0.0, 0.1 * fine * fade(f, 1.0), 0.14 * (0.4 - gap) * fade(f, row))


@shader
def rock(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Stone of hills and boulders: strata, cracks, lichen."""
    f = p.foot
    broad = noise(tex, FBM, p.x + p.z, p.y - p.z, 23.0, f)
    fine = noise(tex, FINE, p.u + p.z, p.v, 5.0, f)
    layers = noise(tex, FBM, p.z * 3 + 0.2 * p.x, p.y * 0.2, 13.0, f)
    crack = clamp(1 - 9 * abs(noise(tex, FBM, p.u, p.v, 11.0, f)), 0.0, 1.0) * fade(f, 0.3)
    a = blend((c.r, c.g, c.b), (c.r2, c.g2, c.b2), clamp(0.35 + 0.3 * broad + 0.15 * layers, 0.0, 1.0))
    a = scaled(a, max(1 + 0.16 * layers + 0.14 * fine - 0.4 * crack, 0.2) * (1 - 0.25 * air.wet))
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, 0.03 * air.wet, 0.15 * fine, 0.15 * broad)


@shader
def water(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Water with ripples of several lengths; they flatten with distance."""
    f = p.foot
    strength = 0.25 + 0.75 * clamp(c.p0, 0.0, 2.0)
    calm = 0.6 + 0.4 * noise(tex, FBM, p.x, p.y, 90.0, f)
    near = strength * clamp(0.3 / (f + 0.3), 0.12, 1.0) * clamp(calm, 0.15, 1.4)
    bx = 0.05 * noise(tex, FINE, p.x, p.y * 1.7, 11.0, f) + 0.035 * noise(tex, FINE, p.x + 3, p.y * 1.3, 3.7, f)
    by = 0.05 * noise(tex, FINE, p.x * 0.7 + 50, p.y * 1.6, 11.0, f) + 0.035 * noise(tex, FINE, p.x, p.y + 9, 3.7, f)
    deep = noise(tex, FBM, p.x, p.y, 70.0, f)
    a = scaled((c.r, c.g, c.b), 1 + 0.14 * deep)
    return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, 0.62, bx * near, by * near)
