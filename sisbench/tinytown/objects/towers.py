"""Skyscrapers, and the cheap buildings of skylines."""

from __future__ import annotations

from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches, roofs
from sisbench.tinytown.objects.fronts import BASE, Front, Size
from sisbench.tinytown.objects.roofs import Span
from sisbench.tinytown.objects.skins import skin
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

_POSTERS: tuple[Color, ...] = (
    (0.55, 0.06, 0.05),
    (0.04, 0.16, 0.42),
    (0.62, 0.48, 0.05),
    (0.05, 0.30, 0.18),
    (0.60, 0.58, 0.54),
    (0.36, 0.08, 0.32),
)


def tower_block(site: Site, key: Key, place: Place, size: Size) -> None:
    """Build a skyscraper of kind skyscraper: shaft, setbacks, crown; `size` is width, depth, height in metres."""
    w, d, h = size
    style = key.pick("style", ("glass", "slabs", "plaster", "stone"), (62, 16, 14, 8))
    cladding = skin(key, style, w, h)
    if style != "glass":
        cladding = cladding._replace(window=(key.uniform("window", 0.55, 0.9), key.uniform("window height", 0.5, 0.65)))
    shop = style != "glass" and key.chance("shops", 0.6)
    front = Front(site, key, place, "skyscraper", size, cladding, shop)
    floor = cladding.floor
    plan = key.pick("plan", ("shaft", "setbacks", "podium", "twin", "slab"), (22, 30, 22, 14, 12))
    x, y = (-w / 2, w / 2), (-d / 2, d / 2)
    crowns: list[tuple[Span, Span, float]] = []
    if plan == "setbacks":
        a, b, bottom = x, y, BASE
        for k, share in enumerate((key.uniform("first", 0.35, 0.55), key.uniform("second", 0.7, 0.85), 1.0)):
            top = floor * round(front.floors * share)
            front.walls(a, b, (bottom, top))
            front.flat(f"level {k}", a, b, top, clutter=float(k == 2))
            crowns = [(a, b, top)]
            shrink = cladding.bay * (1 + key.integer(f"shrink {k}", 2))
            bottom, a, b = top, (a[0] + shrink, a[1] - shrink), (b[0] + shrink, b[1] - shrink)
            if a[1] - a[0] < 4 or b[1] - b[0] < 4:
                break
    elif plan == "podium":
        top = floor * min(3, front.floors)
        inset = cladding.bay
        front.walls(x, y, (BASE, top))
        front.flat("podium", x, y, top, clutter=0.4)
        a, b = (x[0] + inset, x[1] - inset), (y[0] + 2 * inset, y[1] - inset)
        front.walls(a, b, (top, h))
        front.flat("top", a, b, h)
        crowns = [(a, b, h)]
    elif plan == "twin":
        part = front.bay(round(front.bays * key.uniform("part", 0.4, 0.6)))
        other = floor * round(front.floors * key.uniform("other", 0.65, 0.88))
        tops = (h, other) if key.chance("left high", 0.5) else (other, h)
        for name, xs, ys, top in (
            ("left", (x[0], part), (y[0], y[1] - 0.15 * d), tops[0]),
            ("right", (part, x[1]), (y[0] + 0.15 * d, y[1]), tops[1]),
        ):
            front.walls(xs, ys, (BASE, top))
            front.flat(name, xs, ys, top)
            crowns.append((xs, ys, top))
    else:
        b = (y[0] + 0.22 * d, y[1] - 0.22 * d) if plan == "slab" else y
        front.walls(x, b, (BASE, h))
        front.flat("top", x, b, h)
        crowns = [(x, b, h)]
    a, b, top = crowns[0]
    if key.chance("fins", 0.4):
        fins = front.body.part("metal", key.pick("fin", ((0.4, 0.4, 0.41), (0.16, 0.16, 0.17), (0.55, 0.54, 0.52))))
        count = max(2, round((a[1] - a[0]) / (2 * cladding.bay)))
        at = [a[0] + (a[1] - a[0]) * k / count for k in range(count + 1)]
        fins.add(batches.walls([(v - 0.12, b[0] - 0.35, floor) for v in at], [(v + 0.12, b[0], top + 0.8) for v in at]))
    crown = key.pick("crown", ("box", "mast", "letters", "none"), (35, 25, 20, 20))
    middle = ((a[0] + a[1]) / 2, (b[0] + b[1]) / 2)
    if crown in ("box", "mast"):
        wide, deep = 0.3 * (a[1] - a[0]), 0.3 * (b[1] - b[0])
        front.body.part("metal", (0.3, 0.31, 0.32)).add(
            batches.boxes(
                [(middle[0] - wide, middle[1] - deep, top)], [(middle[0] + wide, middle[1] + deep, top + 1.4 * floor)]
            )
        )
        if crown == "mast":
            front.body.part("metal", (0.5, 0.5, 0.5)).add(
                batches.bars([(*middle, top)], [(*middle, top + 0.25 * h)], 0.3, 0.06, 6)
            )
    elif crown == "letters":
        glow = front.body.part("emitter", key.pick("letters", _POSTERS), power=0.3, night_power=1.2)
        glow.add(
            batches.cubes([(middle[0] + 1.1 * k, b[0] - 0.1, top + 0.2) for k in (-2, -1, 0, 1, 2)], (0.8, 0.2, 1.5))
        )


def far_block(site: Site, key: Key, place: Place, size: Size) -> None:
    """Build a distant building of one to three boxes; facades, floors and heights differ from one to the next."""
    w, d, h = size
    style = key.pick("style", ("brick", "plaster", "glass", "stone", "slabs"), (28, 34, 16, 10, 12))
    cladding = skin(key, style, w, h)
    front = Front(site, key, place, "building" if h < 45 else "skyscraper", size, cladding)
    x, y = (-w / 2, w / 2), (-d / 2, d / 2)
    top = [(x, y, h)]
    shape = key.pick("shape", ("whole", "step", "attic"), (40, 35, 25))
    if shape == "step" and front.bays > 3 and front.floors > 2:
        part = front.bay(round(front.bays * key.uniform("part", 0.3, 0.7)))
        other = cladding.floor * max(1, round(front.floors * key.uniform("other", 0.6, 0.9)))
        top = [((x[0], part), y, h), ((part, x[1]), y, other)]
    elif shape == "attic" and front.floors > 2:
        top = [(x, y, h - cladding.floor), ((x[0] + 0.12 * w, x[1] - 0.12 * w), (y[0] + 0.15 * d, y[1] - 0.15 * d), h)]
    for index, (a, b, z) in enumerate(top):
        base = h - cladding.floor if shape == "attic" and index else BASE
        front.walls(a, b, (base, z))
    pitched = shape == "whole" and h < 20 and style != "glass" and key.chance("pitched", 0.5)
    if pitched:
        planes, gables = roofs.gable(x, y, h, 0.5 * d * key.uniform("pitch", 0.4, 0.8), 0.3, 0.1)
        front.body.part("roof_tiles", roofs.tiles(key)).add(planes)
        front.walls(x, y, (BASE, h)).add(gables)
        return
    cover = front.body.part("flat_roof", (0.30, 0.29, 0.27), (0.2, 0.2, 0.2), style=key.integer("cover", 3))
    cover.add(batches.lids([(a[0], b[0], 0) for a, b, _ in top], [(a[1], b[1], z) for a, b, z in top]))
    a, b, z = top[0]
    units = front.body.part("plain", (0.34, 0.34, 0.34))
    spots = key.units("unit", 2, 3)
    low = [
        (a[0] + (a[1] - a[0]) * (0.15 + 0.5 * u), b[0] + (b[1] - b[0]) * (0.15 + 0.5 * v), z)
        for u, v, _ in spots.tolist()
    ]
    units.add(
        batches.boxes(
            low,
            [
                (p + 0.18 * (a[1] - a[0]), q + 0.2 * (b[1] - b[0]), r + 1.2 + 2.0 * t)
                for (p, q, r), t in zip(low, spots[:, 2].tolist(), strict=True)
            ],
        )
    )
