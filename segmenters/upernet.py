"""UPerNet (Xiao et al., "Unified Perceptual Parsing for Scene Understanding", ECCV 2018) as MIT's CSAIL released it.

With ResNet-101 on ADE20K it is the network behind the mIoU of the SPADE line of papers on that data set. Modules carry
the names of the official release (CSAILVision/semantic-segmentation-pytorch, BSD-3-Clause, commit 8f27c9b), which keeps
encoder and decoder in files of their own; the architecture is written from the paper and from the layout of those
files, and checked against outputs of the official code (`tests/golden/upernet.py`). It is not the UPerNet of
mmsegmentation: stem, pyramid and weights differ.

The encoder is a ResNet whose stem is three 3x3 convolutions. In its dilated variants the last two stages keep a stride
of 8 and widen their kernels instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from segmenters._base import Segmenter, Size, resize_scores
from segmenters._pillow import BILINEAR, resize_images
from segmenters._registry import RealScore, Weights, register
from segmenters._resnet import BasicBlock, Bottleneck, initialise

# Statistics of ImageNet, which the encoders were trained on first.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

SHORT_SIDES = (300, 375, 450, 525, 600)
"""Short sides of the multi-scale reading, the default evaluation of the official code."""

LONG_SIDE = 1000
"""The multi-scale reading enlarges no image beyond this long side."""

PLANES = (64, 128, 256, 512)
Four = tuple[int, int, int, int]


class Encoder(nn.Module):
    """ResNet with a stem of three 3x3 convolutions and without a classifier.

    Args:
        block: Residual block.
        depths: Blocks in each of the four stages.
        dilated: Whether the last two stages dilate their kernels in place of a stride.
        planes: Planes of the stages, which end with `planes * block.expansion` channels.
        stem: Channels of the three convolutions.
    """

    def __init__(
        self,
        block: type[BasicBlock | Bottleneck],
        depths: Four,
        dilated: bool,
        planes: Four = PLANES,
        stem: tuple[int, int, int] = (64, 64, 128),
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, stem[0], 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(stem[0])
        self.conv2 = nn.Conv2d(stem[0], stem[1], 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(stem[1])
        self.conv3 = nn.Conv2d(stem[1], stem[2], 3, 1, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(stem[2])
        strides, dilations = ((1, 2, 1, 1), (1, 1, 2, 4)) if dilated else ((1, 2, 2, 2), (1, 1, 1, 1))
        channels, stages = stem[2], []
        for depth, width, stride, dilation in zip(depths, planes, strides, dilations, strict=True):
            # The kernel that had the stride before it was dilated away widens half as much as all later ones.
            blocks = [block(channels, width, stride, dilation, first_dilation=max(1, dilation // 2))]
            channels = width * block.expansion
            blocks += [block(channels, width, 1, dilation) for _ in range(depth - 1)]
            stages.append(nn.Sequential(*blocks))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages

    def forward(self, x: Tensor) -> list[Tensor]:
        """Map (N, 3, h, w) to the four stages' features, at strides 4, 8, 16, 32 (dilated: 4, 8, 8, 8)."""
        for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = F.relu(norm(conv(x)), inplace=True)
        x = F.max_pool2d(x, 3, 2, 1)
        features = []
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
            features.append(x)
        return features


class Decoder(nn.Module):
    """Pyramid pooling on the coarsest features, then a feature pyramid down to the finest.

    Args:
        num_classes: Classes.
        channels: Channels of the encoder's four features.
        width: Channels of the feature pyramid.
        ppm_width: Channels of each branch of the pyramid pooling.
        scales: Cells along each side in those branches.
    """

    def __init__(
        self,
        num_classes: int,
        channels: Sequence[int],
        width: int = 512,
        ppm_width: int = 512,
        scales: Sequence[int] = (1, 2, 3, 6),
    ) -> None:
        super().__init__()
        self.scales = tuple(scales)
        self.ppm_conv = nn.ModuleList(_conv(channels[-1], ppm_width, 1) for _ in scales)
        self.ppm_last_conv = _conv(channels[-1] + len(scales) * ppm_width, width, 3)
        self.fpn_in = nn.ModuleList(_conv(count, width, 1) for count in channels[:-1])
        self.fpn_out = nn.ModuleList(nn.Sequential(_conv(width, width, 3)) for _ in channels[:-1])
        self.conv_last = nn.Sequential(_conv(len(channels) * width, width, 3), nn.Conv2d(width, num_classes, 1))

    def forward(self, features: Sequence[Tensor]) -> Tensor:
        """Map four features, finest first, to class scores (N, num_classes, h / 4, w / 4)."""
        top = features[-1]
        pooled = [_resize(F.adaptive_avg_pool2d(top, scale), top) for scale in self.scales]
        branches = [conv(x) for conv, x in zip(self.ppm_conv, pooled, strict=True)]
        running = self.ppm_last_conv(torch.cat([top, *branches], dim=1))
        levels = [running]
        for lateral, smooth, feature in zip(self.fpn_in[::-1], self.fpn_out[::-1], features[-2::-1], strict=True):
            fine = lateral(feature)
            running = fine + _resize(running, fine)
            levels.append(smooth(running))
        finest = levels.pop()
        scores: Tensor = self.conv_last(torch.cat([finest, *(_resize(x, finest) for x in levels[::-1])], dim=1))
        return scores


class UPerNet(Segmenter):
    """ResNet encoder and UPerNet decoder.

    Both readings resize the bytes of the image with Pillow (bilinear) to sides that are multiples of the largest stride
    (32; 8 in dilated variants), rounded up. `single` reads the image at its size times `input_scale`, `multi-scale` at
    five: short sides of 300, 375, 450, 525 and 600 pixels, times `input_scale`, long side at most 1000. Scores are
    resized bilinearly to the size of the label map, in one step; then comes the softmax, and the mean over the sizes.

    Args:
        encoder: The encoder.
        decoder: The decoder, for the encoder's channels.
        num_classes: Classes of the label maps.
        stride: Largest stride of the encoder.
        input_scale: Factor by which images are resized before the network.
    """

    readings = ("single", "multi-scale")
    parts = ("encoder", "decoder")

    def __init__(
        self, encoder: Encoder, decoder: Decoder, num_classes: int, stride: int = 32, input_scale: float = 1.0
    ) -> None:
        super().__init__(num_classes, MEAN, STD, input_scale)
        self.encoder, self.decoder, self.stride = encoder, decoder, stride
        initialise(self)

    def logits(self, normalised: Tensor) -> Tensor:
        """Class scores (N, num_classes, h / 4, w / 4) of normalised images (N, 3, h, w)."""
        scores: Tensor = self.decoder(self.encoder(normalised))
        return scores

    @torch.no_grad()  # maps of 150 classes are large: they are added up in place
    def evidences(self, image: Tensor, sizes: Sequence[Size | None]) -> list[Tensor]:
        """Class probabilities, averaged over the sizes that are read: float32 (N, num_classes, H', W')."""
        targets = [self._check_input(image, size) for size in sizes]
        read = self.sizes((image.shape[-2], image.shape[-1]))
        totals: list[Tensor] = []
        for seen in read:
            shares = self._shares(image, seen, targets, len(read))
            totals = [a.add_(b) for a, b in zip(totals, shares, strict=True)] if totals else list(shares)
        return totals

    def _shares(self, image: Tensor, seen: Size, targets: Sequence[Size], n_read: int) -> Iterator[Tensor]:
        """Yield the probabilities that one of so many sizes gives, divided by their number; keep none of them."""
        x = resize_images(image, seen, BILINEAR).to(self.mean.dtype) / 255
        scores = self.logits(self.normalise(x))
        for target in targets:
            yield self.probabilities(scores, target).div_(n_read)

    def probabilities(self, scores: Tensor, size: Size) -> Tensor:
        """Class probabilities (N, num_classes, H', W') of class scores (N, num_classes, h, w)."""
        return resize_scores(scores, size).softmax(dim=1)

    @torch.no_grad()
    def log_probabilities(self, image: Tensor, size: Size | None = None) -> Tensor:
        """Logarithms of the averaged probabilities."""
        self._check_eval()
        return self.evidence(image, size).log()

    def sizes(self, own: Size) -> list[Size]:
        """Return the sizes at which an image of this size is read."""
        if self.reading == "multi-scale":
            shorts, longest = [side * self.input_scale for side in SHORT_SIDES], LONG_SIDE * self.input_scale
            factors = [min(short / min(own), longest / max(own)) for short in shorts]
        else:
            factors = [self.input_scale]
        rounded = [[max(0, int(side * factor) - 1) // self.stride + 1 for side in own] for factor in factors]
        return [(height * self.stride, width * self.stride) for height, width in rounded]


def _conv(in_channels: int, out_channels: int, kernel: int) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


def _resize(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, like.shape[-2:], mode="bilinear", align_corners=False)


def _upernet(
    block: type[BasicBlock | Bottleneck], depths: Four, num_classes: int, input_scale: float, dilated: bool = False
) -> UPerNet:
    decoder = Decoder(num_classes, [planes * block.expansion for planes in PLANES])
    return UPerNet(Encoder(block, depths, dilated), decoder, num_classes, 8 if dilated else 32, input_scale)


PAPER = "Xiao et al., ECCV 2018"


@register("upernet_resnet18", paper=PAPER, readings=UPerNet.readings)
def upernet_resnet18(num_classes: int, input_scale: float) -> Segmenter:
    """CSAIL's UPerNet on ResNet-18."""
    return _upernet(BasicBlock, (2, 2, 2, 2), num_classes, input_scale)


@register("upernet_resnet50", paper=PAPER, readings=UPerNet.readings)
def upernet_resnet50(num_classes: int, input_scale: float) -> Segmenter:
    """CSAIL's UPerNet on ResNet-50."""
    return _upernet(Bottleneck, (3, 4, 6, 3), num_classes, input_scale)


@register(
    "upernet_resnet101",
    paper=PAPER,
    readings=UPerNet.readings,
    weights=(
        Weights(
            tag="ade20k",
            file="ade20k-resnet101-upernet/encoder_epoch_50.pth",
            companions=("ade20k-resnet101-upernet/decoder_epoch_50.pth",),
            num_classes=150,
            label_space="ADE20K SceneParsing: PNG value minus 1",
            origin="https://github.com/CSAILVision/semantic-segmentation-pytorch (two files; papers of the SPADE era "
            "call their folder baseline-resnet101-upernet)",
            licence="none stated for the weights (the code is BSD-3-Clause); ADE20K is for non-commercial research",
            real_scores=tuple(
                RealScore(
                    miou=miou,
                    reading=reading,
                    dataset="ade20k",
                    split="val",
                    size=None,
                    source="README of CSAILVision/semantic-segmentation-pytorch",
                )
                for reading, miou in (("single", 0.4200), ("multi-scale", 0.4266))
            ),
        ),
    ),
)
def upernet_resnet101(num_classes: int, input_scale: float) -> Segmenter:
    """CSAIL's UPerNet on ResNet-101: 83.2 M parameters."""
    return _upernet(Bottleneck, (3, 4, 23, 3), num_classes, input_scale)


@register("upernet_resnet18dilated", paper=PAPER, readings=UPerNet.readings)
def upernet_resnet18dilated(num_classes: int, input_scale: float) -> Segmenter:
    """CSAIL's UPerNet on ResNet-18, dilated to a stride of 8."""
    return _upernet(BasicBlock, (2, 2, 2, 2), num_classes, input_scale, dilated=True)


@register("upernet_resnet50dilated", paper=PAPER, readings=UPerNet.readings)
def upernet_resnet50dilated(num_classes: int, input_scale: float) -> Segmenter:
    """CSAIL's UPerNet on ResNet-50, dilated to a stride of 8."""
    return _upernet(Bottleneck, (3, 4, 6, 3), num_classes, input_scale, dilated=True)


@register("upernet_resnet101dilated", paper=PAPER, readings=UPerNet.readings)
def upernet_resnet101dilated(num_classes: int, input_scale: float) -> Segmenter:
    """CSAIL's UPerNet on ResNet-101, dilated to a stride of 8."""
    return _upernet(Bottleneck, (3, 4, 23, 3), num_classes, input_scale, dilated=True)
