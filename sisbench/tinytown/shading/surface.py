"""From rays that hit to surfaces: where, which way they face, what they are like."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown.materials import MATERIALS
from sisbench.tinytown.shading import facade, ground, plants, signs, things, walls
from sisbench.tinytown.shading._compile import entry, shader
from sisbench.tinytown.shading.noise import Textures
from sisbench.tinytown.shading.point import Air, Coat, Look, Point
from sisbench.tinytown.shading.settled import settled

Floats = NDArray[np.float32]

_PLAIN = MATERIALS["plain"].number
_ASPHALT = MATERIALS["asphalt"].number
_PAVING = MATERIALS["paving"].number
_GRASS = MATERIALS["grass"].number
_FACADE = MATERIALS["facade"].number
_ROOF_TILES = MATERIALS["roof_tiles"].number
_FOLIAGE = MATERIALS["foliage"].number
_BARK = MATERIALS["bark"].number
_GLASS = MATERIALS["glass"].number
_PAINT = MATERIALS["paint"].number
_METAL = MATERIALS["metal"].number
_BRICK = MATERIALS["brick"].number
_WATER = MATERIALS["water"].number
_EMITTER = MATERIALS["emitter"].number
_SIGN = MATERIALS["sign"].number
_GRAVEL = MATERIALS["gravel"].number
_VEHICLE_SIDE = MATERIALS["vehicle_side"].number
_STRIPES = MATERIALS["stripes"].number
_CROP = MATERIALS["crop"].number
_CONCRETE = MATERIALS["concrete"].number
_CLOTH = MATERIALS["cloth"].number
_SKIN = MATERIALS["skin"].number
_WOOD = MATERIALS["wood"].number
_FLAT_ROOF = MATERIALS["flat_roof"].number
_POSTER = MATERIALS["poster"].number
_CORRUGATED = MATERIALS["corrugated"].number
_ROCK = MATERIALS["rock"].number
_FLOWERS = MATERIALS["flowers"].number


@shader
def _own(material: int, p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    if material == _FACADE:
        return facade.facade(p, c, air, tex)
    if material == _FOLIAGE:
        return plants.foliage(p, c, air, tex)
    if material == _ASPHALT:
        return ground.asphalt(p, c, air, tex)
    if material == _PAVING:
        return ground.paving(p, c, air, tex)
    if material == _GRASS:
        return ground.grass(p, c, air, tex)
    if material == _ROOF_TILES:
        return walls.roof_tiles(p, c, air, tex)
    if material == _BARK:
        return plants.bark(p, c, air, tex)
    if material == _GLASS:
        return things.glass(p, c, air, tex)
    if material == _PAINT:
        return things.paint(p, c, air, tex)
    if material == _METAL:
        return things.metal(p, c, air, tex)
    if material == _BRICK:
        return walls.brick(p, c, air, tex)
    if material == _WATER:
        return ground.water(p, c, air, tex)
    if material == _EMITTER:
        return things.emitter(p, c, air, tex)
    if material == _SIGN:
        return signs.sign(p, c, air, tex)
    if material == _GRAVEL:
        return ground.gravel(p, c, air, tex)
    if material == _VEHICLE_SIDE:
        return things.vehicle_side(p, c, air, tex)
    if material == _STRIPES:
        return things.stripes(p, c, air, tex)
    if material == _CROP:
        return ground.crop(p, c, air, tex)
    if material == _CONCRETE:
        return walls.concrete(p, c, air, tex)
    if material == _CLOTH:
        return things.cloth(p, c, air, tex)
    if material == _SKIN:
        return things.skin(p, c, air, tex)
    if material == _WOOD:
        return walls.wood(p, c, air, tex)
    if material == _FLAT_ROOF:
        return walls.flat_roof(p, c, air, tex)
    if material == _POSTER:
        return things.poster(p, c, air, tex)
    if material == _CORRUGATED:
        return walls.corrugated(p, c, air, tex)
    if material == _ROCK:
        return ground.rock(p, c, air, tex)
    if material == _FLOWERS:
        return plants.flowers(p, c, air, tex)
    return things.plain(p, c, air, tex)


@shader
def look(material: int, p: Point, c: Coat, air: Air, tex: Textures) -> Look:
    """What a material is like at a point, with the weather on it."""
    a = _own(material, p, c, air, tex)
    return settled(material, a, p, air, tex)


@entry
def surfaces(
    origins: Floats,
    directions: Floats,
    hits: NDArray[np.int32],
    footing: float,
    world: Floats,
    layout: Floats,
    normals: Floats,
    part: NDArray[np.int32],
    material: NDArray[np.int32],
    seed: NDArray[np.int64],
    colors: NDArray[np.float64],
    params: NDArray[np.float64],
    frame: NDArray[np.float64],
    air: Air,
    tex: Textures,
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats]:
    """Evaluate the surfaces that n rays hit.

    Args:
        origins: Where the rays start, (n, 3).
        directions: Unit vectors, (n, 3).
        hits: Triangle that each ray hits, -1 for none, (n,).
        footing: Width of a pixel at a distance of one metre.
        world: Corners of the mesh's triangles, (m, 3, 3).
        layout: The same before the street was bent.
        normals: At the corners, (m, 3, 3).
        part: Part of each triangle, (m,).
        material: Of each part, (k,).
        seed: Of each part's noise, (k,).
        colors: Colour and accent of each part, (k, 6).
        params: What its material asks for, (k, 8).
        frame: Origin, cosine and sine of the yaw of its object, (k, 5).
        air: The weather.
        tex: The noise textures.

    Returns:
        Distance (n,), infinite for rays that hit nothing; point (n, 3); normal of the triangle (n, 3) and of the
        surface, bumps included (n, 3), both towards the ray; reflectance (n, 3); emission (n, 3); mirror (n,).
    """
    n = len(hits)
    distance = np.full(n, np.inf, np.float32)
    points = np.zeros((n, 3), np.float32)
    planes = np.zeros((n, 3), np.float32)
    facing = np.zeros((n, 3), np.float32)
    albedo = np.zeros((n, 3), np.float32)
    emission = np.zeros((n, 3), np.float32)
    mirror = np.zeros(n, np.float32)
    for i in range(n):
        k = hits[i]
        if k < 0:
            continue
        ax, ay, az = (np.float64(world[k, 0, 0]), np.float64(world[k, 0, 1]), np.float64(world[k, 0, 2]))
        e1x, e1y, e1z = world[k, 1, 0] - ax, world[k, 1, 1] - ay, world[k, 1, 2] - az
        e2x, e2y, e2z = world[k, 2, 0] - ax, world[k, 2, 1] - ay, world[k, 2, 2] - az
        gx, gy, gz = e1y * e2z - e1z * e2y, e1z * e2x - e1x * e2z, e1x * e2y - e1y * e2x
        area = math.sqrt(gx * gx + gy * gy + gz * gz)
        if area < 1e-20:
            continue
        gx, gy, gz = gx / area, gy / area, gz / area
        ox, oy, oz = (np.float64(origins[i, 0]), np.float64(origins[i, 1]), np.float64(origins[i, 2]))
        dx, dy, dz = (np.float64(directions[i, 0]), np.float64(directions[i, 1]), np.float64(directions[i, 2]))
        slant = dx * gx + dy * gy + dz * gz
        t = ((ax - ox) * gx + (ay - oy) * gy + (az - oz) * gz) / (slant if abs(slant) > 1e-9 else 1e-9)
        x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
        # Barycentric coordinates: what the corners carry is interpolated by them.
        rx, ry, rz = x - ax, y - ay, z - az
        b1 = ((ry * e2z - rz * e2y) * gx + (rz * e2x - rx * e2z) * gy + (rx * e2y - ry * e2x) * gz) / area
        b2 = ((e1y * rz - e1z * ry) * gx + (e1z * rx - e1x * rz) * gy + (e1x * ry - e1y * rx) * gz) / area
        b1 = min(max(b1, 0.0), 1.0)
        b2 = min(max(b2, 0.0), 1.0 - b1)
        b0 = 1.0 - b1 - b2
        lx = b0 * layout[k, 0, 0] + b1 * layout[k, 1, 0] + b2 * layout[k, 2, 0]
        ly = b0 * layout[k, 0, 1] + b1 * layout[k, 1, 1] + b2 * layout[k, 2, 1]
        lz = b0 * layout[k, 0, 2] + b1 * layout[k, 1, 2] + b2 * layout[k, 2, 2]
        sx = b0 * normals[k, 0, 0] + b1 * normals[k, 1, 0] + b2 * normals[k, 2, 0]
        sy = b0 * normals[k, 0, 1] + b1 * normals[k, 1, 1] + b2 * normals[k, 2, 1]
        sz = b0 * normals[k, 0, 2] + b1 * normals[k, 1, 2] + b2 * normals[k, 2, 2]
        length = math.sqrt(sx * sx + sy * sy + sz * sz) + 1e-20
        sx, sy, sz = sx / length, sy / length, sz / length
        if slant > 0:
            gx, gy, gz = -gx, -gy, -gz
        if sx * gx + sy * gy + sz * gz < 0:
            sx, sy, sz = -sx, -sy, -sz
        # The normal in the frame of the object, from the corners of the layout.
        q = part[k]
        f1x, f1y, f1z = (
            layout[k, 1, 0] - layout[k, 0, 0],
            layout[k, 1, 1] - layout[k, 0, 1],
            layout[k, 1, 2] - layout[k, 0, 2],
        )
        f2x, f2y, f2z = (
            layout[k, 2, 0] - layout[k, 0, 0],
            layout[k, 2, 1] - layout[k, 0, 1],
            layout[k, 2, 2] - layout[k, 0, 2],
        )
        hx, hy, hz = f1y * f2z - f1z * f2y, f1z * f2x - f1x * f2z, f1x * f2y - f1y * f2x
        length = math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-20
        hx, hy, hz = hx / length, hy / length, hz / length
        if slant > 0:
            hx, hy, hz = -hx, -hy, -hz
        c, s = frame[q, 3], frame[q, 4]
        px, py, pz = lx - frame[q, 0], ly - frame[q, 1], lz - frame[q, 2]
        qx, qy = px * c + py * s, -px * s + py * c
        nx, ny = hx * c + hy * s, -hx * s + hy * c
        if abs(hz) > 0.7:
            u, v = qx, qy
        elif abs(nx) > abs(ny):
            u, v = qy, pz
        else:
            u, v = qx, pz
        foot = t * footing / math.sqrt(max(abs(slant), 0.06))
        point = Point(lx, ly, lz, qx, qy, pz, nx, ny, hz, u, v, foot, seed[q])
        coat = Coat(
            colors[q, 0], colors[q, 1], colors[q, 2],
            colors[q, 3], colors[q, 4], colors[q, 5],
            params[q, 0], params[q, 1], params[q, 2], params[q, 3],
            params[q, 4], params[q, 5], params[q, 6], params[q, 7],
        )  # fmt: skip
        found = look(material[q], point, coat, air, tex)
        sx, sy = sx + found.bump_x, sy + found.bump_y
        length = math.sqrt(sx * sx + sy * sy + sz * sz)
        distance[i] = t
        points[i, 0], points[i, 1], points[i, 2] = x, y, z
        planes[i, 0], planes[i, 1], planes[i, 2] = gx, gy, gz
        facing[i, 0], facing[i, 1], facing[i, 2] = sx / length, sy / length, sz / length
        albedo[i, 0] = min(max(found.r, 0.0), 1.2)
        albedo[i, 1] = min(max(found.g, 0.0), 1.2)
        albedo[i, 2] = min(max(found.b, 0.0), 1.2)
        emission[i, 0], emission[i, 1], emission[i, 2] = found.er, found.eg, found.eb
        mirror[i] = found.mirror
    return distance, points, planes, facing, albedo, emission, mirror
