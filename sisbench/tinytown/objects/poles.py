"""What stands on poles and hangs from them: street lights, traffic lights, wires."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.keys import Key
from sisbench.tinytown.objects import batches
from sisbench.tinytown.scene import Body, Color, Place
from sisbench.tinytown.shapes import Vector
from sisbench.tinytown.site import Site

_STEEL: tuple[Color, ...] = (
    (0.30, 0.30, 0.30),
    (0.42, 0.43, 0.43),
    (0.06, 0.07, 0.07),
    (0.04, 0.08, 0.06),
    (0.17, 0.17, 0.18),
)
_LIGHTS: tuple[Color, ...] = ((1.0, 0.70, 0.38), (1.0, 0.86, 0.66), (0.92, 0.95, 1.0))

LAMP_HEADS = ("cobra", "flat", "lantern", "globe", "bow")
"""Street lights: curved arm, straight arm with a flat head, old lantern, globe on a post, hanging from a bow."""


def street_light(site: Site, key: Key, place: Place, height: float | None = None, double: bool = False) -> None:
    """Put up a street light with its lamp; the arm reaches 1 to 2.2 m to local +x, a second one to -x.

    Args:
        site: Where to build.
        key: Of the light.
        place: Foot of the pole.
        height: Of the lamp, metres; None draws 3.4 to 9.
        double: Whether there is an arm to both sides.
    """
    low = height is not None and height < 4.6
    head = key.pick("head", LAMP_HEADS[2:] if low else LAMP_HEADS[:2] if double or (height or 0) > 6.5 else LAMP_HEADS)
    tall = height or (key.uniform("low", 3.4, 4.5) if head in ("lantern", "globe") else key.uniform("height", 5.5, 8.5))
    body = site.scene.body("street light", place, key)
    steel = body.part("metal", key.pick("steel", _STEEL))
    light = key.pick("light", _LIGHTS)
    glow = body.part("emitter", light, power=0.25, night_power=3.0)
    foot = [(0.0, -0.3), (0.13, -0.3), (0.13, 0.02), (0.11, 0.9), (0.075, 1.0)]
    sides = (1, -1) if double else (1,)
    if head in ("lantern", "globe"):
        steel.add(shapes.lathe([*foot, (0.06, 1.05), (0.045, tall - 0.35), (0.12, tall - 0.3), (0.0, tall - 0.3)], 8))
        if head == "globe":
            glow.add(batches.balls([(0, 0, tall)], 0.24, 1))
            steel.add(shapes.lathe([(0.14, tall + 0.18), (0.0, tall + 0.32)], 8))
        else:
            glow.add(shapes.lathe([(0.11, tall - 0.28), (0.2, tall + 0.15)], 6))
            steel.add(shapes.lathe([(0.24, tall + 0.15), (0.06, tall + 0.34), (0.0, tall + 0.46)], 6))
        body.lamp((0, 0, tall - 0.1), light, 9.0)
        return
    steel.add(shapes.lathe([*foot, (0.075, 1.05), (0.05, tall)], 8))
    reach = key.uniform("reach", 1.0, 2.2) * (0.6 if head == "bow" else 1.0)
    for side in sides:
        if head == "flat":
            path = [(0, 0, tall - 0.12), (side * reach, 0, tall)]
        elif head == "cobra":
            path = [
                (0, 0, tall - 0.5),
                (side * 0.12 * reach, 0, tall - 0.12),
                (side * 0.5 * reach, 0, tall + 0.1),
                (side * reach, 0, tall + 0.12),
            ]
        else:
            arc = [(math.pi * (1 - k / 4), k) for k in range(5)]
            path = [(side * reach * (1 + math.cos(a)) / 2, 0, tall + 0.5 * reach * math.sin(a)) for a, _ in arc]
        end = path[-1]
        steel.add(batches.tubes([path], 0.035, 5))
        if head == "bow":
            steel.add(shapes.lathe([(0.05, 0.0), (0.24, -0.22)], 8), at=(end[0], 0, end[2] + 0.02))
            glow.add(batches.balls([(end[0], 0, end[2] - 0.22)], (0.2, 0.2, 0.1)))
        else:
            size = (0.7, 0.28, 0.12) if head == "cobra" else (0.75, 0.3, 0.05)
            steel.add(batches.cubes([(end[0] + side * 0.2, 0, end[2] + 0.03)], size))
            glow.add(
                batches.cubes(
                    [(end[0] + side * 0.22, 0, end[2] - 0.02 - size[2] / 4)],
                    (size[0] * 0.7, size[1] * 0.75, size[2] * 0.5 + 0.02),
                )
            )
        body.lamp((end[0] + side * 0.2, 0, end[2] - 0.25), light, 16.0 if tall > 5 else 11.0)


def traffic_light(site: Site, key: Key, place: Place, arm: float = 0.0, phase: str | None = None) -> None:
    """Put up traffic lights that face local -x.

    Args:
        site: Where to build.
        key: Of the light.
        place: Foot of the pole.
        arm: Reach of an arm over the carriageway, metres to local +y (negative: -y), with two heads; 0: none.
        phase: "red", "amber" or "green", the same on all heads; None draws it. Give lights of one approach the same.
    """
    body = site.scene.body("traffic light", place, key)
    steel = body.part("metal", key.pick("steel", _STEEL), kind="pole")
    tall = 5.9 if arm else 3.5
    steel.add(shapes.lathe([(0.12, -0.3), (0.12, 0.3), (0.07, 0.35), (0.05, tall), (0.0, tall)], 8))
    heads = [(0.0, 2.75)]
    if arm:
        steel.add(batches.tubes([[(0, 0, tall - 0.5), (0, 0.25 * arm, tall - 0.1), (0, arm, tall)]], 0.055, 6))
        heads += [(arm, tall - 0.15), (0.55 * arm, tall - 0.2)]
    lit = ("red", "amber", "green").index(phase or key.pick("phase", ("red", "amber", "green"), (45, 10, 45)))
    shell = body.part(
        "plain", key.pick("shell", ((0.015, 0.016, 0.016), (0.48, 0.36, 0.03), (0.03, 0.055, 0.04)), (55, 25, 20))
    )
    centers = np.array([(-0.17, y, z) for y, z in heads])
    shell.add(batches.cubes(centers, (0.22, 0.34, 1.0)))
    if key.chance("board", 0.55):
        board = body.part("plain", (0.02, 0.02, 0.02))
        board.add(batches.cubes(centers + np.array([0.08, 0, 0]), (0.02, 0.62, 1.3)))
        rim = body.part("plain", (0.72, 0.70, 0.64))
        rim.add(batches.cubes(centers + np.array([0.095, 0, 0]), (0.016, 0.68, 1.36)))
    colors: tuple[Color, ...] = ((0.95, 0.05, 0.025), (0.95, 0.50, 0.03), (0.04, 0.85, 0.38))
    disc = batches.bars([(0.02, 0, 0)], [(-0.1, 0, 0)], 0.135, 0.135, 9)
    lens = shapes.lathe([(0.115, 0.0), (0.0, 0.03)], 9)
    turn = shapes.turn_y(-math.pi / 2)
    lens = (lens[0] @ turn.T, lens[1] @ turn.T)
    for k, color in enumerate(colors):
        at = centers + np.array([-0.125, 0, 0.31 - 0.31 * k])
        if k == lit:
            glow = body.part("emitter", color, power=2.4, night_power=1.0)
        else:
            glow = body.part("glass", (color[0] * 0.07, color[1] * 0.07, color[2] * 0.07))
        glow.add(batches.copies(lens, at))
        shell.add(batches.copies(disc, at))
    body.lamp((-0.6, 0, 2.75), colors[lit], 1.2)


def street_pole(site: Site, key: Key, place: Place, height: float | None = None) -> None:
    """Put up a wooden utility pole with cross-arms along local y; wires hang at (y = -0.9, 0, 0.9; z = height)."""
    tall = height or key.uniform("height", 7.5, 9.0)
    body = site.scene.body("pole", place, key)
    wood = body.part(
        "wood", key.pick("wood", ((0.17, 0.12, 0.08), (0.24, 0.20, 0.16), (0.12, 0.10, 0.085))), (0.06, 0.05, 0.04)
    )
    wood.add(batches.bars([(0, 0, -0.4)], [(0, 0, tall + 0.2)], 0.15, 0.10, 8))
    arms = 1 + key.integer("arms", 2)
    for k in range(arms):
        z = tall - 0.15 - 0.8 * k
        wood.add(batches.cubes([(0.12, 0, z)], (0.1, 2.2, 0.12)))
    knobs = body.part("plain", (0.35, 0.33, 0.30))
    knobs.add(batches.cubes([(0.12, y, tall - 0.02) for y in (-0.9, 0.0, 0.9)], (0.08, 0.08, 0.16)))
    if key.chance("transformer", 0.3):
        can = body.part("metal", (0.36, 0.37, 0.37))
        can.add(shapes.lathe([(0.0, -0.45), (0.24, -0.45), (0.24, 0.4), (0.0, 0.46)], 9), at=(-0.36, 0, tall - 1.7))


def wires(site: Site, key: Key, points: Sequence[Vector], sag: float = 0.03) -> None:
    """Hang a wire through points of the layout, each span sagging by a share of its length."""
    course = site.scene.course("wire", key)
    path = [tuple(map(float, points[0]))]
    for a, b in itertools.pairwise(points):
        start, end = np.asarray(a, np.float64), np.asarray(b, np.float64)
        length = math.sqrt(float(((end - start) * (end - start)).sum()))
        pieces = max(4, min(12, int(length / 4)))
        for k in range(1, pieces + 1):
            t = k / pieces
            at = start + (end - start) * t
            path.append((float(at[0]), float(at[1]), float(at[2] - 4 * sag * length * t * (1 - t))))
    course.part("plain", (0.03, 0.03, 0.032)).add(batches.tubes([path], 0.016, 3))


def catenary(site: Site, key: Key, place: Place, span: float) -> None:
    """Put up a pole of a tramway's overhead line.

    The pole stands at the place; its arm carries the contact wire `span` metres to local +y (negative: -y) at a height
    of 5.5 m. `wires` with a small sag joins the poles.
    """
    body = site.scene.body("pole", place, key)
    steel = body.part("metal", key.pick("steel", _STEEL))
    steel.add(batches.bars([(0, 0, -0.3), (0, 0, 3.0)], [(0, 0, 3.0), (0, 0, 7.0)], [0.12, 0.1], [0.1, 0.08], 8))
    steel.add(
        batches.tubes(
            [[(0, 0, 6.1), (0, span, 6.1)], [(0, 0, 6.9), (0, 0.75 * span, 6.15)], [(0, span, 6.1), (0, span, 5.5)]],
            0.03,
            4,
        )
    )
    knobs = body.part("plain", (0.25, 0.14, 0.09))
    knobs.add(batches.cubes([(0, 0.2 * span, 6.1), (0, span, 5.85)], (0.1, 0.12, 0.1)))


def flag(site: Site, key: Key, place: Place, height: float | None = None) -> None:
    """Put up a pole with a flag of two or three bands; kind flag."""
    tall = height or key.uniform("height", 5.0, 8.0)
    body = site.scene.body("flag", place, key)
    body.part("metal", (0.6, 0.6, 0.6), kind="pole").add(batches.bars([(0, 0, -0.3)], [(0, 0, tall)], 0.06, 0.03, 6))
    cloth_colors: tuple[Color, ...] = (
        (0.55, 0.03, 0.04),
        (0.03, 0.08, 0.35),
        (0.7, 0.7, 0.68),
        (0.62, 0.48, 0.03),
        (0.03, 0.25, 0.10),
        (0.03, 0.03, 0.03),
    )
    way = key.uniform("wind", 0.0, 2 * math.pi)
    c, s = math.cos(way), math.sin(way)
    long, high, bands = 1.5, 1.0, 2 + key.integer("bands", 2)
    used = [key.pick(f"band {k}", cloth_colors) for k in range(bands)]
    for k in range(bands):
        top, low = tall - 0.1 - high * k / bands, tall - 0.1 - high * (k + 1) / bands
        quads = []
        for j in range(5):
            ends = []
            for t in (j / 5, (j + 1) / 5):
                wave, drop = 0.12 * math.sin(6 * t + way), 0.25 * t
                ends.append((c * long * t - s * wave, s * long * t + c * wave, drop))
            (x0, y0, d0), (x1, y1, d1) = ends
            quads.append([(x0, y0, low - d0), (x1, y1, low - d1), (x1, y1, top - d1), (x0, y0, top - d0)])
        body.part("cloth", used[k]).add(shapes.quads(np.array(quads, np.float32)))


def head_pole(body: Body, color: Color, height: float, radius: float = 0.035) -> None:
    """Give an object a thin pole of kind pole from below the ground to a height."""
    body.part("metal", color, kind="pole").add(batches.bars([(0, 0, -0.3)], [(0, 0, height)], radius, sections=6))
