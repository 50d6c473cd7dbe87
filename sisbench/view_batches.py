"""Endless training batches of cross-view samples: random windows, flips, order.

Like those of `data.training_batches` a batch is a pure function of (seed, step, rank). All pictures of a sample are cut
at one window and flipped together, except for what a recipe says otherwise.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.utils.data
from torch import Tensor

from generators import Recipe
from sisbench import images
from sisbench.data import decoded, draw, epoch_order
from sisbench.errors import InputError
from sisbench.views import Pictures, ViewSamples, cut, group_layout, view_condition


@dataclass(frozen=True)
class Jitter:
    """How training varies its samples.

    Attributes:
        size: Height and width of what is cut from a sample.
        crop_from: First offset of the window (`Recipe.crop_from`).
        flip: Probability of a horizontal flip.
        flip_maps: Whether semantics and groups are flipped with the photos.
        replacement: Whether samples are drawn with replacement, not by epochs.
    """

    size: tuple[int, int]
    crop_from: int = 0
    flip: float = 0.0
    flip_maps: bool = True
    replacement: bool = False

    @classmethod
    def of(cls, recipe: Recipe, size: tuple[int, int]) -> Jitter:
        """Return the jitter of a recipe."""
        return cls(size, recipe.crop_from, recipe.flip, recipe.flip_maps, recipe.replacement)


def view_batches(
    samples: ViewSamples,
    batch_size: int,
    seed: int,
    jitter: Jitter,
    start_step: int = 0,
    rank: int = 0,
    world_size: int = 1,
    workers: int = 0,
    device: torch.device | str = "cpu",
) -> Iterator[tuple[Tensor, Tensor]]:
    """Return endless training batches.

    Args:
        samples: What to train on, at the size that windows are cut from.
        batch_size: Samples per step over all processes.
        seed: Seed of orders, windows and flips.
        jitter: How samples are varied.
        start_step: The first step to return.
        rank: Number of this process.
        world_size: Number of processes; divides `batch_size`.
        workers: Processes that decode ahead, for splits that do not fit in memory.
        device: Where batches are encoded and returned; 8-bit pictures travel there.

    Returns:
        Iterator of cond, float32 (N, 6 + groups, H, W), and real, float32 (N, 3, H, W) in [-1, 1], with
        `N = batch_size / world_size`.

    Raises:
        InputError: The batch cannot be divided, the window is larger than the samples, or, while iterating, a file is
            damaged.
    """
    if batch_size < 1 or batch_size % world_size:
        raise InputError(f"a batch of {batch_size} cannot be divided among {world_size} processes; choose a multiple.")
    if not 0 <= rank < world_size or start_step < 0 or not 0 <= jitter.flip <= 1:
        raise ValueError(f"rank {rank} of {world_size}, step {start_step}, flip {jitter.flip}")
    room = [have - want for have, want in zip(samples.size, jitter.size, strict=True)]
    if min(room) < 0:
        have, want = ("x".join(map(str, size)) for size in (samples.size, jitter.size))
        raise InputError(f"a window of {want} cannot be cut from samples of {have}. Load them larger.")
    batches = _Batches(samples, batch_size, seed, rank, world_size, jitter)
    device = torch.device(device)
    for source, target, semantics, groups in decoded(batches, itertools.count(start_step), workers):
        cond = view_condition(source.to(device), semantics.to(device), group_layout(groups.to(device)))
        yield cond, images.to_pm1(target.to(device))


class _Batches(torch.utils.data.Dataset[Pictures | InputError]):
    """Batches by step, in 8 bits: small enough to be handed over by a worker process."""

    def __init__(
        self, samples: ViewSamples, batch_size: int, seed: int, rank: int, world_size: int, jitter: Jitter
    ) -> None:
        self.samples, self.seed, self.jitter = samples, seed, jitter
        n = len(samples)
        self.epoch_length = n // batch_size * batch_size or n
        self.batch_size, self.share = batch_size, batch_size // world_size
        self.offset = rank * self.share

    def __getitem__(self, step: int) -> Pictures | InputError:
        """Return a batch, or what is wrong with it: raised in a worker, a message would come out as a traceback."""
        try:
            return self.batch(step)
        except InputError as error:
            return error

    def batch(self, step: int) -> Pictures:
        """Return the share of this process in the batch of a step."""
        start = step * self.batch_size + self.offset
        picks = [self._pick(position) for position in range(start, start + self.share)]
        return Pictures(*map(torch.stack, zip(*picks, strict=True)))

    def _pick(self, position: int) -> Pictures:
        """Return what the endless sequence has at a position."""
        epoch, place = divmod(position, self.epoch_length)
        if self.jitter.replacement:
            index = draw("replacement", self.seed, position) % len(self.samples)
        else:
            index = epoch_order(self.seed, epoch, len(self.samples))[place]
        found = cut(self.samples.pictures(index), self.jitter.size, self.jitter.crop_from, self.seed, position)
        if draw("flip", self.seed, position) >= self.jitter.flip * 2**64:
            return found
        flipped = Pictures(*(picture.flip(-1) for picture in found))
        return flipped if self.jitter.flip_maps else found._replace(source=flipped.source, target=flipped.target)
