"""What fronts wear: cornices, balconies, awnings, entrances, oriels, arcades, pictures."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.objects.fronts import BASE, Front
from sisbench.tinytown.objects.roofs import Point
from sisbench.tinytown.scene import Body, Color

_AWNINGS: tuple[Color, ...] = (
    (0.50, 0.06, 0.05),
    (0.05, 0.20, 0.10),
    (0.04, 0.08, 0.28),
    (0.60, 0.42, 0.08),
    (0.10, 0.10, 0.11),
    (0.42, 0.40, 0.36),
    (0.30, 0.07, 0.14),
)


_PALE: Color = (0.66, 0.65, 0.62)


_POSTERS: tuple[Color, ...] = (
    (0.55, 0.06, 0.05),
    (0.04, 0.16, 0.42),
    (0.62, 0.48, 0.05),
    (0.05, 0.30, 0.18),
    (0.60, 0.58, 0.54),
    (0.36, 0.08, 0.32),
)


def bands(front: Front) -> None:
    """Cornices, bands between storeys, plinths: they stand out from the front and catch the light."""
    key, w = front.key, front.width
    trim = front.body.part("concrete", front.skin.trim)
    y, levels = front.y0, []
    if key.chance("cornice", 0.75):
        levels.append((front.height - 0.3, 0.28, 0.32))
    if front.shop or key.chance("first band", 0.5):
        levels.append((front.skin.floor - 0.08, 0.14, 0.22))
    if key.chance("bands", 0.25):
        levels += [(front.skin.floor * k - 0.04, 0.07, 0.1) for k in range(2, front.floors)]
    if not front.shop:
        levels.append((0.0, 0.06, 0.55))
    low = [(-w / 2, y - out, z) for z, out, _ in levels]
    high = [(w / 2, y + 0.02, z + thick) for z, _, thick in levels]
    if levels:
        trim.add(batches.cubes((np.array(low) + np.array(high)) / 2, np.array(high) - np.array(low)))


def balconies(front: Front) -> None:
    """Balconies of kind balcony in columns, with solid fronts, glass or bars."""
    key, skin_ = front.key, front.skin
    if front.floors < 3:
        return
    every, start = 2 + key.integer("balcony every", 2), key.integer("balcony start", 2)
    columns = list(range(start, front.bays, every))
    if not columns:
        return
    deep, wide = key.uniform("balcony depth", 0.8, 1.3), min(skin_.bay * key.uniform("balcony width", 0.8, 1.25), 4.0)
    floors = range(1, front.floors - (front.key.integer("balcony top", 2)))
    spots = np.array([(front.bay(k + 0.5), front.y0 - deep / 2, f * skin_.floor) for k in columns for f in floors])
    if not len(spots):
        return
    spots[:, 0] = np.clip(spots[:, 0], -front.width / 2 + wide / 2, front.width / 2 - wide / 2)
    slab = front.body.part("concrete", (0.48, 0.47, 0.44), kind="balcony")
    slab.add(batches.cubes(batches.moved(spots, 0, 0, 0.05), (wide, deep, 0.16)))
    rail = key.pick("balcony rail", ("bars", "panel", "glass"), (40, 40, 20))
    edge = spots - [0, deep / 2 - 0.03, 0]
    sides = np.concatenate([spots - [wide / 2 - 0.02, 0, 0], batches.moved(spots, wide / 2 - 0.02, 0, 0)])
    if rail == "bars" and front.detailed:
        iron = front.body.part("metal", (0.06, 0.06, 0.065), kind="balcony")
        iron.add(batches.cubes(batches.moved(edge, 0, 0, 1.05), (wide, 0.05, 0.05)))
        iron.add(batches.cubes(batches.moved(sides, 0, 0, 1.05), (0.05, deep, 0.05)))
        posts = np.concatenate([batches.moved(edge, wide * (t / 8 - 0.5), 0, 0.58) for t in range(9)])
        iron.add(batches.walls(batches.moved(posts, -0.015, -0.015, -0.48), batches.moved(posts, 0.015, 0.015, 0.48)))
    else:
        tints: tuple[Color, ...] = (skin_.trim, skin_.color, (0.6, 0.59, 0.56), (0.35, 0.22, 0.12))
        panel = (
            front.body.part("glass", (0.16, 0.20, 0.20), kind="balcony")
            if rail == "glass"
            else front.body.part("plain", key.pick("balcony panel", tints), kind="balcony")
        )
        panel.add(batches.cubes(batches.moved(edge, 0, 0, 0.6), (wide, 0.05, 0.95)))
        panel.add(batches.cubes(batches.moved(sides, 0, 0, 0.6), (0.05, deep, 0.95)))


def oriels(front: Front) -> None:
    """Bays that stand out from the front over all upper floors but the last."""
    key, floor = front.key, front.skin.floor
    every = 2 + key.integer("every", 2)
    start = key.integer("start", every)
    low, high = floor, front.height - floor * key.integer("last", 2) - 0.4
    spans = [(front.bay(k), front.bay(k + 1)) for k in range(start, front.bays, every)]
    if not spans:
        return
    y = front.y0
    part = front.walls((spans[0][0], spans[0][1]), (y - 0.8, y), (low, high))
    for a, b in spans[1:]:
        part.add(batches.walls([(a, y - 0.8, low)], [(b, y, high)]))
    trim = front.body.part("plain", front.skin.trim)
    trim.add(
        batches.cubes(
            [((a + b) / 2, y - 0.4, z) for a, b in spans for z in (low, high)], (front.skin.bay + 0.12, 0.94, 0.2)
        )
    )


def arcade(front: Front) -> None:
    """Columns before the ground floor and the slab that they carry."""
    floor = front.skin.floor
    columns = front.body.part("concrete", (0.46, 0.44, 0.41))
    y = front.y0
    at = [(front.bay(k), y - 1.2) for k in range(front.bays + 1)]
    low = [(min(max(a, -front.width / 2 + 0.2), front.width / 2 - 0.2) - 0.2, b - 0.2, BASE) for a, b in at]
    columns.add(batches.boxes(low, [(a + 0.4, b + 0.4, floor - 0.1) for a, b, _ in low]))
    columns.add(batches.boxes([(-front.width / 2, y - 1.45, floor - 0.35)], [(front.width / 2, y, floor + 0.1)]))


def awnings(front: Front) -> None:
    """Awnings of kind awning over some of the shop windows, blade signs between them."""
    key, floor = front.key, front.skin.floor
    bays = max(1, front.bays // max(1, round(4.0 / front.skin.bay)))
    step = front.width / bays
    quads, lit = [], []
    high, low = 0.80 * floor, 0.66 * floor
    out = key.uniform("awning", 0.9, 1.4)
    y = front.y0
    for k in range(bays):
        a, b = -front.width / 2 + k * step + 0.2, -front.width / 2 + (k + 1) * step - 0.2
        if key.chance(f"awning {k}", 0.45):
            quads += [
                [(a, y - out, low), (b, y - out, low), (b, y - 0.02, high), (a, y - 0.02, high)],
                [(a, y - out, low - 0.22), (b, y - out, low - 0.22), (b, y - out, low), (a, y - out, low)],
            ]
        elif key.chance(f"blade {k}", 0.4):
            lit.append((b + 0.1, y - 0.45, 0.9 * floor + 0.3))
    if quads:
        color = key.pick("awning color", _AWNINGS)
        striped = key.chance("striped", 0.5)
        if striped:
            cloth = front.body.part("stripes", color, _PALE, kind="awning", period=0.5)
        else:
            cloth = front.body.part("cloth", color, kind="awning")
        cloth.add(shapes.quads(np.array(quads, np.float32)))
    if lit and front.detailed:
        glow = front.body.part("emitter", key.pick("blade color", _POSTERS), power=0.25, night_power=0.9)
        glow.add(batches.cubes(lit, (0.12, 0.7, 0.7)))
        front.body.part("metal", (0.1, 0.1, 0.1)).add(
            batches.cubes(batches.moved(np.array(lit), 0, 0, 0), (0.14, 0.76, 0.05))
        )
    if front.detailed:
        front.body.lamp((0.0, y - 1.2, 0.8 * floor), (1.0, 0.82, 0.55), 5.0)


def entrance(front: Front) -> None:
    """A door with a frame, a canopy and steps."""
    key, y = front.key, front.y0
    x = front.bay(key.integer("door", front.bays) + 0.5)
    stone = front.body.part("concrete", (0.44, 0.43, 0.40))
    stone.add(
        batches.boxes([(x - 0.95, y - 0.75, BASE), (x - 0.8, y - 0.4, BASE)], [(x + 0.95, y, 0.16), (x + 0.8, y, 0.32)])
    )
    front.body.part("plain", front.skin.trim).add(
        batches.cubes(
            [(x - 0.68, y - 0.06, 1.5), (x + 0.68, y - 0.06, 1.5), (x, y - 0.06, 2.72)],
            [(0.2, 0.16, 2.4), (0.2, 0.16, 2.4), (1.56, 0.16, 0.22)],
        )
    )
    doors: tuple[Color, ...] = (
        (0.16, 0.08, 0.04),
        (0.05, 0.12, 0.08),
        (0.28, 0.04, 0.03),
        (0.04, 0.06, 0.12),
        (0.3, 0.28, 0.25),
    )
    front.body.part("wood", key.pick("door color", doors), (0.05, 0.04, 0.03)).add(
        batches.cubes([(x, y - 0.02, 1.45)], (1.16, 0.06, 2.3))
    )
    if key.chance("canopy", 0.4):
        front.body.part("metal", (0.2, 0.2, 0.21)).add(batches.cubes([(x, y - 0.5, 2.95)], (1.9, 1.0, 0.1)))


def pictures(front: Front) -> None:
    """Graffiti at the foot of side walls, painted advertisements higher up."""
    key = front.key
    for side, name in ((-1, "left"), (1, "right")):
        at = side * (front.width / 2 + 0.02)
        if key.chance(f"mural {name}", 0.16) and front.depth > 6 and front.height > 9:
            half, high = min(3.2, 0.3 * front.depth), min(4.0, 0.28 * front.height)
            z = 0.62 * front.height
            picture(front.body, key.child("mural", name), (at, -0.1 * front.depth, z), half, high)
        if key.chance(f"graffiti {name}", 0.2) and front.depth > 5:
            half = key.uniform(f"wide {name}", 1.0, 2.0)
            picture(
                front.body,
                key.child("graffiti", name),
                (at, -front.depth / 2 + half + 0.5, 1.15),
                half,
                0.75,
                front.skin.color,
            )


def picture(body: Body, key: Key, at: Point, half: float, high: float, wall: Color | None = None) -> None:
    """Hang a picture on a wall that looks along local x, or spray it where the colour of the wall is given."""
    ink, ground = key.pick("ink", _POSTERS), key.pick("ground", _POSTERS)
    part = body.part(
        "poster",
        wall or ink,
        ink if wall else ground,
        origin=at,
        half_width=half,
        half_height=high,
        style=float(wall is not None),
    )
    x, y, z = at
    part.quad((x, y - half, z - high), (x, y + half, z - high), (x, y + half, z + high), (x, y - half, z + high))
