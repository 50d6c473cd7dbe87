"""Flat roofs and what stands on them."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.objects.roofs import Point, Span
from sisbench.tinytown.scene import Body, Color
from sisbench.tinytown.site import Site

_Thing = tuple[Point, Key]

FLAT_STYLES = {"gravel": 0, "tar": 1, "membrane": 2, "planted": 3}


_FLAT_COLORS: dict[str, tuple[Color, Color]] = {
    "gravel": ((0.30, 0.28, 0.26), (0.42, 0.40, 0.37)),
    "tar": ((0.085, 0.085, 0.09), (0.15, 0.15, 0.15)),
    "membrane": ((0.52, 0.52, 0.51), (0.42, 0.42, 0.42)),
    "planted": ((0.10, 0.13, 0.04), (0.24, 0.20, 0.09)),
}


_CLOTHS: tuple[Color, ...] = ((0.6, 0.58, 0.52), (0.5, 0.1, 0.07), (0.1, 0.25, 0.3))


def flat(
    site: Site,
    body: Body,
    key: Key,
    x: Span,
    y: Span,
    z: float,
    wall: Color,
    style: str | None = None,
    parapet: float = 0.5,
    clutter: float = 1.0,
    homes: bool = True,
) -> None:
    """A flat roof with a parapet, and what stands on it.

    Args:
        site: Where to build.
        body: The building.
        key: Of the roof.
        x: Walls, metres.
        y: Walls, metres.
        z: Height of the roof.
        wall: Colour of the parapet.
        style: One of `FLAT_STYLES`; None draws one.
        parapet: Its height, metres; 0: an edge of sheet metal.
        clutter: Share of the usual number of things on it; 0: bare.
        homes: Whether people sit on it in summer.
    """
    name = style or key.pick("roof", tuple(FLAT_STYLES), (34, 22, 26, 18))
    cover = body.part("flat_roof", *_FLAT_COLORS[name], style=FLAT_STYLES[name])
    cover.add(batches.lids([(x[0], y[0], 0)], [(x[1], y[1], z + 0.02)]))
    coping = body.part(
        "concrete" if key.chance("stone coping", 0.6) else "metal",
        key.pick("coping", ((0.45, 0.44, 0.42), (0.24, 0.24, 0.25), (0.33, 0.30, 0.27))),
    )
    thick, top = 0.28, z + max(parapet, 0.12)
    rim_low = [
        (x[0] - 0.05, y[0] - 0.05, z - 0.25),
        (x[0] - 0.05, y[1] - thick, z - 0.25),
        (x[0] - 0.05, y[0] + thick, z - 0.25),
        (x[1] - thick, y[0] + thick, z - 0.25),
    ]
    rim_high = [
        (x[1] + 0.05, y[0] + thick, top),
        (x[1] + 0.05, y[1] + 0.05, top),
        (x[0] + thick, y[1] - thick, top),
        (x[1] + 0.05, y[1] - thick, top),
    ]
    if parapet > 0.2:
        body.part("plain", (wall[0] * 0.96, wall[1] * 0.96, wall[2] * 0.96)).add(batches.walls(rim_low, rim_high))
        coping.add(
            batches.boxes(
                np.array(rim_low) * [1, 1, 0] + [-0.03, -0.03, top - 0.02],
                batches.moved(np.array(rim_high), 0.03, 0.03, 0.06),
            )
        )
    else:
        coping.add(batches.boxes(rim_low, rim_high))
    if clutter > 0:
        _clutter(body, key, x, y, z, wall, name, clutter, homes)


def _clutter(
    body: Body, key: Key, x: Span, y: Span, z: float, wall: Color, style: str, amount: float, homes: bool
) -> None:
    """Air conditioning, skylights, stair heads, pipes, solar panels, terraces: one in each cell of a grid at most."""
    columns, rows = max(1, int((x[1] - x[0] - 1.6) / 4.2)), max(1, int((y[1] - y[0] - 1.6) / 4.2))
    step = ((x[1] - x[0] - 1.6) / columns, (y[1] - y[0] - 1.6) / rows)
    if min(step) < 2.0:
        return
    cells = [
        (x[0] + 0.8 + (i + 0.5) * step[0], y[0] + 0.8 + (j + 0.5) * step[1], z)
        for i in range(columns)
        for j in range(rows)
    ]
    shuffle = key.units("order", len(cells))
    order = np.argsort(shuffle, kind="stable").tolist()
    room = (min(step[0], 5.0) - 0.4, min(step[1], 5.0) - 0.4)
    theme = key.pick("theme", ("mixed", "units", "solar", "terrace"), (50, 20, 15, 15 if homes else 0))
    head = [cells[order[0]]] if key.chance("stair head", 0.75) else []
    rest = [cells[k] for k in order[len(head) : len(head) + max(1, int(len(cells) * min(1.0, 0.55 * amount)))]]
    units: list[_Thing] = []
    lights: list[_Thing] = []
    panels: list[_Thing] = []
    decks: list[_Thing] = []
    pipes: list[_Thing] = []
    for index, cell in enumerate(rest):
        thing = key.child("thing", index)
        if theme == "solar" and style != "planted":
            kind = "panel" if thing.chance("panel", 0.85) else "unit"
        elif theme == "units":
            kind = thing.pick("kind", ("unit", "pipe"), (75, 25))
        elif theme == "terrace":
            kind = thing.pick("kind", ("deck", "light", "unit"), (60, 20, 20))
        else:
            kind = thing.pick("kind", ("unit", "light", "pipe", "panel", "deck"), (44, 26, 18, 8, 4 if homes else 0))
        {"unit": units, "light": lights, "panel": panels, "deck": decks, "pipe": pipes}[kind].append((cell, thing))
    if head:
        hx, hy, _ = head[0]
        a, b = min(room[0], 3.2) / 2, min(room[1], 3.6) / 2
        body.part("plain", (wall[0] * 0.92, wall[1] * 0.92, wall[2] * 0.92)).add(
            batches.walls([(hx - a, hy - b, z)], [(hx + a, hy + b, z + 2.5)])
        )
        body.part("flat_roof", *_FLAT_COLORS["tar"], style=1).add(
            batches.boxes([(hx - a - 0.1, hy - b - 0.1, z + 2.5)], [(hx + a + 0.1, hy + b + 0.1, z + 2.62)])
        )
        body.part("plain", key.pick("door", ((0.2, 0.2, 0.21), (0.3, 0.1, 0.07), (0.1, 0.16, 0.2)))).add(
            batches.boxes([(hx - 0.45, hy - b - 0.02, z)], [(hx + 0.45, hy - b, z + 2.05)])
        )
    if units or pipes:
        _units(body, key, units, pipes)
    if lights:
        low = np.array([c for c, _ in lights])
        half = np.array(
            [[k.uniform("wide", 0.5, 0.5 * room[0]), k.uniform("deep", 0.5, 0.4 * room[1]), 0] for _, k in lights]
        )
        body.part("plain", (0.34, 0.34, 0.34)).add(
            batches.boxes(low - half - [0.1, 0.1, 0], low + half + [0.1, 0.1, 0.3])
        )
        body.part("glass", (0.12, 0.16, 0.18)).add(batches.boxes(low - half + [0, 0, 0.3], low + half + [0, 0, 0.42]))
    if panels:
        quads = []
        for (px, py, pz), _ in panels:
            for k in range(3):
                edge = py - 0.45 * room[1] + k * room[1] / 3
                quads.append(
                    [
                        (px - room[0] / 2, edge, pz + 0.18),
                        (px + room[0] / 2, edge, pz + 0.18),
                        (px + room[0] / 2, edge + 0.85, pz + 0.62),
                        (px - room[0] / 2, edge + 0.85, pz + 0.62),
                    ]
                )
        body.part("glass", (0.012, 0.018, 0.05)).add(shapes.quads(np.array(quads, np.float32)))
    if decks:
        low = np.array([c for c, _ in decks])
        half = np.array([room[0] / 2, room[1] / 2, 0])
        body.part("wood", (0.34, 0.22, 0.13), (0.2, 0.13, 0.08)).add(
            batches.boxes(low - half, low + half + [0, 0, 0.12])
        )
        tubs = np.concatenate(
            [
                batches.moved(low, -half[0] + 0.3, -half[1] + 0.3, 0.1),
                batches.moved(low, half[0] - 0.3, half[1] - 0.3, 0.1),
            ]
        )
        body.part("foliage", (0.04, 0.08, 0.02), (0.12, 0.17, 0.04)).add(
            batches.balls(batches.moved(tubs, 0, 0, 0.4), (0.4, 0.4, 0.5))
        )
        shade = body.part("cloth", key.pick("shade", _CLOTHS))
        cone = shapes.cone(7)
        shade.add(batches.copies(cone, batches.moved(low[::2], 0.2, 0.1, 2.1), 1.25))
        shade.add(
            batches.bars(
                batches.moved(low[::2], 0.2, 0.1, 0.1), batches.moved(low[::2], 0.2, 0.1, 2.2), 0.04, sections=3
            )
        )


def _units(body: Body, key: Key, units: list[_Thing], pipes: list[_Thing]) -> None:
    """Air conditioning with dark fans, and vent pipes."""
    metal = body.part("metal", key.pick("metal", ((0.46, 0.47, 0.47), (0.36, 0.37, 0.37), (0.55, 0.54, 0.51))))
    if units:
        low = np.array([c for c, _ in units])
        half = np.array([[k.uniform("wide", 0.5, 1.3), k.uniform("deep", 0.45, 1.0), 0.0] for _, k in units])
        tall = np.array([[0.0, 0.0, k.uniform("tall", 0.7, 1.6)] for _, k in units])
        metal.add(batches.boxes(low - half + [0, 0, 0.15], low + half + tall))
        fans = body.part("plain", (0.05, 0.05, 0.055))
        disc = shapes.lathe([(0.36, 0.0), (0.0, 0.01)], 8)
        fans.add(batches.copies(disc, low + tall + [0, 0, 0.02]))
        ducts = low[key.units("duct", len(low)) < 0.4]
        if len(ducts):
            metal.add(batches.boxes(ducts - [0.25, 0.0, 0], batches.moved(ducts, 0.25, 2.6, 0.45)))
    if pipes:
        low = np.array([c for c, _ in pipes])
        tall = np.array([[0.0, 0.0, k.uniform("tall", 0.6, 1.8)] for _, k in pipes])
        metal.add(batches.bars(low, low + tall, 0.16, sections=6))
        metal.add(batches.copies(shapes.lathe([(0.26, -0.12), (0.0, 0.12)], 6), low + tall))
