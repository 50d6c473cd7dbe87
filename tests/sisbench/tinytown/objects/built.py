"""Builds single objects and tells what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

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


class _Recorder(Scene):
    """A scene that is never bent nor traced."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[Any] = []
        self.added: list[tuple[int, NDArray[np.float32], NDArray[np.float32]]] = []

    def record(self, record: Any) -> int:
        self.parts.append(record)
        return len(self.parts) - 1

    def add(self, index: int, triangles: NDArray[np.float32], normals: NDArray[np.float32], anchor: Any) -> None:
        assert anchor is not None, "these objects keep their shape"
        self.added.append((index, triangles, normals))


def build(place_objects: Callable[[Site], None], sky: Weather | None = None) -> Built:
    """Run a function that adds objects to an empty site."""
    scene = _Recorder()
    place_objects(Site(scene, sky or conditions()))
    counts = [len(triangles) for _, triangles, _ in scene.added]
    owner = np.repeat([index for index, _, _ in scene.added], counts)
    return Built(
        np.concatenate([triangles for _, triangles, _ in scene.added]),
        np.concatenate([normals for _, _, normals in scene.added]),
        np.array([KINDS[part.kind] for part in scene.parts])[owner],
        np.array([part.instance for part in scene.parts])[owner],
        np.array([part.colors for part in scene.parts])[owner],
    )


AT = Place(6.0, -3.0, 0.7, 0.25)
"""A place that is neither the origin nor straight nor on the ground."""
