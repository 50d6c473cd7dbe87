"""Small networks and inputs for the zoo: a method in one of its recipes, at the recipe's own label space."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import generators
from generators import Generator, Objective, Recipe

SIZE = (64, 128)
"""Height and width: the smallest multiples of 64 that are not square."""

SQUARE = (64, 64)
"""Height and width for cross-view methods, whose encoder-decoders take squares of a power of 2."""

GROUPS = 6
"""Channels of the target view's layout, in cross-view conditions."""

SMALL = {"width": 2, "hidden": 4, "modulation_width": 4}
"""Constructor arguments that make a network small; a method takes those that it has."""

LABELS = {"cityscapes": (35, True), "ade20k": (151, False), "coco_stuff": (183, True)}
"""Layout channels of the data sets that recipes are named after, and whether they have instances."""

CLASSES = {"cityscapes": 20}
"""Channels of a layout of classes, where there are not as many as labels."""


@dataclass(frozen=True)
class Case:
    """A method in one of its recipes, made small.

    Attributes:
        method: Name of the method.
        recipe_name: Name of the recipe.
        options: Constructor arguments besides those of the recipe.
        size: Height and width; the task's own (`SIZE`, `SQUARE`) if it is not given.
    """

    method: str
    recipe_name: str
    options: dict[str, Any] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if self.size == (0, 0):
            object.__setattr__(self, "size", SQUARE if self.crossview else SIZE)

    def __str__(self) -> str:
        return "-".join((self.method, self.recipe_name, *self.options))

    @property
    def crossview(self) -> bool:
        """Whether it is a method of the cross-view task."""
        return generators.info(self.method).generator.crossview

    @property
    def labels(self) -> tuple[int, bool]:
        """Channels of the layout, and whether edges follow it."""
        if self.crossview:
            return GROUPS, False
        dataset, conditions = self.recipe_name.partition("-")[0], generators.info(self.method).conditions
        labels, instances = LABELS.get(dataset, (6, True))
        if "classes" in conditions:
            labels = CLASSES.get(dataset, labels)
        return labels, instances and "edges" in conditions

    @property
    def recipe(self) -> Recipe:
        """The recipe with small widths, without the loss that needs published weights."""
        info = generators.info(self.method)
        recipe = info.recipes[self.recipe_name]
        known = inspect.signature(info.generator).parameters
        small = {name: value for name, value in SMALL.items() if name in known}
        narrow = {"width": 2} if "width" in recipe.discriminator else {}
        return dataclasses.replace(
            recipe,
            model={**recipe.model, **small, **self.options},
            discriminator={**recipe.discriminator, **narrow},
            loss_weights={name: value for name, value in recipe.loss_weights.items() if name != "vgg"},
        )

    def generator(self, seed: int = 0) -> Generator:
        """Build the network, initialised so that no signal dies away in it, with what it prepares."""
        network = self.unprepared(seed)
        if network.prepares:
            network.use_prepared(Path(_prepared(json.dumps(dataclasses.asdict(self))).name))
        return network

    def unprepared(self, seed: int = 0) -> Generator:
        """Build the network without what it prepares."""
        torch.manual_seed(seed)
        labels, edges = self.labels
        network = generators.create(
            self.method, num_labels=labels, edges=edges, size=self.size, **dict(self.recipe.model)
        )
        generators.xavier_init(network, 0.7)
        return network

    def objective(self, generator: Generator) -> Objective:
        """Build what trains the network."""
        recipe = dataclasses.replace(self.recipe, init="xavier", init_gain=0.7)
        return generators.info(self.method).objective(generator, recipe)

    def cond(self, n: int = 2, seed: int = 0) -> Tensor:
        """Draw conditions, float (n, C, H, W)."""
        labels, edges = self.labels
        cond = random_cond(labels, edges, self.size, n, seed)
        if self.crossview:
            return _with_views(cond, seed)
        if generators.info(self.method).generator.edits:
            return _with_region(cond, seed)
        if not generators.info(self.method).generator.takes_instances(self.recipe.model):
            return cond
        ids = cond[:, :labels].argmax(dim=1, keepdim=True) * 1000.0
        ids[..., self.size[1] // 2 :] += 1  # two instances of most labels
        return torch.cat((cond, ids), dim=1)


class Drawn:
    """A training set of random conditions, and of noisy photos in the colours of the classes.

    Args:
        case: Its labels, edges and size.
        n: Number of samples.
    """

    def __init__(self, case: Case, n: int) -> None:
        self._case, self._n = case, n

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        (height, width), (labels, edges) = self._case.size, self._case.labels
        cond = random_cond(labels, edges, (-(-height // 4) * 4, -(-width // 4) * 4), 1, index)
        cond = cond[0, :, :height, :width]
        if self._case.crossview:
            return _with_views(cond[None], index)[0], ((random_image(1, self._case.size, index)[0] + 1) * 127).byte()
        grey = cond[:labels].argmax(0) * 37 % 192  # a class has a colour, else the mean of every class is the same
        photo = grey + (random_image(1, self._case.size, index)[0] + 1) * 32
        return cond, photo.to(torch.uint8)

    def digest(self) -> str:
        """Return what the samples depend on."""
        return f"{self._case} {self._case.size} {self._n}"


@functools.cache
def _prepared(case: str) -> tempfile.TemporaryDirectory[str]:
    """What a method in a case prepares of a small training set; it stays until the process ends."""
    drawn = Case(**json.loads(case))
    drawn = dataclasses.replace(drawn, size=(drawn.size[0], drawn.size[1]))  # JSON knows no tuples
    folder = tempfile.TemporaryDirectory(prefix="sisbench-contract-")
    drawn.unprepared().prepare(Drawn(drawn, 3), Path(folder.name), lambda done, total: None)
    return folder


def random_cond(labels: int, edges: bool, size: tuple[int, int], n: int = 2, seed: int = 0) -> Tensor:
    """Draw layouts of 4x4 blocks in which every label occurs, as far as there are blocks, and edges."""
    rng = torch.Generator().manual_seed(seed)
    shape = (n, size[0] // 4, size[1] // 4)
    blocks = torch.randperm(shape[1] * shape[2] * n, generator=rng).reshape(shape) % labels
    layout = blocks.repeat_interleave(4, 1).repeat_interleave(4, 2)
    cond = torch.nn.functional.one_hot(layout, labels).permute(0, 3, 1, 2).float()
    if edges:
        cond = torch.cat((cond, torch.randint(0, 2, (n, 1, *size), generator=rng).float()), dim=1)
    return cond


def _with_views(layout: Tensor, seed: int) -> Tensor:
    """Put a source photo and a colour map before a layout; a label has a colour, the photo goes by the labels too."""
    n, labels, height, width = layout.shape
    colours = random_image(labels, (1, 1), 1000).flatten(1)
    semantics = torch.einsum("nchw,cd->ndhw", layout, colours)
    source = semantics.flip(-1) * 0.5 + random_image(n, (height, width), seed) * 0.5
    return torch.cat((source, semantics, layout), dim=1)


def _with_region(cond: Tensor, seed: int) -> Tensor:
    """Add the region of an edit, a rectangle, and a photo around it."""
    n, _, height, width = cond.shape
    hole = torch.zeros(n, height, width, dtype=torch.bool)
    hole[:, height // 4 : height // 2 + seed % 7, width // 4 : width // 2] = True
    return generators.edit_condition(cond, hole, random_image(n, (height, width), seed))


def random_image(n: int, size: tuple[int, int], seed: int = 0) -> Tensor:
    """Draw images in [-1, 1]."""
    return torch.rand(n, 3, *size, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def noise_of(network: Generator, n: int) -> Tensor | None:
    """Draw the noise of n images, always the same."""
    return network.sample_noise(n, torch.Generator().manual_seed(0))


_OF_THE_LOOP = frozenset(
    {"source", "size", "batch_size", "epochs", "decay_epochs", "steps", "decay_steps", "start_epochs", "start_steps"}
    | {
        "lr_g",
        "lr_d",
        "lr_table",
        "lr_drop",
        "decay",
        "betas",
        "flip",
        "init",
        "init_gain",
        "fresh_fakes",
        "discriminator_first",
    }
    | {"load_size", "crop_from", "flip_maps", "replacement", "regions"}
    | {"style", "ema_decay", "ema_whole_state", "ema_refresh", "keep_every", "select"}
)
"""Fields of a recipe that neither the networks nor the loss terms depend on."""


def cases(method: str) -> list[Case]:
    """Return a method in each of its recipes that makes other networks or loss terms than the ones before."""
    recipes = generators.info(method).recipes
    if not recipes:
        return [Case(method, "quick")]  # one that the contract finds missing
    found: dict[str, Case] = {}
    for name in recipes:
        case = Case(method, name)
        stated = {key: value for key, value in case.recipe.stated().items() if key not in _OF_THE_LOOP}
        terms = sorted(term for term, weight in case.recipe.loss_weights.items() if weight)
        kind = json.dumps([case.labels, {**stated, "loss_weights": terms}], sort_keys=True)
        found.setdefault(kind, case)
    return list(found.values())
