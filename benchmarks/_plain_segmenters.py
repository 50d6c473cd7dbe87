"""The networks of `segmenters` as plain lists of layers: what their papers say, one call after another.

Each takes the state of one of our networks and a normalised image, and gives what the original gives for it. Nothing is
shared with our modules but the names of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

State = Mapping[str, Tensor]


def _conv(state: State, key: str, x: Tensor, stride: int = 1, dilation: int = 1) -> Tensor:
    weight = state[f"{key}.weight"]
    padding = dilation * (weight.shape[-1] // 2)
    return F.conv2d(x, weight, state.get(f"{key}.bias"), stride, padding, dilation)


def _norm(state: State, key: str, x: Tensor) -> Tensor:
    mean, var = state[f"{key}.running_mean"], state[f"{key}.running_var"]
    return F.batch_norm(x, mean, var, state[f"{key}.weight"], state[f"{key}.bias"])


def _unit(state: State, conv: str, norm: str, x: Tensor, stride: int = 1, dilation: int = 1) -> Tensor:
    return F.relu(_norm(state, norm, _conv(state, conv, x, stride, dilation)))


def _bottleneck(state: State, key: str, x: Tensor, stride: int, dilation: int) -> Tensor:
    y = _unit(state, f"{key}.conv1", f"{key}.bn1", x)
    y = _unit(state, f"{key}.conv2", f"{key}.bn2", y, stride, dilation)
    y = _norm(state, f"{key}.bn3", _conv(state, f"{key}.conv3", y))
    if f"{key}.downsample.0.weight" in state:
        x = _norm(state, f"{key}.downsample.1", _conv(state, f"{key}.downsample.0", x, stride))
    return F.relu(y + x)


def _resize(x: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(x, size, mode="bilinear", align_corners=False)


def drn_d_105(state: State, x: Tensor, size: tuple[int, int]) -> Tensor:
    """Log-probabilities at the size of the input."""
    for stage, stride in ((0, 1), (1, 1), (2, 2)):
        x = _unit(state, f"base.{stage}.0", f"base.{stage}.1", x, stride)
    for stage, depth, stride, dilation in ((3, 3, 2, 1), (4, 4, 2, 1), (5, 23, 1, 2), (6, 3, 1, 4)):
        for index in range(depth):
            x = _bottleneck(state, f"base.{stage}.{index}", x, stride if index == 0 else 1, dilation)
    for stage, dilation in ((7, 2), (8, 1)):
        x = _unit(state, f"base.{stage}.0", f"base.{stage}.1", x, 1, dilation)
    x = _conv(state, "seg", x)
    x = F.conv_transpose2d(x, state["up.weight"], None, 8, 4, groups=x.shape[1])
    return F.log_softmax(x, dim=1)


def upernet_resnet101(state: State, x: Tensor, size: tuple[int, int]) -> Tensor:
    """Probabilities at the size of the label map."""
    for index, stride in ((1, 2), (2, 1), (3, 1)):
        x = _unit(state, f"encoder.conv{index}", f"encoder.bn{index}", x, stride)
    x = F.max_pool2d(x, 3, 2, 1)
    features = []
    for stage, depth, stride in ((1, 3, 1), (2, 4, 2), (3, 23, 2), (4, 3, 2)):
        for index in range(depth):
            x = _bottleneck(state, f"encoder.layer{stage}.{index}", x, stride if index == 0 else 1, 1)
        features.append(x)
    pyramid = [x]
    for index, scale in enumerate((1, 2, 3, 6)):
        pooled = _resize(F.adaptive_avg_pool2d(x, scale), x.shape[-2:])
        pyramid.append(_unit(state, f"decoder.ppm_conv.{index}.0", f"decoder.ppm_conv.{index}.1", pooled))
    running = _unit(state, "decoder.ppm_last_conv.0", "decoder.ppm_last_conv.1", torch.cat(pyramid, 1))
    levels = [running]
    for index in (2, 1, 0):
        fine = _unit(state, f"decoder.fpn_in.{index}.0", f"decoder.fpn_in.{index}.1", features[index])
        running = fine + _resize(running, fine.shape[-2:])
        levels.append(_unit(state, f"decoder.fpn_out.{index}.0.0", f"decoder.fpn_out.{index}.0.1", running))
    fused = torch.cat([_resize(level, levels[-1].shape[-2:]) for level in reversed(levels)], 1)
    fused = _unit(state, "decoder.conv_last.0.0", "decoder.conv_last.0.1", fused)
    return _resize(_conv(state, "decoder.conv_last.1", fused), size).softmax(dim=1)


def _deeplab_once(state: State, x: Tensor) -> Tensor:
    def unit(key: str, x: Tensor, stride: int = 1, dilation: int = 1) -> Tensor:
        return _norm(state, f"{key}.bn", _conv(state, f"{key}.conv", x, stride, dilation))

    x = F.max_pool2d(F.relu(unit("base.layer1.conv1", x, 2)), 3, 2, 1, ceil_mode=True)
    for stage, depth, first, dilation in ((2, 3, 1, 1), (3, 4, 2, 1), (4, 23, 1, 2), (5, 3, 1, 4)):
        for index in range(1, depth + 1):
            key, stride = f"base.layer{stage}.block{index}", first if index == 1 else 1
            y = F.relu(unit(f"{key}.reduce", x, stride))
            y = unit(f"{key}.increase", F.relu(unit(f"{key}.conv3x3", y, 1, dilation)))
            x = F.relu(y + (unit(f"{key}.shortcut", x, stride) if index == 1 else x))
    return sum(_conv_at(state, f"base.aspp.c{index}", x, rate) for index, rate in enumerate((6, 12, 18, 24)))


def _conv_at(state: State, key: str, x: Tensor, rate: int) -> Tensor:
    return F.conv2d(x, state[f"{key}.weight"], state[f"{key}.bias"], 1, rate, rate)


def deeplabv2_resnet101(state: State, x: Tensor, size: tuple[int, int]) -> Tensor:
    """Scores at the size of the label map: the largest of three scales."""
    scores = [_deeplab_once(state, x)]
    for scale in (0.5, 0.75):
        smaller = F.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)
        scores.append(_resize(_deeplab_once(state, smaller), scores[0].shape[-2:]))
    return _resize(torch.stack(scores).amax(dim=0), size)


NETWORKS: dict[str, Callable[[State, Tensor, tuple[int, int]], Tensor]] = {
    "drn_d_105": drn_d_105,
    "upernet_resnet101": upernet_resnet101,
    "deeplabv2_resnet101": deeplabv2_resnet101,
}
