"""DeepLabV2 on ResNet-101 (Chen et al., "DeepLab", TPAMI 2018) in the PyTorch release that COCO-Stuff is scored with.

Modules carry the names of that release (kazuto1011/deeplab-pytorch, MIT, commit 4219467): `base` is the network, the
name that its multi-scale wrapper gives it. The architecture is written from the paper and from the layout of its files,
and checked against outputs of the official code (`tests/golden/deeplabv2.py`).

The ResNet is that of Caffe: strides sit in the first 1x1 convolutions, and the pooling of the stem rounds sizes up.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segmenters._base import Segmenter
from segmenters._registry import RealScore, Weights, register
from segmenters._resnet import initialise

MEAN_RGB = (122.675, 116.669, 104.008)
"""Means of the training images, 0..255; the network takes the channels in the order BGR and divides by nothing."""

SCALES = (0.5, 0.75)
"""Sizes of the multi-scale reading, beside the image's own."""


class Bottleneck(nn.Module):
    """1x1, dilated 3x3 and 1x1 convolutions around a shortcut; the first 1x1 carries the stride."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, dilation: int, project: bool) -> None:
        super().__init__()
        inner = out_channels // 4
        self.reduce = _conv(in_channels, inner, 1, stride, 1)
        self.conv3x3 = _conv(inner, inner, 3, 1, dilation)
        self.increase = _conv(inner, out_channels, 1, 1, 1)
        self.shortcut = _conv(in_channels, out_channels, 1, stride, 1) if project else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, h, w) to (N, out_channels, h / stride, w / stride)."""
        y = self.increase(F.relu(self.conv3x3(F.relu(self.reduce(x), inplace=True)), inplace=True))
        return F.relu(y + (x if self.shortcut is None else self.shortcut(x)), inplace=True)


class Stem(nn.Module):
    """7x7 convolution of stride 2, batch normalisation, ReLU, pooling of stride 2 that rounds up."""

    def __init__(self, out_channels: int) -> None:
        super().__init__()
        self.conv1 = _conv(3, out_channels, 7, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, 3, h, w) to (N, out_channels, about h / 4, about w / 4)."""
        return F.max_pool2d(F.relu(self.conv1(x), inplace=True), 3, 2, 1, ceil_mode=True)


class Aspp(nn.Module):
    """Sum of dilated 3x3 classifiers."""

    def __init__(self, in_channels: int, num_classes: int, rates: Sequence[int]) -> None:
        super().__init__()
        for index, rate in enumerate(rates):
            conv = nn.Conv2d(in_channels, num_classes, 3, padding=rate, dilation=rate)
            self.add_module(f"c{index}", conv)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, in_channels, h, w) to class scores (N, num_classes, h, w)."""
        first, *others = self.children()
        total: Tensor = first(x)
        for conv in others:
            total += conv(x)
        return total


class DeepLabV2(Segmenter):
    """ResNet of stride 8 with dilated last stages, ASPP, and the largest score over several sizes.

    Readings: `msc`, the default, takes the element-wise maximum of the scores of the image and of its bilinear
    reductions to 1/2 and 3/4, on the grid of the former; `single` the scores of the image alone. Scores are resized
    bilinearly from that grid, of stride 8, to the size of the label map, in one step.

    Args:
        depths: Blocks in stages 2 to 5.
        num_classes: Classes of the label maps.
        input_scale: Factor by which images are resized before the network.
        widths: Channels of stages 1 to 5.
        rates: Dilations of the ASPP.
    """

    readings = ("msc", "single")

    def __init__(
        self,
        depths: tuple[int, int, int, int],
        num_classes: int,
        input_scale: float = 1.0,
        widths: tuple[int, int, int, int, int] = (64, 256, 512, 1024, 2048),
        rates: Sequence[int] = (6, 12, 18, 24),
    ) -> None:
        mean = (MEAN_RGB[0] / 255, MEAN_RGB[1] / 255, MEAN_RGB[2] / 255)
        super().__init__(num_classes, mean, (1 / 255, 1 / 255, 1 / 255), input_scale)
        stages: OrderedDict[str, nn.Module] = OrderedDict(layer1=Stem(widths[0]))
        for index, (depth, stride, dilation) in enumerate(zip(depths, (1, 2, 1, 1), (1, 1, 2, 4), strict=True)):
            out_channels = widths[index + 1]
            blocks = [Bottleneck(widths[index], out_channels, stride, dilation, project=True)]
            blocks += [Bottleneck(out_channels, out_channels, 1, dilation, project=False) for _ in range(depth - 1)]
            named: OrderedDict[str, nn.Module] = OrderedDict()
            named.update((f"block{number}", block) for number, block in enumerate(blocks, 1))
            stages[f"layer{index + 2}"] = nn.Sequential(named)
        stages["aspp"] = Aspp(widths[-1], num_classes, rates)
        self.base = nn.Sequential(stages)
        initialise(self)

    def normalise(self, rgb: Tensor) -> Tensor:
        """Return BGR, 0..255 minus the means, of RGB in [0, 1], both (N, 3, h, w)."""
        return (rgb * 255 - self.mean * 255).flip(1)

    def logits(self, normalised: Tensor) -> Tensor:
        """Class scores (N, num_classes, about h / 8, about w / 8) of normalised images (N, 3, h, w)."""
        if normalised.device.type == "cpu":  # where these layers run an eighth faster with the channels last
            normalised = normalised.contiguous(memory_format=torch.channels_last)
        scores: Tensor = self.base(normalised)
        if self.reading == "msc":
            for scale in SCALES:
                coarse = F.interpolate(self.base(_reduced(normalised, scale)), scores.shape[-2:], mode="bilinear")
                scores = torch.maximum(scores, coarse)
        return scores


def _reduced(x: Tensor, scale: float) -> Tensor:
    """Resize bilinearly; sides are cut off to whole pixels, while coordinates follow the scale itself."""
    if min(x.shape[-2:]) * scale < 1:
        return F.interpolate(x, [max(1, int(side * scale)) for side in x.shape[-2:]], mode="bilinear")
    return F.interpolate(x, scale_factor=scale, mode="bilinear")


def _conv(in_channels: int, out_channels: int, kernel: int, stride: int, dilation: int) -> nn.Sequential:
    """Convolution without a bias, and batch normalisation."""
    padding = dilation * (kernel // 2)
    conv = nn.Conv2d(in_channels, out_channels, kernel, stride, padding, dilation, bias=False)
    return nn.Sequential(OrderedDict(conv=conv, bn=nn.BatchNorm2d(out_channels)))


@register(
    "deeplabv2_resnet101",
    paper="Chen et al., TPAMI 2018",
    readings=DeepLabV2.readings,
    weights=(
        Weights(
            tag="coco_stuff",
            file="deeplabv2_resnet101_msc-cocostuff164k-100000.pth",
            num_classes=182,
            label_space="COCO-Stuff 164k: ids 0..181, of which 171 occur",
            origin="https://github.com/kazuto1011/deeplab-pytorch/releases (v1.0)",
            licence="none stated for the weights (the code is MIT)",
            real_scores=(
                RealScore(
                    miou=0.391,
                    reading="msc",
                    dataset="coco_stuff",
                    split="val",
                    size=None,
                    source="README of kazuto1011/deeplab-pytorch (without CRF; mean over classes of the truth)",
                ),
            ),
        ),
    ),
)
def deeplabv2_resnet101(num_classes: int, input_scale: float) -> Segmenter:
    """DeepLabV2 on ResNet-101: 55.9 M parameters with 182 classes."""
    return DeepLabV2((3, 4, 23, 3), num_classes, input_scale)
