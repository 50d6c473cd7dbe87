"""The residual blocks of He et al., CVPR 2016, under the names that torchvision gave them and DRN and CSAIL kept."""

from __future__ import annotations

from torch import Tensor, nn


class BasicBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut.

    Args:
        in_channels: Channels that come in.
        planes: Channels that go out.
        stride: Stride of the first convolution.
        dilation: Dilation of both.
        first_dilation: Dilation of the first, if it is another one.
    """

    expansion = 1

    def __init__(
        self, in_channels: int, planes: int, stride: int, dilation: int, first_dilation: int | None = None
    ) -> None:
        super().__init__()
        self.conv1 = _conv3(in_channels, planes, stride, first_dilation or dilation)
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
    """1x1, 3x3 and 1x1 convolutions around a shortcut; the 3x3 carries stride and dilation.

    Args:
        in_channels: Channels that come in.
        planes: A quarter of the channels that go out.
        stride: Stride of the 3x3 convolution.
        dilation: Its dilation.
        first_dilation: Its dilation, if it is another one: it is the only one of the block.
    """

    expansion = 4

    def __init__(
        self, in_channels: int, planes: int, stride: int, dilation: int, first_dilation: int | None = None
    ) -> None:
        super().__init__()
        out_channels = planes * self.expansion
        self.conv1 = nn.Conv2d(in_channels, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = _conv3(planes, planes, stride, first_dilation or dilation)
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


def initialise(network: nn.Module) -> None:
    """Draw the kernels of all convolutions as He et al. do, by fan-out; biases are zero."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
