"""Builds objects that stay where they are, or follow the street, and tells what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown.keys import Key
from sisbench.tinytown.kinds import KINDS
from sisbench.tinytown.scene import Scene
from sisbench.tinytown.site import Site
from sisbench.tinytown.weather import Weather, weather


class Built(NamedTuple):
    """Triangles (n, 3, 3) of what was built, and kind and colours of each."""

    triangles: NDArray[np.float32]
    normals: NDArray[np.float32]
    kinds: list[str]
    colors: NDArray[np.float64]

    def of(self, kind: str) -> NDArray[np.float32]:
        """Triangles of a kind."""
        return self.triangles[[k == kind for k in self.kinds]]

    @property
    def size(self) -> NDArray[np.float32]:
        """Extent along x, y and z."""
        points = self.triangles.reshape(-1, 3)
        return points.max(0) - points.min(0)

    @property
    def low(self) -> float:
        """Height of the lowest point."""
        return float(self.triangles[..., 2].min())


def conditions(season: str = "summer") -> Weather:
    """Some dry weather of a season."""
    return weather(Key("conditions"))._replace(season=season, wet=0.0, snow=False)


def build(add: Callable[[Site], None], sky: Weather | None = None) -> Built:
    """Run a function that adds objects to an empty site with a straight street."""
    scene = Scene()
    add(Site(scene, sky or conditions()))
    mesh = scene.build()
    return Built(mesh.layout, mesh.normals, [KINDS[k] for k in mesh.kind[mesh.part]], mesh.colors[mesh.part])
