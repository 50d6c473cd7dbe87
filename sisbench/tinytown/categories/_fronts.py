"""How lots meet the street: fences, walls, hedges."""

from __future__ import annotations

from sisbench.tinytown.categories._lots import Lot
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import barriers, plants
from sisbench.tinytown.street import CLEAR, Town


def front(town: Town, key: Key, lot: Lot, x: tuple[float, float] | None = None, models: tuple[str, ...] = ()) -> None:
    """Close a lot towards the street: a fence (of one of `models`), a wall, a hedge, or nothing."""
    start, end = x or (lot.start, lot.end)
    y = lot.side * (lot.front + 0.35)
    what = key.pick("what", ("fence", "wall", "hedge", "open"), lot.land.fronts)
    beside_camera = abs(y - town.street.eye) < 3.2 and start < CLEAR[0] and end > -CLEAR[0]
    if end - start < 1.5 or what == "open" or beside_camera:
        return
    if what == "fence":
        barriers.fence(town.site, key, (start + 0.1, end - 0.1), y, key.pick("model", models) if models else None)
    elif what == "wall":
        barriers.wall(town.site, key, (start, end), y)
    else:
        plants.hedge(town.site, key, (start + 0.2, end - 0.2), y + lot.side * 0.3)
