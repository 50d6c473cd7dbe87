"""Mean absolute difference in CIELAB, per image pair, averaged over images.

A metric is a pure function, and an accumulator over it. `PerImageMean` does what a mean of one number per image needs:
state, standard error, the share of every image.
"""

from __future__ import annotations

import torch
from sisbench.metrics import PerImageMean, check_images, register
from torch import Tensor

TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
WHITE = (0.95047, 1.0, 1.08883)
"""sRGB (IEC 61966-2-1) to CIE XYZ, and the white point D65."""


def to_lab(images: Tensor) -> Tensor:
    """CIELAB under D65, float64 (N, 3, H, W), of sRGB images uint8 (N, 3, H, W); L in 0..100.

    >>> [round(x) for x in to_lab(torch.tensor([255, 0, 0], dtype=torch.uint8).view(1, 3, 1, 1)).flatten().tolist()]
    [53, 80, 67]
    """
    rgb = images.double() / 255
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = torch.einsum("kc,nchw->nkhw", linear.new_tensor(TO_XYZ), linear) / linear.new_tensor(WHITE).view(3, 1, 1)
    f = torch.where(xyz > (6 / 29) ** 3, xyz.pow(1 / 3), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = f.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def lab_mae(fake: Tensor, real: Tensor) -> Tensor:
    """Mean over pixels and the three channels of absolute differences in CIELAB.

    Args:
        fake: uint8 (N, 3, H, W).
        real: uint8 (N, 3, H, W).

    Returns:
        float64 (N,).

    Raises:
        InputError: Other types or shapes.

    >>> black = torch.zeros(1, 3, 2, 2, dtype=torch.uint8)
    >>> [round(x, 2) for x in lab_mae(black, black + 255).tolist()]  # L differs by 100, a and b hardly
    [33.33]
    """
    check_images(fake, real)
    return (to_lab(fake) - to_lab(real)).abs().flatten(1).mean(1)


@register("lab_mae")
class LabMAE(PerImageMean):
    """Mean absolute difference in CIELAB."""

    outputs = ("lab_mae",)
    higher_is_better = False

    def measure(self, fake: Tensor, real: Tensor) -> Tensor:
        """Mean absolute difference of each pair, float64 (N,)."""
        return lab_mae(fake, real)
