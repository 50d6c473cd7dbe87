"""The sky: gradient, glow of the sun, clouds on a plane, stars."""

from __future__ import annotations

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.noise import CLOUD, Textures, clamp, floor, mix, noise, step, unit
from sisbench.tinytown.weather import Light, Triple


@shader
def sky(light: Light, dx: float, dy: float, dz: float, tex: Textures) -> Triple:
    """Radiance from a direction."""
    up = clamp(dz, 0.0, 1.0)
    t = 1 - (1 - up) ** 3
    toward = clamp(dx * light.sun[0] + dy * light.sun[1] + dz * light.sun[2], 0.0, 1.0)
    halo = light.glow * (0.12 * toward**8 + 0.6 * toward**200)
    r = mix(light.horizon[0], light.zenith[0], t) + light.sun_color[0] * halo
    g = mix(light.horizon[1], light.zenith[1], t) + light.sun_color[1] * halo
    b = mix(light.horizon[2], light.zenith[2], t) + light.sun_color[2] * halo
    if light.cloud > 0:
        w = 1 / (max(dz, 0.0) + 0.12)
        u = dx * w * 900 + (light.seed & 1023) * 37.0
        v = dy * w * 900
        n = noise(tex, CLOUD, u, v, 5200.0, w * 12)
        cover = step(1.1 - 2.6 * light.cloud, 2.2 - 2.0 * light.cloud, n) * step(0.0, 0.12, dz) * 0.92
        shape = 0.85 + 0.25 * clamp(n - 0.9 * noise(tex, CLOUD, u + 130, v + 90, 5200.0, w * 12), -1.0, 1.0)
        r = mix(r, light.cloud_color[0] * shape, cover)
        g = mix(g, light.cloud_color[1] * shape, cover)
        b = mix(b, light.cloud_color[2] * shape, cover)
    if light.dark > 0.5 and dz > 0.05 and unit(floor(dx * 400), floor(dy * 400), floor(dz * 400)) > 0.9985:
        star = 0.25 * (1 - light.cloud) * light.dark
        r, g, b = r + star, g + star, b + star
    return r, g, b
