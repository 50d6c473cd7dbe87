"""A run that is fully determined: names resolved to a method, data, protocol and recipe, nothing started."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import generators
from generators import Recipe
from sisbench import datasets, protocols
from sisbench.cache import folder_of_method
from sisbench.card import Card, Protocol, Scoring
from sisbench.data import Samples
from sisbench.encode import Encoding
from sisbench.errors import InputError, counted
from sisbench.files import Tree
from sisbench.views import evaluated_samples, open_samples

DIVERSITY_IMAGES = 10
"""Images that are generated for each layout under a protocol of diversity that takes any number (45 pairs)."""


@dataclass(frozen=True)
class Overrides:
    """What a user changes of a recipe; None leaves it.

    Attributes:
        steps: Length of the training; 0 evaluates the untrained generator.
        batch_size: Samples per step.
        width: Width of the generator and the discriminator.
        without: Loss terms to train without.
    """

    steps: int | None = None
    batch_size: int | None = None
    width: int | None = None
    without: tuple[str, ...] = ()

    def apply(self, recipe: Recipe) -> Recipe:
        """Return the changed recipe, measured in steps if the length was changed.

        Raises:
            InputError: A term that the recipe does not have.
        """
        for term in self.without:
            if term not in recipe.loss_weights:
                known = ", ".join(recipe.loss_weights)
                raise InputError(f"the recipe has no loss term {term!r}; it has {known}. Check '--without'.")
        changes: dict[str, Any] = {}
        if self.steps is not None:
            changes |= {"epochs": 0, "decay_epochs": 0, "steps": self.steps, "decay_steps": 0}
            if recipe.start:  # the same share of the training as in the recipe
                kept, whole = recipe.start_epochs or recipe.start_steps, recipe.epochs + recipe.decay_epochs
                changes |= {"start_epochs": 0, "start_steps": self.steps * kept // (whole or recipe.total_steps)}
            if recipe.late_terms:  # likewise
                whole = recipe.epochs + recipe.decay_epochs or recipe.total_steps
                changes["late_terms"] = tuple((term, self.steps * n // whole) for term, n in recipe.late_terms)
        if self.batch_size is not None:
            changes["batch_size"] = self.batch_size
        if self.width is not None:
            changes["model"] = {**recipe.model, "width": self.width}
            changes["discriminator"] = {**recipe.discriminator, "width": self.width}
        if self.without:
            changes["loss_weights"] = {k: v for k, v in recipe.loss_weights.items() if k not in self.without}
        return dataclasses.replace(recipe, **changes)


@dataclass(frozen=True)
class Job:
    """A run that is fully determined: every name resolved, nothing started.

    Attributes:
        info: The method.
        dataset: The data set.
        root: Place of the data, if the user gave one.
        protocol: The protocol.
        scoring: The protocol's choices for this data set.
        recipe_name: Name of the recipe.
        recipe: The recipe with overrides.
        overrides: The overrides.
        weights: A file, or a folder of several, to use in place of training (see `generators.read_state`).
        seed: Seed of the run.
        limit: Evaluate so many samples; None evaluates all.
        images_per_layout: Images to generate for each layout; more than one only under a protocol of diversity.
        start: A run's folder, or a file of weights, that the training starts from.
    """

    info: generators.Info
    dataset: datasets.Dataset
    root: Path | None
    protocol: Protocol
    scoring: Scoring
    recipe_name: str
    recipe: Recipe
    overrides: Overrides
    weights: Path | None
    seed: int
    limit: int | None
    images_per_layout: int = 1
    start: Path | None = None

    @property
    def card(self) -> Card:
        """Facts of the data set."""
        return self.dataset.card

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the images: the recipe's or the protocol's, the card's where both leave it open."""
        return self.recipe.size or self.scoring.size or self.card.size

    @property
    def encoding(self) -> Encoding:
        """How the method sees label and instance maps."""
        return Encoding.of(self.info.conditions, self.info.generator.takes_instances(self.recipe.model))

    def spec(self) -> dict[str, Any]:
        """What determines the run, as JSON; two runs of one spec have one record."""
        return json.loads(  # type: ignore[no-any-return]
            json.dumps(
                {
                    "method": self.info.name,
                    "dataset": self.card.name,
                    "protocol": self.protocol.name,
                    "recipe": self.recipe_name,
                    "overrides": dataclasses.asdict(self.overrides),
                    "resolved_recipe": self.recipe.stated(),
                    "weights_sha256": generators.weights_digest(self.weights) if self.weights else None,
                    "seed": self.seed,
                    "limit": self.limit,
                    "images_per_layout": self.images_per_layout,
                    "card_sha256": self.card.digest(),
                    "protocol_sha256": self.protocol.digest(),
                    **({"start_sha256": generators.start_digest(self.start)} if self.start else {}),
                }
            )
        )

    def default_folder(self) -> Path:
        """Folder of the run below the current one, named by what a reader looks for and a digest of the rest."""
        digest = hashlib.sha256(json.dumps(self.spec(), sort_keys=True).encode()).hexdigest()[:8]
        how = "weights" if self.weights else self.recipe_name
        return Path("runs") / self.card.name / f"{self.info.name}-{how}-seed{self.seed}-{digest}"

    def samples(self, split: str) -> Samples:
        """Read a split as the protocol says; only the evaluated one is limited."""
        tree = datasets.locate(self.dataset, self.root)
        if split == self.protocol.real_split:
            found = evaluated_samples(self.dataset, tree, self.protocol, self.size, self.limit)
        else:
            found = open_samples(self.dataset, tree, split, self.size, None, self.protocol.image_resample)
        return self._with_instances(found, split, tree)

    def training_samples(self) -> Samples:
        """Read the training split at the size that the recipe loads it at."""
        tree = datasets.locate(self.dataset, self.root)
        size = self.recipe.load_size or self.size
        found = open_samples(self.dataset, tree, "train", size, None, self.protocol.image_resample)
        return self._with_instances(found, "train", tree)

    def _with_instances(self, samples: Samples, split: str, tree: Tree) -> Samples:
        """Return the samples, unless instance maps are missing that the method's condition is made of."""
        lacking = [item.key for item in samples.items if item.instance is None]
        if lacking and self.encoding.reads_instances(self.card):
            lack = f"{counted(len(lacking), 'sample')} of split {split!r} in {tree.root}"
            raise InputError(
                f"{self.info.title} needs the instance maps of {self.card.title}, and {lack} "
                f"{'has' if len(lacking) == 1 else 'have'} none, such as {lacking[0]}. "
                "Add them (docs/datasets.md says where they belong), or choose a method that takes none."
            )
        return samples

    def generator(self) -> generators.Generator:
        """Build the method's network for this data set, with fresh weights."""
        network = generators.create(
            self.info.name,
            num_labels=self.encoding.layout_channels(self.card),
            edges=self.encoding.has_edges(self.card),
            size=self.size,
            **self.recipe.model,
        )
        network.cache_in(folder_of_method(self.info.name))
        return network


def plan(
    method: str,
    dataset: str,
    *,
    root: Path | None = None,
    protocol: str | None = None,
    recipe: str | None = None,
    weights_file: Path | None = None,
    overrides: Overrides | None = None,
    seed: int | None = None,
    limit: int | None = None,
    start: Path | None = None,
    scored: bool = True,
    direction: str | None = None,
) -> Job:
    """Resolve names to a job; nothing is read but the weights file's digest.

    Args:
        method: Name of the method.
        dataset: Name of the data set.
        root: Place of the data; None is where it is looked for.
        protocol: Name of the protocol; None is the data set's.
        recipe: Name of the recipe; None is the method's for the data set, else "quick".
        weights_file: Weights to use in place of a training, one file or a folder of several.
        overrides: Changes of the recipe.
        seed: Seed of the run; None is the protocol's.
        limit: Evaluate so many samples.
        start: Folder of a run, or file of weights, that the training starts from.
        scored: Whether images will be scored; a training alone may have another size than the protocol.
        direction: From which view to which, for cross-view methods; None is the first of the data set.

    Raises:
        InputError: An unknown name, a recipe that the method lacks or that does not fit the protocol, a start that is
            missing or superfluous.
        generators.GeneratorError: An unknown method, or a start where there is nothing.
    """
    info = generators.info(method)
    data = _data(info, dataset, direction)
    chosen = protocols.get(protocol or (protocols.EDIT if info.generator.edits else data.card.default_protocol))
    if info.generator.edits and not chosen.regions:
        raise InputError(
            f"{method} paints a region of a photo, and protocol {chosen.name!r} scores whole images. Leave out "
            f"'--protocol', or name one of editing, such as {protocols.EDIT!r}."
        )
    scoring = chosen.scoring(data.card.name)
    own = data.undirected.card.name if data.undirected else dataset
    name = recipe or (own if own in info.recipes else "quick")
    if name not in info.recipes:
        raise InputError(
            f"{method} has no recipe {name!r}; it has {', '.join(info.recipes)}. Choose one with '--recipe'."
        )
    overrides = overrides or Overrides()
    resolved = overrides.apply(info.recipes[name])
    size = scoring.size or data.card.size
    fixed = scoring.size is not None or not data.direction  # the codes of Dayton score images of any size alike
    if scored and fixed and resolved.size not in (None, size):
        raise InputError(
            f"recipe {name!r} of {method} trains at {_by(resolved.size)}, protocol {chosen.name!r} scores {dataset} at "
            f"{_by(size)}. Choose another recipe ('--recipe quick' trains at the protocol's size) or protocol."
        )
    if not info.generator.trains and (weights_file is not None or overrides != Overrides()):
        raise InputError(
            f"{method} has no weights: it is made of the training set. Leave out '--weights', '--steps', "
            "'--batch-size', '--width' and '--without'."
        )
    if start is not None and weights_file is not None:
        raise InputError("'--start' is for a training, and '--weights' trains nothing. Give one of them.")
    if resolved.start and start is None and weights_file is None:
        raise InputError(
            f"recipe {name!r} of {method} goes on from a coarser training. Give its run's folder, or a file of its "
            "weights, with '--start'."
        )
    if weights_file is not None and not weights_file.exists():
        raise InputError(f"the weights file {weights_file} does not exist. Check the path given to '--weights'.")
    return Job(
        info=info,
        dataset=data,
        root=root,
        protocol=chosen,
        scoring=scoring,
        recipe_name=name,
        recipe=resolved,
        overrides=overrides,
        weights=weights_file,
        seed=chosen.seed if seed is None else seed,
        limit=limit,
        images_per_layout=_images_per_layout(chosen, info, name, resolved),
        start=start,
    )


def _images_per_layout(protocol: Protocol, info: generators.Info, name: str, recipe: Recipe) -> int:
    """How many images of each layout are made: the protocol's number, or at most as many as the method has."""
    wanted, limit = protocol.images_per_layout or DIVERSITY_IMAGES, info.generator.images_of_a_layout(recipe.model)
    if protocol.images_per_layout is None and limit is not None and limit > 1:
        return min(wanted, limit)
    if limit is not None and wanted > limit:
        raise InputError(
            f"protocol {protocol.name!r} takes {wanted} images of every layout; {info.name} ({name}) has {limit}. "
            "Choose another recipe or method, or a protocol of fewer images."
        )
    return wanted


def _data(info: generators.Info, dataset: str, direction: str | None) -> datasets.Dataset:
    """Return the data set of a method's task.

    Raises:
        InputError: The method is of another task than the data set, or than the direction says.
    """
    crossview = info.generator.crossview
    data = datasets.viewed(dataset, direction, crossview)
    if data.direction and not crossview:
        others = [name for name in generators.names() if generators.info(name).generator.crossview]
        what = "'--direction' was given" if direction else f"{dataset} is a cross-view task"
        advice = "leave the direction out" if direction else "choose another data set"
        raise InputError(
            f"{info.name} makes photos of label maps, and {what}. Choose a method of cross-view tasks "
            f"({', '.join(others) or 'there is none'}), or {advice}."
        )
    return data


def _by(size: Sequence[int] | None) -> str:
    return "x".join(map(str, size)) if size else "any size"
