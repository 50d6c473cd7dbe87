"""What a material function is given, and what it returns."""

from __future__ import annotations

from typing import NamedTuple

from sisbench.tinytown.shading._compile import shader


class Point(NamedTuple):
    """A point on a surface, metres. Positions are of the layout, before the street was bent.

    Attributes:
        x: Along the street.
        y: To its left.
        z: Up.
        lx: In the frame of the object: forward.
        ly: In the frame of the object: left.
        lz: Above the object's origin.
        nx: Normal of the triangle, in the frame of the object.
        ny: The same, left.
        nz: The same, up.
        u: Across the surface: horizontal on walls, forward on level ones.
        v: Up walls, left on level ones.
        foot: What a pixel covers.
        seed: Number of the object, 32 bits: for its noise, so that no two are alike.
    """

    x: float
    y: float
    z: float
    lx: float
    ly: float
    lz: float
    nx: float
    ny: float
    nz: float
    u: float
    v: float
    foot: float
    seed: int


class Coat(NamedTuple):
    """Colours and parameters of a part, as it states them."""

    r: float
    g: float
    b: float
    r2: float
    g2: float
    b2: float
    p0: float
    p1: float
    p2: float
    p3: float
    p4: float
    p5: float
    p6: float
    p7: float


class Air(NamedTuple):
    """What of the weather surfaces must know.

    Attributes:
        wet: 0 dry, 1 soaked.
        snow: 0 none, 1 covered.
        dark: 0 day, 1 night.
        lit: Radiance of lit windows and lamps.
        autumn: 0 none, 1 the ground is strewn with leaves.
        seed: Number of the world, 32 bits.
    """

    wet: float
    snow: float
    dark: float
    lit: float
    autumn: float
    seed: int


class Look(NamedTuple):
    """What a surface is like at a point.

    Attributes:
        r: Reflectance, linear.
        g: The same, green.
        b: The same, blue.
        er: Radiance that it emits.
        eg: The same, green.
        eb: The same, blue.
        mirror: Strength of the mirror image, 0 to 1.
        bump_x: Tilt of the normal, world x.
        bump_y: Tilt of the normal, world y.
    """

    r: float
    g: float
    b: float
    er: float
    eg: float
    eb: float
    mirror: float
    bump_x: float
    bump_y: float


@shader
def matte(r: float, g: float, b: float) -> Look:
    """A surface that neither shines nor glows."""
    return Look(r, g, b, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


@shader
def glossy(r: float, g: float, b: float, mirror: float) -> Look:
    """A surface with a mirror image."""
    return Look(r, g, b, 0.0, 0.0, 0.0, mirror, 0.0, 0.0)


@shader
def glowing(r: float, g: float, b: float, er: float, eg: float, eb: float, mirror: float) -> Look:
    """A surface that emits light."""
    return Look(r, g, b, er, eg, eb, mirror, 0.0, 0.0)


@shader
def across(p: Point) -> float:
    """Metres to the right along a wall, as someone in front of it sees it."""
    if abs(p.nx) > abs(p.ny):
        return p.ly if p.nx > 0 else -p.ly
    return p.lx if p.ny < 0 else -p.lx
