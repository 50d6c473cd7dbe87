"""Heads: skulls, hair, beards, hats, helmets."""

from __future__ import annotations

import functools

import numpy as np

from sisbench.tinytown import shapes
from sisbench.tinytown.objects.figures import Joint
from sisbench.tinytown.objects.mould import Casting, merged, posed, tube
from sisbench.tinytown.shapes import Array, Surface

_HALF = np.array([0.098, 0.078, 0.120], np.float32)  # half sizes of a head, metres


@functools.lru_cache(maxsize=1024)
def head(middle: Joint, nod: float, hair: str, hat: str, beard: bool, detail: int) -> list[tuple[str, Surface]]:
    """Return the pieces of a head: skin, hair, hat.

    Args:
        middle: Its centre.
        nod: Its pitch, radians, positive where it looks down.
        hair: One of `outfits.HAIRS`.
        hat: One of `outfits.HATS`.
        beard: Whether there is one.
        detail: 2 near, 1, 0 far.
    """
    turn = shapes.turn_y(nod)
    return [(name, posed(surface, turn, at=middle)) for name, surface in _heads(hair, hat, beard, detail).items()]


@functools.cache
def _heads(hair: str, hat: str, beard: bool, detail: int) -> Casting:
    """A head around the origin, looking along x."""
    parts: dict[str, list[Surface]] = {"skin": [_skull(detail, hair == "bald" and hat == "none")]}
    if detail == 2:
        nose = np.array(
            [
                [(0.108, 0, -0.03), (0.088, 0.016, -0.03), (0.093, 0, 0.02)],
                [(0.108, 0, -0.03), (0.088, -0.016, -0.03), (0.093, 0, 0.02)],
            ],
            np.float32,
        )
        parts["skin"].append(shapes.flat(nose))
    if hat == "hijab":
        parts["hat"] = [
            _cap(1.16, 0.42, -1.5, 0.1, detail),
            tube([(0.0, 0, -0.22), (-0.01, 0, -0.09)], [(0.15, 0.11), (0.085, 0.085)], 6, ends=False),
        ]
        return {name: merged(found) for name, found in parts.items()}
    if hair != "bald":
        size = {"curls": 1.24, "crop": 1.05}.get(hair, 1.12)
        low = {"long": -0.75, "bob": -0.8, "curls": -0.45}.get(hair, -0.35)
        parts["hair"] = [_cap(size, 0.25 if hat == "none" else 9.0, low, 0.45, detail)]
        if hair == "long":
            parts["hair"].append(
                tube(
                    [(-0.075, 0, -0.25), (-0.055, 0, -0.10), (-0.03, 0, 0.02)],
                    [(0.085, 0.03), (0.095, 0.05), (0.085, 0.06)],
                    5,
                )
            )
        if hair == "tail":
            parts["hair"].append(
                tube(
                    [(-0.13, 0, -0.22), (-0.15, 0, -0.08), (-0.09, 0, 0.04)],
                    [(0.02, 0.02), (0.04, 0.035), (0.025, 0.025)],
                    4,
                )
            )
        if hair == "bun":
            parts["hair"].append(_scaled(shapes.ball(0), (0.05, 0.05, 0.05), (-0.10, 0, 0.08)))
    if beard and detail == 2:
        parts.setdefault("hair", []).append(_beard())
    if hat != "none":
        parts.setdefault("hat", []).extend(_hat(hat, detail))
    return {name: merged(found) for name, found in parts.items()}


def _scaled(surface: Surface, size: tuple[float, float, float], at: tuple[float, float, float]) -> Surface:
    scale = np.array(size, np.float32)
    normals = surface[1] / scale
    normals /= np.sqrt((normals * normals).sum(-1, keepdims=True))
    return surface[0] * scale + np.array(at, np.float32), normals


def _shaped(points: Array) -> Array:
    """From the unit ball to a head: narrower towards the chin, which lies forwards."""
    chin = np.maximum(-points[..., 2:], 0)
    out = points * _HALF
    out[..., 1:2] *= 1 - 0.28 * chin
    out[..., 0:1] *= 1 - 0.18 * chin
    out[..., 0:1] += 0.015 * chin
    return np.asarray(out, np.float32)


@functools.cache
def _skull(detail: int, bare: bool) -> Surface:
    """A head; unless it is bare, without its back, which nobody sees."""
    triangles, normals = shapes.ball(1 if detail == 2 else 0)
    middle = triangles.mean(1)
    seen = (middle[:, 0] > -0.4) | (middle[:, 2] < -0.5) | bare
    return _shaped(triangles[seen]), normals[seen]


@functools.cache
def _cap(size: float, brow: float, nape: float, face: float, detail: int) -> Surface:
    """Hair or a hood: the part of a head that is not its face, a little larger.

    Args:
        size: 1 lies on the skin.
        brow: Height above which the forehead is covered, as a share of the head.
        nape: Lowest height covered behind.
        face: How far forwards the sides are covered.
        detail: Detail.
    """
    triangles, normals = shapes.ball(1 if detail else 0)
    middle = triangles.mean(1)
    over = (
        (middle[:, 2] > brow)
        | ((middle[:, 0] < face - 0.35) & (middle[:, 2] > nape))
        | ((middle[:, 0] < face) & (middle[:, 2] > min(0.0, nape + 0.6)))
    )
    grown = _shaped(triangles[over]) * np.float32(size) + np.array([-0.008, 0, 0.004], np.float32)
    return grown, normals[over]


@functools.cache
def _beard() -> Surface:
    triangles, normals = shapes.ball(1)
    middle = triangles.mean(1)
    over = (middle[:, 2] < -0.35) & (middle[:, 0] > -0.1)
    return _shaped(triangles[over]) * np.float32(1.06), normals[over]


def _hat(hat: str, detail: int) -> list[Surface]:
    dome = [_cap(1.22, 0.2, 0.1, 0.2, detail)]
    if hat == "beanie":
        return [_cap(1.2, 0.28, 0.0, 0.2, detail)]
    if hat in ("cap", "peaked", "hard hat"):
        brim = np.array(
            [[(0.09, 0.075, 0.035), (0.19, 0.055, 0.02), (0.19, -0.055, 0.02), (0.09, -0.075, 0.035)]], np.float32
        )
        return [*dome, shapes.quads(brim)]
    if hat == "sun hat":
        brim_ring = shapes.lathe([(0.21, 0.02), (0.09, 0.05)], 8)
        return [*dome, brim_ring]
    if hat == "helmet":
        return [_cap(1.34, 0.22, 0.0, 0.3, detail)]
    return [_cap(1.42, 0.25, -1.5, 0.45, detail), _chin_guard()]


@functools.cache
def _chin_guard() -> Surface:
    triangles, normals = shapes.ball(1)
    middle = triangles.mean(1)
    over = middle[:, 2] < -0.25
    return _shaped(triangles[over]) * np.float32(1.4), normals[over]
