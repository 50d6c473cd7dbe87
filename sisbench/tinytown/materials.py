"""Surfaces that parts can be made of, and what each asks for.

The look of each is a function of `sisbench.tinytown.shading`; here stand only names, so that building a world needs no
compiler. Colours are linear RGB.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Material:
    """A surface.

    Attributes:
        number: What the shader tells it by.
        params: Names of its parameters, in order; at most eight; those not given are 0.
    """

    number: int
    params: tuple[str, ...] = ()


MATERIALS = {
    "plain": Material(0),
    "asphalt": Material(1, ("half_width", "lanes", "marking", "crossing", "has_crossing", "worn", "center")),
    "paving": Material(2, ("tile", "bond", "two_tone")),
    "grass": Material(3),
    "facade": Material(4, ("floor", "bay", "window_width", "window_height", "style", "shop", "height", "lit")),
    "roof_tiles": Material(5),
    "foliage": Material(6),
    "bark": Material(7),
    "glass": Material(8),
    "paint": Material(9, ("seam", "seam_period")),
    "metal": Material(10),
    "brick": Material(11),
    "water": Material(12, ("ripple",)),
    "emitter": Material(13, ("power", "night_power")),
    "sign": Material(14, ("shape", "half_width", "half_height", "height", "across")),
    "gravel": Material(15),
    "vehicle_side": Material(16, ("window_low", "window_high", "window_period", "stripe")),
    "stripes": Material(17, ("period",)),
    "crop": Material(18, ("row",)),
    "concrete": Material(19),
    "cloth": Material(20, ("pattern", "scale")),
    "skin": Material(21),
    "wood": Material(22),
    "flat_roof": Material(23, ("style",)),
    "poster": Material(24, ("half_width", "half_height", "height", "across", "style")),
    "corrugated": Material(25, ("period",)),
    "rock": Material(26),
    "flowers": Material(27),
}
"""Materials by name.

asphalt: `half_width` metres of carriageway, `center` y of its middle; `marking` 0 none, 1 dashed, 2 double white in
    the middle, 3 double yellow; `crossing` is x of a zebra crossing where `has_crossing` is 1; `worn` 0 to 1 fades the
    paint. Tyre tracks follow `lanes`; 0 leaves them out.
paving: `tile` metres; `bond` 1 shifts every second row by half a tile; `two_tone` 1 lays tiles of both colours.
facade: `floor`, `bay` metres; window shares of bay and floor; `style` 0 brick, 1 plaster, 2 glass, 3 siding, 4
    corrugated, 5 dressed stone, 6 concrete slabs, 7 timber frame (beams in the accent if it is dark); `shop` 1 has shop
    fronts; `height` metres of wall; `lit` probability of a lit window. The accent is the colour of trim. A glass front
    darkens its colour.
roof_tiles: a slope; its tiles (pantiles, plain tiles, slates) are drawn from the object's key.
bark: where the colour is light (red above 0.35), a birch's.
paint: `seam` x of a door seam, repeated each `seam_period` metres; 0 leaves seams out.
water: `ripple` 0 calm, 1 breeze, 2 choppy.
emitter: radiance `power`, plus `night_power` times how dark it is.
sign: `shape` 0 disc, 1 triangle, 2 panel, 3 octagon, 4 diamond, 5 name plate (lettering in the accent); it faces -x;
    half sizes in metres, `height` z and `across` y of its middle. Colours are those of panels and name plates; the
    others have their own, and what they say is drawn from the object's key.
vehicle_side: heights of the window band and of a stripe, metres.
stripes: `period` metres of both colours together.
crop: `row` metres between rows, which run along x.
cloth: `pattern` 0 one colour, 1 stripes, 2 checks, 3 print on the chest, 4 flowers, 5 denim; `scale` metres.
flat_roof: `style` 0 gravel, 1 tar sheets, 2 light membrane, 3 planted, 4 solar panels on gravel.
poster: picture-like print of half sizes in metres, `height` z and `across` its middle, in the object's frame; `style`
    1 is graffiti on a wall of the part's colour.
corrugated: `period` metres of a rib.
"""
