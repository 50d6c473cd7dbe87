"""Shop fronts."""

from __future__ import annotations

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import any_color, blend, scaled
from sisbench.tinytown.shading.glyphs import word
from sisbench.tinytown.shading.masonry import weathered
from sisbench.tinytown.shading.noise import Textures, band, cell, dashes, fade, floor, line, step, unit
from sisbench.tinytown.shading.point import Air, Coat, Look, Point
from sisbench.tinytown.shading.windows import COOL, NO_LIGHT, WARM
from sisbench.tinytown.weather import Triple


@shader
def shop(
    p: Point, c: Coat, s: float, z: float, floor_height: float, bay: float, k: int, air: Air, tex: Textures
) -> Look:
    """Ground floor with shops of two or three bays: fascia with a name, glass, goods on shelves, a door."""
    f = p.foot
    bays = 2 + (k & 1)
    wide = bays * bay
    n = floor(s / wide)
    x = s - n * wide
    high = floor_height
    main = any_color(n, 61, k)
    ink: Triple = (0.78, 0.76, 0.70)
    if unit(n, 62, k) < 0.35:
        main, ink = (0.62, 0.60, 0.55), main
    frame = scaled(main, 0.5) if unit(n, 63, k) < 0.5 else (c.r2 * 0.6, c.g2 * 0.6, c.b2 * 0.6)
    a, light, mirror = frame, NO_LIGHT, 0.0
    low, top = 0.11 * high, 0.72 * high
    t = unit(n, 64, k)
    open_ = band(x, 0.28, wide - 0.28, f)
    closed = t > 0.93
    if closed:
        shutter = scaled((0.36, 0.37, 0.38), 0.8 + 0.3 * dashes(z, 0.11, 0.06, f))
        a = blend(a, shutter, open_ * band(z, 0.05, top, f))
    else:
        # Goods: two shelves of small things in front of a wall, a counter, lamps under the ceiling.
        gj = floor((z - low) / 0.45)
        gi = floor(x / (0.16 + 0.14 * unit(gj, n, k + 6)))
        h = cell(gi, gj + 9 * n, k)
        goods = blend(any_color(gi >> 1, gj + 9 * n, k + 7), (0.30, 0.27, 0.23), 0.62)
        back = scaled(blend((0.42, 0.36, 0.28), main, 0.25), 0.28 + 0.2 * t)
        inside = back
        tall = (z - low) - 0.45 * gj < 0.16 + 0.22 * ((h >> 8) & 255) / 256
        if gj < (h >> 4) % 5 and tall and h & 3:
            inside = blend(back, goods, 0.75 * fade(f, 0.4))
        inside = scaled(inside, 1 - 0.4 * line(z - low, 0.45, 0.05, f))
        if unit(n, floor(x / 1.9), k + 8) < 0.35 and z < 0.55 * high:  # someone, or a dummy, behind the glass
            mx = x - (1.9 * floor(x / 1.9) + 1.0)
            inside = blend(inside, (0.03, 0.03, 0.04), band(mx, -0.22, 0.22, f) * 0.8)
        lamps = dashes(x, 1.1, 0.4, f) * band(z, top - 0.28, top - 0.18, f)
        shine = scaled(blend(WARM, COOL, step(0.2, 0.7, unit(n, 65, k))), 0.35 + air.lit * (0.5 + 0.9 * t))
        level = 0.35 + 0.65 * step(0.0, top, z)
        view = open_ * band(z, low, top, f) * (1 - 0.9 * line(x, wide / (1 + floor(wide / 1.9)), 0.07, f))
        door = unit(n, 66, k) * (wide - 2.2) + 0.5
        view = max(view, band(x, door, door + 1.0, f) * band(z, 0.06, top, f))
        view *= 1 - 0.8 * band(abs(x - door - 0.5), 0.5, 0.57, f) * band(z, -1.0, top, f)
        a = blend(a, inside, view)
        glow = max(0.1, air.lit) * level
        light = (
            view * (inside[0] * shine[0] * glow * 2.2 + lamps * shine[0] * 0.8),
            view * (inside[1] * shine[1] * glow * 2.2 + lamps * shine[1] * 0.8),
            view * (inside[2] * shine[2] * glow * 2.2 + lamps * shine[2] * 0.8),
        )
        mirror = 0.26 * view
        notice = unit(floor(x / 0.9), n, k + 9)
        if notice < 0.2 and view > 0.5:
            sheet = band(x - 0.9 * floor(x / 0.9), 0.15, 0.7, f) * band(z, 0.3 * high, 0.52 * high, f)
            a = blend(a, any_color(n, floor(x), k + 10), sheet * 0.9)
    fascia = band(z, 0.755 * high, 0.96 * high, f) * band(x, 0.1, wide - 0.1, f)
    size = 0.125 * high
    count = 4 + floor(4 * unit(n, 67, k))
    size = min(size, (wide - 0.6) / count / 0.9)
    start = (wide - count * size * 0.85) / 2
    letters = word((x - start) / (0.85 * size), (z - 0.795 * high) / size, count, k + 31 * n, f / (0.85 * size))
    a = blend(a, blend(main, ink, letters), fascia)
    sign = air.lit * (0.25 if unit(n, 68, k) < 0.5 else 0.05) * fascia
    e = blend(main, ink, letters)
    glare = air.lit * 0.9 * letters * fascia * (1.0 if t < 0.5 else 0.2)
    a = weathered(a, p, s, c.p6, tex)
    return Look(
        a[0], a[1], a[2],
        light[0] + e[0] * sign + ink[0] * glare, light[1] + e[1] * sign + ink[1] * glare,
        light[2] + e[2] * sign + ink[2] * glare, mirror, 0.0, 0.0,
    )  # fmt: skip
