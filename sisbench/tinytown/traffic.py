"""Who drives, parks, walks and waits where, without running into each other."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sisbench.tinytown.carriageway import tracks
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import cycles, people, vehicles
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import SIDES, Town

LENGTHS = {
    "car": 4.8,
    "van": 5.6,
    "truck": 10.5,
    "lorry": 17.5,
    "bus": 13.0,
    "long bus": 19.0,
    "motorcycle": 2.3,
    "cyclist": 1.9,
    "caravan": 11.0,
}
"""Metres of lane that who drives takes."""

CITY = {
    "car": 10.0,
    "van": 1.5,
    "truck": 0.8,
    "lorry": 0.1,
    "bus": 1.1,
    "long bus": 0.3,
    "motorcycle": 0.7,
    "cyclist": 0.7,
}
"""Who drives in a town, and how often."""

_TRUCKS = ("box", "box", "flatbed", "tanker", "tipper", "mixer", "refuse")

Mix = Mapping[str, float]


def drive(town: Town, density: float, mix: Mix = CITY, x: tuple[float, float] = (-70.0, 150.0)) -> None:
    """Fill the lanes.

    Args:
        town: The world.
        density: 1 is about one vehicle in 22 m of lane; beyond 3 they queue.
        mix: Weights of who drives.
        x: From where to where.
    """
    street = town.street
    for side in SIDES:
        for lane in range(street.count(side)):
            key = town.key.child("drive", "left" if side > 0 else "right", lane)
            outer = lane == street.count(side) - 1
            here = {name: w for name, w in mix.items() if outer or name in ("car", "van", "motorcycle")}
            at, index = x[0] + 14 * key.unit("start"), 0
            while at < x[1]:
                one = key.child(index)
                kind = one.pick("kind", tuple(here), tuple(here.values()))
                gap = one.unit("gap")
                lonely = 1.0 if -20 < at < 60 else 2.2  # far away few are enough
                at += 1.8 + lonely * (2 + 30 * gap * gap) / density
                _enter(town, one, kind, at + LENGTHS[kind] / 2, side, lane)
                at += LENGTHS[kind]
                index += 1


def _enter(town: Town, key: Key, kind: str, x: float, side: int, lane: int) -> None:
    street = town.street
    y = street.lane(side, lane) + key.uniform("off", -0.2, 0.2)
    if kind == "cyclist":
        y = side * (street.drive(side) + (street.side(side).cycle / 2 if street.side(side).cycle else -0.55))
    length = LENGTHS[kind]
    big = kind not in ("car", "motorcycle", "cyclist")
    if big and -length / 2 - 4 < x < length / 2 + 11 and abs(y - street.eye) < 7:
        return  # it would fill the picture
    if any(j.lights and abs(x - j.x) < j.half + length / 2 for j in street.junctions):
        return  # nobody stops on a junction
    if any(abs(x - z) < 2.0 + length / 2 for z in street.crossings() if 0 < z < 45):
        return
    if not town.claims.take(x, y, length, 0.9 if kind == "cyclist" else 2.9 if big else 2.0):
        return
    place = Place(x, y, (math.pi if side > 0 else 0.0) + 0.015 * key.normal("yaw"))
    vehicle(town, key, kind, place)


def vehicle(town: Town, key: Key, kind: str, place: Place, parked: bool = False) -> None:
    """Put someone who drives, at the middle of `LENGTHS[kind]` metres of lane."""
    site = town.site
    if kind == "car":
        vehicles.car(site, key.child("car"), place, parked=parked)
    elif kind == "van":
        vehicles.car(site, key.child("van"), place, model="van", parked=parked)
    elif kind == "truck":
        vehicles.truck(site, key.child("truck"), place, model=key.pick("truck", _TRUCKS), parked=parked)
    elif kind == "lorry":
        vehicles.truck(site, key.child("lorry"), place, model="semi-trailer", parked=parked)
    elif kind == "bus":
        vehicles.bus(
            site,
            key.child("bus"),
            place,
            model=key.pick("bus", ("city", "coach", "double decker"), (6, 3, 1)),
            parked=parked,
        )
    elif kind == "long bus":
        vehicles.bus(site, key.child("bus"), place, model="articulated", parked=parked)
    elif kind == "caravan":
        vehicles.car(site, key.child("car"), place.local(3.2, 0), parked=parked)
        vehicles.caravan(site, key.child("caravan"), place.local(-2.8, 0))
    elif kind == "motorcycle":
        cycles.motorcycle(site, key.child("motorcycle"), place, rider=not parked)
    else:
        cycles.bicycle(site, key.child("bicycle"), place, rider=not parked)


def ahead(
    town: Town, probability: float = 0.75, kinds: tuple[float, float] = (5, 4), ways: tuple[float, ...] = (4, 4, 2, 3)
) -> None:
    """Let someone on two wheels ride close ahead of the camera, or across.

    Args:
        town: The world.
        probability: That there is someone.
        kinds: Weights of cyclists and motorcyclists.
        ways: Weights of riding before the camera, at the edge, towards it, across.
    """
    street, key = town.street, town.key.child("ahead")
    if not key.chance("any", probability):
        return
    for index in range(1 + key.chance("second", 0.45)):
        one = key.child(index)
        kind = one.pick("kind", ("cyclist", "motorcycle"), kinds)
        way = one.pick("way", ("before", "edge", "toward", "across"), ways)
        yaw = 0.0
        if way == "across":
            near = [z for z in street.crossings() if 9 < z < 24]
            x = near[0] + one.uniform("on", -1.0, 1.0) if near else one.uniform("x", 10.5, 13.0)
            y = street.eye + one.uniform("y", -2.8, 3.4)
            yaw = one.sign("from") * math.pi / 2 + 0.2 * one.normal("yaw")
            size = (1.0, 1.9)
        else:
            x = one.uniform("x", 9.9, 12.5) if way == "before" else one.uniform("x", 6.0, 10.5)
            y = street.eye + one.uniform("y", -1.0, 0.6)
            size = (2.0, 0.9)
            if way == "edge":
                y = min(-street.drive(-1) - 0.5 * street.right.cycle + 0.5, street.eye - 2.7)
            elif way == "toward":
                y = street.eye + one.uniform("lane", 2.7, 3.8)
                yaw = math.pi if street.count(1) else 0.0
        if street.level(x, y) < 0.01 and town.claims.take(x, y, *size):
            vehicle(town, one, kind, Place(x, y, yaw + 0.06 * one.normal("sway"), street.level(x, y)))


def trams(town: Town, probability: float = 1.0) -> None:
    """Put trams on the tracks: one near, maybe a second."""
    street, key = town.street, town.key.child("tram")
    lines = tracks(street)
    if not lines or not key.chance("any", probability):
        return
    first = key.integer("track", len(lines))
    tram(town, key.child("near"), key.uniform("x", 21.0, 40.0), lines[first], first == 0)
    if key.chance("second", 0.4):
        other = (first + 1) % len(lines)
        x = key.uniform("far", 80.0, 120.0) if other == first else key.uniform("other", 50.0, 110.0)
        tram(town, key.child("far"), x * (1 if key.chance("ahead", 0.8) else -0.7), lines[other], other == 0)


def tram(town: Town, key: Key, x: float, y: float, forward: bool) -> None:
    """Put a tram, where nothing else stands."""
    if town.claims.take(x, y, 28.0, 2.8):
        vehicles.tram(town.site, key, Place(x, y, 0.0 if forward else math.pi))


def parked(town: Town, side: int, fill: float = 0.7) -> None:
    """Fill a parking lane: cars in bays, some with motorcycles or bicycles instead."""
    street = town.street
    width = street.side(side).parking
    if not width:
        return
    y = side * (street.parking(side) + width / 2)
    key = town.key.child("parked", "left" if side > 0 else "right")
    for start, end in street.stretches(side, -55.0, 110.0, margin=3.0):
        for index in range(int((end - start) / 6.2)):
            x = start + 6.2 * (index + 0.5)
            bay = key.child(round(start), index)
            what = bay.pick(
                "what", ("car", "van", "motorcycles", "bicycles", "none"), (82, 7, 6 if x < 30 else 2, 4, 4)
            )
            if not bay.chance("taken", fill) or any(abs(x - z) < 5.0 for z in street.crossings()):
                continue
            if not town.claims.take(x, y, 5.4, width):
                continue
            if what in ("car", "van"):
                along = bay.chance("along", 0.93) == (side < 0)
                place = Place(
                    x + bay.uniform("x", -0.4, 0.4), y, (0.0 if along else math.pi) + 0.02 * bay.normal("yaw")
                )
                vehicle(town, bay, what, place, parked=True)
            elif what == "motorcycles":
                motorcycles(town, bay, x, y, side)
            elif what == "bicycles":
                bicycles(town, bay, x, y, side, 6)


def motorcycles(town: Town, key: Key, x: float, y: float, side: int, count: int = 3) -> None:
    """Park motorcycles in a row, across the street's direction."""
    slant = key.uniform("slant", 0.0, 0.5)
    for index, one in enumerate(key.children("motorcycle", count)):
        if one.chance("here", 0.8):
            yaw = (
                side * (math.pi / 2 - slant)
                + 0.05 * one.normal("yaw")
                + (math.pi if key.chance("backwards", 0.3) else 0.0)
            )
            place = Place(x + (index - (count - 1) / 2) * 1.25, y, yaw, town.street.level(x, y))
            cycles.motorcycle(town.site, one, place)


def bicycles(town: Town, key: Key, x: float, y: float, side: int, count: int) -> None:
    """Park bicycles in a row, across the street's direction."""
    step = key.uniform("step", 0.6, 0.85)
    slant = key.uniform("slant", 0.0, 0.45)
    for index, one in enumerate(key.children("bicycle", count)):
        if one.chance("here", 0.85):
            yaw = (
                side * (math.pi / 2 - slant)
                + 0.04 * one.normal("yaw")
                + (math.pi if one.chance("backwards", 0.25) else 0.0)
            )
            place = Place(x + (index - (count - 1) / 2) * step, y, yaw, town.street.level(x, y))
            cycles.bicycle(town.site, one, place)


def racks(town: Town, probability: float = 0.8) -> None:
    """Park bicycles or motorcycles on the pavement, close enough to be seen well."""
    street = town.street
    for side in SIDES:
        key = town.key.child("rack", "left" if side > 0 else "right")
        if not key.chance("any", probability if side < 0 else 0.6 * probability):
            continue
        inner, outer = street.walk(side)
        verge = street.side(side).verge
        if outer - inner + verge < 2.4:
            continue
        for at in key.children("at", 3):
            x = at.uniform("x", 6.0, 15.0)
            motor = at.chance("motor", 0.3)
            count = 2 if motor else 3 + at.integer("count", 4)
            long = (1.25 if motor else 0.85) * count + 0.4
            y = side * (inner - verge + 1.1)
            if street.open_at(x, side, long / 2) and town.claims.take(x, y, long, 2.1):
                if motor:
                    motorcycles(town, at, x, y, side, count)
                else:
                    bicycles(town, at, x, y, side, count)
                break


def walkers(town: Town, count: int, x: tuple[float, float] = (-30.0, 60.0), near: float = 0.6) -> None:
    """Let people walk and stand on both pavements, alone and in groups.

    Args:
        town: The world.
        count: How many places are tried.
        x: From where to where.
        near: Share that walks within 25 m ahead of the camera.
    """
    street = town.street
    for one in town.key.children("walker", count):
        side = one.sign("side")
        inner, outer = street.walk(side)
        if outer - inner < 1.0:
            inner, outer = outer + 0.2, outer + 1.2
        at = one.uniform("near", 6.0, 25.0) if one.chance("is near", near) else one.uniform("x", *x)
        y = side * one.uniform("y", inner + 0.4, outer - 0.4)
        if not street.open_at(at, side, 0.5):
            continue
        group = one.chance("group", 0.25)
        if not town.claims.take(at, y, 1.7 if group else 0.8, 1.6 if group else 0.8):
            continue
        along = one.pick("to", (0.0, math.pi, one.uniform("any", 0.0, 6.28)), (4, 4, 1))
        place = town.place(at, y, along + 0.2 * one.normal("yaw"))
        if group:
            people.group(town.site, one.child("group"), place, 2 + one.integer("more", 2))
        else:
            people.person(town.site, one.child("person"), place)


def crossers(town: Town, count: int) -> None:
    """Let people use crossings, and wait at them."""
    street = town.street
    key = town.key.child("crossers")
    for x in street.crossings():
        if not 5 < x < 70:
            continue
        for one in key.child(round(x)).children("person", count):
            span = street.half(1) + street.half(-1)
            y = -street.half(-1) + span * one.unit("y")
            waits = one.chance("waits", 0.35)
            if waits:
                side = one.sign("side")
                y = side * (street.half(side) + 0.7)
            at = x + one.uniform("x", -1.4, 1.4)
            if town.claims.take(at, y, 0.8, 0.7):
                yaw = (-1 if y > 0 else 1) * math.pi / 2 if waits else one.sign("to") * math.pi / 2
                place = town.place(at, y, yaw + 0.15 * one.normal("yaw"))
                people.person(town.site, one, place, activity="waiting" if waits else "walking")


def cross_traffic(town: Town, mix: Mix = CITY) -> None:
    """Put vehicles on the arms of crossing streets, a few of them on the junction."""
    street = town.street
    for number, j in enumerate(street.junctions):
        for side in j.sides:
            key = town.key.child("cross", number, "left" if side > 0 else "right")
            for toward in SIDES:
                at = street.half(side) + (7.0 if toward < 0 else 5.0)
                for one in key.child(toward).children("vehicle", 3 if j.walk else 1):
                    kind = one.pick("kind", tuple(mix), tuple(mix.values()))
                    at += 1.5 + 16 * one.unit("gap") * one.unit("more") + LENGTHS[kind] / 2
                    yaw = side * math.pi / 2 if toward > 0 else -side * math.pi / 2
                    x = j.x + j.half * 0.48 * (1 if yaw > 0 else -1)  # on his right
                    if one.chance("here", 0.6) and town.claims.take(x, side * at, 2.0, LENGTHS[kind]):
                        vehicle(town, one, kind, Place(x, side * at, yaw + 0.02 * one.normal("yaw")))
                    at += LENGTHS[kind] / 2
