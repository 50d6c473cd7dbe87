"""The condition of cross-view methods, and that one of them goes through the contracts as other methods do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import generators
from generators import CrossViewGenerator, Generator, GeneratorError
from sisbench.contracts import methods as contract
from sisbench.contracts._method_cases import cases
from tests.sisbench.crossview_method import L1, Tint, registered


@pytest.fixture
def tint() -> Iterator[str]:
    known = generators.names()
    with registered() as name:
        yield name
    assert generators.names() == known


def test_a_condition_comes_apart_in_its_order() -> None:
    cond = torch.arange(12.0).reshape(1, 12, 1, 1).expand(2, 12, 4, 4)
    source, semantics, layout = CrossViewGenerator.parts(cond)
    assert source[0, :, 0, 0].tolist() == [0, 1, 2]
    assert semantics[1, :, 3, 3].tolist() == [3, 4, 5]
    assert layout[0, :, 0, 0].tolist() == [6, 7, 8, 9, 10, 11]
    network = CrossViewGenerator(num_labels=6, edges=False, size=(4, 4))
    assert network.cond_channels == network.input_channels == 12
    assert network.crossview
    assert not Generator.crossview


def test_edges_are_refused() -> None:
    with pytest.raises(GeneratorError, match="no instance edges"):
        CrossViewGenerator(num_labels=6, edges=True, size=(4, 4))


def test_task_and_network_of_a_method_agree() -> None:
    with pytest.raises(TypeError, match="its task is 'layout', its network's is not"):
        generators.register(
            "wrong", title="", task="layout", paper="", conditions=("layout",), recipes={}, objective=L1
        )(Tint)


def test_a_method_keeps_every_contract(tint: str) -> None:
    outcomes = {outcome.promise: outcome for outcome in contract.SUITE.run(tint)}
    bad = {promise: outcome.reason for promise, outcome in outcomes.items() if outcome.status == "failed"}
    assert not bad
    assert [case.size for case in cases(tint)] == [(64, 64)]
    assert cases(tint)[0].labels == (6, False)


def test_its_condition_has_three_parts(tint: str) -> None:
    source, semantics, layout = CrossViewGenerator.parts(cases(tint)[0].cond())
    assert source.shape == semantics.shape == (2, 3, 64, 64)
    assert torch.equal(layout.sum(1), torch.ones(2, 64, 64))
    assert source.abs().max() <= 1
    for label in range(6):  # the colour map says what the layout says
        assert len(semantics.permute(0, 2, 3, 1)[layout[:, label] == 1].unique(dim=0)) == 1
