"""Hyper-parameters of one training, as a frozen literal beside the method that it trains."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from generators._errors import GeneratorError


def _later(default: Any) -> Any:
    """Declare a field that recipes got later: at its default it is left out of what a recipe states."""
    return field(default=default, metadata={"later": True})


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
        objective: Further choices of the objective, by name, where it has any (ECGAN's are numbers of the losses).
        batch_size: Samples per step, over all processes.
        epochs: Epochs at the full learning rate.
        decay_epochs: Further epochs, over which it falls linearly to zero.
        steps: Steps at the full learning rate, in place of epochs.
        decay_steps: Further steps, over which it falls linearly to zero.
        decay: When that fall begins: "spade", after the first epoch of the decay, or "pix2pix", with the last epoch at
            the full rate, so that the last of the decay has rate 0 (see `lr_factor`).
        lr_g: Adam's learning rate of G (and E).
        lr_d: Adam's learning rate of D; None where no network is trained against G.
        betas: Adam's betas, of both.
        flip: Probability of a horizontal flip.
        ema_decay: Decay of the averaged generator; None evaluates the raw one.
        ema_whole_state: Whether the average takes in buffers too, by the full decay from the first step on (OASIS).
        ema_refresh: Training batches from which the batch statistics of the generator that is used are renewed at the
            end: so many passes in training mode, with the momentum of training.
        keep_every: Steps between generators that are kept beside the last one, each as it would be used; 0 keeps none.
        select: Metric by whose value on the evaluated images the best of the kept generators is taken (a choice that
            looks at the test set); empty takes the last one.
        fresh_fakes: Whether D sees images of the updated generator (a second forward, as SPADE does), or those of the
            generator step just taken.
        discriminator_first: Whether D's step comes before G's, both from one forward of G: G's loss then asks the
            updated D (SelectionGAN, the Torch methods). Excludes `fresh_fakes`.
        load_size: Height and width that training photos and maps are resized to (bicubic), before a random window of
            `size` is cut from all of them; None takes them at `size`. Of cross-view methods.
        flip_maps: Whether a flip turns the maps of a cross-view sample with its photos, or the photos alone, as the
            code of SelectionGAN and LGGAN has it (no published command flips).
        replacement: Whether training samples are drawn with replacement (the Torch methods), not by epochs. Of
            cross-view methods.
        crop_from: The first offset of that window; there are as many as `load_size` exceeds the size (so the last
            possible one is not drawn by a code that starts at 0, as SelectionGAN's, nor the first by one at 1).
        init: How convolutions begin: "xavier", Xavier normal with biases 0 (SPADE), "normal", normal weights and the
            biases of the framework (pix2pixHD), or "pix2pix", normal weights with biases 0, gains of batch norms too.
        init_gain: Gain of the Xavier normal, or deviation of the normal.
        gan_mode: Adversarial loss of a patch discriminator: "hinge", "ls" or "original" (see `layers.losses.gan_loss`).
        start: Prefixes of parameters of G that come from another training and are kept as they came at first, while
            the others train (coarse to fine). Such a training cannot begin from nothing.
        start_epochs: Epochs for which they are kept.
        start_steps: Steps for which they are kept, in place of epochs.
        style: Where the images that are evaluated have their style from, of a method with a style encoder: "prior", the
            standard normal, or "posterior", the very photo that is to be predicted.
        vgg_weights: Which VGG-19 a perceptual loss takes, by its name among the files of weights.
        vgg_layers: Its layers and their weights in the loss, where a method's papers differ; empty is the method's own.
        lr_table: Learning rate of G by epoch, in place of `lr_g` and of a decay: rows of (first epoch, counted from 1;
            rate in it; factor by which each further epoch multiplies it). Empty for all other recipes.
        regions: How training draws the region of a photo that a method that edits is to paint, by the name of the
            scheme; empty for all other methods.
        lr_drop: Every so many steps, both rates are multiplied by a factor: (steps, factor); None never.
        late_terms: Loss terms that join later: name, and the epochs before (steps, in a recipe that is measured so).
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
    decay: Literal["spade", "pix2pix"] = _later("spade")
    lr_g: float
    lr_d: float | None = None
    betas: tuple[float, float]
    flip: float = 0.5
    ema_decay: float | None = None
    ema_whole_state: bool = _later(False)
    ema_refresh: int = _later(0)
    keep_every: int = _later(0)
    select: str = _later("")
    fresh_fakes: bool = True
    discriminator_first: bool = _later(False)
    load_size: tuple[int, int] | None = _later(None)
    crop_from: int = _later(0)
    flip_maps: bool = _later(True)
    replacement: bool = _later(False)
    init: Literal["xavier", "normal", "pix2pix"] = _later("xavier")
    init_gain: float = 0.02
    gan_mode: Literal["hinge", "ls", "original"] = _later("hinge")
    start: tuple[str, ...] = _later(())
    start_epochs: int = _later(0)
    start_steps: int = _later(0)
    style: Literal["prior", "posterior"] = _later("prior")
    vgg_weights: str = _later("vgg19-imagenet")
    vgg_layers: tuple[tuple[str, float], ...] = _later(())
    lr_table: tuple[tuple[int, float, float], ...] = _later(())
    objective: tuple[tuple[str, Any], ...] = _later(())
    regions: str = _later("")
    lr_drop: tuple[int, float] | None = _later(None)
    late_terms: tuple[tuple[str, int], ...] = _later(())

    def __post_init__(self) -> None:
        lengths = (self.epochs, self.decay_epochs, self.steps, self.decay_steps, self.ema_refresh, self.keep_every)
        if min(lengths) < 0 or self.batch_size < 1:
            raise GeneratorError("a recipe's lengths are not negative and its batch size is at least 1")
        if (self.epochs or self.decay_epochs or self.start_epochs) and (self.steps or self.decay_steps):
            raise GeneratorError("a recipe is measured in epochs or in steps, not in both")
        if self.discriminator_first and self.fresh_fakes:
            raise GeneratorError("a recipe with D's step first has no fresh fakes: both steps share one forward of G")
        if self.crop_from not in (0, 1):
            raise GeneratorError(f"a recipe crops from offset 0 or 1 on; got {self.crop_from}")
        if self.select and not self.keep_every:
            raise GeneratorError(f"a recipe that selects by {self.select!r} keeps generators to select from")
        if self.lr_table:
            firsts = [first for first, _, _ in self.lr_table]
            if firsts != sorted(set(firsts)) or firsts[0] != 1:
                raise GeneratorError(f"a table of learning rates has rows for rising epochs from 1 on; got {firsts}")
            if self.decay_epochs or self.decay_steps or self.lr_drop:
                raise GeneratorError("a recipe has a table of learning rates, or drops or a decay, not both")

    def stated(self) -> dict[str, Any]:
        """Return the fields, as JSON; what a run's identity and its record hold.

        Fields that recipes got later are left out where they are at their defaults, so that runs from before them keep
        their identity.
        """
        later = {f.name: f.default for f in dataclasses.fields(self) if f.metadata.get("later")}
        values = dataclasses.asdict(self)
        return {name: value for name, value in values.items() if name not in later or value != later[name]}

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
            start_epochs=0,
            start_steps=self.start_epochs * per_epoch,
            late_terms=tuple((term, after * per_epoch) for term, after in self.late_terms),
        )

    @property
    def total_steps(self) -> int:
        """Steps of the whole training, of a resolved recipe."""
        return self.steps + self.decay_steps

    def lr_factor(self, step: int, per_epoch: int = 1) -> float:
        """Factor on the learning rates during a step (0-based).

        SPADE's code lowers the rate once an epoch, for the first time after the first epoch of the decay; with
        `per_epoch` steps in an epoch this does the same. pix2pix's has the factor 1 - max(0, e + 2 - n) / (d + 1) after
        e epochs, for n at the full rate and d of the decay. With a table it is the epoch's rate over `lr_g`.
        """
        dropped = self.lr_drop[1] ** (step // self.lr_drop[0]) if self.lr_drop else 1.0
        if self.lr_table:
            epoch = step // per_epoch + 1
            first, rate, growth = max(row for row in self.lr_table if row[0] <= epoch)
            return rate * growth ** (epoch - first) / self.lr_g
        if not self.decay_steps:
            return dropped
        if self.decay == "pix2pix":
            late = max(0, step // per_epoch + 2 - self.steps // per_epoch)
            return dropped * max(0.0, 1.0 - late / (self.decay_steps // per_epoch + 1))
        beyond = max(0, step - self.steps) // per_epoch * per_epoch
        return dropped * (1.0 - beyond / self.decay_steps)


NO_TRAINING = Recipe(
    source="nothing is trained: the method is made of what it prepares from the training set",
    loss_weights={},
    batch_size=1,
    lr_g=0.0,
    betas=(0.0, 0.0),
)
"""The recipe of a method without weights."""
