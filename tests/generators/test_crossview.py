"""The condition of cross-view methods, and that one of them goes through the contracts as other methods do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

import generators
from generators import CrossViewGenerator, Generator, GeneratorError, Objective, Recipe, _registry
from generators._base import Stages
from sisbench.contracts import methods as contract
from sisbench.contracts._method_cases import cases


class Tint(CrossViewGenerator):
    """Mix the channels of photo and colour map."""

    def __init__(self, num_labels: int, edges: bool, size: tuple[int, int], width: int = 8) -> None:
        if size[0] % 4 or size[1] % 4:
            raise GeneratorError(f"Tint takes multiples of 4, not {size[0]}x{size[1]}")
        super().__init__(num_labels, edges, size)
        self.first, self.last = nn.Conv2d(6, width, 3, padding=1), nn.Conv2d(width, 3, 1)

    def stages(self, cond: Tensor, noise: Tensor | None = None) -> Stages:
        source, semantics, _ = self.parts(cond)
        return {"image": self.last(self.first(torch.cat((source, semantics), dim=1)).relu()).tanh()}


class L1(Objective):
    """Absolute difference alone."""

    def discriminator_module(self) -> None:
        return None

    def generator_terms(self, cond: Tensor, real: Tensor, stages: Stages) -> dict[str, Tensor]:
        return {"l1": (stages["image"] - real).abs().mean()} if self.weight("l1") else {}


@pytest.fixture
def tint(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    quick = Recipe(source="test", loss_weights={"l1": 1.0}, batch_size=2, steps=2, lr_g=1e-3, betas=(0.5, 0.999))
    known = generators.names()
    generators.register(
        "tint",
        title="Tint",
        task="cross-view",
        paper="none",
        conditions=("source", "semantics"),
        recipes={"quick": quick},
        objective=L1,
    )(Tint)
    yield "tint"
    del _registry._infos._entries["tint"], _registry._infos._modules["tint"]
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
