"""Where a world is seen from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown import shapes
from sisbench.tinytown.bend import Bend
from sisbench.tinytown.keys import Key

Floats = NDArray[np.float32]

VIEWS = ("ground", "aerial", "oblique", "panorama")
"""Perspective from the carriageway; straight down; slanted from above; all around at eye height."""


@dataclass(frozen=True)
class Camera:
    """A view of a world.

    Attributes:
        view: One of `VIEWS`.
        position: World coordinates, metres.
        yaw: Radians to the left of x.
        pitch: Radians down from level.
        roll: Radians.
        field: Horizontal field of view, radians; 2 pi for panoramas, whose rows are latitudes.
        vertical: Vertical field of view of panoramas, radians; others follow from the shape of the image.
    """

    view: str
    position: tuple[float, float, float]
    yaw: float
    pitch: float
    roll: float
    field: float
    vertical: float = 0.0

    def rays(
        self,
        height: int,
        width: int,
        offset: tuple[float, float] = (0.5, 0.5),
        which: NDArray[np.int64] | None = None,
    ) -> tuple[Floats, Floats]:
        """Return origins and unit directions of one ray per pixel, float32 (n, 3).

        Args:
            height: Rows.
            width: Columns.
            offset: Where in its pixel a ray goes through, (across, down); the centre is (0.5, 0.5).
            which: Numbers of the n pixels wanted, counted row by row; all if None.
        """
        row, column = np.divmod(np.arange(height * width) if which is None else which, width)
        across = [(x + offset[0]) / width for x in range(width)]
        down = [(y + offset[1]) / height for y in range(height)]
        if self.view == "panorama":
            lon = [math.pi - 2 * math.pi * a for a in across]
            lat = [self.vertical * (0.5 - d) for d in down]
            level = np.array([(math.cos(a), math.sin(a)) for a in lon])
            rise = np.array([(math.cos(b), math.sin(b)) for b in lat])
            x, y, z = level[column, 0] * rise[row, 0], level[column, 1] * rise[row, 0], rise[row, 1]
        else:
            reach = math.tan(self.field / 2)
            y = (-np.array([2 * a - 1 for a in across]) * reach)[column]
            z = (-np.array([2 * d - 1 for d in down]) * reach * height / width)[row]
            size = np.sqrt(1.0 + y * y + z * z)
            x, y, z = 1.0 / size, y / size, z / size
        turn = shapes.turn_z(self.yaw) @ shapes.turn_y(self.pitch) @ shapes.turn_x(self.roll)
        t = turn.astype(np.float64)  # written out: the order of additions of a matrix product is the library's choice
        directions = np.empty((len(row), 3), np.float32)
        for i in range(3):
            directions[:, i] = t[i, 0] * x + t[i, 1] * y + t[i, 2] * z
        origins = np.empty_like(directions)
        origins[:] = self.position
        return origins, directions

    def pixel_angle(self, width: int) -> float:
        """Width of a pixel at a distance of one metre."""
        return self.field / width if self.view == "panorama" else 2 * math.tan(self.field / 2) / width


def cameras(key: Key, bend: Bend, lane: float, fields: tuple[float, float] = (72.0, 90.0)) -> dict[str, Camera]:
    """Place the cameras of a world.

    Args:
        key: For the jitter.
        bend: How the street runs.
        lane: y of the ground camera, metres.
        fields: Least and largest horizontal field of view of the ground camera, degrees.

    Returns:
        One camera per view.
    """
    eye = key.uniform("eye", 1.4, 1.8)
    x, y, z = bend.spot(0.0, lane)
    over = bend.spot(16.0, 0.3 * lane)
    heading = bend.heading(16.0)
    behind = bend.spot(-38.0, 0.3 * lane)
    return {
        "ground": Camera(
            "ground", (x, y, z + eye), 0.05 * key.normal("yaw"), key.uniform("pitch", -0.02, 0.05),
            0.008 * key.normal("roll"), math.radians(key.uniform("field", *fields)),
        ),
        "aerial": Camera(
            "aerial", (over[0], over[1], over[2] + 72.0), heading + 0.03 * key.normal("aerial yaw"),
            math.pi / 2 - 0.001, 0.0, math.radians(52.0),
        ),
        "oblique": Camera(
            "oblique", (behind[0], behind[1], behind[2] + key.uniform("oblique height", 34, 46)),
            heading + 0.06 * key.normal("oblique yaw"), key.uniform("oblique pitch", 0.55, 0.7), 0.0,
            math.radians(62.0),
        ),
        "panorama": Camera(
            "panorama", (x, y, z + eye + 0.6), 0.02 * key.normal("panorama yaw"), 0.0, 0.0, 2 * math.pi,
            math.radians(90.0),
        ),
    }  # fmt: skip
