"""Every contract of methods is broken by a method that does one thing wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import generators
from generators import Generator, GeneratorError, Objective, Recipe, Stages
from sisbench.contracts.methods import SUITE
from tests.sisbench.contracts.breaking import assert_all_seen, assert_broken, assert_kept

NAME = "probe"
QUICK = Recipe(
    source="a test",
    loss_weights={"gan": 1.0, "l1": 10.0},
    batch_size=1,
    steps=4,
    lr_g=1e-3,
    lr_d=1e-3,
    betas=(0.0, 0.9),
)


class Right(Generator):
    """Two convolutions."""

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int]) -> None:
        super().__init__(num_labels, edges, size)
        self.first = nn.Conv2d(self.cond_channels, 4, 3, padding=1)
        self.last = nn.Conv2d(4, 3, 3, padding=1)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        return {"image": torch.tanh(self.last(torch.relu(self.first(cond))))}


class RightObjective(Objective):
    """Least squares against one convolution, and the absolute difference."""

    def __init__(self, generator: Generator, recipe: Recipe, vgg_weights: Any = None) -> None:
        super().__init__(generator, recipe, vgg_weights)
        self.critic = nn.Conv2d(3, 1, 4, stride=4)
        self.generator = [generator]

    def discriminator_module(self) -> nn.Module | None:
        return self.critic

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        terms = {}
        if self.weight("gan"):
            terms["gan"] = (self.critic(stages["image"]) - 1).square().mean()
        if self.weight("l1"):
            terms["l1"] = (stages["image"] - real).abs().mean()
        return terms

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        return {"fake": self.critic(stages["image"]).square().mean(), "real": (self.critic(real) - 1).square().mean()}


def image(change: Any, **attributes: Any) -> dict[str, Any]:
    """A method whose image is changed at the end."""

    def stages(self: Any, cond: Tensor, noise: Tensor | None = None) -> Stages:
        return {"image": change(self, Right.stages(self, cond, noise)["image"])}

    return {"generator": type("Wrong", (Right,), {"stages": stages, "__doc__": "Wrong.", **attributes})}


def g_terms(change: Any) -> dict[str, Any]:
    """A method whose objective changes the terms of G."""

    def generator_terms(self: Any, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        return change(self, RightObjective.generator_terms(self, cond, real, stages))  # type: ignore[no-any-return]

    return {"objective": type("Wrong", (RightObjective,), {"generator_terms": generator_terms})}


class Idle(Right):
    """A layer that nothing depends on."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.idle = nn.Conv2d(3, 3, 1)


class NotUnused(Right):
    """A layer that is called unused and is used."""

    unused_parameters = ("last.",)


class Ghost(Right):
    """Nothing is called so."""

    unused_parameters = ("ghost.",)


class Fixed(Right):
    """One size alone."""

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int]) -> None:
        super().__init__(num_labels, edges, size)
        self.texture = nn.Parameter(torch.zeros(3, 64, 128))

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        return {"image": super().stages(cond)["image"] + self.texture}


class Rounded(Right):
    """Makes multiples of 4 only, and does not say so."""

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        made = super().stages(cond)["image"]
        return {"image": made[..., : made.shape[-2] // 4 * 4, : made.shape[-1] // 4 * 4]}


class Curt(Right):
    """Refuses sizes without a word."""

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int]) -> None:
        if size[0] % 4:
            raise GeneratorError("no")
        super().__init__(num_labels, edges, size)


class Unchecked(Right):
    """Takes any condition."""

    def check(self, cond: Tensor) -> None:
        pass

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        return super().stages(torch.zeros(2, self.cond_channels, *self.size))


class Rude(Right):
    """Refuses conditions without saying what it was built for."""

    def check(self, cond: Tensor) -> None:
        if cond.ndim != 4 or tuple(cond.shape[1:]) != (self.cond_channels, *self.size):
            raise GeneratorError("no")


class Global(Right):
    """Draws noise from the global stream."""

    def sample_noise(self, n: int, rng: torch.Generator | None = None) -> Tensor | None:
        return torch.randn(n, 3)


class Hidden(Right):
    """Has a number that its state does not hold."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.register_buffer("shift", torch.randn(1), persistent=False)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        return {"image": torch.tanh(super().stages(cond)["image"] + self.shift)}


class Regression(RightObjective):
    """No network against G."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.critic

    def discriminator_module(self) -> None:
        return None

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        return {"l1": (stages["image"] - real).abs().mean()} if self.weight("l1") else {}

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        raise AssertionError("nobody asks for the terms of a network that there is not")


def preparing(digest: Any, careless: bool = False) -> Any:
    """A method that prepares a file, and says of it what a function of its folder says."""

    class Preparing(Right):
        """Prepares a file."""

        prepares = "a file"

        def prepare(self, samples: Any, folder: Any, report: Any) -> None:
            folder.mkdir(exist_ok=True)
            (folder / "file").write_text(samples.digest())

        def use_prepared(self, folder: Any) -> dict[str, Any]:
            if not careless and not (folder / "file").exists():
                raise GeneratorError(f"{folder} is empty")
            return {"sha256": str(digest(folder)), "bytes": 1}

    return Preparing


class Meddling(RightObjective):
    """D's terms push G."""

    def discriminator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        pull = sum(p.square().sum() for p in self.generator[0].parameters())
        return {**super().discriminator_terms(cond, real, stages), "pull": pull}  # type: ignore[dict-item]


class Diverging(RightObjective):
    """Its second step is not finite."""

    steps = 0

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        self.steps += 1
        return {name: t / (2 - self.steps) for name, t in super().generator_terms(cond, real, stages).items()}


def recipe(**changes: Any) -> dict[str, Any]:
    return {"recipes": {"quick": dataclasses.replace(QUICK, **changes)}}


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("declares_where_it_comes_from", {"title": ""}, "it has no title"),
    ("declares_where_it_comes_from", {"paper": ""}, "it has no paper"),
    ("declares_where_it_comes_from", {"task": "painting"}, "its task is 'painting'"),
    ("declares_where_it_comes_from", {"conditions": ("edges",)}, "its conditions are ('edges',)"),
    (
        "declares_where_it_comes_from",
        {"conditions": ("layout", "unlabeled")},
        "there are 'unlabeled', 'layout', 'edges'",
    ),
    ("declares_where_it_comes_from", {"recipes": {"slow": QUICK}}, "its recipes are slow; 'quick' is missing"),
    ("declares_where_it_comes_from", {"recipes": {}}, "its recipes are none"),
    ("declares_where_it_comes_from", recipe(source=""), "recipe 'quick' has no source"),
    ("declares_where_it_comes_from", recipe(steps=0), "recipe 'quick' trains for no step"),
    ("images_are_in_range", image(lambda self, x: 5 * x), "beyond [-1, 1]"),
    ("images_are_in_range", image(lambda self, x: x / 0 - x / 0), "images are not finite"),
    ("images_are_in_range", image(lambda self, x: 0 * x), "images of random layouts are all but flat"),
    ("images_are_in_range", image(lambda self, x: x[:, :1]), "images have shape (2, 1, 64, 128)"),
    ("images_are_in_range", image(lambda self, x: x.double()), "images are torch.float64"),
    ("other_sizes_work", {"generator": Fixed}, "it raises RuntimeError"),
    ("odd_sizes_are_refused_or_made", {"generator": Rounded}, "built for 62x126 it makes images of shape"),
    ("odd_sizes_are_refused_or_made", {"generator": Curt}, "the message does not name the size 62x126: no"),
    ("other_conditions_are_refused", {"generator": Unchecked}, "a condition with a channel less is taken"),
    ("other_conditions_are_refused", {"generator": Rude}, "the message for a channel less does not say"),
    ("is_deterministic", image(lambda self, x: x * torch.rand(())), "a second call gives another image"),
    ("noise_follows_its_generator", {"generator": Global}, "the same generator gives other noise"),
    ("images_do_not_depend_on_their_batch", image(lambda self, x: x - x.mean(0)), "alone and in a batch of 3 differ"),
    (
        "what_it_prepares_is_whole_and_the_same_each_time",
        {"generator": preparing(lambda folder: "?")},
        "its digest is '?'",
    ),
    (
        "what_it_prepares_is_whole_and_the_same_each_time",
        {"generator": preparing(lambda folder: folder)},
        "prepared twice it is",
    ),
    (
        "what_it_prepares_is_whole_and_the_same_each_time",
        {"generator": preparing(lambda folder: "0" * 64, careless=True)},
        "a folder in which nothing was prepared is taken",
    ),
    ("unused_parameters_exist", {"generator": Ghost}, "no parameter starts with ghost."),
    ("loss_terms_are_finite", g_terms(lambda self, t: {**t, "l1": t["l1"] / 0}), "the term 'l1' is inf"),
    ("loss_terms_are_finite", g_terms(lambda self, t: {**t, "l1": t["l1"][None]}), "the term 'l1' has shape (1,)"),
    ("loss_terms_are_finite", g_terms(lambda self, t: {**t, "new": t["l1"]}), "no weight for the terms new"),
    ("terms_without_weight_are_off", g_terms(lambda self, t: {"l1": t.get("gan"), **t}), "the term 'l1' is computed"),
    ("every_parameter_learns", {"generator": Idle}, "idle.weight has no gradient"),
    ("every_parameter_learns", {"generator": NotUnused}, "last.weight stands among unused_parameters"),
    ("every_parameter_learns", {"objective": Meddling}, "D's terms send gradients into G"),
    (
        "every_parameter_learns",
        g_terms(lambda self, t: {n: 0 * x for n, x in t.items()}),
        "the gradient of first.weight",
    ),
    ("state_makes_the_same_network", {"generator": Hidden}, "the loaded network makes other images"),
    ("trains", {"objective": Diverging}, "it raises GeneratorError: training diverged"),
]


@pytest.fixture
def registered() -> Iterator[Any]:
    """Register a method for one test."""

    def register(generator: Any = Right, objective: Any = RightObjective, **facts: Any) -> None:
        defaults = {
            "title": "Probe",
            "task": "layout",
            "paper": "a test",
            "conditions": ("layout",),
            "recipes": {"quick": QUICK},
        }
        generators.register(NAME, objective=objective, **{**defaults, **facts})(generator)

    yield register
    entries = generators._registry._infos
    entries._entries.pop(NAME, None)
    entries._modules.pop(NAME, None)


def test_a_right_method_keeps_every_contract(registered: Any) -> None:
    registered()
    assert_kept(SUITE, NAME)


def test_a_method_without_a_discriminator_keeps_every_contract(registered: Any) -> None:
    registered(objective=Regression, **recipe(loss_weights={"l1": 10.0}, lr_d=None))
    assert_kept(SUITE, NAME)


def test_every_contract_is_seen_to_fail() -> None:
    assert_all_seen(SUITE, CASES)


@pytest.mark.parametrize(("contract", "wrong", "reason"), CASES, ids=[f"{c}-{r}" for c, _, r in CASES])
def test_a_broken_method_is_found(registered: Any, contract: str, wrong: dict[str, Any], reason: str) -> None:
    registered(**wrong)
    assert_broken(SUITE, contract, NAME, reason)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"generator": nn.Conv2d}, "its <class 'torch.nn.modules.conv.Conv2d'> is no Generator"),
        ({"generator": print}, "is no Generator"),
        ({"objective": nn.Module}, "its objective <class 'torch.nn.modules.module.Module'> is no Objective"),
        ({"recipes": {"quick": {"steps": 3}}}, "{'steps': 3} is no Recipe"),
    ],
)
def test_what_is_no_method_cannot_be_registered(registered: Any, wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(TypeError) as caught:
        registered(**wrong)
    assert reason in str(caught.value)
    assert NAME not in generators.names()
