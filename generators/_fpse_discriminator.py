"""CC-FPSE's discriminator: a feature pyramid of the image, matched with an embedding of the layout (sec. 3.3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from generators._errors import GeneratorError
from generators.layers.discriminators import Features
from generators.layers.norms import spectral_norm

FACTOR = 32
"""Images halve five times."""
FINEST = 4
"""Pixels of the image for one of the finest prediction."""


class FPSEDiscriminator(nn.Module):
    """Feature pyramid, and at three of its levels a score of the image and of its agreement with the layout.

    The image alone goes through five 3x3 convolutions of stride 2, and up again through lateral connections. At a
    quarter, an eighth and a sixteenth of the size every position is scored by

        t(f) + sum over channels of  s(f) * pooled(e(layout)),

    t, s and e being 1x1 convolutions that the levels share. Key layout of the official checkpoints.

    Args:
        cond_channels: Channels of the condition.
        width: Channels of the first layer (ndf).
    """

    def __init__(self, cond_channels: int, width: int = 64) -> None:
        super().__init__()
        w = width
        encoder = ((3, w), (w, 2 * w), (2 * w, 4 * w), (4 * w, 8 * w), (8 * w, 8 * w))
        for i, (fin, fout) in enumerate(encoder, start=1):
            self.add_module(f"enc{i}", _layer(fin, fout, 3, stride=2))
        for i, fin in ((2, 2 * w), (3, 4 * w), (4, 8 * w), (5, 8 * w)):
            self.add_module(f"lat{i}", _layer(fin, 4 * w, 1))
        for i in (2, 3, 4):
            self.add_module(f"final{i}", _layer(4 * w, 2 * w, 3))
        self.tf = nn.Conv2d(2 * w, 1, 1)
        self.seg = nn.Conv2d(2 * w, 2 * w, 1)
        self.embedding = nn.Conv2d(cond_channels, 2 * w, 1)

    @staticmethod
    def require(size: tuple[int, int]) -> None:
        """Refuse images that cannot be halved five times.

        Raises:
            GeneratorError: No such size.
        """
        height, width = size
        if height % FACTOR or width % FACTOR or height * width <= FACTOR**2:  # instance norm needs two positions
            raise GeneratorError(
                f"CC-FPSE's discriminator takes sizes that are multiples of {FACTOR}, beyond {FACTOR}x{FACTOR}, "
                f"got images of {height}x{width}. Choose another size."
            )

    def forward(self, cond: Tensor, images: Tensor) -> Features:
        """Judge k images a condition.

        Args:
            cond: (N, C, H, W).
            images: (k * N, 3, H, W): all first images, then all second ones, and so on.

        Returns:
            Three scales, finest first. The last entry of each is its prediction, (k * N, 1, h, w); before that of the
            first stand the outputs of the encoder's layers 2 to 5, for feature matching.

        Raises:
            GeneratorError: Images of a size that cannot be halved five times.
        """
        self.require((images.shape[2], images.shape[3]))
        encoded, x = [], images
        for i in range(1, 6):
            x = self.get_submodule(f"enc{i}")(x)
            encoded.append(x)
        *matched, deepest = encoded[1:]
        top = self.get_submodule("lat5")(deepest)
        levels = []
        for i, lateral in zip((4, 3, 2), reversed(matched), strict=True):
            top = _up(top) + self.get_submodule(f"lat{i}")(lateral)
            levels.append(self.get_submodule(f"final{i}")(top))

        # pooling and a 1x1 convolution commute: the layout is pooled before it is embedded
        embedded = self.embedding(F.avg_pool2d(cond, FINEST))
        predictions = []
        for level in reversed(levels):
            agreement = self.seg(level).unflatten(0, (-1, len(cond))) * embedded
            predictions.append(self.tf(level) + agreement.flatten(0, 1).sum(dim=1, keepdim=True))
            embedded = F.avg_pool2d(embedded, 2)
        finest, *coarser = predictions
        return [[*encoded[1:], finest], *([prediction] for prediction in coarser)]


def _layer(fin: int, fout: int, kernel: int, stride: int = 1) -> nn.Sequential:
    """Convolution under spectral norm, instance norm, leaky ReLU, named as in the checkpoints."""
    conv = spectral_norm(nn.Conv2d(fin, fout, kernel, stride=stride, padding=kernel // 2, bias=False))
    return nn.Sequential(nn.Sequential(conv, nn.InstanceNorm2d(fout)), nn.LeakyReLU(0.2))


def _up(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def matching_loss(fake: Features, real: Features) -> Tensor:
    """Mean L1 between the encoder's outputs, averaged over the four layers; real is a constant."""
    pairs = zip(fake[0][:-1], real[0][:-1], strict=True)
    return torch.stack([F.l1_loss(a, b.detach()) for a, b in pairs]).mean()
