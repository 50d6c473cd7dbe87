"""Faces of traffic signs."""

from __future__ import annotations

import math

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import WHITE_PAINT, blend, scaled
from sisbench.tinytown.shading.glyphs import dot, number, word
from sisbench.tinytown.shading.noise import Textures, band, cell, clamp, floor, line
from sisbench.tinytown.shading.point import Air, Coat, Look, Point, matte
from sisbench.tinytown.weather import Triple

DISC, TRIANGLE, PANEL, OCTAGON, DIAMOND, NAME = 0, 1, 2, 3, 4, 5
_RED: Triple = (0.52, 0.022, 0.025)
_BLUE: Triple = (0.02, 0.09, 0.38)
_BLACK: Triple = (0.02, 0.02, 0.022)
_AMBER: Triple = (0.72, 0.48, 0.02)


@shader
def _stop(x: float, y: float, foot: float) -> float:
    """Ink of the word on octagons; x 0 to 4, y 0 to 1."""
    if x < 0 or x >= 4:
        return 0.0
    ink = dot((27, 28, 13, 25)[floor(x)], (x - floor(x)) * 1.25, y)
    return ink if foot < 0.3 else 0.45 * band(y, 0.0, 1.0, foot)


@shader
def _up_arrow(x: float, y: float, foot: float) -> float:
    """An arrow that fills a unit disc, pointing up."""
    half = 0.42 * (0.6 - y) / 0.5
    tip = band(y, 0.1, 0.6, foot) * band(x, -half, half, foot) if half > 0 else 0.0
    return max(band(x, -0.12, 0.12, foot) * band(y, -0.6, 0.15, foot), tip)


@shader
def _disc(x: float, y: float, h: int, foot: float) -> Triple:
    rho = math.sqrt(x * x + y * y)
    form = h % 8
    if form < 3:  # speed limit
        value = (30, 50, 70, 60, 80, 40, 20, 10)[(h >> 4) & 7]
        ink = number((x + 0.5) * 2 / 1.04, (y + 0.4) / 0.8, value, foot * 2)
        return blend(blend(WHITE_PAINT, _BLACK, ink), _RED, band(rho, 0.74, 9.0, foot))
    if form == 3:  # no entry
        a = blend(_RED, WHITE_PAINT, band(x, -0.68, 0.68, foot) * band(y, -0.15, 0.15, foot))
        return blend(a, WHITE_PAINT, band(rho, 0.94, 9.0, foot))
    if form < 6:  # no stopping, no parking
        slash = band(x + y, -0.14, 0.14, foot)
        if form == 5:
            slash = max(slash, band(x - y, -0.14, 0.14, foot))
        return blend(_BLUE, _RED, max(band(rho, 0.76, 9.0, foot), slash))
    if form == 6:  # this way
        turn = 0.8 if h & 16 else -0.8 if h & 32 else 0.0
        cs, sn = math.cos(turn), math.sin(turn)
        a = blend(_BLUE, WHITE_PAINT, _up_arrow(cs * x + sn * y, cs * y - sn * x, foot))
        return blend(a, WHITE_PAINT, band(rho, 0.93, 9.0, foot))
    return blend(WHITE_PAINT, _RED, band(rho, 0.74, 9.0, foot))  # closed to vehicles


@shader
def _triangle(x: float, y: float, h: int, foot: float) -> Triple:
    """`y` is -1 at the base (or at the tip, when it points down) and 1 at the other end."""
    down = 0.24
    edge = (1 - y) / 2 - abs(x)
    rim = max(band(y, -9.0, -1 + down, foot), band(edge, -9.0, 0.21, foot))
    form = h & 3
    mark = 0.0
    if form == 0:
        mark = max(
            band(x, -0.07, 0.07, foot) * band(y, -0.3, 0.3, foot), band(x * x + (y + 0.5) ** 2, -1.0, 0.008, foot)
        )
    elif form == 1:  # bend
        mark = band(x - 0.12 * math.sin(5 * y), -0.07, 0.07, foot) * band(y, -0.6, 0.25, foot)
    elif form == 2:  # someone walking
        mark = max(
            band(x + 0.2 * y, -0.09, 0.09, foot) * band(y, -0.6, 0.05, foot),
            band(x * x + (y - 0.15) ** 2, -1.0, 0.009, foot),
        )
    else:  # crossroads
        mark = max(band(x - y - 0.3, -0.09, 0.09, foot), band(x + y + 0.3, -0.09, 0.09, foot)) * band(
            y, -0.6, 0.0, foot
        )
    return blend(blend(WHITE_PAINT, _BLACK, mark), _RED, rim)


@shader
def _panel(x: float, y: float, wide: float, high: float, c: Coat, h: int, foot: float) -> Triple:
    """Directions: names in rows, arrows, a rim; x and y in metres from the middle, half sizes `wide` and `high`."""
    ground, rim = (c.r, c.g, c.b), (c.r2, c.g2, c.b2)
    bright = ground[0] + ground[1] + ground[2] > 1.0
    ink = _BLACK if bright else WHITE_PAINT
    a = ground
    if wide < 0.5 and high < 0.5:  # a small one: parking, crossing, bus
        if h & 1:
            a = blend(a, ink, dot(25 if h & 2 else 20, (x / wide + 0.42) / 0.9, (y / high + 0.65) / 1.3))
        else:
            tall = 1 - abs(x) / (0.75 * wide)
            a = blend(a, ink, band(y / high, -0.6, -0.6 + 1.3 * tall, foot / high) if tall > 0 else 0.0)
    else:
        rows = 1 + floor(high / 0.42) if high < 1.6 else 3
        step_ = 2 * (high - 0.07) / rows
        row = clamp((y + high - 0.07) / step_, 0.0, rows - 0.01)
        j = floor(row)
        fy = row - j
        size = min(0.52 * step_, 0.42)
        count = 4 + cell(j, 1, h) % 5
        start = -wide + 0.22 + (0.9 * size if h & 2 else 0.0)
        a = blend(
            a, ink, word((x - start) / (0.72 * size), (fy - 0.26) * step_ / size, count, h + j, foot / (0.72 * size))
        )
        at = -wide + 0.1 + 0.5 * size if h & 2 else wide - 0.1 - 0.5 * size
        ax, ay = (x - at) / (0.7 * size), (fy - 0.5) * step_ / (0.7 * size)
        turn = cell(j, 2, h) & 3
        if turn == 0:
            ax, ay = ay, -ax
        elif turn == 1:
            ax, ay = -ay, ax
        a = blend(a, ink, _up_arrow(ax, ay, foot / (0.7 * size)))
        if rows > 1:
            a = blend(a, ink, 0.8 * line(y + high - 0.07, step_, 0.03, foot) * band(abs(y), -1.0, high - 0.15, foot))
    inset = min(0.05, 0.1 * wide)
    outline = max(
        band(abs(x), wide - 2 * inset, wide - inset, foot), band(abs(y), high - 2 * inset, high - inset, foot)
    )
    return blend(a, rim, outline * band(abs(x), -1.0, wide - inset, foot) * band(abs(y), -1.0, high - inset, foot))


@shader
def sign(p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """A traffic sign that faces -x; what it says is drawn from its seed."""
    if p.nx > 0.2 or abs(p.nz) > 0.8:
        return matte(0.34, 0.35, 0.35)
    wide, high = max(c.p1, 0.05), max(c.p2, 0.05)
    mx, my = -(p.ly - c.p4), p.lz - c.p3
    x, y = mx / wide, my / high
    foot = p.foot / wide
    shape = floor(c.p0 + 0.5)
    h = cell(p.seed & 0xFFFFFF, floor(8 * c.p3), 23)
    a = (c.r, c.g, c.b)
    if shape == DISC:
        a = _disc(x, y, h, foot)
    elif shape == TRIANGLE:
        a = _triangle(x, y, h, foot)
    elif shape == OCTAGON:
        a = blend(_RED, WHITE_PAINT, _stop((x + 0.62) / 0.31, (y + 0.24) / 0.48, foot * 3))
        a = blend(a, WHITE_PAINT, band(max(abs(x), abs(y), 0.7071 * (abs(x) + abs(y))), 0.88, 0.96, foot))
    elif shape == DIAMOND:
        away = abs(x) + abs(y)
        a = blend(_AMBER, WHITE_PAINT, band(away, 0.66, 0.92, foot))
        a = blend(a, _BLACK, band(away, 0.94, 9.0, foot))
    elif shape == NAME:
        count = 5 + h % 5
        size = 2 * 0.86 / count
        a = blend(a, (c.r2, c.g2, c.b2), word((x + 0.86) / size, (y + 0.5), count, h, foot / size))
    else:
        a = _panel(mx, my, wide, high, c, h, p.foot)
    fresh = 1 - 0.12 * (p.seed & 3) / 3
    a = scaled(a, fresh)
    shine = 0.10 * air.dark
    return Look(a[0], a[1], a[2], a[0] * shine, a[1] * shine, a[2] * shine, 0.05, 0.0, 0.0)
