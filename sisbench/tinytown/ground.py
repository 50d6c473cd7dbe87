"""What lies on the ground: colours of surfaces, level sheets that follow the street, the land around.

Flat layers lie at least 4 mm apart: land -0.06, strips beside the road -0.02, carriageway 0, crossing streets 0.004,
paint 0.008.
"""

from __future__ import annotations

from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Body, Color, Part
from sisbench.tinytown.street import Town

START, END = -140.0, 430.0
"""Where the street begins and ends, metres."""
PAINT: Color = (0.62, 0.62, 0.60)
"""White paint on roads."""
_FAR = (-760.0, 1030.0)
_WIDE = 640.0
_NO_LANES = 999.0  # half width of asphalt without an edge in sight

GRASS: tuple[tuple[Color, Color], ...] = (
    ((0.055, 0.115, 0.022), (0.13, 0.18, 0.05)),
    ((0.045, 0.095, 0.02), (0.10, 0.16, 0.04)),
    ((0.07, 0.12, 0.03), (0.17, 0.20, 0.06)),
    ((0.09, 0.12, 0.035), (0.22, 0.20, 0.08)),
)
"""Lawns, from fresh to dry."""
_STRAW: tuple[Color, Color] = ((0.10, 0.095, 0.05), (0.19, 0.17, 0.095))
_SOIL: tuple[tuple[Color, Color], ...] = (
    ((0.16, 0.11, 0.07), (0.26, 0.19, 0.12)),
    ((0.22, 0.17, 0.11), (0.33, 0.27, 0.19)),
    ((0.12, 0.09, 0.065), (0.20, 0.15, 0.11)),
)
_GRAVEL: tuple[tuple[Color, Color], ...] = (
    ((0.34, 0.31, 0.26), (0.46, 0.43, 0.37)),
    ((0.26, 0.25, 0.24), (0.38, 0.37, 0.35)),
    ((0.42, 0.35, 0.25), (0.52, 0.45, 0.34)),
)
_SLABS: tuple[tuple[Color, Color], ...] = (
    ((0.36, 0.35, 0.33), (0.29, 0.28, 0.27)),
    ((0.42, 0.38, 0.32), (0.34, 0.30, 0.25)),
    ((0.30, 0.17, 0.13), (0.24, 0.14, 0.11)),
    ((0.25, 0.25, 0.26), (0.33, 0.33, 0.33)),
    ((0.45, 0.43, 0.40), (0.38, 0.24, 0.19)),
)


def grass(town: Town) -> tuple[Color, Color]:
    """Return the two greens of a world's lawns; duller and browner outside of summer."""
    colors = town.key.pick("lawn", GRASS)
    fade = {"summer": 0.0, "autumn": 0.35, "winter": 0.6}[town.site.weather.season]
    first, second = (
        tuple(a + fade * (b - a) for a, b in zip(color, straw, strict=True))
        for color, straw in zip(colors, _STRAW, strict=True)
    )
    return (first[0], first[1], first[2]), (second[0], second[1], second[2])


def asphalt(town: Town) -> Color:
    """Return the grey of a world's carriageways."""
    return surface_colors(town, "asphalt", town.key.child("asphalt"))[0]


def stone(town: Town) -> Color:
    """Return the grey of a world's kerbs."""
    return town.key.pick("kerbstone", ((0.42, 0.41, 0.39), (0.33, 0.32, 0.31), (0.5, 0.48, 0.45)))


def sheet(
    town: Town,
    kind: str,
    material: str,
    key: Key,
    x: tuple[float, float],
    y: tuple[float, float],
    z: float,
    colors: tuple[Color, Color] | None = None,
    **params: float,
) -> Body:
    """Lay a level surface that follows the street.

    Args:
        town: The world.
        kind: Of the surface.
        material: Of the surface.
        key: Of the surface.
        x: From where to where, metres.
        y: The same across, in any order.
        z: Height, metres.
        colors: Main and second colour; None draws them.
        **params: Of the material; asphalt has no lanes and paving a tile of its own unless they say otherwise.
    """
    if material == "asphalt":
        params.setdefault("half_width", _NO_LANES)
    if material == "paving":
        params.setdefault("tile", key.pick("tile", (0.25, 0.4, 0.5, 0.8, 1.2)))
        params.setdefault("bond", float(key.integer("bond", 2)))
    first, second = colors or surface_colors(town, material, key)
    body = town.site.scene.course(kind, key)
    body.part(material, first, second, None, (0.0, 0.0, 0.0), **params).sheet(x, sorted_pair(*y), z)
    return body


def sorted_pair(a: float, b: float) -> tuple[float, float]:
    """Return two numbers, the smaller one first."""
    return (a, b) if a < b else (b, a)


def surface_colors(town: Town, material: str, key: Key) -> tuple[Color, Color]:
    """Draw the two colours of a natural or paved surface; lawns are alike all over a world."""
    if material == "grass":
        return grass(town)
    if material == "gravel":
        return key.pick("gravel", _GRAVEL)
    if material == "soil":
        return key.pick("soil", _SOIL)
    if material == "paving":
        return key.pick("slabs", _SLABS)
    grey = key.uniform("grey", 0.07, 0.15) if material == "asphalt" else key.uniform("grey", 0.26, 0.44)
    warm = key.uniform("warm", 0.95, 1.05)
    color = (grey * warm, grey, grey / warm)
    return color, color


def slabs(town: Town, body: Body) -> Part:
    """Start a part with the pavement of a world: slabs, setts, bricks, or concrete."""
    key = town.key.child("pavement")
    colors = key.pick("slabs", (*_SLABS, None))
    if colors is None:
        return body.part("concrete", *surface_colors(town, "concrete", key))
    return body.part("paving", *colors, tile=key.uniform("tile", 0.25, 1.2), bond=float(key.integer("bond", 2)))


def plain_asphalt(body: Body, color: Color, kind: str | None = None) -> Part:
    """Start a part of asphalt without lanes."""
    return body.part("asphalt", color, color, kind=kind, half_width=_NO_LANES)


def land(town: Town, base: str) -> None:
    """Lay the ground that reaches to the horizon.

    Args:
        town: The world.
        base: "grass", "soil", "paved" or "asphalt".
    """
    key = town.key.child("land")
    kind, material = {
        "grass": ("grass", "grass"), "soil": ("soil", "gravel"), "paved": ("plaza", "paving"),
        "asphalt": ("parking", "asphalt"),
    }[base]  # fmt: skip
    sheet(town, kind, material, key, _FAR, (-_WIDE, _WIDE), -0.06)
