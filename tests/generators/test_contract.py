"""What every generator and every objective promises, for each method in each of its recipes."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Tensor

import generators
from generators import GeneratorError
from generators._base import freeze_unused
from sisbench.contracts import methods as contract
from tests.generators.tiny import Case, cases

each_case = pytest.mark.parametrize("case", cases(), ids=str)
each_method = pytest.mark.parametrize("method", generators.names())
trained = [method for method in generators.names() if generators.info(method).generator.trains]
each_trained_case = pytest.mark.parametrize("case", [case for case in cases() if case.method in trained], ids=str)
each_trained_method = pytest.mark.parametrize("method", trained)


def noise_of(network: generators.Generator, n: int) -> Tensor | None:
    return network.sample_noise(n, torch.Generator().manual_seed(0))


def test_the_methods_of_the_foundation_are_found() -> None:
    assert {"lggan", "spade"} <= set(generators.names())


@each_method
def test_it_can_be_trained_on_a_small_machine_and_says_where_it_comes_from(method: str) -> None:
    contract.declares_where_it_comes_from(Case(method, "quick"))


@each_case
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_images_have_the_size_of_the_layout_and_stay_in_range(case: Case, training: bool) -> None:
    contract.require_images_in_range(case, training)


@each_case
def test_other_sizes(case: Case) -> None:
    contract.other_sizes_work(case)


@each_case
def test_it_is_deterministic(case: Case) -> None:
    contract.is_deterministic(case)


@each_case
def test_in_evaluation_an_image_does_not_depend_on_its_batch(case: Case) -> None:
    contract.images_do_not_depend_on_their_batch(case)


@each_trained_case
def test_every_parameter_learns(case: Case) -> None:
    contract.every_parameter_learns(case)


@each_trained_case
def test_every_loss_term_is_a_finite_scalar_with_a_weight(case: Case) -> None:
    contract.loss_terms_are_finite(case)


@each_trained_case
def test_a_term_of_weight_zero_is_not_computed(case: Case) -> None:
    contract.terms_without_weight_are_off(case)


@each_method
def test_what_it_prepares_is_whole_and_the_same_each_time(method: str) -> None:
    if generators.info(method).generator.prepares:
        contract.what_it_prepares_is_whole_and_the_same_each_time(Case(method, "quick"))
    else:
        assert generators.info(method).generator.prepare is generators.Generator.prepare


@each_case
def test_what_is_unused_is_frozen_and_nothing_else(case: Case) -> None:
    contract.unused_parameters_exist(case)
    network = case.generator()
    freeze_unused(network)
    frozen = {name for name, parameter in network.named_parameters() if not parameter.requires_grad}
    assert frozen == {name for name, _ in network.named_parameters() if name.startswith(network.unused_parameters)}


@each_trained_case
def test_a_state_dict_makes_the_same_network(case: Case) -> None:
    contract.state_makes_the_same_network(case)


@each_case
@pytest.mark.parametrize("what", ["a channel less", "another size", "no batch"])
def test_another_condition_is_refused(case: Case, what: str) -> None:
    labels, _ = case.labels
    network = case.generator()
    cond = {
        "a channel less": case.cond()[:, 1:],
        "another size": dataclasses.replace(case, size=(128, 128)).cond(),
        "no batch": case.cond()[0],
    }[what]
    height, width = case.size
    with pytest.raises(
        GeneratorError, match=f"it was built for .N, {network.cond_channels}, {height}, {width}.: {labels} labels"
    ):
        network(cond, noise_of(network, 2))


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.method in trained and case.method != "zhai"], ids=str
)
def test_an_impossible_size_is_refused(case: Case) -> None:  # Zhai et al. resize what they see
    with pytest.raises(GeneratorError, match="62x126"):
        dataclasses.replace(case, size=(62, 126)).generator()


@each_case
def test_an_odd_size_is_refused_or_made(case: Case) -> None:
    contract.odd_sizes_are_refused_or_made(case)


@each_case
def test_noise_is_a_function_of_its_generator(case: Case) -> None:
    contract.noise_follows_its_generator(case)


@each_trained_method
def test_its_quick_recipe_trains(method: str) -> None:
    contract.trains(Case(method, "quick"))
