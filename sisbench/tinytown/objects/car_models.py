"""Types of cars and vans: their measures, how often each is seen, and in which colours."""

from __future__ import annotations

from typing import NamedTuple

from sisbench.tinytown.scene import Color

PAINTS: tuple[tuple[Color, float], ...] = (
    ((0.72, 0.72, 0.70), 24.0), ((0.020, 0.021, 0.023), 21.0), ((0.14, 0.145, 0.15), 15.0),
    ((0.42, 0.43, 0.44), 12.0), ((0.045, 0.048, 0.052), 6.0), ((0.016, 0.045, 0.16), 6.0), ((0.05, 0.12, 0.26), 3.5),
    ((0.34, 0.015, 0.018), 5.0), ((0.13, 0.012, 0.016), 1.5), ((0.02, 0.07, 0.045), 1.5), ((0.13, 0.16, 0.09), 1.0),
    ((0.36, 0.31, 0.22), 1.5), ((0.11, 0.07, 0.045), 1.0), ((0.55, 0.17, 0.02), 0.8), ((0.60, 0.42, 0.03), 0.8),
    ((0.16, 0.34, 0.40), 0.8),
)  # fmt: skip
"""Colours of cars, and how often each is seen."""


class Model(NamedTuple):
    """A type of car; metres, x from the front bumper backwards, heights above the ground.

    Attributes:
        share: How often it is seen.
        length: Bumper to bumper.
        width: Without mirrors.
        height: To the top of the roof.
        axles: Where the front and the rear wheels stand.
        wheel: Radius of the tyres.
        sill: Lowest edge of the sides.
        nose: Front edge of the bonnet.
        cowl: Lower edge of the windscreen: x and height.
        belt: Lower edge of the rear windows.
        tail: Rear end of the boot or tail gate: its upper edge.
        screen: Where the windscreen meets the roof.
        roof: Where the roof ends.
        back: Lower edge of the rear window; the boot lid begins there.
        pillars: Centres of the pillars behind the front doors and the rear doors.
        lean: How far windows lean inwards.
        blind: Whether the rear sides have no windows.
        rails: Whether the roof has rails.
    """

    share: float
    length: float
    width: float
    height: float
    axles: tuple[float, float]
    wheel: float
    sill: float
    nose: float
    cowl: tuple[float, float]
    belt: float
    tail: float
    screen: float
    roof: float
    back: float
    pillars: tuple[float, float]
    lean: float = 0.16
    blind: bool = False
    rails: bool = False


MODELS = {
    "sedan": Model(
        share=14, length=4.74, width=1.83, height=1.45, axles=(0.90, 3.72), wheel=0.33, sill=0.27, nose=0.74,
        cowl=(1.42, 0.97), belt=1.00, tail=1.02, screen=2.12, roof=3.42, back=4.12, pillars=(2.42, 3.42),
    ),
    "limousine": Model(
        share=5, length=5.02, width=1.88, height=1.46, axles=(0.90, 3.88), wheel=0.35, sill=0.28, nose=0.78,
        cowl=(1.58, 1.00), belt=1.02, tail=1.03, screen=2.36, roof=3.72, back=4.36, pillars=(2.62, 3.72),
    ),
    "hatchback": Model(
        share=22, length=4.22, width=1.79, height=1.48, axles=(0.88, 3.48), wheel=0.32, sill=0.27, nose=0.76,
        cowl=(1.28, 0.98), belt=1.02, tail=1.00, screen=1.98, roof=3.72, back=4.12, pillars=(2.22, 3.14),
    ),
    "mini": Model(
        share=8, length=3.62, width=1.66, height=1.50, axles=(0.68, 3.02), wheel=0.29, sill=0.27, nose=0.80,
        cowl=(0.98, 1.00), belt=1.03, tail=1.00, screen=1.68, roof=3.30, back=3.56, pillars=(1.92, 2.75),
    ),
    "estate": Model(
        share=11, length=4.76, width=1.83, height=1.49, axles=(0.90, 3.74), wheel=0.33, sill=0.27, nose=0.75,
        cowl=(1.42, 0.98), belt=1.02, tail=1.04, screen=2.12, roof=4.30, back=4.68, pillars=(2.42, 3.42), rails=True,
    ),
    "suv": Model(
        share=18, length=4.55, width=1.87, height=1.68, axles=(0.88, 3.56), wheel=0.37, sill=0.36, nose=0.92,
        cowl=(1.36, 1.13), belt=1.16, tail=1.12, screen=2.02, roof=4.02, back=4.46, pillars=(2.30, 3.24), rails=True,
    ),
    "offroad": Model(
        share=3, length=4.45, width=1.90, height=1.88, axles=(0.78, 3.52), wheel=0.40, sill=0.44, nose=1.08,
        cowl=(1.52, 1.20), belt=1.22, tail=1.20, screen=1.86, roof=4.36, back=4.44, pillars=(2.30, 3.22),
        lean=0.08, rails=True,
    ),
    "coupe": Model(
        share=4, length=4.42, width=1.85, height=1.29, axles=(0.88, 3.40), wheel=0.34, sill=0.22, nose=0.68,
        cowl=(1.58, 0.89), belt=0.93, tail=0.92, screen=2.30, roof=2.92, back=3.96, pillars=(2.84, 3.02),
        lean=0.20,
    ),
    "pickup": Model(
        share=3, length=5.32, width=1.90, height=1.82, axles=(0.96, 4.16), wheel=0.39, sill=0.42, nose=1.02,
        cowl=(1.62, 1.20), belt=1.20, tail=1.16, screen=2.26, roof=3.28, back=3.46, pillars=(2.50, 3.20),
        lean=0.14,
    ),
    "minivan": Model(
        share=6, length=4.72, width=1.86, height=1.76, axles=(0.92, 3.80), wheel=0.34, sill=0.30, nose=0.88,
        cowl=(1.18, 1.12), belt=1.14, tail=1.08, screen=2.00, roof=4.28, back=4.64, pillars=(2.26, 3.26),
        lean=0.15,
    ),
    "van": Model(
        share=8, length=5.15, width=1.94, height=2.02, axles=(0.90, 3.98), wheel=0.34, sill=0.32, nose=0.98,
        cowl=(1.02, 1.22), belt=1.24, tail=1.22, screen=1.72, roof=5.02, back=5.12, pillars=(1.98, 3.10),
        lean=0.13, blind=True,
    ),
    "transporter": Model(
        share=5, length=5.98, width=2.02, height=2.55, axles=(0.98, 4.64), wheel=0.36, sill=0.36, nose=1.10,
        cowl=(1.10, 1.36), belt=1.38, tail=1.36, screen=1.86, roof=5.90, back=5.96, pillars=(2.14, 3.20),
        lean=0.13, blind=True,
    ),
    "caddy": Model(
        share=4, length=4.45, width=1.82, height=1.82, axles=(0.88, 3.62), wheel=0.32, sill=0.30, nose=0.86,
        cowl=(1.16, 1.10), belt=1.12, tail=1.10, screen=1.92, roof=4.34, back=4.42, pillars=(2.16, 3.12),
        lean=0.12, blind=True,
    ),
}  # fmt: skip
"""Types of cars by name."""
