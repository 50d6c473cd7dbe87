"""From a world and a camera to a photo and the exact maps behind it.

Maps come from one ray through the centre of every pixel and are never resampled. The photo has one sample per pixel,
and four more where the first one sees an edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown.cameras import Camera
from sisbench.tinytown.kinds import SKY
from sisbench.tinytown.materials import MATERIALS
from sisbench.tinytown.scene import Mesh
from sisbench.tinytown.shading import lighting
from sisbench.tinytown.shading.develop import develop
from sisbench.tinytown.shading.edges import edges
from sisbench.tinytown.shading.noise import textures
from sisbench.tinytown.shading.point import Air
from sisbench.tinytown.shading.surface import surfaces
from sisbench.tinytown.weather import Light

Floats = NDArray[np.float32]

_CORNERS = ((0.125, 0.375), (0.625, 0.125), (0.875, 0.625), (0.375, 0.875))  # rotated grid: no two share a line
_BRIGHTEST = 4.0  # linear radiance at which a sample is cut, so that no lamp outshines its neighbours' average


@dataclass(frozen=True)
class Frame:
    """One view of a world.

    Attributes:
        photo: RGB, uint8 (H, W, 3).
        kind: Kind of object at the centre of every pixel, uint8 (H, W), as numbered in `kinds`.
        instance: Object at the centre of every pixel, uint16 (H, W), from 1; 0 is the sky.
    """

    photo: NDArray[np.uint8]
    kind: NDArray[np.uint8]
    instance: NDArray[np.uint16]


@dataclass(frozen=True)
class Setting:
    """Everything that the shading of a world's samples shares."""

    mesh: Mesh
    light: Light
    air: Air
    head: tuple[float, float, float, float]
    footing: float


def render(mesh: Mesh, light: Light, air: Air, camera: Camera, height: int, width: int, seed: int) -> Frame:
    """Render one view.

    Args:
        mesh: The world.
        light: Its light.
        air: Its weather.
        camera: The view.
        height: Rows.
        width: Columns.
        seed: Of sampling and sensor noise, 32 bits.

    Returns:
        The frame.
    """
    if camera.view in ("aerial", "oblique"):
        light = light._replace(fog=0.2 * light.fog)  # looking down, most of the fog is not in between
    strength = 75.0 * light.dark if camera.view in ("ground", "panorama") and light.dark > 0.5 else 0.0
    head = (camera.position[0] + 1.5, camera.position[1], 0.75, strength)
    setting = Setting(mesh, light, air, head, camera.pixel_angle(width))
    origins, directions = camera.rays(height, width)
    hits = _trace(mesh, origins, directions)
    part = np.where(hits < 0, -1, mesh.part[hits])
    color, openness, planes = _first(setting, origins, directions, hits, part, width, seed)
    more = edges(part.reshape(height, width), planes.reshape(height, width, 3), color.reshape(height, width, 3))
    _refine(setting, camera, color, openness, part, more, height, width, seed)
    linear = np.minimum(color, _BRIGHTEST).reshape(height, width, 3)
    photo = develop(linear, light, 0.32 if camera.view == "ground" else 0.12, seed)
    seen = part >= 0
    kind = np.where(seen, mesh.kind[part], np.uint8(SKY)).reshape(height, width)
    instance = np.where(seen, mesh.instance[part], np.uint16(0)).reshape(height, width)
    return Frame(photo, kind, instance)


def _trace(mesh: Mesh, origins: Floats, directions: Floats) -> NDArray[np.int32]:
    """Triangle that each ray hits, -1 for none."""
    hits: NDArray[np.int32] = mesh.tracer.run(origins, directions)
    hits[hits >= len(mesh.world)] = -1
    return hits


def _first(
    setting: Setting,
    origins: Floats,
    directions: Floats,
    hits: NDArray[np.int32],
    part: NDArray[np.int32],
    width: int,
    seed: int,
) -> tuple[Floats, Floats, Floats]:
    """Shade the centres of all pixels; also returns how open each is, and the normals of its plane."""
    mesh = setting.mesh
    seen = _surfaces(setting, origins, directions, hits)
    distance, points, planes = seen[:3]
    reach = np.zeros(len(hits), np.float32)
    solid = np.nonzero(part >= 0)[0]
    if len(solid):
        far = np.full(len(solid), lighting.REACH, np.float32)
        for turn in range(2):
            starts, ways = lighting.openness_rays(points, planes, distance, width, turn, seed)
            gone = mesh.tracer.run(starts[solid], ways[solid], dists=far, query="DISTANCE")
            reach[solid] += np.clip(gone, 0, lighting.REACH) / 2
    openness = lighting.smooth_openness(reach, part, planes, points, distance, width)
    sample = np.arange(len(hits))
    return _shade(setting, directions, hits, seen, openness, sample, seed), openness, planes


def _refine(
    setting: Setting,
    camera: Camera,
    color: Floats,
    openness: Floats,
    part: NDArray[np.int32],
    more: NDArray[np.bool_],
    height: int,
    width: int,
    seed: int,
) -> None:
    """Replace the colour of pixels at edges by the mean of it and four more samples."""
    which = np.nonzero(more.ravel())[0]
    if len(which) == 0:
        return
    origins, directions, sample, pixel = [], [], [], []
    for corner, offset in enumerate(_CORNERS):
        starts, ways = camera.rays(height, width, offset, which)
        origins.append(starts)
        directions.append(ways)
        sample.append(which + (corner + 1) * height * width)
        pixel.append(which)
    start, way = np.concatenate(origins), np.concatenate(directions)
    hits = _trace(setting.mesh, start, way)
    own = np.where(hits < 0, -1, setting.mesh.part[hits])
    near = lighting.borrow_openness(np.concatenate(pixel), own, part, openness, height, width)
    seen = _surfaces(setting, start, way, hits)
    extra = np.minimum(_shade(setting, way, hits, seen, near, np.concatenate(sample), seed), _BRIGHTEST)
    first = np.minimum(color[which], _BRIGHTEST)
    color[which] = (first + extra.reshape(len(_CORNERS), -1, 3).sum(0)) / (1 + len(_CORNERS))


def _surfaces(
    setting: Setting, origins: Floats, directions: Floats, hits: NDArray[np.int32], wider: float = 1.0
) -> tuple[Floats, ...]:
    mesh = setting.mesh
    return surfaces(
        origins, directions, hits, setting.footing * wider, mesh.world, mesh.layout, mesh.normals, mesh.part,
        mesh.material, mesh.seed, mesh.colors, mesh.params, mesh.frame, setting.air, textures(),
    )  # fmt: skip


def _shade(
    setting: Setting,
    directions: Floats,
    hits: NDArray[np.int32],
    seen: tuple[Floats, ...],
    openness: Floats,
    sample: NDArray[np.int64],
    seed: int,
) -> Floats:
    """Colour of samples: sun, sky, lamps, one mirror image, fog."""
    mesh, light = setting.mesh, setting.light
    distance, points, planes, facing, albedo, emission, mirror = seen
    foliage = _foliage(mesh, hits)
    starts, sun, wanted = lighting.sun_rays(points, planes, distance, sample, light, foliage, facing)
    shadow = np.zeros(len(hits), np.float32)
    toward = np.nonzero(wanted)[0]
    if len(toward):
        shadow[toward] = mesh.tracer.run(starts[toward], sun[toward], query="OCCLUDED") < 0
    color: Floats = lighting.radiance(
        directions, distance, points, planes, facing, albedo, emission, foliage, sun, shadow, openness, mesh.lamps,
        setting.head, light, textures(),
    )  # fmt: skip
    shiny = np.nonzero(mirror > 0.02)[0]
    if len(shiny):
        starts, ways = lighting.mirror_rays(directions, points, planes, facing, distance, shiny, sample, seed)
        lighting.add_mirror(color, _mirrored(setting, starts, ways), shiny, mirror, directions, planes)
    lighting.add_fog(color, distance, light)
    return color


def _mirrored(setting: Setting, origins: Floats, directions: Floats) -> Floats:
    """Colour of mirror images: sun without shadows, no openness, nothing mirrored again."""
    mesh = setting.mesh
    hits = _trace(mesh, origins, directions)
    distance, points, planes, facing, albedo, emission, _ = _surfaces(setting, origins, directions, hits, wider=2.0)
    sun = np.broadcast_to(np.array(setting.light.sun, np.float32), directions.shape)
    return lighting.radiance(
        directions, distance, points, planes, facing, albedo, emission, _foliage(mesh, hits),
        np.ascontiguousarray(sun), np.full(len(hits), 0.7, np.float32), np.full(len(hits), 0.75, np.float32),
        mesh.lamps, setting.head, setting.light, textures(),
    )  # fmt: skip


def _foliage(mesh: Mesh, hits: NDArray[np.int32]) -> NDArray[np.bool_]:
    foliage: NDArray[np.bool_] = mesh.material[mesh.part[hits]] == MATERIALS["foliage"].number
    return foliage & (hits >= 0)
