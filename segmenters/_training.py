"""Training of a segmenter: one function that knows no data set.

Batches come from the caller as a function of the step to start at, so that a run which was killed goes on where its
last checkpoint stands and ends with the same weights as a run that was not.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from segmenters._base import Segmenter
from segmenters._errors import SegmenterError

Batches = Callable[[int], Iterable[tuple[Tensor, Tensor]]]
"""From the step to start at to (uint8 (N, 3, H, W), int64 (N, H, W)) for that step and all later ones."""

IGNORED = 255
"""Label of pixels without a loss."""


@dataclass(frozen=True)
class Schedule:
    """Hyper-parameters of a training.

    Attributes:
        steps: Optimiser steps.
        lr: Largest learning rate; it rises linearly during the warm-up and falls to 0 along a cosine.
        warmup: Share of the steps in which it rises.
        weight_decay: Decay of the convolution kernels; biases and normalisations have none.
    """

    steps: int
    lr: float = 3e-3
    warmup: float = 0.1
    weight_decay: float = 1e-2

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0.

        >>> [round(Schedule(steps=4, lr=1.0, warmup=0.5).rate(step), 2) for step in range(4)]
        [0.5, 1.0, 1.0, 0.5]
        """
        rising = max(1, round(self.steps * self.warmup))
        if step < rising:
            return self.lr * (step + 1) / rising
        return self.lr * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, self.steps - rising)))


def train(
    segmenter: Segmenter,
    batches: Batches,
    schedule: Schedule,
    *,
    run: str = "",
    checkpoint: Path | None = None,
    checkpoint_every: int = 100,
    class_weights: Tensor | None = None,
    log: Callable[[int, float], None] | None = None,
) -> None:
    """Train a segmenter in place with AdamW and cross-entropy at the size of the images; leaves it in evaluation mode.

    Args:
        segmenter: Network with its initial weights, on the device to train on.
        batches: Where the images and their label maps come from; pixels with label 255 have no loss.
        schedule: Hyper-parameters.
        run: What tells this run from others (data, seed); a checkpoint of another run is refused.
        checkpoint: File that keeps the state; if it exists, training goes on from it. It stays when training ends.
        checkpoint_every: Steps between two writings of the checkpoint.
        class_weights: Weight of each class in the loss, float (num_classes,).
        log: Called after every step with the number of finished steps and the loss.

    Raises:
        SegmenterError: The checkpoint is damaged or of another run, the batches end early, or the loss is no number.
    """
    device = segmenter.mean.device
    kernels = [p for p in segmenter.parameters() if p.requires_grad and p.ndim > 1]
    vectors = [p for p in segmenter.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [{"params": kernels, "weight_decay": schedule.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=schedule.lr)
    settings = {"run": run, **asdict(schedule)}
    start = _resume(checkpoint, segmenter, optimizer, settings) if checkpoint and checkpoint.exists() else 0
    weight = None if class_weights is None else class_weights.to(device)
    segmenter.train()
    stream = iter(batches(start)) if start < schedule.steps else iter(())
    for step in range(start, schedule.steps):
        batch = next(stream, None)
        if batch is None:
            raise SegmenterError(f"the batches ended at step {step} of {schedule.steps}. Make them endless.")
        image, target = (x.to(device) for x in batch)
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step)
        loss = F.cross_entropy(segmenter.scores(image), target, weight=weight, ignore_index=IGNORED)
        if not loss.isfinite():
            raise SegmenterError(f"the loss is {loss.item()} at step {step}. Lower the learning rate ({schedule.lr}).")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        done = step + 1
        if checkpoint is not None and (done % checkpoint_every == 0 or done == schedule.steps):
            _save(checkpoint, segmenter, optimizer, settings, done)
        if log is not None:
            log(done, loss.item())
    segmenter.eval()


def _save(
    path: Path, segmenter: Segmenter, optimizer: torch.optim.Optimizer, settings: dict[str, Any], step: int
) -> None:
    """Write a checkpoint beside its target and rename it: a file that exists is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        state = {
            "step": step,
            "settings": settings,
            "segmenter": segmenter.state_dict(),
            "optimizer": optimizer.state_dict(),
        }
        with temporary.open("wb") as stream:  # to a stream: a full disk is an OSError then, not a RuntimeError
            torch.save(state, stream)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _resume(path: Path, segmenter: Segmenter, optimizer: torch.optim.Optimizer, settings: dict[str, Any]) -> int:
    """Fill network and optimiser from a checkpoint and return the number of finished steps."""
    try:
        state = torch.load(path, map_location=segmenter.mean.device, weights_only=True)
        step, written = int(state["step"]), state["settings"]
    except Exception as error:  # a damaged pickle raises whatever its bytes happen to spell
        raise SegmenterError(
            f"the checkpoint {path} cannot be read ({type(error).__name__}); expected one that this command wrote. "
            "Delete it to start again."
        ) from error
    if written != settings:
        raise SegmenterError(
            f"the checkpoint {path} is of another run: it was written with {written}, not {settings}. "
            "Repeat the command that wrote it, or delete it to start again."
        )
    try:
        segmenter.load_state_dict(state["segmenter"])
        optimizer.load_state_dict(state["optimizer"])
    except (RuntimeError, KeyError, ValueError) as error:
        raise SegmenterError(
            f"the checkpoint {path} is of another network. Repeat the command that wrote it, or delete it to start "
            "again."
        ) from error
    return step
