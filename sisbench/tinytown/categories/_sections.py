"""Plans of the strips beside the lanes, and of junctions."""

from __future__ import annotations

from sisbench.tinytown.keys import Key
from sisbench.tinytown.street import SIDES, Junction, Side


def urban(
    key: Key, walk: tuple[float, float] = (2.0, 4.0), parking: float = 0.5, cycle: float = 0.25, verge: float = 0.2
) -> Side:
    """Plan one side of a street in a town.

    Args:
        key: Of the side.
        walk: Least and largest width of the pavement, metres.
        parking: Probability of a parking lane.
        cycle: Probability of a cycle lane.
        verge: Probability of a strip of grass.
    """
    return Side(
        cycle=key.uniform("cycle width", 1.4, 2.0) if key.chance("cycle", cycle) else 0.0,
        parking=2.2 if key.chance("parking", parking) else 0.0,
        verge=key.uniform("verge width", 1.2, 2.6) if key.chance("verge", verge) else 0.0,
        walk=key.uniform("walk", *walk),
    )


def country(key: Key, walk: float = 0.1, kerb: float = 0.0) -> Side:
    """Plan one side of a road outside of towns: a shoulder, seldom a pavement.

    Args:
        key: Of the side.
        walk: Probability of a foot and cycle path beside it.
        kerb: Probability of a kerb.
    """
    if key.chance("kerb", kerb):
        return Side(verge=key.uniform("verge", 0.0, 1.5), walk=key.uniform("walk", 1.5, 2.2))
    if key.chance("path", walk):
        return Side(
            shoulder=key.uniform("shoulder", 0.5, 1.0), verge=key.uniform("verge", 1.0, 3.0), walk=2.0, curb=False
        )
    return Side(shoulder=key.uniform("shoulder", 0.6, 1.8), curb=False)


def junctions(
    key: Key, probability: float, lights: float, walk: float = 2.5, second: float = 0.35
) -> tuple[Junction, ...]:
    """Plan crossing and meeting streets: the first one near, a second one far or behind.

    Args:
        key: Of the junctions.
        probability: That there is one.
        lights: Probability of traffic lights.
        walk: Width of their pavements; 0 for tracks.
        second: Probability of another one.
    """
    found = []
    at = key.uniform("at", 16.0, 40.0)
    if key.chance("first", probability):
        found.append(_junction(key.child("first"), at, lights, walk))
    if key.chance("second", second):
        x = key.pick("far", (at + key.uniform("on", 55.0, 80.0), -key.uniform("back", 24.0, 34.0)))
        found.append(_junction(key.child("second"), x, lights, walk))
    return tuple(found)


def _junction(key: Key, x: float, lights: float, walk: float) -> Junction:
    arms = key.pick("arms", (SIDES, (-1,), (1,)), (5, 3, 2))
    half = key.uniform("half", 2.8, 4.6) if walk else key.uniform("half", 1.6, 2.6)
    signals = key.chance("lights", lights)
    return Junction(
        x, half, arms, walk * key.uniform("walk", 0.8, 1.3), signals or (walk > 0 and key.chance("zebra", 0.6)), signals
    )


def zebra(key: Key, probability: float) -> tuple[float, ...]:
    """Plan a crossing for walkers away from junctions."""
    return (key.uniform("at", 12.5, 36.0),) if key.chance("any", probability) else ()
