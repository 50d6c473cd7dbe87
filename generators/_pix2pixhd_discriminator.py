"""pix2pixHD's multi-scale PatchGAN in the official key layout, and its forms of SPADE's losses."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor, nn
from torch.nn import functional as F

from generators._pix2pixhd_layers import InstanceNorm, half
from generators.layers.discriminators import Features
from generators.layers.losses import GanMode, feature_matching_loss, gan_loss

_WITHOUT_FEATURES = re.compile(r"layer(\d+)\.(\d+)\.(weight|bias)")


class PyramidDiscriminator(nn.Module):
    """PatchGANs of equal build on an image pyramid: 4x4 convolutions with padding 2, instance norm, no spectral norm.

    The official code names the parameters `scale{i}_layer{j}.0`, or `layer{i}.{0,2,5,...}` where it trains without
    feature matching; both kinds of files load. The last scale sees the full resolution, scale 0 the coarsest.

    Args:
        channels: Channels of condition and image together.
        width: Channels of the first layer (ndf).
        layers: Convolutions of stride 2; one of stride 1 and the prediction follow.
        scales: Number of discriminators; 2 as published, 3 for 2048x1024.
    """

    def __init__(self, channels: int, width: int = 64, layers: int = 3, scales: int = 2) -> None:
        super().__init__()
        self.layers, self.scales = layers, scales
        widths = [min(width * 2**i, 512) for i in range(layers + 1)]
        for i in range(scales):
            fin = channels
            for j, fout in enumerate(widths):
                conv = nn.Conv2d(fin, fout, 4, stride=2 if j < layers else 1, padding=2)
                norm = [InstanceNorm()] if j else []
                self.add_module(f"scale{i}_layer{j}", nn.Sequential(conv, *norm, nn.LeakyReLU(0.2)))
                fin = fout
            self.add_module(f"scale{i}_layer{layers + 1}", nn.Sequential(nn.Conv2d(fin, 1, 4, padding=2)))

    def forward(self, cond: Tensor, images: Tensor) -> Features:
        """Judge k images a condition.

        The first convolution is linear in condition and image, so the condition's part, most of its channels, is
        computed once for all k.

        Args:
            cond: (N, C, H, W).
            images: (k * N, 3, H, W): all first images, then all second ones, and so on.

        Returns:
            By scale, full resolution first: the outputs after every activation, then the prediction.
        """
        results = []
        for i in reversed(range(self.scales)):
            results.append(self._patches(i, cond, images))
            cond, images = half(cond), half(images)
        return results

    def _patches(self, scale: int, cond: Tensor, images: Tensor) -> list[Tensor]:
        first = self.get_submodule(f"scale{scale}_layer0.0")
        by_cond, by_image = first.get_parameter("weight").split((cond.shape[1], images.shape[1]), dim=1)
        shared = F.conv2d(cond, by_cond, first.get_parameter("bias"), stride=2, padding=2)
        x = F.conv2d(images, by_image, stride=2, padding=2).unflatten(0, (-1, cond.shape[0])) + shared
        outputs = [F.leaky_relu(x.flatten(0, 1), 0.2)]
        for j in range(1, self.layers + 2):
            outputs.append(self.get_submodule(f"scale{scale}_layer{j}")(outputs[-1]))
        return outputs

    def adapt_state(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Give the entries of a discriminator that was trained without feature matching the names they have here."""
        return {_renamed(key): value for key, value in state.items()}


def _renamed(key: str) -> str:
    if (match := _WITHOUT_FEATURES.fullmatch(key)) is None:
        return key
    scale, index, kind = match.groups()  # convolutions at 0, 2, 5, 8, ...: norms and activations stand between them
    return f"scale{scale}_layer{(int(index) + 1) // 3}.0.{kind}"


def adversarial(features: Features, *, is_real: bool, for_d: bool, mode: GanMode = "ls") -> Tensor:
    """Adversarial loss, summed over the scales; D's counts half. Least squares as published."""
    return gan_loss(features, is_real=is_real, for_d=for_d, mode=mode) * len(features) * (0.5 if for_d else 1.0)


def matching(fake: Features, real: Features) -> Tensor:
    """Feature matching times the official factor: 4 / the number of a scale's outputs, its prediction not counted."""
    return feature_matching_loss(fake, real) * 4 / (len(fake[0]) - 1)
