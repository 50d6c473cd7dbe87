"""Builds single objects and tells what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown.keys import Key
from sisbench.tinytown.kinds import KINDS
from sisbench.tinytown.scene import Place, Scene
from sisbench.tinytown.site import Site
from sisbench.tinytown.weather import Weather, weather


class Built(NamedTuple):
    """Triangles (n, 3, 3) of what was built, and kind, instance and colours of each."""

    triangles: NDArray[np.float32]
    normals: NDArray[np.float32]
    kinds: NDArray[np.str_]
    instances: NDArray[np.int64]
    colors: NDArray[np.float64]

    def of(self, kind: str) -> NDArray[np.float32]:
        """Triangles of a kind."""
        return self.triangles[self.kinds == kind]

    @property
    def size(self) -> NDArray[np.float32]:
        """Extent along x, y and z."""
        points = self.triangles.reshape(-1, 3)
        return points.max(0) - points.min(0)

    @property
    def low(self) -> float:
        """Height of the lowest point."""
        return float(self.triangles[..., 2].min())


def conditions(season: str = "summer", wet: float = 0.0) -> Weather:
    """Some weather of a season."""
    return weather(Key("conditions"))._replace(season=season, wet=wet, snow=False)


def build(place_objects: Callable[[Site], None], sky: Weather | None = None) -> Built:
    """Run a function that adds objects to an empty site whose street is straight and level."""
    scene = Scene()
    place_objects(Site(scene, sky or conditions()))
    mesh = scene.build()
    owner = mesh.part
    return Built(
        mesh.layout,
        mesh.normals,
        np.array(KINDS)[mesh.kind][owner],
        mesh.instance[owner].astype(np.int64),
        mesh.colors[owner],
    )


AT = Place(6.0, -3.0, 0.7, 0.25)
"""A place that is neither the origin nor straight nor on the ground."""
