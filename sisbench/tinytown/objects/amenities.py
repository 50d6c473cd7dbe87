"""Small furniture of streets."""

from __future__ import annotations

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

_WOOD: tuple[Color, ...] = ((0.30, 0.17, 0.08), (0.22, 0.13, 0.07), (0.36, 0.26, 0.16), (0.05, 0.12, 0.07))


_IRON: tuple[Color, ...] = ((0.04, 0.04, 0.045), (0.05, 0.09, 0.07), (0.25, 0.25, 0.26))


_BRIGHT: tuple[Color, ...] = (
    (0.58, 0.06, 0.05),
    (0.66, 0.48, 0.04),
    (0.05, 0.22, 0.50),
    (0.06, 0.34, 0.14),
    (0.62, 0.24, 0.03),
    (0.66, 0.65, 0.62),
)


_STONE: tuple[Color, ...] = ((0.42, 0.41, 0.38), (0.34, 0.33, 0.31), (0.48, 0.43, 0.35))


def bench(site: Site, key: Key, place: Place) -> None:
    """Put a bench 1.8 m long (local y); who sits on it looks to local +x, seat at 0.45 m."""
    body = site.scene.body("bench", place, key)
    wood = body.part("wood", key.pick("wood", _WOOD), (0.08, 0.05, 0.03))
    model = key.pick("model", ("slats", "stone", "plain"), (60, 20, 20))
    if model == "stone":
        body.part("concrete", key.pick("stone", _STONE)).add(
            batches.cubes([(0, -0.65, 0.2), (0, 0.65, 0.2)], (0.42, 0.24, 0.44))
        )
        wood.add(batches.cubes([(x, 0, 0.45) for x in (-0.17, 0, 0.17)], (0.13, 1.8, 0.06)))
        return
    seats = [(-0.18, 0, 0.45), (-0.02, 0, 0.45), (0.14, 0, 0.45)]
    wood.add(batches.cubes(seats, (0.12, 1.8, 0.035)))
    if model == "slats":
        wood.add(batches.cubes([(-0.28, 0, 0.62), (-0.32, 0, 0.76), (-0.36, 0, 0.9)], (0.04, 1.8, 0.1)))
    iron = body.part("metal", key.pick("iron", _IRON))
    feet = [[(-0.25, y, 0), (-0.22, y, 0.44), (0.2, y, 0.44), (0.24, y, 0)] for y in (-0.75, 0.75)]
    backs = [[(-0.22, y, 0.4), (-0.38, y, 0.94)] for y in (-0.75, 0.75)] if model == "slats" else []
    iron.add(batches.tubes([*feet, *backs], 0.03, 4))


def bin_(site: Site, key: Key, place: Place) -> None:
    """Put a litter bin or a wheeled dustbin."""
    body = site.scene.body("bin", place, key)
    if key.chance("wheeled", 0.45):
        color = key.pick("color", ((0.03, 0.14, 0.06), (0.05, 0.05, 0.055), (0.04, 0.10, 0.28), (0.16, 0.09, 0.04)))
        body.part("plain", color).add(batches.taper((0.24, 0.25), (0.29, 0.33), 0.06, 0.98))
        lid = body.part("plain", key.pick("lid", (color, (0.55, 0.42, 0.04), (0.03, 0.12, 0.35), color)))
        lid.add(batches.boxes([(-0.32, -0.36, 0.98)], [(0.34, 0.36, 1.06)]))
        body.part("plain", (0.02, 0.02, 0.02)).add(
            batches.cubes([(-0.26, -0.24, 0.1), (-0.26, 0.24, 0.1)], (0.2, 0.06, 0.2))
        )
    else:
        body.part("metal", key.pick("metal", (*_IRON, (0.45, 0.20, 0.03)))).add(
            shapes.lathe([(0.2, 0.12), (0.24, 0.8), (0.27, 0.82), (0.25, 0.88), (0.0, 0.97)], 10)
        )
        body.part("metal", (0.1, 0.1, 0.1)).add(batches.bars([(0, 0, -0.2)], [(0, 0, 0.15)], 0.06))


def bollard(site: Site, key: Key, place: Place) -> None:
    """Put a bollard, about 0.9 m high."""
    body = site.scene.body("bollard", place, key)
    tall = key.uniform("height", 0.75, 1.0)
    if key.chance("stone", 0.3):
        body.part("concrete", key.pick("stone", _STONE)).add(
            shapes.lathe([(0.17, -0.2), (0.15, tall - 0.25), (0.1, tall - 0.12), (0.0, tall - 0.08)], 8)
        )
        return
    body.part("metal", key.pick("iron", _IRON)).add(
        shapes.lathe(
            [
                (0.09, -0.2),
                (0.085, tall - 0.18),
                (0.06, tall - 0.16),
                (0.06, tall - 0.12),
                (0.08, tall - 0.06),
                (0.0, tall),
            ],
            8,
        )
    )
    if key.chance("band", 0.6):
        body.part("plain", (0.72, 0.72, 0.7)).add(
            batches.bars([(0, 0, tall - 0.32)], [(0, 0, tall - 0.22)], 0.092, sections=8)
        )


def hydrant(site: Site, key: Key, place: Place) -> None:
    """Put a fire hydrant."""
    body = site.scene.body("hydrant", place, key)
    paint = body.part("paint", key.pick("color", ((0.55, 0.04, 0.03), (0.65, 0.45, 0.03), (0.5, 0.07, 0.04))))
    paint.add(
        shapes.lathe([(0.15, -0.1), (0.15, 0.05), (0.1, 0.08), (0.1, 0.55), (0.13, 0.57), (0.11, 0.66), (0.0, 0.74)], 9)
    )
    paint.add(
        batches.bars([(0, -0.19, 0.42), (-0.17, 0, 0.36)], [(0, 0.19, 0.42), (0, 0, 0.36)], [0.06, 0.07], sections=7)
    )
    body.part("metal", (0.5, 0.5, 0.5)).add(
        batches.cubes([(0, -0.2, 0.42), (0, 0.2, 0.42), (-0.18, 0, 0.36)], (0.07, 0.07, 0.07))
    )


def mailbox(site: Site, key: Key, place: Place) -> None:
    """Put a public letter box that faces local +x."""
    body = site.scene.body("mailbox", place, key)
    paint = body.part(
        "paint", key.pick("color", ((0.66, 0.46, 0.02), (0.55, 0.03, 0.03), (0.03, 0.10, 0.38), (0.04, 0.25, 0.10)))
    )
    if key.chance("pillar", 0.35):
        paint.add(
            shapes.lathe(
                [(0.24, -0.1), (0.24, 0.1), (0.2, 0.12), (0.2, 1.3), (0.25, 1.33), (0.22, 1.42), (0.0, 1.5)], 10
            )
        )
    else:
        paint.add(batches.boxes([(-0.2, -0.26, 0.55)], [(0.2, 0.26, 1.25)]))
        side = [(-0.2, 1.25), (0.2, 1.25), (0.14, 1.38), (-0.14, 1.38)]
        paint.prism(side, 0.26)
        body.part("metal", (0.2, 0.2, 0.2)).add(batches.cubes([(0, -0.2, 0.25), (0, 0.2, 0.25)], (0.06, 0.06, 0.7)))
    body.part("plain", (0.03, 0.03, 0.03)).add(batches.cubes([(0.2, 0, 1.1)], (0.02, 0.32, 0.05)))


def cabinet(site: Site, key: Key, place: Place) -> None:
    """Put a cabinet of a power or telephone company, at times sprayed; kind crate."""
    body = site.scene.body("crate", place, key)
    wide, tall = key.uniform("wide", 0.4, 0.8), key.uniform("height", 0.9, 1.4)
    color = key.pick("color", ((0.42, 0.43, 0.40), (0.30, 0.33, 0.29), (0.5, 0.48, 0.43)))
    body.part("concrete", (0.4, 0.4, 0.38)).add(batches.boxes([(-0.2, -wide, -0.2)], [(0.2, wide, 0.1)]))
    body.part("plain", color).add(
        batches.boxes(
            [(-0.18, -wide + 0.02, 0.1), (-0.21, -wide, tall)], [(0.18, wide - 0.02, tall), (0.21, wide, tall + 0.05)]
        )
    )
    if key.chance("sprayed", 0.4):
        half = 0.4 * tall
        ink = key.pick("ink", _BRIGHT)
        for side in (-1, 1):
            part = body.part(
                "poster",
                color,
                ink,
                style=1,
                origin=(0.19 * side, 0, 0.55 * tall),
                half_width=wide * 0.9,
                half_height=half,
            )
            part.quad(
                (0.19 * side, -0.9 * wide, 0.15 * tall),
                (0.19 * side, 0.9 * wide, 0.15 * tall),
                (0.19 * side, 0.9 * wide, 0.95 * tall),
                (0.19 * side, -0.9 * wide, 0.95 * tall),
            )


def bicycle_rack(site: Site, key: Key, place: Place, count: int = 4) -> None:
    """Put `count` hoops for bicycles, 0.8 m apart along local y, kind railing."""
    body = site.scene.body("railing", place, key)
    rim = [(-0.38, 0, -0.1), (-0.38, 0, 0.62), (-0.25, 0, 0.8), (0.25, 0, 0.8), (0.38, 0, 0.62), (0.38, 0, -0.1)]
    paths = [[(x, 0.8 * (k - (count - 1) / 2), z) for x, _, z in rim] for k in range(count)]
    body.part("metal", key.pick("steel", ((0.45, 0.46, 0.46), (0.06, 0.06, 0.06)))).add(batches.tubes(paths, 0.028, 4))
