"""Facades: windows by column, floor and flat, doors, cornices; averages where a pixel covers more than a window."""

from __future__ import annotations

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import any_color, blend, scaled
from sisbench.tinytown.shading.masonry import bricks, planks, ribs, slabs, stones, timbers, weathered
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
    unit,
)  # fmt: skip
from sisbench.tinytown.shading.point import Air, Coat, Look, Point, across
from sisbench.tinytown.shading.shops import shop
from sisbench.tinytown.shading.windows import NO_LIGHT, WARM, lamp_light, pane
from sisbench.tinytown.weather import Triple

BRICK, PLASTER, GLASS, SIDING, CORRUGATED, STONE, SLABS, TIMBER = 0, 1, 2, 3, 4, 5, 6, 7


@shader
def _wall(p: Point, c: Coat, style: int, s: float, seed: int, tex: Textures) -> Triple:
    a = (c.r, c.g, c.b)
    z, f = p.lz, p.foot
    if style == BRICK:
        a = bricks(a, s, z, f, p.seed, tex)
    elif style == SIDING:
        a = planks(a, s, z, 0.19, f, p.seed, tex)
    elif style == CORRUGATED:
        a = ribs(a, s, 0.3, f)
    elif style == STONE:
        a = stones(a, s, z, f, p.seed, tex)
    elif style == SLABS:
        a = slabs(a, s, z, max(c.p1, 1.0), max(c.p0, 2.0), f, seed, tex)
    elif style == TIMBER:
        beam = (c.r2, c.g2, c.b2)
        if beam[0] + beam[1] + beam[2] > 0.7 * (a[0] + a[1] + a[2]):
            beam = (0.10, 0.065, 0.045)  # light trim does not show in light plaster
        a = timbers(a, beam, s, z, max(c.p0, 2.0), f, seed)
    else:
        a = scaled(a, 1 + 0.04 * noise(tex, WHITE, s, z, 4.0, f) + 0.03 * noise(tex, FINE, s, z, 2.0, f))
    return weathered(a, p, s, c.p6, tex)


@shader
def _curtain_wall(p: Point, c: Coat, s: float, k: int, air: Air, tex: Textures) -> Look:
    """A front of glass: panes that mirror differently, spandrels, floors lit as a whole or in part."""
    f = p.foot
    high, bay = max(c.p0, 2.0), max(c.p1, 0.8)
    i, j = floor(s / bay), floor(p.lz / high)
    t, t2 = unit(i, j, k), unit(i, j, k + 1)
    fz = p.lz - j * high
    spandrel = band(fz, 0.0, 0.24 * high, f) if p.seed & 1 else band(fz, 0.0, 0.1, f)
    bars = max(line(s, bay, 0.07, f), line(p.lz, high, 0.09, f) if p.seed & 2 else 0.0)
    seen = fade(f, 0.9 * min(bay, high))
    tint = blend((c.r, c.g, c.b), (0.03, 0.04, 0.05), 0.5)
    depth = 0.7 + 0.6 * t * seen + 0.10 * noise(tex, FBM, s + (k & 63), p.lz, 80.0, f)
    a = scaled(tint, depth)
    blind = (0.5 if t2 > 0.72 else 0.0) * band(fz, high * (1 - 0.7 * t), high, f) * seen
    a = blend(a, (0.42, 0.42, 0.40), blind)
    a = blend(a, (c.r2, c.g2, c.b2), 0.85 * bars)
    a = blend(a, scaled((c.r, c.g, c.b), 0.8), 0.8 * spandrel)
    busy = unit(j, 3, k) * 0.9 + 0.5 * unit(i >> 2, j, k + 2)
    on = step(0.0, 0.15, c.p7 * 1.25 - busy + 0.2 * (t - 0.5))
    light = scaled(lamp_light(0.35 + 0.6 * unit(j, 5, k), air), 0.55 * on * (1 - bars) * (1 - spandrel))
    lamps = band(fz, 0.86 * high, 0.92 * high, f) * dashes(s, 1.4, 0.8, f) * fade(f, 0.4)
    light = scaled(light, (0.6 + 0.35 * t) * (1 - blind) + 1.2 * lamps)
    mirror = (0.62 - 0.3 * blind) * (1 - bars) * (1 - 0.5 * spandrel)
    bend = 0.035 * seen
    return Look(
        a[0], a[1], a[2], light[0], light[1], light[2], mirror,
        bend * (t - 0.5) + 0.008 * noise(tex, FBM, s, p.lz, 9.0, f), bend * (t2 - 0.5),
    )  # fmt: skip


@shader
def facade(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """Front of a building; level parts are a plain roof."""
    f = p.foot
    style = floor(c.p4 + 0.5)
    if abs(p.nz) > 0.5:
        k = 1 + 0.13 * noise(tex, FBM, p.lx, p.ly, 11.0, f) + 0.1 * noise(tex, WHITE, p.lx, p.ly, 4.0, f)
        a = scaled((0.30, 0.29, 0.28), k)
        return Look(a[0], a[1], a[2], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    s, z = across(p), p.lz
    high, bay, top = max(c.p0, 2.0), max(c.p1, 0.8), c.p6
    side = (1 if p.nx > 0.7 else 2 if p.nx < -0.7 else 3 if p.ny > 0 else 4) * 7919
    k = (p.seed + side) & 0xFFFFFF
    if c.p5 > 0.5 and z < 0.98 * high:
        return shop(p, c, s, z, high, bay, k, air, tex)
    if style == GLASS:
        return _curtain_wall(p, c, s, k, air, tex)
    own = p.seed  # one choice for all sides of the building
    wall = _wall(p, c, style, s, k, tex)
    i, j = floor(s / bay), floor(z / high)
    floors = floor((top - 0.4) / high)
    ground = j <= 0
    # The column: what its windows are like.
    rhythm = cell(own, 5, 1) & 3
    column = unit(i, 3, k)
    stair = style != CORRUGATED and floors >= 3 and (i + cell(own, 6, 1)) % 7 == 3 and cell(own, 7, 1) & 1 == 0
    hw = 0.5 * clamp(c.p2, 0.0, 0.96) * bay
    if rhythm == 1 and i & 1:
        hw *= 0.62
    elif rhythm == 2:
        hw *= 0.7 if i % 3 else 1.0
    elif rhythm == 3:
        hw *= 0.6 + 0.4 * column
    hh = 0.5 * clamp(c.p3, 0.0, 0.92) * high
    zc = (j + 0.53) * high
    if stair:
        zc, hw, hh = zc + 0.5 * high, min(hw, 0.6), 0.62 * hh
        if z < j * high + 0.2 * high:
            zc -= high
            j -= 1
    elif j == floors - 1 and cell(own, 8, 1) % 3 == 0:
        hh *= 0.72
    loggia = (style in (PLASTER, SLABS, BRICK)) and rhythm != 1 and not ground and not stair
    loggia = loggia and cell(own, 9, 1) % 5 < 2 and (i + cell(own, 10, 1)) % 4 < 1 + (own & 1)
    if loggia:
        hw, hh = 0.46 * bay, 0.44 * high
    blank = unit(i, 9, k) < (0.0 if stair else 0.05) or hw < 0.15 or hh < 0.15
    blank = blank or zc + hh > top - 0.35 or zc - hh < 0.25
    if style == CORRUGATED:
        blank = blank or unit(i, j, k + 9) < 0.55
    dx, dz = s - (i + 0.5) * bay, z - zc
    share = 4 * hw * hh / (bay * high) if not blank else 0.0
    seen = fade(f, 0.8 * min(bay, high))
    # Base, string course, cornice.
    trim = (c.r2, c.g2, c.b2)
    a = wall
    classic = style in (PLASTER, BRICK, STONE)
    if classic:
        base = band(z, 0.0, 0.55 + 0.4 * unit(own, 2, 3), f)
        a = blend(a, scaled(blend(wall, (0.22, 0.21, 0.20), 0.6), 1.0), base)
        if cell(own, 11, 1) & 1:
            a = blend(a, trim, 0.8 * band(z, high - 0.02, high + 0.18, f))
            a = scaled(a, 1 - 0.35 * band(z, high - 0.16, high - 0.02, f))
        a = blend(a, trim, 0.75 * band(z, top - 0.42, top, f))
        a = scaled(a, 1 - 0.4 * band(z, top - 0.6, top - 0.42, f))
        if ground and (style == STONE or cell(own, 12, 1) % 3 == 0):
            a = scaled(a, 1 - 0.3 * line(z, 0.48, 0.04, f))
    light = NO_LIGHT
    mirror, tilt = 0.0, 0.0
    door = ground and z < 2.6 and not stair and unit(i, 21, k) < 0.17
    if door:
        wide = min(0.62, 0.45 * bay)
        leaf = scaled(any_color(own & 255, 7, 3), 0.5)
        way = band(dx, -wide, wide, f) * band(z, 0.0, 2.25, f)
        a = blend(a, trim, 0.8 * band(dx, -wide - 0.15, wide + 0.15, f) * band(z, 0.0, 2.42, f))
        a = blend(a, scaled(leaf, 1 - 0.3 * line(dx, 0.55, 0.04, f) - 0.2 * line(z, 0.75, 0.04, f)), way)
        a = blend(a, (0.05, 0.055, 0.06), way * band(z, 1.8, 2.2, f))
    elif style == CORRUGATED and ground and unit(i >> 1, 22, k) < 0.3:
        gate = band(s - (i >> 1) * 2 * bay, 0.4, 2 * bay - 0.4, f) * band(z, 0.0, 0.8 * high, f)
        a = blend(a, scaled(trim, 0.75 + 0.3 * dashes(z, 0.5, 0.42, f)), gate)
    elif not blank:
        hole = band(dx, -hw, hw, f) * band(dz, -hh, hh, f)
        if loggia:
            shade = scaled(wall, 0.42 - 0.2 * dz / hh)
            inner = band(dx, -0.62 * hw, 0.62 * hw, f) * band(dz, -hh, 0.6 * hh, f)
            view = pane(dx, dz, 0.62 * hw, 0.8 * hh, i, j, c.p7, k, f, air)
            shade = blend(shade, view.color, inner)
            parapet = band(dz, -hh, -hh + 0.95, f)
            front = blend(wall, any_color(own & 63, 8, 3), 0.4) if own & 16 else scaled(trim, 0.8)
            a = blend(blend(a, shade, hole), front, hole * parapet * (1.0 if own & 32 else 0.55))
            light = scaled(view.light, inner * hole * (1 - parapet))
            mirror = 0.25 * inner * hole * (1 - parapet)
        else:
            if classic or style == SIDING:
                surround = 0.13 if own & 1 else 0.0
                around = band(dx, -hw - surround, hw + surround, f) * band(dz, -hh, hh + surround, f)
                a = blend(a, trim, 0.7 * around)
                sill = band(dx, -hw - 0.09, hw + 0.09, f) * band(dz, -hh - 0.11, -hh, f)
                a = blend(a, blend(trim, (0.5, 0.5, 0.48), 0.4), 0.85 * sill)
                stain = band(dx, -hw, hw, f) * step(-hh - 1.3, -hh - 0.1, dz) * band(dz, -9.0, -hh - 0.1, f)
                a = scaled(a, 1 - 0.2 * stain * clamp(0.5 + noise(tex, FINE, 4 * s, z * 0.3, 5.0, f), 0.0, 1.0))
            if (style in (PLASTER, SIDING)) and own & 768 == 256:  # shutters
                wing = band(abs(dx), hw + 0.03, hw + 0.03 + min(0.42, 0.5 * bay - hw), f) * band(dz, -hh, hh, f)
                a = blend(a, scaled(any_color(own & 31, 9, 3), 0.6 + 0.3 * dashes(dz, 0.1, 0.07, f)), 0.9 * wing)
            view = pane(dx, dz, hw, hh, i, j, 0.75 if stair and c.p7 > 0.25 else c.p7, k, f, air)
            frame = (0.66, 0.65, 0.61) if cell(own, 13, 1) % 5 < 3 else scaled(trim, 0.35)
            bars = 1 - band(dx, -hw + 0.06, hw - 0.06, f) * band(dz, -hh + 0.06, hh - 0.06, f)
            form = cell(own, 14, 1) & 3
            if form != 0 and hw > 0.35:
                bars = max(bars, band(dx, -0.03, 0.03, f))
            if form >= 2:
                bars = max(bars, band(dz - 0.35 * hh, -0.025, 0.025, f))
            if hw > 1.1:
                bars = max(bars, line(dx, hw, 0.05, f))
            inside = blend(view.color, frame, bars)
            a = blend(a, inside, hole)
            light = scaled(view.light, hole * (1 - bars))
            mirror, tilt = view.mirror * hole * (1 - bars), view.tilt
    if seen < 1:  # from far: the mean of windows and wall, with the unevenness that stays
        uneven = (
            1 + 0.12 * noise(tex, FBM, s + (k & 255), z, 60.0, f) + 0.05 * noise(tex, FINE, s, z + (k & 255), 40.0, f)
        )
        many = 0.25 + 0.5 * clamp(c.p2 * c.p3, 0.0, 0.9)
        far = scaled(blend(wall, (0.09, 0.10, 0.115), many * 0.75), uneven)
        a = blend(far, a, seen)
        lively = clamp(1 + 0.7 * noise(tex, FINE, s, z + (k & 255), 23.0, f), 0.0, 3.0)
        light = blend(scaled(WARM, 0.6 * air.lit * c.p7 * many * lively), light, seen)
        mirror = 0.3 * many * (1 - seen) + mirror * seen if share >= 0 else 0.0
    return Look(a[0], a[1], a[2], light[0], light[1], light[2], mirror, tilt * seen, tilt * seen)
