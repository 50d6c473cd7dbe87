"""Worlds are laid out along a straight, level street and bent afterwards.

Layout coordinates are metres: x along the street, y to the left, z up; the ground camera stands near the origin. A bend
turns the street to the left or right and lets it rise or fall, gently. Layout rules, textures and distances between
objects all stay in the straight frame, and never learn of it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown.corners import carry

Points = NDArray[np.float32]

_FIRST, _LAST = -720, 1040  # metres of street that the table covers; worlds end before
_FADE = (180.0, 240.0)  # metres ahead between which the street becomes straight again
_CLIMB = 120.0  # metres ahead at which it is level again
WIDE = 110.0
"""Beyond this distance from the street, points are shifted, not turned: the inner side must not fold."""


class Bend:
    """A smooth map from layout to world coordinates; the identity at the origin.

    Args:
        curvature: Of the street from x = `reach` on, 1 / metres, positive to the left; at most 1 / 160 in size.
        rise: Height that the street gains (or loses) by x = 120, metres.
        reach: Metres ahead within which the curvature grows from 0.
    """

    def __init__(self, curvature: float = 0.0, rise: float = 0.0, reach: float = 60.0) -> None:
        if abs(curvature) > 1 / 160:
            raise ValueError(f"curvature is {curvature}; the inner side of the street folds beyond 1 / 160")
        self.straight = curvature == 0 and rise == 0
        self.curvature, self.rise, self.reach = curvature, rise, reach
        rows = []  # x, y, height, cosine and sine of the heading, at every metre; straight behind the camera
        x = y = heading = 0.0
        for at in range(_LAST + 1):
            rows.append((x, y, self._height(at), math.cos(heading), math.sin(heading)))
            turn = curvature * self._share(at + 0.5)
            x, y = x + math.cos(heading + turn / 2), y + math.sin(heading + turn / 2)
            heading += turn
        behind = [(float(at), 0.0, 0.0, 1.0, 0.0) for at in range(_FIRST, 0)]
        self._table = np.array(behind + rows)

    def _share(self, at: float) -> float:
        """Share of the curvature at one place: it grows up to `reach`, and fades out far ahead."""
        return min(1.0, at / self.reach) if at < _FADE[0] else max(0.0, (_FADE[1] - at) / (_FADE[1] - _FADE[0]))

    def _height(self, at: float) -> float:
        along = min(at / _CLIMB, 1.0)
        return self.rise * along * along * (3 - 2 * along)

    def _at(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rows of the table at places along the street, interpolated."""
        place = np.clip(x - _FIRST, 0, _LAST - _FIRST - 1e-6)
        index = place.astype(np.int64)
        part = (place - index)[..., None]
        rows: NDArray[np.float64] = self._table[index] * (1 - part) + self._table[index + 1] * part
        return rows

    def points(self, layout: Points) -> Points:
        """Map points, float32 (..., 3), each for itself: for what follows the street (lanes, walls, wires)."""
        if self.straight:
            return layout
        rows = self._at(layout[..., 0].astype(np.float64))
        across = layout[..., 1].astype(np.float64)
        near = np.clip(across, -WIDE, WIDE)
        out = np.empty_like(layout)
        out[..., 0] = rows[..., 0] - near * rows[..., 4]
        out[..., 1] = rows[..., 1] + near * rows[..., 3] + (across - near)
        out[..., 2] = layout[..., 2] + rows[..., 2]
        return out

    def rigid(
        self, layout: Points, normals: Points, bodies: NDArray[np.float64], which: NDArray[np.int64]
    ) -> tuple[Points, Points]:
        """Move triangles with the body that they belong to: for what must keep its shape (buildings, cars, people).

        Args:
            layout: Corners, float32 (n, 3, 3).
            normals: Directions at the corners, float32 (n, 3, 3).
            bodies: (x, y) of every body in the layout, (k, 2).
            which: Body of each triangle, (n,).

        Returns:
            Corners and directions in world coordinates.
        """
        ground = np.concatenate([bodies, np.zeros((len(bodies), 1))], 1).astype(np.float32)
        heading = self._at(bodies[:, 0])[:, 3:]
        heading /= np.sqrt((heading * heading).sum(1, keepdims=True))
        return carry(layout, normals, which, ground, heading.astype(np.float32), self.points(ground))

    def spot(self, x: float, y: float) -> tuple[float, float, float]:
        """Return where a point of the layout's ground lies in the world."""
        point = self.points(np.array([x, y, 0.0], np.float32))
        return float(point[0]), float(point[1]), float(point[2])

    def heading(self, x: float) -> float:
        """Return the direction of the street, radians counter-clockwise from its direction at the origin."""
        row = self._at(np.array([x]))[0]
        return math.atan2(row[4], row[3])
