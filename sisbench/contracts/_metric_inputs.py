"""Inputs for every kind of metric: what `update` takes, by what the metric needs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sisbench import metrics
from sisbench.evaluation import Value
from sisbench.metrics import Metric

Batch = tuple[Tensor, ...]

NUM_CLASSES, BLOCK = 4, 6
KINDS = ("pixels", "pixels+truth", "labels", "feature", "probabilities", "samples")
"""What a metric can need, without the name of a network."""


def kind_of(name: str) -> str:
    """What a metric needs, without the name of a network."""
    return metrics.get(name).needs.partition(":")[0]


def size_of(name: str) -> int:
    """Number of images that are drawn; MS-SSIM needs large ones."""
    return 5 if metrics.get(name).needs == "samples:pixels" else 24


def make(name: str) -> Metric:
    """Create a metric with the arguments of its kind."""
    paired = {} if metrics.get(name).one_sided else {"paired": True}
    options: dict[str, dict[str, Any]] = {
        "pixels": {},
        "pixels+truth": {"num_classes": NUM_CLASSES},
        "labels": {"num_classes": NUM_CLASSES},
        "feature": paired,
        "probabilities": paired,
        "samples": {},
    }
    return metrics.get(name)(**options[kind_of(name)])


def inputs(name: str) -> Batch:
    """Draw what `update` takes for all images at once, the first axis over images; no input is an optimum."""
    draw, n = torch.Generator().manual_seed(0), size_of(name)
    match kind_of(name):
        case "pixels":
            return _photos(n, draw)
        case "pixels+truth":
            return (*_photos(n, draw), _truth(n, 16, 20, draw, ignored=True))
        case "labels":
            truth = _truth(n, 40, 60, draw)
            wrong = torch.rand(truth.shape, generator=draw) < 0.1
            predicted = torch.where(wrong, (truth + 1) % NUM_CLASSES, truth)
            return predicted, truth.masked_fill(torch.rand(truth.shape, generator=draw) < 0.1, 255)
        case "feature":
            real = torch.randn(n, 40, generator=draw, dtype=torch.float64)
            # Too little spread, two modes, and a group of images that are nothing like real ones.
            mode = torch.where(torch.arange(n) < 6, 3.0, torch.arange(n) % 2).double()
            fake = torch.linspace(0.5, 0.9, n)[:, None].double() * real.roll(1, 0) + mode[:, None]
            return (fake,) if metrics.get(name).one_sided else (fake, real)
        case "probabilities":
            logits = 3 * torch.randn(n, 12, generator=draw, dtype=torch.float64)
            fake = (logits + 2 * torch.randn(n, 12, generator=draw, dtype=torch.float64)).softmax(1)
            return (fake,) if metrics.get(name).one_sided else (fake, logits.softmax(1))
    if metrics.get(name).needs == "samples:pixels":
        return (_photos(n * 3, draw, 161, 161)[0].view(n, 3, 3, 161, 161),)
    return (torch.rand(n, 3, generator=draw, dtype=torch.float64),)


def identical(name: str) -> Batch | None:
    """Return the inputs of two equal sets; None for metrics that compare nothing."""
    batch = inputs(name)
    match kind_of(name):
        case "pixels" | "feature" | "probabilities":
            return (batch[1], batch[1]) if len(batch) == 2 else None
        case "pixels+truth":
            return batch[1], batch[1], batch[2]
        case "labels":
            return batch[0], batch[0]
    if metrics.get(name).needs == "samples:pixels":
        return (batch[0][:, :1].expand_as(batch[0]).contiguous(),)
    return (torch.zeros_like(batch[0]),)


def feed(metric: Metric, batch: Batch, batch_size: int | None = None) -> Metric:
    """Update a metric with a batch, in parts."""
    for part in zip(*(x.split(batch_size or len(x)) for x in batch), strict=True):
        metric.update(*part)
    return metric


def run(name: str, batch: Batch, batch_size: int | None = None) -> dict[str, Value]:
    """Return a new metric's values."""
    return feed(make(name), batch, batch_size).compute()


def cut(batch: Batch, places: slice | Tensor) -> Batch:
    """Take some images."""
    return tuple(x[places] for x in batch)


def counts(metric: Metric) -> dict[str, list[int]]:
    """Sums over images of all states that are integers."""
    found = {}
    for state in metric._defaults:
        held = getattr(metric, state)
        tensor = torch.cat(held) if isinstance(held, list) and held else held
        if isinstance(tensor, Tensor) and not tensor.is_floating_point():
            listed = isinstance(metric._defaults[state], list)
            found[state] = (tensor.long().sum(0) if listed else tensor.long()).flatten().tolist()
    return found


def state_bytes(metric: Metric) -> int:
    """Memory of all states."""
    held = [getattr(metric, state) for state in metric._defaults]
    tensors = [tensor for state in held for tensor in (state if isinstance(state, list) else [state])]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _photos(n: int, draw: torch.Generator, height: int = 16, width: int = 20) -> tuple[Tensor, Tensor]:
    """Noisy copies and originals, uint8 (n, 3, height, width)."""
    real = torch.randint(0, 256, (n, 3, height, width), generator=draw)
    noise = torch.randint(-60, 60, real.shape, generator=draw)
    return (real + noise).clamp(0, 255).to(torch.uint8), real.to(torch.uint8)


def _truth(n: int, height: int, width: int, draw: torch.Generator, ignored: bool = False) -> Tensor:
    """Label maps of blocks of several sizes, with single pixels of other classes."""
    coarse = torch.randint(0, NUM_CLASSES, (n, -(-height // BLOCK), -(-width // BLOCK)), generator=draw)
    maps = coarse.repeat_interleave(BLOCK, 1).repeat_interleave(BLOCK, 2)[:, :height, :width]
    stray = torch.rand(maps.shape, generator=draw) < 0.02
    maps = torch.where(stray, torch.randint(0, NUM_CLASSES, maps.shape, generator=draw), maps)
    return maps.masked_fill(torch.rand(maps.shape, generator=draw) < 0.1, 255) if ignored else maps
