"""Shapes of flat-roofed blocks: whole, with a wing or a court behind, stepped, with a corner tower, set back."""

from __future__ import annotations

from collections.abc import Callable

from sisbench.tinytown import shapes
from sisbench.tinytown.objects import batches, roofs
from sisbench.tinytown.objects.fronts import BASE, Front
from sisbench.tinytown.objects.roofs import Span
from sisbench.tinytown.scene import Color


def raise_flat(front: Front) -> None:
    """Raise the walls and flat roofs of a block in one of several shapes."""
    fitting = [name for name, (_, _, fits) in PLANS.items() if fits(front)]
    plan = front.key.pick("plan", fitting, [PLANS[name][1] for name in fitting])
    PLANS[plan][0](front)


def _mass(front: Front, name: str, x: Span, y: Span, top: float, low: float = BASE, clutter: float = 1.0) -> None:
    front.walls(x, y, (low, top))
    front.flat(name, x, y, top, clutter=clutter)


def _whole(front: Front) -> None:
    _mass(front, "main", front.x, front.y, front.height)


def _wing(front: Front) -> None:
    """A bar along the street, a wing behind, and a low yard building beside the wing."""
    key, h, floor, x, y = front.key, front.height, front.skin.floor, front.x, front.y
    deep = y[0] + 0.58 * front.depth
    part = front.bay(round(front.bays * key.uniform("wing", 0.35, 0.6)))
    wing, yard = ((x[0], part), (part, x[1])) if key.chance("left", 0.5) else ((part, x[1]), (x[0], part))
    drop = floor * key.integer("drop", 2) if front.floors > 3 else 0.0
    _mass(front, "main", x, (y[0], deep), h)
    _mass(front, "wing", wing, (deep, y[1]), h - drop)
    _mass(front, "yard", yard, (deep, y[1]), floor, clutter=0.5)


def _court(front: Front) -> None:
    """Four bars around a paved court."""
    h, x, y = front.height, front.x, front.y
    lower = h - front.skin.floor if front.floors > 2 else h
    a, b = y[0] + 0.36 * front.depth, y[1] - 0.3 * front.depth
    side = max(1, round(0.28 * front.bays))
    left, right = front.bay(side), front.bay(front.bays - side)
    _mass(front, "front", x, (y[0], a), h)
    _mass(front, "left", (x[0], left), (a, b), lower)
    _mass(front, "right", (right, x[1]), (a, b), lower)
    _mass(front, "back", x, (b, y[1]), h)
    paving = front.body.part("paving", (0.3, 0.29, 0.27), (0.2, 0.2, 0.19), tile=0.5)
    paving.add(batches.lids([(left, a, 0)], [(right, b, 0.3)]))


def _stepped(front: Front) -> None:
    """Two parts, one of them one or two storeys lower."""
    key, h, floor = front.key, front.height, front.skin.floor
    part = front.bay(round(front.bays * key.uniform("step", 0.35, 0.65)))
    lower = max(h - floor * (1 + key.integer("drop", 2)), 2 * floor)
    left, right = (lower, h) if key.chance("left low", 0.5) else (h, lower)
    _mass(front, "left", (front.x[0], part), front.y, left)
    _mass(front, "right", (part, front.x[1]), front.y, right)


def _setback(front: Front) -> None:
    """A broad lower part and a narrower upper one."""
    key, floor, x, y = front.key, front.skin.floor, front.x, front.y
    first = floor * max(2, round(front.floors * key.uniform("first", 0.4, 0.7)))
    step = key.uniform("step back", 1.5, 3.0)
    inner = (front.bay(1), front.bay(front.bays - 1)) if key.chance("sides", 0.5) else x
    _mass(front, "low", x, y, first, clutter=0.0)
    _mass(front, "top", inner, (y[0] + step, y[1] - step), front.height, low=first)


def _corner(front: Front) -> None:
    _whole(front)
    _corner_tower(front)


def _corner_tower(front: Front) -> None:
    key, floor = front.key, front.skin.floor
    wide = min(2 * front.skin.bay, 0.4 * front.width)
    left = key.chance("tower left", 0.5)
    x = (-front.width / 2, -front.width / 2 + wide) if left else (front.width / 2 - wide, front.width / 2)
    y = (-front.depth / 2 - 0.35, -front.depth / 2 + wide)
    top = front.height + floor * (1 + key.integer("tower floors", 2))
    front.walls(x, y, (floor, top))
    style = key.pick("tower roof", ("pyramid", "dome", "flat"))
    if style == "pyramid":
        front.body.part("roof_tiles", roofs.tiles(key)).add(
            roofs.pyramid(x, y, top, wide * key.uniform("spire", 0.6, 1.3), 0.25)
        )
    elif style == "dome":
        copper: Color = key.pick("dome", ((0.16, 0.33, 0.27), (0.2, 0.2, 0.21), (0.10, 0.10, 0.11)))
        profile = [
            (wide * 0.55, 0.0),
            (wide * 0.52, wide * 0.25),
            (wide * 0.36, wide * 0.5),
            (wide * 0.12, wide * 0.66),
            (0.08, wide * 0.72),
            (0.0, wide * 1.1),
        ]
        front.body.part("metal", copper).add(shapes.lathe(profile, 12), at=((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, top))
    front.flat("tower", x, y, top, clutter=0.0)


Plan = tuple[Callable[[Front], None], int, Callable[[Front], bool]]

PLANS: dict[str, Plan] = {
    "whole": (_whole, 26, lambda front: front.floors < 9),
    "wing": (_wing, 16, lambda front: front.bays >= 4 and front.depth > 9),
    "court": (_court, 8, lambda front: front.bays >= 4 and front.depth > 12),
    "stepped": (_stepped, 16, lambda front: front.bays >= 4 and front.floors > 2),
    "corner": (_corner, 12, lambda front: front.bays >= 4),
    "setback": (_setback, 20, lambda front: front.bays >= 4 and front.floors >= 7),
    "tall": (_whole, 16, lambda front: front.floors >= 9),
}
"""What raises each shape, its share, and which blocks it fits."""
