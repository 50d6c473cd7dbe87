"""Houses under construction."""

from __future__ import annotations

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.objects.fronts import BASE, Size
from sisbench.tinytown.objects.roofs import Span
from sisbench.tinytown.scene import Body, Place
from sisbench.tinytown.site import Site


def skeleton(site: Site, key: Key, place: Place, size: Size | None = None) -> None:
    """Build the concrete frame of a house under construction: slabs, columns, scaffold, nets; kind building."""
    w, d, h = size or (key.uniform("width", 14, 22), key.uniform("depth", 12, 16), key.uniform("height", 9, 24))
    body = site.scene.body("building", place, key)
    floors = max(2, round(h / 3.4))
    step = h / floors
    concrete = body.part("concrete", (0.42, 0.41, 0.39))
    x, y = (-w / 2, w / 2), (-d / 2, d / 2)
    columns_x = [x[0] + 0.5 + (w - 1.0) * k / max(1, round(w / 5)) for k in range(max(1, round(w / 5)) + 1)]
    columns_y = [y[0] + 0.5 + (d - 1.0) * k / max(1, round(d / 5)) for k in range(max(1, round(d / 5)) + 1)]
    posts = [(a, b) for a in columns_x for b in columns_y]
    top = h + 0.9
    concrete.add(batches.walls([(a - 0.2, b - 0.2, BASE) for a, b in posts], [(a + 0.2, b + 0.2, h) for a, b in posts]))
    concrete.add(batches.cubes([(0, 0, step * k) for k in range(1, floors + 1)], (w, d, 0.28)))
    rebar = body.part("metal", (0.22, 0.11, 0.06))
    bars = [(a + da, b + db) for a, b in posts for da in (-0.12, 0.12) for db in (-0.12, 0.12)]
    rebar.add(batches.bars([(a, b, h) for a, b in bars], [(a, b, top) for a, b in bars], 0.02, sections=3))
    core = (0.1 * w, 0.32 * w, -0.15 * d, 0.25 * d)
    concrete.add(batches.walls([(core[0], core[2], BASE)], [(core[1], core[3], h + 2.0)]))
    brick = body.part("brick", (0.36, 0.17, 0.10), (0.45, 0.43, 0.4))
    filled = []
    for k in range(floors):
        for i in range(len(columns_x) - 1):
            if key.chance(f"wall {k} {i}", 0.65 - 0.6 * k / floors):
                filled.append(
                    (
                        columns_x[i] + 0.2,
                        columns_x[i + 1] - 0.2,
                        step * k + 0.1,
                        step * (k + key.pick(f"high {k} {i}", (0.45, 0.95))),
                    )
                )
    if filled:
        brick.add(
            batches.boxes(
                [(a, y[0] + 0.35, low) for a, _, low, _ in filled], [(b, y[0] + 0.55, high) for _, b, _, high in filled]
            )
        )
    _scaffold(key, body, x, y[0] - 0.3, floors, step)


def _scaffold(key: Key, body: Body, x: Span, y: float, floors: int, step: float) -> None:
    """Scaffold before a front, some of it behind nets."""
    part = body.part
    steel = part("metal", (0.40, 0.40, 0.38), kind="scaffold")
    count = max(3, round((x[1] - x[0]) / 2.4))
    at = [x[0] + (x[1] - x[0]) * k / count for k in range(count + 1)]
    top = (floors - key.integer("floors left", 2)) * step + 1.0
    low, high = y - 1.1, y - 0.1
    starts = [(a, b, 0.0) for a in at for b in (low, high)]
    ends = [(a, b, top) for a in at for b in (low, high)]
    levels = [2.0 * k for k in range(1, int(top / 2.0) + 1)]
    for z in levels:
        starts += [(x[0], low, z + 1.0), (x[0], low, z + 0.5)]
        ends += [(x[1], low, z + 1.0), (x[1], low, z + 0.5)]
    for k in range(0, count, 2):
        for z in levels[:-1]:
            starts.append((at[k], low - 0.03, z))
            ends.append((at[k + 1], low - 0.03, z + 2.0))
    steel.add(batches.bars(starts, ends, 0.035, sections=4))
    boards = part("wood", (0.38, 0.27, 0.16), (0.25, 0.17, 0.1), kind="scaffold")
    boards.add(batches.cubes([((x[0] + x[1]) / 2, (low + high) / 2, z) for z in levels], (x[1] - x[0], 0.95, 0.06)))
    if key.chance("net", 0.6):
        net = part(
            "cloth", key.pick("net color", ((0.10, 0.26, 0.16), (0.5, 0.5, 0.48), (0.08, 0.18, 0.36))), kind="scaffold"
        )
        quads = []
        for k in range(count):
            for z in levels:
                if key.chance(f"net {k} {z:.0f}", 0.55):
                    quads.append(
                        [
                            (at[k], low - 0.06, z - 1.9),
                            (at[k + 1], low - 0.06, z - 1.9),
                            (at[k + 1], low - 0.06, z + 0.05),
                            (at[k], low - 0.06, z + 0.05),
                        ]
                    )
        if quads:
            net.add(shapes.quads(np.array(quads, np.float32)))
