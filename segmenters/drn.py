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

import torch
from torch import Tensor, nn

from segmenters._base import Segmenter
from segmenters._registry import Weights, register

# Statistics of the Cityscapes training images as released with the networks; they are part of the published weights.
MEAN = (0.29010095242892997, 0.32808144844279574, 0.28696394422942517)
STD = (0.1829540508368939, 0.18656561047509476, 0.18447508988480435)


class BasicBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut."""

    expansion = 1

    def __init__(self, in_channels: int, planes: int, stride: int, dilation: int) -> None:
        super().__init__()
        self.conv1 = _conv3(in_channels, planes, stride, dilation)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = _conv3(planes, planes, 1, dilation)
        self.bn2 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _projection(in_channels, planes, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, h, w) to (N, planes, h / stride, w / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        out: Tensor = self.relu(y + (x if self.downsample is None else self.downsample(x)))
        return out


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions around a shortcut; the 3x3 carries stride and dilation."""

    expansion = 4

    def __init__(self, in_channels: int, planes: int, stride: int, dilation: int) -> None:
        super().__init__()
        out_channels = planes * self.expansion
        self.conv1 = nn.Conv2d(in_channels, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = _conv3(planes, planes, stride, dilation)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _projection(in_channels, out_channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, h, w) to (N, 4 * planes, h / stride, w / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        out: Tensor = self.relu(y + (x if self.downsample is None else self.downsample(x)))
        return out


class DRN(Segmenter):
    """DRN-D encoder, 1x1 classifier, fixed bilinear upsampling by 8.

    Args:
        block: Residual block of stages 3 to 6.
        depths: Blocks in stages 3 to 6.
        widths: Planes of stages 0 to 8 (stages 3 to 6 end with `planes * block.expansion` channels).
        num_classes: Classes of the label maps.
        input_scale: Factor by which images are resized before the network.
    """

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
        _initialise(self)

    def logits(self, normalised: Tensor) -> Tensor:
        """Class scores (N, num_classes, h, w) of normalised images (N, 3, h, w)."""
        height, width = normalised.shape[-2:]
        coarse = self.seg(self.base(normalised))  # (N, num_classes, ceil(h / 8), ceil(w / 8))
        full: Tensor = self.up(coarse)
        return full[..., :height, :width]


def _conv3(in_channels: int, out_channels: int, stride: int, dilation: int) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, 3, stride, padding=dilation, dilation=dilation, bias=False)


def _projection(in_channels: int, out_channels: int, stride: int) -> nn.Sequential | None:
    """Shortcut of a block that changes size or width; None where the identity does."""
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
        nn.BatchNorm2d(out_channels),
    )


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


def _initialise(network: DRN) -> None:
    """He initialisation by fan-out, as published; the upsampling is a constant, never trained."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    with torch.no_grad():
        network.up.weight.copy_(bilinear_kernel(16).expand_as(network.up.weight))
    network.up.weight.requires_grad_(False)


@register(
    "drn_d_105",
    paper="Yu et al., CVPR 2017",
    weights=(
        Weights(
            tag="cityscapes",
            file="drn-d-105_ms_cityscapes.pth",
            num_classes=19,
            label_space="Cityscapes train ids",
            origin="https://github.com/fyu/drn (its hosts have been down for long periods)",
            licence="none stated for the weights (the code is BSD-3-Clause); Cityscapes is for non-commercial research",
        ),
    ),
)
def drn_d_105(num_classes: int, input_scale: float) -> Segmenter:
    """DRN-D-105: bottlenecks 3, 4, 23, 3; 54.3 M parameters."""
    return DRN(Bottleneck, (3, 4, 23, 3), (16, 16, 32, 64, 128, 256, 512, 512, 512), num_classes, input_scale)


@register("drn_d_22", paper="Yu et al., CVPR 2017")
def drn_d_22(num_classes: int, input_scale: float) -> Segmenter:
    """DRN-D-22: basic blocks 2, 2, 2, 2; 15.9 M parameters."""
    return DRN(BasicBlock, (2, 2, 2, 2), (16, 16, 32, 64, 128, 256, 512, 512, 512), num_classes, input_scale)


@register(
    "drn_d_22_quarter",
    paper="a quarter of the widths of Yu et al., CVPR 2017",
    weights=(
        Weights(
            tag="tinytown",
            file="drn_d_22_quarter-tinytown.safetensors",
            num_classes=19,
            label_space="Cityscapes train ids",
            origin="sisbench segmenter train --arch drn_d_22_quarter --dataset tinytown --root tinytown-preview "
            "--steps 3000 --seed 0 --output drn_d_22_quarter-tinytown.safetensors",
            licence="Apache-2.0",
            sha256="5655ab9a447b71bf306e5ec7bf4b084f0afbd146b9ac3580dd925905391b2245",
            shipped=True,
            input_scale=2.0,
        ),
    ),
)
def drn_d_22_quarter(num_classes: int, input_scale: float) -> Segmenter:
    """DRN-D-22 at a quarter of its widths: 1.0 M parameters, for small machines and small images."""
    return DRN(BasicBlock, (2, 2, 2, 2), (4, 4, 8, 16, 32, 64, 128, 128, 128), num_classes, input_scale)
