"""Streets that cross or meet a street: their arms, pavements, round corners."""

from __future__ import annotations

import math

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.ground import asphalt, plain_asphalt, slabs, sorted_pair, stone, surface_colors
from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Place
from sisbench.tinytown.street import KERB, PAVEMENT, SIDES, Junction, Street, Town

_END = 320.0  # metres from the middle of the street to the end of an arm


def corner_radius(street: Street, junction: Junction, side: int) -> float:
    """Radius of the kerb at the corners of a junction; 0 where there is no kerb."""
    if not street.side(side).curb or not junction.walk:
        return 0.0
    return min(3.2, street.edge(side) - street.half(side) - 0.2, junction.walk)


def crossing_street(town: Town, key: Key, junction: Junction, side: int) -> None:
    """One arm of a crossing street, at right angles, with its pavements."""
    street = town.street
    key = key.child("left" if side > 0 else "right")
    turned = Place(junction.x, 0.0, side * math.pi / 2)
    start = street.half(side) + (0.15 if street.side(side).shoulder and not junction.walk else -0.05)
    near = street.edge(side) + 1.5
    across = (-junction.half, junction.half)
    body = town.site.scene.course("road", key, turned)
    if junction.walk == 0 and key.chance("track", 0.5):
        arm = body.part("gravel", *surface_colors(town, "gravel", key), "path")
        arm.sheet((start, near), across, 0.004)
    else:
        plain_asphalt(body, asphalt(town)).sheet((start, near), across, 0.004)
        marking = 1.0 if junction.walk else 0.0
        arm = body.part("asphalt", asphalt(town), half_width=junction.half, lanes=2.0, marking=marking, worn=0.5)
    arm.sheet((near, 110.0), across, 0.004)
    arm.sheet((110.0, _END), across, 0.004)
    if not junction.walk:
        return
    walks = town.site.scene.course("sidewalk", key.child("walks"), turned)
    part = slabs(town, walks)
    rim = walks.part("concrete", stone(town), kind="curb")
    edge, round_ = street.edge(side), corner_radius(street, junction, side)
    for hand in SIDES:
        y = sorted_pair(hand * junction.half, hand * junction.reach)
        for a, b in ((edge, 110.0), (110.0, _END)):
            part.sheet((a, b), y, PAVEMENT)
        rim.strip(
            street.half(side) + max(0.1, round_), _END, hand * (junction.half + KERB / 2), KERB, -0.05, PAVEMENT + 0.06
        )
        _corner(town, key.child("corner", hand), junction, side, hand * side)


def _corner(town: Town, key: Key, junction: Junction, side: int, across: int) -> None:
    """A corner of two pavements, its kerb round."""
    street, scene = town.street, town.site.scene
    radius, half, edge = corner_radius(street, junction, side), street.half(side), street.edge(side)
    if radius <= 0.3:
        return
    x0 = junction.x + across * junction.half
    center = (x0 + across * radius, side * (half + radius))
    mouth = plain_asphalt(scene.course("road", key.child("mouth")), asphalt(town))
    mouth.sheet(sorted_pair(x0, center[0]), sorted_pair(side * half, center[1]), 0.006)
    body = scene.course("sidewalk", key)
    paving = slabs(town, body)
    paving.sheet(sorted_pair(x0, center[0]), sorted_pair(center[1], side * edge), PAVEMENT)
    arc = [(-across * math.sin(k * math.pi / 12), -side * math.cos(k * math.pi / 12)) for k in range(7)]
    rim = [(center[0] + radius * a, center[1] + radius * b) for a, b in arc]
    inner = [(center[0] + (radius - KERB) * a, center[1] + (radius - KERB) * b) for a, b in arc]
    top = PAVEMENT + 0.01
    paving.add(
        shapes.flat(
            np.array(
                [[(*center, PAVEMENT), (*inner[k], PAVEMENT), (*inner[k + 1], PAVEMENT)] for k in range(6)], np.float32
            )
        )
    )
    curb = body.part("concrete", stone(town), kind="curb")
    quads = [[(*rim[k], top), (*rim[k + 1], top), (*inner[k + 1], top), (*inner[k], top)] for k in range(6)]
    quads += [[(*rim[k], -0.05), (*rim[k + 1], -0.05), (*rim[k + 1], top), (*rim[k], top)] for k in range(6)]
    curb.add(shapes.quads(np.array(quads, np.float32)))
