"""Hyper-parameters of one training, as a frozen literal beside the method that it trains."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generators._errors import GeneratorError


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One training.

    A length is given either in epochs (as the papers do) or in steps; `resolved` turns epochs into steps.

    Attributes:
        source: Paper, section or fact sheet that the values come from.
        size: Height and width of the images it trains on; None for the data set's own.
        model: Constructor arguments of the generator besides those that follow from the data set.
        discriminator: Constructor arguments of the discriminator.
        loss_weights: Weight of each named loss term; a term of weight 0 is not computed.
        batch_size: Samples per step, over all processes.
        epochs: Epochs at the full learning rate.
        decay_epochs: Further epochs, over which it falls linearly to zero.
        steps: Steps at the full learning rate, in place of epochs.
        decay_steps: Further steps, over which it falls linearly to zero.
        lr_g: Adam's learning rate of G (and E).
        lr_d: Adam's learning rate of D; None where no network is trained against G.
        betas: Adam's betas, of both.
        flip: Probability of a horizontal flip.
        ema_decay: Decay of the averaged generator; None evaluates the raw one.
        fresh_fakes: Whether D sees images of the updated generator (a second forward, as SPADE does), or those of the
            generator step just taken.
        init_gain: Gain of the Xavier-normal initialisation.
    """

    source: str
    size: tuple[int, int] | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    discriminator: Mapping[str, Any] = field(default_factory=dict)
    loss_weights: Mapping[str, float]
    batch_size: int
    epochs: int = 0
    decay_epochs: int = 0
    steps: int = 0
    decay_steps: int = 0
    lr_g: float
    lr_d: float | None = None
    betas: tuple[float, float]
    flip: float = 0.5
    ema_decay: float | None = None
    fresh_fakes: bool = True
    init_gain: float = 0.02

    def __post_init__(self) -> None:
        if min(self.epochs, self.decay_epochs, self.steps, self.decay_steps) < 0 or self.batch_size < 1:
            raise GeneratorError("a recipe's lengths are not negative and its batch size is at least 1")
        if (self.epochs or self.decay_epochs) and (self.steps or self.decay_steps):
            raise GeneratorError("a recipe is measured in epochs or in steps, not in both")

    def resolved(self, n_samples: int) -> Recipe:
        """Return the same recipe measured in steps, for a training set of `n_samples` (the last batch is dropped)."""
        if not (self.epochs or self.decay_epochs):
            return self
        per_epoch = max(1, n_samples // self.batch_size)
        return dataclasses.replace(
            self,
            epochs=0,
            decay_epochs=0,
            steps=self.epochs * per_epoch,
            decay_steps=self.decay_epochs * per_epoch,
        )

    @property
    def total_steps(self) -> int:
        """Steps of the whole training, of a resolved recipe."""
        return self.steps + self.decay_steps

    def lr_factor(self, step: int, per_epoch: int = 1) -> float:
        """Factor on the learning rates during a step (0-based).

        The official code lowers the rate once an epoch, for the first time after the first epoch of the decay; with
        `per_epoch` steps in an epoch this does the same.
        """
        if not self.decay_steps:
            return 1.0
        beyond = max(0, step - self.steps) // per_epoch * per_epoch
        return 1.0 - beyond / self.decay_steps
