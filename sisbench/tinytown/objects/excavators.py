"""Excavators on tracks."""

from __future__ import annotations

import functools

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects.mould import Casting, Finish, Mould, cast, creased, lamps, start, tube
from sisbench.tinytown.scene import Place
from sisbench.tinytown.shapes import turn_z
from sisbench.tinytown.site import Site


def excavator(site: Site, key: Key, place: Place) -> None:
    """Add an excavator; its tracks point along x, its arm in a direction of its own.

    Args:
        site: The world.
        key: For its choices.
        place: The ground below the middle of its tracks.
    """
    color = key.pick(
        "color",
        ((0.62, 0.38, 0.02), (0.60, 0.17, 0.015), (0.58, 0.46, 0.05), (0.30, 0.32, 0.33), (0.45, 0.03, 0.03)),
        (45, 25, 15, 8, 7),
    )
    finishes = {
        **lamps(True), "paint": Finish("paint", color), "track": Finish("plain", (0.035, 0.033, 0.03)),
        "steel": Finish("metal", (0.16, 0.15, 0.14)), "grey": Finish("plain", (0.06, 0.06, 0.062)),
    }  # fmt: skip
    body = site.scene.body("excavator", place, key)
    cast(body, _tracks(), finishes)
    turn = turn_z(key.uniform("turn", -1.2, 1.2))
    for name, (triangles, normals) in _house(key.integer("reach", 3)).items():
        start(body, finishes[name]).add((triangles, normals), turn)


@functools.cache
def _tracks() -> Casting:
    mould = Mould()
    outline = [
        (-1.7, 0.25),
        (-1.45, 0.0),
        (1.45, 0.0),
        (1.7, 0.25),
        (1.7, 0.55),
        (1.45, 0.8),
        (-1.45, 0.8),
        (-1.7, 0.55),
    ]
    for side in (-1, 1):
        mould.part("track").add(creased(shapes.prism(outline, 0.28)[0], 50), at=(0, side * 1.05, 0))
        mould.part("steel").box((0, side * 1.34, 0.42), (2.4, 0.05, 0.3))
    mould.part("steel").box((0, 0, 0.6), (1.6, 1.7, 0.4))
    mould.part("steel").cylinder((0, 0, 0.9), 0.7, 0.3)
    return mould.casting()


@functools.cache
def _house(reach: int) -> Casting:
    mould = Mould()
    paint, steel = mould.part("paint"), mould.part("steel")
    paint.add(
        creased(
            shapes.prism([(-2.0, 1.05), (1.0, 1.05), (1.0, 1.5), (-0.2, 1.9), (-1.85, 1.95), (-2.1, 1.6)], 1.3)[0], 30
        )
    )
    mould.part("grey").add(creased(shapes.prism([(-2.15, 1.05), (-1.5, 1.05), (-1.5, 1.75), (-2.15, 1.65)], 1.32)[0]))
    cab = [(-0.35, 1.1), (1.15, 1.1), (1.25, 1.75), (0.95, 2.85), (-0.35, 2.85)]
    mould.part("glass").add(creased(shapes.prism(cab, 0.48)[0]), at=(0, 0.78, 0))
    paint.box((0.35, 0.78, 2.9), (1.5, 1.0, 0.1))
    for x, z0, z1 in ((-0.35, 1.1, 2.85), (0.4, 1.1, 2.85)):
        for y in (0.28, 1.28):
            paint.box((x, y, (z0 + z1) / 2), (0.12, 0.06, z1 - z0))
    paint.box((0.4, 0.78, 1.35), (1.62, 1.02, 0.5))
    elbow = ((3.0, 4.1), (3.6, 3.5), (2.6, 4.6))[reach]
    wrist = ((5.2, 2.2), (5.6, 1.5), (4.6, 2.4))[reach]
    y = -0.15
    paint.add(
        tube(
            [(0.7, y, 1.6), (1.6, y, 3.3 if reach != 1 else 2.9), (elbow[0], y, elbow[1])],
            [(0.2, 0.22), (0.22, 0.36), (0.18, 0.2)],
            6,
        )
    )
    paint.add(
        tube(
            [(elbow[0] - 0.5, y, elbow[1] + 0.25), (elbow[0], y, elbow[1]), (wrist[0], y, wrist[1])],
            [(0.12, 0.12), (0.16, 0.28), (0.12, 0.12)],
            6,
        )
    )
    steel.add(tube([(1.0, y, 1.6), (2.0, y, 2.9)], [0.09, 0.09], 6))
    x, z = wrist
    steel.add(
        creased(
            shapes.prism(
                [(x + 0.15, z + 0.1), (x + 0.25, z - 0.5), (x - 0.1, z - 1.0), (x - 0.75, z - 0.9), (x - 0.6, z - 0.2)],
                0.5,
            )[0]
        ),
        at=(0, y, 0),
    )
    mould.part("head").box((1.05, 1.2, 2.98), (0.1, 0.16, 0.12))
    return mould.casting()
