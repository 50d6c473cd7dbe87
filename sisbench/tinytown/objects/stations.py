"""Petrol stations."""

from __future__ import annotations

from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches, rooftops
from sisbench.tinytown.objects.fronts import BASE
from sisbench.tinytown.objects.skins import skin
from sisbench.tinytown.scene import Color, Place
from sisbench.tinytown.site import Site

_BRANDS: tuple[Color, ...] = (
    (0.60, 0.04, 0.04),
    (0.03, 0.12, 0.42),
    (0.66, 0.46, 0.02),
    (0.04, 0.28, 0.10),
    (0.60, 0.22, 0.02),
    (0.30, 0.05, 0.26),
)


def gas_station(site: Site, key: Key, place: Place) -> None:
    """Build a petrol station within 24 x 18 m: canopy, pumps, a shop behind, a price board; kind building."""
    body = site.scene.body("building", place, key)
    brand: Color = key.pick("brand", _BRANDS)
    wide, deep, z = key.uniform("wide", 11, 16), key.uniform("deep", 7, 9), 5.0
    y = -3.5
    body.part("plain", (0.66, 0.66, 0.64)).add(batches.cubes([(0, y, z + 0.2)], (wide, deep, 0.5)))
    band = body.part("plain", brand)
    band.add(
        batches.cubes(
            [
                (0, y - deep / 2, z + 0.25),
                (0, y + deep / 2, z + 0.25),
                (-wide / 2, y, z + 0.25),
                (wide / 2, y, z + 0.25),
            ],
            [(wide + 0.1, 0.12, 0.75)] * 2 + [(0.12, deep + 0.1, 0.75)] * 2,
        )
    )
    body.part("metal", (0.5, 0.5, 0.5)).add(
        batches.bars(
            [(a, y, BASE) for a in (-0.3 * wide, 0.3 * wide)],
            [(a, y, z) for a in (-0.3 * wide, 0.3 * wide)],
            0.2,
            sections=8,
        )
    )
    glow = body.part("emitter", (0.95, 0.96, 1.0), power=0.5, night_power=1.6)
    glow.add(
        batches.cubes([(a, y + b, z - 0.05) for a in (-0.3 * wide, 0.0, 0.3 * wide) for b in (-2, 2)], (1.0, 0.6, 0.06))
    )
    islands = [(a, y + b) for a in (-0.3 * wide, 0.3 * wide) for b in (-1.9, 1.9)]
    body.part("concrete", (0.44, 0.43, 0.41)).add(
        batches.boxes(
            [(a - 0.6, y - 3, -0.3) for a in (-0.3 * wide, 0.3 * wide)],
            [(a + 0.6, y + 3, 0.16) for a in (-0.3 * wide, 0.3 * wide)],
        )
    )
    body.part("plain", (0.62, 0.61, 0.58)).add(
        batches.boxes([(a - 0.35, b - 0.45, 0.16) for a, b in islands], [(a + 0.35, b + 0.45, 1.5) for a, b in islands])
    )
    band.add(
        batches.boxes([(a - 0.37, b - 0.47, 1.5) for a, b in islands], [(a + 0.37, b + 0.47, 1.9) for a, b in islands])
    )
    body.part("plain", (0.03, 0.03, 0.03)).add(
        batches.boxes([(a - 0.37, b - 0.25, 0.9) for a, b in islands], [(a + 0.37, b + 0.25, 1.3) for a, b in islands])
    )
    shop_x, shop_y = (-0.42 * wide, 0.42 * wide), (4.0, 8.3)
    look = skin(key, "glass", shop_x[1] - shop_x[0], 3.6)._replace(floor=3.6, style="plaster")
    part = look.part(body, site, 3.6, (shop_x[0], shop_y[0], 0.0), shop=True, color=(0.6, 0.59, 0.56))
    part.add(batches.walls([(shop_x[0], shop_y[0], BASE)], [(shop_x[1], shop_y[1], 3.6)]))
    rooftops.flat(site, body, key.child("shop roof"), shop_x, shop_y, 3.6, brand, parapet=0.5, homes=False)
    at = (wide / 2 + 2.5, y - deep / 2 - 0.5)
    body.part("plain", (0.2, 0.2, 0.2), kind="billboard").add(
        batches.boxes([(at[0] - 0.15, at[1] - 0.7, -0.3)], [(at[0] + 0.15, at[1] + 0.7, 5.5)])
    )
    for side in (-1, 1):
        board = body.part(
            "sign",
            brand,
            (0.8, 0.8, 0.78),
            kind="billboard",
            origin=(at[0] + side * 0.17, at[1], 3.7),
            shape=2,
            half_width=0.65,
            half_height=1.6,
        )
        board.quad(
            (at[0] + side * 0.17, at[1] - 0.65, 2.1),
            (at[0] + side * 0.17, at[1] + 0.65, 2.1),
            (at[0] + side * 0.17, at[1] + 0.65, 5.3),
            (at[0] + side * 0.17, at[1] - 0.65, 5.3),
        )
    for a in (-0.3 * wide, 0.3 * wide):
        body.lamp((a, y, z - 0.4), (0.95, 0.96, 1.0), 16.0)
