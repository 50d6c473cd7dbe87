"""The discriminator of SESAME (Ntavelis et al., ECCV 2020): condition and image in streams of their own, then merged.

SAFM is trained against it too.
"""

from __future__ import annotations

from torch import Tensor, nn

from generators.layers.discriminators import MultiScaleDiscriminator
from generators.layers.norms import spectral_norm


class SesamePatchDiscriminator(nn.Module):
    """Two PatchGANs of equal widths, one of the image and one of its condition, and one prediction of both.

    Before the prediction the image's features x are multiplied by 1 + the sum over the channels of the condition's
    features. Convolutions are 4x4 with padding 2; all but the first have spectral norm, no bias and an instance norm.

    Args:
        channels: Channels of condition and image together; the image has the last three.
        width: Channels of the first layer (ndf).
        layers: Convolutions of each stream; the last of them has stride 1.
    """

    def __init__(self, channels: int, width: int = 64, layers: int = 4) -> None:
        super().__init__()
        self.sem_sequence = _stream(channels - 3, width, layers)
        self.img_sequence = _stream(3, width, layers)
        self.img_sequence.append(nn.Sequential(nn.Conv2d(_width(width, layers - 1), 1, 4, padding=2)))

    def forward(self, cond: Tensor, images: Tensor) -> list[Tensor]:
        """Judge k images a condition; return the output of every layer of the image's stream, the prediction last.

        The condition's stream runs once for all k.

        Args:
            cond: (N, C, H, W).
            images: (k * N, 3, H, W): all first images, then all second ones, and so on.
        """
        factor = 1 + self.sem_sequence(cond).sum(dim=1, keepdim=True)
        outputs: list[Tensor] = []
        x = images
        *layers, last = self.img_sequence
        for layer in layers:
            x = layer(x)
            outputs.append(x)
        merged = (x.unflatten(0, (-1, cond.shape[0])) * factor).flatten(0, 1)
        prediction: Tensor = last(merged)
        return [*outputs, prediction]


class SesameDiscriminator(MultiScaleDiscriminator):
    """Discriminators of SESAME on a pyramid of condition and image; two in the paper."""

    patch = SesamePatchDiscriminator


def _stream(channels: int, width: int, layers: int) -> nn.Sequential:
    stream = nn.Sequential(nn.Sequential(nn.Conv2d(channels, width, 4, stride=2, padding=2), nn.LeakyReLU(0.2)))
    for i in range(1, layers):
        fin, fout = _width(width, i - 1), _width(width, i)
        stride = 1 if i == layers - 1 else 2
        conv = spectral_norm(nn.Conv2d(fin, fout, 4, stride=stride, padding=2, bias=False))
        stream.append(nn.Sequential(nn.Sequential(conv, nn.InstanceNorm2d(fout)), nn.LeakyReLU(0.2)))
    return stream


def _width(width: int, layer: int) -> int:
    """Channels behind a layer of a stream; the cap at 512 is reached in the published width only by a fifth layer."""
    return min(width << layer, 512)
