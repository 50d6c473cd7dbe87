"""The sky: gradient, sun and moon, high and low clouds on planes, stars."""

from __future__ import annotations

from sisbench.tinytown.shading._compile import shader
from sisbench.tinytown.shading.color import blend, scaled
from sisbench.tinytown.shading.noise import CLOUD, FINE, Textures, clamp, floor, mix, noise, step, unit
from sisbench.tinytown.weather import Light, Triple


@shader
def _density(u: float, v: float, foot: float, tex: Textures) -> float:
    return noise(tex, CLOUD, u, v, 5200.0, foot) + 0.30 * noise(tex, CLOUD, v, u, 1400.0, foot)


@shader
def _clouds(
    a: Triple, light: Light, dx: float, dy: float, dz: float, toward: float, tex: Textures
) -> tuple[Triple, float]:
    """Low clouds: bright where they are thin or face the sun, grey underneath; also returns how much they cover."""
    w = 1 / (max(dz, 0.0) + 0.16)
    u, v = dx * w * 1000 + (light.seed & 1023) * 37.0, dy * w * 1000
    foot = w * 9
    n = _density(u, v, foot, tex)
    low = mix(1.75, -1.9, light.cloud)
    cover = step(low, low + 0.75, n) * step(0.0, 0.07, dz)
    if cover <= 0:
        return a, 0.0
    flat = max(1 - light.sun[2], 0.25)
    ahead = _density(u + 190 * flat * light.sun[0], v + 190 * flat * light.sun[1], foot, tex)
    thick = clamp(0.55 * (n - low), 0.0, 1.0)
    bright = clamp(0.62 + 0.42 * (n - ahead) - 0.42 * thick, 0.0, 1.0)
    lining = light.sun_power * 0.35 * toward**6 * (1 - thick)
    shadow = blend(scaled(light.cloud_color, 0.58), light.horizon, 0.3)
    shadow = blend(shadow, light.zenith, 0.18)
    if light.cloud > 0.85:  # a closed cover has folds, no lit sides
        fold = noise(tex, CLOUD, 0.6 * u, 1.5 * v, 3100.0, foot)
        bright = clamp(0.58 + 0.30 * fold + 0.12 * (n - ahead) + 0.25 * toward**3, 0.0, 1.25)
    c = blend(shadow, light.cloud_color, bright)
    c = (c[0] + lining * light.sun_color[0], c[1] + lining * light.sun_color[1], c[2] + lining * light.sun_color[2])
    c = blend(light.horizon, c, step(-0.02, 0.28, dz))  # the air in between
    return blend(a, c, 0.96 * cover), cover


@shader
def sky(light: Light, dx: float, dy: float, dz: float, tex: Textures) -> Triple:
    """Radiance from a direction."""
    up = clamp(dz, 0.0, 1.0)
    t = 1 - (1 - up) ** (5.0 - 3.2 * light.haze)
    toward = clamp(dx * light.sun[0] + dy * light.sun[1] + dz * light.sun[2], 0.0, 1.0)
    a = blend(light.horizon, light.zenith, t)
    halo = light.glow * (0.14 * toward**6 + 0.22 * toward**48 + 0.7 * toward**600)
    a = (a[0] + light.sun_color[0] * halo, a[1] + light.sun_color[1] * halo, a[2] + light.sun_color[2] * halo)
    if light.veil > 0:
        w = 1 / (max(dz, 0.0) + 0.10)
        u, v = dx * w * 1000 + (light.seed & 511) * 53.0, dy * w * 1000
        fibre = noise(tex, CLOUD, 0.55 * u + 0.4 * v, 1.7 * v - 0.5 * u, 8300.0, w * 14)
        fine = noise(tex, FINE, 0.3 * u + 0.2 * v, 1.6 * v, 4100.0, w * 14)
        thin = light.veil * step(-0.4, 2.1, fibre + 0.35 * fine) * step(0.0, 0.15, dz)
        a = blend(a, scaled(light.cloud_color, 0.95 + 0.4 * toward**8), 0.8 * thin)
    disc = 0.0
    if light.dark > 0.5:
        disc = 0.9 * step(0.99988, 0.99993, toward) * light.dark
    elif light.glow > 0.3:
        disc = 6.0 * step(0.99990, 0.99997, toward) * light.sun_power
    if disc > 0:
        a = (a[0] + disc * light.sun_color[0], a[1] + disc * light.sun_color[1], a[2] + disc * light.sun_color[2])
    if light.dark > 0.5 and dz > 0.05:
        lot = unit(floor(dx * 400), floor(dy * 400), floor(dz * 400))
        if lot > 0.9991:
            star = 300 * (lot - 0.9991) * (1 - light.veil) * light.dark * step(0.05, 0.5, dz)
            a = (a[0] + star, a[1] + star, a[2] + star)
    if light.cloud > 0.02:
        a, _ = _clouds(a, light, dx, dy, dz, toward, tex)
    return a
