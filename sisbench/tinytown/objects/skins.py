"""What buildings are clad with: colours, floors, bays and windows that go together."""

from __future__ import annotations

from typing import NamedTuple

from sisbench.tinytown.keys import Key
from sisbench.tinytown.scene import Body, Color, Part
from sisbench.tinytown.site import Site

STYLES = ("brick", "plaster", "glass", "siding", "corrugated", "stone", "slabs", "timber")
"""Facades, in the order of the facade material's `style`."""

_WALLS: dict[str, tuple[Color, ...]] = {
    "brick": (
        (0.30, 0.115, 0.075),
        (0.38, 0.18, 0.11),
        (0.42, 0.31, 0.21),
        (0.21, 0.115, 0.095),
        (0.50, 0.42, 0.33),
        (0.26, 0.17, 0.14),
        (0.46, 0.24, 0.15),
    ),
    "plaster": (
        (0.55, 0.50, 0.42),
        (0.60, 0.46, 0.30),
        (0.62, 0.59, 0.53),
        (0.48, 0.47, 0.45),
        (0.57, 0.36, 0.27),
        (0.36, 0.41, 0.45),
        (0.64, 0.56, 0.33),
        (0.40, 0.46, 0.36),
        (0.66, 0.62, 0.58),
        (0.50, 0.30, 0.28),
        (0.30, 0.29, 0.28),
    ),
    "glass": ((0.10, 0.14, 0.18), (0.16, 0.17, 0.18), (0.08, 0.13, 0.13), (0.20, 0.18, 0.15), (0.05, 0.07, 0.10)),
    "siding": (
        (0.62, 0.62, 0.60),
        (0.38, 0.47, 0.54),
        (0.58, 0.51, 0.36),
        (0.42, 0.24, 0.19),
        (0.33, 0.40, 0.31),
        (0.20, 0.23, 0.26),
        (0.60, 0.55, 0.47),
        (0.44, 0.42, 0.40),
    ),
    "stone": ((0.44, 0.40, 0.33), (0.36, 0.34, 0.31), (0.50, 0.44, 0.34), (0.42, 0.33, 0.26), (0.52, 0.50, 0.46)),
    "slabs": ((0.46, 0.45, 0.43), (0.40, 0.38, 0.35), (0.52, 0.49, 0.43), (0.36, 0.37, 0.38), (0.48, 0.42, 0.36)),
    "timber": ((0.62, 0.59, 0.52), (0.58, 0.50, 0.36), (0.64, 0.62, 0.57), (0.52, 0.36, 0.26)),
    "corrugated": (
        (0.48, 0.50, 0.52),
        (0.19, 0.28, 0.42),
        (0.45, 0.42, 0.36),
        (0.30, 0.33, 0.30),
        (0.38, 0.12, 0.09),
        (0.60, 0.60, 0.58),
        (0.16, 0.17, 0.18),
    ),
}
_TRIMS: tuple[Color, ...] = (
    (0.60, 0.58, 0.54),
    (0.25, 0.22, 0.20),
    (0.34, 0.16, 0.10),
    (0.12, 0.13, 0.15),
    (0.66, 0.64, 0.60),
    (0.40, 0.36, 0.30),
)
TILES: tuple[Color, ...] = (
    (0.32, 0.105, 0.06),
    (0.26, 0.13, 0.09),
    (0.10, 0.10, 0.11),
    (0.19, 0.19, 0.21),
    (0.37, 0.19, 0.12),
    (0.14, 0.09, 0.07),
    (0.22, 0.20, 0.17),
)
"""Roof tiles, slate and shingles."""


class Skin(NamedTuple):
    """A facade's choices.

    Attributes:
        style: One of `STYLES`.
        color: Of its walls.
        trim: Of its frames, cornices and lintels.
        floor: Height of a storey, metres.
        bay: Width of a bay, metres.
        window: Shares of bay and storey that a window takes.
    """

    style: str
    color: Color
    trim: Color
    floor: float
    bay: float
    window: tuple[float, float]

    def part(self, body: Body, site: Site, height: float, origin: tuple[float, float, float], shop: bool = False,
             color: Color | None = None, windows: bool = True) -> Part:  # fmt: skip
        """Start walls of a height that wear this skin; bays and floors count from `origin`."""
        wide, high = self.window if windows else (0.0, 0.0)
        return body.part(
            "facade", color or self.color, self.trim, origin=origin, floor=self.floor, bay=self.bay, window_width=wide,
            window_height=high, style=STYLES.index(self.style), shop=float(shop), height=height,
            lit=site.weather.lit_windows,
        )  # fmt: skip


def skin(key: Key, style: str, width: float, height: float, whole: bool = True) -> Skin:
    """Draw a skin whose bays and floors divide a front of a width and a height.

    Args:
        key: Of the building.
        style: One of `STYLES`.
        width: Of the front, metres.
        height: Of the walls, metres.
        whole: Whether floors and bays must divide them without a rest.
    """
    shade = key.uniform("shade", 0.82, 1.12)
    base = key.pick("wall", _WALLS[style])
    color = (min(base[0] * shade, 0.8), min(base[1] * shade, 0.8), min(base[2] * shade, 0.8))
    floor = key.uniform("floor", 2.9, 3.6) if style != "corrugated" else 4.5
    bay = key.uniform("bay", 1.9, 3.4) if style != "glass" else key.uniform("bay", 1.2, 2.2)
    if style == "glass":
        window = (0.92, key.uniform("pane", 0.62, 0.9))
    elif style == "corrugated":
        window = (0.5, 0.3)
    elif key.chance("ribbon", 0.12):
        window = (0.94, key.uniform("ribbon height", 0.4, 0.5))
    else:
        window = (key.uniform("window", 0.34, 0.6), key.uniform("window height", 0.42, 0.64))
    if whole:
        floor = height / max(1, round(height / floor))
        bay = width / max(1, round(width / bay))
    trim: Color = (
        key.pick("beams", ((0.10, 0.06, 0.04), (0.06, 0.05, 0.045), (0.17, 0.07, 0.04)))
        if style == "timber"
        else key.pick("trim", _TRIMS)
    )
    return Skin(style, color, trim, floor, bay, window)
