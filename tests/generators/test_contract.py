"""What every generator and every objective promises, for each method in each of its recipes."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import generators
from generators import GeneratorError
from generators._base import freeze_unused
from tests.generators.tiny import SIZE, Case, cases, random_cond, random_image

each_case = pytest.mark.parametrize("case", cases(), ids=str)
each_method = pytest.mark.parametrize("method", generators.names())


def noise_of(network: generators.Generator, n: int) -> Tensor | None:
    return network.sample_noise(n, torch.Generator().manual_seed(0))


def test_the_methods_of_the_foundation_are_found() -> None:
    assert {"lggan", "spade"} <= set(generators.names())


@each_method
def test_it_can_be_trained_on_a_small_machine_and_says_where_it_comes_from(method: str) -> None:
    info = generators.info(method)
    assert (info.name, info.task in ("layout", "cross-view")) == (method, True)
    assert info.title
    assert info.paper
    assert info.generator.__doc__
    assert "quick" in info.recipes
    for recipe in info.recipes.values():
        assert recipe.source
        assert recipe.resolved(1000).total_steps > 0


@each_case
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_images_have_the_size_of_the_layout_and_stay_in_range(case: Case, training: bool) -> None:
    network = case.generator().train(training)
    with torch.no_grad():
        image = network(case.cond(), noise_of(network, 2))
    assert image.shape == (2, 3, *SIZE)
    assert image.dtype == torch.float32
    assert bool(image.isfinite().all())
    assert image.abs().max() <= 1
    assert image.std() > 0.01  # a network that ignores its input passes the lines above


@each_case
def test_other_sizes(case: Case) -> None:
    tall = dataclasses.replace(case, size=(128, 64))
    network = tall.generator().eval()
    with torch.no_grad():
        assert network(tall.cond(1), noise_of(network, 1)).shape == (1, 3, 128, 64)


@each_case
def test_it_is_deterministic(case: Case) -> None:
    first, second = case.generator(seed=3).eval(), case.generator(seed=3).eval()
    with torch.no_grad():
        image = first(case.cond(), noise_of(first, 2))
        assert torch.equal(image, first(case.cond(), noise_of(first, 2)))
        assert torch.equal(image, second(case.cond(), noise_of(second, 2)))


@each_case
def test_in_evaluation_an_image_does_not_depend_on_its_batch(case: Case) -> None:
    network = case.generator()
    noise, cond = noise_of(network, 3), case.cond(3)
    with torch.no_grad():
        network.train()(cond, noise)  # running statistics that are not the initial ones
        together = network.eval()(cond, noise)
        for i in range(3):
            alone = network(cond[i : i + 1], None if noise is None else noise[i : i + 1])
            torch.testing.assert_close(alone[0], together[i], atol=2e-5, rtol=0)


@each_case
def test_every_parameter_learns(case: Case) -> None:
    network = case.generator().train()
    objective = case.objective(network).train()
    real = random_image(2, SIZE)
    stages = objective.stages(network, case.cond(), real)
    terms = objective.generator_terms(case.cond(), real, stages)
    objective.discriminator_module().requires_grad_(False)
    torch.stack([objective.weight(name) * term for name, term in terms.items()]).sum().backward()
    assert_all_learn(network, network.unused_parameters)
    if (encoder := objective.encoder()) is not None:
        assert_all_learn(encoder)

    network.zero_grad()
    objective.discriminator_module().requires_grad_(True).zero_grad()
    detached = {name: stage.detach() for name, stage in stages.items() if isinstance(stage, Tensor)}
    torch.stack(list(objective.discriminator_terms(case.cond(), real, detached).values())).sum().backward()
    assert_all_learn(objective.discriminator_module())
    assert all(p.grad is None for p in network.parameters())


def assert_all_learn(network: nn.Module, unused: tuple[str, ...] = ()) -> None:
    """Every parameter has a finite gradient, and weights one that is not 0 (a bias before a norm has none to speak of).

    A gradient of None is what data-parallel training would wait for without end.
    """
    for name, parameter in network.named_parameters():
        if name.startswith(unused):  # an empty tuple is the start of nothing
            assert parameter.grad is None, f"{name} is used after all"
            continue
        assert parameter.grad is not None, f"{name} has no gradient"
        assert bool(parameter.grad.isfinite().all()), name
        assert parameter.ndim == 1 or bool(parameter.grad.any()), f"the gradient of {name} is 0"


@each_case
def test_every_loss_term_is_a_finite_scalar_with_a_weight(case: Case) -> None:
    network = case.generator().train()
    objective = case.objective(network).train()
    real = random_image(2, SIZE)
    stages = objective.stages(network, case.cond(), real)
    terms = objective.generator_terms(case.cond(), real, stages)
    d_terms = objective.discriminator_terms(case.cond(), real, stages)
    for name, term in {**terms, **d_terms}.items():
        assert term.shape == (), name
        assert math.isfinite(term.detach()), name
    assert {name for name in terms if not objective.weight(name)} == set()


@each_case
def test_a_term_of_weight_zero_is_not_computed(case: Case) -> None:
    network = case.generator().train()
    objective = case.objective(network)
    real = random_image(2, SIZE)
    stages = objective.stages(network, case.cond(), real)
    for name in objective.generator_terms(case.cond(), real, stages):
        objective.loss_weights = {**case.recipe.loss_weights, name: 0.0}
        assert name not in objective.generator_terms(case.cond(), real, stages)


@each_case
def test_what_is_unused_is_frozen_and_nothing_else(case: Case) -> None:
    network = case.generator()
    freeze_unused(network)
    frozen = {name for name, parameter in network.named_parameters() if not parameter.requires_grad}
    assert frozen == {name for name, _ in network.named_parameters() if name.startswith(network.unused_parameters)}
    assert all(any(name.startswith(prefix) for name in frozen) for prefix in network.unused_parameters)


@each_case
def test_a_state_dict_makes_the_same_network(case: Case, tmp_path: Path) -> None:
    network, other = case.generator(seed=0), case.generator(seed=1)
    noise = noise_of(network, 2)
    with torch.no_grad():
        network.train()(case.cond(), noise)
    torch.save(network.state_dict(), tmp_path / "g.pth")
    generators.load_state(other, generators.read_state(tmp_path / "g.pth"), "g.pth")
    with torch.no_grad():
        assert torch.equal(network.eval()(case.cond(), noise), other.eval()(case.cond(), noise))
    assert generators.state_digest(network.state_dict()) == generators.state_digest(other.state_dict())


@each_case
@pytest.mark.parametrize("what", ["a channel less", "another size", "no batch"])
def test_another_condition_is_refused(case: Case, what: str) -> None:
    labels, edges = case.labels
    network = case.generator()
    cond = {
        "a channel less": random_cond(labels - 1, edges, SIZE),
        "another size": random_cond(labels, edges, (64, 64)),
        "no batch": case.cond()[0],
    }[what]
    with pytest.raises(GeneratorError, match=f"it was built for .N, {labels + edges}, 64, 128.: {labels} labels"):
        network(cond, noise_of(network, 2))


@each_case
def test_an_impossible_size_is_refused(case: Case) -> None:
    with pytest.raises(GeneratorError, match="62x126"):
        dataclasses.replace(case, size=(62, 126)).generator()


@each_case
def test_noise_is_a_function_of_its_generator(case: Case) -> None:
    network = case.generator()
    first, second = noise_of(network, 4), noise_of(network, 4)
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert len(first) == 4
        assert torch.equal(first, second)
