"""Caravans and small trailers, standing alone."""

from __future__ import annotations

import functools

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects.mould import Casting, Finish, Mould, axle, cast, creased, lamps, tube
from sisbench.tinytown.scene import Place
from sisbench.tinytown.site import Site


def caravan(site: Site, key: Key, place: Place) -> None:
    """Add a caravan of 6 metres with its drawbar.

    Args:
        site: The world.
        key: For its choices.
        place: Its centre on the ground; its drawbar points along x.
    """
    color = key.pick("color", ((0.70, 0.69, 0.66), (0.62, 0.58, 0.48), (0.55, 0.57, 0.58)))
    stripe = key.pick(
        "stripe", ((0.05, 0.12, 0.35), (0.40, 0.04, 0.03), (0.30, 0.20, 0.10), (0.12, 0.25, 0.14), (0.3, 0.3, 0.3))
    )
    finishes = {
        **lamps(True),
        "paint": Finish("paint", color),
        "stripe": Finish("paint", stripe),
        "door": Finish("plain", (0.55, 0.54, 0.52)),
    }
    cast(site.scene.body("caravan", place, key), _caravan(), finishes, key.uniform("size", 0.92, 1.08))


@functools.cache
def _caravan() -> Casting:
    mould = Mould()
    outline = [
        (-2.55, 0.55),
        (2.3, 0.5),
        (2.55, 0.9),
        (2.45, 1.7),
        (1.95, 2.45),
        (1.5, 2.58),
        (-2.2, 2.58),
        (-2.55, 2.3),
    ]
    mould.part("paint").add(creased(shapes.prism(outline, 1.08, 1.04)[0], 45))
    for side in (-1, 1):
        for x, width in ((-1.5, 1.0), (1.05, 0.9)):
            mould.part("glass").box((x, side * 1.065, 1.75), (width, 0.03, 0.55))
        mould.part("stripe").box((-0.1, side * 1.075, 1.15), (4.6, 0.03, 0.18))
    mould.part("glass").box((2.32, 0, 1.85), (0.06, 1.6, 0.5), shapes.turn_y(-0.55))
    mould.part("glass").box((-2.55, 0, 1.8), (0.03, 1.3, 0.5))
    mould.part("door").box((-0.2, -1.07, 1.4), (0.65, 0.03, 1.7))
    mould.part("metal").add(tube([(2.2, -0.6, 0.5), (3.4, 0, 0.5)], [0.05, 0.05], 4))
    mould.part("metal").add(tube([(2.2, 0.6, 0.5), (3.4, 0, 0.5)], [0.05, 0.05], 4))
    mould.part("metal").add(tube([(3.2, 0, 0.5), (3.2, 0, 0.0)], [0.04, 0.06], 5))
    axle(mould, -0.2, 2.05, 0.32, 0.18)
    for side in (-1, 1):
        mould.part("tail").box((-2.57, side * 0.85, 0.95), (0.04, 0.18, 0.3))
    return mould.casting()


def trailer(site: Site, key: Key, place: Place) -> None:
    """Add a small open trailer with its drawbar, empty or loaded.

    Args:
        site: The world.
        key: For its choices.
        place: Its centre on the ground; its drawbar points along x.
    """
    load = key.pick("load", ("", "cover", "wood"), (4, 4, 2))
    color = key.pick("color", ((0.35, 0.36, 0.37), (0.20, 0.12, 0.06), (0.05, 0.10, 0.28), (0.35, 0.04, 0.03)))
    cover = key.pick("cover", ((0.05, 0.12, 0.30), (0.22, 0.23, 0.24), (0.05, 0.18, 0.09)))
    finishes = {
        **lamps(True),
        "walls": Finish("metal" if color[0] > 0.34 else "paint", color),
        "cover": Finish("cloth", cover),
        "wood": Finish("wood", (0.36, 0.25, 0.13)),
    }
    cast(site.scene.body("trailer", place, key), _trailer(load), finishes)


@functools.cache
def _trailer(load: str) -> Casting:
    mould = Mould()
    walls = mould.part("walls")
    walls.box((-0.1, 0, 0.52), (2.3, 1.3, 0.06))
    for side in (-1, 1):
        walls.box((-0.1, side * 0.65, 0.72), (2.3, 0.04, 0.4))
        walls.box((-0.1 + side * 1.15, 0, 0.72), (0.04, 1.3, 0.4))
        mould.part("tail").box((-1.28, side * 0.5, 0.5), (0.04, 0.18, 0.1))
        mould.part("metal").add(tube([(1.0, side * 0.4, 0.48), (1.95, 0, 0.45)], [0.03, 0.03], 4))
        mould.part("black").box((-0.15, side * 0.78, 0.66), (0.72, 0.22, 0.05))
    mould.part("metal").add(tube([(1.8, 0, 0.45), (1.8, 0, 0.0)], [0.025, 0.04], 5))
    if load == "cover":
        mould.part("cover").add(
            creased(shapes.prism([(-1.27, 0.8), (1.07, 0.8), (1.0, 1.35), (-1.2, 1.35)], 0.68, 0.62)[0])
        )
    elif load == "wood":
        mould.part("wood").prism([(-1.2, 0.6), (1.0, 0.6), (0.7, 1.15), (-0.9, 1.2)], 0.6, 0.4)
    axle(mould, -0.15, 1.72, 0.29, 0.17, 8)
    return mould.casting()
