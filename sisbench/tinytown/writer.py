"""From a world to its files: photos, label maps and instance maps of every view, and one line that describes it."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sisbench.tinytown import spaces
from sisbench.tinytown.cameras import VIEWS, Camera
from sisbench.tinytown.render import render
from sisbench.tinytown.rendering import Rendering
from sisbench.tinytown.worlds import World

_DECIMALS = 6  # of lengths and angles: beyond them processors differ
_PHOTO: dict[str, dict[str, Any]] = {
    ".webp": {"format": "WEBP", "quality": 90, "method": 6},
    ".jpg": {"format": "JPEG", "quality": 95},
}


def describe(world: World, rendering: Rendering) -> dict[str, Any]:
    """Return a world's line of `worlds.jsonl`.

    Lengths are metres and angles radians, in world coordinates: x along the street where the ground camera stands, y to
    the left, z up. `yaw` is to the left of x, `pitch` down from level, `field` the horizontal field of view. A point at
    (forward, left, up) of a perspective camera falls on the pixel (cx - fx * left / forward, cy - fy * up / forward),
    where (0, 0) is the corner of the image; columns and rows of a panorama are longitudes, 180 degrees to the left
    first, and latitudes within `vertical`.
    """
    space = spaces.get(rendering.space)
    return {
        **world.facts,
        "seed": world.seed,
        "space": rendering.space,
        "views": {
            view: {
                "photo": space.paths(view, world.split, world.category, world.number).photo,
                **_camera(world.cameras[view], *rendering.size(view)),
            }
            for view in rendering.views
        },
    }


def contents(world: World, rendering: Rendering) -> Iterator[tuple[str, bytes]]:
    """Render a world: yield the name and the content of every file."""
    space = spaces.get(rendering.space)
    for view in rendering.views:
        height, width = rendering.size(view)
        seed = (world.seed + VIEWS.index(view)) & 0xFFFFFFFF
        frame = render(world.mesh, world.weather.light, world.air, world.cameras[view], height, width, seed)
        layout, instance = space.maps(frame.kind, frame.instance)
        paths = space.paths(view, world.split, world.category, world.number)
        yield paths.photo, _encoded(frame.photo, **_PHOTO[PurePosixPath(paths.photo).suffix])
        yield paths.layout, _encoded(layout, format="PNG", optimize=True)
        yield paths.instance, _encoded(instance, format="PNG", optimize=True)


def _camera(camera: Camera, height: int, width: int) -> dict[str, Any]:
    facts = {
        "height": height,
        "width": width,
        "position": [_rounded(x) for x in camera.position],
        "yaw": _rounded(camera.yaw),
        "pitch": _rounded(camera.pitch),
        "roll": _rounded(camera.roll),
        "field": _rounded(camera.field),
    }
    if camera.view == "panorama":
        return {**facts, "vertical": _rounded(camera.vertical)}
    focal = _rounded(width / 2 / math.tan(camera.field / 2))
    return {**facts, "fx": focal, "fy": focal, "cx": width / 2, "cy": height / 2}


def _rounded(value: float) -> float:
    return round(float(value), _DECIMALS) + 0.0  # no -0.0


def _encoded(pixels: NDArray[np.uint8] | NDArray[np.uint16], **how: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, **how)
    return stream.getvalue()
