"""The camera: from radiance to 8 bits."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sisbench.tinytown.shading._compile import entry
from sisbench.tinytown.shading.noise import cell, clamp
from sisbench.tinytown.weather import Light

Floats = NDArray[np.float32]


@entry
def develop(linear: Floats, light: Light, vignette: float, seed: int) -> NDArray[np.uint8]:
    """Expose, balance, darken towards the corners, apply a filmic curve and gamma, add the sensor's noise.

    Args:
        linear: Radiance, (H, W, 3).
        light: Holds exposure, white balance and noise.
        vignette: Share of light that the corners lose.
        seed: Of the noise.

    Returns:
        RGB, uint8 (H, W, 3).
    """
    height, width, _ = linear.shape
    out = np.empty((height, width, 3), np.uint8)
    for y in range(height):
        v = 2 * (y + 0.5) / height - 1
        for x in range(width):
            u = 2 * (x + 0.5) / width - 1
            shade = light.exposure * (1 - vignette / 2 * (u * u + v * v))
            h = cell(x, y, seed)
            common = ((h & 1023) + ((h >> 10) & 1023) + ((h >> 20) & 1023)) / 1024 - 1.5  # deviation 1/2
            for c in range(3):
                a = linear[y, x, c] * shade * light.balance[c]
                a = (a * (2.51 * a + 0.03)) / (a * (2.43 * a + 0.59) + 0.14)  # Narkowicz's fit of the ACES curve
                a = math.pow(clamp(a, 0.0, 1.0), 1 / 2.2)
                g = cell(x, y, seed + 1 + c)
                own = ((g & 1023) + ((g >> 10) & 1023) + ((g >> 20) & 1023)) / 1024 - 1.5
                a += (1.2 * common + own) * light.grain * (0.5 + 0.5 * (1 - a))
                out[y, x, c] = int(clamp(a, 0.0, 1.0) * 255 + 0.5)
    return out
