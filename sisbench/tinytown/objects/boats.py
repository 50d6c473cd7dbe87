"""Boats: rowing boats, motor boats, sailing yachts, barges."""

from __future__ import annotations

import functools

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects.mould import Casting, Finish, Mould, cast, creased, grid, halves, mirrored, tube
from sisbench.tinytown.scene import Place
from sisbench.tinytown.site import Site

MODELS = ("rowing boat", "motor boat", "yacht", "barge")


def boat(site: Site, key: Key, place: Place, model: str | None = None) -> None:
    """Add a boat of 4 to 22 metres.

    Args:
        site: The world.
        key: For its choices.
        place: Its centre; z is the surface of the water. It sails along x.
        model: One of `MODELS`. None: drawn.
    """
    model = model or key.pick("model", MODELS, (25, 35, 28, 12))
    if model not in MODELS:
        raise ValueError(f"model is {model!r}; it must be one of {', '.join(MODELS)}")
    hull = key.pick(
        "hull",
        ((0.70, 0.70, 0.68), (0.03, 0.06, 0.20), (0.38, 0.03, 0.03), (0.03, 0.14, 0.09), (0.02, 0.02, 0.022)),
        (45, 18, 12, 12, 13),
    )
    deck = key.pick("deck", ((0.34, 0.21, 0.10), (0.62, 0.61, 0.57)))
    second = key.pick("second", ((0.05, 0.12, 0.34), (0.40, 0.04, 0.03), (0.55, 0.52, 0.45), (0.05, 0.2, 0.12)))
    finishes = {
        "hull": Finish("paint", hull), "deck": Finish("wood", deck), "white": Finish("paint", (0.70, 0.70, 0.68)),
        "glass": Finish("glass", (0.03, 0.036, 0.04)),
        "metal": Finish("metal", (0.45, 0.46, 0.47)), "cloth": Finish("cloth", second),
        "stripe": Finish("paint", second), "black": Finish("plain", (0.02, 0.02, 0.02)),
    }  # fmt: skip
    size = 1.0 if model == "barge" else key.uniform("size", 0.88, 1.12)
    cast(site.scene.body("boat", place, key), _casting(model), finishes, size)


def _hull(mould: Mould, length: float, half: float, free: float, sheer: float, stern: float, depth: float) -> None:
    """Skin of a hull and its deck; `free` is the height of its sides, `stern` its width behind, as a share."""
    stations = [0.0, 0.12, 0.35, 0.6, 0.8, 0.93, 1.0]
    widths = [stern, 0.5 * (1 + stern) * 0.98, 1.0, 0.96, 0.68, 0.3, 0.0]
    rows = []
    for s, w in zip(stations, widths, strict=True):
        x = -length / 2 + s * length
        top = free + sheer * max(0.0, s - 0.35) ** 2
        rake = 0.06 * length * (s - 0.5) if s > 0.5 else 0.0
        rows.append(
            [
                (x - rake, 0.0, -depth),
                (x - 0.6 * rake, 0.72 * w * half, -0.4 * depth),
                (x - 0.2 * rake, 0.95 * w * half, 0.45 * top),
                (x, w * half, top),
            ]
        )
    points = np.array(rows, np.float32)
    mould.part("hull").add(creased(mirrored(halves(grid(points))), 50))
    edge = points[:, 3] - np.array([0, 0, 0.06], np.float32)
    ridge = edge * np.array([1, 0, 1], np.float32)
    mould.part("deck").add(shapes.flat(mirrored(halves(np.stack([edge[:-1], edge[1:], ridge[1:], ridge[:-1]], 1)))))
    back = np.stack([points[0, :], points[0, :] * np.array([1, -1, 1], np.float32)])
    mould.part("hull").add(shapes.flat(halves(grid(back))))
    rail = points[:, 3]
    rim = np.stack([rail, rail * np.array([1, 0.9, 1], np.float32) + np.array([0, 0, 0.05], np.float32)])
    mould.part("stripe").add(shapes.flat(mirrored(halves(grid(rim)))))


@functools.cache
def _casting(model: str) -> Casting:
    mould = Mould()
    white, glass = mould.part("white"), mould.part("glass")
    if model == "rowing boat":
        _hull(mould, 4.2, 0.75, 0.45, 0.6, 0.7, 0.25)
        for x in (-1.1, 0.0, 1.0):
            mould.part("metal").box((x, 0, 0.46), (0.25, 1.1, 0.05))
    elif model == "motor boat":
        _hull(mould, 7.2, 1.25, 0.85, 0.8, 0.9, 0.3)
        white.add(creased(shapes.prism([(-0.6, 0.8), (1.9, 0.95), (1.2, 1.35), (-0.6, 1.35)], 0.85, 0.75)[0]))
        glass.add(creased(shapes.prism([(0.0, 1.3), (1.35, 1.3), (0.75, 1.85), (0.0, 1.85)], 0.82, 0.7)[0]))
        white.box((0.1, 0, 1.9), (1.6, 1.5, 0.07))
        mould.part("black").box((-3.7, 0, 0.75), (0.4, 0.4, 0.7))
    elif model == "yacht":
        _hull(mould, 9.5, 1.5, 0.95, 0.8, 0.75, 0.4)
        white.add(creased(shapes.prism([(-1.4, 0.9), (2.4, 0.95), (1.6, 1.45), (-1.4, 1.55)], 0.85, 0.7)[0]))
        for side in (-1, 1):
            glass.box((0.2, side * 0.79, 1.25), (2.0, 0.05, 0.2))
            mould.part("metal").add(tube([(0.9, side * 1.4, 0.95), (0.9, 0, 11.0)], [0.012] * 2, 3))
        metal = mould.part("metal")
        metal.add(tube([(0.9, 0, 0.8), (0.9, 0, 11.8)], [0.09, 0.06], 6))
        metal.add(tube([(0.9, 0, 1.9), (-3.2, 0, 1.8)], [0.06] * 2, 5))
        mould.part("cloth").add(tube([(0.7, 0, 2.1), (-1.2, 0, 2.12), (-3.0, 0, 1.95)], [0.2, 0.17, 0.08], 6))
        for a, b in (((4.6, 0, 1.3), (0.9, 0, 11.6)), ((-4.7, 0, 1.0), (0.9, 0, 11.8))):
            metal.add(tube([a, b], [0.012] * 2, 3))
    else:
        _hull(mould, 22.0, 2.4, 1.0, 0.9, 0.85, 0.5)
        mould.part("stripe").add(
            creased(shapes.prism([(-6.0, 0.95), (7.0, 0.95), (6.8, 1.7), (-6.0, 1.7)], 1.8, 1.6)[0])
        )
        white.box((-8.2, 0, 1.9), (3.2, 3.4, 2.0))
        for side in (-1, 1):
            for x in (-8.9, -7.6):
                glass.box((x, side * 1.71, 2.2), (0.8, 0.05, 0.7))
        glass.box((-6.58, 0, 2.25), (0.06, 2.8, 0.75))
        white.box((-8.1, 0, 2.95), (3.8, 3.8, 0.1))
    return mould.casting()
