"""What stands between carriageway and land: lamps, trees, signs, signals, furniture, poles with wires."""

from __future__ import annotations

import math

from sisbench.tinytown.categories._green import detail
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import buildings, furniture, people, plants
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import SIDES, Town


def toward(side: int) -> float:
    """Return the yaw from one side of the street to its middle."""
    return -side * math.pi / 2


def kerbside(town: Town, side: int, off: float = 0.6) -> float:
    """Return y of what stands `off` metres behind the kerb, or beside the road, or before the houses."""
    street = town.street
    strips = street.side(side)
    if street.lanes == (0, 0):
        return side * (street.edge(side) - 3.0 - off)
    return side * (street.half(side) + (0.2 if strips.curb else strips.shoulder) + off)


def lights(town: Town, step: float = 26.0, height: float | None = None, sides: tuple[int, ...] = SIDES) -> None:
    """Put up street lights, alike along a street."""
    tall = height or town.key.child("lights").uniform("height", 5.5, 9.0)
    for side in sides:
        y = kerbside(town, side)
        for x, one in town.spread("lights", side, step, (-45.0, 140.0)):
            if town.claims.take(x, y, 0.6, 0.6):
                furniture.street_light(town.site, one, town.place(x, y, toward(side)), height=tall)


def trees(
    town: Town, side: int, step: float = 10.0, probability: float = 0.75, tall: tuple[float, float] = (4.5, 9.0)
) -> None:
    """Plant a row of trees of one kind behind the kerb."""
    street = town.street
    strips = street.side(side)
    key = town.key.child("row", "left" if side > 0 else "right")
    species = key.pick("species", (None, "linden", "plane", "maple"))
    y = kerbside(town, side, max(0.9, strips.verge / 2))
    for x, one in town.spread("trees", side, step, (-45.0, 130.0), margin=2.0):
        if one.chance("here", probability) and street.has_room_for_crown(x, y) and town.claims.take(x, y, 1.0, 1.0):
            height = one.uniform("tall", *tall)
            plants.tree(town.site, one, town.place(x, y), species=_known(species), height=height, detail=detail(x, y))


def _known(species: str | None) -> str | None:
    return species if species in getattr(plants, "SPECIES", ()) else None


def signs(town: Town, step: float = 16.0, probability: float = 0.75) -> None:
    """Put up traffic signs, towards those who drive by."""
    for side in SIDES:
        y = kerbside(town, side, 0.4)
        for x, one in town.spread("signs", side, step, (5.0, 75.0), margin=0.3):
            if one.chance("here", probability) and town.claims.take(x, y, 0.5, 0.5):
                yaw = 0.0 if side < 0 or one.chance("seen", 0.35) else math.pi
                size = one.uniform("size", 0.3, 0.46)
                furniture.traffic_sign(town.site, one, town.place(x, y, yaw + 0.08 * one.normal("yaw")), size=size)


def signals(town: Town) -> None:
    """Put up traffic lights at junctions and at some crossings."""
    street = town.street
    at = [(j.x - j.half - 4.6, j.x + j.half + 4.6) for j in street.junctions if j.lights]
    at += [(x - 2.6, x + 2.6) for x in street.zebras if town.key.child("zebra lights", round(x)).chance("here", 0.45)]
    for number, (before, behind) in enumerate(at):
        key = town.key.child("signals", number)
        arm = street.drive(-1) * 0.6 if street.lanes[0] >= 2 and key.chance("arms", 0.7) else 0.0
        for side in SIDES:
            for x, yaw in ((before, 0.0), (behind, 0.0 if side < 0 and key.chance("second", 0.8) else math.pi)):
                y = kerbside(town, side, 0.5)
                if town.claims.take(x, y, 0.6, 0.6):
                    long = arm if side < 0 and yaw == 0.0 else 0.0
                    furniture.traffic_light(town.site, key.child(side, round(x)), town.place(x, y, yaw), arm=long)


def street_furniture(town: Town, step: float = 7.0, probability: float = 0.6) -> None:
    """Put small things on the pavements: bins, benches, bollards, hydrants, letter boxes, planters, boards."""
    table = {
        "bin_": 3.0,
        "bench": 2.0,
        "bollard": 2.0,
        "hydrant": 1.0,
        "mailbox": 1.0,
        "planter": 1.2,
        "billboard": 0.25,
        "clock": 0.15,
        "flag": 0.25,
    }
    for side in SIDES:
        strips = town.street.side(side)
        if strips.walk + strips.verge < 1.8:
            continue
        for x, one in town.spread("furniture", side, step, (-30.0, 80.0)):
            what = one.pick("what", tuple(table), tuple(table.values()))
            deep = {"bench": 0.9, "billboard": 1.0, "planter": 0.9}.get(what, 0.5)
            y = kerbside(town, side, deep if what != "bollard" else 0.35)
            if not one.chance("here", probability) or not town.claims.take(x, y, 2.2, 0.9):
                continue
            if what == "planter":
                plants.planter(town.site, one, town.place(x, y))
            elif what == "bollard":
                for k in range(3):
                    furniture.bollard(town.site, one.child(k), town.place(x + (k - 1) * 1.0, y))
            elif what == "billboard":
                furniture.billboard(town.site, one, town.place(x, side * (town.street.edge(side) - 0.3), 0.0))
            else:
                getattr(furniture, what)(
                    town.site, one, town.place(x, y, toward(side) if what == "bench" else one.uniform("turn", 0, 6.28))
                )


def bus_stop(town: Town, probability: float = 0.5) -> None:
    """Put a shelter with people on the pavement."""
    key = town.key.child("bus stop")
    side = key.sign("side")
    inner, outer = town.street.walk(side)
    if outer - inner < 2.2 or not key.chance("any", probability):
        return
    for one in key.children("at", 3):
        x = one.uniform("x", 9.0, 34.0)
        y = side * (outer - 1.0)
        if town.street.open_at(x, side, 3.0) and town.claims.take(x, y, 4.6, 1.8):
            buildings.shelter(town.site, one, town.place(x, y, 0.0 if side > 0 else math.pi))
            for who in one.children("waits", 4):
                spot = x + who.uniform("x", -2.6, 2.6), y - side * who.uniform("y", 1.1, 1.6)
                if who.chance("here", 0.55) and town.claims.take(*spot, 0.6, 0.6):
                    people.person(
                        town.site, who, town.place(*spot, toward(side) + 0.5 * who.normal("yaw")), activity="waiting"
                    )
            return


def wires(town: Town, side: int, step: float = 28.0, off: float = 0.7) -> None:
    """Put up poles with wires."""
    y = kerbside(town, side, off)
    points = []
    for x, one in town.spread("poles", side, step, (-80.0, 180.0), margin=0.5):
        if town.claims.take(x, y, 0.6, 0.6):
            furniture.street_pole(town.site, one, town.place(x, y))
            points.append((x, y, 7.6))
    for across in (-0.9, 0.9):
        if len(points) > 1:
            furniture.wires(
                town.site, town.key.child("wires", side, round(across)), [(a, b + across, c) for a, b, c in points]
            )


def scatter(
    town: Town,
    key: Key,
    count: int,
    x: tuple[float, float],
    away: tuple[float, float],
    side: int,
    tall: tuple[float, float],
) -> None:
    """Plant trees here and there beside the street, between two distances from its edge."""
    edge = town.street.edge(side)
    for one in key.children("tree", count):
        spot = one.uniform("x", *x), side * (edge + one.uniform("away", *away))
        if (
            town.street.open_at(spot[0], side, 1.0)
            and town.street.has_room_for_crown(*spot)
            and town.claims.take(*spot, 2.4, 2.4)
        ):
            place = Place(*spot, 0.0, town.street.land(side))
            plants.tree(town.site, one, place, height=one.uniform("tall", *tall), detail=detail(*spot))
