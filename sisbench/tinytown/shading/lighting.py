"""Light on surfaces: rays to trace towards the sun and the surroundings, and the radiance that follows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown.shading._compile import entry, shader
from sisbench.tinytown.shading.noise import Textures, cell, clamp, step
from sisbench.tinytown.shading.sky import sky
from sisbench.tinytown.weather import Light

Floats = NDArray[np.float32]

ROUGH = 0.008
"""Spread of mirror images: what is rougher must not mirror, one ray cannot show it."""

REACH = 5.0
"""Metres within which surroundings keep the light of the sky away."""


@shader
def _offset(points: Floats, planes: Floats, distance: float, i: int, out: Floats) -> None:
    """Start of a secondary ray: off the surface, or it would hit it again."""
    away = 0.003 + 1e-4 * distance
    for c in range(3):
        out[i, c] = points[i, c] + planes[i, c] * away


@entry
def sun_rays(
    points: Floats,
    planes: Floats,
    distance: Floats,
    sample: NDArray[np.int64],
    light: Light,
    foliage: NDArray[np.bool_],
    facing: Floats,
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Rays from surfaces towards a point of the sun's disc.

    Args:
        points: Where they start, (n, 3).
        planes: Normals of the triangles there, (n, 3).
        distance: From the camera, (n,).
        sample: Number of each sample, which chooses the point of the disc.
        light: The light.
        foliage: Whether light goes through the surface.
        facing: Normals of the surfaces, bumps included, (n, 3).

    Returns:
        Origins (n, 3), directions (n, 3), and whether the ray is worth tracing (n,).
    """
    n = len(distance)
    origins = np.zeros((n, 3), np.float32)
    directions = np.zeros((n, 3), np.float32)
    wanted = np.zeros(n, np.bool_)
    sx, sy, sz = light.sun
    flat = math.sqrt(sx * sx + sy * sy) + 1e-9
    ax, ay = -sy / flat, sx / flat  # across the sun, level
    bx, by, bz = -sz * ay, sz * ax, sx * ay - sy * ax
    for i in range(n):
        # Points of a low-discrepancy sequence (Roberts' R2), so that neighbours share the disc out among themselves.
        first, second = 0.7548776662466927 * sample[i], 0.5698402909980532 * sample[i]
        angle = 2 * math.pi * (first - math.floor(first))
        radius = light.softness * math.sqrt(second - math.floor(second))
        p, q = radius * math.cos(angle), radius * math.sin(angle)
        dx, dy, dz = sx + p * ax + q * bx, sy + p * ay + q * by, sz + q * bz
        length = math.sqrt(dx * dx + dy * dy + dz * dz)
        directions[i, 0], directions[i, 1], directions[i, 2] = (dx / length, dy / length, dz / length)
        _offset(points, planes, distance[i], i, origins)
        toward = facing[i, 0] * sx + facing[i, 1] * sy + facing[i, 2] * sz
        wanted[i] = distance[i] < 1e30 and (foliage[i] or toward > 0) and light.sun_power > 0.02
        if foliage[i] and planes[i, 0] * sx + planes[i, 1] * sy + planes[i, 2] * sz < 0:  # the lit side is the other
            for c in range(3):
                origins[i, c] = points[i, c] - planes[i, c] * (0.003 + 1e-4 * distance[i])
    return origins, directions, wanted


@entry
def openness_rays(
    points: Floats, planes: Floats, distance: Floats, width: int, turn: int, seed: int
) -> tuple[Floats, Floats]:
    """One ray from each pixel of an image into its half space, to see how open it is.

    The directions of 4 x 4 neighbours cover the half space evenly, so that an average over them is smooth.

    Args:
        points: Where they start, one per pixel, row by row, (n, 3).
        planes: Normals of the triangles there, (n, 3).
        distance: From the camera, (n,).
        width: Pixels of a row.
        turn: Which of several rays of the pixel.
        seed: Of the world.

    Returns:
        Origins and directions, (n, 3).
    """
    n = len(distance)
    origins = np.zeros((n, 3), np.float32)
    directions = np.zeros((n, 3), np.float32)
    for i in range(n):
        y, x = i // width, i % width
        slot = (x & 3) * 4 + (y & 3)
        h = cell(i, 31 + turn, seed)
        phi = 2 * math.pi * ((slot * 7 % 16) + (h & 0xFFFF) / 65536) / 16 + turn * 1.3
        r2 = ((slot * 11 + 5 * turn) % 16 + (h >> 16) / 65536) / 16  # cosine-weighted
        r = math.sqrt(r2)
        nx, ny, nz = (np.float64(planes[i, 0]), np.float64(planes[i, 1]), np.float64(planes[i, 2]))
        ax, ay, az = 0.0, 0.0, 0.0  # a direction in the plane
        if abs(nz) < 0.9:
            k = 1 / math.sqrt(nx * nx + ny * ny + 1e-20)
            ax, ay = -ny * k, nx * k
        else:
            k = 1 / math.sqrt(ny * ny + nz * nz + 1e-20)
            ay, az = -nz * k, ny * k
        bx, by, bz = ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax
        p, q, up = (r * math.cos(phi), r * math.sin(phi), math.sqrt(max(1 - r2, 0.0)) + 0.02)
        dx, dy, dz = (p * ax + q * bx + up * nx, p * ay + q * by + up * ny, p * az + q * bz + up * nz)
        length = math.sqrt(dx * dx + dy * dy + dz * dz) + 1e-20
        directions[i, 0], directions[i, 1], directions[i, 2] = (dx / length, dy / length, dz / length)
        _offset(points, planes, distance[i], i, origins)
    return origins, directions


@entry
def smooth_openness(
    reach: Floats, part: NDArray[np.int32], planes: Floats, points: Floats, distance: Floats, width: int
) -> Floats:
    """Average how far openness rays went over the 4 x 4 neighbours of a pixel that lie on the same surface.

    Args:
        reach: Metres that the rays went, at most `REACH`, (n,).
        part: Part of the mesh that each pixel shows, -1 for the sky.
        planes: Normals of the triangles that the pixels show, (n, 3).
        points: Points that they show, (n, 3).
        distance: From the camera, (n,).
        width: Pixels of a row.

    Returns:
        Share of the sky's light that arrives, 0 to 1, (n,).
    """
    n = len(reach)
    height = n // width
    out = np.ones(n, np.float32)
    for i in range(n):
        if part[i] < 0:
            continue
        y, x = i // width, i % width
        total, weight = 0.0, 0.0
        apart = 0.02 + 0.03 * distance[i]
        for v in range(max(y - 2, 0), min(y + 2, height)):
            for u in range(max(x - 2, 0), min(x + 2, width)):
                j = v * width + u
                if part[j] < 0:
                    continue
                same = planes[i, 0] * planes[j, 0] + planes[i, 1] * planes[j, 1] + planes[i, 2] * planes[j, 2]
                off = (
                    (points[j, 0] - points[i, 0]) * planes[i, 0]
                    + (points[j, 1] - points[i, 1]) * planes[i, 1]
                    + (points[j, 2] - points[i, 2]) * planes[i, 2]
                )
                if same > 0.8 and abs(off) < apart:
                    total += (reach[j] / REACH) ** 0.6
                    weight += 1.0
        if weight == 0:
            total, weight = (reach[i] / REACH) ** 0.6, 1.0
        out[i] = 0.25 + 0.75 * total / weight
    return out


@entry
def radiance(
    directions: Floats,
    distance: Floats,
    points: Floats,
    planes: Floats,
    facing: Floats,
    albedo: Floats,
    emission: Floats,
    foliage: NDArray[np.bool_],
    sun: Floats,
    shadow: Floats,
    openness: Floats,
    lamps: NDArray[np.float64],
    head: tuple[float, float, float, float],
    light: Light,
    tex: Textures,
) -> Floats:
    """Light that comes back along n rays, without mirror images and fog.

    Args:
        directions: Of the rays, (n, 3).
        distance: From their origins, infinite for the sky, (n,).
        points: Where they end, (n, 3).
        planes: Normals of the triangles there, (n, 3).
        facing: Normals of the surfaces, bumps included, (n, 3).
        albedo: Reflectance, (n, 3).
        emission: Radiance that the surfaces emit, (n, 3).
        foliage: Whether light goes through the surface, (n,).
        sun: Directions to the sun's disc, (n, 3).
        shadow: Share of the sun that arrives, (n,).
        openness: Share of the sky's light that arrives, (n,).
        lamps: Lamps of the mesh, (k, 7).
        head: Place of the camera's car and strength of its head lights, which shine along x.
        light: The light.
        tex: The noise textures.

    Returns:
        Linear RGB, float32 (n, 3).
    """
    n = len(distance)
    out = np.zeros((n, 3), np.float32)
    glowing = light.lit > 0.3
    for i in range(n):
        if not distance[i] < 1e30:
            out[i, 0], out[i, 1], out[i, 2] = sky(light, directions[i, 0], directions[i, 1], directions[i, 2], tex)
            continue
        toward = facing[i, 0] * sun[i, 0] + facing[i, 1] * sun[i, 1] + facing[i, 2] * sun[i, 2]
        if foliage[i]:
            toward = 0.35 + 0.5 * abs(toward)
        arrives = 0.2 + 0.8 * shadow[i] if foliage[i] else np.float64(shadow[i])  # leaves pass light on to leaves
        direct = light.sun_power * max(toward, 0.0) * arrives
        up = 0.5 + 0.5 * facing[i, 2]
        lr, lg, lb = 0.0, 0.0, 0.0
        if glowing:
            for k in range(len(lamps)):
                vx, vy, vz = (lamps[k, 0] - points[i, 0], lamps[k, 1] - points[i, 1], lamps[k, 2] - points[i, 2])
                r2 = vx * vx + vy * vy + vz * vz + 1.0
                if r2 > 2500:
                    continue
                cosine = (facing[i, 0] * vx + facing[i, 1] * vy + facing[i, 2] * vz) / math.sqrt(r2)
                k_ = lamps[k, 6] * light.lit * clamp(0.9 * cosine + 0.1, 0.0, 1.0) / r2 * openness[i]
                lr, lg, lb = (lr + lamps[k, 3] * k_, lg + lamps[k, 4] * k_, lb + lamps[k, 5] * k_)
        if head[3] > 0:
            vx, vy, vz = (head[0] - points[i, 0], head[1] - points[i, 1], head[2] - points[i, 2])
            r2 = vx * vx + vy * vy + vz * vz + 2.0
            root = math.sqrt(r2)
            lobe = clamp(-vx / root, 0.0, 1.0) ** 6
            cosine = (planes[i, 0] * vx + planes[i, 1] * vy + planes[i, 2] * vz) / root
            k_ = head[3] * lobe * clamp(1.2 * cosine + 0.06, 0.0, 1.0) / r2 * step(0.3, 3.0, points[i, 0])
            lr, lg, lb = lr + k_, lg + 0.95 * k_, lb + 0.82 * k_
        for c in range(3):
            lamp = lr if c == 0 else (lg if c == 1 else lb)
            ambient = (light.ambient[c] * up + light.bounce[c] * (1 - up)) * openness[i]
            out[i, c] = albedo[i, c] * (light.sun_color[c] * direct + ambient + lamp) + emission[i, c]
    return out


@entry
def mirror_rays(
    directions: Floats,
    points: Floats,
    planes: Floats,
    facing: Floats,
    distance: Floats,
    which: NDArray[np.int64],
    sample: NDArray[np.int64],
    seed: int,
) -> tuple[Floats, Floats]:
    """Rays of mirror images, slightly rough; those that would enter the surface are turned out of it.

    Args:
        directions: Of the rays of all samples, (n, 3).
        points: Where they end, (n, 3).
        planes: Normals of the triangles there, (n, 3).
        facing: Normals of the surfaces, bumps included, (n, 3).
        distance: From the camera, (n,).
        which: The samples that mirror, (m,).
        sample: Number of each sample.
        seed: Of the world.

    Returns:
        Origins and directions, (m, 3).
    """
    m = len(which)
    origins = np.zeros((m, 3), np.float32)
    out = np.zeros((m, 3), np.float32)
    for j in range(m):
        i = which[j]
        dot = directions[i, 0] * facing[i, 0] + directions[i, 1] * facing[i, 1] + directions[i, 2] * facing[i, 2]
        h = cell(sample[i], 43, seed)
        rx = directions[i, 0] - 2 * dot * facing[i, 0] + ((h & 1023) / 1024 - 0.5) * ROUGH
        ry = directions[i, 1] - 2 * dot * facing[i, 1] + (((h >> 10) & 1023) / 1024 - 0.5) * ROUGH
        rz = directions[i, 2] - 2 * dot * facing[i, 2] + (((h >> 20) & 1023) / 1024 - 0.5) * ROUGH
        into = rx * planes[i, 0] + ry * planes[i, 1] + rz * planes[i, 2]
        if into < 0.01:
            rx, ry, rz = (
                rx + (0.02 - into) * planes[i, 0],
                ry + (0.02 - into) * planes[i, 1],
                rz + (0.02 - into) * planes[i, 2],
            )
        length = math.sqrt(rx * rx + ry * ry + rz * rz) + 1e-20
        out[j, 0], out[j, 1], out[j, 2] = rx / length, ry / length, rz / length
        away = 0.003 + 1e-4 * distance[i]
        for c in range(3):
            origins[j, c] = points[i, c] + planes[i, c] * away
    return origins, out


@entry
def add_mirror(
    color: Floats, images: Floats, which: NDArray[np.int64], mirror: Floats, directions: Floats, planes: Floats
) -> None:
    """Blend mirror images into the colour of their samples, stronger at grazing angles (Schlick-like)."""
    for j in range(len(which)):
        i = which[j]
        cosine = -(directions[i, 0] * planes[i, 0] + directions[i, 1] * planes[i, 1] + directions[i, 2] * planes[i, 2])
        strength = clamp(mirror[i] * (0.35 + 0.65 * 1.6 * (1 - clamp(cosine, 0.06, 1.0)) ** 3), 0.0, 0.9)
        for c in range(3):
            color[i, c] += (images[j, c] - color[i, c]) * strength


@entry
def add_fog(color: Floats, distance: Floats, light: Light) -> None:
    """Let the distance fade into the colour of the air."""
    for i in range(len(distance)):
        if distance[i] < 1e30:
            share = 0.97 * (1 - math.exp(-light.fog * max(distance[i] - 3.0, 0.0)))
            for c in range(3):
                color[i, c] += (light.fog_color[c] - color[i, c]) * share


@entry
def borrow_openness(
    pixel: NDArray[np.int64], own: NDArray[np.int32], part: NDArray[np.int32], openness: Floats, height: int, width: int
) -> Floats:
    """Openness of further samples: that of a neighbouring pixel that shows the same part, else of the sample's pixel.

    Args:
        pixel: Pixel of each sample, (n,).
        own: Part that each sample shows, (n,).
        part: Part at the centre of every pixel, (H * W,).
        openness: Of every pixel, (H * W,).
        height: Rows.
        width: Columns.

    Returns:
        Float32 (n,).
    """
    out = np.empty(len(pixel), np.float32)
    for i in range(len(pixel)):
        k = pixel[i]
        out[i] = openness[k]
        if part[k] == own[i]:
            continue
        y, x = k // width, k % width
        for v in range(max(y - 1, 0), min(y + 2, height)):
            for u in range(max(x - 1, 0), min(x + 2, width)):
                if part[v * width + u] == own[i]:
                    out[i] = openness[v * width + u]
    return out
