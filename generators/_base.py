"""What every method is: a generator, and the objective that trains it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from generators._errors import GeneratorError
from generators._prepared import Report, TrainingSet
from generators._recipe import Recipe

Stages = dict[str, Any]
"""What a generator computes, by name: "image", further images and maps, and whatever else its objective needs."""


class Generator(nn.Module):
    """A network from a condition to an image.

    Subclasses implement `stages`; its entry "image" is the result, further entries are what the method computes on the
    way and what its objective needs.

    Args:
        num_labels: Channels of the one-hot layout, the unknown label included.
        edges: Whether an instance-edge channel follows the layout.
        size: Height and width of the images.
    """

    unused_parameters: ClassVar[tuple[str, ...]] = ()
    """Prefixes of parameters that stand in the official checkpoints although no output depends on them."""

    trains: ClassVar[bool] = True
    """Whether there are weights to train; a method without any is made of what it prepares."""

    prepares: ClassVar[str] = ""
    """What `prepare` makes of the training set, in words; empty for a method that needs nothing of it."""

    crossview: ClassVar[bool] = False
    """Whether it makes a view of a scene from a photo of another view (`CrossViewGenerator`), not from a layout."""

    edits: ClassVar[bool] = False
    """Whether it paints a region of a photo (`EditingGenerator`), not a whole image."""

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int]) -> None:
        super().__init__()
        self.num_labels, self.edges, self.size = num_labels, edges, size
        self.instances = False

    @classmethod
    def takes_instances(cls, options: Mapping[str, Any]) -> bool:
        """Whether a network of these constructor arguments takes the instance ids, as the condition's last channel."""
        return False

    @property
    def cond_channels(self) -> int:
        """Channels of the condition: the one-hot layout, then the edges, then the ids if it `takes_instances`."""
        return self.num_labels + int(self.edges) + int(self.instances)

    @property
    def input_channels(self) -> int:
        """Channels that the first convolution sees."""
        return self.cond_channels

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute the image and what is computed on the way.

        Args:
            cond: Condition, (N, cond_channels, H, W), one-hot layout first.
            noise: What `sample_noise` returns; None draws nothing and is an error for methods that need it.

        Returns:
            At least "image", (N, 3, H, W) in [-1, 1].
        """
        raise NotImplementedError

    def pictures(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        """Compute what can be looked at beside the image; by default all stages, of which some may be no pictures.

        Args:
            cond: As for `stages`.
            noise: As for `stages`.

        Returns:
            By name, photos (N, 3, H, W) in [-1, 1], or one or two maps (N, 1 or 2, H, W) in [0, 1]; or such by layout
            channel, as a mapping, for those of a class that is not in every layout.
        """
        return self.stages(cond, noise)

    def forward(self, cond: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return the image, (N, 3, H, W) in [-1, 1]."""
        self.check(cond)
        image: Tensor = self.stages(cond, noise)["image"]
        return image

    def of_layout(self, cond: Tensor) -> Callable[[Tensor | None], Tensor]:
        """Return what makes images of one condition from noise, for callers that make several.

        A method that computes much from the condition alone does so once; by default it is `forward`.

        Args:
            cond: Condition, (N, cond_channels, H, W).
        """
        return lambda noise: self(cond, noise)

    def sample_noise(self, n: int, rng: torch.Generator | None = None) -> Tensor | None:
        """Draw the noise of `n` images on the CPU; None for a deterministic method."""
        return None

    @classmethod
    def images_of_a_layout(cls, options: Mapping[str, Any]) -> int | None:
        """How many images a network of these constructor arguments has for a layout; None for as many as are drawn."""
        return None

    def noise_of(self, number: int, rng: torch.Generator) -> Tensor | None:
        """Return the noise of a layout's image by its number, from 0 on; None for a deterministic method.

        Args:
            number: Which of the layout's images.
            rng: Seeded for this image; what most methods draw from, whatever the number.

        Raises:
            GeneratorError: The network has not so many.
        """
        return self.sample_noise(1, rng)

    @classmethod
    def images_together(cls, options: Mapping[str, Any]) -> int:
        """How many images a network of these constructor arguments makes at a time because they depend on each other.

        It is 1 but for one that is tested by batch statistics, whose images depend on their batch.
        """
        return 1

    @property
    def noise_maps(self) -> bool:
        """Whether noise may differ from pixel to pixel: a map (N, Z, H, W) in place of vectors (N, Z)."""
        return False

    def prepare(self, samples: TrainingSet, folder: Path, report: Report) -> None:
        """Build on disk what the method needs of the training set, before it trains; an interrupted build goes on.

        Equal training sets give equal files. By default there is nothing to build (see `prepares`).

        Args:
            samples: The training set.
            folder: Where to; nothing else lies there.
            report: Told of progress.
        """

    def use_prepared(self, folder: Path) -> Mapping[str, Any]:
        """Take into use what `prepare` has built; needed before images are made, in training as well.

        Returns:
            What the record says of it, as JSON: "sha256" of its content and "bytes" at least.

        Raises:
            GeneratorError: It is unfinished, damaged, or was built for something else.
        """
        raise NotImplementedError

    def prepared_bytes(self, n_samples: int) -> int:
        """Estimate the size on disk of what `prepare` builds from so many samples."""
        return 0

    def cache_in(self, folder: Path) -> None:
        """Keep on disk what is computed of conditions alone, for later epochs and runs; by default nothing is.

        Args:
            folder: Where to; files in it can be deleted at any time.
        """

    def adapt_state(self, state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Return an official file's state as this network has it: what has no place in it dropped, names translated."""
        return state

    def check(self, cond: Tensor) -> None:
        """Refuse a condition of another shape than the one that the network was built for."""
        expected = (self.cond_channels, *self.size)
        if cond.ndim != 4 or tuple(cond.shape[1:]) != expected:
            raise GeneratorError(
                f"{type(self).__name__} got a condition of shape {tuple(cond.shape)}; it was built for (N, "
                f"{', '.join(map(str, expected))}): {self.num_labels} labels{' and edges' if self.edges else ''}"
                f"{' and instance ids' if self.instances else ''}"
                f"{', region and photo' if self.edits else ''}"
                f"{' behind source photo and colour map' if self.crossview else ''} at {self.size[0]}x{self.size[1]}. "
                "Build it for the data set's labels and size."
            )


class Objective(nn.Module):
    """The losses of a method, with the networks that only training needs: D and E, where there are such.

    Terms are returned by name and unweighted; the training loop weights them by the recipe, sums them and logs each.

    Args:
        generator: The network to be trained.
        recipe: Loss weights, and how D is built.
        vgg_weights: File of torchvision's VGG-19, for methods with a perceptual loss.
    """

    segments: ClassVar[bool] = False
    """Whether D labels the pixels of an image: logit 0 is "fake", logit c + 1 channel c of the layout."""

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Path | None = None) -> None:
        super().__init__()
        self.loss_weights = dict(recipe.loss_weights)
        self.late_terms = dict(recipe.late_terms)
        self.step = 0
        """Steps done, as the training loop says; terms may join later (`Recipe.late_terms`)."""

    def weight(self, term: str) -> float:
        """Weight of a term in this step; a term that the recipe does not name is off."""
        if self.step < self.late_terms.get(term, 0):
            return 0.0
        return self.loss_weights.get(term, 0.0)

    def encoder(self) -> nn.Module | None:
        """Return the network that is trained together with G, if any."""
        return None

    def discriminator_module(self) -> nn.Module | None:
        """Return the network that is trained against G; None where G has no opponent (a regression)."""
        raise NotImplementedError

    def stages(self, generator: Generator, cond: Tensor, real: Tensor) -> Stages:
        """Run G as its training does (a variational method encodes the real image first)."""
        return generator.stages(cond, generator.sample_noise(cond.shape[0]))

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of G (and E): name to scalar."""
        raise NotImplementedError

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        """Loss terms of D: name to scalar. `stages` carry no gradient. Not called where there is no D."""
        raise NotImplementedError

    def cache_in(self, folder: Path) -> None:
        """Keep on disk what is computed of photos or conditions alone, for later epochs; by default nothing is.

        Args:
            folder: Where to; files in it can be deleted at any time.
        """

    def finish(self, generator: Generator, training_set: TrainingSet | None, seed: int) -> None:
        """Derive from the trained networks and the training set what images need, and keep it in G's state.

        Called once, after the last step, on the first process. By default there is nothing to derive.

        Args:
            generator: The generator that will be used.
            training_set: All its samples; None where the caller has none to give, an error for methods that need it.
            seed: Seed of the run.
        """


def parameter_count(module: nn.Module) -> int:
    """Number of trainable elements, those of `unused_parameters` included (as papers and fact sheets count)."""
    return sum(p.numel() for p in module.parameters())


def freeze_unused(generator: Generator) -> None:
    """Take parameters that no output depends on out of the training: data-parallel training waits for each gradient."""
    for name, parameter in generator.named_parameters():
        if name.startswith(generator.unused_parameters):
            parameter.requires_grad_(False)


def trainable(modules: Iterable[nn.Module | None]) -> list[Any]:
    """Parameters of several modules that are to be trained."""
    return [p for module in modules if module is not None for p in module.parameters() if p.requires_grad]
