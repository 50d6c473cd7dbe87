"""Skeletons: where the joints of a person are, standing, walking, running, sitting, riding.

A figure is about 1.75 m tall, faces x and stands on z = 0; people are scaled copies.
"""

from __future__ import annotations

import math
from typing import NamedTuple

Joint = tuple[float, float, float]
Pair = tuple[Joint, Joint]

TALL = 1.75
THIGH, SHANK, ANKLE = 0.42, 0.41, 0.08
UPPER_ARM, FOREARM = 0.29, 0.26
SHOE = ((0.185, -0.055), (0.17, -ANKLE), (-0.075, -ANKLE), (-0.06, 0.02), (0.045, 0.02), (0.07, 0.0))
"""Outline of a shoe around its ankle, (forward, up), from the tip back along the sole."""
_TRUNK, _NECK = 0.51, 0.20  # hips to shoulders, shoulders to the middle of the head


class Figure(NamedTuple):
    """Joints of a person, metres; pairs are (right, left), y to the left.

    Attributes:
        pelvis: Middle of the hips.
        chest: Middle between the shoulders.
        head: Centre of the head.
        hips: Where the legs begin.
        knees: Of the legs.
        ankles: Above the feet.
        toes: Pitch of the feet, radians, positive where the toes point down.
        shoulders: Where the arms begin.
        elbows: Of the arms.
        wrists: Where the hands begin.
        nod: Pitch of the head, radians, positive where it looks down.
    """

    pelvis: Joint
    chest: Joint
    head: Joint
    hips: Pair
    knees: Pair
    ankles: Pair
    toes: tuple[float, float]
    shoulders: Pair
    elbows: Pair
    wrists: Pair
    nod: float


class Leg(NamedTuple):
    """Angles of a leg, radians: thigh forward, knee bent, leg spread to its side."""

    forward: float = 0.0
    bent: float = 0.0
    spread: float = 0.03


class Arm(NamedTuple):
    """Angles of an arm, radians: upper arm forward, elbow bent, arm spread to its side, forearm turned inwards."""

    forward: float = 0.0
    bent: float = 0.15
    spread: float = 0.14
    inward: float = 0.0


def moving(legs: tuple[Leg, Leg], arms: tuple[Arm, Arm], lean: float = 0.0, nod: float = 0.0) -> Figure:
    """Place the joints of a person on foot, whose lower foot stands on the ground.

    Args:
        legs: Right and left.
        arms: Right and left.
        lean: Of the trunk forwards, radians.
        nod: Of the head forwards, radians.
    """
    hips: Pair = ((0.0, -0.09, 0.0), (0.0, 0.09, 0.0))
    knees, ankles, toes = [], [], []
    for side, hip, leg in zip((-1, 1), hips, legs, strict=True):
        knee = _step(hip, THIGH, leg.forward, side * leg.spread)
        shank = leg.forward - leg.bent
        knees.append(knee)
        ankles.append(_step(knee, SHANK, shank, 0.0))
        toes.append(-0.7 * shank if shank < 0 else -0.5 * shank)
    rise = -min(ankle[2] + _sole(toe) for ankle, toe in zip(ankles, toes, strict=True))
    trunk = _trunk((0.0, 0.0, rise), lean, nod)
    shoulders: Pair = trunk[2]
    elbows, wrists = [], []
    for side, shoulder, arm in zip((-1, 1), shoulders, arms, strict=True):
        elbow = _step(shoulder, UPPER_ARM, arm.forward, side * arm.spread)
        elbows.append(elbow)
        wrists.append(_step(elbow, FOREARM, arm.forward + arm.bent, side * (0.4 * arm.spread) - side * arm.inward))
    return Figure(
        (0.0, 0.0, rise), trunk[0], trunk[1], _lifted(hips[0], hips[1], rise), _lifted(knees[0], knees[1], rise),
        _lifted(ankles[0], ankles[1], rise), (toes[0], toes[1]), shoulders, (elbows[0], elbows[1]),
        (wrists[0], wrists[1]), nod,
    )  # fmt: skip


def reaching(
    pelvis: Joint,
    feet: Pair,
    hands: Pair,
    lean: float = 0.0,
    nod: float = 0.0,
    knees_out: float = 0.1,
    elbows_out: float = 0.5,
) -> Figure:
    """Place the joints of a person who sits or rides: knees and elbows follow from where feet and hands are.

    Args:
        pelvis: Middle of the hips.
        feet: Soles, right and left.
        hands: Right and left.
        lean: Of the trunk forwards, radians.
        nod: Of the head forwards, radians.
        knees_out: How far knees point outwards, 0 to 1.
        elbows_out: How far elbows point outwards rather than down, 0 to 1.
    """
    chest, head, shoulders = _trunk(pelvis, lean, nod)
    hips: Pair = ((pelvis[0], pelvis[1] - 0.09, pelvis[2]), (pelvis[0], pelvis[1] + 0.09, pelvis[2]))
    ankles: Pair = (
        (feet[0][0] - 0.05, feet[0][1], feet[0][2] + ANKLE),
        (feet[1][0] - 0.05, feet[1][1], feet[1][2] + ANKLE),
    )
    knees = tuple(
        _joint(h, a, THIGH, SHANK, (1.0, s * knees_out, 0.35)) for s, h, a in zip((-1, 1), hips, ankles, strict=True)
    )
    elbows = tuple(
        _joint(h, w, UPPER_ARM, FOREARM, (-0.25, s * elbows_out, -1.0))
        for s, h, w in zip((-1, 1), shoulders, hands, strict=True)
    )
    return Figure(
        pelvis,
        chest,
        head,
        hips,
        (knees[0], knees[1]),
        ankles,
        (0.0, 0.0),
        shoulders,
        (elbows[0], elbows[1]),
        hands,
        nod,
    )


def walking(
    phase: float, stride: float = 1.0, arms: tuple[Arm | None, Arm | None] = (None, None), lean: float = 0.03
) -> Figure:
    """Walk.

    Args:
        phase: Of the gait, 0 to 1.
        stride: 1 for a usual step.
        arms: Right and left where they do not swing.
        lean: Of the trunk forwards, radians.
    """
    legs, swings = [], []
    for turn in (0.0, 0.5):
        a = 2 * math.pi * (phase + turn)
        s, c = math.sin(a), math.cos(a)
        legs.append(
            Leg(stride * (0.46 * s + 0.04), 0.08 + stride * 0.75 * max(0.0, c) ** 2 + 0.06 * max(0.0, -s), 0.02)
        )
        swings.append(Arm(-stride * 0.5 * s, 0.25 + 0.25 * max(0.0, -s), 0.12))
    return moving((legs[0], legs[1]), (arms[0] or swings[0], arms[1] or swings[1]), lean, 0.05)


def running(phase: float) -> Figure:
    """Run, at a phase from 0 to 1."""
    legs, arms = [], []
    for turn in (0.0, 0.5):
        a = 2 * math.pi * (phase + turn)
        s, c = math.sin(a), math.cos(a)
        legs.append(Leg(0.78 * s + 0.2, 0.35 + 1.35 * max(0.0, 0.9 * c + 0.1), 0.02))
        arms.append(Arm(-0.8 * s - 0.1, 1.5, 0.2, 0.25))
    return moving((legs[0], legs[1]), (arms[0], arms[1]), 0.18, -0.05)


STANCES: dict[str, tuple[tuple[Arm, Arm], float, float]] = {
    "at ease": ((Arm(0.05, 0.2), Arm(-0.05, 0.25)), 0.0, 0.0),
    "hand on hip": ((Arm(-0.35, 1.2, 0.55, 0.7), Arm(0.05, 0.15)), 0.0, 0.0),
    "hands in pockets": ((Arm(-0.2, 0.6, 0.25, 0.1), Arm(-0.2, 0.6, 0.25, 0.1)), 0.02, 0.1),
    "arms crossed": ((Arm(0.35, 1.35, 0.2, 0.9), Arm(0.35, 1.2, 0.2, 0.9)), -0.03, 0.05),
    "phone at the ear": ((Arm(0.55, 2.35, 0.35, 0.05), Arm(0.1, 0.3)), 0.0, 0.05),
    "looking at a phone": ((Arm(0.35, 1.45, 0.1, 0.25), Arm(0.15, 1.3, 0.1, 0.35)), 0.04, 0.45),
    "pointing": ((Arm(1.35, 0.1, 0.25), Arm(0.0, 0.2)), 0.0, 0.0),
    "holding hands in front": ((Arm(0.25, 0.75, 0.12, 0.45), Arm(0.25, 0.75, 0.12, 0.45)), 0.02, 0.08),
}
"""What people who stand do with their arms: arms, lean, nod."""


def standing(stance: str, shift: float) -> Figure:
    """Stand.

    Args:
        stance: Name in `STANCES`.
        shift: Which leg carries more, -1 right to 1 left.
    """
    arms, lean, nod = STANCES[stance]
    right = Leg(0.04 + 0.10 * max(0.0, shift), 0.02 + 0.25 * max(0.0, shift), 0.05 + 0.04 * abs(shift))
    left = Leg(0.04 + 0.10 * max(0.0, -shift), 0.02 + 0.25 * max(0.0, -shift), 0.05 + 0.04 * abs(shift))
    return moving((right, left), arms, lean, nod)


def sitting(seat: float, slouch: float = 0.0, cross: bool = False) -> Figure:
    """Sit on a bench, whose edge is in front of the origin.

    Args:
        seat: Its height.
        slouch: 0 upright to 1 leaning forwards, elbows on the knees.
        cross: Whether the feet are crossed.
    """
    spread = -0.05 if cross else 0.11
    feet: Pair = ((0.43, -spread, 0.0), (0.40 - 0.06 * slouch, spread, 0.0))
    reach = 0.30 + 0.14 * slouch
    hands: Pair = ((reach, -0.09 - 0.03 * slouch, seat + 0.20), (reach - 0.03, 0.09, seat + 0.20))
    return reaching((-0.02, 0.0, seat + 0.10), feet, hands, -0.08 + 0.55 * slouch, 0.1 + 0.2 * slouch, 0.15, 0.8)


def _trunk(pelvis: Joint, lean: float, nod: float) -> tuple[Joint, Joint, Pair]:
    """Chest, head, shoulders."""
    s, c = math.sin(lean), math.cos(lean)
    chest = (pelvis[0] + _TRUNK * s, pelvis[1], pelvis[2] + _TRUNK * c)
    tilt = 0.55 * lean + 0.4 * nod
    head = (chest[0] + _NECK * math.sin(tilt) + 0.02, chest[1], chest[2] + _NECK * math.cos(tilt))
    return chest, head, ((chest[0], chest[1] - 0.172, chest[2] - 0.045), (chest[0], chest[1] + 0.172, chest[2] - 0.045))


def _sole(toe: float) -> float:
    """Lowest point of a shoe below its ankle, at the pitch of a foot."""
    return min(-x * math.sin(toe) + z * math.cos(toe) for x, z in SHOE[:3])


def _step(start: Joint, length: float, forward: float, spread: float) -> Joint:
    """End of a limb that hangs down, swung forwards and sideways."""
    down = length * math.cos(spread)
    return (
        start[0] + down * math.sin(forward), start[1] + length * math.sin(spread), start[2] - down * math.cos(forward),
    )  # fmt: skip


def _joint(start: Joint, end: Joint, first: float, second: float, pole: Joint) -> Joint:
    """The knee between a hip and an ankle, on the side of `pole`; an end out of reach stretches the limb."""
    d = [b - a for a, b in zip(start, end, strict=True)]
    length = math.sqrt(sum(x * x for x in d)) + 1e-9
    way = [x / length for x in d]
    length = min(length, first + second)
    along = (first * first - second * second + length * length) / (2 * length)
    off = math.sqrt(max(0.0, first * first - along * along))
    dot = sum(p * w for p, w in zip(pole, way, strict=True))
    side = [p - dot * w for p, w in zip(pole, way, strict=True)]
    size = math.sqrt(sum(x * x for x in side)) + 1e-9
    x, y, z = (s + along * w + off * p / size for s, w, p in zip(start, way, side, strict=True))
    return (x, y, z)


def _lifted(right: Joint, left: Joint, rise: float) -> Pair:
    return ((right[0], right[1], right[2] + rise), (left[0], left[1], left[2] + rise))
