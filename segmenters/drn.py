"""Dilated residual networks, DRN-D (Yu, Koltun, Funkhouser, "Dilated Residual Networks", CVPR 2017).

DRN-D-105 trained on Cityscapes is the network behind the mIoU and accuracy of the SPADE line of papers. Modules carry
the names of the official release (fyu/drn, BSD-3-Clause, commit d75db2e), so that its files load as they are; the
architecture is written from the paper and from the layout of those files, and checked against outputs of the official
code (`tests/golden/drn.py`).

DRN-D has plain convolutions in place of residual blocks at both ends, and an output stride of 8. Images whose sides are
no multiple of 8 need no padding: the strided convolutions round the grid up, and the surplus rows and columns of the
eightfold upsampling are cut off at the bottom and the right.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from segmenters._base import Segmenter, Size, resize_scores
from segmenters._pillow import BICUBIC, resize_images, resize_maps
from segmenters._registry import RealScore, Weights, register
from segmenters._resnet import BasicBlock, Bottleneck, initialise

# Statistics of the Cityscapes training images as released with the networks; they are part of the published weights.
MEAN = (0.29010095242892997, 0.32808144844279574, 0.28696394422942517)
STD = (0.1829540508368939, 0.18656561047509476, 0.18447508988480435)

SCALES = (1.0, 0.5, 0.75, 1.25, 1.5, 1.75)
"""What the multi-scale reading (`--ms` of the official code) multiplies the sides of an image with."""


class DRN(Segmenter):
    """DRN-D encoder, 1x1 classifier, fixed bilinear upsampling by 8.

    Readings: `single` labels an image at its size. `multi-scale` resizes the bytes of the image with Pillow (bicubic,
    sides cut off to whole pixels), resizes every map of log-probabilities back (Pillow, bilinear, channel by channel)
    and adds them up; as in the official code, maps of sides that are no multiple of 8 are resized from the rounded-up
    grid. Label maps of another size are read off resized log-probabilities (Pillow, bilinear); nobody but GAN
    Compression's evaluation asks for them.

    Args:
        block: Residual block of stages 3 to 6.
        depths: Blocks in stages 3 to 6.
        widths: Planes of stages 0 to 8 (stages 3 to 6 end with `planes * block.expansion` channels).
        num_classes: Classes of the label maps.
        input_scale: Factor by which images are resized before the network.
    """

    readings = ("single", "multi-scale")

    def __init__(
        self,
        block: type[BasicBlock | Bottleneck],
        depths: tuple[int, int, int, int],
        widths: tuple[int, int, int, int, int, int, int, int, int],
        num_classes: int,
        input_scale: float = 1.0,
    ) -> None:
        super().__init__(num_classes, MEAN, STD, input_scale)
        stages = [_stem(3, widths[0], kernel=7), _stem(widths[0], widths[1]), _stem(widths[1], widths[2], stride=2)]
        channels = widths[2]
        # Dilation stands in for the strides of an ordinary residual network after stage 4.
        for depth, planes, stride, dilation in zip(depths, widths[3:7], (2, 2, 1, 1), (1, 1, 2, 4), strict=True):
            blocks: list[nn.Module] = []
            for index in range(depth):
                blocks.append(block(channels, planes, stride if index == 0 else 1, dilation))
                channels = planes * block.expansion
            stages.append(nn.Sequential(*blocks))
        # Two plain stages of falling dilation remove the gridding of the dilated blocks (section 4 of the paper).
        stages += [_stem(channels, widths[7], dilation=2), _stem(widths[7], widths[8])]
        self.base = nn.Sequential(*stages)
        self.seg = nn.Conv2d(widths[8], num_classes, 1)
        self.up = nn.ConvTranspose2d(num_classes, num_classes, 16, 8, 4, groups=num_classes, bias=False)
        initialise(self)
        with torch.no_grad():  # a constant, never trained
            self.up.weight.copy_(bilinear_kernel(16).expand_as(self.up.weight))
        self.up.weight.requires_grad_(False)

    def logits(self, normalised: Tensor) -> Tensor:
        """Class scores (N, num_classes, h, w) of normalised images (N, 3, h, w)."""
        height, width = normalised.shape[-2:]
        return self._grid(normalised)[..., :height, :width]

    def evidences(self, image: Tensor, sizes: Sequence[Size | None]) -> list[Tensor]:
        """Scores, or where maps are added up or resized, log-probabilities: float32 (N, num_classes, H', W')."""
        targets = [self._check_input(image, size) for size in sizes]
        own = (image.shape[-2], image.shape[-1])
        if self.reading == "multi-scale":
            total = self._sum_of_scales(image)
            return [resize_maps(total, target) for target in targets]
        scores = self.scores(image, self.input_size(own))
        maps = scores.log_softmax(dim=1) if any(target != own for target in targets) else scores
        return [resize_maps(maps, target) if target != own else resize_scores(scores, own) for target in targets]

    def _sum_of_scales(self, image: Tensor) -> Tensor:
        """Log-probabilities of all scales at the size of the image, added up."""
        own = (image.shape[-2], image.shape[-1])
        total = torch.zeros((len(image), self.num_classes, *own), device=image.device)
        for scale in SCALES:
            height, width = (max(1, int(side * scale * self.input_scale)) for side in own)
            x = resize_images(image, (height, width), BICUBIC).to(self.mean.dtype) / 255
            total += resize_maps(self._grid(self.normalise(x)).log_softmax(dim=1), own)
        return total

    def _grid(self, normalised: Tensor) -> Tensor:
        """Class scores of the network's grid: sides rounded up to multiples of 8."""
        full: Tensor = self.up(self.seg(self.base(normalised)))  # seg: (N, num_classes, ceil(h / 8), ceil(w / 8))
        return full


def _stem(in_channels: int, out_channels: int, kernel: int = 3, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    """Plain stage: convolution, batch normalisation, ReLU."""
    padding = dilation * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding, dilation, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


def bilinear_kernel(size: int) -> Tensor:
    """Return the (size, size) kernel of a transposed convolution that upsamples bilinearly by size / 2.

    >>> bilinear_kernel(4)[0]
    tensor([0.0625, 0.1875, 0.1875, 0.0625])
    """
    half = size // 2
    line = 1 - (torch.arange(size) / half - (size - 1) / size).abs()
    return line[:, None] * line[None, :]


@register(
    "drn_d_105",
    paper="Yu et al., CVPR 2017",
    readings=DRN.readings,
    weights=(
        Weights(
            tag="cityscapes",
            file="drn-d-105_ms_cityscapes.pth",
            num_classes=19,
            label_space="Cityscapes train ids",
            origin="https://github.com/fyu/drn (its hosts have been down for long periods)",
            licence="none stated for the weights (the code is BSD-3-Clause); Cityscapes is for non-commercial research",
            real_scores=(
                RealScore(
                    miou=0.756,
                    reading="single",
                    dataset="cityscapes",
                    split="val",
                    size=(1024, 2048),
                    source="README of fyu/drn",
                ),
            ),
        ),
    ),
)
def drn_d_105(num_classes: int, input_scale: float) -> Segmenter:
    """DRN-D-105: bottlenecks 3, 4, 23, 3; 54.3 M parameters."""
    return DRN(Bottleneck, (3, 4, 23, 3), (16, 16, 32, 64, 128, 256, 512, 512, 512), num_classes, input_scale)


@register("drn_d_22", paper="Yu et al., CVPR 2017", readings=DRN.readings)
def drn_d_22(num_classes: int, input_scale: float) -> Segmenter:
    """DRN-D-22: basic blocks 2, 2, 2, 2; 15.9 M parameters."""
    return DRN(BasicBlock, (2, 2, 2, 2), (16, 16, 32, 64, 128, 256, 512, 512, 512), num_classes, input_scale)


@register(
    "drn_d_22_quarter",
    paper="a quarter of the widths of Yu et al., CVPR 2017",
    readings=DRN.readings,
    weights=(
        Weights(
            tag="tinytown",
            file="drn_d_22_quarter-tinytown.safetensors",
            num_classes=19,
            label_space="Cityscapes train ids",
            origin="sisbench segmenter train --arch drn_d_22_quarter --dataset tinytown "
            "--steps 2000 --seed 0 --output drn_d_22_quarter-tinytown.safetensors",
            licence="Apache-2.0",
            sha256="50ead46baf3b8e5aabfc27aeec42ccd116df3151082e30a29f95abb396be07c4",
            shipped=True,
            input_scale=2.0,
        ),
    ),
)
def drn_d_22_quarter(num_classes: int, input_scale: float) -> Segmenter:
    """DRN-D-22 at a quarter of its widths: 1.0 M parameters, for small machines and small images."""
    return DRN(BasicBlock, (2, 2, 2, 2), (4, 4, 8, 16, 32, 64, 128, 128, 128), num_classes, input_scale)
